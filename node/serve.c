#include "node/serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "io/link_serve.h"

#define READERS 2
#define ROOM 256

struct serve {
    struct readers *readers;
    struct link_server *link;
    struct link_serve link_serve;
    struct store *store; /* of the thread that steps */
    uint64_t hinted;
    pthread_mutex_t lock; /* of what follows */
    struct buf evidence;
};

static void add_evidence(void *ctx, struct buf *out)
{
    struct serve *s = ctx;

    pthread_mutex_lock(&s->lock);
    buf_add(out, buf_bytes(&s->evidence));
    pthread_mutex_unlock(&s->lock);
}

void serve_evidence(struct serve *s, struct bytes text)
{
    pthread_mutex_lock(&s->lock);
    if (s->evidence.len == 0)
        buf_add(&s->evidence, text);
    pthread_mutex_unlock(&s->lock);
}

/* The address with the port after it; "" where there is none. */
static void hints_url(const char *url, struct buf *out)
{
    const char *colon = strrchr(url, ':');
    uint64_t port = 0;

    if (colon == NULL || decimal_parse(bytes_of(colon + 1), &port) != STATUS_OK)
        return;
    buf_append(out, url, (size_t)(colon - url));
    buf_printf(out, ":%llu", (unsigned long long)(port == 0 ? 0 : port + 1));
}

static enum status listen_at(struct serve *s, const char *url)
{
    struct link_server_options o = { .url = url,
                                     .serve = link_serve,
                                     .ctx = &s->link_serve };
    struct buf hints = { 0 };
    enum status st;

    hints_url(url, &hints);
    o.hints_url = buf_str(&hints);
    st = link_server_open(&o, &s->link);
    buf_clear(&hints);
    return st;
}

enum status serve_open(const struct config *c, const char *url, struct serve **out)
{
    struct serve *s = calloc(1, sizeof(*s));
    enum status st;

    if (s == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&s->lock, NULL);
    st = store_open(c->replica, STORE_READ, &s->store);
    if (st == STATUS_OK)
        st = readers_new(c->replica, READERS, ROOM, &s->readers);
    if (st != STATUS_OK)
        say_error("cannot serve %s: %s", c->replica, status_text(st));
    s->link_serve =
        (struct link_serve){ .readers = s->readers, .ctx = s, .evidence = add_evidence };
    if (st == STATUS_OK)
        st = listen_at(s, url);
    if (st != STATUS_OK) {
        serve_close(s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

void serve_close(struct serve *s)
{
    if (s == NULL)
        return;
    if (s->link != NULL)
        link_server_quiet(s->link);
    if (s->readers != NULL)
        readers_finish(s->readers); /* answers what was asked */
    link_server_close(s->link);
    readers_free(s->readers);
    store_close(s->store);
    pthread_mutex_destroy(&s->lock);
    buf_clear(&s->evidence);
    free(s);
}

const char *serve_url(const struct serve *s)
{
    return link_server_url(s->link);
}

void serve_step(struct serve *s)
{
    struct buf note = { 0 };
    uint64_t size = 0;

    if (store_checkpoint_newest(s->store, &size, &note) == STATUS_OK &&
        size > s->hinted) {
        s->hinted = size;
        link_server_hint(s->link, size);
    }
    link_server_sweep(s->link);
    buf_clear(&note);
}
