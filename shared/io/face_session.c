#include "io/face_session.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* In one go: of pipelined requests some four. */
#define STEPS_MAX 16

/* --- sessions --------------------------------------------------------------------- */

static bool ask(struct session *s, uint32_t events)
{
    struct epoll_event ev = { .events = events, .data.ptr = s };

    if (events == s->asked)
        return true;
    s->asked = events;
    return epoll_ctl(s->door->epoll, EPOLL_CTL_MOD, s->fd, &ev) == 0;
}

static void list_leave(struct session *s)
{
    struct session_list *list = &s->door->lists[s->state];

    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        list->first = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    else
        list->last = s->prev;
}

static void list_join(struct session *s)
{
    struct session_list *list = &s->door->lists[s->state];

    s->prev = NULL;
    s->next = list->first;
    if (s->next != NULL)
        s->next->prev = s;
    else
        list->last = s;
    list->first = s;
}

static void leave_exchange(struct session *s)
{
    struct exchange *x = s->exchange;

    s->exchange = NULL;
    if (x == NULL)
        return;
    x->session = NULL;
    atomic_store(&x->gone, true);
    if (!x->out)
        exchange_free(x); /* else when it comes back */
}

/* Without the socket, which is closed or has another owner. */
static void session_free(struct session *s)
{
    list_leave(s);
    leave_exchange(s);
    buf_clear(&s->in);
    buf_clear(&s->head);
    free(s);
}

void session_end(struct session *s)
{
    struct face *f = s->door->face;

    if (s->counted) {
        struct address key = peer_key_of(&s->peer);

        face_count_out(f, &key);
    }
    close(s->fd);
    atomic_fetch_sub(&f->connections, 1);
    session_free(s);
}

static void enter(struct session *s, enum session_state state)
{
    list_leave(s);
    s->state = state;
    list_join(s);
    s->since_ms = clock_ms();
    assert((s->exchange == NULL) ==
           (state == SESSION_READING || state == SESSION_LINGERING));
}

struct session *session_new(struct door *d, int fd, const struct peer_address *peer)
{
    struct session *s = calloc(1, sizeof(*s));
    struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP, .data.ptr = s };

    if (s == NULL || epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        free(s);
        return NULL;
    }
    s->door = d;
    s->fd = fd;
    s->asked = ev.events;
    s->peer = *peer;
    s->state = SESSION_READING;
    s->since_ms = clock_ms();
    list_join(s);
    return s;
}

/* --- answering -------------------------------------------------------------------- */

/* False: the connection is of no use any more. */
static bool answer(struct session *s)
{
    struct exchange *x = s->exchange;

    if (atomic_load(&s->door->face->quiet))
        s->close_after = true;
    buf_reset(&s->head);
    http_print_head(x, !s->close_after, &s->head);
    if (x->head || x->rs.status == 204 || x->rs.status == 304)
        buf_clear(&x->rs.body);
    s->sent = 0;
    enter(s, SESSION_ANSWERING);
    s->began_ms = s->since_ms;
    return !s->head.bad && !x->rs.body.bad;
}

static bool answer_fault(struct session *s, const struct http_fault *fault)
{
    struct http_head none = { .path = BYTES_LIT("/") };

    s->close_after = true;
    if (s->exchange == NULL &&
        exchange_new(s->door->face, &s->peer, &none, &s->exchange) != STATUS_OK)
        return false;
    s->exchange->session = s;
    http_fault_answer(s->exchange, fault);
    return answer(s);
}

enum progress {
    GOES_ON,
    WAITS, /* for an event */
    ENDS,  /* is of no use any more */
    GONE   /* has another owner */
};

/* The next part to the kernel. */
static enum progress send_some(struct session *s)
{
    struct bytes body = buf_bytes(&s->exchange->rs.body);
    size_t head_left = s->sent < s->head.len ? s->head.len - s->sent : 0;
    size_t body_at = s->sent > s->head.len ? s->sent - s->head.len : 0;
    struct iovec iov[2] = {
        { s->head.ptr + (s->head.len - head_left), head_left },
        { (void *)(uintptr_t)(body.ptr + body_at), body.len - body_at },
    };
    struct msghdr m = { .msg_iov = iov, .msg_iovlen = body.len > body_at ? 2 : 1 };
    ssize_t n;

    if (iov[1].iov_len > FACE_WRITE_MAX)
        iov[1].iov_len = FACE_WRITE_MAX;
    n = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR)
        return GOES_ON;
    if (n < 0)
        return errno == EAGAIN ? WAITS : ENDS;
    s->sent += (size_t)n;
    s->since_ms = clock_ms();
    return GOES_ON;
}

static bool linger(struct session *s)
{
    buf_clear(&s->in);
    s->dropped = 0;
    if (shutdown(s->fd, SHUT_WR) != 0)
        return false;
    enter(s, SESSION_LINGERING);
    return true;
}

/* The answer is the kernel's. */
static bool answered(struct session *s)
{
    leave_exchange(s);
    buf_clear(&s->head);
    s->served = true;
    if (s->close_after)
        return linger(s);
    enter(s, SESSION_READING);
    return true;
}

static enum progress step_answering(struct session *s)
{
    enum progress p = GOES_ON;

    /* A few parts, then others have their turn. */
    for (int i = 0; i < 4 && p == GOES_ON; i++) {
        if (s->sent == s->head.len + s->exchange->rs.body.len)
            return answered(s) ? GOES_ON : ENDS;
        p = send_some(s);
    }
    if (p == ENDS)
        return ENDS;
    return ask(s, EPOLLOUT) ? WAITS : ENDS;
}

/* --- reading ---------------------------------------------------------------------- */

static void drop_front(struct buf *b, size_t n)
{
    assert(n <= b->len);
    memmove(b->ptr, b->ptr + n, b->len - n);
    buf_truncate(b, b->len - n);
    if (b->len == 0)
        buf_clear(b); /* an idle connection holds none */
}

/* What came in is a watcher: the watch has it from here on. */
static enum progress hand_over(struct session *s, struct joining *j)
{
    struct face *f = s->door->face;
    struct letter *l;

    j->key = s->exchange->peer;
    j->counted = s->counted;
    if (!s->counted && f->o.address_max > 0 && f->o.proxies != NULL &&
        peer_proxies_trust(f->o.proxies, &s->peer)) {
        j->counted = face_count_in(f, &j->key);
        if (!j->counted) {
            static const struct http_fault full = {
                503, "connections", "Too many connections",
                "this address has as many as one may have"
            };

            joining_free(j);
            atomic_fetch_add(&f->connections_refused, 1);
            return answer_fault(s, &full) ? GOES_ON : ENDS;
        }
    }
    epoll_ctl(s->door->epoll, EPOLL_CTL_DEL, s->fd, NULL);
    j->fd = s->fd;
    atomic_fetch_add(&f->watchers, 1);
    session_free(s);
    l = letter_new(LETTER_JOIN);
    l->joining = j;
    watch_post(f->watch, l);
    return GONE;
}

/* A whole request. `h` borrows from s->in. */
static enum progress dispatch(struct session *s, const struct http_head *h)
{
    struct joining *j = NULL;

    s->exchange->rq.body = buf_bytes(&s->exchange->body);
    switch (http_dispatch(s->door->face, s->exchange, h, &j)) {
    case HTTP_ANSWER:
        return answer(s) ? GOES_ON : ENDS;
    case HTTP_OUT:
        enter(s, SESSION_WAITING);
        return GOES_ON;
    case HTTP_JOIN:
        return hand_over(s, j);
    }
    return ENDS;
}

/* NULL: the body may come. */
static const struct http_fault *body_fault(const struct http_head *h)
{
    static const struct http_fault no_length = {
        411, "length", "Length required",
        "a request with a body states its Content-Length"
    };
    static const struct http_fault too_large = { 413, "note.size", "Too large",
                                                 "a statement is at most 60,000 bytes" };
    bool post = bytes_eq_text(h->method, "POST") || bytes_eq_text(h->method, "PUT") ||
                bytes_eq_text(h->method, "PATCH");

    if (h->coded || (post && !h->has_length))
        return &no_length;
    return h->length > FACE_BODY_MAX ? &too_large : NULL;
}

static void say_continue(struct session *s, const struct http_head *h)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (h->minor > 0 && s->in.len == h->len &&
        http_head_lists(h, "expect", "100-continue"))
        (void)send(s->fd, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static enum progress begin(struct session *s, const struct http_head *h)
{
    const struct http_fault *fault = body_fault(h);
    enum progress p;

    atomic_fetch_add(&s->door->face->requests, 1);
    s->close_after = !h->keep || fault != NULL;
    s->scanned = 0;
    if (exchange_new(s->door->face, &s->peer, h, &s->exchange) != STATUS_OK)
        return ENDS;
    s->exchange->session = s;
    if (fault != NULL)
        return answer_fault(s, fault) ? GOES_ON : ENDS;
    if (h->length > 0) {
        say_continue(s, h);
        s->body_left = h->length;
        drop_front(&s->in, h->len);
        enter(s, SESSION_BODY);
        return GOES_ON;
    }
    p = dispatch(s, h);
    if (p == GOES_ON)
        drop_front(&s->in, h->len);
    return p;
}

static enum progress want_more(struct session *s)
{
    if (s->peer_ended)
        return ENDS;
    return ask(s, EPOLLIN | EPOLLRDHUP) ? WAITS : ENDS;
}

static enum progress step_reading(struct session *s)
{
    struct http_head head;
    struct http_fault fault;

    if (s->in.len == 0)
        return want_more(s);
    switch (http_head_parse(buf_bytes(&s->in), &s->scanned, &head, &fault)) {
    case HTTP_HEAD_MORE:
        return want_more(s);
    case HTTP_HEAD_TAKEN:
        return begin(s, &head);
    case HTTP_HEAD_FAULT:
        atomic_fetch_add(&s->door->face->requests, 1);
        return answer_fault(s, &fault) ? GOES_ON : ENDS;
    }
    return ENDS;
}

static enum progress step_body(struct session *s)
{
    static const struct http_head none;
    size_t n = s->in.len < s->body_left ? s->in.len : (size_t)s->body_left;

    if (n > 0) {
        buf_append(&s->exchange->body, s->in.ptr, n);
        drop_front(&s->in, n);
        s->body_left -= n;
    }
    if (s->exchange->body.bad)
        return ENDS;
    return s->body_left == 0 ? dispatch(s, &none) : want_more(s);
}

static enum progress step_lingering(struct session *s)
{
    s->dropped += s->in.len;
    buf_clear(&s->in);
    return s->dropped > FACE_LINGER_MAX ? ENDS : want_more(s);
}

static enum progress step(struct session *s)
{
    switch (s->state) {
    case SESSION_READING:
        return step_reading(s);
    case SESSION_BODY:
        return step_body(s);
    case SESSION_WAITING:
        /* Only that it ends, or is no more. */
        return ask(s, s->hung_up ? 0 : EPOLLRDHUP) ? WAITS : ENDS;
    case SESSION_ANSWERING:
        return step_answering(s);
    case SESSION_LINGERING:
        return step_lingering(s);
    case SESSION_STATES:
        break;
    }
    return ENDS;
}

/* As far as it goes, for a while: others have their turn. It may be gone afterwards. */
static void run(struct session *s)
{
    enum progress p = GOES_ON;

    for (int i = 0; i < STEPS_MAX && p == GOES_ON; i++)
        p = step(s);
    if (p == GOES_ON)
        p = ask(s, EPOLLOUT) ? WAITS : ENDS; /* which is so at once */
    if (p == ENDS)
        session_end(s);
}

/* Once: what there is may be more, and epoll says so again. */
static bool read_some(struct session *s)
{
    size_t room = SESSION_READ_MAX;
    ssize_t n;

    if (s->state == SESSION_READING)
        room = HTTP_HEAD_MAX + 1 > s->in.len ? HTTP_HEAD_MAX + 1 - s->in.len : 1;
    n = recv(s->fd, s->door->room, room, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        s->peer_ended = true;
    if (s->in.len == 0 && s->state == SESSION_READING)
        s->since_ms = clock_ms();
    buf_append(&s->in, s->door->room, (size_t)n);
    return !s->in.bad;
}

void session_answered(struct session *s)
{
    assert(s->state == SESSION_WAITING && !s->exchange->out);
    if (answer(s))
        run(s);
    else
        session_end(s);
}

void session_unpark(struct session *s)
{
    assert(s->state == SESSION_WAITING && s->exchange->parked);
    if (http_unpark(s->door->face, s->exchange) == HTTP_ANSWER)
        session_answered(s);
}

void session_refuse(struct session *s, const struct http_fault *fault)
{
    if (answer_fault(s, fault))
        run(s);
    else
        session_end(s);
}

void session_event(struct session *s, uint32_t events)
{
    bool reads = (events & EPOLLIN) != 0;

    if ((events & (EPOLLERR | EPOLLHUP)) != 0 || (reads && !read_some(s))) {
        session_end(s);
        return;
    }
    if (s->state != SESSION_WAITING || (events & EPOLLRDHUP) == 0) {
        run(s);
        return;
    }
    s->hung_up = true;
    if (!ask(s, 0))
        session_end(s);
    else if (s->exchange->parked) /* perhaps it still listens, but it need not wait */
        session_unpark(s);
}

/* --- time ------------------------------------------------------------------------- */

/* Does it take anything of its answer? */
static bool is_stuck(struct session *s, uint64_t now_ms, uint64_t patience_ms)
{
    int unsent;

    if (now_ms < s->since_ms + FACE_SWEEP_MS)
        return false;
    unsent = face_unsent(s->fd);
    if (unsent != s->unsent) {
        s->unsent = unsent;
        s->since_ms = now_ms;
    }
    return now_ms >= s->since_ms + patience_ms;
}

/* Where answers fill half of what they may, it is taken at a fair pace, or not at all. */
static bool is_slow(const struct session *s, uint64_t now_ms)
{
    uint64_t took_ms = now_ms - s->began_ms;

    return took_ms >= FACE_PRESSED_MS && s->sent < took_ms * FACE_PRESSED_RATE;
}

bool session_late(struct session *s, uint64_t now_ms)
{
    struct face *f = s->door->face;
    bool pressed = atomic_load(&f->held) > f->o.answers_max / 2;

    switch (s->state) {
    case SESSION_READING:
        return now_ms >=
               s->since_ms + (s->served && s->in.len == 0 ? FACE_KEPT_MS : FACE_HEAD_MS);
    case SESSION_BODY:
        return now_ms >= s->since_ms + FACE_BODY_MS;
    case SESSION_WAITING:
        return false;
    case SESSION_ANSWERING:
        return (pressed && is_slow(s, now_ms)) ||
               is_stuck(s, now_ms, f->o.stuck_s * UINT64_C(1000));
    case SESSION_LINGERING:
        return now_ms >= s->since_ms + FACE_LINGER_MS;
    case SESSION_STATES:
        break;
    }
    return false;
}
