/* shared/io/face_lws.c: the thread, its inbox, and what lws calls. */
#include "io/face_lws.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/peer.h"
#include "base/say.h"
#include "io/face_lws_internal.h"

#define PROTOCOL "avow.feed.v1"
/* Beyond connections_max these are still told why. */
#define OVERFLOW_MAX 64
#define CLOSE_WAIT_MS 3000
#define SWEEP_US (LWS_US_PER_SEC / 2)

/* --- inbox ------------------------------------------------------------------------ */

void face_post(struct face *f, struct letter *letter)
{
    bool wake;

    pthread_mutex_lock(&f->lock);
    letter->next = NULL;
    if (f->last != NULL)
        f->last->next = letter;
    else
        f->first = letter;
    f->last = letter;
    wake = !f->woken;
    f->woken = true;
    pthread_mutex_unlock(&f->lock);
    if (wake)
        lws_cancel_service(f->context);
}

static void publish(struct face *f, struct letter *l)
{
    enum status st = STATUS_OK;

    if (l->skip)
        feed_skip(f->feed, l->size);
    else
        st = feed_publish(f->feed, l->events, l->n, l->size, buf_bytes(&l->root));
    if (st != STATUS_OK)
        say_broken("feed: cannot publish up to %llu: %s", (unsigned long long)l->size,
                   status_text(st));
    for (struct session *s = f->sessions; s != NULL; s = s->next) {
        if (s->watcher != NULL)
            session_ask(s);
        else if (s->exchange != NULL)
            http_check(s, clock_ms());
    }
}

static void letter_free(struct letter *l)
{
    events_free(l->events, l->n);
    buf_clear(&l->root);
    free(l);
}

static void open_letter(struct face *f, struct letter *l)
{
    switch (l->type) {
    case LETTER_ANSWER:
        atomic_fetch_sub(&f->out, 1);
        http_answered(l->exchange);
        break;
    case LETTER_PIECE:
        atomic_fetch_sub(&f->out, 1);
        feed_piece_back(l->errand);
        break;
    case LETTER_PUBLISH:
        publish(f, l);
        pthread_mutex_lock(&f->lock);
        f->publishing--;
        pthread_cond_broadcast(&f->taken);
        pthread_mutex_unlock(&f->lock);
        break;
    }
    letter_free(l);
}

static void open_inbox(struct face *f)
{
    struct letter *l;

    pthread_mutex_lock(&f->lock);
    l = f->first;
    f->first = f->last = NULL;
    f->woken = false;
    pthread_mutex_unlock(&f->lock);
    while (l != NULL) {
        struct letter *next = l->next;

        open_letter(f, l);
        l = next;
    }
}

/* Waits while the face has several in hand. */
static void post_publish(struct face *f, struct letter *l)
{
    l->type = LETTER_PUBLISH;
    pthread_mutex_lock(&f->lock);
    while (f->publishing >= FACE_PUBLISH_MAX && !atomic_load(&f->stop))
        pthread_cond_wait(&f->taken, &f->lock);
    f->publishing++;
    pthread_mutex_unlock(&f->lock);
    face_post(f, l);
}

static struct letter *publish_letter(uint64_t size)
{
    struct letter *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        say_broken("feed: out of memory");
        abort(); /* a feed with a gap would be worse than a restart */
    }
    l->size = size;
    return l;
}

void face_publish(struct face *f, struct event *events, size_t n, uint64_t size,
                  struct bytes root_base64)
{
    struct letter *l = publish_letter(size);

    l->events = events;
    l->n = n;
    buf_add(&l->root, root_base64);
    post_publish(f, l);
}

void face_skip(struct face *f, uint64_t size)
{
    struct letter *l = publish_letter(size);

    l->skip = true;
    post_publish(f, l);
}

unsigned face_watchers(const struct face *f)
{
    return atomic_load(&f->watchers);
}

/* --- sessions --------------------------------------------------------------------- */

bool room_begin(struct buf *b)
{
    buf_reset(b);
    return buf_space(b, LWS_PRE) != NULL;
}

void session_ask(struct session *s)
{
    if (s->asked)
        return;
    s->asked = true;
    s->asked_ms = clock_ms();
    lws_callback_on_writable(s->wsi);
}

bool session_write(struct session *s, struct buf *b, size_t from, size_t len)
{
    assert(from >= LWS_PRE && from + len <= b->len);
    s->wrote_ms = clock_ms();
    return lws_write(s->wsi, b->ptr + from, len, LWS_WRITE_HTTP) == (int)len;
}

/* Otherwise lws waits for the peer to take it, and meanwhile spins over what the peer had
 * sent besides. */
int session_hang_up(struct session *s)
{
    shutdown(lws_get_socket_fd(s->wsi), SHUT_RDWR);
    return -1;
}

/* Whose requests count together where they wait for a reader. */
static uint64_t asker_of(struct lws *wsi)
{
    struct sockaddr_storage sa = { 0 };
    socklen_t len = sizeof(sa);
    struct peer_address address = { 0 };
    struct address key;

    if (getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&sa, &len) == 0)
        peer_of_sockaddr((struct sockaddr *)&sa, &address);
    key = peer_key_of(&address);
    return address_hash(&key);
}

static int session_begin(struct lws *wsi)
{
    struct face *f = lws_context_user(lws_get_context(wsi));
    struct session *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return -1;
    s->face = f;
    s->wsi = wsi;
    s->asker = asker_of(wsi);
    s->next = f->sessions;
    if (s->next != NULL)
        s->next->prev = s;
    f->sessions = s;
    atomic_store(&f->connections, ++f->n_sessions);
    lws_set_opaque_user_data(wsi, s);
    return 0;
}

static void session_end(struct session *s)
{
    struct face *f = s->face;

    lws_set_opaque_user_data(s->wsi, NULL);
    http_gone(s);
    feed_gone(s);
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        f->sessions = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    atomic_store(&f->connections, --f->n_sessions);
    buf_clear(&s->out);
    free(s);
}

/* Decide on an upgrade before it is answered: who cannot be served gets a problem. */
static int upgrade(struct session *s)
{
    struct exchange *x;
    enum route_type route;

    atomic_fetch_add(&s->face->requests, 1);
    if (exchange_new(s, &x) != STATUS_OK)
        return -1;
    route = route_find(&x->rq, &x->rs);
    if (route != ROUTE_FEED && route != ROUTE_NONE)
        route_problem(&x->rs, 400, "not-a-websocket", "This is not the feed",
                      "only /feed is served as a websocket", 0);
    if (route == ROUTE_FEED && feed_join(s, x, SESSION_WEBSOCKET)) {
        exchange_free(x);
        return 0;
    }
    http_answer_print(s, x, false);
    exchange_free(x);
    if (!s->out.bad)
        session_write(s, &s->out, LWS_PRE, s->out.len - LWS_PRE);
    return -1;
}

/* Only websockets: h2c would lead past everything here. */
static int confirm_upgrade(struct lws *wsi)
{
    static const char no[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                             "Content-Length: 0\r\n\r\n";
    unsigned char room[LWS_PRE + sizeof(no)];
    char name[32];

    if (lws_hdr_copy(wsi, name, sizeof(name), WSI_TOKEN_UPGRADE) > 0 &&
        strcasecmp(name, "websocket") == 0)
        return 0;
    memcpy(room + LWS_PRE, no, sizeof(no));
    lws_write(wsi, room + LWS_PRE, sizeof(no) - 1, LWS_WRITE_HTTP);
    return -1;
}

static int writeable(struct session *s)
{
    s->asked = false;
    return s->watcher != NULL ? feed_writeable(s) : http_writeable(s);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len)
{
    struct face *f = lws_context_user(lws_get_context(wsi));
    struct session *s = lws_get_opaque_user_data(wsi);

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return f->n_sessions >= f->o.connections_max + OVERFLOW_MAX ? -1 : 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return session_begin(wsi);
    case LWS_CALLBACK_WSI_DESTROY:
        if (s != NULL)
            session_end(s);
        return 0;
    case LWS_CALLBACK_HTTP:
        return s == NULL ? -1 : http_begin(s);
    case LWS_CALLBACK_HTTP_BODY:
        return s == NULL ? -1 : http_body(s, (struct bytes){ in, len });
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return s == NULL ? -1 : http_body_end(s);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return s == NULL ? -1 : confirm_upgrade(wsi);
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return s == NULL ? -1 : upgrade(s);
    case LWS_CALLBACK_ESTABLISHED:
        session_ask(s);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return s == NULL ? -1 : writeable(s);
    case LWS_CALLBACK_RAW_ADOPT: /* CONNECT: not here */
    case LWS_CALLBACK_RAW_RX:
        return -1;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        if (f->context != NULL)
            open_inbox(f);
        return 0;
    default: /* lws has some eighty more */
        return 0;
    }
}

/* --- the thread ------------------------------------------------------------------- */

static const struct lws_protocols protocols[] = {
    { PROTOCOL, on_lws, 0, 4096, 0, NULL, FACE_WRITE_MAX + 1024 },
    { NULL, NULL, 0, 0, 0, NULL, 0 },
};

/* While an answer is under way lws 4.1.6 reads nothing, yet goes round for what there is,
 * be it the end. So who goes away, or sends more, while we wait to have something for it,
 * is closed. */
static bool is_waited_for(const struct session *s)
{
    return s->type == SESSION_EVENTS ||
           (s->type == SESSION_HTTP && s->exchange != NULL && s->exchange->parked);
}

static bool has_news(const struct session *s)
{
    char byte;
    ssize_t n = recv(lws_get_socket_fd(s->wsi), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n >= 0 || (errno != EAGAIN && errno != EINTR);
}

static void cut(struct session *s)
{
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

/* What has waited too long. */
static void on_sweep(lws_sorted_usec_list_t *sul)
{
    struct face *f = lws_container_of(sul, struct face, sweep);
    uint64_t now_ms = clock_ms(), stuck_ms = f->o.stuck_s * UINT64_C(1000);

    for (struct session *s = f->sessions; s != NULL; s = s->next) {
        if (s->watcher != NULL)
            feed_check(s, now_ms);
        else if (s->exchange != NULL)
            http_check(s, now_ms);
        /* What it asked for just now may be later than now_ms. */
        if (s->asked && now_ms > s->asked_ms + stuck_ms) {
            if (s->watcher != NULL)
                atomic_fetch_add(&f->watchers_cut, 1);
            cut(s);
        } else if (is_waited_for(s) && has_news(s)) {
            cut(s);
        }
    }
    lws_sul_schedule(f->context, 0, &f->sweep, on_sweep, SWEEP_US);
}

static void *face_main(void *arg)
{
    struct face *f = arg;

    lws_sul_schedule(f->context, 0, &f->sweep, on_sweep, SWEEP_US);
    while (!atomic_load(&f->stop) && lws_service(f->context, 0) >= 0)
        ;
    return NULL;
}

/* Before, what fails is said in words of our own. */
static atomic_bool listening;

static void log_line(int level, const char *line)
{
    size_t len = strcspn(line, "\n");

    say(level == LLL_ERR && listening ? SAY_UNUSUAL : SAY_DEBUG, "lws: %.*s", (int)len,
        line);
}

/* As many descriptors as the connections need, if we may. */
static void raise_files(unsigned connections)
{
    struct rlimit lim;
    rlim_t want = connections + OVERFLOW_MAX + 256;

    if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur >= want)
        return;
    lim.rlim_cur = want < lim.rlim_max ? want : lim.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur < want)
        say_unusual("only %llu open files are allowed, %llu would be wanted",
                    (unsigned long long)lim.rlim_cur, (unsigned long long)want);
}

static enum status listen_here(struct face *f)
{
    /* A websocket that was silent is pinged, and given up when it does not answer. */
    static const lws_retry_bo_t idle = { .secs_since_valid_ping = 30,
                                         .secs_since_valid_hangup = 75 };
    struct lws_context_creation_info info = { 0 };

    lws_set_log_level(LLL_ERR | LLL_WARN, log_line);
    info.port = f->o.port;
    info.iface = strcmp(f->address, "0.0.0.0") == 0 ? NULL : f->address;
    info.protocols = protocols;
    info.user = f;
    info.timeout_secs = FACE_REQUEST_S;
    info.keepalive_timeout = FACE_KEEPALIVE_S;
    info.max_http_header_data2 = 16384;
    info.retry_and_idle_policy = &idle;
    info.ka_time = 60;
    info.ka_probes = 3;
    info.ka_interval = 20;
    info.server_string = "avow";
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    f->context = lws_create_context(&info);
    if (f->context == NULL)
        return STATUS_IO;
    f->vhost = lws_create_vhost(f->context, &info);
    if (f->vhost == NULL || lws_get_vhost_listen_port(f->vhost) <= 0) {
        say_error("cannot listen on %s port %u", f->address, f->o.port);
        return STATUS_IO;
    }
    listening = true;
    return STATUS_OK;
}

enum status face_open(const struct face_options *o, struct face **out)
{
    struct face *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->o = *o;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->taken, NULL);
    snprintf(f->address, sizeof(f->address), "%s", o->address);
    snprintf(f->origin, sizeof(f->origin), "%s", o->origin);
    raise_files(o->connections_max);
    st = feed_new(o->size, &f->feed);
    if (st == STATUS_OK)
        st = listen_here(f);
    if (st == STATUS_OK && pthread_create(&f->thread, NULL, face_main, f) != 0)
        st = STATUS_NOMEM;
    f->started = st == STATUS_OK;
    if (st != STATUS_OK) {
        face_close(f);
        return st;
    }
    *out = f;
    return STATUS_OK;
}

uint16_t face_port(const struct face *f)
{
    return (uint16_t)lws_get_vhost_listen_port(f->vhost);
}

void face_quiet(struct face *f)
{
    atomic_store(&f->quiet, true);
}

/* Exchanges come back by the inbox, which only the thread opens; then they are sent. */
static void wait_for_answers(struct face *f)
{
    uint64_t until = clock_ms() + CLOSE_WAIT_MS;

    while (atomic_load(&f->out) > 0 && clock_ms() < until)
        usleep(2000);
    usleep(50000);
}

void face_close(struct face *f)
{
    if (f == NULL)
        return;
    face_quiet(f);
    if (f->started) {
        wait_for_answers(f);
        pthread_mutex_lock(&f->lock);
        atomic_store(&f->stop, true);
        pthread_cond_broadcast(&f->taken);
        pthread_mutex_unlock(&f->lock);
        lws_cancel_service(f->context);
        pthread_join(f->thread, NULL);
    }
    if (f->context != NULL) {
        struct lws_context *context = f->context;

        open_inbox(f);
        lws_sul_cancel(&f->sweep);
        f->context = NULL;
        lws_context_destroy(context); /* ends the sessions */
    }
    feed_free(f->feed);
    buf_clear(&f->scratch);
    pthread_cond_destroy(&f->taken);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

void face_stats(struct face *f, struct face_stats *out)
{
    out->connections = atomic_load(&f->connections);
    out->watchers = atomic_load(&f->watchers);
    out->requests = atomic_load(&f->requests);
    out->frames_sent = atomic_load(&f->frames_sent);
    out->watchers_cut = atomic_load(&f->watchers_cut);
    out->catchups = atomic_load(&f->catchups);
}
