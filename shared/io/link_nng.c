/* shared/io/link_nng.c: the serving side of the link: its sockets, and who comes and
 * goes. What is asked is link_request_nng.c's; link_client_nng.c asks. */
#include "io/link_nng.h"

#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/bounded.h"
#include "io/link_internal_nng.h"
#include "link/message.h"

/* --- who comes and goes ----------------------------------------------------------- */

static void address_of_pipe(nng_pipe pipe, struct peer_address *out)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    nng_sockaddr sa;

    *out = (struct peer_address){ { 0 } };
    if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &sa) != 0)
        return;
    if (sa.s_family == NNG_AF_INET) {
        in.sin_addr.s_addr = sa.s_in.sa_addr;
        peer_of_sockaddr((const struct sockaddr *)&in, out);
    } else if (sa.s_family == NNG_AF_INET6) {
        memcpy(&in6.sin6_addr, sa.s_in6.sa_addr, 16);
        peer_of_sockaddr((const struct sockaddr *)&in6, out);
    }
}

static void come_or_go(struct link_server *s, struct link_peers *peers, nng_pipe pipe,
                       nng_pipe_ev ev)
{
    uint32_t id = (uint32_t)nng_pipe_id(pipe), cut = 0;
    struct peer_address from;
    bool room = true;

    address_of_pipe(pipe, &from);
    pthread_mutex_lock(&s->lock);
    if (ev == NNG_PIPE_EV_REM_POST)
        link_peers_remove(peers, id);
    else if (ev == NNG_PIPE_EV_ADD_PRE)
        room =
            !atomic_load(&s->quiet) && link_peers_add(peers, id, &from, clock_ms(), &cut);
    s->refused += !room;
    pthread_mutex_unlock(&s->lock);
    if (!room) {
        if (!atomic_load(&s->quiet))
            say_unusual(
                "link: a connection was refused: there are too many, in all or of its "
                "address");
        nng_pipe_close(pipe);
    }
    link_hang_up(s, cut);
}

static void on_peer(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
    struct link_server *s = arg;

    come_or_go(s, s->peers, pipe, ev);
}

static void on_watcher(nng_pipe pipe, nng_pipe_ev ev, void *arg)
{
    struct link_server *s = arg;

    come_or_go(s, s->watchers, pipe, ev);
}

/* Of an answer's nng aio a timeout would do, but nng 1.5.2 panics now and then after a
 * cancelled send: we hang up instead, as if the peer had gone. */
void link_server_sweep(struct link_server *s)
{
    uint32_t stuck[16];
    size_t n = 0;
    uint64_t now_ms = clock_ms();

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < LINK_CONTEXTS && n < 15; i++) {
        const struct link_request *rq = &s->requests[i];

        if (rq->state == RQ_SENDING && now_ms > rq->sending_ms + LINK_SEND_MS)
            stuck[n++] = (uint32_t)nng_pipe_id(rq->pipe);
    }
    stuck[n++] = link_peers_idle(s->peers, now_ms);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < n; i++)
        link_hang_up(s, stuck[i]);
}

/* --- opening ---------------------------------------------------------------------- */

static int limit_socket(struct link_server *s, nng_socket sock, nng_pipe_cb fn)
{
    int rv = nng_socket_set_size(sock, NNG_OPT_RECVMAXSZ, LINK_REQUEST_MAX);

    if (rv == 0)
        rv = nng_pipe_notify(sock, NNG_PIPE_EV_ADD_PRE, fn, s);
    if (rv == 0)
        rv = nng_pipe_notify(sock, NNG_PIPE_EV_REM_POST, fn, s);
    return rv;
}

/* Listen at `url`; with port 0 the system chooses. The real address goes to `real`. */
static int listen_at(nng_socket sock, const char *url, char real[128], uint16_t *port)
{
    nng_listener l;
    const char *colon = strrchr(url, ':');
    int bound = 0;
    int rv = nng_listener_create(&l, sock, url);

    /* Those whose host is gone are found out; not every transport can. */
    if (rv == 0 && strncmp(url, "tcp:", 4) == 0)
        rv = nng_listener_set_bool(l, NNG_OPT_TCP_KEEPALIVE, true);
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
    rv = limit_socket(s, s->rep, on_peer);
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
    rv = limit_socket(s, s->pub, on_watcher);
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
        rv = nng_aio_alloc(&rq->aio, link_on_event, rq);
        if (rv == 0)
            rv = nng_ctx_open(&rq->ctx, s->rep);
        rq->has_ctx = rv == 0;
    }
    return rv;
}

static int open_limits(struct link_server *s, const struct link_server_options *o)
{
    struct link_limits l = { .peers = LINK_PEERS_MAX,
                             .per_address = LINK_ADDRESS_PEERS_MAX,
                             .requests = LINK_ADDRESS_REQUESTS_MAX,
                             .held = LINK_HELD_MAX };

    if (o->peers_max > 0)
        l.peers = o->peers_max;
    if (o->address_peers_max > 0)
        l.per_address = o->address_peers_max;
    return link_peers_new(&l, &s->peers) == STATUS_OK &&
                   link_peers_new(&l, &s->watchers) == STATUS_OK
               ? 0
               : NNG_ENOMEM;
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
    rv = open_limits(s, o);
    if (rv == 0)
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
        return rv == NNG_ENOMEM ? STATUS_NOMEM
               : rv == NNG_EADDRINVAL || rv == NNG_EINVAL || rv == NNG_ENOTSUP
                   ? STATUS_USAGE
                   : STATUS_IO;
    }
    for (size_t i = 0; i < LINK_CONTEXTS; i++)
        link_receive(&s->requests[i]);
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

void link_server_stats(struct link_server *s, struct link_server_stats *out)
{
    pthread_mutex_lock(&s->lock);
    *out = (struct link_server_stats){ .peers = link_peers_count(s->peers),
                                       .held = link_peers_held(s->peers) + s->sending,
                                       .refused = s->refused,
                                       .cut = s->cut,
                                       .busy = s->busy };
    pthread_mutex_unlock(&s->lock);
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

/* Answers leave in this time, or never. */
static void wait_rested(struct link_server *s)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LINK_CLOSE_MS / 1000;
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

/* nng closes a socket when all that hangs on it has ended: so end it. */
static void hang_up_on_all(struct link_server *s)
{
    uint32_t ids[256];
    size_t n;

    do {
        pthread_mutex_lock(&s->lock);
        n = link_peers_all(s->peers, ids, 256);
        for (size_t i = 0; i < n; i++)
            link_peers_remove(s->peers, ids[i]);
        pthread_mutex_unlock(&s->lock);
        for (size_t i = 0; i < n; i++)
            nng_pipe_close((nng_pipe){ .id = ids[i] });
    } while (n > 0);
}

/* On a thread of its own: see link_server_close. */
static void tear_down(void *arg)
{
    struct link_server *s = arg;

    hang_up_on_all(s);
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
    link_peers_free(s->peers);
    link_peers_free(s->watchers);
    pthread_cond_destroy(&s->rested);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Bounded for the reason that link_client_nng.c has: nothing is served any more. */
void link_server_close(struct link_server *s)
{
    if (s == NULL)
        return;
    link_server_quiet(s);
    wait_rested(s);
    if (!bounded_call(tear_down, s, LINK_CLOSE_MS))
        say_debug("link: nng does not close; left as it is");
}
