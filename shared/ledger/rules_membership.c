/* membership.granted, .accepted, .ended */

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

size_t membership_convener(const json_t *network, struct bytes org)
{
    const json_t *item;

    judge_each(i, item, json_object_get(network, "conveners"))
    {
        if (bytes_eq(json_member(item, "org"), org))
            return i;
    }
    return SIZE_MAX;
}

static void activate_convener(struct judge *j, struct bytes network, struct bytes org)
{
    struct row *r = judge_row(j, STORE_NETWORK, network);
    size_t i = membership_convener(state_json(r), org);
    json_t *own;

    if (i == SIZE_MAX)
        return;
    own = state_own(j->state, state_edit(j->state, r), "conveners");
    state_set(j->state, state_own_at(j->state, own, i), "active", json_true());
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
    if (row == NULL || judge_is(row, "status", "ended"))
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
    if (bytes_eq(json_member(row, "org"), org) && !judge_is(row, "status", "ended"))
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
                      "expected one that is no member yet, but " BYTES_FMT
                      " is one of " BYTES_FMT,
                      BYTES_ARG(org), BYTES_ARG(network));
    membership_join(j, network, org);
    return STATUS_OK;
}

/* --- ended -------------------------------------------------------------------------- */

static enum status demand_ender(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    const json_t *row;

    if (!bytes_eq(org, j->st->org) && judge_demand_admit(j, network) != STATUS_OK)
        return STATUS_REFUSED;
    if (judge_demand_network(j, network, &row) != STATUS_OK)
        return STATUS_REFUSED;
    if (membership_convener(row, org) == SIZE_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected one that does not convene " BYTES_FMT ", but " BYTES_FMT
                  " is to be removed as a convener first",
                  BYTES_ARG(network), BYTES_ARG(org));
}

static void forget_network(struct judge *j, struct bytes network, struct bytes org)
{
    json_t *list =
        state_own(j->state, state_edit(j->state, judge_org_row(j, org)), "networks");
    size_t i = 0;

    while (i < json_array_size(list)) {
        if (bytes_eq(json_bytes(json_array_get(list, i)), network))
            (void)json_array_remove(list, i);
        else
            i++;
    }
}

enum status membership_ended_judge(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    json_t *member;

    if (demand_ender(j) != STATUS_OK)
        return STATUS_REFUSED;
    member = state_edit(j->state, judge_member_row(j, network, org));
    state_set(j->state, member, "status", json_string("ended"));
    state_set_int(j->state, member, "ended", j->number);
    forget_network(j, network, org);
    return STATUS_OK;
}
