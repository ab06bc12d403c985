/* shared/record/refusal.h
 *
 * A refusal names the rule, the line it concerns, and says what was expected and what was
 * found. The same names in the command line, HTTP, evidence files and docs/rules.md
 * (which a test holds against this table).
 *
 * The class says how HTTP answers: FORMAT 400, AUTHORITY 403, STATE 409, SIZE 413,
 * ADMISSION 429 or 503 (never judged again by replicas), UPGRADE: this program is too old
 * to judge, nobody is accused.
 */
#ifndef AVOW_RECORD_REFUSAL_H
#define AVOW_RECORD_REFUSAL_H

#include "base/bytes.h"

enum rule_class {
    RULE_FORMAT,
    RULE_AUTHORITY,
    RULE_STATE,
    RULE_SIZE,
    RULE_ADMISSION,
    RULE_UPGRADE
};

/* In the order of judgement (docs/formats.md 2). X(constant, name, class, what it
 * demands) */
#define RULE_TABLE(X)                                                                    \
    X(NOTE_SIZE, "note.size", SIZE, "a statement is 1 to 60,000 bytes")                  \
    X(NOTE_UTF8, "note.utf8", FORMAT, "a statement is valid UTF-8")                      \
    X(NOTE_SHAPE, "note.shape", FORMAT,                                                  \
      "a statement is a signed note: text, blank line, signature lines, their base64 "   \
      "canonical")                                                                       \
    X(NOTE_SIGNATURES, "note.signatures", FORMAT,                                        \
      "one to 16 signature lines of 68 bytes each, no key twice")                        \
    X(NOTE_RECORDS, "note.records", FORMAT, "a statement holds 1 to 256 records")        \
    X(LINE_SIZE, "line.size", SIZE, "a line is at most 49,152 bytes")                    \
    X(LINE_PADDED, "line.padded", FORMAT, "no blank or padded line")                     \
    X(HEADER_VERSION, "header.version", FORMAT, "line 1 is avow/statement/v1")           \
    X(JSON_SYNTAX, "json.syntax", FORMAT, "each line is one JSON object (RFC 8259)")     \
    X(JSON_DUPLICATE, "json.duplicate", FORMAT, "member names are unique")               \
    X(JSON_DEPTH, "json.depth", FORMAT, "JSON is nested at most 8 deep")                 \
    X(JSON_NUMBER, "json.number", FORMAT,                                                \
      "numbers are integers within 2^53-1, without fraction, exponent or -0")            \
    X(JSON_NULL, "json.null", FORMAT, "null stands only in an amendment's set")          \
    X(JSON_CHARACTER, "json.character", FORMAT,                                          \
      "no control, line separator, bidirectional or surrogate characters in strings")    \
    X(HEADER_FIELD, "header.field", FORMAT,                                              \
      "the header has log, org, key, seq, at, lang, and may have with, before")          \
    X(HEADER_LOG, "header.log", FORMAT, "the statement is meant for this log")           \
    X(HEADER_KEY, "header.key", FORMAT,                                                  \
      "the first signature is the author's, by the header's key")                        \
    X(HEADER_WITH, "header.with", FORMAT,                                                \
      "with names others, once each, and each of them signs, in that order")             \
    X(KIND_UNKNOWN, "kind.unknown", FORMAT, "is names a kind of the vocabulary")         \
    X(FIELD_UNKNOWN, "field.unknown", FORMAT, "a record has only fields of its kind")    \
    X(FIELD_MISSING, "field.missing", FORMAT, "a required field is there")               \
    X(FIELD_TYPE, "field.type", FORMAT, "a field has the type its kind says")            \
    X(FIELD_VALUE, "field.value", FORMAT, "a field has one of its values")               \
    X(TEXT_LENGTH, "text.length", FORMAT, "titles 300 characters, other text 4,000")     \
    X(TEXT_INVISIBLE, "text.invisible", FORMAT,                                          \
      "a title, label or role has a visible character, and none that cannot be seen")    \
    X(ID_FORM, "id.form", FORMAT, "an identifier has the form of its sort")              \
    X(ID_AUTHOR, "id.author", AUTHORITY, "a subject's id begins with its author's")      \
    X(DATE_FORM, "date.form", FORMAT, "a date is YYYY, YYYY-MM or YYYY-MM-DD")           \
    X(PERIOD_ORDER, "period.order", FORMAT, "a period does not end before it starts")    \
    X(MONEY_FORM, "money.form", FORMAT, "an amount is a plain decimal above zero")       \
    X(MONEY_CURRENCY, "money.currency", FORMAT, "a currency is one of ISO 4217")         \
    X(MONEY_MINOR_UNITS, "money.minor-units", FORMAT,                                    \
      "an amount has at most its currency's minor units")                                \
    X(MONEY_LIMIT, "money.limit", FORMAT, "an amount is at most 9e15 minor units")       \
    X(QUANTITY_FORM, "quantity.form", FORMAT, "a quantity is a decimal of 18 digits")    \
    X(CODE_UNKNOWN, "code.unknown", FORMAT, "a code is one of its list")                 \
    X(SPLIT_SUM, "split.sum", FORMAT, "the percentages of a split add up to 100")        \
    X(SPLIT_CODES, "split.codes", FORMAT,                                                \
      "a split names each code of its list, and no other")                               \
    X(LIST_TWICE, "list.twice", FORMAT, "nothing is named twice in a list")              \
    X(URL_FORM, "url.form", FORMAT, "a URL is an https: one")                            \
    X(EVIDENCE_EMPTY, "evidence.empty", FORMAT,                                          \
      "evidence has at least a hash, a link or a quote")                                 \
    X(KEY_FORM, "key.form", FORMAT, "a key is a verifier key for its organization")      \
    X(KEY_PROOF, "key.proof", FORMAT, "whoever states a key proves to hold it")          \
    X(PLEDGE_SELF, "pledge.self", FORMAT,                                                \
      "donor and recipient differ, but own funds; one of them is an organization")       \
    X(PLEDGE_WORTH, "pledge.worth", FORMAT,                                              \
      "a pledge has one of money, unstated, in_kind; a transaction money or in_kind")    \
    X(ENTRY_ZERO, "entry.zero", STATE, "entry 0, and only it, charters the log")         \
    X(STATEMENT_KNOWN, "statement.known", STATE, "a statement stands once in a log")     \
    X(LOG_RULES, "log.rules", UPGRADE, "this program knows the log's rules version")     \
    X(LOG_CODES, "log.codes", UPGRADE, "this program has the log's code lists")          \
    X(LOG_SUCCEEDED, "log.succeeded", STATE, "a log that was succeeded takes no more")   \
    X(KEY_UNKNOWN, "key.unknown", AUTHORITY, "each signature is by a key in the log")    \
    X(SIGNATURE_BAD, "signature.bad", AUTHORITY, "each signature verifies")              \
    X(KEY_INACTIVE, "key.inactive", AUTHORITY, "each key is active at this entry")       \
    X(SEQ_STALE, "seq.stale", STATE, "seq is above every earlier one of the key")        \
    X(AT_EARLIER, "at.earlier", STATE, "at is not before the key's last statement")      \
    X(BEFORE_PASSED, "before.passed", STATE, "the statement came before its limit")      \
    X(SUBJECT_UNKNOWN, "subject.unknown", STATE, "what the record is about exists")      \
    X(SUBJECT_EXISTS, "subject.exists", STATE, "a new id is free")                       \
    X(SUBJECT_KIND, "subject.kind", STATE, "the subject is of the record's kind")        \
    X(KEY_KINDS, "key.kinds", AUTHORITY, "a delegated key signs only its kinds")         \
    X(AUTHOR_SIGNATURES, "author.signatures", AUTHORITY,                                 \
      "as many keys of the author sign as it demands")                                   \
    X(AUTHOR_NOT_A_PARTY, "author.not-a-party", AUTHORITY, "the author is a party")      \
    X(AUTHOR_NOT_ALLOWED, "author.not-allowed", AUTHORITY,                               \
      "the record is one its author may state")                                          \
    X(AUTHOR_NOT_A_MEMBER, "author.not-a-member", AUTHORITY,                             \
      "networks are named by their members only")                                        \
    X(QUORUM_MISSING, "quorum.missing", AUTHORITY,                                       \
      "as many conveners or stewards sign as the quorum says")                           \
    X(REV_STALE, "rev.stale", STATE, "rev is the newest terms of the subject")           \
    X(LIFE_STATE, "life.state", STATE, "the subject's state of life allows it")          \
    X(KEY_STATED, "key.stated", STATE, "a public key is stated once, an id once a name") \
    X(KEY_LAST, "key.last", STATE, "an organization, and the log, keep one active key")  \
    X(CONVENER_LAST, "convener.last", STATE, "a network keeps one active convener")      \
    X(STEWARD_LAST, "steward.last", STATE, "a log keeps one steward")                    \
    X(REF_UNKNOWN, "ref.unknown", STATE, "a reference leads to an earlier record")       \
    X(ORG_UNKNOWN, "org.unknown", STATE, "organizations are listed or registered")       \
    X(NETWORK_UNKNOWN, "network.unknown", STATE, "networks are chartered")               \
    X(WANTED_UNKNOWN, "wanted.unknown", STATE,                                           \
      "wanted is asked for by the newest terms of what the pledge is for")               \
    X(DELIVERABLE_UNKNOWN, "deliverable.unknown", STATE,                                 \
      "the deliverable is one of the commitment's terms")                                \
    X(DELIVERABLE_REPORTED, "deliverable.reported", STATE,                               \
      "a deliverable with reports may be dropped, not removed, and keeps its unit")      \
    X(TX_TWICE, "tx.twice", STATE, "a transaction's id is new to its pledge and author") \
    X(TX_UNKNOWN, "tx.unknown", STATE, "a transaction refers to one stated before")      \
    X(MONEY_MISMATCH, "money.mismatch", STATE,                                           \
      "money is in the pledge's currency, or carries counts in it")                      \
    X(FUNDED_BY, "pledge.funded-by", STATE,                                              \
      "funded_by names a pledge to this donor, in the same currency")                    \
    X(TOTAL_LIMIT, "total.limit", STATE, "a total stays within 128 bits")                \
    X(COSIGNER_COUNT, "cosigner.count", STATE,                                           \
      "an organization has at most 4 active cosigners")                                  \
    X(ADMISSION_AT, "admission.at", ADMISSION, "at is at most ten minutes ahead")        \
    X(ADMISSION_RATE, "admission.rate", ADMISSION, "not too many statements at once")    \
    X(ADMISSION_LOG_KEY, "admission.log-key", ADMISSION,                                 \
      "the broker holds every key that signs the next checkpoint")                       \
    X(ADMISSION_WAITING, "admission.waiting", ADMISSION,                                 \
      "the broker knows that its log is the newest")                                     \
    X(ADMISSION_BUSY, "admission.busy", ADMISSION, "the broker has room for it")

#define RULE_ENUM(constant, name, cls, text) RULE_##constant,
enum rule { RULE_NONE, RULE_TABLE(RULE_ENUM) RULE_COUNT };
#undef RULE_ENUM

const char *rule_name(enum rule r);
const char *rule_text(enum rule r); /* what it demands */
enum rule_class rule_class_of(enum rule r);
unsigned rule_http_status(enum rule r);
enum rule rule_find(struct bytes name); /* RULE_NONE: no such rule */

struct refusal {
    enum rule rule;
    unsigned line; /* of the note, from 1; 0: the whole */
    char
        text[480]; /* one sentence: what was expected, what was found; always NUL-ended */
};

/* Fill `why` (which may be NULL) and return STATUS_REFUSED. The text is cut to fit on a
 * character's boundary; control characters in it become '?'. */
enum status refuse(struct refusal *why, enum rule rule, unsigned line, const char *fmt,
                   ...) __attribute__((format(printf, 4, 5)));

#endif
