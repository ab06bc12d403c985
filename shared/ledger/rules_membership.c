/* membership.granted, membership.accepted */

#include "ledger/membership.h"

void membership_create(struct judge *j, struct bytes network, struct bytes org,
                       const char *role)
{
    struct state *s = j->state;
    json_t *row = json_object();

    state_set(s, row, "network", json_of(network));
    state_set(s, row, "org", json_of(org));
    state_set(s, row, "role", json_string(role));
    state_set(s, row, "status", json_string("granted"));
    state_set_int(s, row, "granted", j->number);
    state_put(s, judge_member_row(j, network, org), row);
}

static void activate_convener(struct judge *j, struct bytes network, struct bytes org)
{
    struct row *r = judge_row(j, STORE_NETWORK, network);
    const json_t *item, *conveners = json_object_get(state_json(r), "conveners");

    judge_each(i, item, conveners)
    {
        json_t *row, *own;

        if (!bytes_eq(json_member(item, "org"), org))
            continue;
        row = state_edit(j->state, r);
        own = state_own(j->state, row, "conveners");
        state_set(j->state, state_own_at(j->state, own, i), "active", json_true());
        return;
    }
}

void membership_join(struct judge *j, struct bytes network, struct bytes org)
{
    struct state *s = j->state;
    json_t *member = state_edit(s, judge_member_row(j, network, org));
    json_t *owner = state_edit(s, judge_org_row(j, org));

    state_set(s, member, "status", json_string("member"));
    state_set_int(s, member, "accepted", j->number);
    state_push(s, state_own(s, owner, "networks"), json_of(network));
    activate_convener(j, network, org);
}

/* --- granted ------------------------------------------------------------------------ */

enum status membership_free(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    const json_t *row;

    if (judge_demand_network(j, network, NULL) != STATUS_OK)
        return STATUS_REFUSED;
    row = state_json(judge_member_row(j, network, org));
    if (row == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_EXISTS,
                  "expected a new membership, but that of " BYTES_FMT " in " BYTES_FMT
                  " is granted already",
                  BYTES_ARG(org), BYTES_ARG(network));
}

enum status membership_granted_judge(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    enum status st = judge_demand_admit(j, network);

    if (st == STATUS_OK)
        st = judge_demand_org(j, org, "org");
    if (st != STATUS_OK)
        return st;
    membership_create(j, network, org,
                      judge_is(j->record->json, "role", "observer") ? "observer"
                                                                    : "member");
    if (judge_signs(j, org))
        membership_join(j, network, org);
    return STATUS_OK;
}

/* --- accepted ----------------------------------------------------------------------- */

enum status membership_found(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    const json_t *row;

    if (judge_demand_network(j, network, NULL) != STATUS_OK)
        return STATUS_REFUSED;
    row = state_json(judge_member_row(j, network, org));
    if (bytes_eq(json_member(row, "org"), org))
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "expected a membership that was granted, found none of " BYTES_FMT
                  " in " BYTES_FMT,
                  BYTES_ARG(org), BYTES_ARG(network));
}

enum status membership_accepted_judge(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");

    if (!bytes_eq(org, j->st->org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected the member itself, " BYTES_FMT
                      ", as author, found " BYTES_FMT,
                      BYTES_ARG(org), BYTES_ARG(j->st->org));
    if (judge_is_member(j, network, org))
        return REFUSE(j, RULE_LIFE_STATE,
                      BYTES_FMT " is a member of " BYTES_FMT " already", BYTES_ARG(org),
                      BYTES_ARG(network));
    membership_join(j, network, org);
    return STATUS_OK;
}
