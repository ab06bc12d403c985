/* node/follow_internal.h: what the files of follow.c share. */
#ifndef AVOW_NODE_FOLLOW_INTERNAL_H
#define AVOW_NODE_FOLLOW_INTERNAL_H

#include "io/pipeline.h"
#include "ledger/keyring.h"
#include "link/sync.h"
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
    struct link_client *link;
    struct sync *sync;
    struct buf answer; /* what the part being checked points into */
    struct buf request;
    struct buf checkpoint; /* the log's lines only */
    struct buf cosigned;
    struct check checks[ROOM];
    struct sync_event next; /* what happened last, for the next step */
    char trouble[200];      /* what the server sent that is not the log; "" nothing */
    unsigned troubles;      /* so often in a row */
    bool shorter;           /* than what we hold is the server's log, at `theirs` */
    uint64_t theirs;
    uint64_t hint; /* the newest that was acted upon */
    bool begun;
    bool pending; /* `next` is the outcome of an action */
    bool current, away, stopped;
    struct buf standing; /* why it stops or is over, to be said; empty: no reason */
    bool standing_said;
};

/* follow.c: the server sent what is not the log. Said once, however often it happens. */
void follow_trouble(struct follow *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void follow_no_trouble(struct follow *f);

/* follow_part.c: check a part and keep it; what came of it is left in f->next. */
enum status follow_part(struct follow *f, const struct sync_part *p);
/* A checkpoint of the log, by the keys that what we hold states; those that the part in
 * hand states are believed from the next part on. */
enum status follow_believe(struct follow *f, struct bytes note, struct checkpoint *out);
/* Does the log, as far as it is held, go on for this program? Stops following if not. */
enum status follow_standing(struct follow *f);
/* The log's own lines of a checkpoint: cosignatures are kept elsewhere. */
enum status follow_own_lines(const struct follow *f, struct bytes checkpoint,
                             struct buf *out);

#endif
