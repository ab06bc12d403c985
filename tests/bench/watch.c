/* tests/bench/watch.c: many watchers of the live feed, each of which must be given every
 * entry exactly once.
 *
 *   watch [-n WATCHERS] [-s SINCE] [-t TIMES] [-T SECONDS] -u UNTIL PORT
 *
 * Opens 1,000 websockets to /feed at 127.0.0.1, prints "ready" when each has had its
 * first message, and ends when each has been given all entries from SINCE (0) to UNTIL,
 * or after SECONDS (60): with exit code 1 then, and whenever an entry came twice, out of
 * order or not at all. TIMES: see load; the lag is from an entry's receipt to its
 * delivery, nothing where the delivery came first. One JSON object on stdout.
 *
 * All watchers are sent the same bytes, nearly always, so a message is taken apart once
 * and then compared: the watchers must not cost more than what they watch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define READ_MAX (1024 * 1024)
#define MESSAGES_KEPT 512
/* RFC 6455 section 1.3: a key and what it is answered with. */
#define HANDSHAKE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HANDSHAKE_ANSWER "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum watcher_state { WATCHER_HANDSHAKE, WATCHER_HELLO, WATCHER_LIVE, WATCHER_THERE };

struct watcher {
    int fd;
    enum watcher_state state;
    uint64_t next; /* the entry wanted */
    struct buf rest;
};

/* A message that was taken apart: holds entries [first, size), `events` records. */
struct kept {
    uint64_t first, size, events;
    struct buf text;
};

struct watch {
    struct watcher *watchers;
    uint64_t n, since, until, seconds;
    uint16_t port;
    int poll;
    const uint64_t *times;
    size_t n_times;
    uint64_t n_ready, n_there, messages, deliveries, early, bytes;
    uint64_t first_ns, last_ns;
    struct histogram lag;
    struct kept kept[MESSAGES_KEPT];
};

/* The decimal number at the beginning of `text`, which must stand behind `name`. */
static uint64_t number_behind(struct reader *r, const char *name)
{
    struct bytes head = reader_take(r, strlen(name));
    uint64_t v = 0;
    size_t n = 0;

    must(!r->bad && bytes_eq_text(head, name), "expected %s in a message", name);
    for (; n < r->len && r->ptr[n] >= '0' && r->ptr[n] <= '9'; n++)
        v = v * 10 + (uint64_t)(r->ptr[n] - '0');
    must(n > 0, "expected a number behind %s", name);
    reader_take(r, n);
    return v;
}

/* Every event's index and n, in order: each entry begins with its first record. Strings
 * in JSON have no bare quotes, so what is searched for stands nowhere else. */
static void take_apart(struct kept *k, struct bytes text)
{
    struct reader r = reader_of(text);
    uint64_t index = 0, n = 0;
    const uint8_t *at;

    k->size = number_behind(&r, "{\"size\":");
    k->first = k->size;
    k->events = 0;
    while ((at = memmem(r.ptr, r.len, "{\"index\":", 9)) != NULL) {
        uint64_t new_index, new_n;

        reader_take(&r, (size_t)(at - r.ptr));
        new_index = number_behind(&r, "{\"index\":");
        new_n = number_behind(&r, ",\"n\":");
        if (k->events == 0)
            k->first = new_index;
        must(k->events == 0 ? new_n == 1
                            : (new_index == index && new_n == n + 1) ||
                                  (new_index == index + 1 && new_n == 1),
             "record %" PRIu64 "/%" PRIu64 " follows %" PRIu64 "/%" PRIu64, new_index,
             new_n, index, n);
        index = new_index;
        n = new_n;
        k->events++;
    }
    must(k->events == 0 || index + 1 == k->size,
         "a message up to %" PRIu64 " ends with entry %" PRIu64, k->size, index);
    buf_reset(&k->text);
    buf_add(&k->text, text);
}

static const struct kept *understand(struct watch *w, struct bytes text)
{
    struct reader r = reader_of(text);
    uint64_t size = number_behind(&r, "{\"size\":");
    struct kept *k = &w->kept[size % MESSAGES_KEPT];

    if (!bytes_eq(buf_bytes(&k->text), text))
        take_apart(k, text);
    return k;
}

static void measure(struct watch *w, const struct kept *k, uint64_t now)
{
    if (w->deliveries == 0)
        w->first_ns = now;
    w->last_ns = now;
    w->messages++;
    w->deliveries += k->events;
    if (w->times == NULL)
        return;
    for (uint64_t i = k->first; i < k->size && i < w->n_times; i++) {
        uint64_t receipt = __atomic_load_n(&w->times[i], __ATOMIC_ACQUIRE);

        if (receipt == 0 || receipt > now)
            w->early++;
        histogram_add(&w->lag, receipt == 0 || receipt > now ? 0 : now - receipt);
    }
}

static void on_message(struct watch *w, struct watcher *x, struct bytes text,
                       uint64_t now)
{
    const struct kept *k;

    if (x->state == WATCHER_HELLO) {
        must(bytes_starts(text, BYTES_LIT("{\"hello\":")), "no hello");
        x->state = WATCHER_LIVE;
        w->n_ready++;
        return;
    }
    k = understand(w, text);
    must(k->first == x->next,
         "a watcher at entry %" PRIu64 " was given %" PRIu64 " to %" PRIu64, x->next,
         k->first, k->size);
    if (k->events > 0)
        measure(w, k, now);
    x->next = k->size;
    if (x->state == WATCHER_LIVE && x->next >= w->until) {
        x->state = WATCHER_THERE;
        w->n_there++;
    }
}

/* A masked pong without content, as a client must send it. */
static void send_pong(int fd)
{
    static const uint8_t pong[] = { 0x8a, 0x80, 1, 2, 3, 4 };

    must(write(fd, pong, sizeof(pong)) == sizeof(pong), "cannot answer a ping");
}

/* One frame off the front. False: it is not whole yet. */
static bool on_frame(struct watch *w, struct watcher *x, struct reader *r, uint64_t now)
{
    struct reader f = *r;
    uint8_t first = reader_u8(&f), second = reader_u8(&f);
    uint64_t len = second & 0x7f;
    struct bytes payload;

    if (len == 126)
        len = reader_u16(&f);
    else if (len == 127)
        len = reader_u64(&f);
    if (f.bad || f.len < len)
        return false;
    payload = reader_take(&f, (size_t)len);
    must((second & 0x80) == 0, "a masked frame from a server");
    if (first == 0x89)
        send_pong(x->fd);
    else if (first == 0x81)
        on_message(w, x, payload, now);
    else
        must(first == 0x8a, "a frame of type %02x: " BYTES_FMT, first,
             BYTES_ARG(payload));
    *r = f;
    return true;
}

static bool on_handshake(struct watcher *x, struct reader *r)
{
    const uint8_t *end = memmem(r->ptr, r->len, "\r\n\r\n", 4);
    struct bytes head;

    if (end == NULL)
        return false;
    head = reader_take(r, (size_t)(end - r->ptr) + 4);
    must(bytes_starts(head, BYTES_LIT("HTTP/1.1 101 ")) &&
             memmem(head.ptr, head.len, HANDSHAKE_ANSWER, strlen(HANDSHAKE_ANSWER)),
         "no websocket: " BYTES_FMT, BYTES_ARG(head));
    x->state = WATCHER_HELLO;
    return true;
}

/* Most of the time the bytes are whole frames, and nothing is copied. */
static void on_readable(struct watch *w, struct watcher *x)
{
    static uint8_t room[READ_MAX];
    ssize_t got = read(x->fd, room, sizeof(room));
    struct reader r;
    uint64_t now = now_ns();
    bool kept = x->rest.len > 0;

    if (got < 0 && errno == EAGAIN)
        return;
    must(got > 0, "a watcher was cut off at entry %" PRIu64, x->next);
    w->bytes += (uint64_t)got;
    r = reader_of((struct bytes){ room, (size_t)got });
    if (kept) {
        buf_append(&x->rest, room, (size_t)got);
        r = reader_of(buf_bytes(&x->rest));
    }
    if (x->state == WATCHER_HANDSHAKE && !on_handshake(x, &r))
        ;
    else
        while (r.len > 0 && on_frame(w, x, &r, now))
            ;
    if (kept) {
        memmove(x->rest.ptr, r.ptr, r.len);
        buf_truncate(&x->rest, r.len);
    } else {
        buf_append(&x->rest, r.ptr, r.len);
    }
    must(!x->rest.bad, "out of memory");
}

static void dial(struct watch *w, struct watcher *x)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(w->port) };
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = x };
    char head[512];
    int n;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    x->next = w->since;
    x->fd = socket(AF_INET, SOCK_STREAM, 0);
    must(x->fd >= 0 && connect(x->fd, (struct sockaddr *)&to, sizeof(to)) == 0,
         "cannot connect: %s", strerror(errno));
    n = snprintf(head, sizeof(head),
                 "GET /feed?since=%" PRIu64
                 " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: " HANDSHAKE_KEY
                 "\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Protocol: avow.feed.v1\r\n\r\n",
                 w->since, w->port);
    must(write(x->fd, head, (size_t)n) == n, "cannot write");
    must(fcntl(x->fd, F_SETFL, O_NONBLOCK) == 0 &&
             epoll_ctl(w->poll, EPOLL_CTL_ADD, x->fd, &ev) == 0,
         "cannot poll");
}

static void poll_once(struct watch *w)
{
    struct epoll_event events[256];
    int n = epoll_wait(w->poll, events, 256, 100);

    for (int i = 0; i < n; i++)
        on_readable(w, events[i].data.ptr);
}

static void open_times(struct watch *w, const char *path)
{
    int fd = open(path, O_RDONLY);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    void *p;

    must(size > 0, "%s: not a file of times", path);
    p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    must(p != MAP_FAILED, "%s: cannot be mapped", path);
    close(fd);
    w->times = p;
    w->n_times = (size_t)size / sizeof(uint64_t);
}

static void allow_sockets(void)
{
    struct rlimit limit;

    must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "no limits");
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot have more sockets");
}

/* A handful at a time: a listening socket's queue is short. */
static void connect_all(struct watch *w)
{
    uint64_t deadline = now_ns() + w->seconds * 1000000000u;

    for (uint64_t i = 0; i < w->n; i++) {
        dial(w, &w->watchers[i]);
        while (w->n_ready + 32 < i)
            poll_once(w);
    }
    while (w->n_ready < w->n && now_ns() < deadline)
        poll_once(w);
    must(w->n_ready == w->n, "only %" PRIu64 " watchers were let in", w->n_ready);
    printf("ready\n");
    fflush(stdout);
}

static void tell(const struct watch *w)
{
    double seconds = (double)(w->last_ns - w->first_ns) / 1e9;

    printf("{\"watchers\":%" PRIu64 ",\"complete\":%" PRIu64 ",\"messages\":%" PRIu64
           ",\"deliveries\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":%.3f"
           ",\"messages_per_second\":%.0f,\"deliveries_per_second\":%.0f"
           ",\"lag_p50_ms\":%.2f,\"lag_p99_ms\":%.2f,\"lag_max_ms\":%.2f"
           ",\"before_receipt\":%" PRIu64 "}\n",
           w->n, w->n_there, w->messages, w->deliveries, w->bytes, seconds,
           (double)w->messages / seconds, (double)w->deliveries / seconds,
           ms_of(histogram_at(&w->lag, 0.5)), ms_of(histogram_at(&w->lag, 0.99)),
           ms_of(w->lag.max), w->early);
}

int main(int argc, char **argv)
{
    static struct watch w = { .n = 1000, .seconds = 60 };
    uint64_t deadline;
    int option;

    while ((option = getopt(argc, argv, "n:s:u:t:T:")) != -1) {
        if (option == 'n')
            w.n = number_of(optarg, "-n");
        else if (option == 's')
            w.since = number_of(optarg, "-s");
        else if (option == 'u')
            w.until = number_of(optarg, "-u");
        else if (option == 't')
            open_times(&w, optarg);
        else if (option == 'T')
            w.seconds = number_of(optarg, "-T");
        else
            exit(2);
    }
    must(argc - optind == 1 && w.until > w.since,
         "usage: watch [-n N] [-s N] [-t FILE] [-T N] -u N PORT");
    w.port = (uint16_t)number_of(argv[optind], "PORT");
    allow_sockets();
    w.watchers = must_calloc(w.n, sizeof(*w.watchers));
    w.poll = epoll_create1(0);
    must(w.poll >= 0, "cannot poll");
    connect_all(&w);
    deadline = now_ns() + w.seconds * 1000000000u;
    while (w.n_there < w.n && now_ns() < deadline)
        poll_once(&w);
    tell(&w);
    return w.n_there < w.n;
}
