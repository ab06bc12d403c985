/* Networks: who convenes them and how many of these it takes. */
#include "record/field.h"

static const struct field convener[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, REQUIRED,
          WORDS("chair", "co-chair", "convener", "secretariat")),
};
static const struct form form_convener = { FIELDS_OF(convener) };

static const struct field quorum[] = {
    FIELD("admit", field_integer, REQUIRED),
    FIELD("speak", field_integer, REQUIRED),
};
static const struct form form_quorum = { FIELDS_OF(quorum) };

/* More than there are could never be met. */
static enum status check_quorum(struct check *c, const json_t *record)
{
    size_t conveners = json_array_size(json_object_get(record, "conveners"));
    const json_t *q = json_object_get(record, "quorum");

    if (json_integer_value(json_object_get(q, "admit")) <= (json_int_t)conveners &&
        json_integer_value(json_object_get(q, "speak")) <= (json_int_t)conveners)
        return STATUS_OK;
    return field_refuse_member(c, RULE_FIELD_VALUE, "quorum",
                               "expected at most the %zu conveners, found more",
                               conveners);
}

static const struct field chartered[] = {
    FIELD("network", field_network, REQUIRED),
    FIELD("name", field_title, REQUIRED),
    FIELD("purpose", field_text, 0),
    FIELD("founded", field_date, 0),
    FIELD("conveners", field_object, REQUIRED | LIST, .form = &form_convener,
          .unique = "org"),
    FIELD("quorum", field_object, REQUIRED, .form = &form_quorum),
    FIELD("composition", field_text, 0),
    FIELD("parent", field_network, 0),
    FIELD("member_networks", field_network, LIST),
};
FORM(NETWORK_CHARTERED, chartered, .check = check_quorum);
