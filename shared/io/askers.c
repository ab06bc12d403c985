#include "io/askers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALL_TIMEOUT_MS 10000
/* How long to wait for a connection before somebody else is asked. */
#define CONNECT_TIMEOUT_MS 500
#define HINT_WAIT_MS 60000

struct asker {
    struct askers *all;
    struct link_client *link;
    pthread_t thread;
    bool has_thread;
    char *url;

    /* Under the lock: */
    bool asked; /* there is something to ask */
    uint64_t ticket;
    struct buf request;
    bool answered, failed; /* there is an answer to be taken, or none came */
    uint64_t answer_ticket;
    struct buf answer;
    uint64_t hint, told; /* the newest, and the one that was taken */
};

struct askers {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop, woken;
    size_t n, next; /* next: whose turn it is to be looked at first */
    struct asker list[];
};

/* Under the lock, which is let go meanwhile. */
static void ask_now(struct asker *k)
{
    struct buf request = k->request, answer = { 0 };
    uint64_t ticket = k->ticket;
    enum status st;

    k->asked = false;
    k->request = (struct buf){ 0 };
    pthread_mutex_unlock(&k->all->lock);
    st = link_client_call(
        k->link, buf_bytes(&request),
        link_client_connected(k->link) ? CALL_TIMEOUT_MS : CONNECT_TIMEOUT_MS, &answer);
    buf_clear(&request);
    pthread_mutex_lock(&k->all->lock);
    buf_clear(&k->answer);
    k->answer = answer;
    k->answer_ticket = ticket;
    k->answered = true;
    k->failed = st != STATUS_OK;
    pthread_cond_signal(&k->all->changed);
}

/* Under the lock, which is let go meanwhile. */
static void wait_for_hint(struct asker *k)
{
    uint64_t above = k->hint, hint = 0;
    enum status st;

    pthread_mutex_unlock(&k->all->lock);
    st = link_client_wait(k->link, above, HINT_WAIT_MS, &hint);
    pthread_mutex_lock(&k->all->lock);
    if (st == STATUS_OK && hint > k->hint) {
        k->hint = hint;
        pthread_cond_signal(&k->all->changed);
    }
}

static void *work(void *arg)
{
    struct asker *k = arg;

    pthread_mutex_lock(&k->all->lock);
    while (!k->all->stop) {
        if (k->asked)
            ask_now(k);
        else
            wait_for_hint(k);
    }
    pthread_mutex_unlock(&k->all->lock);
    return NULL;
}

static enum status open_one(struct askers *a, struct asker *k, const char *url)
{
    enum status st = link_client_open(url, NULL, &k->link);

    k->all = a;
    if (st != STATUS_OK)
        return st;
    k->url = strdup(url);
    if (k->url == NULL || pthread_create(&k->thread, NULL, work, k) != 0)
        return STATUS_NOMEM;
    k->has_thread = true;
    return STATUS_OK;
}

enum status askers_open(const char *const urls[], size_t n, struct askers **out,
                        size_t *bad)
{
    struct askers *a = calloc(1, sizeof(*a) + n * sizeof(a->list[0]));
    pthread_condattr_t attr;
    enum status st = STATUS_OK;

    if (a == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&a->changed, &attr);
    pthread_condattr_destroy(&attr);
    for (a->n = 0; st == STATUS_OK && a->n < n; a->n++) {
        *bad = a->n;
        st = open_one(a, &a->list[a->n], urls[a->n]);
    }
    if (st == STATUS_OK)
        *out = a;
    else
        askers_close(a);
    return st;
}

void askers_close(struct askers *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_mutex_unlock(&a->lock);
    for (size_t i = 0; i < a->n; i++)
        if (a->list[i].link != NULL)
            link_client_quit(a->list[i].link);
    for (size_t i = 0; i < a->n; i++) {
        struct asker *k = &a->list[i];

        if (k->has_thread)
            pthread_join(k->thread, NULL);
        link_client_close(k->link);
        buf_clear(&k->request);
        buf_clear(&k->answer);
        free(k->url);
    }
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

enum status askers_ask(struct askers *a, size_t server, uint64_t ticket,
                       struct bytes frame)
{
    struct asker *k = &a->list[server];
    enum status st;

    pthread_mutex_lock(&a->lock);
    k->asked = true;
    k->ticket = ticket;
    buf_reset(&k->request);
    buf_add(&k->request, frame);
    st = buf_status(&k->request);
    pthread_mutex_unlock(&a->lock);
    link_client_wake(k->link);
    return st;
}

enum status askers_hints(struct askers *a, size_t server, uint16_t port)
{
    const char *url = a->list[server].url, *colon = strrchr(url, ':');
    struct buf hints = { 0 };
    enum status st;

    buf_append(&hints, url, colon != NULL ? (size_t)(colon - url) : 0);
    buf_printf(&hints, ":%u", port);
    st = buf_status(&hints);
    if (st == STATUS_OK)
        st = link_client_hints(a->list[server].link, buf_str(&hints));
    buf_clear(&hints);
    return st == STATUS_USAGE ? STATUS_OK : st; /* without hints we poll */
}

/* Under the lock. */
static bool take_one(struct askers *a, struct asked *out)
{
    for (size_t i = 0; i < a->n; i++) {
        size_t server = (a->next + i) % a->n;
        struct asker *k = &a->list[server];
        struct buf emptied = out->frame;

        out->server = server;
        if (k->answered) {
            out->type = k->failed ? ASKED_FAILED : ASKED_ANSWER;
            out->ticket = k->answer_ticket;
            out->frame = k->answer;
            k->answer = emptied;
            k->answered = false;
        } else if (k->hint > k->told) {
            out->type = ASKED_HINT;
            out->size = k->told = k->hint;
        } else {
            continue;
        }
        a->next = server + 1;
        return true;
    }
    return false;
}

void askers_take(struct askers *a, int wait_ms, struct asked *out)
{
    struct timespec until;
    bool over = false;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&a->lock);
    out->type = ASKED_NOTHING;
    while (!a->woken && !take_one(a, out) && !over)
        over = pthread_cond_timedwait(&a->changed, &a->lock, &until) == ETIMEDOUT;
    if (a->woken)
        out->type = ASKED_WOKEN;
    a->woken = false;
    pthread_mutex_unlock(&a->lock);
}

void askers_wake(struct askers *a)
{
    pthread_mutex_lock(&a->lock);
    a->woken = true;
    pthread_cond_signal(&a->changed);
    pthread_mutex_unlock(&a->lock);
}

struct link_client *askers_link(struct askers *a, size_t server)
{
    return a->list[server].link;
}
