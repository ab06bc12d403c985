/* convener.added, convener.removed */

#include "ledger/membership.h"

static const json_t *network_of(struct judge *j)
{
    return state_json(judge_row(j, STORE_NETWORK, judge_field(j, "network")));
}

/* --- added -------------------------------------------------------------------------- */

enum status convener_free(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");

    if (judge_demand_network(j, network, NULL) != STATUS_OK)
        return STATUS_REFUSED;
    if (membership_convener(network_of(j), org) == SIZE_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_EXISTS,
                  "expected a new convener, but " BYTES_FMT " is one of " BYTES_FMT
                  " already",
                  BYTES_ARG(org), BYTES_ARG(network));
}

enum status convener_added_judge(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    struct state *s = j->state;
    json_t *row, *convener;
    enum status st = judge_demand_two(j, network);

    if (st == STATUS_OK && judge_convenes_alone(j, network_of(j)) && !judge_signs(j, org))
        st = REFUSE(j, RULE_QUORUM_MISSING,
                    "expected the signature of " BYTES_FMT
                    " too, as one organization alone convenes " BYTES_FMT,
                    BYTES_ARG(org), BYTES_ARG(network));
    if (st == STATUS_OK)
        st = judge_demand_org(j, org, "org");
    if (st == STATUS_OK && !judge_is_member(j, network, org))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected a member of " BYTES_FMT
                    " that has accepted, found " BYTES_FMT,
                    BYTES_ARG(network), BYTES_ARG(org));
    if (st != STATUS_OK)
        return st;
    convener = json_object();
    state_share(s, convener, "org", j->record->json);
    state_share(s, convener, "role", j->record->json);
    state_set(s, convener, "active", json_true());
    row = state_edit(s, judge_row(j, STORE_NETWORK, network));
    state_push(s, state_own(s, row, "conveners"), convener);
    state_set_int(s, row, "changed", j->number);
    return STATUS_OK;
}

/* --- removed ------------------------------------------------------------------------ */

enum status convener_found(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");

    if (judge_demand_network(j, network, NULL) != STATUS_OK)
        return STATUS_REFUSED;
    if (membership_convener(network_of(j), org) != SIZE_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "expected a convener of " BYTES_FMT ", found " BYTES_FMT,
                  BYTES_ARG(network), BYTES_ARG(org));
}

/* Active ones that stay. */
static size_t others(const json_t *network, struct bytes org)
{
    const json_t *item;
    size_t n = 0;

    judge_each(i, item, json_object_get(network, "conveners"))
    {
        n += json_is_true(json_object_get(item, "active")) &&
             !bytes_eq(json_member(item, "org"), org);
    }
    return n;
}

enum status convener_removed_judge(struct judge *j)
{
    struct bytes network = judge_field(j, "network"), org = judge_field(j, "org");
    enum status st = judge_demand_two(j, network);
    json_t *row, *own;

    if (st == STATUS_OK && others(network_of(j), org) == 0)
        st = REFUSE(j, RULE_CONVENER_LAST,
                    "expected that another active convener of " BYTES_FMT
                    " stays, " BYTES_FMT " is the last one",
                    BYTES_ARG(network), BYTES_ARG(org));
    if (st != STATUS_OK)
        return st;
    row = state_edit(j->state, judge_row(j, STORE_NETWORK, network));
    own = state_own(j->state, row, "conveners");
    (void)json_array_remove(own, membership_convener(network_of(j), org));
    state_set_int(j->state, row, "changed", j->number);
    return STATUS_OK;
}
