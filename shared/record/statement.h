/* shared/record/statement.h
 *
 * A statement (docs/formats.md 2): a signed note of a header and 1 to 256 records. The
 * only way from bytes to a statement is statement_open.
 */
#ifndef AVOW_RECORD_STATEMENT_H
#define AVOW_RECORD_STATEMENT_H

#include "record/json.h"
#include "record/kind.h"
#include "sign/note.h"
#include "tlog/hash.h"

struct record {
    json_t *json; /* owned by the statement */
    struct bytes line;
    enum kind kind;
    unsigned n; /* from 1; its line of the note is n + 2 */
};

enum verdict { VERDICT_UNCHECKED, VERDICT_GOOD, VERDICT_BAD };

struct statement_signature {
    struct bytes org;
    uint32_t key_id;
    uint8_t sig[SIGNATURE_LEN];
    enum verdict verdict;
};

/* The bytes point into `note`, which the statement owns. */
struct statement {
    struct bytes note; /* the exact bytes it was opened from */
    struct bytes text; /* what the signatures cover */
    struct hash id;    /* SHA-256 of text */
    struct hash leaf;  /* the entry's leaf hash */
    struct bytes log, org, lang;
    uint32_t key_id; /* header `key`: of the first signature */
    uint64_t seq;
    int64_t at;      /* the author's clock, seconds: shown, never trusted */
    uint64_t before; /* UINT64_MAX: no limit */
    struct bytes with[STATEMENT_SIGNATURES_MAX];
    size_t n_with;
    struct statement_signature sigs[STATEMENT_SIGNATURES_MAX];
    size_t n_sigs;
    struct record *records;
    size_t n;
    json_t *header; /* owned */
};

/* Copies the note; checks size, UTF-8, shape, header (meant for `origin`; NULL: any log),
 * and each record on its own, in that order. No signature is verified: all verdicts are
 * VERDICT_UNCHECKED. STATUS_REFUSED with `why`, or STATUS_NOMEM. Any thread. */
enum status statement_open(struct bytes note, const char *origin, struct statement **out,
                           struct refusal *why);
void statement_free(struct statement *s); /* accepts NULL */

/* Which public key goes with (org, key id); false: not known (yet). */
typedef bool key_lookup_fn(void *ctx, struct bytes org, uint32_t key_id,
                           uint8_t pub[PUBLIC_KEY_LEN]);
/* Verify the signatures whose keys are known; the others stay VERDICT_UNCHECKED. */
void statement_verify(struct statement *s, key_lookup_fn *lookup, void *ctx);

/* The 64 hex digits of the id. */
void statement_id_print(const struct statement *s, struct buf *out);

/* Making one. The text: version line, header, one line a record. */
struct statement_header {
    struct bytes log, org, lang;
    uint32_t key_id;
    uint64_t seq;
    int64_t at;
    uint64_t before; /* UINT64_MAX: none */
    const struct bytes *with;
    size_t n_with;
};
/* `records` are JSON lines, as they shall stand. Nothing is checked: open the result. */
void statement_compose(const struct statement_header *h, const struct bytes records[],
                       size_t n, struct buf *text);

#endif
