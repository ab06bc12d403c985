/* node/witness.h
 *
 * Cosigning (docs/replication.md 3): what the replica reached, never a smaller tree than
 * before and never another root for the same size. When, and to whom the cosignature
 * goes, is link/replica's.
 *
 * What was about to be cosigned last is the setting "cosigned" of the replica, text
 * "<size> <base64 root>\n", on disk before the cosignature leaves.
 */
#ifndef AVOW_NODE_WITNESS_H
#define AVOW_NODE_WITNESS_H

#include "store/store.h"
#include "tlog/checkpoint.h"

struct witness;

/* Takes the key, of type KEY_COSIGN. The store, open for writing, is borrowed. */
enum status witness_new(struct secret_key *key, struct store *s, struct witness **out);
void witness_free(struct witness *w); /* accepts NULL */

/* The size that was cosigned last; 0: none. */
enum status witness_last(struct witness *w, uint64_t *size);
/* And its root. */
enum status witness_last_checkpoint(struct witness *w, struct checkpoint *last);

/* Cosign `note`, a checkpoint that the log signed and whose tree is just what the replica
 * holds: appends the body of the request. STATUS_FORK, said: not this one, and none that
 * comes after it. Other failures are this machine's (said). */
enum status witness_step(struct witness *w, struct bytes note, struct checkpoint *cp,
                         struct buf *body);

/* What the broker answered: said, if it is no yes. */
void witness_replied(struct witness *w, uint16_t status, struct bytes text);

/* May this checkpoint be cosigned, after the one before? Records it and appends the body
 * of the request. STATUS_EXISTS: it was already.
 * STATUS_FORK: it contradicts the one before. */
enum status witness_cosign(struct store *s, const struct secret_key *key,
                           struct bytes note, uint64_t timestamp, struct buf *body);

#endif
