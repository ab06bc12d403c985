/* shared/ledger/rows.h
 *
 * The rows of the state: JSON objects, one noun each. The ledger writes them; views read
 * them. Members marked ? are absent where there is nothing to say; all others are always
 * there. Organizations are written as they were registered, and named so everywhere; keys
 * of rows hold them in ASCII lower case. `record` numbers are RECORD_NUMBER (store.h):
 * RECORD_INDEX / RECORD_N take them apart. Entries are indexes. Money in rows is a
 * decimal string of minor units. `text` is a string or an object by language, as stated.
 *
 * log "log"
 *   {"origin", "rules":1, "codes", "title":text?, "stewards":[org], "quorum":n,
 *    "keys":[{"key":vkey, "since":entry, "until"?:entry}], "record"}
 * organization (lower-case id)
 *   {"org", "name":text, "org_type", "country"?, "aliases"?, "website"?,
 *    "status":"listed"|"registered", "by":org (who stated it last: listed or registered),
 *    "network"? (which registered it; none in entry 0),
 *    "keys":[8 hex … of all its statement keys ever, also revoked ones],
 *    "cosigners":["<name>+<8 hex>" …], "networks":[network … of which it is a member],
 *    "created":record, "changed":record}
 * key ("<name>+<8 hex>"): keys of statements and of cosigners (not the log's)
 *   {"org", "key":vkey, "pub":64 hex, "type":1|4, "label"?, "kinds"?, "url"?,
 *    "since":entry (usable from), "until"?:entry (unusable from),
 *    "revoked"?:{"reason","record","since"?:entry}, "created":record,
 *    and of type 1: "seq", "at" (seconds), "head"?:entry (its newest), "count" (entries)}
 * public_key (64 hex)  {"key":"<name>+<8 hex>"}, the log's keys too
 * network (id)
 *   {"network", "name":text, "purpose"?:text, "founded"?, "parent"?, "member_networks"?,
 *    "composition"?, "quorum":{"admit","speak"},
 *    "conveners":[{"org","role","active":bool}], "created":record, "changed":record}
 * member ("<network> <lower-case org>"); of each convener too
 *   {"network","org","role":"member"|"observer","status":"granted"|"member",
 *    "granted":record,"accepted"?:record}
 * subject ("ORG:LOCAL")
 *   {"id", "kind":"partnership"|"commitment"|"pledge", "author", "title":text,
 *    "created":record, "terms":record (newest terms; rev leads there), "rev":reference,
 *    "last":record (head of the chain of its records), "records":count,
 *    "status", "flags":[…], "facets":{…},
 *    "parties":[{"org", "role"?:text, "state":"open"|"signed"|"declined"|"elsewhere"|
 *                "keyless", "record"?, "capacity"?, "signed_on"?}],
 *    "signed":parties that signed, "paper":parties in state elsewhere,
 *    "agreed"?:record (by which all had signed),
 *    commitment: "progress":{deliverable:{"record" (the current report), "value"?,
 *                "state"?, "day" (days since 1970-01-01), "reports":n}},
 *    pledge: "attested":"donor"|"recipient"|"both"|"third-party", "currency"?,
 *      "worth":"money"|"unstated"|"in-kind", "own_funds":bool,
 *      "money":{"pledged", "new" (new money), "committed", "disbursed", "received",
 *      "fees", "covered" (disbursed, and named by a receipt), "covering" (received and
 *      fees of those receipts)}, "goods_committed"?:true, "goods_sent"?:true}
 *   A state "elsewhere": keyless when the terms were stated, and signed on paper.
 *   status of partnership, commitment: "proposed", "agreed", "declared", "declined",
 *   commitment also "in-progress"; of a pledge: "announced", "committed",
 *   "part-disbursed", "disbursed", "received".
 *   flags, of pledges: "exceeds" (more committed or disbursed than pledged),
 *   "discrepancy", "one-sided".
 *   parties of a pledge: donor and recipient, in roles of these names.
 * transaction_ ("<pledge id> <lower-case author> <tx>")
 *   {"pledge","author","tx","is","record","minor"? (what counts, in the pledge's
 *    currency; absent for goods),"currency"? (the pledge's), "of"?:[…], "matches"?:[…],
 *    "fees"?, "covered"?:true (a disbursement that a receipt names, or such a receipt)}
 * total ("<by> <value> <currency>"), by: all (value "all"), network, donor, recipient,
 * country, currency
 *   {"by","value","currency", "<attested>":{"pledged","new","committed","disbursed",
 *    "received","pledges":n}} for each attestation that occurs
 *   Goods are in no total; an unstated pledge is from its first transaction in money on.
 *
 * facets, in subject rows and in records (of the subject at that entry):
 *   {"networks":[…], "countries":[…], "themes":[…], "orgs":[… any role], "donor"?,
 *    "recipient"?, "status"?}
 *   Of records about no subject: orgs are the author and those named, networks and
 *   countries those named.
 */
#ifndef AVOW_LEDGER_ROWS_H
#define AVOW_LEDGER_ROWS_H

#include "record/json.h"
#include "store/store.h"

/* Key of an organization's row: ASCII lower case. Appends to `out`. */
void rows_org_key(struct bytes org, struct buf *out);
/* "<network> <org>" */
void rows_member_key(struct bytes network, struct bytes org, struct buf *out);
/* "<name>+<8 hex>" */
void rows_key_key(struct bytes name, uint32_t id, struct buf *out);
/* "<pledge> <author> <tx>" */
void rows_transaction_key(struct bytes pledge, struct bytes author, struct bytes tx,
                          struct buf *out);

/* A row's text: as json_print prints it, but several times faster, since this is most of
 * what a commit costs. Objects, arrays, strings, integers and booleans. */
void rows_print(const json_t *value, struct buf *out);
/* The text of a row; STATUS_ALTERED: it does not parse. */
enum status rows_parse(struct bytes text, json_t **out);
/* Read a row as JSON; STATUS_NOT_FOUND, STATUS_ALTERED (it does not parse). `row` may be
 * NULL. */
enum status rows_find(struct store *s, enum store_table t, struct bytes key,
                      uint64_t *row, json_t **out);

#endif
