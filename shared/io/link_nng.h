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

#include "base/bytes.h"
#include "base/limits.h"

/* Requests that a server has in hand at once; more wait in the sockets. As many as a
 * batch should have where a commit takes milliseconds. */
#define LINK_CONTEXTS 256
/* The largest request gives entries back: a bundle of LINK_RETURN_MAX, with its proof and
 * checkpoint. */
#define LINK_RETURN_MAX ((uint32_t)(2 + NOTE_MAX))
#define LINK_REQUEST_MAX (CHECKPOINT_MAX + LINK_RETURN_MAX + 4096)
/* Answers on their way, in bytes; whoever asks for more is told to come again. */
#define LINK_ANSWERS_MAX ((size_t)96 * 1024 * 1024)
/* A peer that takes no answer for so long has none. */
#define LINK_SEND_MS 5000

/* --- server ----------------------------------------------------------------------- */

struct link_server;
/* One request that was taken and is to be answered, exactly once, from any thread. */
struct link_request;

/* `request` stays valid until the answer. */
typedef void link_serve_fn(void *ctx, struct link_request *rq, struct bytes request);

struct link_server_options {
    const char *url;       /* "tcp://127.0.0.1:7421"; port 0: any that is free */
    const char *hints_url; /* where hints are published; NULL or "": not at all */
    link_serve_fn *serve;
    void *ctx;
};

/* Listening when it returns. STATUS_IO, and said: cannot listen there. */
enum status link_server_open(const struct link_server_options *o,
                             struct link_server **out);
/* The addresses really listened on, "tcp://127.0.0.1:38211"; "" no hints. */
const char *link_server_url(const struct link_server *s);
const char *link_server_hints_url(const struct link_server *s);
/* The port of the hints of the server that took the request; 0: none. */
uint16_t link_request_hints_port(const struct link_request *rq);

/* Send the answer (copied). */
void link_request_answer(struct link_request *rq, struct bytes answer);

/* The log has grown to `size`. Any thread; never blocks, may be lost. */
void link_server_hint(struct link_server *s, uint64_t size);

/* Hang up on peers that have taken no answer for LINK_SEND_MS. Call once a second or so,
 * from any thread but nng's. */
void link_server_sweep(struct link_server *s);

/* Peers connected now. */
unsigned link_server_peers(const struct link_server *s);

/* Take no more requests; those taken are still answered. */
void link_server_quiet(struct link_server *s);
/* Once, at the end, when every request taken was answered. Accepts NULL. */
void link_server_close(struct link_server *s);

#endif
