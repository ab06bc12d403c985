/* shared/record/kind.h
 *
 * The kinds of records: each is a row of the table in kind.c and a table of fields in the
 * file of its family (organization.c, network.c, log.c, agreement.c, pledge.c …). A field
 * table says what can be said of a record alone; `check` what a table cannot say. What
 * the state must allow is ledger/'s.
 */
#ifndef AVOW_RECORD_KIND_H
#define AVOW_RECORD_KIND_H

#include <jansson.h>

#include "record/refusal.h"

/* X(constant, name). One line for each kind; kind.c and ledger/rules.c have one row each.
 */
#define KIND_TABLE(X)                                       \
    X(LOG_CHARTERED, "log.chartered")                       \
    X(LOG_RULES, "log.rules")                               \
    X(LOG_KEY_ADDED, "log.key_added")                       \
    X(LOG_KEY_RETIRED, "log.key_retired")                   \
    X(LOG_SUCCEEDED, "log.succeeded")                       \
    X(STEWARD_ADDED, "steward.added")                       \
    X(STEWARD_REMOVED, "steward.removed")                   \
    X(NETWORK_CHARTERED, "network.chartered")               \
    X(NETWORK_UPDATED, "network.updated")                   \
    X(ORGANIZATION_LISTED, "organization.listed")           \
    X(ORGANIZATION_REGISTERED, "organization.registered")   \
    X(ORGANIZATION_UPDATED, "organization.updated")         \
    X(ORGANIZATION_CLOSED, "organization.closed")           \
    X(ORGANIZATION_SIGNING, "organization.signing")         \
    X(ORGANIZATION_DOMAIN, "organization.domain")           \
    X(DOMAIN_SEEN, "domain.seen")                           \
    X(KEY_ADDED, "key.added")                               \
    X(KEY_REVOKED, "key.revoked")                           \
    X(KEY_RECOVERED, "key.recovered")                       \
    X(COSIGNER_ADDED, "cosigner.added")                     \
    X(COSIGNER_RETIRED, "cosigner.retired")                 \
    X(MEMBERSHIP_GRANTED, "membership.granted")             \
    X(MEMBERSHIP_ACCEPTED, "membership.accepted")           \
    X(MEMBERSHIP_ENDED, "membership.ended")                 \
    X(CONVENER_ADDED, "convener.added")                     \
    X(CONVENER_REMOVED, "convener.removed")                 \
    X(PARTNERSHIP_PROPOSED, "partnership.proposed")         \
    X(PARTNERSHIP_ACCEPTED, "partnership.accepted")         \
    X(PARTNERSHIP_DECLINED, "partnership.declined")         \
    X(PARTNERSHIP_AMENDED, "partnership.amended")           \
    X(PARTNERSHIP_ACCEDED, "partnership.acceded")           \
    X(PARTNERSHIP_LEFT, "partnership.left")                 \
    X(PARTNERSHIP_LEAD_CHANGED, "partnership.lead_changed") \
    X(PARTNERSHIP_SUSPENDED, "partnership.suspended")       \
    X(PARTNERSHIP_RESUMED, "partnership.resumed")           \
    X(PARTNERSHIP_ENDED, "partnership.ended")               \
    X(PARTNERSHIP_WITHDRAWN, "partnership.withdrawn")       \
    X(PARTNERSHIP_COMPLETED, "partnership.completed")       \
    X(COMMITMENT_PROPOSED, "commitment.proposed")           \
    X(COMMITMENT_ACCEPTED, "commitment.accepted")           \
    X(COMMITMENT_DECLINED, "commitment.declined")           \
    X(COMMITMENT_AMENDED, "commitment.amended")             \
    X(COMMITMENT_ACCEDED, "commitment.acceded")             \
    X(COMMITMENT_LEFT, "commitment.left")                   \
    X(COMMITMENT_LEAD_CHANGED, "commitment.lead_changed")   \
    X(COMMITMENT_SUSPENDED, "commitment.suspended")         \
    X(COMMITMENT_RESUMED, "commitment.resumed")             \
    X(COMMITMENT_ENDED, "commitment.ended")                 \
    X(COMMITMENT_WITHDRAWN, "commitment.withdrawn")         \
    X(COMMITMENT_COMPLETED, "commitment.completed")         \
    X(COMMITMENT_PROGRESSED, "commitment.progressed")       \
    X(DECLARATION_PROPOSED, "declaration.proposed")         \
    X(DECLARATION_ACCEPTED, "declaration.accepted")         \
    X(DECLARATION_DECLINED, "declaration.declined")         \
    X(DECLARATION_AMENDED, "declaration.amended")           \
    X(DECLARATION_ACCEDED, "declaration.acceded")           \
    X(DECLARATION_LEFT, "declaration.left")                 \
    X(DECLARATION_LEAD_CHANGED, "declaration.lead_changed") \
    X(DECLARATION_SUSPENDED, "declaration.suspended")       \
    X(DECLARATION_RESUMED, "declaration.resumed")           \
    X(DECLARATION_ENDED, "declaration.ended")               \
    X(DECLARATION_WITHDRAWN, "declaration.withdrawn")       \
    X(DECLARATION_COMPLETED, "declaration.completed")       \
    X(PLEDGE_MADE, "pledge.made")                           \
    X(PLEDGE_ACCEPTED, "pledge.accepted")                   \
    X(PLEDGE_DECLINED, "pledge.declined")                   \
    X(PLEDGE_AMENDED, "pledge.amended")                     \
    X(PLEDGE_WITHDRAWN, "pledge.withdrawn")                 \
    X(PLEDGE_COMMITTED, "pledge.committed")                 \
    X(PLEDGE_DECOMMITTED, "pledge.decommitted")             \
    X(PLEDGE_DISBURSED, "pledge.disbursed")                 \
    X(PLEDGE_RECEIVED, "pledge.received")                   \
    X(PLEDGE_REFUNDED, "pledge.refunded")                   \
    X(PLEDGE_SPENT, "pledge.spent")                         \
    X(RECORD_CONFIRMED, "record.confirmed")                 \
    X(RECORD_DISPUTED, "record.disputed")                   \
    X(RECORD_SETTLED, "record.settled")                     \
    X(RECORD_VOIDED, "record.voided")

#define KIND_ENUM(constant, name) KIND_##constant,
enum kind { KIND_TABLE(KIND_ENUM) KIND_COUNT };
#undef KIND_ENUM

/* What a record is checked against besides itself: its statement's header. */
struct record_context {
    struct bytes log; /* origin */
    struct bytes org; /* author */
    unsigned line;    /* of the note */
};

const char *kind_name(enum kind k);
/* Exact name; false: not a kind this program knows. */
bool kind_find(struct bytes name, enum kind *out);

/* Check one record on its own: fields, forms, codes, proofs of keys. */
enum status kind_check(const json_t *record, const struct record_context *ctx,
                       enum kind *kind, struct refusal *why);

/* "<entry index>/<n>/<statement id>" */
struct reference {
    uint64_t index;
    unsigned n;
    uint8_t statement[32];
};
enum status reference_parse(struct bytes text, struct reference *out);

/* Forms that others need too. */
bool org_id_valid(struct bytes id);     /* pattern; reserved words are not valid here */
bool org_reserved(struct bytes id);     /* "public", "anonymous": nobody's id */
bool network_id_valid(struct bytes id); /* [a-z0-9-]{2,32} */
bool local_id_valid(struct bytes id);   /* [A-Za-z0-9._-]{1,64} */
/* Two or more labels of [a-z0-9-], no hyphen at their ends, 253 characters in all. */
bool domain_valid(struct bytes domain);
/* "ORG:LOCAL": split at the last colon (a LOCAL has none); false: not of that form. */
bool subject_id_split(struct bytes id, struct bytes *org, struct bytes *local);
/* "XV.<network>.<local>": the network that vouches. */
bool org_id_vouched(struct bytes id, struct bytes *network);

#endif
