/* node/witness.h
 *
 * Cosigning (docs/replication.md 3): what the replica reached, at most once a second,
 * never a smaller tree than before and never another root for the same size.
 *
 * What was about to be cosigned last is the setting "cosigned" of the replica, text
 * "<size> <base64 root>\n", on disk before the cosignature leaves.
 */
#ifndef AVOW_NODE_WITNESS_H
#define AVOW_NODE_WITNESS_H

#include "io/link_nng.h"
#include "store/store.h"
#include "tlog/checkpoint.h"

struct witness;

/* Takes the key, of type KEY_COSIGN. The store, open for writing, and the link are
 * borrowed. On failure the reason is said. */
enum status witness_new(struct secret_key *key, struct store *s, struct link_client *link,
                        struct witness **out);
void witness_free(struct witness *w); /* accepts NULL */

/* The replica is at `note`, a checkpoint that the log signed and whose tree is exactly
 * what the replica holds. Cosigns it if it is time to and it is new; what the broker says
 * against it is said. Returns other than STATUS_OK for failures of this machine (said).
 */
enum status witness_step(struct witness *w, struct bytes note, uint64_t now_ms);

/* When to call again, if the last step was too early; UINT64_MAX: no need. */
uint64_t witness_deadline_ms(const struct witness *w);

/* The part that needs no link: may this checkpoint be cosigned, after the one before?
 * Records it and appends the body of the request. STATUS_EXISTS: it was already.
 * STATUS_FORK: it contradicts the one before. */
enum status witness_cosign(struct store *s, const struct secret_key *key,
                           struct bytes note, uint64_t timestamp, struct buf *body);

#endif
