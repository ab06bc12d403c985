/* network.chartered, network.updated */

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

/* All of a network but its conveners. */
static const char *const names[] = { "network",     "name",   "purpose",
                                     "founded",     "parent", "member_networks",
                                     "composition", "quorum" };

static void create(struct judge *j)
{
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

/* --- updated ------------------------------------------------------------------------ */

enum status network_found(struct judge *j)
{
    struct bytes network = judge_field(j, "network");

    if (state_json(judge_row(j, STORE_NETWORK, network)) != NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "network: expected one that is chartered, found " BYTES_FMT,
                  BYTES_ARG(network));
}

/* Its new parent's conveners agree, as they would charter it. */
static enum status demand_parent(struct judge *j, const json_t *before)
{
    struct bytes parent = judge_field(j, "parent");
    const json_t *row;

    if (parent.len == 0 || bytes_eq(parent, json_member(before, "parent")))
        return STATUS_OK;
    if (judge_demand_network(j, parent, &row) != STATUS_OK)
        return STATUS_REFUSED;
    if (judge_has_quorum(j, row, "admit"))
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "parent: expected signatures of as many conveners of " BYTES_FMT
                  " as its quorum says, found fewer",
                  BYTES_ARG(parent));
}

/* Who convenes changes as by convener.added and convener.removed, or an update would be
 * the easier way to drop the others. */
static enum status demand_conveners(struct judge *j, const json_t *before)
{
    struct bytes network = judge_field(j, "network");
    const json_t *item, *stated = judge_json(j, "conveners");
    const json_t *old = json_object_get(before, "conveners");
    bool same = json_array_size(old) == json_array_size(stated), stays = false;

    if (stated == NULL)
        return STATUS_OK;
    judge_each(i, item, stated)
    {
        struct bytes org = json_member(item, "org");

        same = same && membership_convener(before, org) != SIZE_MAX;
        stays = stays || judge_is_convener(before, org) ||
                judge_is_member(j, network, org) || judge_signs(j, org);
    }
    if (!same && judge_demand_two(j, network) != STATUS_OK)
        return STATUS_REFUSED;
    if (judge_demand_orgs(j, stated, "org", "conveners") != STATUS_OK)
        return STATUS_REFUSED;
    if (stays)
        return STATUS_OK;
    return REFUSE(j, RULE_CONVENER_LAST,
                  "conveners: expected one that has accepted, so that " BYTES_FMT
                  " keeps an active convener",
                  BYTES_ARG(network));
}

/* Known as a member, or from now on as one to whom it is granted. */
static void admit(struct judge *j, struct bytes org)
{
    struct bytes network = judge_field(j, "network");
    const json_t *member = state_json(judge_member_row(j, network, org));

    if (member == NULL || judge_is(member, "status", "ended"))
        membership_create(j, network, org, "member");
    if (!judge_is_member(j, network, org) && judge_signs(j, org))
        membership_join(j, network, org);
}

static void replace_conveners(struct judge *j, json_t *row)
{
    struct bytes network = judge_field(j, "network");
    json_t *conveners = json_array();
    const json_t *item;

    judge_each(i, item, judge_json(j, "conveners"))
    {
        struct bytes org = json_member(item, "org");
        json_t *convener = convener_json(j, item);

        admit(j, org);
        if (judge_is_member(j, network, org))
            state_set(j->state, convener, "active", json_true());
        state_push(j->state, conveners, convener);
    }
    state_set(j->state, row, "conveners", conveners);
}

enum status network_updated_judge(struct judge *j)
{
    struct row *r = judge_row(j, STORE_NETWORK, judge_field(j, "network"));
    const json_t *before = state_json(r);
    enum status st = judge_demand_admit(j, judge_field(j, "network"));
    json_t *row;

    if (st == STATUS_OK)
        st = demand_parent(j, before);
    if (st == STATUS_OK)
        st = demand_conveners(j, before);
    if (st == STATUS_OK)
        st = demand_members(j);
    if (st != STATUS_OK)
        return st;
    row = state_edit(j->state, r);
    for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
        state_share(j->state, row, names[i], j->record->json);
    if (judge_json(j, "conveners") != NULL)
        replace_conveners(j, row);
    state_set_int(j->state, row, "changed", j->number);
    return STATUS_OK;
}
