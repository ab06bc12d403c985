/* node/sender.h
 *
 * The daemon's part of the outbox: a thread of its own that sends what waits whenever the
 * broker is in reach, with a link and a reader of its own.
 */
#ifndef AVOW_NODE_SENDER_H
#define AVOW_NODE_SENDER_H

#include "node/config.h"

struct sender;

/* The replica is there. Without a broker nothing is sent: *out is NULL. Said. */
enum status sender_start(const struct config *c, struct sender **out);
void sender_stop(struct sender *s); /* accepts NULL */

#endif
