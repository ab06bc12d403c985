/* shared/io/worker.c */
#include "io/worker.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
    struct worker_calls calls;
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_opened;
    enum status st; /* of open */
};

static void tell(struct worker *w, enum status st)
{
    pthread_mutex_lock(&w->lock);
    w->st = st;
    w->is_opened = true;
    pthread_cond_signal(&w->opened);
    pthread_mutex_unlock(&w->lock);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    enum status st = w->calls.open != NULL ? w->calls.open(w->arg) : STATUS_OK;

    tell(w, st);
    if (st == STATUS_OK)
        w->calls.work(w->arg);
    if (w->calls.close != NULL)
        w->calls.close(w->arg);
    return NULL;
}

enum status worker_start(const struct worker_calls *calls, void *arg, struct worker **out)
{
    struct worker *w = calloc(1, sizeof(*w));
    enum status st;

    if (w == NULL)
        return STATUS_NOMEM;
    w->calls = *calls;
    w->arg = arg;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->opened, NULL);
    if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
        pthread_cond_destroy(&w->opened);
        pthread_mutex_destroy(&w->lock);
        free(w);
        return STATUS_NOMEM;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->is_opened)
        pthread_cond_wait(&w->opened, &w->lock);
    st = w->st;
    pthread_mutex_unlock(&w->lock);
    if (st == STATUS_OK)
        *out = w;
    else
        worker_join(w);
    return st;
}

void worker_join(struct worker *w)
{
    if (w == NULL)
        return;
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->opened);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
