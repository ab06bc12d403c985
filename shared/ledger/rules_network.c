/* network.chartered */

#include "ledger/judge.h"
#include "ledger/membership.h"

enum status network_free(struct judge *j)
{
    struct bytes network = judge_field(j, "network");

    if (state_json(judge_row(j, STORE_NETWORK, network)) == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_EXISTS,
                  "network: expected an id that is free, but " BYTES_FMT " is chartered",
                  BYTES_ARG(network));
}

static enum status demand_author(struct judge *j)
{
    struct bytes parent = judge_field(j, "parent");

    if (parent.len > 0)
        return judge_demand_admit(j, parent);
    if (judge_is_steward(j, j->st->org))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "expected a steward of the log as author, found " BYTES_FMT,
                  BYTES_ARG(j->st->org));
}

static enum status demand_members(struct judge *j)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, "member_networks"))
    {
        if (judge_demand_network(j, json_bytes(item), NULL) != STATUS_OK)
            return STATUS_REFUSED;
    }
    return STATUS_OK;
}

static json_t *convener_json(struct judge *j, const json_t *stated)
{
    json_t *c = json_object();

    state_share(j->state, c, "org", stated);
    state_share(j->state, c, "role", stated);
    state_set(j->state, c, "active", json_false());
    return c;
}

static void create(struct judge *j)
{
    static const char *const names[] = { "network",     "name",   "purpose",
                                         "founded",     "parent", "member_networks",
                                         "composition", "quorum" };
    struct state *s = j->state;
    json_t *row = json_object(), *conveners = json_array();
    const json_t *item;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        state_share(s, row, names[i], j->record->json);
    judge_each(i, item, judge_json(j, "conveners"))
    {
        state_push(s, conveners, convener_json(j, item));
    }
    state_set(s, row, "conveners", conveners);
    state_set_int(s, row, "created", j->number);
    state_set_int(s, row, "changed", j->number);
    state_put(s, judge_row(j, STORE_NETWORK, judge_field(j, "network")), row);
}

/* Each convener is a member, once it signs this or accepts. */
static void admit_conveners(struct judge *j)
{
    struct bytes network = judge_field(j, "network");
    const json_t *item;

    judge_each(i, item, judge_json(j, "conveners"))
    {
        struct bytes org = json_member(item, "org");

        membership_create(j, network, org, "member");
        if (judge_signs(j, org))
            membership_join(j, network, org);
    }
}

enum status network_chartered_judge(struct judge *j)
{
    enum status st = demand_author(j);

    if (st == STATUS_OK)
        st = judge_demand_orgs(j, judge_json(j, "conveners"), "org", "conveners");
    if (st == STATUS_OK)
        st = demand_members(j);
    if (st != STATUS_OK)
        return st;
    create(j);
    admit_conveners(j);
    return STATUS_OK;
}
