/* shared/io/face_session.h
 *
 * One connection that asks, on the door's thread: face_session.c moves it on, face_door.c
 * tells it what happened.
 *
 * It is in one state at a time, and asks the kernel for what that state needs and no
 * more: while a request is with others nothing is read, so one that sends many has one
 * answered after the other, and holds no more than one answer and one buffer. Nothing is
 * given to the kernel beyond what it has room for.
 */
#ifndef AVOW_IO_FACE_SESSION_H
#define AVOW_IO_FACE_SESSION_H

#include "io/face_internal.h"

/* Of one read. */
#define SESSION_READ_MAX ((size_t)64 * 1024)

enum session_state {
    SESSION_READING,   /* a head, or nothing yet */
    SESSION_BODY,      /* of session->exchange */
    SESSION_WAITING,   /* its exchange is out, or parked */
    SESSION_ANSWERING, /* its exchange has the answer, which leaves */
    SESSION_LINGERING, /* the answer left; what still comes is dropped, then it closes */
    SESSION_STATES
};

/* Between calls:
 * 1. `exchange` is NULL in READING and LINGERING, and only there.
 * 2. What epoll is asked for is `asked`.
 * 3. It stands in the list of its state; those stand in order of entering it, the latest
 *    first.
 */
struct session {
    struct door *door;
    struct session *next, *prev; /* in the list of its state */
    int fd;
    enum session_state state;
    uint32_t asked;
    struct peer_address peer;
    bool counted;      /* by its address */
    bool served;       /* it had a request answered before */
    bool close_after;  /* the answer */
    bool hung_up;      /* it said, while we did not read, that it sends no more */
    bool peer_ended;   /* all that it sent was read */
    uint64_t since_ms; /* of the state; of the first byte of a head; of progress */
    uint64_t began_ms; /* of the answer */
    struct buf in;
    size_t scanned, dropped;
    uint64_t body_left;
    struct exchange *exchange;
    struct buf head; /* of the answer */
    size_t sent;     /* of head and body */
    int unsent;      /* in the kernel, when it was last looked */
};

struct door {
    struct face *face;
    struct inbox inbox;
    pthread_t thread;
    bool started;
    int listener, epoll, wake, spare;
    uint16_t port;
    struct session_list {
        struct session *first, *last;
    } lists[SESSION_STATES];
    uint8_t *room; /* SESSION_READ_MAX, for what comes in */
};

/* In READING; owns `fd` where it is made. NULL: no memory. */
struct session *session_new(struct door *d, int fd, const struct peer_address *peer);
/* Closes it and frees all. */
void session_end(struct session *s);
/* Each of these may end it. */
void session_event(struct session *s, uint32_t events); /* of epoll */
void session_answered(struct session *s);               /* its exchange came back */
void session_unpark(struct session *s);                 /* which is parked */
void session_refuse(struct session *s, const struct http_fault *fault); /* and close */
/* Has it waited, or made us wait, for too long? */
bool session_late(struct session *s, uint64_t now_ms);

#endif
