/* declaration.proposed; the answers to it are agreement.c's. */

#include "ledger/agreement.h"

/* Who signed the terms, perhaps without being a party. */
static void note_signers(struct judge *j, json_t *subject)
{
    struct told told = { 0 };
    json_t *signers = json_array();
    const json_t *item;

    if (judge_told(j, (uint64_t)json_integer_value(json_object_get(subject, "terms")),
                   &told) == NULL)
        state_fail(j->state, STATUS_ALTERED);
    else
        state_push(j->state, signers, json_of(json_member(told.header, "org")));
    judge_each(i, item, json_object_get(told.header, "with"))
    {
        state_push(j->state, signers, json_incref((json_t *)item)); /* shared */
    }
    state_set(j->state, subject, "signers", signers);
}

static bool has_signed(const json_t *subject, struct bytes org)
{
    size_t party = subject_party(subject, org);
    const json_t *item;

    if (party != SIZE_MAX)
        return judge_is(subject_party_at(subject, party), "state", "signed");
    judge_each(i, item, json_object_get(subject, "signers"))
    {
        if (bytes_eq(json_bytes(item), org))
            return true;
    }
    return false;
}

static bool speaks_for(struct judge *j, const json_t *subject, struct bytes network)
{
    const json_t *row = state_json(judge_row(j, STORE_NETWORK, network)), *item;
    json_int_t signing = 0;

    judge_each(i, item, json_object_get(row, "conveners"))
    {
        signing += json_is_true(json_object_get(item, "active")) &&
                   has_signed(subject, json_member(item, "org"));
    }
    return signing >= judge_quorum(row, "speak");
}

/* Who convenes later on makes it nobody's own and takes it from none. */
static bool changes_signatures(enum kind kind)
{
    switch (kind) {
    case KIND_DECLARATION_PROPOSED:
    case KIND_DECLARATION_ACCEPTED:
    case KIND_DECLARATION_DECLINED:
    case KIND_DECLARATION_AMENDED:
    case KIND_DECLARATION_ACCEDED:
    case KIND_DECLARATION_LEFT:
        return true;
    default:
        return false;
    }
}

void declaration_speak(struct judge *j, json_t *subject)
{
    const json_t *networks =
        json_object_get(json_object_get(subject, "facets"), "networks");
    const json_t *item;
    json_t *speaks;

    if (!changes_signatures(j->record->kind))
        return;
    speaks = json_array();
    if (json_object_get(subject, "signers") == NULL)
        note_signers(j, subject);
    judge_each(i, item, networks)
    {
        if (speaks_for(j, subject, json_bytes(item)))
            state_push(j->state, speaks, json_incref((json_t *)item)); /* shared */
    }
    state_set(j->state, subject, "speaks", speaks);
}

enum status declaration_proposed_judge(struct judge *j)
{
    enum status st = agreement_demand_terms(j);

    if (st == STATUS_OK)
        agreement_settle(j, agreement_create(j));
    return st;
}
