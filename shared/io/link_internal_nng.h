/* shared/io/link_internal_nng.h: what the files of the link's serving side share. */
#ifndef AVOW_IO_LINK_INTERNAL_NNG_H
#define AVOW_IO_LINK_INTERNAL_NNG_H

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>

#include "io/link_nng.h"
#include "io/link_peers.h"

enum rq_state { RQ_RECEIVING, RQ_SERVING, RQ_SENDING, RQ_RESTING };

struct link_request {
    struct link_server *server;
    nng_ctx ctx;
    bool has_ctx;
    nng_aio *aio;
    nng_msg *msg; /* RQ_SERVING: what was asked */
    /* Under the server's lock: */
    nng_pipe pipe;       /* RQ_SERVING, RQ_SENDING: who asked */
    size_t sending;      /* RQ_SENDING: bytes of the answer */
    uint64_t sending_ms; /* ... since when */
    enum rq_state state;
};

struct link_server {
    nng_socket rep, pub;
    bool has_rep, has_pub;
    link_serve_fn *serve;
    void *ctx;
    char url[128], hints_url[128];
    uint16_t hints_port;
    atomic_bool quiet;

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t rested;
    unsigned in_hand;                    /* requests in RQ_SERVING or RQ_SENDING */
    unsigned calls;                      /* of nng's on our contexts, under way */
    bool closing;                        /* no more of them */
    unsigned waiting;                    /* answers in RQ_SENDING */
    size_t sending;                      /* ... and their bytes */
    struct link_peers *peers, *watchers; /* of rep, of pub */
    uint64_t refused, cut, busy;
    struct link_request requests[LINK_CONTEXTS];
};

/* Hang up on a connection (0: none). From nowhere under the lock: nng calls us back. */
void link_hang_up(struct link_server *s, uint32_t id);
/* Take the next request; from then on the context goes its round by itself, until the
 * server is closing. */
void link_receive(struct link_request *rq);
/* The nng_aio's callback; `arg` is the request. */
void link_on_event(void *rq);

#endif
