/* node/remote.h
 *
 * Requests to the broker over the link, with their answers taken apart.
 */
#ifndef AVOW_NODE_REMOTE_H
#define AVOW_NODE_REMOTE_H

#include "io/link_client.h"
#include "link/message.h"

/* Ask and decode: `out` points into `answer`. STATUS_BUSY: the broker has no room now;
 * STATUS_MALFORMED: what came is no answer to this; and as link_client_call. */
enum status remote_call(struct link_client *link, const struct message *request,
                        int timeout_ms, struct buf *answer, struct message *out);

enum status remote_status(struct link_client *link, int timeout_ms, struct buf *answer,
                          struct message *out);

#endif
