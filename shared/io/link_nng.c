/* shared/io/link_nng.c: the serving side of the link; link_client_nng.c asks. */
#include "io/link_nng.h"

#include <assert.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "link/message.h"

/* How long closing waits for answers to leave. */
#define CLOSE_WAIT_S 5

enum rq_state { RQ_RECEIVING, RQ_SERVING, RQ_SENDING, RQ_RESTING };

struct link_request {
    struct link_server *server;
    nng_ctx ctx;
    bool has_ctx;
    nng_aio *aio;
    nng_msg *msg; /* RQ_SERVING: what was asked */
    /* RQ_SENDING, under the server's lock: bytes of the answer, to whom, since when */
    size_t sending;
    nng_pipe pipe;
    uint64_t sending_ms;
    enum rq_state state; /* under the server's lock */
};

struct link_server {
    nng_socket rep, pub;
    bool has_rep, has_pub;
    link_serve_fn *serve;
    void *ctx;
    char url[128], hints_url[128];
    uint16_t hints_port;
    atomic_uint peers;
    atomic_bool quiet;

    pthread_mutex_t lock;
    pthread_cond_t rested;
    unsigned in_hand; /* requests in RQ_SERVING or RQ_SENDING */
    unsigned calls;   /* of nng's on our contexts, under way */
    bool closing;     /* no more of them */
    size_t sending;   /* bytes of answers in RQ_SENDING */
    struct link_request requests[LINK_CONTEXTS];
};

static void set_state(struct link_request *rq, enum rq_state state)
{
    struct link_server *s = rq->server;
    bool was, is = state == RQ_SERVING || state == RQ_SENDING;

    pthread_mutex_lock(&s->lock);
    was = rq->state == RQ_SERVING || rq->state == RQ_SENDING;
    rq->state = state;
    if (state != RQ_SENDING) {
        s->sending -= rq->sending;
        rq->sending = 0;
    }
    if (is && !was)
        s->in_hand++;
    if (was && !is && --s->in_hand == 0)
        pthread_cond_broadcast(&s->rested);
    pthread_mutex_unlock(&s->lock);
}

static enum rq_state get_state(struct link_request *rq)
{
    enum rq_state state;

    pthread_mutex_lock(&rq->server->lock);
    state = rq->state;
    pthread_mutex_unlock(&rq->server->lock);
    return state;
}

/* nng 1.5.2 frees a socket while nng_ctx_send is still on its way out of it, when the
 * answer has left already: so closing waits until no such call is under way. False: the
 * server is closing, and the call must not be made. */
static bool enter(struct link_server *s)
{
    bool open;

    pthread_mutex_lock(&s->lock);
    open = !s->closing;
    if (open)
        s->calls++;
    pthread_mutex_unlock(&s->lock);
    return open;
}

static void leave(struct link_server *s)
{
    pthread_mutex_lock(&s->lock);
    if (--s->calls == 0)
        pthread_cond_broadcast(&s->rested);
    pthread_mutex_unlock(&s->lock);
}

static void receive(struct link_request *rq)
{
    struct link_server *s = rq->server;

    if (!enter(s)) {
        set_state(rq, RQ_RESTING);
        return;
    }
    set_state(rq, RQ_RECEIVING);
    nng_ctx_recv(rq->ctx, rq->aio);
    leave(s);
}

static void on_received(struct link_request *rq)
{
    struct bytes request;

    rq->msg = nng_aio_get_msg(rq->aio);
    request = (struct bytes){ nng_msg_body(rq->msg), nng_msg_len(rq->msg) };
    set_state(rq, RQ_SERVING);
    if (atomic_load(&rq->server->quiet)) {
        struct buf busy = { 0 };

        message_error(503, "shutting down", &busy);
        link_request_answer(rq, buf_bytes(&busy));
        buf_clear(&busy);
        return;
    }
    rq->server->serve(rq->server->ctx, rq, request);
}

/* On nng's thread: the request came, or the answer left. */
static void on_event(void *arg)
{
    struct link_request *rq = arg;
    int rv = nng_aio_result(rq->aio);

    if (rv == NNG_ECLOSED || rv == NNG_ECANCELED) {
        set_state(rq, RQ_RESTING); /* shutting down */
        return;
    }
    if (get_state(rq) == RQ_RECEIVING && rv == 0) {
        on_received(rq);
        return;
    }
    if (get_state(rq) == RQ_SENDING && rv != 0)
        nng_msg_free(nng_aio_get_msg(rq->aio)); /* the peer has gone */
    receive(rq);
}

/* Is there room for an answer so long? Then it is taken. */
static bool take_room(struct link_request *rq, size_t len)
{
    struct link_server *s = rq->server;
    bool room;

    pthread_mutex_lock(&s->lock);
    room = s->sending + len <= LINK_ANSWERS_MAX;
    rq->pipe = nng_msg_get_pipe(rq->msg);
    rq->sending_ms = clock_ms();
    if (room) {
        s->sending += len;
        rq->sending = len;
    }
    pthread_mutex_unlock(&s->lock);
    return room;
}

static void answer(struct link_request *rq, struct bytes text)
{
    struct link_server *s = rq->server;
    nng_msg *msg = NULL;

    nng_msg_free(rq->msg);
    rq->msg = NULL;
    if (nng_msg_alloc(&msg, 0) != 0 || nng_msg_append(msg, text.ptr, text.len) != 0) {
        say_unusual("link: out of memory for an answer of %zu bytes", text.len);
        nng_msg_free(msg);
        receive(rq); /* without an answer the peer asks again */
        return;
    }
    if (!enter(s)) {
        nng_msg_free(msg);
        set_state(rq, RQ_RESTING);
        return;
    }
    set_state(rq, RQ_SENDING);
    nng_aio_set_msg(rq->aio, msg);
    nng_ctx_send(rq->ctx, rq->aio);
    leave(s);
}

void link_request_answer(struct link_request *rq, struct bytes text)
{
    struct buf busy = { 0 };

    assert(get_state(rq) == RQ_SERVING);
    if (take_room(rq, text.len)) {
        answer(rq, text);
        return;
    }
    message_error(503, "busy", &busy);
    answer(rq, buf_bytes(&busy));
    buf_clear(&busy);
}

/* Of an answer's nng aio a timeout would do, but nng 1.5.2 panics now and then after a
 * cancelled send: we hang up instead, as if the peer had gone. */
void link_server_sweep(struct link_server *s)
{
    nng_pipe stuck[16];
    size_t n = 0;
    uint64_t now_ms = clock_ms();

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < LINK_CONTEXTS && n < 16; i++) {
        const struct link_request *rq = &s->requests[i];

        if (rq->state == RQ_SENDING && now_ms > rq->sending_ms + LINK_SEND_MS)
            stuck[n++] = rq->pipe;
    }
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < n; i++)
        nng_pipe_close(stuck[i]);
}

static void on_pipe(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
    struct link_server *s = arg;

    (void)pipe;
    if (ev == NNG_PIPE_EV_ADD_POST)
        atomic_fetch_add(&s->peers, 1);
    else if (ev == NNG_PIPE_EV_REM_POST)
        atomic_fetch_sub(&s->peers, 1);
}

static int limit_socket(nng_socket sock)
{
    return nng_socket_set_size(sock, NNG_OPT_RECVMAXSZ, LINK_REQUEST_MAX);
}

/* Listen at `url`; with port 0 the system chooses. The real address goes to `real`. */
static int listen_at(nng_socket sock, const char *url, char real[128], uint16_t *port)
{
    nng_listener l;
    const char *colon = strrchr(url, ':');
    int bound = 0;
    int rv = nng_listener_create(&l, sock, url);

    if (rv == 0)
        rv = nng_listener_start(l, 0);
    if (rv != 0)
        return rv;
    if (strncmp(url, "tcp://", 6) == 0 && colon != NULL &&
        nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &bound) == 0 && bound != 0)
        snprintf(real, 128, "%.*s:%d", (int)(colon - url), url, bound);
    else
        snprintf(real, 128, "%s", url);
    *port = (uint16_t)bound;
    return 0;
}

static int open_rep(struct link_server *s, const char *url)
{
    uint16_t port;
    int rv = nng_rep0_open(&s->rep);

    if (rv != 0)
        return rv;
    s->has_rep = true;
    rv = limit_socket(s->rep);
    if (rv == 0)
        rv = nng_pipe_notify(s->rep, NNG_PIPE_EV_ADD_POST, on_pipe, s);
    if (rv == 0)
        rv = nng_pipe_notify(s->rep, NNG_PIPE_EV_REM_POST, on_pipe, s);
    if (rv == 0)
        rv = listen_at(s->rep, url, s->url, &port);
    return rv;
}

static int open_pub(struct link_server *s, const char *url)
{
    int rv = nng_pub0_open(&s->pub);

    if (rv != 0)
        return rv;
    s->has_pub = true;
    rv = limit_socket(s->pub);
    if (rv == 0)
        rv = listen_at(s->pub, url, s->hints_url, &s->hints_port);
    return rv;
}

static int open_requests(struct link_server *s)
{
    int rv = 0;

    for (size_t i = 0; rv == 0 && i < LINK_CONTEXTS; i++) {
        struct link_request *rq = &s->requests[i];

        rq->server = s;
        rq->state = RQ_RESTING;
        rv = nng_aio_alloc(&rq->aio, on_event, rq);
        if (rv == 0)
            rv = nng_ctx_open(&rq->ctx, s->rep);
        rq->has_ctx = rv == 0;
    }
    return rv;
}

enum status link_server_open(const struct link_server_options *o,
                             struct link_server **out)
{
    struct link_server *s = calloc(1, sizeof(*s));
    bool hints = o->hints_url != NULL && o->hints_url[0] != '\0';
    int rv;

    if (s == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->rested, NULL);
    s->serve = o->serve;
    s->ctx = o->ctx;
    rv = open_rep(s, o->url);
    if (rv != 0)
        say_error("cannot listen on %s: %s", o->url, nng_strerror(rv));
    if (rv == 0 && hints) {
        rv = open_pub(s, o->hints_url);
        if (rv != 0)
            say_error("cannot listen on %s: %s", o->hints_url, nng_strerror(rv));
    }
    if (rv == 0)
        rv = open_requests(s);
    if (rv != 0) {
        link_server_close(s);
        return rv == NNG_ENOMEM ? STATUS_NOMEM : STATUS_IO;
    }
    for (size_t i = 0; i < LINK_CONTEXTS; i++)
        receive(&s->requests[i]);
    *out = s;
    return STATUS_OK;
}

const char *link_server_url(const struct link_server *s)
{
    return s->url;
}

const char *link_server_hints_url(const struct link_server *s)
{
    return s->hints_url;
}

uint16_t link_request_hints_port(const struct link_request *rq)
{
    return rq->server->hints_port;
}

unsigned link_server_peers(const struct link_server *s)
{
    return atomic_load(&s->peers);
}

void link_server_hint(struct link_server *s, uint64_t size)
{
    struct message m = { .type = MESSAGE_HINT };
    struct buf out = { 0 };

    if (!s->has_pub)
        return;
    m.u.hint.size = size;
    message_encode(&m, &out);
    if (!out.bad)
        nng_send(s->pub, out.ptr, out.len, NNG_FLAG_NONBLOCK); /* may be lost */
    buf_clear(&out);
}

void link_server_quiet(struct link_server *s)
{
    atomic_store(&s->quiet, true);
}

static void wait_rested(struct link_server *s)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_WAIT_S;
    pthread_mutex_lock(&s->lock);
    while (s->in_hand > 0)
        if (pthread_cond_timedwait(&s->rested, &s->lock, &until) != 0)
            break;
    if (s->in_hand > 0)
        say_unusual("link: %u answers could not be sent", s->in_hand);
    s->closing = true;
    while (s->calls > 0) /* they never block */
        pthread_cond_wait(&s->rested, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

void link_server_close(struct link_server *s)
{
    if (s == NULL)
        return;
    link_server_quiet(s);
    wait_rested(s);
    if (s->has_pub)
        nng_close(s->pub);
    if (s->has_rep)
        nng_close(s->rep); /* closes the contexts as well */
    for (size_t i = 0; i < LINK_CONTEXTS; i++) {
        if (s->requests[i].aio != NULL) {
            nng_aio_stop(s->requests[i].aio);
            nng_aio_free(s->requests[i].aio);
        }
    }
    pthread_cond_destroy(&s->rested);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
