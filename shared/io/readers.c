/* shared/io/readers.c */
#include "io/readers.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/worker.h"

/* Askers that are told apart at one time; those beyond share a place. */
#define ASKERS_MAX 256
/* What an asker is charged before its first job has shown what it takes. */
#define FIRST_US 200

struct waiting {
    struct reader_job job;
    struct waiting *next;
};

struct line {
    struct waiting *first, *last;
    size_t n;
};

/* Time that it has used, in microseconds; one that comes (back) begins where the others
 * are, so that nobody saves up. */
struct asker {
    uint64_t who;
    bool used; /* the place is taken */
    unsigned running, turn;
    uint64_t spent_us;
    uint64_t last_us[READER_COSTS];
    struct line lines[READER_COSTS];
};

struct reader_thread {
    struct readers *readers;
    struct store *store;
    struct worker *worker;
    const atomic_bool *cancelled; /* of the job in hand */
};

/* Between calls:
 * 1. `waiting` is the number of jobs in all lines, and at most `room`.
 * 2. `slow` is the number of slow jobs that run.
 */
struct readers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    size_t room, waiting;
    unsigned slow;
    uint64_t now_us; /* `spent_us` of who was served last */
    struct asker askers[ASKERS_MAX];
    struct waiting *places, *free;
    atomic_bool finished;
    const char *path; /* while they start */
    unsigned threads;
    struct reader_thread *list;
};

/* --- lines (the lock is held) ---------------------------------------------------------
 */

static bool idle(const struct asker *a)
{
    return a->running == 0 && a->lines[READER_QUICK].n == 0 &&
           a->lines[READER_SLOW].n == 0;
}

/* Of one that has no place yet: a free one, else that of an idle one, else another's. */
static struct asker *place_for(struct readers *r, uint64_t who)
{
    struct asker *place = NULL;

    for (size_t i = 0; i < ASKERS_MAX; i++) {
        struct asker *a = &r->askers[i];

        if (!a->used) {
            place = a;
            break;
        }
        if (idle(a) && (place == NULL || a->spent_us < place->spent_us))
            place = a;
    }
    if (place == NULL)
        return &r->askers[who % ASKERS_MAX];
    memset(place, 0, sizeof(*place));
    place->used = true;
    place->who = who;
    place->last_us[READER_QUICK] = place->last_us[READER_SLOW] = FIRST_US;
    return place;
}

static struct asker *asker_of(struct readers *r, uint64_t who)
{
    struct asker *a = NULL;

    for (size_t i = 0; a == NULL && i < ASKERS_MAX && r->askers[i].used; i++)
        if (r->askers[i].who == who)
            a = &r->askers[i];
    if (a == NULL)
        a = place_for(r, who);
    if (idle(a) && a->spent_us < r->now_us)
        a->spent_us = r->now_us;
    return a;
}

static bool has_room(const struct readers *r, const struct asker *a,
                     enum reader_cost cost)
{
    size_t slow = a->lines[READER_SLOW].n;

    return r->waiting < r->room &&
           (r->room < 8 || (a->lines[READER_QUICK].n + slow < r->room / 2 &&
                            (cost == READER_QUICK || slow < r->room / 8)));
}

static void line_add(struct readers *r, struct line *l, const struct reader_job *job)
{
    struct waiting *w = r->free;

    assert(w != NULL);
    r->free = w->next;
    *w = (struct waiting){ .job = *job };
    if (l->last != NULL)
        l->last->next = w;
    else
        l->first = w;
    l->last = w;
    l->n++;
    r->waiting++;
}

static struct reader_job line_take(struct readers *r, struct line *l)
{
    struct waiting *w = l->first;
    struct reader_job job = w->job;

    l->first = w->next;
    if (l->first == NULL)
        l->last = NULL;
    l->n--;
    r->waiting--;
    w->next = r->free;
    r->free = w;
    return job;
}

/* --- whose turn it is (the lock is held)
 * ------------------------------------------------
 */

static bool may_run(const struct readers *r, const struct asker *a, enum reader_cost cost)
{
    return a->lines[cost].n > 0 &&
           (cost == READER_QUICK || r->threads == 1 || r->slow + 1 < r->threads ||
            atomic_load(&r->finished));
}

static struct asker *next_asker(struct readers *r)
{
    struct asker *best = NULL;

    for (size_t i = 0; i < ASKERS_MAX && r->askers[i].used; i++) {
        struct asker *a = &r->askers[i];

        if ((may_run(r, a, READER_QUICK) || may_run(r, a, READER_SLOW)) &&
            (best == NULL || a->spent_us < best->spent_us))
            best = a;
    }
    return best;
}

static enum reader_cost next_cost(struct readers *r, struct asker *a)
{
    if (!may_run(r, a, READER_SLOW))
        return READER_QUICK;
    if (!may_run(r, a, READER_QUICK))
        return READER_SLOW;
    return ++a->turn % READERS_TURN == 0 ? READER_SLOW : READER_QUICK;
}

/* --- a thread ----------------------------------------------------------------------- */

struct turn {
    struct reader_job job;
    struct asker *asker;
    uint64_t charged_us;
};

/* False: finished, and nothing is left. */
static bool turn_begin(struct readers *r, struct turn *t)
{
    struct asker *a;

    pthread_mutex_lock(&r->lock);
    while ((a = next_asker(r)) == NULL && !(atomic_load(&r->finished) && r->waiting == 0))
        pthread_cond_wait(&r->work, &r->lock);
    if (a != NULL) {
        enum reader_cost cost = next_cost(r, a);

        *t = (struct turn){ line_take(r, &a->lines[cost]), a, a->last_us[cost] };
        if (a->spent_us > r->now_us)
            r->now_us = a->spent_us;
        a->spent_us += t->charged_us;
        a->running++;
        r->slow += cost == READER_SLOW;
    }
    pthread_mutex_unlock(&r->lock);
    return a != NULL;
}

static void turn_end(struct readers *r, const struct turn *t, uint64_t took_us)
{
    struct asker *a = t->asker;

    pthread_mutex_lock(&r->lock);
    assert(a->running > 0 && a->spent_us >= t->charged_us);
    a->running--;
    a->spent_us += took_us - t->charged_us;
    a->last_us[t->job.cost] = took_us;
    if (t->job.cost == READER_SLOW) {
        assert(r->slow > 0);
        r->slow--;
        pthread_cond_signal(&r->work);
    }
    pthread_mutex_unlock(&r->lock);
}

static bool cancelled(void *arg)
{
    const struct reader_thread *t = arg;

    return atomic_load(&t->readers->finished) ||
           (t->cancelled != NULL && atomic_load(t->cancelled));
}

static enum status reader_open(void *arg)
{
    struct reader_thread *t = arg;
    enum status st = store_open(t->readers->path, STORE_READ, &t->store);

    if (st == STATUS_OK)
        store_cancel_when(t->store, cancelled, t);
    return st;
}

static void reader_work(void *arg)
{
    struct reader_thread *t = arg;
    struct turn turn;

    while (turn_begin(t->readers, &turn)) {
        uint64_t began_us = clock_us();

        t->cancelled = turn.job.cancelled;
        turn.job.fn(cancelled(t) ? NULL : t->store, turn.job.arg);
        t->cancelled = NULL; /* the job is gone, and what it pointed to */
        turn_end(t->readers, &turn, clock_us() - began_us);
    }
}

static void reader_close(void *arg)
{
    struct reader_thread *t = arg;

    store_close(t->store);
}

/* --- all of them -------------------------------------------------------------------- */

static enum status start(struct readers *r)
{
    static const struct worker_calls calls = { reader_open, reader_work, reader_close };
    enum status st = STATUS_OK;

    for (unsigned i = 0; st == STATUS_OK && i < r->threads; i++) {
        r->list[i].readers = r;
        st = worker_start(&calls, &r->list[i], &r->list[i].worker);
    }
    return st;
}

enum status readers_new(const char *path, unsigned threads, size_t room,
                        struct readers **out)
{
    struct readers *r = calloc(1, sizeof(*r));
    enum status st = STATUS_NOMEM;

    assert(threads > 0 && room > 0);
    if (r == NULL)
        return st;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    r->room = room;
    r->threads = threads;
    r->path = path;
    r->places = calloc(room, sizeof(*r->places));
    r->list = calloc(threads, sizeof(*r->list));
    for (size_t i = 0; r->places != NULL && i < room; i++) {
        r->places[i].next = r->free;
        r->free = &r->places[i];
    }
    if (r->places != NULL && r->list != NULL)
        st = start(r);
    if (st != STATUS_OK) {
        readers_free(r);
        return st;
    }
    r->path = NULL;
    *out = r;
    return STATUS_OK;
}

enum status readers_push(struct readers *r, const struct reader_job *job)
{
    enum status st = STATUS_BUSY;
    struct asker *a;

    assert(job->fn != NULL && job->cost < READER_COSTS);
    pthread_mutex_lock(&r->lock);
    a = asker_of(r, job->asker);
    if (!atomic_load(&r->finished) && has_room(r, a, job->cost)) {
        line_add(r, &a->lines[job->cost], job);
        st = STATUS_OK;
        pthread_cond_signal(&r->work);
    }
    pthread_mutex_unlock(&r->lock);
    return st;
}

size_t readers_depth(struct readers *r)
{
    size_t n;

    pthread_mutex_lock(&r->lock);
    n = r->waiting;
    pthread_mutex_unlock(&r->lock);
    return n;
}

void readers_finish(struct readers *r)
{
    pthread_mutex_lock(&r->lock);
    atomic_store(&r->finished, true);
    pthread_cond_broadcast(&r->work);
    pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; r->list != NULL && i < r->threads; i++) {
        worker_join(r->list[i].worker);
        r->list[i].worker = NULL;
    }
}

void readers_free(struct readers *r)
{
    if (r == NULL)
        return;
    readers_finish(r);
    pthread_cond_destroy(&r->work);
    pthread_mutex_destroy(&r->lock);
    free(r->list);
    free(r->places);
    free(r);
}
