/* broker/sequencer.h
 *
 * The one thread that orders: it owns the store's write handle and the log key. It takes
 * what waits, judges it, commits what is accepted under one checkpoint, durably, and only
 * then tells anybody.
 */
#ifndef AVOW_BROKER_SEQUENCER_H
#define AVOW_BROKER_SEQUENCER_H

#include "broker/answerer.h"
#include "broker/keys.h"
#include "broker/metrics.h"
#include "broker/recovery.h"
#include "face/route.h"

/* Statements in a batch at most: some ten milliseconds of judging. */
#define BATCH_MAX 1024

struct sequencer;

struct sequencer_options {
    const char *store_path;
    struct keys *keys; /* the log's; for the sequencer alone until it is joined */
    struct metrics *metrics;
    struct recovery *recovery;
    /* On the sequencer's thread after each commit: hand over only. */
    void (*committed)(void *ctx, uint64_t size, const struct hash *root);
    void *ctx;
};

/* Opens the store (STORE_WRITE) and reads the log. STATUS_BUSY: another process has it.
 * STATUS_REFUSED, and said: no active key of the log is here. */
enum status sequencer_new(const struct sequencer_options *o, struct sequencer **out);
/* As it is after sequencer_new, before sequencer_start; the keyring is the log's. */
struct keyring *sequencer_keyring(struct sequencer *s);
const char *sequencer_origin(const struct sequencer *s);
uint64_t sequencer_size_at_start(const struct sequencer *s);

/* Before anything is asked of it. */
void sequencer_attach(struct sequencer *s, struct intake *in, struct answerer *a,
                      struct admission *admission);
/* Run until the intake's pipeline is finished and empty. */
void sequencer_start(struct sequencer *s);

/* Cosignature lines that were verified, to be kept. Copies them. `kept` is called on the
 * sequencer's thread once they are on disk (STATUS_OK) or cannot be. STATUS_BUSY: too
 * many wait; `kept` is not called. */
enum status sequencer_cosignatures(struct sequencer *s, uint64_t size,
                                   const struct cosignature_line lines[], size_t n,
                                   void (*kept)(void *arg, enum status st), void *arg);

/* A TELL or RETURN, to be answered on the sequencer's thread. STATUS_BUSY: too many. */
enum status sequencer_tell(struct sequencer *s, struct link_request *rq,
                           const struct message *m);

/* Waits for the thread, which ends with the pipeline, or at once where it never started.
 */
void sequencer_join(struct sequencer *s);
void sequencer_free(struct sequencer *s); /* joins; accepts NULL */

#endif
