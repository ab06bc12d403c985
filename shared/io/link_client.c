/* shared/io/link_client.c: each address by its scheme, and who waits for hints. */
#include <errno.h>

#include "io/http_curl.h"
#include "io/link_client_internal.h"

void link_client_init(struct link_client *c, const struct link_client_type *type)
{
    pthread_condattr_t attr;

    c->type = type;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
}

void link_client_destroy(struct link_client *c)
{
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
}

struct timespec link_client_deadline(uint64_t timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(timeout_ms / 1000);
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

bool link_client_changed(struct link_client *c, const struct timespec *until)
{
    return pthread_cond_timedwait(&c->changed, &c->lock, until) != ETIMEDOUT;
}

enum status link_client_open(const char *url, const char *hints_url,
                             struct link_client **out)
{
    struct link_client *c = NULL;
    enum status st = http_client_is_url(url) ? link_client_open_http(url, &c)
                                             : link_client_open_nng(url, &c);

    if (st == STATUS_OK && hints_url != NULL)
        st = link_client_hints(c, hints_url);
    if (st == STATUS_OK)
        *out = c;
    else
        link_client_close(c);
    return st;
}

void link_client_close(struct link_client *c)
{
    if (c != NULL)
        c->type->close(c);
}

enum status link_client_hints(struct link_client *c, const char *hints_url)
{
    return c->type->hints(c, hints_url);
}

enum status link_client_call(struct link_client *c, struct bytes request, int timeout_ms,
                             struct buf *answer)
{
    return c->type->call(c, request, timeout_ms, answer);
}

enum status link_client_wait(struct link_client *c, uint64_t above, int timeout_ms,
                             uint64_t *size)
{
    struct timespec until = link_client_deadline((uint64_t)timeout_ms);
    enum status st = STATUS_OK;

    pthread_mutex_lock(&c->lock);
    while (st == STATUS_OK && c->hint <= above && !c->woken)
        st = !c->quit && link_client_changed(c, &until) ? STATUS_OK : STATUS_TIMEOUT;
    if (c->woken)
        st = STATUS_BUSY;
    c->woken = false;
    *size = c->hint;
    pthread_mutex_unlock(&c->lock);
    return st;
}

void link_client_wake(struct link_client *c)
{
    pthread_mutex_lock(&c->lock);
    c->woken = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

void link_client_quit(struct link_client *c)
{
    pthread_mutex_lock(&c->lock);
    c->quit = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (c->type->quit != NULL)
        c->type->quit(c);
}

bool link_client_connected(struct link_client *c)
{
    return c->type->connected(c);
}
