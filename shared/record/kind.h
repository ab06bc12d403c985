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
#define KIND_TABLE(X)                                     \
    X(LOG_CHARTERED, "log.chartered")                     \
    X(NETWORK_CHARTERED, "network.chartered")             \
    X(ORGANIZATION_LISTED, "organization.listed")         \
    X(ORGANIZATION_REGISTERED, "organization.registered") \
    X(ORGANIZATION_UPDATED, "organization.updated")       \
    X(KEY_ADDED, "key.added")                             \
    X(KEY_REVOKED, "key.revoked")                         \
    X(COSIGNER_ADDED, "cosigner.added")                   \
    X(MEMBERSHIP_GRANTED, "membership.granted")           \
    X(MEMBERSHIP_ACCEPTED, "membership.accepted")         \
    X(PARTNERSHIP_PROPOSED, "partnership.proposed")       \
    X(PARTNERSHIP_ACCEPTED, "partnership.accepted")       \
    X(PARTNERSHIP_DECLINED, "partnership.declined")       \
    X(COMMITMENT_PROPOSED, "commitment.proposed")         \
    X(COMMITMENT_ACCEPTED, "commitment.accepted")         \
    X(COMMITMENT_DECLINED, "commitment.declined")         \
    X(COMMITMENT_PROGRESSED, "commitment.progressed")     \
    X(PLEDGE_MADE, "pledge.made")                         \
    X(PLEDGE_ACCEPTED, "pledge.accepted")                 \
    X(PLEDGE_COMMITTED, "pledge.committed")               \
    X(PLEDGE_DISBURSED, "pledge.disbursed")               \
    X(PLEDGE_RECEIVED, "pledge.received")

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
bool network_id_valid(struct bytes id); /* [a-z0-9-]{2,32} */
bool local_id_valid(struct bytes id);   /* [A-Za-z0-9._-]{1,64} */
/* "ORG:LOCAL": split at the last colon (a LOCAL has none); false: not of that form. */
bool subject_id_split(struct bytes id, struct bytes *org, struct bytes *local);
/* "XV.<network>.<local>": the network that vouches. */
bool org_id_vouched(struct bytes id, struct bytes *network);

#endif
