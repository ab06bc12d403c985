/* key.recovered: an organization that lost its keys gets a new one from those who vouched
 * for it. */

#include "ledger/judge.h"

/* Convenes the network that registered it; where entry 0 did, one of its networks. */
static bool convenes_for(struct judge *j, const json_t *row, bool registered,
                         struct bytes org)
{
    struct bytes network = json_member(row, "network");
    const json_t *item;

    if (registered && network.len > 0)
        return judge_is_convener(state_json(judge_row(j, STORE_NETWORK, network)), org);
    judge_each(i, item, json_object_get(row, "networks"))
    {
        if (judge_is_convener(state_json(judge_row(j, STORE_NETWORK, json_bytes(item))),
                              org))
            return true;
    }
    return false;
}

/* Who signs and convenes for it, stewards or not. */
static size_t signing_conveners(struct judge *j, const json_t *row, bool registered,
                                bool stewards)
{
    size_t n = 0;

    for (size_t i = 0; i < j->st->n_with + 1; i++) {
        struct bytes org = i == 0 ? j->st->org : j->st->with[i - 1];

        n += convenes_for(j, row, registered, org) &&
             (stewards || !judge_is_steward(j, org));
    }
    return n;
}

/* A steward's key moves the log: the other stewards vouch; where these are fewer than
 * two, conveners of its networks besides. */
static enum status demand_stewards(struct judge *j, const json_t *row)
{
    struct bytes org = judge_field(j, "org");
    size_t needed = judge_stewards_needed(j), others = judge_stewards(j, org);
    size_t signing = judge_signing_stewards(j, org);

    if (needed > others)
        needed = others;
    if (signing >= needed && signing + signing_conveners(j, row, false, false) >= 2)
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of %zu other stewards%s, as " BYTES_FMT
                  " is one, found fewer",
                  needed,
                  needed < 2 ? " and of conveners of its networks, two in all" : "",
                  BYTES_ARG(org));
}

/* Two conveners, or one with a steward, or the stewards' quorum. */
static enum status demand_vouchers(struct judge *j, const json_t *row)
{
    struct bytes org = judge_field(j, "org");
    size_t conveners, all;

    if (judge_signs(j, org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected others than " BYTES_FMT ", whose keys are lost",
                      BYTES_ARG(org));
    if (!judge_is_steward(j, j->st->org) &&
        !convenes_for(j, row, !judge_is_steward(j, org), j->st->org))
        return REFUSE(
            j, RULE_AUTHOR_NOT_ALLOWED,
            "expected a steward, or an active convener that vouches for " BYTES_FMT
            ", as author, found " BYTES_FMT,
            BYTES_ARG(org), BYTES_ARG(j->st->org));
    if (judge_is_steward(j, org))
        return demand_stewards(j, row);
    conveners = signing_conveners(j, row, true, true);
    all = signing_conveners(j, row, true, false) + judge_signing_stewards(j, org);
    if ((conveners >= 1 && all >= 2) ||
        judge_signing_stewards(j, org) >= judge_stewards_needed(j))
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of two active conveners that vouch for " BYTES_FMT
                  ", of one and a steward, or of %zu stewards, found fewer",
                  BYTES_ARG(org), judge_stewards_needed(j));
}

static void revoke_all(struct judge *j, const json_t *row, const char *list)
{
    for (size_t i = 0; i < json_array_size(json_object_get(row, list)); i++) {
        struct row *r = key_row_at(j, row, list, i);

        if (state_json(r) != NULL && json_object_get(state_json(r), "revoked") == NULL)
            key_revoke(j, r, "recovered", NULL);
    }
}

enum status key_recovered_judge(struct judge *j)
{
    struct bytes org = judge_field(j, "org");
    struct row *r = judge_org_row(j, org);
    const json_t *row = state_json(r);
    struct verifier_key key;
    json_t *own;
    enum status st = demand_vouchers(j, row);

    if (st == STATUS_OK && json_array_size(json_object_get(row, "keys")) == 0)
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected an organization that has stated keys, but " BYTES_FMT
                    " is only listed",
                    BYTES_ARG(org));
    if (st == STATUS_OK && verifier_key_parse(judge_field(j, "key"), &key) != STATUS_OK)
        st = REFUSE(j, RULE_KEY_FORM, "key: expected a verifier key");
    if (st == STATUS_OK)
        st = key_state(j, &key);
    if (st != STATUS_OK)
        return st;
    revoke_all(j, row, "keys");
    revoke_all(j, row, "cosigners");
    own = state_edit(j->state, r);
    state_set(j->state, own, "status", json_string("registered"));
    (void)json_object_del(own, "successor");
    (void)json_object_del(own, "signing"); /* one key could not meet it */
    state_set_int(j->state, own, "changed", j->number);
    key_create(j, &key, org, j->record->json, j->index + 1);
    return STATUS_OK;
}
