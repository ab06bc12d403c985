/* organization.listed, .registered, .updated, .closed, .signing: the directory. */

#include "ledger/judge.h"

/* --- subjects ----------------------------------------------------------------------- */

enum status organization_free(struct judge *j)
{
    return judge_demand_free(j, judge_field(j, "org"), "org");
}

/* New, or listed only, and then by the same spelling. */
enum status organization_unregistered(struct judge *j)
{
    const json_t *row = judge_org(j, judge_field(j, "org"));

    return judge_is(row, "status", "listed") ? STATUS_OK : organization_free(j);
}

enum status organization_found(struct judge *j)
{
    struct bytes org = judge_field(j, "org");

    if (judge_org(j, org) != NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "org: expected a listed or registered organization, found " BYTES_FMT,
                  BYTES_ARG(org));
}

/* --- what all three share ----------------------------------------------------------- */

static void share_entry(struct judge *j, json_t *row)
{
    static const char *const names[] = { "name", "org_type", "country", "aliases",
                                         "website" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        state_share(j->state, row, names[i], j->record->json);
    state_set_int(j->state, row, "changed", j->number);
}

static json_t *create(struct judge *j, struct row *r)
{
    struct state *s = j->state;
    json_t *row = json_object();

    state_share(s, row, "org", j->record->json);
    state_set(s, row, "status", json_string("listed"));
    state_set(s, row, "by", json_of(j->st->org));
    state_set(s, row, "keys", json_array());
    state_set(s, row, "cosigners", json_array());
    state_set(s, row, "networks", json_array());
    state_set_int(s, row, "created", j->number);
    share_entry(j, row);
    state_put(s, r, row);
    return row;
}

/* XV.<network>.<local> is stated only by a convener of that network. */
static enum status demand_vouched(struct judge *j)
{
    struct bytes org = judge_field(j, "org"), network;
    const json_t *row;

    if (!org_id_vouched(org, &network))
        return STATUS_OK;
    if (judge_demand_network(j, network, &row) != STATUS_OK)
        return STATUS_REFUSED;
    if (judge_is_convener(row, j->st->org))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "org: expected an active convener of " BYTES_FMT
                  " to vouch for " BYTES_FMT ", found " BYTES_FMT,
                  BYTES_ARG(network), BYTES_ARG(org), BYTES_ARG(j->st->org));
}

/* --- listed ------------------------------------------------------------------------- */

enum status organization_listed_judge(struct judge *j)
{
    const json_t *author = judge_org(j, j->st->org);

    if (json_array_size(json_object_get(author, "networks")) == 0)
        return REFUSE(j, RULE_AUTHOR_NOT_A_MEMBER,
                      "expected a member of some network as author, found " BYTES_FMT,
                      BYTES_ARG(j->st->org));
    if (demand_vouched(j) != STATUS_OK)
        return STATUS_REFUSED;
    create(j, judge_org_row(j, judge_field(j, "org")));
    return STATUS_OK;
}

/* --- registered --------------------------------------------------------------------- */

static enum status demand_registrar(struct judge *j)
{
    struct bytes network = judge_field(j, "network");

    if (judge_founding(j))
        return network.len == 0
                   ? demand_vouched(j)
                   : REFUSE(j, RULE_ENTRY_ZERO,
                            "network: expected none in entry 0, found " BYTES_FMT,
                            BYTES_ARG(network));
    if (network.len == 0)
        return REFUSE(
            j, RULE_FIELD_MISSING,
            "network: expected the network that registers the organization, found none");
    if (judge_demand_admit(j, network) != STATUS_OK)
        return STATUS_REFUSED;
    return demand_vouched(j);
}

static enum status state_keys(struct judge *j)
{
    uint64_t since = judge_founding(j) ? 0 : j->index + 1;
    const json_t *item;

    judge_each(i, item, judge_json(j, "keys"))
    {
        struct verifier_key key;

        if (verifier_key_parse(json_member(item, "key"), &key) != STATUS_OK)
            return REFUSE(j, RULE_KEY_FORM, "keys: expected a verifier key");
        if (key_state(j, &key) != STATUS_OK)
            return STATUS_REFUSED;
        key_create(j, &key, judge_field(j, "org"), item, since);
    }
    return STATUS_OK;
}

enum status organization_registered_judge(struct judge *j)
{
    struct row *r;
    json_t *row;

    if (demand_registrar(j) != STATUS_OK)
        return STATUS_REFUSED;
    r = judge_org_row(j, judge_field(j, "org"));
    row = state_json(r) == NULL ? create(j, r) : state_edit(j->state, r);
    state_set(j->state, row, "status", json_string("registered"));
    state_set(j->state, row, "by", json_of(j->st->org));
    state_share(j->state, row, "network", j->record->json);
    share_entry(j, row);
    return state_keys(j);
}

/* --- updated ------------------------------------------------------------------------ */

/* Itself; of a keyless one, whoever listed it. */
static enum status demand_keeper(struct judge *j)
{
    struct bytes org = judge_field(j, "org");
    const json_t *row = judge_org(j, org);
    struct bytes may = judge_keyless(row) ? json_member(row, "by") : org;

    if (bytes_eq(may, j->st->org))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "expected " BYTES_FMT " as author, found " BYTES_FMT, BYTES_ARG(may),
                  BYTES_ARG(j->st->org));
}

enum status organization_updated_judge(struct judge *j)
{
    if (demand_keeper(j) != STATUS_OK)
        return STATUS_REFUSED;
    share_entry(j, state_edit(j->state, judge_org_row(j, judge_field(j, "org"))));
    return STATUS_OK;
}

/* --- closed ------------------------------------------------------------------------- */

/* Whoever is no more signs no more. */
static void end_keys(struct judge *j, const json_t *org, const char *list)
{
    for (size_t i = 0; i < json_array_size(json_object_get(org, list)); i++) {
        struct row *r = key_row_at(j, org, list, i);

        if (state_json(r) != NULL && key_active(state_json(r), j->index + 1))
            state_set_int(j->state, state_edit(j->state, r), "until", j->index + 1);
    }
}

enum status organization_closed_judge(struct judge *j)
{
    struct bytes org = judge_field(j, "org"), successor = judge_field(j, "successor");
    const json_t *before = judge_org(j, org);
    enum status st = demand_keeper(j);
    json_t *row;

    if (st == STATUS_OK && judge_is(before, "status", "closed"))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected an organization that is not closed, but " BYTES_FMT " is",
                    BYTES_ARG(org));
    if (st == STATUS_OK && judge_is_steward(j, org))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected an organization that is no steward, but " BYTES_FMT
                    " is to be removed as one first",
                    BYTES_ARG(org));
    if (st == STATUS_OK && successor.len > 0)
        st = judge_demand_org(j, successor, "successor");
    if (st != STATUS_OK)
        return st;
    end_keys(j, before, "keys");
    end_keys(j, before, "cosigners");
    row = state_edit(j->state, judge_org_row(j, org));
    state_set(j->state, row, "status", json_string("closed"));
    state_share(j->state, row, "successor", j->record->json);
    state_set_int(j->state, row, "changed", j->number);
    return STATUS_OK;
}

/* --- signing ------------------------------------------------------------------------ */

enum status organization_signing_judge(struct judge *j)
{
    json_t *row;

    if (judge_demand_itself(j) != STATUS_OK)
        return STATUS_REFUSED;
    row = state_edit(j->state, judge_org_row(j, judge_field(j, "org")));
    state_set(j->state, row, "signing",
              json_incref((json_t *)judge_json(j, "rules"))); /* shared */
    state_set_int(j->state, row, "changed", j->number);
    return STATUS_OK;
}
