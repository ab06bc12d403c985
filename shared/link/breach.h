/* shared/link/breach.h
 *
 * Evidence that a log took what its rules refuse: an entry, and the proofs that lead from
 * it to a checkpoint which the log signed (docs/replication.md 4). That the log signed
 * the entry is shown to whoever has the log's key. That a rule is broken is for whoever
 * holds the entries before it: the file only says so.
 */
#ifndef AVOW_LINK_BREACH_H
#define AVOW_LINK_BREACH_H

#include "link/fork.h"

#define BREACH_NAME "avow/evidence/v1"
/* The evidence is text of at most that many bytes: an entry, a checkpoint, proofs. */
#define BREACH_TEXT_MAX (8 * CHECKPOINT_MAX)

struct breach {
    uint64_t index;
    struct bytes entry;      /* borrowed from `json`, or `decoded` */
    struct refusal said;     /* by the file; RULE_NONE: a rule that is not known here */
    struct checkpoint cp;    /* that the log signed */
    struct hash root_before; /* of the entries before `index`, in the log's tree */
    json_t *json;
    struct buf decoded; /* of an entry that is no text */
};

/* The text may be evidence of this sort, and is no other file of `avow verify`. */
bool breach_is(struct bytes text);

/* STATUS_OK: the log signed the entry at `index`; breach_clear then. STATUS_MALFORMED: it
 * is no evidence; STATUS_BAD_SIG: the log did not sign its checkpoint; STATUS_BAD_PROOF:
 * its proofs do not lead there. */
enum status breach_verify(struct bytes text, checkpoint_open_fn *open, void *ctx,
                          struct breach *out);
void breach_clear(struct breach *b);

#endif
