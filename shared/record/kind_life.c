/* The life of an agreement once it is proposed, the same for all kinds: it is amended,
 * left, led by another, suspended, resumed, and comes to its end. */
#include "record/field.h"

/* Amendments */

#define AMENDMENT_FIELDS(proposal)                                                 \
    FIELD("id", field_subject, REQUIRED), FIELD("rev", field_reference, REQUIRED), \
        FIELD("set", field_set, REQUIRED, .form = &form_##proposal),               \
        FIELD("why", field_word, REQUIRED, WORDS("amendment", "correction")),      \
        FIELD("reason", field_text, REQUIRED)

static const struct field partnership_amended[] = {
    AMENDMENT_FIELDS(PARTNERSHIP_PROPOSED),
};
FORM(PARTNERSHIP_AMENDED, partnership_amended);

static const struct field commitment_amended[] = {
    AMENDMENT_FIELDS(COMMITMENT_PROPOSED),
};
FORM(COMMITMENT_AMENDED, commitment_amended);

static const struct field declaration_amended[] = {
    AMENDMENT_FIELDS(DECLARATION_PROPOSED),
};
FORM(DECLARATION_AMENDED, declaration_amended);

/* Whether one is left when others are removed only the terms can tell. */
static enum status check_worth(struct check *c, const json_t *record)
{
    static const char *const worth[] = { "money", "unstated", "in_kind" };
    const json_t *set = json_object_get(record, "set");
    unsigned stated = 0;

    for (size_t i = 0; i < sizeof(worth) / sizeof(worth[0]); i++) {
        const json_t *value = json_object_get(set, worth[i]);

        stated += value != NULL && !json_is_null(value) ? 1 : 0;
    }
    if (stated <= 1)
        return STATUS_OK;
    return field_refuse_member(c, RULE_PLEDGE_WORTH, "set",
                               "expected at most one of money, unstated, in_kind");
}

static const struct field pledge_amended[] = {
    AMENDMENT_FIELDS(PLEDGE_MADE),
};
FORM(PLEDGE_AMENDED, pledge_amended, .check = check_worth);

/* Who leads */

static const struct field lead_changed[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("lead", field_org, REQUIRED),
};
FORM(PARTNERSHIP_LEAD_CHANGED, lead_changed);
FORM(COMMITMENT_LEAD_CHANGED, lead_changed);
FORM(DECLARATION_LEAD_CHANGED, lead_changed);

/* Who goes back on what it agreed to says why. */

static const struct field reasoned[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("reason", field_text, REQUIRED),
};
FORM(PARTNERSHIP_LEFT, reasoned);
FORM(COMMITMENT_LEFT, reasoned);
FORM(DECLARATION_LEFT, reasoned);
FORM(PARTNERSHIP_WITHDRAWN, reasoned);
FORM(COMMITMENT_WITHDRAWN, reasoned);
FORM(DECLARATION_WITHDRAWN, reasoned);
FORM(PLEDGE_WITHDRAWN, reasoned);

/* The rest may, and need not. */

static const struct field changed[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("reason", field_text, 0),
};
FORM(PARTNERSHIP_SUSPENDED, changed);
FORM(COMMITMENT_SUSPENDED, changed);
FORM(DECLARATION_SUSPENDED, changed);
FORM(PARTNERSHIP_RESUMED, changed);
FORM(COMMITMENT_RESUMED, changed);
FORM(DECLARATION_RESUMED, changed);
FORM(PARTNERSHIP_ENDED, changed);
FORM(COMMITMENT_ENDED, changed);
FORM(DECLARATION_ENDED, changed);
FORM(PARTNERSHIP_COMPLETED, changed);
FORM(COMMITMENT_COMPLETED, changed);
FORM(DECLARATION_COMPLETED, changed);
