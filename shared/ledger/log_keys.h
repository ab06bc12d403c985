/* shared/ledger/log_keys.h
 *
 * The log's own keys, all that it ever had, and which of them sign and are believed for
 * the checkpoint of which size (docs/replication.md 5).
 *
 * An entry that adds or retires one ends its batch: so there is a checkpoint of just the
 * size at which keys change, and one who believes the keys before it believes those after
 * it by that checkpoint.
 */
#ifndef AVOW_LEDGER_LOG_KEYS_H
#define AVOW_LEDGER_LOG_KEYS_H

#include "record/json.h"
#include "store/store.h"
#include "tlog/checkpoint.h"

struct log_key {
    struct verifier_key key;
    uint64_t since; /* signs checkpoints of this size on: the entry after that added it */
    uint64_t until; /* ... and below this one; UINT64_MAX: it is not retired */
};

struct log_keys {
    struct log_key *list; /* in order of their statement; the charter's first */
    size_t n;
    const struct verifier_key *only; /* borrowed: believe no other; NULL: all of them */
};

/* From the state's row; `log` NULL: none. STATUS_ALTERED. */
enum status log_keys_of(const json_t *log, struct log_keys *out);
/* As the committed state says; none before entry 0. */
enum status log_keys_load(struct store *s, struct log_keys *out);
/* The one key that is pinned, before there is a state. */
enum status log_keys_pinned(const struct verifier_key *key, struct log_keys *out);
void log_keys_clear(struct log_keys *k);

/* The first size above `after` at which keys change, if there is one. */
bool log_keys_change(const struct log_keys *k, uint64_t after, uint64_t *size);

/* Signs the checkpoint of this size: is active for it, or is retired by its last entry
 * where no key that signs was there before, and so vouches for those that come after it.
 */
bool log_keys_signs(const struct log_keys *k, size_t i, uint64_t size);

/* The note is a checkpoint of the log, signed by a key that was active for its size. One
 * who knows the state up to `known` entries believes only keys that were stated in these
 * (UINT64_MAX: all). STATUS_BAD_SIG: no such key signed it, or a line by one of them does
 * not verify; STATUS_MALFORMED. */
enum status log_keys_open(const struct log_keys *k, uint64_t known, struct bytes note,
                          struct checkpoint *out);

/* The same, as what convicts the log: by a key that it has not retired. Whoever got hold
 * of a key that was retired for that can make a second past with it, and must not be able
 * to stop those who know that the key is retired. */
enum status log_keys_accuse(const struct log_keys *k, struct bytes note,
                            struct checkpoint *out);

/* Append the note's text and the lines by which the log signed it, each key's once:
 * without cosignatures, and without what others may have put there in its name. */
enum status log_keys_lines(const struct log_keys *k, struct bytes note, struct buf *out);

/* The same by what the store holds, or by the pinned key where that is nothing. */
enum status log_keys_believe(struct store *s, const struct verifier_key *pinned,
                             struct bytes note, struct checkpoint *out);
enum status log_keys_believe_accusing(struct store *s, const struct verifier_key *pinned,
                                      struct bytes note, struct checkpoint *out);
enum status log_keys_own_lines(struct store *s, const struct verifier_key *pinned,
                               struct bytes note, struct buf *out);

/* The log's key of this public key; NULL: it never had it. */
const struct log_key *log_keys_find(const struct log_keys *k,
                                    const struct verifier_key *key);

#endif
