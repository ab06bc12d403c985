/* node/follow_internal.h: what the files of follow.c share. */
#ifndef AVOW_NODE_FOLLOW_INTERNAL_H
#define AVOW_NODE_FOLLOW_INTERNAL_H

#include "io/askers.h"
#include "io/pipeline.h"
#include "ledger/keyring.h"
#include "node/evidence.h"
#include "node/follow.h"

/* Entries in the pipeline at once: enough for every core, little memory. */
#define ROOM 512
#define CALL_TIMEOUT_MS 10000

struct check {
    struct bytes note; /* points into the answer */
    struct statement *statement;
    struct refusal why;
    enum status st;
};

struct follow {
    struct config config; /* borrowed fields */
    struct store *store;
    struct ledger *ledger;
    struct keyring *keyring;
    struct pipeline *pipeline;
    struct evidence_log log;
    struct askers *askers;
    struct replica *replica; /* NULL: not begun */
    struct witness *witness; /* borrowed; NULL: it does not cosign */
    const char *urls[REPLICA_SOURCES_MAX];
    size_t n;
    struct check checks[ROOM];
    struct asked came;            /* what the part being checked points into */
    struct replica_event next[2]; /* what came of actions, for the next steps */
    size_t n_next;
    size_t giver;                          /* the source of the part in hand */
    struct buf body;                       /* of the cosignature made last */
    struct buf heard[REPLICA_SOURCES_MAX]; /* the checkpoint of each, as kept last */
    struct buf evidence;                   /* convicts the log */
    /* What a source sent that is not the log; "" nothing. So often in a row. */
    char trouble[REPLICA_SOURCES_MAX][200];
    unsigned troubles[REPLICA_SOURCES_MAX];
    bool shorter; /* than what we hold is the broker's log, at `theirs` */
    uint64_t theirs;
    bool stopped, forked;
    bool damaged;        /* a source's store is, or it lies; the key is right */
    struct buf standing; /* why it stops or is over, to be said; empty: no reason */
    bool standing_said;
};

/* follow.c: a source sent what is not the log. Said once, however often it happens. */
void follow_trouble(struct follow *f, size_t source, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* follow.c: what came of an action, told to the machine in the next step. */
void follow_then(struct follow *f, struct replica_event ev);

/* follow_part.c: check a part and keep it; what came of it is told by follow_then. */
enum status follow_part(struct follow *f, const struct replica_part *p);
/* A checkpoint of the log, by the keys that what we hold states; those that the part in
 * hand states are believed from the next part on. */
enum status follow_believe(struct follow *f, struct bytes note, struct checkpoint *out);
/* Does the log, as far as it is held, go on for this program? Stops following if not. */
enum status follow_standing(struct follow *f);
/* follow_return.c: tell the broker the newest checkpoint, and give back what it lacks
 * above `size` where it waits for that (docs/replication.md 8). */
enum status follow_return(struct follow *f, size_t source, uint64_t size);

#endif
