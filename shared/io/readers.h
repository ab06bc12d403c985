/* shared/io/readers.h
 *
 * A few threads that read, each with a store of its own, and the jobs that wait for them.
 *
 * Nobody keeps others waiting:
 * 1. Jobs wait by asker (an address, say). Whoever has used the least of the threads'
 * time is served next, so an asker with many jobs, or long ones, delays its own.
 * 2. Of one asker, quick jobs go ahead of slow ones, but for every READERS_TURN-th.
 * 3. Slow jobs never hold all threads, where there are two or more.
 * 4. A job that nobody waits for any more is dropped, also while it reads.
 */
#ifndef AVOW_IO_READERS_H
#define AVOW_IO_READERS_H

#include <stdatomic.h>

#include "store/store.h"

struct readers;

#define READERS_TURN 8

enum reader_cost {
    READER_QUICK, /* a bounded number of rows */
    READER_SLOW,  /* a scan */
    READER_COSTS
};

/* On a reader's thread, which lends its store. `s` NULL: the job is dropped, since it was
 * cancelled or all ends; whoever waits must still be answered. */
typedef void reader_fn(struct store *s, void *job);

struct reader_job {
    reader_fn *fn;
    void *arg;
    uint64_t asker; /* any number that stands for one; 0: ourselves */
    enum reader_cost cost;
    /* NULL: never. Once true, calls to the store end with STATUS_CANCELLED. Valid until
     * `fn` is called, and while it runs. */
    const atomic_bool *cancelled;
};

/* `path`: of the store, opened STORE_READ by each. `room`: of jobs that wait in all,
 * above 0; one asker's are at most half of it, its slow ones an eighth. */
enum status readers_new(const char *path, unsigned threads, size_t room,
                        struct readers **out);
/* Copies the job. STATUS_BUSY: no room, or finished; the job stays the caller's. */
enum status readers_push(struct readers *r, const struct reader_job *job);
size_t readers_depth(struct readers *r); /* jobs that wait */
/* Ends: what runs is cancelled, what waits is dropped, pushes are answered STATUS_BUSY.
 */
void readers_finish(struct readers *r);
/* Finishes first. Accepts NULL. */
void readers_free(struct readers *r);

#endif
