/* shared/link/sync.h
 *
 * One link from this replica to a server of the log, as a pure state machine: events in,
 * actions out. It decides what to ask and when; whether what comes is true (signatures,
 * rules, root) is found out by whoever performs SYNC_STORE, before anything is kept.
 *
 * docs/replication.md has the protocol in numbered clauses; sync.c quotes them.
 *
 * Between calls:
 * 1. stored <= asked: what is durable, and what was handed out to be stored.
 * 2. At most one request is unanswered, or one part is handed out and not stored yet.
 * 3. Once stopped, nothing is asked any more.
 */
#ifndef AVOW_LINK_SYNC_H
#define AVOW_LINK_SYNC_H

#include "link/message.h"

struct sync;

enum sync_event_type {
    SYNC_UP,        /* begin */
    SYNC_ANSWER,    /* frame: to the request that was sent last */
    SYNC_FAILED,    /* that request got no answer */
    SYNC_HINT,      /* size: the log is said to have grown */
    SYNC_STORED,    /* size: the part handed out is durable up to there */
    SYNC_DISCARDED, /* it is not what the log signed: thrown away, to be asked again */
    SYNC_WRONG,     /* the log signed what breaks a rule */
    SYNC_TICK
};

struct sync_event {
    enum sync_event_type type;
    uint64_t now_ms;
    struct bytes frame;
    uint64_t size;
};

enum sync_action_type {
    SYNC_SEND,    /* frame; the answer comes back as SYNC_ANSWER, or SYNC_FAILED */
    SYNC_HINTS,   /* port: subscribe to hints there */
    SYNC_STORE,   /* part: check and keep it, then SYNC_STORED, _DISCARDED or _WRONG */
    SYNC_CURRENT, /* size: we have all that the server's checkpoint (frame) covers */
    SYNC_BEHIND,  /* size: the server has less than we do; it is asked all the same */
    SYNC_NONSENSE /* the server's answer is not one; text says what */
};

struct sync_part {
    uint64_t from;
    uint32_t count;
    struct bytes bundle;
    struct bytes checkpoint; /* a signed note, of size >= from + count */
    struct message answer;   /* its proof: message_proof() */
};

struct sync_action {
    enum sync_action_type type;
    struct bytes frame;
    uint64_t size;
    uint16_t port;
    const char *text;
    struct sync_part part;
};

#define SYNC_ACTIONS_MAX 4
struct sync_actions {
    struct sync_action list[SYNC_ACTIONS_MAX];
    size_t n;
};

/* `origin` "": not known yet, the server's is taken. `stored`: entries we hold. */
enum status sync_new(const char *origin, uint64_t stored, struct sync **out);
void sync_free(struct sync *s); /* accepts NULL */

/* Feed one event; `acts` is what to do now, in order. Its bytes stay valid until the next
 * step, those of a part as long as the event's frame. */
enum status sync_step(struct sync *s, const struct sync_event *ev,
                      struct sync_actions *acts);

/* Call again with SYNC_TICK by then. UINT64_MAX: no need. */
uint64_t sync_deadline_ms(const struct sync *s);

/* The server's size as far as known, for progress. */
uint64_t sync_server_size(const struct sync *s);

#endif
