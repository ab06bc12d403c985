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
 *
 * Files are made, changed and removed under the outbox's lock (outbox.lock), which is
 * never held while the network is waited for. Whoever sends a statement has claimed it
 * under the lock: an open file description lock on the statement's file, which ends with
 * its process, however that ends. Claimed ones are left alone by everybody else.
 *
 * Between calls:
 * 1. A claim is held only of a file that is there, or was settled by whoever holds it.
 * 2. Whoever waits for a claim waits for a statement before its own in the order of the
 *    list, so no two wait for each other.
 */
#ifndef AVOW_NODE_OUTBOX_H
#define AVOW_NODE_OUTBOX_H

#include "ledger/ledger.h"
#include "node/submit.h"

enum outbox_state {
    OUTBOX_READY,   /* is sent when the broker is in reach; or claimed by this list */
    OUTBOX_SENDING, /* claimed by somebody else */
    OUTBOX_REFUSED, /* by the log */
    OUTBOX_WAITS,   /* for one before it that was refused, or that somebody else sends */
    OUTBOX_GONE     /* removed through this list */
};

/* Why it waits. One that is sent makes every lower seq of its key stale, so behind one
 * that waits, or is on its way, its whole key does. */
enum outbox_reason { OUTBOX_NAMES, OUTBOX_FILE, OUTBOX_NUMBER, OUTBOX_ORDER };

struct outbox_item {
    char *path; /* of the statement, without its ending */
    struct statement *statement;
    json_t *about;
    enum outbox_state state;
    size_t behind; /* OUTBOX_WAITS: the place of the one that was refused or is sent */
    enum outbox_reason reason;
    const char *named; /* OUTBOX_NAMES: which made this */
    int claim;         /* -1: not claimed by this list */
    bool claimed;      /* by somebody else */
    bool own;          /* of outbox_keep: claimed until the list is closed */
    bool fresh;        /* and was not there before: nobody else has sent it */
};

/* In the order in which they were signed: by time, key and seq. */
struct outbox {
    char *dir;
    int lock; /* -1: not held */
    struct outbox_item *items;
    size_t n;
};

enum outbox_need { OUTBOX_LOOK, OUTBOX_LOCK };

/* What fails is said. A file that is no statement is left out, and that is said. */
enum status outbox_open(const char *dir, enum outbox_need need, struct outbox *out);
void outbox_close(
    struct outbox *o); /* lets go of lock and claims; all zero is not fine */

/* Wait for the lock, which others hold for moments only. Said. */
enum status outbox_lock(struct outbox *o);
void outbox_unlock(struct outbox *o); /* claims stay */
/* Under the lock: the list anew, as it is on disk. Claims stay. Said. */
enum status outbox_reread(struct outbox *o);
/* The lock alone, for who changes what statements leave behind. -1: said. */
int outbox_lock_open(const char *dir);

/* Under the lock. Keep a statement, durable when it returns, and claim it; *at is its
 * place. `batch` (may be NULL) names those that were made of one file. One that is there
 * already is claimed as it is; if it was refused, it is ready again. STATUS_BUSY, not
 * said: somebody else has claimed the one at *at. STATUS_EXISTS: another one of that key
 * and seq waits. Said. */
enum status outbox_keep(struct outbox *o, struct bytes note, const struct statement *s,
                        const char *batch, size_t *at);
/* Under the lock. STATUS_BUSY, not said: somebody else has. */
enum status outbox_claim(struct outbox_item *i);
void outbox_release(struct outbox_item *i);
/* Until nobody else claims it, or it is gone: at most so long, then STATUS_BUSY, not
 * said. Without the lock. */
enum status outbox_await(const struct outbox_item *i, int patience_ms);

/* Under the lock. Its files go; the item stays in the list. Said. */
enum status outbox_remove(struct outbox_item *i);
/* Under the lock. The log refused it: remembered, and the states are told anew. Said. */
enum status outbox_refuse(struct outbox *o, size_t item, const struct submitted *sub);
/* By its id or the beginning of it, at least 8 digits; NULL: none, or several. */
struct outbox_item *outbox_find(struct outbox *o, struct bytes id);
/* The place of the statement of this id; `n` of the list: it is not there. */
size_t outbox_place(const struct outbox *o, const struct hash *id);
/* Will it be sent, as far as is known: nothing that was refused is in its way. */
bool outbox_goes(const struct outbox *o, const struct outbox_item *i);

/* All records of those that wait here, so that their ids are not given again: appended to
 * the array. */
enum status outbox_records(const char *dir, json_t *records);
/* The highest seq of this key that waits here, and the latest time of those that were not
 * refused; 0: none. Said. */
enum status outbox_highest(const char *dir, uint32_t key_id, uint64_t *seq, int64_t *at);

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
/* One round: those that are ready are claimed, as many as are claimed at once, then sent
 * in order without the lock, and each settled under it: with its receipt it goes; what
 * the log refused stays as refused, but for a fresh one, which goes, too. The lock is
 * held and the list new at the beginning, and let go at the end. *sent: how many were
 * settled. STATUS_UNREACHABLE, STATUS_TIMEOUT, STATUS_BUSY, not said: the others stay.
 * What else is not STATUS_OK was said. */
enum status outbox_send(struct session *s, struct outbox *o, outbox_told_fn *told,
                        void *ctx, size_t *sent);
/* The same for what an earlier command left, until nothing is ready, saying what became
 * of it, and the replica has it then; nothing to do is fine, and so is a broker that is
 * away. */
enum status outbox_send_left(struct session *s);
/* The receipt that whoever sent this statement has kept, in `sub`: it proves `note`, or,
 * where `proven` is not set, the entry of that text that is in it. STATUS_NOT_FOUND: none
 * that does. */
enum status outbox_receipt(struct session *s, const struct statement *statement,
                           struct submitted *sub);

/* "it names X": why one waits. */
void outbox_why(const struct outbox_item *i, struct buf *out);
/* One JSON object, and one line for people. */
json_t *outbox_json(const struct outbox *o, const struct outbox_item *i);
void outbox_line(const struct outbox *o, const struct outbox_item *i, struct buf *out);

#endif
