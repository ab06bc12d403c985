/* shared/io/link_client_nng.c: the asking side of the link, over nng.
 *
 * nng 1.5.2 is not to be trusted with cancelling a request, so none is: a call that
 * nobody waits for any more keeps its context until the answer comes, however late.
 */
#include <assert.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "io/bounded.h"
#include "io/link_client_internal.h"
#include "link/message.h"

#define CALLS_MAX 16
#define RECONNECT_MIN_MS 100
#define RECONNECT_MAX_MS 5000
#define CLOSE_WAIT_MS 2000

enum call_state {
    CALL_FREE,
    CALL_SENDING,   /* and somebody waits */
    CALL_RECEIVING, /* the same */
    CALL_DONE,      /* the waiting one takes `msg`, or `failed` */
};

struct call {
    struct nng_client *client;
    nng_ctx ctx;
    nng_aio *aio;
    nng_msg *msg;
    enum call_state state;
    bool abandoned;    /* nobody waits any more */
    bool failed, left; /* no answer came; the request was handed over before */
};

struct nng_client {
    struct link_client base;
    nng_socket req, sub;
    bool has_req, has_sub;
    char hints_url[128];
    nng_aio *hint_aio;

    /* Under the base's lock, all below. */
    unsigned peers;
    bool closing;
    unsigned in_nng; /* calls of nng's on its own threads, under way */
    struct call calls[CALLS_MAX];
};

static void on_pipe(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
    struct nng_client *c = arg;

    (void)pipe;
    pthread_mutex_lock(&c->base.lock);
    if (ev == NNG_PIPE_EV_ADD_POST)
        c->peers++;
    else if (ev == NNG_PIPE_EV_REM_POST)
        c->peers--;
    pthread_cond_broadcast(&c->base.changed);
    pthread_mutex_unlock(&c->base.lock);
}

/* Under the lock. */
static void call_end(struct call *call, bool failed)
{
    call->failed = failed;
    call->left = call->state == CALL_RECEIVING;
    call->state = CALL_DONE;
    if (call->abandoned) {
        nng_msg_free(call->msg);
        call->msg = NULL;
        call->state = CALL_FREE;
    }
    pthread_cond_broadcast(&call->client->base.changed);
}

/* A call of nng's on one of its own threads has returned. */
static void leave(struct nng_client *c)
{
    pthread_mutex_lock(&c->base.lock);
    if (--c->in_nng == 0)
        pthread_cond_broadcast(&c->base.changed);
    pthread_mutex_unlock(&c->base.lock);
}

/* On nng's thread: sent, or answered. */
static void on_call(void *arg)
{
    struct call *call = arg;
    struct nng_client *c = call->client;
    int rv = nng_aio_result(call->aio);
    bool receive = false;

    pthread_mutex_lock(&c->base.lock);
    if (call->state == CALL_SENDING) {
        if (rv != 0) {
            nng_msg_free(nng_aio_get_msg(call->aio));
            nng_aio_set_msg(call->aio, NULL);
            call_end(call, true);
        } else {
            call->state = CALL_RECEIVING;
            receive = true;
        }
    } else if (rv != 0) {
        call_end(call, true);
    } else {
        call->msg = nng_aio_get_msg(call->aio);
        nng_aio_set_msg(call->aio, NULL);
        call_end(call, false);
    }
    if (receive && c->closing) {
        receive = false;
        call_end(call, true);
    }
    c->in_nng += receive;
    pthread_mutex_unlock(&c->base.lock);
    if (receive) {
        nng_ctx_recv(call->ctx, call->aio);
        leave(c);
    }
}

static void on_hint(void *arg)
{
    struct nng_client *c = arg;
    int rv = nng_aio_result(c->hint_aio);
    struct message m;
    nng_msg *msg;
    bool on;

    if (rv == NNG_ECLOSED || rv == NNG_ECANCELED)
        return; /* shutting down */
    if (rv == 0) {
        msg = nng_aio_get_msg(c->hint_aio);
        if (message_decode((struct bytes){ nng_msg_body(msg), nng_msg_len(msg) }, &m) ==
                STATUS_OK &&
            m.type == MESSAGE_HINT) {
            pthread_mutex_lock(&c->base.lock);
            c->base.hint = m.u.hint.size;
            pthread_cond_broadcast(&c->base.changed);
            pthread_mutex_unlock(&c->base.lock);
        }
        nng_msg_free(msg);
    }
    pthread_mutex_lock(&c->base.lock);
    on = !c->closing;
    c->in_nng += on;
    pthread_mutex_unlock(&c->base.lock);
    if (on) {
        nng_recv_aio(c->sub, c->hint_aio);
        leave(c);
    }
}

static int dial(nng_socket sock, const char *url)
{
    int rv = nng_socket_set_size(sock, NNG_OPT_RECVMAXSZ, LINK_FRAME_MAX);

    if (rv == 0)
        rv = nng_socket_set_ms(sock, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
    if (rv == 0)
        rv = nng_socket_set_ms(sock, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
    if (rv == 0)
        rv = nng_dial(sock, url, NULL, NNG_FLAG_NONBLOCK);
    return rv;
}

static int open_req(struct nng_client *c, const char *url)
{
    int rv = nng_req0_open(&c->req);

    if (rv != 0)
        return rv;
    c->has_req = true;
    rv = nng_pipe_notify(c->req, NNG_PIPE_EV_ADD_POST, on_pipe, c);
    if (rv == 0)
        rv = nng_pipe_notify(c->req, NNG_PIPE_EV_REM_POST, on_pipe, c);
    for (size_t i = 0; rv == 0 && i < CALLS_MAX; i++) {
        struct call *call = &c->calls[i];

        call->client = c;
        rv = nng_ctx_open(&call->ctx, c->req);
        if (rv == 0)
            rv = nng_aio_alloc(&call->aio, on_call, call);
    }
    return rv == 0 ? dial(c->req, url) : rv;
}

static enum status status_of(int rv)
{
    if (rv == 0)
        return STATUS_OK;
    if (rv == NNG_ENOMEM)
        return STATUS_NOMEM;
    return rv == NNG_EADDRINVAL || rv == NNG_EINVAL || rv == NNG_ENOTSUP ? STATUS_USAGE
                                                                         : STATUS_IO;
}

static enum status client_hints(struct link_client *base, const char *hints_url)
{
    struct nng_client *c = (struct nng_client *)base;
    int rv;

    if (c->has_sub || hints_url[0] == '\0')
        return STATUS_OK;
    rv = nng_sub0_open(&c->sub);
    if (rv != 0)
        return status_of(rv);
    c->has_sub = true;
    rv = nng_socket_set(c->sub, NNG_OPT_SUB_SUBSCRIBE, "", 0);
    if (rv == 0)
        rv = nng_aio_alloc(&c->hint_aio, on_hint, c);
    if (rv == 0)
        rv = dial(c->sub, hints_url);
    if (rv == 0)
        nng_recv_aio(c->sub, c->hint_aio);
    return status_of(rv);
}

/* On a thread of its own: see client_close. */
static void tear_down(void *arg)
{
    struct nng_client *c = arg;

    if (c->has_sub)
        nng_close(c->sub);
    if (c->has_req)
        nng_close(c->req);
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->calls[i].aio == NULL)
            continue;
        nng_aio_stop(c->calls[i].aio);
        nng_aio_free(c->calls[i].aio);
        nng_msg_free(c->calls[i].msg);
    }
    if (c->hint_aio != NULL) {
        nng_aio_stop(c->hint_aio);
        nng_aio_free(c->hint_aio);
    }
    link_client_destroy(&c->base);
    free(c);
}

/* nng 1.5.2 can wait for ever in nng_close when the other side ends in the midst of it
 * (upstream #1543, mended later). What is closed here is at its end: every call has its
 * answer or was given up, so nothing is lost when the socket is left as it is. Most who
 * close are commands, whose process ends next and takes it along; a daemon closes its
 * links when it ends, too. */
static void client_close(struct link_client *base)
{
    struct nng_client *c = (struct nng_client *)base;

    pthread_mutex_lock(&c->base.lock);
    c->closing = true;
    while (c->in_nng > 0) /* as the server does; they never block */
        pthread_cond_wait(&c->base.changed, &c->base.lock);
    pthread_mutex_unlock(&c->base.lock);
    if (!bounded_call(tear_down, c, CLOSE_WAIT_MS))
        say_debug("link: nng does not close; left as it is");
}

/* Under the lock: a free call, once connected. */
static enum status call_begin(struct nng_client *c, const struct timespec *until,
                              struct call **out)
{
    while (c->peers == 0)
        if (c->base.quit || !link_client_changed(&c->base, until))
            return STATUS_UNREACHABLE;
    for (size_t i = 0; i < CALLS_MAX; i++) {
        if (c->calls[i].state == CALL_FREE) {
            *out = &c->calls[i];
            (*out)->state = CALL_SENDING;
            (*out)->abandoned = (*out)->failed = false;
            return STATUS_OK;
        }
    }
    return STATUS_BUSY;
}

/* Under the lock: wait for the end of a call that was sent. */
static enum status call_wait(struct nng_client *c, struct call *call,
                             const struct timespec *until, nng_msg **msg)
{
    while (call->state != CALL_DONE) {
        bool over = c->base.quit || !link_client_changed(&c->base, until);

        if (over && call->state != CALL_DONE) {
            call->abandoned = true;
            return STATUS_TIMEOUT;
        }
    }
    *msg = call->msg;
    call->msg = NULL;
    call->state = CALL_FREE;
    if (call->failed) /* who has the request may have answered, and the answer got lost */
        return call->left ? STATUS_TIMEOUT : STATUS_UNREACHABLE;
    return STATUS_OK;
}

static enum status client_call(struct link_client *base, struct bytes request,
                               int timeout_ms, struct buf *answer)
{
    struct nng_client *c = (struct nng_client *)base;
    struct timespec until = link_client_deadline((uint64_t)timeout_ms);
    struct call *call = NULL;
    nng_msg *msg = NULL;
    enum status st;

    assert(request.len <= LINK_FRAME_MAX);
    buf_reset(answer);
    if (nng_msg_alloc(&msg, 0) != 0 ||
        nng_msg_append(msg, request.ptr, request.len) != 0) {
        nng_msg_free(msg);
        return STATUS_NOMEM;
    }
    pthread_mutex_lock(&c->base.lock);
    st = call_begin(c, &until, &call);
    pthread_mutex_unlock(&c->base.lock);
    if (st != STATUS_OK) {
        nng_msg_free(msg);
        return st;
    }
    nng_aio_set_msg(call->aio, msg);
    nng_ctx_send(call->ctx, call->aio);

    msg = NULL;
    pthread_mutex_lock(&c->base.lock);
    st = call_wait(c, call, &until, &msg);
    pthread_mutex_unlock(&c->base.lock);
    if (msg != NULL) {
        buf_append(answer, nng_msg_body(msg), nng_msg_len(msg));
        nng_msg_free(msg);
    }
    return st == STATUS_OK ? buf_status(answer) : st;
}

static bool client_connected(struct link_client *base)
{
    struct nng_client *c = (struct nng_client *)base;
    bool connected;

    pthread_mutex_lock(&c->base.lock);
    connected = c->peers > 0;
    pthread_mutex_unlock(&c->base.lock);
    return connected;
}

enum status link_client_open_nng(const char *url, struct link_client **out)
{
    static const struct link_client_type type = {
        .close = client_close,
        .hints = client_hints,
        .call = client_call,
        .connected = client_connected,
    };
    struct nng_client *c = calloc(1, sizeof(*c));
    enum status st;

    if (c == NULL)
        return STATUS_NOMEM;
    link_client_init(&c->base, &type);
    st = status_of(open_req(c, url));
    if (st != STATUS_OK) {
        client_close(&c->base);
        return st;
    }
    *out = &c->base;
    return STATUS_OK;
}
