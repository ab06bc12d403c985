/* shared/io/link_request_nng.c: one request of the link after the other: received, handed
 * over, answered. */
#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/link_internal_nng.h"
#include "link/message.h"

static bool is_in_hand(enum rq_state state)
{
    return state == RQ_SERVING || state == RQ_SENDING;
}

void link_hang_up(struct link_server *s, uint32_t id)
{
    if (id == 0)
        return;
    pthread_mutex_lock(&s->lock);
    s->cut++;
    pthread_mutex_unlock(&s->lock);
    nng_pipe_close((nng_pipe){ .id = id });
}

/* What it had asked is no longer in hand. */
static uint32_t let_go(struct link_server *s, struct link_request *rq)
{
    if (--s->in_hand == 0)
        pthread_cond_broadcast(&s->rested);
    return link_peers_end(s->peers, (uint32_t)nng_pipe_id(rq->pipe), rq->sending);
}

/* RQ_SERVING is entered by on_received(). */
static void set_state(struct link_request *rq, enum rq_state state)
{
    struct link_server *s = rq->server;
    uint32_t cut = 0;

    assert(state != RQ_SERVING);
    pthread_mutex_lock(&s->lock);
    if (is_in_hand(rq->state) && !is_in_hand(state))
        cut = let_go(s, rq);
    if (rq->state == RQ_SENDING) {
        s->waiting--;
        s->sending -= rq->sending;
        rq->sending = 0;
    }
    if (state == RQ_SENDING) {
        s->waiting++;
        s->sending += rq->sending;
    }
    rq->state = state;
    pthread_mutex_unlock(&s->lock);
    link_hang_up(s, cut);
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

void link_receive(struct link_request *rq)
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

static void answer_busy(struct link_request *rq, const char *why)
{
    struct buf busy = { 0 };

    message_error(503, why, &busy);
    link_request_answer(rq, buf_bytes(&busy));
    buf_clear(&busy);
}

static enum link_verdict begin(struct link_request *rq)
{
    struct link_server *s = rq->server;
    enum link_verdict verdict;

    rq->pipe = nng_msg_get_pipe(rq->msg);
    pthread_mutex_lock(&s->lock);
    verdict = link_peers_begin(s->peers, (uint32_t)nng_pipe_id(rq->pipe), clock_ms());
    if (verdict != LINK_CUT) {
        rq->state = RQ_SERVING;
        s->in_hand++;
    }
    s->busy += verdict == LINK_BUSY;
    pthread_mutex_unlock(&s->lock);
    return verdict;
}

static void on_received(struct link_request *rq)
{
    struct link_server *s = rq->server;
    struct bytes request;

    rq->msg = nng_aio_get_msg(rq->aio);
    request = (struct bytes){ nng_msg_body(rq->msg), nng_msg_len(rq->msg) };
    switch (begin(rq)) {
    case LINK_CUT:
        link_hang_up(s, (uint32_t)nng_pipe_id(rq->pipe));
        nng_msg_free(rq->msg);
        rq->msg = NULL;
        link_receive(rq);
        return;
    case LINK_BUSY:
        answer_busy(rq, "busy: this address has too much in hand");
        return;
    case LINK_TAKE:
        break;
    }
    if (atomic_load(&s->quiet))
        answer_busy(rq, "shutting down");
    else
        s->serve(s->ctx, rq, request);
}

/* On nng's thread: the request came, or the answer left. */
void link_on_event(void *arg)
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
    link_receive(rq);
}

/* Is there room for an answer so long? */
static bool take_room(struct link_request *rq, size_t len)
{
    struct link_server *s = rq->server;
    bool room;

    pthread_mutex_lock(&s->lock);
    room = s->sending + len <= LINK_ANSWERS_MAX;
    rq->sending = len;
    rq->sending_ms = clock_ms();
    s->busy += !room;
    pthread_mutex_unlock(&s->lock);
    return room;
}

/* Of the answers that wait, too many: whose has waited longest? 0: all is well. */
static uint32_t slowest(struct link_server *s)
{
    const struct link_request *found = NULL;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; s->waiting > LINK_WAITING_MAX && i < LINK_CONTEXTS; i++) {
        const struct link_request *rq = &s->requests[i];

        if (rq->state == RQ_SENDING &&
            (found == NULL || rq->sending_ms < found->sending_ms))
            found = rq;
    }
    pthread_mutex_unlock(&s->lock);
    return found != NULL ? (uint32_t)nng_pipe_id(found->pipe) : 0;
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
        rq->sending = 0;
        link_receive(rq); /* without an answer the peer asks again */
        return;
    }
    if (!enter(s)) {
        nng_msg_free(msg);
        rq->sending = 0;
        set_state(rq, RQ_RESTING);
        return;
    }
    set_state(rq, RQ_SENDING);
    nng_aio_set_msg(rq->aio, msg);
    nng_ctx_send(rq->ctx, rq->aio);
    leave(s);
    link_hang_up(s, slowest(s));
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
    rq->sending = busy.len;
    answer(rq, buf_bytes(&busy));
    buf_clear(&busy);
}

bool link_request_alive(const struct link_request *rq)
{
    struct link_server *s = rq->server;
    bool alive;

    pthread_mutex_lock(&s->lock);
    alive = link_peers_has(s->peers, (uint32_t)nng_pipe_id(rq->pipe));
    pthread_mutex_unlock(&s->lock);
    return alive;
}

bool link_request_sender(const struct link_request *rq, struct address *out)
{
    struct link_server *s = rq->server;
    bool counts;

    pthread_mutex_lock(&s->lock);
    counts = link_peers_sender(s->peers, (uint32_t)nng_pipe_id(rq->pipe), out);
    pthread_mutex_unlock(&s->lock);
    return counts;
}

uint64_t link_request_asker(const struct link_request *rq)
{
    struct address from = { { 0 } };

    (void)link_request_sender(rq, &from);
    return address_hash(&from);
}
