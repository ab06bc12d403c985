#include "ledger/agreement.h"

static enum status demand_author_among(struct judge *j)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, "parties"))
    {
        if (bytes_eq(json_member(item, "org"), j->st->org))
            return STATUS_OK;
    }
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "parties: expected the author among them, " BYTES_FMT,
                  BYTES_ARG(j->st->org));
}

enum status agreement_demand_terms(struct judge *j)
{
    enum status st = demand_author_among(j);

    if (st == STATUS_OK)
        st = judge_demand_networks(j);
    if (st == STATUS_OK)
        st = judge_demand_orgs(j, judge_json(j, "parties"), "org", "parties");
    return st;
}

json_t *agreement_create(struct judge *j)
{
    json_t *subject = subject_create(j, "proposed");
    const json_t *item;

    judge_each(i, item, judge_json(j, "parties"))
    {
        subject_add_party(j, subject, json_member(item, "org"),
                          json_object_get(item, "role"),
                          json_object_get(item, "signed_elsewhere"));
    }
    return subject;
}

static const char *derive(const json_t *subject)
{
    if (subject_count(subject, "declined") > 0)
        return "declined";
    if (json_object_size(json_object_get(subject, "progress")) > 0)
        return "in-progress";
    if (json_object_get(subject, "agreed") != NULL)
        return "agreed";
    if (subject_count(subject, "signed") == 1 && subject_count(subject, "open") == 0)
        return "declared";
    return "proposed";
}

/* At least two parties signed here, and every other signed on paper. */
static bool is_agreed(const json_t *subject)
{
    size_t here = subject_count(subject, "signed");
    size_t paper = subject_count(subject, "elsewhere");

    return here >= 2 &&
           here + paper == json_array_size(json_object_get(subject, "parties"));
}

void agreement_settle(struct judge *j, json_t *subject)
{
    if (json_object_get(subject, "agreed") == NULL && is_agreed(subject))
        state_set_int(j->state, subject, "agreed", j->number);
    subject_set_status(j, subject, derive(subject));
}

enum status agreement_demand_party(struct judge *j, size_t *party)
{
    *party = subject_party(state_json(j->subject), j->st->org);
    if (*party != SIZE_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "expected a party of " BYTES_FMT " as author, found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")), BYTES_ARG(j->st->org));
}

enum status agreement_demand_open(struct judge *j)
{
    if (json_object_get(state_json(j->subject), "agreed") == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected terms that are not agreed yet, but " BYTES_FMT " is agreed",
                  BYTES_ARG(judge_field(j, "id")));
}

enum status agreement_demand_alive(struct judge *j)
{
    if (!judge_is(state_json(j->subject), "status", "declined"))
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected an agreement that stands, but " BYTES_FMT " is declined",
                  BYTES_ARG(judge_field(j, "id")));
}

static enum status answer(struct judge *j, const char *state)
{
    size_t party;
    json_t *subject;
    enum status st = agreement_demand_party(j, &party);

    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK)
        st = agreement_demand_open(j);
    if (st != STATUS_OK)
        return st;
    subject = subject_edit(j);
    subject_party_states(j, subject, party, state);
    agreement_settle(j, subject);
    return STATUS_OK;
}

enum status agreement_accepted_judge(struct judge *j)
{
    return answer(j, "signed");
}

enum status agreement_declined_judge(struct judge *j)
{
    return answer(j, "declined");
}
