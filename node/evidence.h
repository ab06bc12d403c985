/* node/evidence.h
 *
 * What a replica keeps in case somebody asks why it believes, or does not believe, the
 * log.
 */
#ifndef AVOW_NODE_EVIDENCE_H
#define AVOW_NODE_EVIDENCE_H

#include "ledger/ledger.h"
#include "link/sync.h"

/* The checkpoint of a larger tree that vouches for what a part brings, and the proof:
 * kept as the setting "anchor". It is written before the part is: so the one that vouches
 * for what is held now is kept as "anchor-before". Text: "<size>\n", one base64 hash a
 * line, blank line, the checkpoint. */
enum status evidence_anchor(struct store *s, const struct sync_part *p);

/* An invalid entry under a valid checkpoint (docs/replication.md 1.3): writes
 * DIR/evidence-<index>.json with rule, entry, checkpoint, and the proofs that lead from
 * the entry to the checkpoint's root (docs/replication.md 4). The store holds the entries
 * before the part. STATUS_BAD_PROOF: the checkpoint does not cover it, so there is
 * nothing to show. `cp`: the part's checkpoint, which the log signed. `dir` NULL: only
 * find that out, and write nothing. */
enum status evidence_write(const char *dir, const struct checkpoint *cp, struct store *s,
                           const struct sync_part *p, uint64_t index, struct bytes entry,
                           const struct refusal *why);

/* `theirs` is signed by the log, of `size`, and its root is not that of our tree of that
 * size: writes DIR/evidence-fork-<size>.json, with what vouches for ours. */
enum status evidence_fork(const char *dir, struct store *s, struct bytes theirs,
                          uint64_t size);

#endif
