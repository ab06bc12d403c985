/* shared/io/link_nng.h
 *
 * nng's one door: the serving side of the request/reply link between nodes and brokers,
 * and its hints; the asking side is io/link_client.h's. Nothing is decided here: a server
 * hands each request over and sends what it is given back. Messages are link/message.h's.
 *
 * nng's own threads never work: `serve` runs on one of them, and must only hand over.
 */
#ifndef AVOW_IO_LINK_NNG_H
#define AVOW_IO_LINK_NNG_H

#include "base/limits.h"
#include "base/peer.h"

/* Requests that a server has in hand at once; more wait in the sockets. As many as a
 * batch should have where a commit takes milliseconds. */
#define LINK_CONTEXTS 256
/* The largest request gives entries back: a bundle of LINK_RETURN_MAX, with its proof and
 * checkpoint. */
#define LINK_RETURN_MAX ((uint32_t)(2 + NOTE_MAX))
#define LINK_REQUEST_MAX (CHECKPOINT_MAX + LINK_RETURN_MAX + 4096)
/* Answers that wait for the one before, in bytes; whoever asks for more is told to come
 * again. */
#define LINK_ANSWERS_MAX ((size_t)64 * 1024 * 1024)
/* ... and in number: where more wait, whoever has kept us waiting longest is hung up on.
 */
#define LINK_WAITING_MAX (LINK_CONTEXTS / 4)
/* Answers that were handed to the sockets and may not have left: of each peer the last.
 */
#define LINK_HELD_MAX ((size_t)128 * 1024 * 1024)
/* Requests in hand of one address. */
#define LINK_ADDRESS_REQUESTS_MAX (LINK_CONTEXTS / 2)
/* Connections, in all and of one address, where nothing else is set. A node has one here,
 * and one for hints. */
#define LINK_PEERS_MAX 1000
#define LINK_ADDRESS_PEERS_MAX 100
/* A peer that takes no answer for so long has none. */
#define LINK_SEND_MS 5000
#define LINK_CLOSE_MS 1000

/* --- server ----------------------------------------------------------------------- */

struct link_server;
/* One request that was taken and is to be answered, exactly once, from any thread. */
struct link_request;

/* `request` stays valid until the answer. */
typedef void link_serve_fn(void *ctx, struct link_request *rq, struct bytes request);

struct link_server_options {
    const char *url;       /* "tcp://127.0.0.1:7421"; port 0: any that is free */
    const char *hints_url; /* where hints are published; NULL or "": not at all */
    /* Connections, at each of the two, in all and of one address; 0: as above. */
    unsigned peers_max, address_peers_max;
    link_serve_fn *serve;
    void *ctx;
};

/* Listening when it returns. STATUS_IO, and said: cannot listen there. STATUS_USAGE, and
 * said: that is no address. */
enum status link_server_open(const struct link_server_options *o,
                             struct link_server **out);
/* The addresses really listened on, "tcp://127.0.0.1:38211"; "" no hints. */
const char *link_server_url(const struct link_server *s);
const char *link_server_hints_url(const struct link_server *s);
/* False: who asked has gone, and any answer will do. */
bool link_request_alive(const struct link_request *rq);
/* Who asked, as readers count it: an address, and all of this machine as one. */
uint64_t link_request_asker(const struct link_request *rq);
/* Who asked, where limits by address count for it: not for programs on this machine. */
bool link_request_sender(const struct link_request *rq, struct address *out);
/* The port of the hints of the server that took the request; 0: none. */
uint16_t link_request_hints_port(const struct link_request *rq);

/* Send the answer (copied). */
void link_request_answer(struct link_request *rq, struct bytes answer);

/* The log has grown to `size`. Any thread; never blocks, may be lost. */
void link_server_hint(struct link_server *s, uint64_t size);

/* Hang up on peers that have taken no answer for LINK_SEND_MS, or asked nothing for
 * LINK_IDLE_MS. Call once a second or so,
 * from any thread but nng's. */
void link_server_sweep(struct link_server *s);

struct link_server_stats {
    unsigned peers;   /* connected now, but for hints */
    size_t held;      /* bytes of answers that may be on their way */
    uint64_t refused; /* connections: there was no room */
    uint64_t cut;     /* connections: they took no answers, or asked for too much */
    uint64_t busy;    /* requests that were told to come again */
};
void link_server_stats(struct link_server *s, struct link_server_stats *out);

/* Take no more requests; those taken are still answered. */
void link_server_quiet(struct link_server *s);
/* Once, at the end, when every request taken was answered. Answers on their way have
 * LINK_CLOSE_MS to leave. Accepts NULL. */
void link_server_close(struct link_server *s);

#endif
