/* shared/ledger/rows.h
 *
 * The rows of the state: JSON objects, one noun each. The ledger writes them; views read
 * them. Members marked ? are absent where there is nothing to say; all others are always
 * there. Organizations are written as they were registered, and named so everywhere; keys
 * of rows hold them in ASCII lower case. `record` numbers are RECORD_NUMBER (store.h):
 * RECORD_INDEX / RECORD_N take them apart. Entries are indexes. Money in rows is a
 * decimal string of minor units. `text` is a string or an object by language, as stated.
 * Organizations and subjects share one name space, in which case counts for nothing.
 *
 * log "log"
 *   {"origin", "rules":1, "codes", "title":text?, "stewards":[org], "quorum":n,
 *    "keys":[{"key":vkey, "since":entry, "until"?:entry}], "record",
 *    "changed"?:record (by which rules and codes were stated last),
 *    "succeeded"?:{"origin", "url", "record"} (it takes no more)}
 * organization (lower-case id)
 *   {"org", "name":text, "org_type", "country"?, "aliases"?, "website"?,
 *    "status":"listed"|"registered"|"closed" (its keys ended), "successor"?:org,
 *    "by":org (who stated it last: listed or registered),
 *    "network"? (which registered it; none in entry 0),
 *    "keys":[8 hex … of all its statement keys ever, also revoked ones],
 *    "cosigners":["<name>+<8 hex>" …], "networks":[network … of which it is a member],
 *    "domains"?:[{"domain", "record" (that claims it), "seen":[{"org", "method", "on",
 *      "found":"yes"|"no", "record"}] (the newest of each witness and method)}],
 *    "signing"?:[{"kinds":[…], "signatures":n}] (so many keys must sign these),
 *    "created":record, "changed":record,
 *    "last":record (head of the chain of its records, of keys and cosigners too)}
 * key ("<name>+<8 hex>"): keys of statements and of cosigners (not the log's)
 *   {"org", "key":vkey, "pub":64 hex, "type":1|4, "label"?, "kinds"?, "url"?,
 *    "since":entry (usable from), "until"?:entry (unusable from),
 *    "revoked"?:{"reason" (that of key.revoked, or "recovered", or "retired" of a
 *    cosigner), "record", "since"?:entry}, "created":record,
 *    and of type 1: "seq", "at" (seconds), "head"?:entry (its newest), "count" (entries)}
 *   What it signed from "since" of "revoked" on is shown as repudiated: that is told by
 *   an entry's keys (rows_repudiated), not kept in the rows of what it signed.
 * public_key (64 hex)  {"key":"<name>+<8 hex>"}, the log's keys too
 * network (id)
 *   {"network", "name":text, "purpose"?:text, "founded"?, "parent"?, "member_networks"?,
 *    "composition"?, "quorum":{"admit","speak"},
 *    "conveners":[{"org","role","active":bool}], "created":record, "changed":record,
 *    "last":record (head of the chain of its records, of members and conveners too)}
 * member ("<network> <lower-case org>"); of each convener too
 *   {"network","org","role":"member"|"observer","status":"granted"|"member"|"ended",
 *    "granted":record,"accepted"?:record,"ended"?:record}
 * subject ("ORG:LOCAL", lower-case)
 *   {"id", "kind":"partnership"|"commitment"|"declaration"|"pledge", "author",
 *    "title":text (of the terms in force),
 *    "created":record, "terms":record (by which the terms in force were stated last: the
 *    proposal or an amendment), "rev":reference (of the newest terms, also if they are
 *    only proposed), "amended"?:{…} (the terms in force, in the shape of the proposal's
 *    record; absent: they are that record, "created"),
 *    "proposed"?:{"record", "by":org, "terms":{…}, "parties":[… as below, "dropped"?:true
 *      for one of the terms in force that these leave out], "signed", "paper"}: an
 *      amendment that waits for acceptances; also one that somebody declined,
 *    "earlier"?:[{"record", "held":bool}] (of terms that were replaced; held: they had
 *    been in force. Each amendment builds on the one before: what it said is the proposal
 *    with the sets of all up to it),
 *    "life"?:{"is":"suspended"|"ended"|"withdrawn"|"completed", "record"},
 *    "disputes"?:n (of its records that are disputed now; the flag "disputed"),
 *    "due"?:[["YYYY-MM-DD", deliverable or place in the schedule, from "1"] …] (of a
 *      commitment each deliverable, of a pledge each payment, that waits for a day),
 *    "places"?:[country …] (of deliverables of a commitment, and not in its countries),
 *    "last":record (head of the chain of its records), "records":count,
 *    "status", "flags":[…], "facets":{…},
 *    "parties":[{"org", "role"?:text, "state":"open"|"signed"|"declined"|"elsewhere"|
 *                "keyless"|"left", "record"?, "capacity"?, "signed_on"?,
 *                "acceded"?:true}],
 *    "signed":parties that signed, "paper":parties in state elsewhere,
 *    "agreed"?:record (by which all had signed the terms in force),
 *    all but pledges: "lead":org,
 *    commitment: "progress":{deliverable:{"record" (the current report), "value"?,
 *                "qualifier"?, "state"?, "day" (days since 1970-01-01), "reports":n (not
 *                void), "order":[[record, day] …] (these, by day; the last is the
 *                current)}},
 *    declaration: "speaks":[network …] (as whose own it is shown), "signers":[org …] (of
 *      the terms in force, parties or not),
 *    pledge: "attested":"donor"|"recipient"|"both"|"third-party", "currency"?,
 *      "worth":"money"|"unstated"|"in-kind", "own_funds":bool, "from_fund"?, "for"?,
 *      "wanted"? (what of that it answers),
 *      "year" (YYYY: of the terms' on, else of the start of their period, else of the
 *      time at which it was made), "scheduled"?:true (the terms have a schedule),
 *      "transactions"?:n (in money, not void: the currency is fixed),
 *      "money":{"promised" (by the terms), "firm" (committed, decommitted or not),
 *      "disbursed", "received", "fees", "covered" (disbursed, and named by a receipt),
 *      "covering" (received and fees of those receipts); where not zero: "spent"?,
 * "funded"? (covered by other pledges), "decommitted"?, "refunded"?, "contested"? (of
 *      disputed transactions), "disputed"? (these, and what disputed terms promise);
 *      and what counts: "pledged", "new" (new money), "committed" (net),
 *      "outstanding" (pledged, less what was decommitted and what was sent)},
 *      "goods_committed"?:n, "goods_sent"?:n (transactions)}
 *   What is void counts nowhere; what is disputed only as contested or disputed. Of a
 *   pledge that was withdrawn or declined, pledged and committed are at most what was
 *   sent.
 *   A state "elsewhere": keyless when the terms were stated, and signed on paper.
 *   status of partnership, commitment, declaration: "proposed", "agreed", "declared",
 *   "declined", commitment also "in-progress", and what "life" says; of a pledge:
 *   "announced", "committed", "part-disbursed", "disbursed", "received", "declined",
 *   "withdrawn".
 *   flags: "disputed"; of pledges also "exceeds" (more committed or sent than promised,
 *   decommitted than committed, refunded than sent), "discrepancy", "one-sided"; in the
 *   order exceeds, discrepancy, disputed, one-sided.
 *   parties of a pledge: donor and recipient, in roles of these names.
 * transaction_ ("<pledge id> <lower-case author> <tx>")
 *   {"pledge","author","tx","is","record","minor"? (what counts, in the pledge's
 *    currency; absent for goods),"currency"? (the pledge's), "of"?:[…], "matches"?:[…],
 *    "fees"?, "links"?:[{"author","tx"}] (receipts and disbursements that name one
 *    another, by either of them), "covered"?:n (of these, that count), "disputed"?:true,
 *    "voided"?:record}
 * mark ("<entry index>/<n>", of a record of which something was said)
 *   {"record", "subject"?:id, "confirmed":[{"org","record"}],
 *    "disputes":[{"org" (the side), "by" (who said so: itself, or a convener), "record",
 *      "settled"?:record}], "voided"?:record}
 * total ("<by> <value> <currency>"), by: all (value "all"), network, donor, recipient,
 * country, currency, status, year, fund (from_fund), for (all of TOTAL_BY_TABLE)
 *   {"by","value","currency", "<attested>":{"pledged","new","own_funds" (what own funds
 *    promise; the rest of pledged is passed on),"committed","disbursed","received",
 *    "refunded","spent","outstanding","disputed","pledges":n}} for each attestation that
 * occurs Goods are in no total; an unstated pledge is from its first transaction in money
 * on.
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
/* ... and of a subject's, likewise. */
void rows_subject_key(struct bytes id, struct buf *out);
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
 * NULL. A subject is found by its id, as it is spelled. */
enum status rows_find(struct store *s, enum store_table t, struct bytes key,
                      uint64_t *row, json_t **out);

/* A key (a row of STORE_KEY) that cosigns checkpoints, and is active. */
bool rows_cosigns(const json_t *key);
/* Whether this key (a row of STORE_KEY) was revoked with a `since` at or before an entry:
 * what it signed there is shown as repudiated. */
bool rows_repudiates(const json_t *key, uint64_t index);
/* The same of the author's key of an entry. */
enum status rows_repudiated(struct store *s, uint64_t index, bool *out);

#endif
