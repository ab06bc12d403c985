#include "broker/cosigned.h"

#include <pthread.h>
#include <stdlib.h>

/* Cosignature posts that may wait: of every cosigner a few. */
#define COSIGNATURES_MAX 1024

struct cosign {
    struct cosign *next;
    uint64_t size;
    struct cosignature_line *lines;
    size_t n;
    void (*kept)(void *arg, enum status st);
    void *arg;
};

struct cosigned {
    pthread_mutex_t lock;
    struct cosign *first, *last;
    size_t n;
    bool closed;
};

enum status cosigned_new(struct cosigned **out)
{
    struct cosigned *q = calloc(1, sizeof(*q));

    if (q == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&q->lock, NULL);
    *out = q;
    return STATUS_OK;
}

void cosigned_free(struct cosigned *q)
{
    if (q == NULL)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q);
}

static void cosign_free(struct cosign *c)
{
    for (size_t i = 0; i < c->n; i++)
        buf_clear(&c->lines[i].line);
    free(c->lines);
    free(c);
}

/* Takes it on STATUS_OK. */
static enum status append(struct cosigned *q, struct cosign *c)
{
    enum status st = STATUS_BUSY;

    pthread_mutex_lock(&q->lock);
    if (q->n < COSIGNATURES_MAX && !q->closed) {
        if (q->last != NULL)
            q->last->next = c;
        else
            q->first = c;
        q->last = c;
        q->n++;
        st = STATUS_OK;
    }
    pthread_mutex_unlock(&q->lock);
    return st;
}

enum status cosigned_push(struct cosigned *q, uint64_t size,
                          const struct cosignature_line lines[], size_t n,
                          void (*kept)(void *arg, enum status st), void *arg)
{
    struct cosign *c = calloc(1, sizeof(*c));
    struct cosignature_line *copy = calloc(n, sizeof(*copy));
    enum status st;

    if (c == NULL || copy == NULL) {
        free(copy);
        free(c);
        return STATUS_BUSY;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = lines[i];
        copy[i].line = (struct buf){ 0 };
        buf_add(&copy[i].line, buf_bytes(&lines[i].line));
    }
    *c = (struct cosign){ .size = size, .lines = copy, .n = n, .kept = kept, .arg = arg };
    st = append(q, c);
    if (st != STATUS_OK)
        cosign_free(c);
    return st;
}

static enum status keep_one(struct store *s, const struct cosign *c)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < c->n; i++)
        st = store_cosignature_put(s, c->size, bytes_of(c->lines[i].name),
                                   c->lines[i].key_id, buf_bytes(&c->lines[i].line));
    return st;
}

static enum status keep_all(struct store *s, const struct cosign *list)
{
    enum status st = store_begin(s);

    if (st != STATUS_OK)
        return st;
    for (const struct cosign *c = list; st == STATUS_OK && c != NULL; c = c->next)
        st = keep_one(s, c);
    return store_end(s, st);
}

enum status cosigned_keep(struct cosigned *q, struct store *s, bool close,
                          atomic_ullong *count)
{
    struct cosign *list;
    enum status st;

    pthread_mutex_lock(&q->lock);
    list = q->first;
    q->first = q->last = NULL;
    q->n = 0;
    q->closed = close;
    pthread_mutex_unlock(&q->lock);
    if (list == NULL)
        return STATUS_OK;
    st = keep_all(s, list);
    while (list != NULL) {
        struct cosign *next = list->next;

        if (st == STATUS_OK)
            atomic_fetch_add(count, list->n);
        list->kept(list->arg, st);
        cosign_free(list);
        list = next;
    }
    return st;
}
