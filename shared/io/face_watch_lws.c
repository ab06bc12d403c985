/* shared/io/face_watch_lws.c: libwebsockets' one door: the thread of watchers.
 *
 * lws listens nowhere and parses nobody's requests. What it is given is a connection
 * whose handshake the door has checked, with the same handshake in words of ours in front
 * (face/websocket.h), or a plain socket for server-sent events. So HTTP/2, h2c and the
 * faults of its parser (security.md) are out of anyone's reach.
 */
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/say.h"
#include "face/websocket.h"
#include "io/face_watch_lws.h"

/* What the kernel may hold that it did not send, of one watcher: so the next frame, and
 * the answer to a ping, are never behind megabytes. */
#define UNSENT_MAX (64 * 1024)
#define SEND_BUFFER (256 * 1024)

/* --- watchers --------------------------------------------------------------------- */

void watching_ask(struct watching *c)
{
    if (c->asked || c->wsi == NULL)
        return;
    c->asked = true;
    lws_callback_on_writable(c->wsi);
}

bool watching_write(struct watching *c, struct buf *b, size_t from, size_t len)
{
    assert(from >= LWS_PRE && from + len <= b->len);
    c->wrote_ms = clock_ms();
    return lws_write(c->wsi, b->ptr + from, len, LWS_WRITE_HTTP) == (int)len;
}

static void watching_end(struct watching *c)
{
    struct watch *w = c->watch;
    struct face *f = w->face;

    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        w->list = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    feed_unwatch(c->watcher);
    if (c->counted)
        face_count_out(f, &c->key);
    atomic_fetch_sub(&f->watchers, 1);
    atomic_fetch_sub(&f->connections, 1);
    free(c);
}

static struct watching *watching_new(struct watch *w, struct joining *j)
{
    struct watching *c = calloc(1, sizeof(*c));
    struct filter *filter = j->filter;

    j->filter = NULL;
    if (c == NULL) {
        filter_free(filter);
        return NULL;
    }
    if (feed_watch(w->feed, filter, j->since, &c->watcher) != STATUS_OK) {
        free(c);
        return NULL;
    }
    c->watch = w;
    c->wire = j->wire;
    c->counted = j->counted;
    c->key = j->key;
    c->wrote_ms = c->moved_ms = clock_ms();
    watcher_user_set(c->watcher, c);
    c->next = w->list;
    if (c->next != NULL)
        c->next->prev = c;
    w->list = c;
    return c;
}

static void bound_kernel(int fd)
{
    int unsent = UNSENT_MAX, room = SEND_BUFFER;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

static bool adopt(struct watch *w, struct joining *j)
{
    int fd = j->fd;

    j->fd = -1; /* lws closes it, whatever happens */
    if (j->wire == WIRE_WEBSOCKET)
        return lws_adopt_socket_vhost_readbuf(w->vhost, fd, buf_str(&j->head),
                                              j->head.len) != NULL;
    return lws_adopt_descriptor_vhost(w->vhost, LWS_ADOPT_SOCKET,
                                      (lws_sock_file_fd_type){ .sockfd = fd },
                                      WEBSOCKET_PROTOCOL, NULL) != NULL;
}

/* lws may call back, even end it, before it returns. */
static void take_in(struct watch *w, struct joining *j)
{
    struct watching *c = j->head.bad ? NULL : watching_new(w, j);

    if (c == NULL) {
        if (j->counted)
            face_count_out(w->face, &j->key);
        atomic_fetch_sub(&w->face->watchers, 1);
        atomic_fetch_sub(&w->face->connections, 1);
        joining_free(j);
        return;
    }
    bound_kernel(j->fd);
    w->joining = c;
    if (!adopt(w, j) && w->joining != NULL)
        watching_end(c); /* it never was lws's */
    w->joining = NULL;
    joining_free(j);
}

/* The first that lws says of a new connection. */
static int begin(struct watch *w, struct lws *wsi)
{
    struct watching *c = w->joining;

    if (c == NULL)
        return -1;
    w->joining = NULL;
    c->wsi = wsi;
    lws_set_opaque_user_data(wsi, c);
    if (c->wire == WIRE_EVENTS)
        watching_ask(c);
    return 0;
}

/* --- inbox ------------------------------------------------------------------------ */

static void publish(struct watch *w, struct letter *l)
{
    struct face *f = w->face;
    enum status st = STATUS_OK;

    if (l->skip)
        feed_skip(w->feed, l->size);
    else
        st = feed_publish(w->feed, l->events, l->n, l->size, buf_bytes(&l->root));
    if (st != STATUS_OK)
        say_broken("feed: cannot publish up to %llu: %s", (unsigned long long)l->size,
                   status_text(st));
    for (struct watching *c = w->list; c != NULL; c = c->next)
        watching_ask(c);
    face_grown(f, l->size);
    pthread_mutex_lock(&f->lock);
    f->publishing--;
    pthread_cond_broadcast(&f->taken);
    pthread_mutex_unlock(&f->lock);
}

static void open_inbox(struct watch *w)
{
    for (struct letter *l = inbox_take(&w->inbox), *next; l != NULL; l = next) {
        next = l->next;
        switch (l->type) {
        case LETTER_PIECE:
            atomic_fetch_sub(&w->face->out, 1);
            feed_piece_back(w, l->errand);
            break;
        case LETTER_PUBLISH:
            publish(w, l);
            break;
        case LETTER_JOIN:
            take_in(w, l->joining);
            break;
        case LETTER_ANSWER:
        case LETTER_GROWN:
            assert(!"a letter for the door");
        }
        letter_free(l);
    }
}

static void wake(void *ctx)
{
    struct watch *w = ctx;

    lws_cancel_service(w->context);
}

void watch_post(struct watch *w, struct letter *l)
{
    inbox_post(&w->inbox, l);
}

/* --- time ------------------------------------------------------------------------- */

/* Who drains is alive, however slowly: what the kernel holds for it becomes less, or is
 * nothing. A ping of lws may wait behind that for its answer. */
static bool is_stuck(struct watching *c, uint64_t now_ms)
{
    int unsent = face_unsent(lws_get_socket_fd(c->wsi));

    if (unsent <= 0 || unsent < c->unsent ||
        (unsent != c->unsent && c->wrote_ms > c->moved_ms)) {
        c->moved_ms = now_ms;
        if (unsent > 0 && c->wire == WIRE_WEBSOCKET)
            lws_validity_confirmed(c->wsi);
    }
    c->unsent = unsent;
    return now_ms > c->moved_ms + c->watch->face->o.stuck_s * UINT64_C(1000);
}

static void on_sweep(lws_sorted_usec_list_t *sul)
{
    struct watch *w = lws_container_of(sul, struct watch, sweep);
    uint64_t now_ms = clock_ms();

    for (struct watching *c = w->list; c != NULL; c = c->next) {
        if (c->wsi == NULL)
            continue;
        feed_check(c, now_ms);
        if (is_stuck(c, now_ms)) {
            atomic_fetch_add(&w->face->watchers_cut, 1);
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
        }
    }
    lws_sul_schedule(w->context, 0, &w->sweep, on_sweep,
                     (lws_usec_t)FACE_SWEEP_MS * 1000);
}

/* --- what lws calls --------------------------------------------------------------- */

static int writeable(struct watching *c)
{
    c->asked = false;
    return feed_writeable(c);
}

static void on_wake(struct watch *w)
{
    if (w->context == NULL)
        return;
    open_inbox(w);
    /* With libuv this is what ends lws_service. */
    if (atomic_load(&w->face->stop) && w->started)
        lws_context_destroy(w->context);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len)
{
    struct watch *w = lws_context_user(lws_get_context(wsi));
    struct watching *c = lws_get_opaque_user_data(wsi);

    (void)user, (void)in, (void)len;
    switch (reason) {
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
    case LWS_CALLBACK_RAW_ADOPT:
        return begin(w, wsi);
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        if (c != NULL)
            watching_end(c);
        return 0;
    case LWS_CALLBACK_HTTP: /* nothing but a handshake comes here */
        return -1;
    case LWS_CALLBACK_ESTABLISHED:
        if (c != NULL)
            watching_ask(c);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_RAW_WRITEABLE:
        return c == NULL ? -1 : writeable(c);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        on_wake(w);
        return 0;
    default: /* lws has some eighty more; what a watcher sends means nothing */
        return 0;
    }
}

/* --- the thread ------------------------------------------------------------------- */

static const struct lws_protocols protocols[] = {
    { WEBSOCKET_PROTOCOL, on_lws, 0, 4096, 0, NULL, FACE_WRITE_MAX + 1024 },
    { NULL, NULL, 0, 0, 0, NULL, 0 },
};

static void *watch_main(void *arg)
{
    struct watch *w = arg;

    lws_sul_schedule(w->context, 0, &w->sweep, on_sweep,
                     (lws_usec_t)FACE_SWEEP_MS * 1000);
    while (!atomic_load(&w->face->stop) && lws_service(w->context, 0) >= 0)
        ;
    return NULL;
}

static void log_line(int level, const char *line)
{
    (void)level;
    say_debug("lws: %.*s", (int)strcspn(line, "\n"), line);
}

/* Its plugin for libuv (Debian: libwebsockets-evlib-uv) carries many watchers at a part
 * of what its own loop costs; without it all works, too. */
static struct lws_context *new_context(struct lws_context_creation_info *info)
{
    uint64_t own_loop = info->options;
    struct lws_context *context;

    info->options |=
        LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN;
    context = lws_create_context(info);
    if (context != NULL)
        return context;
    say_info(
        "feed: libwebsockets-evlib-uv is not installed: many watchers will cost more");
    info->options = own_loop;
    return lws_create_context(info);
}

/* lws takes some signals for itself, which are main's. */
static struct lws_context *keep_signals(struct lws_context_creation_info *info)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGSEGV, SIGFPE };
    enum { N = sizeof(signals) / sizeof(*signals) };
    struct sigaction before[N];
    struct lws_context *context;

    for (int i = 0; i < N; i++)
        sigaction(signals[i], NULL, &before[i]);
    context = new_context(info);
    for (int i = 0; i < N; i++)
        sigaction(signals[i], &before[i], NULL);
    return context;
}

enum status watch_open(struct face *f, struct watch **out)
{
    /* A websocket that was silent is pinged. Its answer may be far behind what it has yet
     * to read, so there is much time for that; a dead machine is found by TCP. */
    static const lws_retry_bo_t idle = { .secs_since_valid_ping = 30,
                                         .secs_since_valid_hangup = 600 };
    struct lws_context_creation_info info = { 0 };
    struct watch *w = calloc(1, sizeof(*w));
    enum status st;

    if (w == NULL)
        return STATUS_NOMEM;
    *out = w; /* closed with the face, however far it got */
    w->face = f;
    inbox_init(&w->inbox, wake, w);
    snprintf(w->origin, sizeof(w->origin), "%s", f->o.origin);
    st = feed_new(f->o.size, &w->feed);
    if (st != STATUS_OK)
        return st;
    lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.user = w;
    info.timeout_secs = 10;
    info.retry_and_idle_policy = &idle;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    w->context = keep_signals(&info);
    if (w->context == NULL)
        return STATUS_NOMEM;
    w->vhost = lws_create_vhost(w->context, &info);
    if (w->vhost == NULL)
        return STATUS_NOMEM;
    /* Where it does not listen, no request but ours comes in: no HTTP/2, no h2c. */
    assert(lws_get_vhost_listen_port(w->vhost) <= 0);
    return STATUS_OK;
}

void watch_start(struct watch *w)
{
    w->started = true;
    if (pthread_create(&w->thread, NULL, watch_main, w) != 0) {
        say_broken("feed: cannot start a thread");
        abort();
    }
}

void watch_close(struct watch *w)
{
    struct lws_context *context;

    if (w == NULL)
        return;
    context = w->context;
    if (w->started) {
        lws_cancel_service(context);
        pthread_join(w->thread, NULL);
    }
    w->started = false;
    open_inbox(w);
    w->context = NULL;
    if (context != NULL) {
        lws_sul_cancel(&w->sweep);
        lws_context_destroy(context); /* ends the watchers */
    }
    while (w->list != NULL)
        watching_end(w->list);
    feed_free(w->feed);
    buf_clear(&w->scratch);
    inbox_clear(&w->inbox);
    free(w);
}
