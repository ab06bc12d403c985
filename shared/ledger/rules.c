/* The table of kinds, and the judgement of records one after the other. */

#include "ledger/judge.h"

struct rule_row {
    rule_fn *subject;
    rule_fn *judge;
};

/* What becomes of an agreement is alike for all three kinds. */
#define LIFE(X)                                                                  \
    [KIND_##X##_ACCEPTED] = { subject_known, agreement_accepted_judge },         \
    [KIND_##X##_DECLINED] = { subject_known, agreement_declined_judge },         \
    [KIND_##X##_AMENDED] = { subject_known, agreement_amended_judge },           \
    [KIND_##X##_ACCEDED] = { subject_known, agreement_acceded_judge },           \
    [KIND_##X##_LEFT] = { subject_known, agreement_left_judge },                 \
    [KIND_##X##_LEAD_CHANGED] = { subject_known, agreement_lead_changed_judge }, \
    [KIND_##X##_SUSPENDED] = { subject_known, agreement_suspended_judge },       \
    [KIND_##X##_RESUMED] = { subject_known, agreement_resumed_judge },           \
    [KIND_##X##_ENDED] = { subject_known, agreement_over_judge },                \
    [KIND_##X##_WITHDRAWN] = { subject_known, agreement_withdrawn_judge },       \
    [KIND_##X##_COMPLETED] = { subject_known, agreement_over_judge }

static const struct rule_row rules[KIND_COUNT] = {
    [KIND_LOG_CHARTERED] = { subject_none, log_chartered_judge },
    [KIND_LOG_RULES] = { subject_none, log_rules_judge },
    [KIND_LOG_KEY_ADDED] = { subject_none, log_key_added_judge },
    [KIND_LOG_KEY_RETIRED] = { subject_none, log_key_retired_judge },
    [KIND_LOG_SUCCEEDED] = { subject_none, log_succeeded_judge },
    [KIND_STEWARD_ADDED] = { steward_free, steward_added_judge },
    [KIND_STEWARD_REMOVED] = { steward_found, steward_removed_judge },
    [KIND_NETWORK_CHARTERED] = { network_free, network_chartered_judge },
    [KIND_NETWORK_UPDATED] = { network_found, network_updated_judge },
    [KIND_ORGANIZATION_LISTED] = { organization_free, organization_listed_judge },
    [KIND_ORGANIZATION_REGISTERED] = { organization_unregistered,
                                       organization_registered_judge },
    [KIND_ORGANIZATION_UPDATED] = { organization_found, organization_updated_judge },
    [KIND_ORGANIZATION_CLOSED] = { organization_found, organization_closed_judge },
    [KIND_ORGANIZATION_SIGNING] = { organization_found, organization_signing_judge },
    [KIND_ORGANIZATION_DOMAIN] = { domain_subject, organization_domain_judge },
    [KIND_DOMAIN_SEEN] = { domain_claimed, domain_seen_judge },
    [KIND_KEY_ADDED] = { organization_found, key_added_judge },
    [KIND_KEY_REVOKED] = { key_revoked_subject, key_revoked_judge },
    [KIND_KEY_RECOVERED] = { organization_found, key_recovered_judge },
    [KIND_COSIGNER_ADDED] = { subject_none, cosigner_added_judge },
    [KIND_COSIGNER_RETIRED] = { cosigner_retired_subject, cosigner_retired_judge },
    [KIND_MEMBERSHIP_GRANTED] = { membership_free, membership_granted_judge },
    [KIND_MEMBERSHIP_ACCEPTED] = { membership_found, membership_accepted_judge },
    [KIND_MEMBERSHIP_ENDED] = { membership_found, membership_ended_judge },
    [KIND_CONVENER_ADDED] = { convener_free, convener_added_judge },
    [KIND_CONVENER_REMOVED] = { convener_found, convener_removed_judge },
    [KIND_PARTNERSHIP_PROPOSED] = { subject_free, partnership_proposed_judge },
    LIFE(PARTNERSHIP),
    [KIND_COMMITMENT_PROPOSED] = { subject_free, commitment_proposed_judge },
    LIFE(COMMITMENT),
    [KIND_COMMITMENT_PROGRESSED] = { subject_known, commitment_progressed_judge },
    [KIND_DECLARATION_PROPOSED] = { subject_free, declaration_proposed_judge },
    LIFE(DECLARATION),
    [KIND_PLEDGE_MADE] = { subject_free, pledge_made_judge },
    [KIND_PLEDGE_ACCEPTED] = { subject_known, pledge_accepted_judge },
    [KIND_PLEDGE_DECLINED] = { subject_known, pledge_declined_judge },
    [KIND_PLEDGE_AMENDED] = { subject_known, pledge_amended_judge },
    [KIND_PLEDGE_WITHDRAWN] = { subject_known, pledge_withdrawn_judge },
    [KIND_PLEDGE_COMMITTED] = { subject_known, pledge_committed_judge },
    [KIND_PLEDGE_DECOMMITTED] = { subject_known, pledge_decommitted_judge },
    [KIND_PLEDGE_DISBURSED] = { subject_known, pledge_disbursed_judge },
    [KIND_PLEDGE_RECEIVED] = { subject_known, pledge_received_judge },
    [KIND_PLEDGE_REFUNDED] = { subject_known, pledge_refunded_judge },
    [KIND_PLEDGE_SPENT] = { subject_known, pledge_spent_judge },
    [KIND_RECORD_CONFIRMED] = { record_found, record_confirmed_judge },
    [KIND_RECORD_DISPUTED] = { record_found, record_disputed_judge },
    [KIND_RECORD_SETTLED] = { record_found, record_settled_judge },
    [KIND_RECORD_VOIDED] = { record_found, record_voided_judge },
};

/* kinds[] holds names of kinds, or what stands before their dot. */
static bool covers(const json_t *kinds, struct bytes name)
{
    const json_t *item;

    judge_each(i, item, kinds)
    {
        struct bytes k = json_bytes(item);

        if (bytes_starts(name, k) && (name.len == k.len || name.ptr[k.len] == '.'))
            return true;
    }
    return false;
}

static enum status keys_may(struct judge *j)
{
    const char *name = kind_name(j->record->kind);

    for (size_t i = 0; i < j->n_limits; i++)
        if (!covers(j->limits[i], bytes_of(name)))
            return REFUSE(
                j, RULE_KEY_KINDS,
                "expected a kind that every key which signs here may sign, found %s",
                name);
    return STATUS_OK;
}

/* --- so many different keys must sign these kinds ------------------------------------
 */

static json_int_t signatures_demanded(struct judge *j, struct bytes org)
{
    const json_t *rule, *row = judge_org(j, org);
    struct bytes name = bytes_of(kind_name(j->record->kind));
    json_int_t most = 0;

    judge_each(i, rule, json_object_get(row, "signing"))
    {
        json_int_t n = json_integer_value(json_object_get(rule, "signatures"));

        if (n > most && covers(json_object_get(rule, "kinds"), name))
            most = n;
    }
    return most;
}

/* No key signs twice, so lines are keys. Who co-signs accepts by this record, and so is
 * held to its own rule. */
static enum status signatures_do(struct judge *j, struct bytes org)
{
    json_int_t needed = signatures_demanded(j, org), found = 0;

    for (size_t i = 0; needed > 0 && i < j->st->n_sigs; i++)
        found += bytes_eq(j->st->sigs[i].org, org);
    if (found >= needed)
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_SIGNATURES,
                  "%s: expected signatures by %lld keys of " BYTES_FMT
                  ", as it demands, found %lld",
                  kind_name(j->record->kind), (long long)needed, BYTES_ARG(org),
                  (long long)found);
}

static enum status signers_may(struct judge *j)
{
    enum status st = keys_may(j);

    if (st == STATUS_OK)
        st = signatures_do(j, j->st->org);
    for (size_t i = 0; st == STATUS_OK && i < j->st->n_with; i++)
        st = signatures_do(j, j->st->with[i]);
    return st;
}

static enum status judge_record(struct judge *j)
{
    const struct rule_row *row = &rules[j->record->kind];
    enum status st = row->subject(j);

    if (st == STATUS_OK)
        st = signers_may(j);
    if (st == STATUS_OK)
        st = row->judge(j);
    return st;
}

/* What holds of the statement as a whole; told of the last record that it is about. */
static enum status judge_whole(struct judge *j)
{
    const struct record *added = NULL;
    enum status st;

    for (size_t i = 0; i < j->st->n; i++)
        if (j->st->records[i].kind == KIND_COSIGNER_ADDED)
            added = &j->st->records[i];
    if (added == NULL)
        return STATUS_OK;
    j->record = added;
    st = cosigner_count_judge(j);
    return st == STATUS_OK ? state_failed(j->state) : st;
}

enum status rules_judge(struct judge *j)
{
    enum status st;

    for (size_t i = 0; i < j->st->n; i++) {
        j->record = &j->st->records[i];
        j->number = RECORD_NUMBER(j->index, i + 1);
        j->subject = NULL;
        st = judge_record(j);
        if (st == STATUS_OK)
            st = state_failed(j->state);
        if (st != STATUS_OK)
            return st;
        j->effects[i].kind = j->record->kind;
        subject_close(j, &j->effects[i]);
        j->effects[i].facets_end = j->facets.len;
    }
    st = judge_whole(j);
    return st == STATUS_OK ? buf_status(&j->facets) : st;
}
