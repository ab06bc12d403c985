#include "io/bounded.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Between calls: whoever comes last, of the thread and of who waits, frees it. */
struct bounded {
    void (*fn)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool returned, abandoned;
};

static void bounded_free(struct bounded *b)
{
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void *work(void *arg)
{
    struct bounded *b = arg;
    bool last;

    b->fn(b->arg);
    pthread_mutex_lock(&b->lock);
    b->returned = true;
    last = b->abandoned;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
    if (last)
        bounded_free(b);
    return NULL;
}

static struct bounded *bounded_new(void (*fn)(void *arg), void *arg)
{
    struct bounded *b = calloc(1, sizeof(*b));
    pthread_condattr_t attr;

    if (b == NULL)
        return NULL;
    b->fn = fn;
    b->arg = arg;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &attr);
    pthread_condattr_destroy(&attr);
    return b;
}

/* Under the lock. */
static void await(struct bounded *b, int patience_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += patience_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    while (!b->returned)
        if (pthread_cond_timedwait(&b->changed, &b->lock, &until) == ETIMEDOUT)
            break;
}

bool bounded_call(void (*fn)(void *arg), void *arg, int patience_ms)
{
    struct bounded *b = bounded_new(fn, arg);
    pthread_t thread;
    bool returned;

    if (b == NULL || pthread_create(&thread, NULL, work, b) != 0) {
        if (b != NULL)
            bounded_free(b);
        fn(arg);
        return true;
    }
    pthread_detach(thread);
    pthread_mutex_lock(&b->lock);
    await(b, patience_ms);
    returned = b->returned;
    b->abandoned = !returned;
    pthread_mutex_unlock(&b->lock);
    if (returned)
        bounded_free(b);
    return returned;
}
