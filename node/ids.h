/* node/ids.h
 *
 * Numbers that a node gives by itself (PL-0001, T1) are given once, whoever of its folder
 * asks at the same time, and whatever of it was sent or has come back by then: DIR/ids
 * has what was given last, a line "<time> <number> <name>" each. A line is of use until
 * the replica has what was made; after a day it is forgotten, so the file stays small. It
 * is no promise: what it loses costs a refusal. A name of several lines is not kept.
 */
#ifndef AVOW_NODE_IDS_H
#define AVOW_NODE_IDS_H

#include "base/bytes.h"

/* The numbers that one command was given. */
struct ids;

enum status ids_new(const char *dir, struct ids **out);
/* `used`: they are not given again; else each is free that nobody was given one after.
 * Accepts NULL. */
void ids_end(struct ids *ids, bool used);

/* Keep the file locked, for many numbers in a row, and let it go: nobody is waited for
 * meanwhile. Said. */
enum status ids_hold(struct ids *ids);
enum status ids_let_go(struct ids *ids); /* not held is fine */

/* The first above `above` that is free otherwise. */
typedef enum status ids_free_fn(void *ctx, uint64_t above, uint64_t *n);
/* The next for this name above *n, which is given from now on. Said. */
enum status ids_next(struct ids *ids, struct bytes name, ids_free_fn *next, void *ctx,
                     uint64_t *n);
/* What ids_next gave last is not used after all. */
void ids_undo(struct ids *ids);

#endif
