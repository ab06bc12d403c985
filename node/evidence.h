/* node/evidence.h
 *
 * What a replica keeps in case somebody asks why it believes, or does not believe, the
 * log.
 */
#ifndef AVOW_NODE_EVIDENCE_H
#define AVOW_NODE_EVIDENCE_H

#include "ledger/ledger.h"
#include "link/replica.h"

/* The checkpoint of a larger tree that vouches for what a part brings, and the proof:
 * kept as the setting "anchor". It is written before the part is: so the one that vouches
 * for what is held now is kept as "anchor-before". Text: "<size>\n", one base64 hash a
 * line, blank line, the checkpoint. */
enum status evidence_anchor(struct store *s, const struct replica_part *p);

/* An invalid entry under a valid checkpoint (docs/replication.md 1.3): writes
 * DIR/evidence-<index>.json with rule, entry, checkpoint, and the proofs that lead from
 * the entry to the checkpoint's root (docs/replication.md 4). The store holds the entries
 * before the part. STATUS_BAD_PROOF: the checkpoint does not cover it, so there is
 * nothing to show. `cp`: the part's checkpoint, which the log signed. `dir` NULL: only
 * find that out, and write nothing. */
enum status evidence_write(const char *dir, const struct checkpoint *cp, struct store *s,
                           const struct replica_part *p, uint64_t index,
                           struct bytes entry, const struct refusal *why);

/* The log as a replica knows it: what it holds, and the keys that follow from that. */
struct evidence_log {
    struct store *store;
    const struct verifier_key *pinned;
};

/* What link/replica looks at; `log` stays the caller's. */
struct replica_view evidence_view(struct evidence_log *log);

/* The log signed two roots for `size`: writes DIR/evidence-fork-<size>.json. Said. */
enum status evidence_keep_fork(const char *dir, struct bytes text, uint64_t size);
/* The same for a checkpoint of `size` that is not of our tree of that size.
 * STATUS_BAD_SIG: it is signed only by keys that the log has retired: nothing. */
enum status evidence_fork(const char *dir, struct evidence_log *log, struct bytes theirs,
                          const struct checkpoint *cp);
/* The evidence that lies in the folder and convicts this log. STATUS_NOT_FOUND: none. */
enum status evidence_forked(const char *dir, struct evidence_log *log, struct buf *text,
                            uint64_t *size);

#endif
