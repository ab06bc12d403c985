/* node/author.h
 *
 * Signing as an organization: the next seq and time of a key, and statements made of
 * records. One key, one writer: DIR/seq-<key id> is locked (seq-<key id>.lock) while a
 * statement is made, which ends when the statement lies in the outbox, or its seq in this
 * file.
 *
 * The file holds the highest seq that was used for good and the latest time of what was
 * published: of statements that the log has taken, that were printed or dropped, of
 * drafts. What is on its way stands in the outbox and counts as long as it is there. So
 * what the log refuses leaves no trace: neither a number nor the time of a clock that was
 * wrong.
 */
#ifndef AVOW_NODE_AUTHOR_H
#define AVOW_NODE_AUTHOR_H

#include "record/statement.h"
#include "store/store.h"

struct author; /* the numbers of a key, locked */

/* `dir` is the node's folder, or NULL without one: then `seq` below must be given. Waits
 * while another process signs with this key. Knows what waits in the outbox. On failure
 * the reason is said. */
enum status author_open(const char *dir, const struct verifier_key *who,
                        struct author **out);
void author_close(struct author *a); /* accepts NULL */

/* What the replica says the key used last, so that a lost sequence file does no harm. */
enum status author_catch_up(struct author *a, struct store *s,
                            const struct verifier_key *who);

uint64_t author_next(const struct author *a); /* the seq that comes next */

/* The highest seq used so far, the outbox's with it, and the draft that holds the key,
 * without waiting for whoever signs. All zero: none. */
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

/* Compose, sign with the key that this author is of: the note so far (co-signatures may
 * be lacking). STATUS_REFUSED with `why`: by its format. STATUS_EXISTS, said: a draft
 * holds the key. Nothing is recorded: before the statement leaves, it is kept in the
 * outbox, or one of the next two is called. */
enum status author_sign(struct author *a, const struct secret_key *key,
                        const struct draft *d, struct buf *note, struct refusal *why);

/* The seq that was signed last is used for good. Said. */
enum status author_record(struct author *a);

/* A draft that is out for co-signature holds its key (docs/formats.md 2): author_sign
 * answers STATUS_EXISTS until it is published or dropped. `draft_id`: 64 hex digits;
 * empty: let go. Its seq is recorded. Said. */
enum status author_hold(struct author *a, struct bytes draft_id);
const char *author_held(const struct author *a); /* "" none */

/* This seq of the key is used for good; `at`: of a statement that was published, else 0.
 * The outbox's lock is held. Said. */
enum status author_used(const char *dir, uint32_t key_id, uint64_t seq, int64_t at);

#endif
