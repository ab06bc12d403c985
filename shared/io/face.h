/* shared/io/face.h
 *
 * The door for HTTP and the feed. One thread owns the sockets of requests, another those
 * of watchers: so a thousand watchers that are told of news keep no request waiting. What
 * a request asks for is face/route.h's to say and a reader's to answer; who watches what
 * is face/feed.h's. Here are only sockets, limits and time.
 *
 * A request that arrived whole becomes an exchange, which is handed over and comes back
 * with its answer, from any thread. Beyond a limit there is a stated answer: 413 body too
 * large, 411 without a length, 503 too many connections, watchers, readers' jobs or bytes
 * of answers that nobody takes (docs/operations.md, Limits).
 */
#ifndef AVOW_IO_FACE_H
#define AVOW_IO_FACE_H

#include "base/peer.h"
#include "face/event.h"
#include "face/route.h"
#include "io/readers.h"

struct face;

/* One request and, later, its answer. */
struct exchange;

struct face_options {
    const char *address; /* "127.0.0.1"; "0.0.0.0" for all; "::1", "::" */
    uint16_t port;       /* 0: any that is free */
    const char *origin;  /* of the log, for the feed's first message */
    uint64_t size;       /* of the log now; the feed goes on from there */
    struct readers *readers;
    const struct route_context *route; /* outlives the face */
    unsigned connections_max;          /* requests' and watchers' together */
    unsigned watchers_max;             /* 0: no feed, and no thread for it */
    unsigned address_max; /* connections of one address; 0: any. Programs on this machine
                             are not counted, nor trusted proxies, but who is behind */
    uint64_t answers_max; /* bytes of answers in memory */
    unsigned stuck_s;     /* a peer that takes nothing of what there is for it is cut */
    const struct peer_proxies *proxies; /* outlives the face; NULL: none */
    /* The program's share, on the face's thread: hand over, do not work. Statements,
     * cosignatures and metrics come here (route: which); what it does not want (false)
     * is answered 404. Those taken are answered exactly once. */
    bool (*serve)(void *ctx, struct exchange *x, enum route_type route);
    void *ctx;
    /* NULL: route_find. Of one that gives no route to readers or the feed, `readers` may
     * be NULL, with no watchers. */
    enum route_type (*find)(const struct http_request *rq, struct http_response *out);
};

/* Listening when it returns, serving since. STATUS_IO, and said: cannot listen there. */
enum status face_open(const struct face_options *o, struct face **out);
uint16_t face_port(const struct face *f);

/* Entries up to `size` were committed. Takes the events. Any thread; waits while the face
 * has several such batches in hand. */
void face_publish(struct face *f, struct event *events, size_t n, uint64_t size,
                  struct bytes root_base64);

/* The same, without events: nobody seemed to watch. Whoever does reads from the store. */
void face_skip(struct face *f, uint64_t size);
unsigned face_watchers(const struct face *f); /* any thread */

/* New requests are answered 503 from now on. */
void face_quiet(struct face *f);
/* Lets answers leave (a few seconds at most), then closes everything. Every exchange must
 * have been answered, or be answered before this returns. Accepts NULL. */
void face_close(struct face *f);

struct face_stats {
    unsigned connections, watchers;
    uint64_t answer_bytes; /* in memory, on their way out */
    uint64_t requests, frames_sent, watchers_cut, catchups;
    uint64_t connections_cut;     /* made room, or took nothing */
    uint64_t connections_refused; /* beyond a limit */
    uint64_t answers_refused;     /* beyond answers_max */
};
void face_stats(struct face *f, struct face_stats *out);

/* Valid until the answer. */
const struct http_request *exchange_request(const struct exchange *x);
/* Whom limits count it for: behind a trusted proxy, who is behind. False: nobody, a
 * program on this machine. */
bool exchange_sender(const struct exchange *x, struct address *out);
/* Nobody waits for the answer any more. It is to be answered all the same, with anything.
 * Any thread, at any time until then. */
bool exchange_gone(const struct exchange *x);
/* Takes what `rs` owns. Any thread. */
void exchange_answer(struct exchange *x, struct http_response *rs);
/* The short answer that there is no room now. */
void exchange_busy(struct exchange *x);

#endif
