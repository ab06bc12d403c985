/* The table of kinds, and the judgement of records one after the other. */

#include "ledger/judge.h"

struct rule_row {
    rule_fn *subject;
    rule_fn *judge;
};

static const struct rule_row rules[KIND_COUNT] = {
    [KIND_LOG_CHARTERED] = { subject_none, log_chartered_judge },
    [KIND_NETWORK_CHARTERED] = { network_free, network_chartered_judge },
    [KIND_ORGANIZATION_LISTED] = { organization_free, organization_listed_judge },
    [KIND_ORGANIZATION_REGISTERED] = { organization_unregistered,
                                       organization_registered_judge },
    [KIND_ORGANIZATION_UPDATED] = { organization_found, organization_updated_judge },
    [KIND_KEY_ADDED] = { organization_found, key_added_judge },
    [KIND_KEY_REVOKED] = { key_revoked_subject, key_revoked_judge },
    [KIND_COSIGNER_ADDED] = { subject_none, cosigner_added_judge },
    [KIND_MEMBERSHIP_GRANTED] = { membership_free, membership_granted_judge },
    [KIND_MEMBERSHIP_ACCEPTED] = { membership_found, membership_accepted_judge },
    [KIND_PARTNERSHIP_PROPOSED] = { subject_free, partnership_proposed_judge },
    [KIND_PARTNERSHIP_ACCEPTED] = { subject_known, agreement_accepted_judge },
    [KIND_PARTNERSHIP_DECLINED] = { subject_known, agreement_declined_judge },
    [KIND_COMMITMENT_PROPOSED] = { subject_free, commitment_proposed_judge },
    [KIND_COMMITMENT_ACCEPTED] = { subject_known, agreement_accepted_judge },
    [KIND_COMMITMENT_DECLINED] = { subject_known, agreement_declined_judge },
    [KIND_COMMITMENT_PROGRESSED] = { subject_known, commitment_progressed_judge },
    [KIND_PLEDGE_MADE] = { subject_free, pledge_made_judge },
    [KIND_PLEDGE_ACCEPTED] = { subject_known, pledge_accepted_judge },
    [KIND_PLEDGE_COMMITTED] = { subject_known, pledge_committed_judge },
    [KIND_PLEDGE_DISBURSED] = { subject_known, pledge_disbursed_judge },
    [KIND_PLEDGE_RECEIVED] = { subject_known, pledge_received_judge },
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
                "%s is not among the kinds that a key which signs here may sign", name);
    return STATUS_OK;
}

static enum status judge_record(struct judge *j)
{
    const struct rule_row *row = &rules[j->record->kind];
    enum status st = row->subject(j);

    if (st == STATUS_OK)
        st = keys_may(j);
    if (st == STATUS_OK)
        st = row->judge(j);
    return st;
}

enum status rules_judge(struct judge *j)
{
    for (size_t i = 0; i < j->st->n; i++) {
        enum status st;

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
    return buf_status(&j->facets);
}
