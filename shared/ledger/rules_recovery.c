/* key.recovered: an organization that lost its keys gets a new one from those who vouched
 * for it. */

#include "ledger/judge.h"

/* Entry 0 registered it, so no network did: a steward vouches, with another one or with a
 * convener of a network to which it belongs. */
static bool vouched_by_founders(struct judge *j, const json_t *row)
{
    const json_t *item;
    unsigned stewards = 0, all = 0;

    for (size_t i = 0; i < j->st->n_with + 1; i++) {
        struct bytes org = i == 0 ? j->st->org : j->st->with[i - 1];
        bool steward = judge_is_steward(j, org), convener = false;

        judge_each(k, item, json_object_get(row, "networks"))
        {
            const json_t *network =
                state_json(judge_row(j, STORE_NETWORK, json_bytes(item)));

            convener = convener || judge_is_convener(network, org);
        }
        stewards += steward;
        all += steward || convener;
    }
    return stewards >= 1 && all >= 2;
}

/* Two conveners of the network that registered it, or its one convener with a steward. */
static enum status demand_vouchers(struct judge *j, const json_t *row)
{
    struct bytes org = judge_field(j, "org"), network = json_member(row, "network");
    const json_t *item, *net = NULL;
    size_t conveners = 0, signing = 0;

    if (judge_signs(j, org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected others than " BYTES_FMT ", whose keys are lost",
                      BYTES_ARG(org));
    if (network.len == 0)
        return vouched_by_founders(j, row)
                   ? STATUS_OK
                   : REFUSE(j, RULE_QUORUM_MISSING,
                            "expected signatures of a steward, and of another or of a "
                            "convener of a network of " BYTES_FMT ", found others",
                            BYTES_ARG(org));
    if (judge_demand_two(j, network, org) != STATUS_OK ||
        judge_demand_network(j, network, &net) != STATUS_OK)
        return STATUS_REFUSED;
    judge_each(i, item, json_object_get(net, "conveners"))
    {
        struct bytes convener = json_member(item, "org");

        if (!json_is_true(json_object_get(item, "active")) || bytes_eq(convener, org))
            continue;
        conveners++;
        signing += judge_signs(j, convener);
    }
    if (signing >= 2 || conveners < 2)
        return STATUS_OK;
    return REFUSE(j, RULE_QUORUM_MISSING,
                  "expected signatures of two active conveners of " BYTES_FMT
                  ", which has %zu",
                  BYTES_ARG(network), conveners);
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
