/* steward.added, steward.removed: who answers for the log. */

#include "ledger/judge.h"

static struct row *log_row(struct judge *j)
{
    return judge_row(j, STORE_LOG, BYTES_LIT("log"));
}

enum status steward_free(struct judge *j)
{
    struct bytes org = judge_field(j, "org");

    if (!judge_is_steward(j, org))
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_EXISTS,
                  "expected a new steward, but " BYTES_FMT " is one already",
                  BYTES_ARG(org));
}

enum status steward_found(struct judge *j)
{
    struct bytes org = judge_field(j, "org");

    if (judge_is_steward(j, org))
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "expected a steward of the log, found " BYTES_FMT, BYTES_ARG(org));
}

/* Of so many as there will be. */
static enum status demand_quorum(struct judge *j, size_t stewards)
{
    json_int_t quorum = json_integer_value(judge_json(j, "quorum"));

    if (quorum <= (json_int_t)stewards)
        return STATUS_OK;
    return REFUSE(j, RULE_FIELD_VALUE,
                  "quorum: expected at most the %zu stewards, found %lld", stewards,
                  (long long)quorum);
}

/* As stated, else as it was, and never more than there are. */
static void set_quorum(struct judge *j, json_t *log)
{
    const json_t *stated = judge_json(j, "quorum");
    json_int_t quorum =
        json_integer_value(stated != NULL ? stated : json_object_get(log, "quorum"));
    size_t stewards = json_array_size(json_object_get(log, "stewards"));

    state_set_int(j->state, log, "quorum",
                  quorum < (json_int_t)stewards ? (uint64_t)quorum : stewards);
}

enum status steward_added_judge(struct judge *j)
{
    struct bytes org = judge_field(j, "org");
    json_t *log;
    enum status st = judge_demand_stewards(j);

    if (st == STATUS_OK && !judge_signs(j, org))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "expected the signature of " BYTES_FMT ", who is to be a steward",
                    BYTES_ARG(org));
    if (st == STATUS_OK)
        st = demand_quorum(j, judge_stewards(j, (struct bytes){ 0 }) + 1);
    if (st != STATUS_OK)
        return st;
    log = state_edit(j->state, log_row(j));
    state_push(j->state, state_own(j->state, log, "stewards"), json_of(org));
    set_quorum(j, log);
    return STATUS_OK;
}

static void remove_steward(struct judge *j, json_t *log, struct bytes org)
{
    json_t *list = state_own(j->state, log, "stewards");
    size_t i = 0;

    while (i < json_array_size(list)) {
        if (bytes_eq(json_bytes(json_array_get(list, i)), org))
            (void)json_array_remove(list, i);
        else
            i++;
    }
}

enum status steward_removed_judge(struct judge *j)
{
    struct bytes org = judge_field(j, "org");
    size_t others = judge_stewards(j, org);
    json_t *log;
    enum status st = judge_demand_stewards(j);

    if (st == STATUS_OK && others == 0)
        st = REFUSE(j, RULE_STEWARD_LAST,
                    "expected that another steward stays, " BYTES_FMT " is the last one",
                    BYTES_ARG(org));
    if (st == STATUS_OK)
        st = demand_quorum(j, others);
    if (st != STATUS_OK)
        return st;
    log = state_edit(j->state, log_row(j));
    remove_steward(j, log, org);
    set_quorum(j, log);
    return STATUS_OK;
}
