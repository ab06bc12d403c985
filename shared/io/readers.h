/* shared/io/readers.h
 *
 * A few threads that read: each with a store of its own, one bounded queue of jobs. Who
 * finds the queue full says "busy" to whoever asked.
 */
#ifndef AVOW_IO_READERS_H
#define AVOW_IO_READERS_H

#include "store/store.h"

struct readers;

/* On a reader's thread, which lends its store. */
typedef void reader_fn(struct store *s, void *job);

/* `path`: of the store, opened STORE_READ by each. */
enum status readers_new(const char *path, unsigned threads, size_t room,
                        struct readers **out);
/* STATUS_BUSY: full, or finished; the job stays the caller's. */
enum status readers_push(struct readers *r, reader_fn *fn, void *job);
size_t readers_depth(struct readers *r); /* jobs that wait */
/* Does what was pushed, then ends the threads; pushes are answered STATUS_BUSY. */
void readers_finish(struct readers *r);
/* Finishes first. Accepts NULL. */
void readers_free(struct readers *r);

#endif
