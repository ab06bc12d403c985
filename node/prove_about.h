/* node/prove_about.h
 *
 * Making portable proofs (link/portable.h) of what the replica holds.
 */
#ifndef AVOW_NODE_PROVE_ABOUT_H
#define AVOW_NODE_PROVE_ABOUT_H

#include "node/session.h"
#include "tlog/policy.h"

/* Which entries a proof is made of. */
struct collection {
    struct {
        uint64_t index;
        bool about;
    } * items; /* in order of index, once collected */
    size_t n;
};

/* Of a subject or an organization: all that was said about it, and the history of the
 * keys that said so. STATUS_NOT_FOUND: there is none of this id; STATUS_TOO_LARGE. */
enum status collect_about(struct store *s, struct bytes id, struct collection *out);
void collection_clear(struct collection *c);

/* The proof of these in the tree of `size`, appended. */
enum status prove_collection(struct store *s, struct bytes id, const struct collection *c,
                             uint64_t size, struct buf *out);

#endif
