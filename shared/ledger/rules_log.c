/* log.chartered: the first record of a log. */

#include "ledger/judge.h"
#include "record/codes.h"

static enum status demand_program(struct judge *j)
{
    json_int_t version = json_integer_value(judge_json(j, "rules"));
    struct bytes codes = judge_field(j, "codes");

    if (version != RULES_VERSION)
        return REFUSE(j, RULE_LOG_RULES,
                      "the log demands rules version %lld, this program knows %d",
                      (long long)version, RULES_VERSION);
    if (!bytes_eq_text(codes, codes_digest()))
        return REFUSE(j, RULE_LOG_CODES,
                      "the log demands code lists " BYTES_FMT ", this program has %s",
                      BYTES_ARG(codes), codes_digest());
    return STATUS_OK;
}

/* One of the entry's own organization.registered. */
static bool is_registered_here(const struct judge *j, struct bytes org)
{
    for (size_t i = 0; i < j->st->n; i++)
        if (j->st->records[i].kind == KIND_ORGANIZATION_REGISTERED &&
            bytes_eq(json_member(j->st->records[i].json, "org"), org))
            return true;
    return false;
}

static enum status demand_stewards(struct judge *j)
{
    const json_t *item, *stewards = judge_json(j, "stewards");
    bool author = false;

    judge_each(i, item, stewards)
    {
        author = author || bytes_eq(json_bytes(item), j->st->org);
    }
    if (!author)
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected a steward as author, found " BYTES_FMT,
                      BYTES_ARG(j->st->org));
    judge_each(i, item, stewards)
    {
        if (!judge_signs(j, json_bytes(item)))
            return REFUSE(j, RULE_QUORUM_MISSING,
                          "expected signatures of all stewards, that of " BYTES_FMT
                          " is missing",
                          BYTES_ARG(json_bytes(item)));
    }
    judge_each(i, item, stewards)
    {
        if (!is_registered_here(j, json_bytes(item)))
            return REFUSE(j, RULE_ORG_UNKNOWN,
                          "stewards: expected organizations registered in entry 0, "
                          "found " BYTES_FMT,
                          BYTES_ARG(json_bytes(item)));
    }
    return STATUS_OK;
}

static json_t *log_key(struct judge *j)
{
    json_t *key = json_object();

    state_share(j->state, key, "key", j->record->json);
    state_set_int(j->state, key, "since", 0);
    return key;
}

static void apply(struct judge *j)
{
    struct state *s = j->state;
    json_t *log = json_object(), *keys = json_array();

    state_share(s, log, "origin", j->record->json);
    state_share(s, log, "rules", j->record->json);
    state_share(s, log, "codes", j->record->json);
    state_share(s, log, "title", j->record->json);
    state_share(s, log, "stewards", j->record->json);
    state_share(s, log, "quorum", j->record->json);
    state_push(s, keys, log_key(j));
    state_set(s, log, "keys", keys);
    state_set_int(s, log, "record", j->number);
    state_put(s, judge_row(j, STORE_LOG, BYTES_LIT("log")), log);
}

enum status log_chartered_judge(struct judge *j)
{
    struct verifier_key key;
    enum status st = demand_program(j);

    if (st == STATUS_OK)
        st = demand_stewards(j);
    if (st == STATUS_OK && verifier_key_parse(judge_field(j, "key"), &key) != STATUS_OK)
        st = REFUSE(j, RULE_KEY_FORM, "key: expected a verifier key");
    if (st == STATUS_OK)
        st = key_state(j, &key);
    if (st == STATUS_OK)
        apply(j);
    return st;
}
