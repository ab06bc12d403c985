/* Partnerships, joint programming commitments and declarations: terms, and the answers to
 * them. What becomes of them later is in kind_life.c. */
#include "record/field.h"

/* Answers, the same for all kinds of agreement */

static const struct field accepted[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("rev", field_reference, REQUIRED),
    FIELD("capacity", field_title, 0),
    FIELD("signed_on", field_date, 0),
};
FORM(PARTNERSHIP_ACCEPTED, accepted);
FORM(COMMITMENT_ACCEPTED, accepted);
FORM(DECLARATION_ACCEPTED, accepted);
FORM(PLEDGE_ACCEPTED, accepted);

static const struct field declined[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("rev", field_reference, REQUIRED),
    FIELD("reason", field_text, REQUIRED),
};
FORM(PARTNERSHIP_DECLINED, declined);
FORM(COMMITMENT_DECLINED, declined);
FORM(DECLARATION_DECLINED, declined);
FORM(PLEDGE_DECLINED, declined);

/* What an agreement still asks for: a pledge says which of it it is for. */
static const struct field wanted[] = {
    FIELD("id", field_local, REQUIRED),
    FIELD("title", field_title, REQUIRED),
    FIELD("what", field_word, REQUIRED, WORDS("money", "goods", "expertise")),
    FIELD("money", field_object, 0, .form = &form_money),
    FIELD("countries", field_code, LIST, .list = CODE_COUNTRY),
};
static const struct form form_wanted = { FIELDS_OF(wanted) };
#define WANTED_FIELD \
    FIELD("wanted", field_object, LIST, .form = &form_wanted, .unique = "id")

/* Partnership */

static const struct field partner[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_role, 0),
    FIELD("signed_elsewhere", field_object, 0, .form = &form_signed_elsewhere),
};
static const struct form form_partner = { FIELDS_OF(partner) };

static const struct field partnership[] = {
    FIELD("id", field_own_subject, REQUIRED | ONCE),
    FIELD("title", field_title, REQUIRED),
    FIELD("kind", field_word, REQUIRED,
          WORDS("mou", "fund-window", "project", "training", "task-force", "research",
                "other")),
    FIELD("description", field_text, 0),
    FIELD("parties", field_object, REQUIRED | LIST, .form = &form_partner,
          .unique = "org"),
    FIELD("signed_on", field_date, 0),
    FIELD("period", field_object, 0, .form = &form_period),
    FIELD("open", field_bool, 0),
    FIELD("parent", field_subject, 0),
    FIELD("budget", field_object, 0, .form = &form_money),
    FIELD("budget_lines", field_object, LIST, .form = &form_budget_line, .unique = "id"),
    FIELD("administrative_agent", field_org, 0),
    WANTED_FIELD,
};
FORM_CLASSIFIED(PARTNERSHIP_PROPOSED, partnership);

/* Declaration: a network's joint position */

static enum status check_declaration(struct check *c, const json_t *record)
{
    if (json_object_get(record, "text") != NULL ||
        json_array_size(json_object_get(record, "evidence")) > 0)
        return STATUS_OK;
    return field_refuse(c, RULE_FIELD_MISSING,
                        "expected what is declared, text or evidence that has it, "
                        "found neither");
}

static const struct field declaration[] = {
    FIELD("id", field_own_subject, REQUIRED | ONCE),
    FIELD("title", field_title, REQUIRED),
    FIELD("text", field_text, 0),
    FIELD("networks", field_network, REQUIRED | LIST),
    FIELD("parties", field_object, REQUIRED | LIST, .form = &form_partner,
          .unique = "org"),
    FIELD("open", field_bool, 0),
};
FORM(DECLARATION_PROPOSED, declaration, .check = check_declaration);

/* Commitment */

/* What a party may be that does not lead. */
#define ROLES                                                           \
    "participating", "administrative-agent", "implementing", "funding", \
        "national-authority", "beneficiary"

static const struct field party[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, REQUIRED, WORDS("lead", ROLES)),
    FIELD("allocated", field_object, 0, .form = &form_money),
    FIELD("signed_elsewhere", field_object, 0, .form = &form_signed_elsewhere),
};
static const struct form form_party = { FIELDS_OF(party) };

static const struct field milestone[] = {
    FIELD("period", field_object, REQUIRED, .form = &form_period),
    FIELD("target", field_measured, 0),
};
static const struct form form_milestone = { FIELDS_OF(milestone) };

/* A value that is counted is a quantity; other measures have text. */
static const struct field counted_milestone[] = {
    FIELD("period", field_object, REQUIRED, .form = &form_period),
    FIELD("target", field_quantity, 0),
};
static const struct form form_counted_milestone = { FIELDS_OF(counted_milestone) };

static const struct field counted[] = {
    FIELD("baseline", field_quantity, 0),
    FIELD("target", field_quantity, 0),
    FIELD("milestones", field_object, LIST, .form = &form_counted_milestone),
};

static enum status check_deliverable(struct check *c, const json_t *object)
{
    struct bytes measure = json_member(object, "measure");
    enum status st = STATUS_OK;

    if (!bytes_eq_text(measure, "unit") && !bytes_eq_text(measure, "percentage"))
        return STATUS_OK;
    for (size_t i = 0; st == STATUS_OK && i < sizeof(counted) / sizeof(counted[0]); i++) {
        const json_t *value = json_object_get(object, counted[i].name);

        if (value != NULL)
            st = field_check(c, &counted[i], value);
    }
    return st;
}

static const struct field deliverable[] = {
    FIELD("id", field_local, REQUIRED),
    FIELD("title", field_title, REQUIRED),
    FIELD("indicator", field_text, 0),
    FIELD("measure", field_word, REQUIRED,
          WORDS("unit", "percentage", "nominal", "ordinal", "qualitative")),
    FIELD("baseline", field_measured, 0),
    FIELD("target", field_measured, 0),
    FIELD("unit", field_title, 0),
    FIELD("descending", field_bool, 0),
    FIELD("due", field_date, 0),
    FIELD("country", field_code, 0, .list = CODE_COUNTRY),
    FIELD("step", field_integer, 0, .max = 3),
    FIELD("milestones", field_object, LIST, .form = &form_milestone),
    FIELD("responsible", field_org, LIST),
    FIELD("dropped", field_bool, 0),
};
static const struct form form_deliverable = { FIELDS_OF(deliverable),
                                              .check = check_deliverable };

static const struct field commitment[] = {
    FIELD("id", field_own_subject, REQUIRED | ONCE),
    FIELD("title", field_title, REQUIRED),
    FIELD("description", field_text, 0),
    FIELD("parties", field_object, REQUIRED | LIST, .form = &form_party, .unique = "org"),
    FIELD("period", field_object, 0, .form = &form_period),
    FIELD("partnership", field_subject, 0),
    FIELD("budget", field_object, 0, .form = &form_money),
    FIELD("budget_lines", field_object, LIST, .form = &form_budget_line, .unique = "id"),
    FIELD("open", field_bool, 0),
    WANTED_FIELD,
    FIELD("deliverables", field_object, REQUIRED | LIST, .form = &form_deliverable,
          .unique = "id"),
};
FORM_CLASSIFIED(COMMITMENT_PROPOSED, commitment);

/* Joining what is open. Who leads changes by commitment.lead_changed only. */

static const struct field commitment_acceded[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("role", field_word, REQUIRED, WORDS(ROLES)),
};
FORM(COMMITMENT_ACCEDED, commitment_acceded);

static const struct field acceded[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("role", field_role, REQUIRED),
};
FORM(PARTNERSHIP_ACCEDED, acceded);
FORM(DECLARATION_ACCEDED, acceded);
