/* The log itself: its charter, the rules it goes by, its keys, its end. */

#include "ledger/judge.h"
#include "ledger/standing.h"
#include "record/codes.h"
#include "record/rules_version.h"

static struct row *log_row(struct judge *j)
{
    return judge_row(j, STORE_LOG, BYTES_LIT("log"));
}

/* The charter demands rules of the program. */
static enum status demand_program(struct judge *j)
{
    json_int_t version = json_integer_value(judge_json(j, "rules"));

    if (!rules_known(version))
        return REFUSE(j, RULE_LOG_RULES,
                      "rules: expected a version that this program knows, up to %lld, "
                      "found %lld",
                      (long long)rules_newest(), (long long)version);
    if (!rules_codes_known(version, judge_field(j, "codes")))
        return REFUSE(
            j, RULE_LOG_CODES,
            "codes: expected the code lists of this program, %s, found " BYTES_FMT,
            codes_digest(), BYTES_ARG(judge_field(j, "codes")));
    return STATUS_OK;
}

static enum status refuse_standing(struct judge *j, enum rule rule,
                                   const struct standing *standing)
{
    struct buf text = { 0 };
    enum status st;

    standing_print(standing, &text);
    st = refuse(j->why, rule, 0, "%s", buf_str(&text));
    buf_clear(&text);
    return st;
}

enum status log_judge(struct judge *j)
{
    static const enum rule rules[] = { [STANDING_ON] = RULE_NONE,
                                       [STANDING_RULES] = RULE_LOG_RULES,
                                       [STANDING_CODES] = RULE_LOG_CODES,
                                       [STANDING_SUCCEEDED] = RULE_LOG_SUCCEEDED };
    struct standing standing;
    const json_t *log;
    enum status st;

    if (judge_founding(j))
        return STATUS_OK;
    log = state_json(log_row(j));
    st = log == NULL ? STATUS_ALTERED : standing_of(log, &standing);
    if (st != STATUS_OK) {
        state_fail(j->state, st);
        return STATUS_REFUSED;
    }
    if (standing.type != STANDING_ON)
        st = refuse_standing(j, rules[standing.type], &standing);
    standing_clear(&standing);
    return st;
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
                          " was not found",
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

static json_t *log_key(struct judge *j, uint64_t since)
{
    json_t *key = json_object();

    state_share(j->state, key, "key", j->record->json);
    state_set_int(j->state, key, "since", since);
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
    state_push(s, keys, log_key(j, 0));
    state_set(s, log, "keys", keys);
    state_set_int(s, log, "record", j->number);
    state_put(s, log_row(j), log);
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

/* --- log.rules -----------------------------------------------------------------------
 */

enum status log_rules_judge(struct judge *j)
{
    json_int_t version = json_integer_value(judge_json(j, "rules"));
    json_int_t now = json_integer_value(json_object_get(state_json(log_row(j)), "rules"));
    struct state *s = j->state;
    json_t *log;
    enum status st = judge_demand_stewards(j);

    if (st == STATUS_OK && version < now)
        st = REFUSE(j, RULE_LIFE_STATE,
                    "rules: expected at least version %lld, that is in force, found %lld",
                    (long long)now, (long long)version);
    if (st != STATUS_OK)
        return st;
    log = state_edit(s, log_row(j));
    state_share(s, log, "rules", j->record->json);
    state_share(s, log, "codes", j->record->json);
    state_set_int(s, log, "changed", j->number);
    return STATUS_OK;
}

/* --- its keys ------------------------------------------------------------------------
 */

enum status log_key_added_judge(struct judge *j)
{
    struct verifier_key key;
    json_t *log;
    enum status st = judge_demand_stewards(j);

    if (st == STATUS_OK && verifier_key_parse(judge_field(j, "key"), &key) != STATUS_OK)
        st = REFUSE(j, RULE_KEY_FORM, "key: expected a verifier key");
    if (st == STATUS_OK)
        st = key_state(j, &key);
    if (st != STATUS_OK)
        return st;
    log = state_edit(j->state, log_row(j));
    state_push(j->state, state_own(j->state, log, "keys"), log_key(j, j->index + 1));
    return STATUS_OK;
}

/* SIZE_MAX: the log has no key of that id. */
static size_t find_key(const json_t *log, struct bytes id, struct judge *j,
                       size_t *others)
{
    const json_t *item;
    size_t at = SIZE_MAX;

    *others = 0;
    judge_each(i, item, json_object_get(log, "keys"))
    {
        struct verifier_key key;
        char hex[9];

        if (verifier_key_parse(json_member(item, "key"), &key) != STATUS_OK)
            continue;
        snprintf(hex, sizeof(hex), "%08x", key.id);
        if (bytes_eq_text(id, hex))
            at = i;
        else
            *others += key_active(item, j->index + 1);
    }
    return at;
}

enum status log_key_retired_judge(struct judge *j)
{
    struct bytes id = judge_field(j, "key_id");
    const json_t *log = state_json(log_row(j));
    size_t others, at;
    json_t *own;
    enum status st = judge_demand_stewards(j);

    if (st != STATUS_OK)
        return st;
    at = find_key(log, id, j, &others);
    if (at == SIZE_MAX)
        return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                      "key_id: expected a key of the log, found " BYTES_FMT,
                      BYTES_ARG(id));
    if (!key_active(json_array_get(json_object_get(log, "keys"), at), j->index + 1))
        return REFUSE(j, RULE_LIFE_STATE,
                      "key_id: expected a key that is not retired, found " BYTES_FMT,
                      BYTES_ARG(id));
    if (others == 0)
        return REFUSE(j, RULE_KEY_LAST,
                      "expected that another key of the log stays active, " BYTES_FMT
                      " is the last one",
                      BYTES_ARG(id));
    own = state_own(j->state, state_edit(j->state, log_row(j)), "keys");
    state_set_int(j->state, state_own_at(j->state, own, at), "until", j->index + 1);
    return STATUS_OK;
}

/* --- its end -------------------------------------------------------------------------
 */

enum status log_succeeded_judge(struct judge *j)
{
    struct state *s = j->state;
    json_t *log, *succeeded;
    enum status st = judge_demand_stewards(j);

    if (st != STATUS_OK)
        return st;
    log = state_edit(s, log_row(j));
    succeeded = json_object();
    state_share(s, succeeded, "origin", j->record->json);
    state_share(s, succeeded, "url", j->record->json);
    state_set_int(s, succeeded, "record", j->number);
    state_set(s, log, "succeeded", succeeded);
    return STATUS_OK;
}
