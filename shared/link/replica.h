/* shared/link/replica.h
 *
 * A replica and everybody it hears the log from: the broker, and any number of peers that
 * hold replicas too. A pure state machine: events in, actions out. It decides whom to ask
 * what and when, and compares what different sources signed; whether the entries of a
 * part are valid is found out by whoever performs REPLICA_STORE, before they are kept.
 *
 * docs/replication.md has the protocol in numbered clauses, which the code quotes.
 *
 * What the node itself has to say (statements) is not this machine's: it goes to the
 * broker beside it.
 *
 * Between calls:
 * 1. At most one request to a source is unanswered.
 * 2. Entries are asked of one source at a time, or one part is handed out to be stored.
 * 3. Once stopped, nothing is asked any more.
 */
#ifndef AVOW_LINK_REPLICA_H
#define AVOW_LINK_REPLICA_H

#include "link/fork.h"
#include "link/message.h"

#define REPLICA_SOURCES_MAX 33 /* a broker and 32 peers */

struct replica;

/* --- what the machine is given ------------------------------------------------------ */

/* What vouches for the tree of our first `at` entries: a checkpoint of just this size, or
 * of more with the proof that leads to it. */
struct replica_vouch {
    uint64_t at;
    struct buf checkpoint;
    struct proof proof;
};

/* What the machine looks at, and never changes. */
struct replica_view {
    checkpoint_open_fn *open;   /* signed by the log? */
    checkpoint_open_fn *accuse; /* ... by a key that it has not retired? */
    void *open_ctx;
    tile_read_fn *read; /* tiles of the entries we hold */
    void *read_ctx;
    /* Of a tree of ours of at least `size` entries. `out` is empty. */
    enum status (*vouch)(void *ctx, uint64_t size, struct replica_vouch *out);
    void *vouch_ctx;
};

enum replica_source_type { REPLICA_BROKER, REPLICA_PEER };

struct replica_options {
    const char *origin; /* of the log that is followed */
    struct replica_view view;
    enum replica_source_type sources[REPLICA_SOURCES_MAX];
    size_t n;
    uint64_t stored; /* entries that we hold */
    bool cosigns;
    uint64_t cosigned;   /* the size that was cosigned last; 0: none */
    uint32_t part_bytes; /* of entries asked for at once; 0: as many as are good */
};

enum replica_event_type {
    REPLICA_UP,        /* begin */
    REPLICA_ANSWER,    /* source, ticket, frame */
    REPLICA_FAILED,    /* source, ticket: no answer came */
    REPLICA_HINT,      /* source, size: its log is said to have grown */
    REPLICA_STORED,    /* size: the part handed out is durable up to there */
    REPLICA_DISCARDED, /* it is not what the log signed: thrown away */
    REPLICA_WRONG,     /* the log signed what breaks a rule: stop */
    REPLICA_COSIGNED,  /* size, frame: that it was cosigned is durable; what to send */
    REPLICA_UNSIGNED,  /* it must not be cosigned, and nothing after it */
    REPLICA_TICK
};

struct replica_event {
    enum replica_event_type type;
    uint64_t now_ms;
    size_t source;
    uint64_t ticket;
    uint64_t size;
    struct bytes frame;
};

/* --- what it wants done ------------------------------------------------------------- */

enum replica_action_type {
    REPLICA_SEND,  /* source, ticket, frame: the answer comes as _ANSWER, or _FAILED */
    REPLICA_HINTS, /* source, port: subscribe to hints there */
    REPLICA_STORE, /* source, part: check and keep it, then _STORED, _DISCARDED, _WRONG */
    REPLICA_HEARD, /* frame: a checkpoint of our tree, of `size`: keep it where it is
                      newer than what is kept, and its cosignatures */
    REPLICA_COSIGN,  /* frame: cosign this checkpoint, then _COSIGNED or _UNSIGNED */
    REPLICA_REPLIED, /* status, frame: what the broker said to the cosignature */
    REPLICA_FORK,    /* frame: evidence that convicts the log, for `size`; stopped */
    REPLICA_WAITING, /* source, size: a broker that wants to be told what its log was */
    REPLICA_SHORTER, /* source, size: its log ends before what it or others showed */
    REPLICA_TROUBLE  /* source, text: what it sends is not the log */
};

struct replica_part {
    uint64_t from;
    uint32_t count;
    struct bytes bundle;
    struct bytes checkpoint; /* a signed note, of size >= from + count */
    struct proof proof;      /* from the tree that ends with the part */
};

struct replica_action {
    enum replica_action_type type;
    size_t source;
    uint64_t ticket;
    uint64_t size;
    uint16_t port;
    uint16_t status;
    const char *text;
    bool damaged; /* REPLICA_TROUBLE: the source says that of its store */
    struct bytes frame;
};

#define REPLICA_ACTIONS_MAX (2 * REPLICA_SOURCES_MAX + 8)
struct replica_actions {
    struct replica_action list[REPLICA_ACTIONS_MAX];
    size_t n;
    struct replica_part part; /* of REPLICA_STORE */
};

enum status replica_new(const struct replica_options *o, struct replica **out);
void replica_free(struct replica *r); /* accepts NULL */

/* Feed one event; `acts` is what to do now, in order. Its bytes stay valid until the next
 * step, those of a part as long as the event's frame. Other than STATUS_OK: our own tree
 * could not be read, or there is no memory. */
enum status replica_step(struct replica *r, const struct replica_event *ev,
                         struct replica_actions *acts);

/* Call again with REPLICA_TICK by then. UINT64_MAX: no need. */
uint64_t replica_deadline_ms(const struct replica *r);

/* --- what it knows ------------------------------------------------------------------ */

enum replica_state {
    REPLICA_FOLLOWING, /* more to come, or not everybody was asked yet */
    REPLICA_CURRENT,   /* we hold all that those who answer have signed */
    REPLICA_AWAY,      /* nobody who has the log answers */
    REPLICA_STOPPED    /* the log was found to be wrong */
};
enum replica_state replica_state(const struct replica *r);

/* The largest size that somebody signed or hinted at, for progress. */
uint64_t replica_size_known(const struct replica *r);

enum replica_source_state {
    REPLICA_SOURCE_NEW,     /* not heard of yet */
    REPLICA_SOURCE_ANSWERS, /* and what it says is the log */
    REPLICA_SOURCE_SILENT,
    REPLICA_SOURCE_SHORTER, /* than it was, or than others are */
    REPLICA_SOURCE_TROUBLE  /* what it says is not the log */
};

struct replica_source {
    enum replica_source_type type;
    enum replica_source_state state;
    uint64_t size;     /* of its newest checkpoint; 0: none heard */
    uint64_t heard_ms; /* when it answered last; 0: never */
    uint64_t entries;  /* that came from it */
    const char *text;  /* of its trouble; "" none */
};
void replica_source(const struct replica *r, size_t source, struct replica_source *out);

/* --- shared with whoever performs -----------------------------------------------------
 */

/* docs/replication.md 1.1: does the checkpoint vouch for the tree of `size`, that ends
 * with the part, by its root? *exact: it is of just this size. STATUS_BAD_PROOF. */
enum status replica_part_vouched(const struct replica_part *p,
                                 const struct checkpoint *cp, uint64_t size,
                                 const struct hash *root, bool *exact);

/* `theirs` is signed by the log, and its checkpoint `cp`, of no more than we hold, is not
 * of our tree: the evidence. STATUS_BAD_SIG: only by keys that the log has retired. */
enum status replica_contradiction(const struct replica_view *v, struct bytes theirs,
                                  const struct checkpoint *cp, struct buf *evidence);

/* docs/replication.md 3.2: may a checkpoint be cosigned after `last` (size 0: none)?
 * STATUS_EXISTS: it is that one. STATUS_FORK: never. */
enum status replica_may_cosign(const struct checkpoint *last,
                               const struct checkpoint *cp);

#endif
