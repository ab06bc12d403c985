/* node/outbox.h
 *
 * Statements that are signed and not yet known to be in the log: a file each in the
 * node's folder (outbox-<key id>-<seq>.statement), there before the statement leaves, and
 * gone only when a receipt of it was verified and is kept (receipts/). So however either
 * side ends, it is sent, and entered once: the log knows a text that it has.
 *
 * Beside it outbox-<key id>-<seq>.json may say of which batch it is, and by which rule
 * the log refused it. What was refused stays until the user drops it; what builds on it
 * waits with it.
 */
#ifndef AVOW_NODE_OUTBOX_H
#define AVOW_NODE_OUTBOX_H

#include "ledger/ledger.h"
#include "node/submit.h"

enum outbox_state {
    OUTBOX_READY,   /* is sent when the broker is in reach */
    OUTBOX_REFUSED, /* by the log */
    OUTBOX_WAITS    /* builds on one that was refused */
};

/* Why it waits. One that is sent makes every lower seq of its key stale, so behind one
 * that waits its whole key does. */
enum outbox_reason { OUTBOX_NAMES, OUTBOX_FILE, OUTBOX_NUMBER };

struct outbox_item {
    char *path; /* of the statement, without its ending */
    struct statement *statement;
    json_t *about;
    enum outbox_state state;
    size_t behind; /* OUTBOX_WAITS: the place of the one that was refused */
    enum outbox_reason reason;
    const char *named; /* OUTBOX_NAMES: which made this */
};

/* In the order in which they were signed: by time, key and seq. */
struct outbox {
    char *dir;
    int lock; /* -1: not held */
    struct outbox_item *items;
    size_t n;
};

/* Who sends or drops holds the lock, and nobody else changes a state. */
enum outbox_need { OUTBOX_LOOK, OUTBOX_TRY, OUTBOX_LOCK };

/* STATUS_BUSY, not said: another process has the lock (OUTBOX_TRY). What else fails is
 * said. A file that is no statement is left out, and that is said. */
enum status outbox_open(const char *dir, enum outbox_need need, struct outbox *out);
void outbox_close(struct outbox *o);

/* Keep a statement: durable when it returns. `batch` (may be NULL) names those that were
 * made of one file. Again the same: fine. STATUS_EXISTS: another one of that key and seq
 * waits. Said. */
enum status outbox_keep(const char *dir, struct bytes note, const struct statement *s,
                        const char *batch);
/* Its files go; the item stays in the list, to be looked at. Said. */
enum status outbox_remove(const struct outbox_item *i);
/* The log refused it: remembered, and the states are told anew. Said. */
enum status outbox_refuse(struct outbox *o, size_t item, const struct submitted *sub);
/* By its id or the beginning of it, at least 8 digits; NULL: none, or several. */
struct outbox_item *outbox_find(struct outbox *o, struct bytes id);

/* All records of those that wait here, so that their ids are not given again: appended to
 * the array. */
enum status outbox_records(const char *dir, json_t *records);

/* Let the ledger take what waits, in order, up to the statement of this id (NULL: all),
 * as if it had been sent; what the replica refuses or knows is left out. */
enum status outbox_take(struct outbox *o, const struct hash *until, struct ledger *l);

/* The store as it will be when all was sent: rows found by key and entries, for who makes
 * statements that build on what waits; *out NULL: nothing does. Ends with
 * outbox_view_close, before the store is read for anything else. Said. */
struct outbox_view;
enum status outbox_view_open(struct session *s, struct outbox_view **out);
/* Has taken all of it, and reads the store below. NULL of NULL. */
struct ledger *outbox_view_ledger(const struct outbox_view *v);
void outbox_view_close(struct outbox_view *v); /* accepts NULL */

/* What became of one: STATUS_OK: it is in the log, with the receipt in `sub`, which
 * the callee may take; STATUS_REFUSED: `sub` has the rule. */
typedef enum status outbox_told_fn(void *ctx, const struct outbox_item *i, enum status st,
                                   struct submitted *sub);
/* Send those that are ready, in order. STATUS_UNREACHABLE, STATUS_TIMEOUT, STATUS_BUSY,
 * not said: the others stay. What else is not STATUS_OK was said. The lock is held. */
enum status outbox_send(struct session *s, struct outbox *o, outbox_told_fn *told,
                        void *ctx);
/* The same for what an earlier command left, saying what became of it, and the replica
 * has it then; nothing to do is fine, and so is a broker that is away. */
enum status outbox_send_left(struct session *s);

/* "it names X": why one waits. */
void outbox_why(const struct outbox_item *i, struct buf *out);
/* One JSON object, and one line for people. */
json_t *outbox_json(const struct outbox *o, const struct outbox_item *i);
void outbox_line(const struct outbox *o, const struct outbox_item *i, struct buf *out);

#endif
