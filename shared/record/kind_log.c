/* The log itself: its charter, its rules, its keys, its end. */
#include "record/field.h"

static enum status check_charter(struct check *c, const json_t *record)
{
    json_int_t quorum = json_integer_value(json_object_get(record, "quorum"));
    size_t stewards = json_array_size(json_object_get(record, "stewards"));

    if (quorum > (json_int_t)stewards)
        return field_refuse_member(c, RULE_FIELD_VALUE, "quorum",
                                   "expected at most the %zu stewards, found %lld",
                                   stewards, (long long)quorum);
    return key_check(c, record, KEY_FOR_LOG, c->ctx->log);
}

static const struct field chartered[] = {
    FIELD("origin", field_origin, REQUIRED),
    FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED),
    FIELD("rules", field_integer, REQUIRED),
    FIELD("codes", field_sha256, REQUIRED),
    FIELD("stewards", field_org, REQUIRED | LIST),
    FIELD("quorum", field_integer, REQUIRED),
    FIELD("title", field_title, REQUIRED),
};
FORM(LOG_CHARTERED, chartered, .check = check_charter);

static const struct field rules[] = {
    FIELD("rules", field_integer, REQUIRED),
    FIELD("codes", field_sha256, REQUIRED),
    FIELD("title", field_title, REQUIRED),
};
FORM(LOG_RULES, rules);

static enum status check_key_added(struct check *c, const json_t *record)
{
    return key_check(c, record, KEY_FOR_LOG, c->ctx->log);
}

static const struct field key_added[] = {
    FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED),
};
FORM(LOG_KEY_ADDED, key_added, .check = check_key_added);

static const struct field key_retired[] = {
    FIELD("key_id", field_key_id, REQUIRED),
};
FORM(LOG_KEY_RETIRED, key_retired);

/* Who steward the log, and how many of them it then takes. */
static const struct field steward_changed[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("quorum", field_integer, 0),
};
FORM(STEWARD_ADDED, steward_changed);
FORM(STEWARD_REMOVED, steward_changed);

static const struct field succeeded[] = {
    FIELD("origin", field_other_origin, REQUIRED),
    FIELD("url", field_url, REQUIRED),
};
FORM(LOG_SUCCEEDED, succeeded);
