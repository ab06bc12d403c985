/* shared/io/feeder.c */
#include "io/feeder.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "base/say.h"
#include "io/worker.h"

/* Entries made into events at once: a long sync must not become one enormous message. */
#define PART_MAX 512

struct feeder {
    struct store *store;
    struct face *face;
    const char *path; /* while it starts */
    struct worker *worker;
    struct names *names;
    uint64_t published;

    pthread_mutex_t lock;
    pthread_cond_t news;
    uint64_t size; /* committed */
    struct hash root;
    bool stop;
};

/* False: stopped. */
static bool wait_news(struct feeder *f, uint64_t *size, struct hash *root)
{
    bool go_on;

    pthread_mutex_lock(&f->lock);
    while (f->size <= f->published && !f->stop)
        pthread_cond_wait(&f->news, &f->lock);
    *size = f->size;
    *root = f->root;
    go_on = !f->stop;
    pthread_mutex_unlock(&f->lock);
    return go_on;
}

/* The part that begins at f->published; the root goes with the last one. */
static enum status publish_part(struct feeder *f, uint64_t size, const struct hash *root)
{
    uint64_t to = size - f->published > PART_MAX ? f->published + PART_MAX : size;
    struct event *events = NULL;
    struct buf text = { 0 };
    size_t n = 0;
    enum status st;

    if (face_watchers(f->face) == 0) {
        face_skip(f->face, size);
        f->published = size;
        names_forget(f->names); /* what it says may change unseen */
        return STATUS_OK;
    }
    st = store_snapshot(f->store);
    if (st == STATUS_OK) {
        st = events_make(f->store, f->names, f->published, to, &events, &n);
        store_release(f->store);
    }
    if (st != STATUS_OK)
        return st;
    if (to == size)
        base64_encode((struct bytes){ root->b, HASH_LEN }, &text);
    face_publish(f->face, events, n, to, buf_bytes(&text));
    buf_clear(&text);
    f->published = to;
    return STATUS_OK;
}

static enum status feeder_open(void *arg)
{
    struct feeder *f = arg;
    enum status st = store_open(f->path, STORE_READ, &f->store);

    return st == STATUS_OK ? names_new(f->store, (struct bytes){ 0 }, &f->names) : st;
}

static void feeder_close(void *arg)
{
    struct feeder *f = arg;

    names_free(f->names);
    store_close(f->store);
}

static void feeder_work(void *arg)
{
    struct feeder *f = arg;
    struct hash root;
    uint64_t size;

    while (wait_news(f, &size, &root)) {
        enum status st = publish_part(f, size, &root);

        if (st == STATUS_OK)
            continue;
        say_unusual("feed: cannot read entry %llu: %s", (unsigned long long)f->published,
                    status_text(st));
        nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
    }
}

enum status feeder_new(const char *store_path, struct face *face, uint64_t size,
                       struct feeder **out)
{
    static const struct worker_calls calls = { feeder_open, feeder_work, feeder_close };
    struct feeder *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->news, NULL);
    f->face = face;
    f->published = f->size = size;
    f->path = store_path;
    st = worker_start(&calls, f, &f->worker);
    if (st != STATUS_OK) {
        feeder_free(f);
        return st;
    }
    *out = f;
    return STATUS_OK;
}

void feeder_committed(struct feeder *f, uint64_t size, const struct hash *root)
{
    pthread_mutex_lock(&f->lock);
    if (size > f->size) {
        f->size = size;
        f->root = *root;
        pthread_cond_signal(&f->news);
    }
    pthread_mutex_unlock(&f->lock);
}

void feeder_free(struct feeder *f)
{
    if (f == NULL)
        return;
    pthread_mutex_lock(&f->lock);
    f->stop = true;
    pthread_cond_signal(&f->news);
    pthread_mutex_unlock(&f->lock);
    worker_join(f->worker);
    pthread_cond_destroy(&f->news);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
