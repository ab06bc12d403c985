/* shared/io/worker.h
 *
 * A thread that owns what it works with: it opens that itself, says how it went, works,
 * and closes it. (A store belongs to the thread that opened it.)
 */
#ifndef AVOW_IO_WORKER_H
#define AVOW_IO_WORKER_H

#include "base/bytes.h"

struct worker;

struct worker_calls {
    enum status (*open)(void *arg); /* first; may be NULL */
    void (*work)(void *arg);        /* if that went well */
    void (*close)(void *arg);       /* last, in any case; may be NULL */
};

/* Returns when `open` did, with what it said; then *out is set only on STATUS_OK. */
enum status worker_start(const struct worker_calls *calls, void *arg,
                         struct worker **out);
/* Waits until `work` returned and all is closed. Accepts NULL. */
void worker_join(struct worker *w);

#endif
