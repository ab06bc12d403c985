/* shared/io/face_internal.h: what the files of face.h share.
 *
 * Two threads, each with an inbox: the door owns sessions (connections that ask), the
 * watch owns watching connections, which the door hands over to it. */
#ifndef AVOW_IO_FACE_INTERNAL_H
#define AVOW_IO_FACE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "face/feed.h"
#include "face/http_head.h"
#include "io/face.h"

/* A statement, and room to see that one is larger. */
#define FACE_BODY_MAX (CHECKPOINT_MAX + 1024)
/* Of one write: enough that a syscall is not what it costs, and that others get their
 * turn. */
#define FACE_WRITE_MAX (64 * 1024)
/* Time to send a request's header, from its first byte or the connection's begin. */
#define FACE_HEAD_MS 10000
/* Between requests. */
#define FACE_KEPT_MS 60000
/* For a whole body, however slowly it drips. */
#define FACE_BODY_MS 60000
/* Behind an answer that ends the connection: what is still coming is read and dropped, so
 * that the answer is not lost with it. */
#define FACE_LINGER_MS 3000
#define FACE_LINGER_MAX ((size_t)4 * 1024 * 1024)
/* Where answers fill half of what they may, whoever took fewer bytes a millisecond in all
 * this time is cut. */
#define FACE_PRESSED_MS 5000
#define FACE_PRESSED_RATE 32
/* docs/formats.md 5: a message at least every 30 s. */
#define FACE_SILENT_MS 25000
/* docs/formats.md 4: of GET /api/v1/events?wait= */
#define FACE_WAIT_MAX_S 30
/* Batches of events in hand before face_publish waits. */
#define FACE_PUBLISH_MAX 8
/* How often time is looked at. */
#define FACE_SWEEP_MS 500

enum feed_wire { WIRE_WEBSOCKET, WIRE_EVENTS };

/* A connection that becomes a watcher: the door's word to the watch. Owns all of it. */
struct joining {
    int fd;
    enum feed_wire wire;
    struct filter *filter;
    uint64_t since;
    struct buf head; /* a websocket's handshake, in words of ours */
    bool counted;    /* by address */
    struct address key;
};

/* A piece of the feed that is out with a reader. */
struct errand {
    struct face *face;
    struct piece *piece;
    enum status st;
};

struct session;

struct exchange {
    struct face *face;
    struct session *session; /* NULL: gone meanwhile; the door's */
    atomic_bool gone;
    struct address peer; /* who asks */
    bool counted;        /* by limits: it is not a program on this machine */
    struct http_request rq;
    struct http_response rs;
    struct buf method, path, query, accept, accept_encoding, accept_language,
        if_none_match, last_event_id, body;
    size_t held; /* bytes of answers_max, from exchange_answer on */
    bool out;    /* with another thread */
    bool head;   /* HEAD: no body goes out */
    bool parked; /* until the log grows beyond `since`, or it is `until_ms` */
    uint64_t since, until_ms;
};

enum letter_type {
    LETTER_ANSWER,
    LETTER_GROWN,
    LETTER_PIECE,
    LETTER_PUBLISH,
    LETTER_JOIN
};

/* What other threads send to one of the two. */
struct letter {
    struct letter *next;
    enum letter_type type;
    struct exchange *exchange;
    struct errand *errand;
    struct joining *joining;
    struct event *events;
    size_t n;
    bool skip;
    uint64_t size;
    struct buf root;
};

struct inbox {
    pthread_mutex_t lock;
    struct letter *first, *last;
    bool woken; /* a wake is under way */
    void (*wake)(void *ctx);
    void *ctx;
};
void inbox_init(struct inbox *b, void (*wake)(void *), void *ctx);
void inbox_post(struct inbox *b, struct letter *letter); /* takes it; any thread */
struct letter *inbox_take(struct inbox *b);              /* a list of all */
void inbox_clear(struct inbox *b);
struct letter *letter_new(enum letter_type type); /* never NULL */
void letter_free(struct letter *l);

struct door;
struct watch;

struct face {
    struct face_options o;
    struct door *door;
    struct watch *watch; /* NULL: no feed */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t taken;
    unsigned publishing; /* LETTER_PUBLISH under way */
    struct peer_counts *counts;

    atomic_ullong size; /* of the log, as far as the feed has it */
    atomic_bool quiet, stop;
    atomic_uint connections, watchers;
    atomic_uint parked; /* exchanges that wait for the log to grow */
    atomic_uint out;    /* exchanges and errands with other threads */
    atomic_ullong held; /* bytes of answers */
    atomic_ullong requests, frames_sent, watchers_cut, catchups;
    atomic_ullong connections_cut, connections_refused, answers_refused;
};

/* face.c */
/* Count a connection for its address. False: it has as many as one may. */
bool face_count_in(struct face *f, const struct address *key);
void face_count_out(struct face *f, const struct address *key);
/* The feed has the log up to `size`: whoever waits for that is answered. */
void face_grown(struct face *f, uint64_t size);
void joining_free(struct joining *j); /* closes fd; accepts NULL */
/* Bytes that the peer has not acknowledged; -1: no telling. */
int face_unsent(int fd);

/* face_door.c: the thread of requests. */
enum status door_open(struct face *f, struct door **out);
uint16_t door_port(const struct door *d);
void door_start(struct door *d);
void door_post(struct door *d, struct letter *l);
/* Answers that are ready leave, then everything closes. Accepts NULL. */
void door_close(struct door *d);

/* face_http.c: a request that is whole, on the door's thread. */
/* What is to happen with it: its answer is x->rs; or it is out, or parked; or it is to
 * become a watcher. */
enum http_fate { HTTP_ANSWER, HTTP_OUT, HTTP_JOIN };
enum http_fate http_dispatch(struct face *f, struct exchange *x,
                             const struct http_head *h, struct joining **join);
/* Of one that is parked: ask the readers now. Gives HTTP_ANSWER or HTTP_OUT. */
enum http_fate http_unpark(struct face *f, struct exchange *x);
void http_fault_answer(struct exchange *x, const struct http_fault *fault);
/* What is said of the answer ahead of its body. */
void http_print_head(const struct exchange *x, bool keep, struct buf *out);
void http_print_stream_head(struct buf *out); /* of server-sent events */

/* face_request.c: path, query and fields of a head. */
enum status exchange_new(struct face *f, const struct peer_address *peer,
                         const struct http_head *h, struct exchange **out);
void exchange_free(struct exchange *x); /* accepts NULL; it is not out */

/* face_watch_lws.c: the thread of watchers. */
enum status watch_open(struct face *f, struct watch **out);
void watch_start(struct watch *w);
void watch_post(struct watch *w, struct letter *l);
void watch_close(struct watch *w); /* accepts NULL */

#endif
