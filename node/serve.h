/* node/serve.h
 *
 * A node that serves the log to its peers over the link: what its replica has a
 * checkpoint for, cosignatures, and evidence (docs/replication.md 2). It takes no
 * statements and no cosignatures: these go to the broker.
 */
#ifndef AVOW_NODE_SERVE_H
#define AVOW_NODE_SERVE_H

#include "node/config.h"

struct serve;

/* `url`: tcp://address:port; hints are published at the port after it. Port 0: any for
 * both. The replica must be there. Said. */
enum status serve_open(const struct config *c, const char *url, struct serve **out);
void serve_close(struct serve *s); /* accepts NULL */

const char *serve_url(const struct serve *s); /* as really listened on */

/* Once a second or so: tell peers what is new, and hang up on those that take nothing. */
void serve_step(struct serve *s);
/* The log is convicted: from now on peers that ask are told (copied; once). */
void serve_evidence(struct serve *s, struct bytes text);

#endif
