/* Who belongs to a network: granted by it, accepted by the member. */
#include "record/field.h"

#define ROLES WORDS("member", "observer")

static const struct field granted[] = {
    FIELD("network", field_network, REQUIRED),
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, REQUIRED, ROLES),
    FIELD("reason", field_text, 0),
};
FORM(MEMBERSHIP_GRANTED, granted);

static const struct field accepted[] = {
    FIELD("network", field_network, REQUIRED),
    FIELD("org", field_org, REQUIRED),
    FIELD("role", field_word, 0, ROLES),
};
FORM(MEMBERSHIP_ACCEPTED, accepted);

static const struct field ended[] = {
    FIELD("network", field_network, REQUIRED),
    FIELD("org", field_org, REQUIRED),
    FIELD("reason", field_text, REQUIRED),
};
FORM(MEMBERSHIP_ENDED, ended);
