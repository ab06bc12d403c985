/* shared/link/fork.h
 *
 * Evidence that a log is two: two checkpoints that it signed, which lead back to two
 * different roots for one size. Whoever has the log's key can check it, and needs nothing
 * else (docs/replication.md 4 has the members of the file).
 */
#ifndef AVOW_LINK_FORK_H
#define AVOW_LINK_FORK_H

#include "record/json.h"
#include "tlog/proof.h"

/* The evidence is text of at most that many bytes: two checkpoints, and proofs. */
#define FORK_TEXT_MAX (4 * CHECKPOINT_MAX)
#define FORK_STEPS_MAX 2
#define FORK_NAME "avow/evidence-fork/v1"

/* From the root before to the root of the first `to` entries. */
struct fork_step {
    uint64_t to;
    struct hash root;
    struct proof proof;
};

/* The last step (or, where there is none, `root`) is what the checkpoint signs. */
struct fork_side {
    struct hash root; /* of the first `size` entries */
    struct fork_step steps[FORK_STEPS_MAX];
    size_t n;
    struct bytes checkpoint; /* borrowed: a signed note */
};

struct fork {
    uint64_t size;
    struct fork_side ours, theirs;
};

/* Is the note (of the shape of sign/note.h) a checkpoint that the log signed?
 * STATUS_BAD_SIG, STATUS_MALFORMED. */
typedef enum status checkpoint_open_fn(void *ctx, struct bytes note,
                                       struct checkpoint *out);

/* Appends the evidence: JSON, indented, with a newline at its end. */
enum status fork_print(const struct fork *f, struct buf *out);

/* STATUS_OK: the log is convicted, for *size (may be NULL). STATUS_MALFORMED: it is no
 * evidence; STATUS_BAD_SIG: the log did not sign it; STATUS_BAD_PROOF: it does not show
 * what it says. */
enum status fork_verify(struct bytes text, checkpoint_open_fn *open, void *ctx,
                        uint64_t *size);

#endif
