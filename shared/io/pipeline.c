/* shared/io/pipeline.c */
#include "io/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Jobs a worker takes at once: enough to make the lock cheap, few enough that the last
 * jobs of a burst spread over all workers. */
#define GRAB_MAX 16

struct slot {
    void *job;
    bool done;
};

struct worker {
    struct pipeline *pipeline;
    pthread_t thread;
    unsigned number;
};

struct pipeline {
    pipeline_work_fn *work;
    void *ctx;
    size_t room;
    struct slot *slots;
    struct worker *workers;
    unsigned n_workers; /* that were started */

    pthread_mutex_t lock;
    pthread_cond_t to_work, to_take, to_push;
    uint64_t taken, begun, pushed; /* counts since the start; see the header */
    bool finished, woken;
};

static struct slot *slot_at(struct pipeline *p, uint64_t i)
{
    return &p->slots[i % p->room];
}

/* Under the lock: how many jobs this worker takes now. */
static size_t share(const struct pipeline *p)
{
    uint64_t waiting = p->pushed - p->begun;
    uint64_t n = (waiting + p->n_workers - 1) / p->n_workers;

    return n < GRAB_MAX ? (size_t)n : GRAB_MAX;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct pipeline *p = w->pipeline;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        void *jobs[GRAB_MAX];
        uint64_t first = p->begun;
        size_t n = share(p);

        if (n == 0) {
            if (p->finished)
                break;
            pthread_cond_wait(&p->to_work, &p->lock);
            continue;
        }
        for (size_t i = 0; i < n; i++)
            jobs[i] = slot_at(p, first + i)->job;
        p->begun += n;
        pthread_mutex_unlock(&p->lock);
        for (size_t i = 0; i < n; i++)
            p->work(p->ctx, jobs[i], w->number);
        pthread_mutex_lock(&p->lock);
        for (size_t i = 0; i < n; i++)
            slot_at(p, first + i)->done = true;
        if (first == p->taken)
            pthread_cond_signal(&p->to_take);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static enum status start_workers(struct pipeline *p, unsigned threads)
{
    /* All are counted before the first runs: share() divides by the number. */
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < threads; i++) {
        struct worker *w = &p->workers[i];

        *w = (struct worker){ .pipeline = p, .number = i };
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
            break;
        p->n_workers++;
    }
    pthread_mutex_unlock(&p->lock);
    return p->n_workers > 0 ? STATUS_OK : STATUS_NOMEM;
}

static void init_sync(struct pipeline *p)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->to_take, &attr);
    pthread_cond_init(&p->to_work, NULL);
    pthread_cond_init(&p->to_push, NULL);
    pthread_condattr_destroy(&attr);
}

enum status pipeline_new(unsigned threads, size_t room, pipeline_work_fn *work, void *ctx,
                         struct pipeline **out)
{
    struct pipeline *p = calloc(1, sizeof(*p));
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    enum status st = STATUS_NOMEM;

    assert(room > 0);
    if (p == NULL)
        return STATUS_NOMEM;
    if (threads == 0)
        threads = processors > 0 ? (unsigned)processors : 1;
    p->work = work;
    p->ctx = ctx;
    p->room = room;
    init_sync(p);
    p->slots = calloc(room, sizeof(*p->slots));
    p->workers = calloc(threads, sizeof(*p->workers));
    if (p->slots != NULL && p->workers != NULL)
        st = start_workers(p, threads);
    if (st != STATUS_OK) {
        pipeline_free(p);
        return st;
    }
    *out = p;
    return STATUS_OK;
}

enum status pipeline_push(struct pipeline *p, void *job, enum pipeline_wait wait)
{
    enum status st = STATUS_OK;

    pthread_mutex_lock(&p->lock);
    while (wait == PIPELINE_WAIT && !p->finished && p->pushed - p->taken == p->room)
        pthread_cond_wait(&p->to_push, &p->lock);
    if (p->finished || p->pushed - p->taken == p->room) {
        st = STATUS_BUSY;
    } else {
        *slot_at(p, p->pushed) = (struct slot){ .job = job };
        p->pushed++;
        pthread_cond_signal(&p->to_work);
    }
    pthread_mutex_unlock(&p->lock);
    return st;
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

/* Under the lock: is there something to say to whoever takes? */
static bool ready(struct pipeline *p)
{
    if (p->taken < p->begun && slot_at(p, p->taken)->done)
        return true;
    return p->woken || (p->finished && p->taken == p->pushed);
}

static void wait_ready(struct pipeline *p, int timeout_ms)
{
    struct timespec until;

    if (timeout_ms >= 0)
        until = deadline_in(timeout_ms);
    while (!ready(p)) {
        if (timeout_ms < 0)
            pthread_cond_wait(&p->to_take, &p->lock);
        else if (pthread_cond_timedwait(&p->to_take, &p->lock, &until) == ETIMEDOUT)
            return;
    }
}

size_t pipeline_take(struct pipeline *p, void *jobs[], size_t max, int timeout_ms)
{
    size_t n = 0;

    pthread_mutex_lock(&p->lock);
    wait_ready(p, timeout_ms);
    p->woken = false;
    while (n < max && p->taken < p->begun && slot_at(p, p->taken)->done) {
        jobs[n++] = slot_at(p, p->taken)->job;
        p->taken++;
    }
    if (n > 0)
        pthread_cond_broadcast(&p->to_push);
    pthread_mutex_unlock(&p->lock);
    return n;
}

void pipeline_wake(struct pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    p->woken = true;
    pthread_cond_signal(&p->to_take);
    pthread_mutex_unlock(&p->lock);
}

void pipeline_finish(struct pipeline *p)
{
    pthread_mutex_lock(&p->lock);
    p->finished = true;
    pthread_cond_broadcast(&p->to_work);
    pthread_cond_broadcast(&p->to_push);
    pthread_cond_broadcast(&p->to_take);
    pthread_mutex_unlock(&p->lock);
}

bool pipeline_empty(struct pipeline *p)
{
    bool empty;

    pthread_mutex_lock(&p->lock);
    empty = p->finished && p->taken == p->pushed;
    pthread_mutex_unlock(&p->lock);
    return empty;
}

size_t pipeline_depth(struct pipeline *p)
{
    size_t depth;

    pthread_mutex_lock(&p->lock);
    depth = (size_t)(p->pushed - p->taken);
    pthread_mutex_unlock(&p->lock);
    return depth;
}

void pipeline_free(struct pipeline *p)
{
    if (p == NULL)
        return;
    pipeline_finish(p);
    for (unsigned i = 0; i < p->n_workers; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->to_work);
    pthread_cond_destroy(&p->to_take);
    pthread_cond_destroy(&p->to_push);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p->slots);
    free(p);
}
