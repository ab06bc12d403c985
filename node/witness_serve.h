/* node/witness_serve.h
 *
 * A node that is asked as a C2SP tlog-witness: POST add-checkpoint, for the one log that
 * it follows, and only what its replica holds and has verified (docs/replication.md 3.6);
 * GET <origin hash>/checkpoint, the newest that it cosigned.
 *
 * Requests wait until the thread that owns the replica steps: what it cosigns here and
 * what it sends to the broker is one order.
 */
#ifndef AVOW_NODE_WITNESS_SERVE_H
#define AVOW_NODE_WITNESS_SERVE_H

#include "node/follow.h"

struct witness_serve;

/* Listens at `address`, "127.0.0.1:PORT" (0: any). All is borrowed. Said. */
enum status witness_serve_open(const char *address, struct follow *f,
                               const struct config *c, struct witness *w,
                               struct witness_serve **out);
/* Everything that waits is answered 503. Accepts NULL. */
void witness_serve_close(struct witness_serve *s);

uint16_t witness_serve_port(const struct witness_serve *s);

/* Answer what waits. STATUS_FORK, said: what was shown convicts the log; the evidence is
 * kept, and nothing more is to be cosigned. */
enum status witness_serve_step(struct witness_serve *s);

#endif
