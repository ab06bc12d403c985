/* The directory: what organizations are called, which keys they begin with and how many
 * must sign, and their end. */
#include "record/field.h"

#define DIRECTORY_FIELDS(needed)                                      \
    FIELD("name", field_title, needed),                               \
        FIELD("org_type", field_code, needed, .list = CODE_ORG_TYPE), \
        FIELD("country", field_code, 0, .list = CODE_COUNTRY),        \
        FIELD("aliases", field_title, LIST)

static const struct field listed[] = {
    FIELD("org", field_org, REQUIRED),
    DIRECTORY_FIELDS(REQUIRED),
};
FORM(ORGANIZATION_LISTED, listed);

static enum status check_first_key(struct check *c, const json_t *item)
{
    return key_check(c, item, KEY_FOR_ORG, json_member(c->record, "org"));
}

static const struct field first_key[] = {
    FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED),
    FIELD("label", field_local, REQUIRED),
};
static const struct form form_first_key = { FIELDS_OF(first_key),
                                            .check = check_first_key };

/* `network` is missing in entry 0, and in no other: the ledger's to judge. */
static const struct field registered[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("network", field_network, 0),
    DIRECTORY_FIELDS(REQUIRED),
    FIELD("website", field_url, 0),
    FIELD("keys", field_object, REQUIRED | LIST, .form = &form_first_key,
          .unique = "key"),
};
FORM(ORGANIZATION_REGISTERED, registered);

static const struct field updated[] = {
    FIELD("org", field_org, REQUIRED),
    DIRECTORY_FIELDS(0),
    FIELD("website", field_url, 0),
};

static enum status check_change(struct check *c, const json_t *record)
{
    for (size_t i = 1; i < sizeof(updated) / sizeof(updated[0]); i++)
        if (json_object_get(record, updated[i].name) != NULL)
            return STATUS_OK;
    return field_refuse(c, RULE_FIELD_MISSING,
                        "expected what changes: name, org_type, country, aliases or "
                        "website");
}

FORM(ORGANIZATION_UPDATED, updated, .check = check_change);

static enum status check_successor(struct check *c, const json_t *record)
{
    struct bytes org = json_member(record, "org");

    if (!bytes_eq(org, json_member(record, "successor")))
        return STATUS_OK;
    return field_refuse_member(c, RULE_FIELD_VALUE, "successor",
                               "expected another organization, found \"" BYTES_FMT "\"",
                               BYTES_ARG(org));
}

static const struct field closed[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("successor", field_org, 0),
};
FORM(ORGANIZATION_CLOSED, closed, .check = check_successor);

/* More signatures than a statement holds could never be there; one is no demand, and so
 * lifts an earlier rule. */
static const struct field signing_rule[] = {
    FIELD("kinds", field_kinds, REQUIRED | LIST),
    FIELD("signatures", field_integer, REQUIRED, .max = STATEMENT_SIGNATURES_MAX),
};
static const struct form form_signing_rule = { FIELDS_OF(signing_rule) };

static const struct field signing[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("rules", field_object, REQUIRED | LIST, .form = &form_signing_rule),
};
FORM(ORGANIZATION_SIGNING, signing);

/* Claimed by the organization, and seen, or not, by others. */
static const struct field domain[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("domain", field_domain, REQUIRED),
    FIELD("ended", field_bool, 0),
};
FORM(ORGANIZATION_DOMAIN, domain);

static const struct field seen[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("domain", field_domain, REQUIRED),
    FIELD("method", field_word, REQUIRED, WORDS("dns", "https")),
    FIELD("on", field_day, REQUIRED),
    FIELD("found", field_word, REQUIRED, WORDS("yes", "no")),
};
FORM(DOMAIN_SEEN, seen);
