/* node/pending.h
 *
 * A signed statement some of whose co-signatures may still be lacking: taken apart, with
 * the lines that are there and the organizations that have not signed. So the one check
 * of a statement's format serves drafts, too.
 */
#ifndef AVOW_NODE_PENDING_H
#define AVOW_NODE_PENDING_H

#include "record/statement.h"

struct pending {
    struct statement *statement; /* with a line of zeroes for each who has not signed */
    bool signed_[STATEMENT_SIGNATURES_MAX]; /* sigs[i] is really there */
};

/* `origin` NULL: any log. STATUS_REFUSED with `why`. */
enum status pending_open(struct bytes note, const char *origin, struct pending *out,
                         struct refusal *why);
void pending_clear(struct pending *p);

/* May a key of this organization sign, and has this key not signed yet? STATUS_NOT_FOUND:
 * it is neither the author nor in `with`; STATUS_EXISTS: this key signed already. */
enum status pending_may_sign(const struct pending *p, const struct verifier_key *k);

/* Sign, and print the note with the new line in its place. */
void pending_sign(const struct pending *p, const struct secret_key *k, struct buf *out);

/* Verify the lines that are there by keys that `lookup` knows (NULL: none), or that the
 * statement itself states in a charter. */
void pending_verify(struct pending *p, key_lookup_fn *lookup, void *ctx);

#endif
