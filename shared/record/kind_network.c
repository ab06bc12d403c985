/* Networks: who convenes them and how many of these it takes. */
#include "record/field.h"

#define CONVENER_ROLES WORDS("chair", "co-chair", "convener", "secretariat")

static const struct field convener[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, REQUIRED, CONVENER_ROLES),
};
static const struct form form_convener = { FIELDS_OF(convener) };

static const struct field quorum[] = {
    FIELD("admit", field_integer, REQUIRED),
    FIELD("speak", field_integer, REQUIRED),
};
static const struct form form_quorum = { FIELDS_OF(quorum) };

/* More than there are could never be met. Where an update names no conveners, how many
 * there are is the ledger's to know. */
static enum status check_quorum(struct check *c, const json_t *record)
{
    size_t conveners = json_array_size(json_object_get(record, "conveners"));
    const json_t *q = json_object_get(record, "quorum");

    if (conveners == 0 ||
        (json_integer_value(json_object_get(q, "admit")) <= (json_int_t)conveners &&
         json_integer_value(json_object_get(q, "speak")) <= (json_int_t)conveners))
        return STATUS_OK;
    return field_refuse_member(c, RULE_FIELD_VALUE, "quorum",
                               "expected at most the %zu conveners, found more",
                               conveners);
}

#define NETWORK_FIELDS(needed)                                                  \
    FIELD("name", field_title, needed), FIELD("purpose", field_text, 0),        \
        FIELD("founded", field_date, 0),                                        \
        FIELD("conveners", field_object, needed | LIST, .form = &form_convener, \
              .unique = "org"),                                                 \
        FIELD("quorum", field_object, needed, .form = &form_quorum),            \
        FIELD("composition", field_text, 0), FIELD("parent", field_network, 0), \
        FIELD("member_networks", field_network, LIST)

static const struct field chartered[] = {
    FIELD("network", field_network, REQUIRED),
    NETWORK_FIELDS(REQUIRED),
};
FORM(NETWORK_CHARTERED, chartered, .check = check_quorum);

static const struct field updated[] = {
    FIELD("network", field_network, REQUIRED),
    NETWORK_FIELDS(0),
};

static enum status check_change(struct check *c, const json_t *record)
{
    const json_t *conveners = json_object_get(record, "conveners");
    bool changes = false;

    for (size_t i = 1; i < sizeof(updated) / sizeof(updated[0]); i++)
        changes |= json_object_get(record, updated[i].name) != NULL;
    if (!changes)
        return field_refuse(c, RULE_FIELD_MISSING,
                            "expected what changes: name, purpose, founded, conveners, "
                            "quorum, composition, parent or member_networks");
    if (conveners != NULL && json_array_size(conveners) == 0)
        return field_refuse_member(c, RULE_FIELD_MISSING, "conveners",
                                   "expected at least one, found none");
    return check_quorum(c, record);
}

FORM(NETWORK_UPDATED, updated, .check = check_change);

/* One convener more or less; the role is the one it begins or ceases to have. */
static const struct field convener_changed[] = {
    FIELD("network", field_network, REQUIRED),
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, REQUIRED, CONVENER_ROLES),
    FIELD("reason", field_text, 0),
};
FORM(CONVENER_ADDED, convener_changed);
FORM(CONVENER_REMOVED, convener_changed);
