/* shared/io/link_client.h
 *
 * The asking side of the link, whatever it runs over: nng (tcp://host:port), or HTTP
 * alone (https://host, http://host:port), where each request is translated to what HTTP
 * offers for it (docs/replication.md 7). A client asks and waits; nothing is decided
 * here. Messages are link/message.h's.
 */
#ifndef AVOW_IO_LINK_CLIENT_H
#define AVOW_IO_LINK_CLIENT_H

#include "base/bytes.h"
#include "base/limits.h"

struct link_client;

/* Of a link (tcp:) it dials in the background and goes on trying (0.1 to 5 s apart);
 * `hints_url` may be NULL. STATUS_USAGE: not an address. */
enum status link_client_open(const char *url, const char *hints_url,
                             struct link_client **out);
void link_client_close(
    struct link_client *c); /* accepts NULL; no call may be under way */

/* Subscribe to hints there, when their port became known only later; again: no change. By
 * HTTP, whatever the address: wait for news. */
enum status link_client_hints(struct link_client *c, const char *hints_url);

/* Ask, and wait for the answer (`answer` is reset first). Any thread, several at once.
 * STATUS_UNREACHABLE: not connected within the time, nothing was sent. STATUS_TIMEOUT:
 * sent, no answer yet. STATUS_BUSY: too many unanswered calls. Every request may be sent
 * twice. */
enum status link_client_call(struct link_client *c, struct bytes request, int timeout_ms,
                             struct buf *answer);

/* Wait until a hint says that the log is larger than `above`, or the time is over
 * (STATUS_TIMEOUT); *size is the newest hint, 0 where there was none. STATUS_BUSY: woken.
 */
enum status link_client_wait(struct link_client *c, uint64_t above, int timeout_ms,
                             uint64_t *size);
/* Let a link_client_wait return now; any thread, not a signal handler. */
void link_client_wake(struct link_client *c);

/* Every call and wait ends now, as if its time were over, and so does each that begins
 * later. Any thread. */
void link_client_quit(struct link_client *c);

/* Is it worth waiting for an answer? By HTTP that is found out by asking: it says yes. */
bool link_client_connected(struct link_client *c);

#endif
