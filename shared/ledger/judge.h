/* shared/ledger/judge.h
 *
 * What the rules share: the judgement of one statement, and the words in which the files
 * of the families (rules_key.c, agreement.c, pledge.c …) put what they demand.
 *
 * A kind is one row in the table of rules.c:
 *
 *     subject   finds what the record is about, or that its name is free
 *     judge     the rest, in the order of docs/formats.md 2: the author may, rev, state
 * of life, references, amounts; and then what follows, as changes of the state
 *
 * Between the two rules.c checks what keys may sign. All of it reads and changes the
 * state only. A failure of the world reads as an absent row, so a rule may refuse for the
 * wrong reason then; ledger.c asks state_failed before it believes any answer.
 */
#ifndef AVOW_LEDGER_JUDGE_H
#define AVOW_LEDGER_JUDGE_H

#include "ledger/rows.h"
#include "ledger/state.h"
#include "record/statement.h"

/* What an accepted record leaves behind besides changed rows. */
struct effect {
    enum kind kind;
    struct row *subject; /* NULL: about none */
    uint64_t prev;       /* the subject's record before, or RECORD_NONE */
    size_t facets_end;   /* in judge.facets */
};

/* An earlier record, with its statement's header and id: borrowed, valid for this
 * judgement. */
struct told {
    const json_t *record;
    const json_t *header;
    struct hash id;
};
/* A record of an earlier entry, by its number. STATUS_NOT_FOUND: its entry has fewer. */
typedef enum status judge_told_fn(void *ctx, uint64_t number, struct told *out);

struct judge {
    struct state *state;
    const struct statement *st;
    uint64_t index; /* of the entry it would be */
    struct refusal *why;
    judge_told_fn *told;
    void *told_ctx;

    const json_t
        *limits[STATEMENT_SIGNATURES_MAX]; /* kinds[] of the keys that have them */
    size_t n_limits;

    /* The record being judged. */
    const struct record *record;
    uint64_t number;
    struct row *subject;

    struct effect effects[RECORDS_MAX];
    struct buf facets;
};

typedef enum status rule_fn(struct judge *j);

/* The statement as a whole, envelope.c: log, known already, entry 0, keys, signatures,
 * seq, at, before. *known is set when the same text is entry *index already. */
typedef enum status entry_text_fn(void *ctx, const struct row *key, uint64_t seq,
                                  uint64_t *index, struct buf *note);
enum status envelope_judge(struct judge *j, struct bytes origin, entry_text_fn *find,
                           void *ctx, bool *known, uint64_t *index);
/* The key's row after it signed one more entry. */
void envelope_apply(struct judge *j);

/* Its records in order, rules.c; fills effects and facets. */
enum status rules_judge(struct judge *j);

/* --- words ------------------------------------------------------------------------- */

/* Refuse the record being judged. */
#define REFUSE(j, rule, ...) refuse((j)->why, (rule), (j)->record->n + 2, __VA_ARGS__)

struct bytes judge_field(const struct judge *j, const char *name);
const json_t *judge_json(const struct judge *j, const char *name); /* NULL: absent */
/* An array; its items. */
#define judge_each(i, item, array) \
    for (size_t i = 0;             \
         i < json_array_size(array) && ((item) = json_array_get(array, i)) != NULL; i++)

/* A row by a key that is put together by one of rows.h; sticky as state_row. */
struct row *judge_org_row(struct judge *j, struct bytes org);
struct row *judge_member_row(struct judge *j, struct bytes network, struct bytes org);
struct row *judge_key_row(struct judge *j, struct bytes name, uint32_t id);
/* Of the subject of this id, or of one that differs in case only: not there yet. */
struct row *judge_subject_row(struct judge *j, struct bytes id);
struct row *judge_row(struct judge *j, enum store_table t, struct bytes key);

bool judge_is(const json_t *object, const char *name, const char *value);
/* Is the author, or stands in `with`. */
bool judge_signs(const struct judge *j, struct bytes org);
/* Founding: this is entry 0. */
bool judge_founding(const struct judge *j);

/* The organization's row, if one is known by exactly this spelling. */
const json_t *judge_org(struct judge *j, struct bytes org);
/* … and the subject's. */
const json_t *judge_subject(struct judge *j, struct bytes id);
bool judge_keyless(const json_t *org);
bool judge_is_member(struct judge *j, struct bytes network, struct bytes org);
bool judge_is_steward(struct judge *j, struct bytes org);
bool judge_is_convener(const json_t *network, struct bytes org); /* an active one */

/* Demands: STATUS_REFUSED with the rule's name if not met. */
enum status judge_demand_org(struct judge *j, struct bytes org, const char *role);
enum status judge_demand_orgs(struct judge *j, const json_t *orgs, const char *member,
                              const char *role);
enum status judge_demand_network(struct judge *j, struct bytes network,
                                 const json_t **out);
/* The author is an active convener, and with its co-signers as many as `admit` says. */
enum status judge_demand_admit(struct judge *j, struct bytes network);
/* The author is a steward, and with its co-signers as many as the log's quorum. */
enum status judge_demand_stewards(struct judge *j);
/* The author convenes the network, or is a steward; and with its co-signers they are two
 * conveners, or one and a steward, or as many stewards as the log's quorum, two at least;
 * or there is but one organization that convenes and stewards. */
enum status judge_demand_two(struct judge *j, struct bytes network);
/* One organization is all there is of the network's active conveners and stewards. */
bool judge_convenes_alone(struct judge *j, const json_t *network);
size_t judge_stewards(struct judge *j, struct bytes but);
size_t judge_signing_stewards(struct judge *j, struct bytes but);
/* The log's quorum, two at least. */
size_t judge_stewards_needed(struct judge *j);
/* Where the record names an `org`, its author is that. */
enum status judge_demand_itself(struct judge *j);
/* The network's quorum for this ("admit", "speak"); never more conveners than it has. */
json_int_t judge_quorum(const json_t *network, const char *what);
/* As many of them sign. */
bool judge_has_quorum(struct judge *j, const json_t *network, const char *what);
/* Each of the record's networks[] is chartered, and has the author as a member. */
enum status judge_demand_networks(struct judge *j);
/* No organization and no subject is called so, without regard to case. */
enum status judge_demand_free(struct judge *j, struct bytes id, const char *role);
/* The subject exists; its kind is `kind`, or (NULL) one of `also`. */
enum status judge_demand_subject(struct judge *j, struct bytes id, const char *role,
                                 const char *kind, const char *also, const json_t **out);

/* rev leads to the subject's newest terms. */
enum status judge_demand_rev(struct judge *j);
/* "<entry index>/<n>/<statement id>" of the record being judged. */
json_t *judge_reference(struct judge *j);
/* The terms of a subject that are in force, in the shape of its proposal. Valid for this
 * judgement. */
const json_t *judge_terms(struct judge *j, const json_t *subject);
/* Any record before this one; NULL: there is none of that number, or the world failed. */
const struct told *judge_told(struct judge *j, uint64_t number, struct told *out);
/* Judge by `rule` as if the record were `json`, in the shape of a `kind`. */
enum status judge_as(struct judge *j, enum kind kind, const json_t *json, rule_fn *rule);

/* --- subjects, subject.c ------------------------------------------------------------ */

rule_fn subject_none, subject_free, subject_known;
/* A row with what all kinds have, as the draft of j->subject. NULL: the world failed. */
json_t *subject_create(struct judge *j, const char *status);
json_t *subject_edit(struct judge *j);
/* Set it in the row and in its facets; a copy of both is made only if it changes. */
void subject_set_status(struct judge *j, json_t *subject, const char *status);
/* Add to the facets' orgs, once each. */
void subject_add_org(struct judge *j, json_t *subject, struct bytes org);
/* Whoever has parties: a subject, or the terms that are proposed for it. */

/* Add a party; state from who signs, and from its being keyless now. */
void subject_add_party(struct judge *j, json_t *owner, struct bytes org,
                       const json_t *role, const json_t *elsewhere);
/* The party of that organization. SIZE_MAX: it is none. */
size_t subject_party(const json_t *owner, struct bytes org);
const json_t *subject_party_at(const json_t *owner, size_t party);
/* Its record is `state` now; capacity and signed_on come from the record. Counts anew. */
void subject_party_states(struct judge *j, json_t *owner, size_t party,
                          const char *state);
/* How many parties are in this state. */
size_t subject_count(const json_t *owner, const char *state);
void subject_count_signatures(struct judge *j, json_t *owner);
/* Facets as these terms say: what was there of networks, countries, themes is replaced.
 */
void subject_classify(struct judge *j, json_t *subject, const json_t *terms);
/* A flag, in the order of rows.h. */
void subject_set_flags(struct judge *j, json_t *subject, const char *const flags[],
                       size_t n);
/* Close the record: the subject's chain and the record's facets. */
void subject_close(struct judge *j, struct effect *effect);

/* --- keys, rules_key.c -------------------------------------------------------------- */

/* The public key was never stated, nor its id for its name; states both. */
enum status key_state(struct judge *j, const struct verifier_key *k);
/* The row of a key of the organization, with what stands in `item`: label, kinds, until,
 * url. Usable from entry `since` on. */
void key_create(struct judge *j, const struct verifier_key *k, struct bytes org,
                const json_t *item, uint64_t since);
bool key_active(const json_t *key, uint64_t index);
/* Unusable from the next entry on; `from` has a reason, and perhaps since. */
void key_revoke(struct judge *j, struct row *r, const char *reason, const json_t *from);
/* The rows of all keys of an organization (its "keys", or its "cosigners"). */
struct row *key_row_at(struct judge *j, const json_t *org, const char *list, size_t i);

/* --- the kinds ---------------------------------------------------------------------- */

rule_fn log_chartered_judge, log_rules_judge, log_key_added_judge, log_key_retired_judge,
    log_succeeded_judge;
rule_fn steward_free, steward_added_judge, steward_found, steward_removed_judge;
rule_fn domain_subject, organization_domain_judge, domain_claimed, domain_seen_judge;
/* The log goes on, by rules that this program knows. */
enum status log_judge(struct judge *j);
rule_fn organization_free, organization_unregistered, organization_found;
rule_fn organization_listed_judge, organization_registered_judge,
    organization_updated_judge, organization_closed_judge, organization_signing_judge;
rule_fn key_added_judge, key_revoked_subject, key_revoked_judge, key_recovered_judge;
rule_fn cosigner_added_judge, cosigner_retired_subject, cosigner_retired_judge;
/* After the last record: j->record is one that added a cosigner. */
rule_fn cosigner_count_judge;
rule_fn network_free, network_chartered_judge, network_found, network_updated_judge;
rule_fn membership_free, membership_granted_judge, membership_found,
    membership_accepted_judge, membership_ended_judge;
rule_fn convener_free, convener_added_judge, convener_found, convener_removed_judge;
rule_fn partnership_proposed_judge, commitment_proposed_judge, declaration_proposed_judge;
rule_fn agreement_accepted_judge, agreement_declined_judge, agreement_amended_judge;
rule_fn agreement_acceded_judge, agreement_left_judge, agreement_lead_changed_judge,
    agreement_suspended_judge, agreement_resumed_judge, agreement_over_judge,
    agreement_withdrawn_judge;
rule_fn commitment_progressed_judge;
rule_fn pledge_made_judge, pledge_accepted_judge, pledge_declined_judge,
    pledge_amended_judge, pledge_withdrawn_judge;
rule_fn pledge_committed_judge, pledge_decommitted_judge, pledge_disbursed_judge,
    pledge_received_judge, pledge_refunded_judge, pledge_spent_judge;
rule_fn record_found, record_confirmed_judge, record_disputed_judge, record_settled_judge,
    record_voided_judge;

#endif
