/* shared/io/face_lws_internal.h: what the files of face_lws.h share. All of it belongs to
 * the face's thread, but for the inbox, the counters, and an exchange that is out. */
#ifndef AVOW_IO_FACE_LWS_INTERNAL_H
#define AVOW_IO_FACE_LWS_INTERNAL_H

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

#include "face/feed.h"
#include "io/face_lws.h"

/* A statement, and room to see that one is larger. */
#define FACE_BODY_MAX (CHECKPOINT_MAX + 1024)
/* Of one write: enough that a syscall is not what it costs. */
#define FACE_WRITE_MAX (64 * 1024)
/* What a request's body beyond FACE_BODY_MAX may still be, to be answered 413 politely.
 */
#define FACE_SWALLOW_MAX (4 * 1024 * 1024)
/* Time to send the headers, or go on with a body, or wait between requests. */
#define FACE_REQUEST_S 10
#define FACE_KEEPALIVE_S 60
/* For a whole body, however slowly it drips. */
#define FACE_BODY_MS 60000
/* docs/formats.md 5: a message at least every 30 s. */
#define FACE_IDLE_MS 25000
/* docs/formats.md 4: of GET /api/v1/events?wait= */
#define FACE_WAIT_MAX_S 30
/* Batches of events in hand before face_publish waits. */
#define FACE_PUBLISH_MAX 8

enum session_type { SESSION_HTTP, SESSION_WEBSOCKET, SESSION_EVENTS };

/* A connection. */
struct session {
    struct face *face;
    struct lws *wsi;
    enum session_type type;
    uint64_t asker;              /* whose reading counts together (io/readers.h) */
    struct session *next, *prev; /* all sessions of the face */

    struct exchange *exchange; /* the request under way */
    struct buf out;            /* LWS_PRE bytes of room, then what is being sent */
    size_t sent;               /* of out, with its room */
    bool answering;            /* out holds an answer's headers and body */
    bool finishing;            /* all was given to lws, which holds some of it yet */
    bool close_after;

    struct watcher *watcher;
    bool said_hello, idle_due;
    bool asked; /* for a WRITEABLE that did not come yet */
    uint64_t asked_ms, wrote_ms;
};

/* A piece of the feed that is out with a reader. */
struct errand {
    struct face *face;
    struct piece *piece;
    enum status st;
};

struct exchange {
    struct face *face;
    struct session *session; /* NULL: gone meanwhile; the face's thread's */
    struct http_request rq;
    struct http_response rs;
    struct buf method, path, query, accept, accept_language, if_none_match, last_event_id;
    struct buf body;
    bool out;         /* with another thread */
    atomic_bool gone; /* nobody waits for the answer */
    bool head;        /* HEAD: no body goes out */
    bool keep;        /* the connection is to be kept */
    bool too_large;   /* the body goes nowhere */
    bool whole;       /* nothing more comes in */
    bool parked;      /* until the log grows beyond `since`, or it is `until_ms` */
    uint64_t since, until_ms, began_ms;
};

enum letter_type { LETTER_ANSWER, LETTER_PIECE, LETTER_PUBLISH };

/* What other threads send to the face. */
struct letter {
    struct letter *next;
    enum letter_type type;
    struct exchange *exchange;
    struct errand *errand;
    struct event *events;
    size_t n;
    bool skip;
    uint64_t size;
    struct buf root;
};

struct face {
    struct face_options o;
    char address[64], origin[ORIGIN_MAX + 1];
    struct lws_context *context;
    struct lws_vhost *vhost;
    pthread_t thread;
    bool started;
    lws_sorted_usec_list_t sweep;
    struct feed *feed;
    struct session *sessions;
    unsigned n_sessions, n_watchers;
    struct buf scratch; /* LWS_PRE bytes of room, then frames being joined */

    pthread_mutex_t lock; /* the inbox */
    pthread_cond_t taken;
    struct letter *first, *last;
    unsigned publishing; /* LETTER_PUBLISH in it */
    bool woken;          /* a wake is under way */

    atomic_bool quiet, stop;
    atomic_uint connections, watchers;
    atomic_uint out; /* exchanges and errands with other threads */
    atomic_ullong requests, frames_sent, watchers_cut, catchups;
};

/* face_lws.c */
void face_post(struct face *f, struct letter *letter); /* takes it; any thread */
void session_ask(struct session *s);                   /* for a WRITEABLE */
/* Room of LWS_PRE bytes at the front; false: no memory. */
bool room_begin(struct buf *b);
/* Close now, whatever lws still holds for the peer: gives -1, for lws. */
int session_hang_up(struct session *s);
/* Send what is in `b` behind its room; the peer's slowness is lws's to buffer.
 * False: the connection is of no use any more. */
bool session_write(struct session *s, struct buf *b, size_t from, size_t len);

/* face_request_lws.c: take path, query and headers from lws. */
enum status exchange_new(struct session *s, struct exchange **out);
void exchange_free(struct exchange *x);

/* face_http_lws.c: each gives 0, or -1 to close the connection. */
int http_begin(struct session *s);
int http_body(struct session *s, struct bytes part);
int http_body_end(struct session *s);
int http_writeable(struct session *s);
/* Has lws bytes in hand that it did not give to anyone? Of one connection or another:
 * there is no telling, but only those who do what they should not have any. */
bool face_any_buffered(const struct face *f);
void http_answered(struct exchange *x); /* back from wherever it was */
void http_gone(struct session *s);
void http_check(struct session *s, uint64_t now_ms);
/* A whole answer as bytes, into s->out. */
void http_answer_print(struct session *s, struct exchange *x, bool keep);

/* face_feed_lws.c */
/* Become a watcher; false: x->rs has the problem. */
bool feed_join(struct session *s, struct exchange *x, enum session_type type);
int feed_writeable(struct session *s);
void feed_gone(struct session *s);
void feed_piece_back(struct errand *e);
void feed_check(struct session *s, uint64_t now_ms);

#endif
