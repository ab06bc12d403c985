/* node/cosigners.h
 *
 * Which of the cosigners that the log knows a checkpoint has.
 */
#ifndef AVOW_NODE_COSIGNERS_H
#define AVOW_NODE_COSIGNERS_H

#include "ledger/cosigners.h"
#include "node/session.h"
#include "tlog/checkpoint.h"
#include "tlog/policy.h"

/* Of a signed checkpoint: how many of them cosigned it; `by[i]` (may be NULL) says which.
 */
enum status cosigners_count(const struct cosigners *c, struct bytes note, bool by[],
                            size_t *count);

/* Ask the broker until a checkpoint that covers entry `index` is cosigned by all, or
 * `patience_ms` are over; *count is the most that one had. */
enum status cosigners_wait(struct session *s, const struct cosigners *c, uint64_t index,
                           int patience_ms, size_t *count);

/* Ask the broker until a checkpoint that covers entry `index` meets the policy: `note`
 * and *cp are it. STATUS_REFUSED: none did within the time; `note` is the last that
 * covers it, or empty. */
enum status cosigners_demand(struct session *s, const struct policy *p, uint64_t index,
                             uint64_t patience_ms, struct buf *note,
                             struct checkpoint *cp);

/* Keep the cosignatures of `note` that verify, where the store (open for writing) has the
 * checkpoint they are of. */
enum status cosigners_keep(struct store *s, const struct verifier_key *log,
                           struct bytes note);

#endif
