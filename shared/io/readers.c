/* shared/io/readers.c */
#include "io/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "io/worker.h"

struct job {
    reader_fn *fn;
    void *arg;
};

struct reader_thread {
    struct readers *readers;
    struct store *store;
    struct worker *worker;
};

struct readers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *ring;
    size_t room, first, n;
    bool finished;
    const char *path; /* while they start */
    unsigned threads;
    struct reader_thread *list;
};

/* False: finished, and nothing is left. */
static bool next_job(struct readers *r, struct job *out)
{
    bool got;

    pthread_mutex_lock(&r->lock);
    while (r->n == 0 && !r->finished)
        pthread_cond_wait(&r->work, &r->lock);
    got = r->n > 0;
    if (got) {
        *out = r->ring[r->first];
        r->first = (r->first + 1) % r->room;
        r->n--;
    }
    pthread_mutex_unlock(&r->lock);
    return got;
}

static enum status reader_open(void *arg)
{
    struct reader_thread *t = arg;

    return store_open(t->readers->path, STORE_READ, &t->store);
}

static void reader_work(void *arg)
{
    struct reader_thread *t = arg;
    struct job job;

    while (next_job(t->readers, &job))
        job.fn(t->store, job.arg);
}

static void reader_close(void *arg)
{
    struct reader_thread *t = arg;

    store_close(t->store);
}

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

    if (r == NULL)
        return st;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, NULL);
    r->room = room;
    r->threads = threads;
    r->path = path;
    r->ring = calloc(room, sizeof(*r->ring));
    r->list = calloc(threads, sizeof(*r->list));
    if (r->ring != NULL && r->list != NULL)
        st = start(r);
    if (st != STATUS_OK) {
        readers_free(r);
        return st;
    }
    r->path = NULL;
    *out = r;
    return STATUS_OK;
}

enum status readers_push(struct readers *r, reader_fn *fn, void *job)
{
    enum status st = STATUS_BUSY;

    pthread_mutex_lock(&r->lock);
    if (!r->finished && r->n < r->room) {
        r->ring[(r->first + r->n) % r->room] = (struct job){ fn, job };
        r->n++;
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
    n = r->n;
    pthread_mutex_unlock(&r->lock);
    return n;
}

void readers_finish(struct readers *r)
{
    pthread_mutex_lock(&r->lock);
    r->finished = true;
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
    free(r->ring);
    free(r);
}
