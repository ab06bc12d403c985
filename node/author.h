/* node/author.h
 *
 * Signing as an organization: the next seq and time of a key, and statements made of
 * records. One key, one writer: DIR/seq-<key id> holds the last seq and time used, is
 * locked while a statement is made, and is on disk before the statement leaves.
 */
#ifndef AVOW_NODE_AUTHOR_H
#define AVOW_NODE_AUTHOR_H

#include "record/statement.h"
#include "store/store.h"

struct author; /* the sequence file of a key, locked */

/* `dir` is the node's folder, or NULL without one: then `seq` below must be given. Waits
 * while another process signs with this key. On failure the reason is said. */
enum status author_open(const char *dir, const struct verifier_key *who,
                        struct author **out);
void author_close(struct author *a); /* accepts NULL */

/* What the replica says the key used last, so that a lost sequence file does no harm. */
enum status author_catch_up(struct author *a, struct store *s,
                            const struct verifier_key *who);

uint64_t author_next(const struct author *a); /* the seq that comes next */

/* What a sequence file says now, without waiting for it. All zero: there is none. */
enum status author_peek(const char *dir, const struct verifier_key *who, uint64_t *seq,
                        char held[65]);

struct draft {
    struct bytes origin;
    const char *lang;         /* BCP 47 */
    uint64_t seq;             /* 0: the next */
    int64_t now;              /* wall clock */
    uint64_t before;          /* UINT64_MAX: no limit */
    const struct bytes *with; /* co-signing organizations */
    size_t n_with;
    const struct bytes *records; /* JSON lines */
    size_t n_records;
};

/* The text that author_sign would sign now with this key. */
void author_compose(const struct author *a, const struct verifier_key *k,
                    const struct draft *d, struct buf *text);

/* Compose, record the seq durably, sign with the key that this author is of: the note so
 * far (co-signatures may be lacking). Its format is checked before the seq is used up:
 * STATUS_REFUSED with `why`. STATUS_EXISTS, said: a draft holds the key. */
enum status author_sign(struct author *a, const struct secret_key *key,
                        const struct draft *d, struct buf *note, struct refusal *why);

/* A draft that is out for co-signature holds its key (docs/formats.md 2): author_sign
 * answers STATUS_EXISTS until it is published or dropped. `draft_id`: 64 hex digits;
 * empty: let go.
 */
enum status author_hold(struct author *a, struct bytes draft_id);
const char *author_held(const struct author *a); /* "" none */

#endif
