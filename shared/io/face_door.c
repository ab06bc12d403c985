/* shared/io/face_door.c: the thread of requests: accepts, waits, and looks at the time.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/face_session.h"

#define EVENTS_MAX 256
#define ACCEPT_MAX 64 /* between two looks at what else there is */
/* Beyond connections_max these are still told why. */
#define OVERFLOW_MAX 64
/* What the kernel may hold that it did not send, of one connection. */
#define UNSENT_MAX (128 * 1024)
#define CLOSE_WAIT_MS 3000

/* --- accepting -------------------------------------------------------------------- */

/* Programs on this machine are not counted, nor is a proxy: who is behind it is. */
static bool is_counted(const struct face *f, const struct peer_address *peer)
{
    return f->o.address_max > 0 && !peer_is_loopback(peer) &&
           (f->o.proxies == NULL || !peer_proxies_trust(f->o.proxies, peer));
}

/* The one that has been without a request for longest closes for another. */
static bool make_room(struct door *d)
{
    struct session *idle = d->lists[SESSION_READING].last;

    if (idle == NULL)
        return false;
    atomic_fetch_add(&d->face->connections_cut, 1);
    session_end(idle);
    return true;
}

/* Beyond the limit of all, or of its address. NULL: it may stay. */
static const struct http_fault *refusal(struct door *d, const struct peer_address *peer,
                                        bool *counted)
{
    static const struct http_fault full = { 503, "connections", "Too many connections",
                                            "try again in a moment" };
    static const struct http_fault one_has = { 503, "connections", "Too many connections",
                                               "this address has as many as one may" };
    struct face *f = d->face;
    struct address key = peer_key_of(peer);

    *counted = false;
    if (atomic_load(&f->connections) >= f->o.connections_max && !make_room(d))
        return &full;
    if (!is_counted(f, peer))
        return NULL;
    *counted = face_count_in(f, &key);
    return *counted ? NULL : &one_has;
}

static void take_in(struct door *d, int fd, const struct sockaddr *sa)
{
    struct face *f = d->face;
    struct peer_address peer;
    const struct http_fault *fault;
    struct session *s = NULL;
    bool counted;

    peer_of_sockaddr(sa, &peer);
    fault = refusal(d, &peer, &counted);
    if (fault != NULL)
        atomic_fetch_add(&f->connections_refused, 1);
    if (atomic_load(&f->connections) < f->o.connections_max + OVERFLOW_MAX)
        s = session_new(d, fd, &peer);
    if (s == NULL) {
        struct address key = peer_key_of(&peer);

        if (counted)
            face_count_out(f, &key);
        close(fd);
        return;
    }
    s->counted = counted;
    atomic_fetch_add(&f->connections, 1);
    if (fault != NULL)
        session_refuse(s, fault);
}

/* No descriptor is free: with the one kept for this the connection is taken and closed,
 * or the kernel would report it for ever. */
static void turn_away(struct door *d)
{
    int fd;

    say_unusual("no more files can be opened: connections are turned away");
    atomic_fetch_add(&d->face->connections_refused, 1);
    close(d->spare);
    fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_some(struct door *d)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        struct sockaddr_storage sa = { 0 };
        socklen_t len = sizeof(sa);
        int fd = accept4(d->listener, (struct sockaddr *)&sa, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            take_in(d, fd, (struct sockaddr *)&sa);
        } else if (errno == EMFILE || errno == ENFILE) {
            turn_away(d);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* --- time ------------------------------------------------------------------------- */

static void check_parked(struct session *s, uint64_t now_ms)
{
    const struct exchange *x = s->exchange;

    if (x->parked &&
        (atomic_load(&s->door->face->size) > x->since || now_ms >= x->until_ms))
        session_unpark(s);
}

/* All that wait for the log to grow, where it did or their time is over. */
static void check_waiting(struct door *d)
{
    uint64_t now_ms = clock_ms();

    for (struct session *s = d->lists[SESSION_WAITING].first, *next; s != NULL;
         s = next) {
        next = s->next;
        check_parked(s, now_ms);
    }
}

static void sweep(struct door *d)
{
    uint64_t now_ms = clock_ms();

    for (int i = 0; i < SESSION_STATES; i++)
        for (struct session *s = d->lists[i].first, *next; s != NULL; s = next) {
            next = s->next;
            if (!session_late(s, now_ms))
                continue;
            if (s->state == SESSION_ANSWERING)
                atomic_fetch_add(&d->face->connections_cut, 1);
            session_end(s);
        }
    check_waiting(d);
}

/* --- the inbox -------------------------------------------------------------------- */

static void exchange_back(struct exchange *x)
{
    x->out = false;
    if (x->session == NULL)
        exchange_free(x);
    else
        session_answered(x->session);
}

static void open_inbox(struct door *d)
{
    for (struct letter *l = inbox_take(&d->inbox), *next; l != NULL; l = next) {
        next = l->next;
        assert(l->type == LETTER_ANSWER || l->type == LETTER_GROWN);
        if (l->type == LETTER_ANSWER) {
            atomic_fetch_sub(&d->face->out, 1);
            exchange_back(l->exchange);
        } else {
            check_waiting(d);
        }
        letter_free(l);
    }
}

static void wake(void *ctx)
{
    struct door *d = ctx;
    uint64_t one = 1;
    ssize_t n = write(d->wake, &one, sizeof(one));

    (void)n; /* full: it wakes all the same */
}

void door_post(struct door *d, struct letter *l)
{
    inbox_post(&d->inbox, l);
}

/* --- the thread ------------------------------------------------------------------- */

static void on_event(struct door *d, const struct epoll_event *ev)
{
    uint64_t count;

    if (ev->data.ptr == &d->wake) {
        ssize_t n = read(d->wake, &count, sizeof(count));

        (void)n;
    } else if (ev->data.ptr == &d->listener) {
        accept_some(d);
    } else {
        session_event(ev->data.ptr, ev->events);
    }
}

/* Told to stop: what was answered leaves first. */
static bool goes_on(struct door *d, uint64_t *stop_ms)
{
    uint64_t now_ms = clock_ms();

    if (!atomic_load(&d->face->stop))
        return true;
    if (*stop_ms == 0)
        *stop_ms = now_ms + CLOSE_WAIT_MS;
    return now_ms < *stop_ms && d->lists[SESSION_ANSWERING].first != NULL;
}

static void *door_main(void *arg)
{
    struct door *d = arg;
    struct epoll_event events[EVENTS_MAX];
    uint64_t sweep_ms = clock_ms(), stop_ms = 0;

    while (goes_on(d, &stop_ms)) {
        int n =
            epoll_wait(d->epoll, events, EVENTS_MAX, stop_ms == 0 ? FACE_SWEEP_MS : 20);
        bool accepts = false;

        /* Accepting comes last: it may end a session that has an event in this line. */
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == &d->listener)
                accepts = true;
            else
                on_event(d, &events[i]);
        }
        open_inbox(d);
        if (accepts)
            accept_some(d);
        if (clock_ms() >= sweep_ms + FACE_SWEEP_MS) {
            sweep(d);
            sweep_ms = clock_ms();
        }
    }
    return NULL;
}

/* --- listening -------------------------------------------------------------------- */

static void set(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

/* Accepted sockets inherit these. */
static void set_options(int fd)
{
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 20);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX);
}

static enum status listen_here(struct door *d)
{
    const struct face_options *o = &d->face->o;
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct sockaddr_storage sa = { 0 };
    socklen_t len = sizeof(sa);
    struct addrinfo *ai = NULL;
    char port[8];
    bool ok;

    snprintf(port, sizeof(port), "%u", o->port);
    ok = getaddrinfo(o->address, port, &hints, &ai) == 0;
    if (ok)
        d->listener =
            socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ok = ok && d->listener >= 0;
    if (ok) {
        set_options(d->listener);
        ok = bind(d->listener, ai->ai_addr, ai->ai_addrlen) == 0 &&
             listen(d->listener, SOMAXCONN) == 0 &&
             getsockname(d->listener, (struct sockaddr *)&sa, &len) == 0;
    }
    if (ai != NULL)
        freeaddrinfo(ai);
    if (!ok) {
        say_error("cannot listen on %s port %u: %s", o->address, o->port,
                  strerror(errno));
        return STATUS_IO;
    }
    d->port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                                             : ((struct sockaddr_in *)&sa)->sin_port);
    return STATUS_OK;
}

static bool watch_fd(struct door *d, int fd, void *mark)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = mark };

    return fd >= 0 && epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

enum status door_open(struct face *f, struct door **out)
{
    struct door *d = calloc(1, sizeof(*d));
    enum status st = STATUS_NOMEM;

    if (d == NULL)
        return st;
    *out = d; /* closed with the face, however far it got */
    d->face = f;
    d->listener = -1;
    inbox_init(&d->inbox, wake, d);
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    d->room = malloc(SESSION_READ_MAX);
    if (d->room == NULL || d->epoll < 0 || !watch_fd(d, d->wake, &d->wake))
        return st;
    st = listen_here(d);
    if (st == STATUS_OK && !watch_fd(d, d->listener, &d->listener))
        st = STATUS_IO;
    return st;
}

uint16_t door_port(const struct door *d)
{
    return d->port;
}

void door_start(struct door *d)
{
    if (pthread_create(&d->thread, NULL, door_main, d) != 0) {
        say_broken("face: cannot start a thread");
        abort();
    }
    d->started = true;
}

void door_close(struct door *d)
{
    if (d == NULL)
        return;
    if (d->started) {
        wake(d);
        pthread_join(d->thread, NULL);
    }
    for (int i = 0; i < SESSION_STATES; i++)
        while (d->lists[i].first != NULL)
            session_end(d->lists[i].first);
    open_inbox(d);
    inbox_clear(&d->inbox);
    if (d->listener >= 0)
        close(d->listener);
    close(d->wake);
    close(d->epoll);
    close(d->spare);
    free(d->room);
    free(d);
}
