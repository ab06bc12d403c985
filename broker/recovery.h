/* broker/recovery.h
 *
 * A broker that may have been restored from an old backup (docs/replication.md 8): it
 * signs nothing of its own until a cosigning node has told it the newest checkpoint, and
 * takes back from nodes what it lacks, verified and judged as ever.
 *
 * One that knows that nothing is missing does not wait. One that knows that something is
 * waits until it is there, whoever may tell. One that is told while it runs of more than
 * it has begins to wait.
 */
#ifndef AVOW_BROKER_RECOVERY_H
#define AVOW_BROKER_RECOVERY_H

#include "broker/metrics.h"
#include "io/link_nng.h"
#include "ledger/keyring.h"
#include "ledger/ledger.h"
#include "link/message.h"

/* Until a waiting broker should be asked again. */
#define RECOVERY_RETRY_S 5

struct recovery;

/* The sequencer's: its thread calls what takes one. */
struct recovery_log {
    struct store *store;
    struct ledger *ledger;
    struct keyring *keyring;
    /* Commit what was taken, with this checkpoint of just that size; empty: with one that
     * the broker signs. */
    enum status (*commit)(void *ctx, struct bytes checkpoint);
    void *ctx;
};

/* Before anybody opens the store to write. `alone`: it never waits; told of another
 * history it stops all the same. */
enum status recovery_new(const char *store_path, bool alone, struct metrics *m,
                         struct recovery **out);
/* Accepts NULL; answers nobody. Where the log went on and its store is closed, that is
 * how the run ended: in order. */
void recovery_free(struct recovery *r);

/* When the log is open: does it have to wait? */
enum status recovery_open(struct recovery *r, const struct recovery_log *l);
/* After each commit, before anybody is told. */
void recovery_committed(struct recovery *r, uint64_t size, const struct hash *root);
/* Answers all that came; the time that waiting takes goes on by it. */
void recovery_step(struct recovery *r, const struct recovery_log *l);
/* Nothing comes any more: answers all that is left. */
void recovery_end(struct recovery *r);

/* Any thread. What follows is of no use while the store is not to be trusted, so nothing
 * is taken and signed from the first damage that was found on: said. */
void recovery_damaged(struct recovery *r, const char *what);
/* Nothing is taken. */
bool recovery_waits(const struct recovery *r);
/* ... until nodes have told what the log was. */
bool recovery_asks(const struct recovery *r);
/* Appends why. */
void recovery_print(struct recovery *r, struct buf *out);
/* A TELL or RETURN, valid until it is answered. False: too many; not answered. */
bool recovery_push(struct recovery *r, struct link_request *rq, const struct message *m);

#endif
