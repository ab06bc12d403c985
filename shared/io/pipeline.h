/* shared/io/pipeline.h
 *
 * Work on every core, results in the order in which it was handed in: a ring of jobs, a
 * number of threads that work on them, one place where they come out. So one key's
 * statements, verified side by side, reach the sequencer as they were sent.
 *
 * Any threads push, one takes. The room is fixed: when it is full, the pusher is told or
 * waits.
 *
 * Always: taken <= begun <= pushed <= taken + room; jobs in [taken, begun) are being
 * worked on or done, those in [begun, pushed) wait.
 */
#ifndef AVOW_IO_PIPELINE_H
#define AVOW_IO_PIPELINE_H

#include "base/bytes.h"

struct pipeline;

/* On one of the pipeline's threads; `thread` counts them from 0. The result goes into the
 * job itself. */
typedef void pipeline_work_fn(void *ctx, void *job, unsigned thread);

enum pipeline_wait { PIPELINE_NOWAIT, PIPELINE_WAIT };

/* `threads` 0: one for each processor. `room`: jobs at most, from push to take. */
enum status pipeline_new(unsigned threads, size_t room, pipeline_work_fn *work, void *ctx,
                         struct pipeline **out);

/* STATUS_BUSY: full (PIPELINE_NOWAIT only), or finished. The job stays the caller's then.
 */
enum status pipeline_push(struct pipeline *p, void *job, enum pipeline_wait wait);

/* The next jobs in order that are done, at most `max`: as soon as there is one, else
 * after `timeout_ms` (-1: wait for ever) none. None is also the answer when the pipeline
 * is finished and empty, or was woken. */
size_t pipeline_take(struct pipeline *p, void *jobs[], size_t max, int timeout_ms);

/* Let a pipeline_take that waits return. */
void pipeline_wake(struct pipeline *p);

/* No more pushes; what was pushed still comes out. */
void pipeline_finish(struct pipeline *p);
/* Finished, and everything was taken. */
bool pipeline_empty(struct pipeline *p);

/* Jobs from push to take: for metrics. */
size_t pipeline_depth(struct pipeline *p);

/* Finishes, and waits for the threads; jobs not taken are the caller's to know of, so
 * take until pipeline_empty() first. Accepts NULL. */
void pipeline_free(struct pipeline *p);

#endif
