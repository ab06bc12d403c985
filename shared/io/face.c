/* shared/io/face.c: what both threads share, and the life of the whole. */
#include "io/face.h"

#include <assert.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/face_internal.h"

#define CLOSE_WAIT_MS 3000

/* --- inboxes ---------------------------------------------------------------------- */

void inbox_init(struct inbox *b, void (*wake)(void *), void *ctx)
{
    *b = (struct inbox){ .wake = wake, .ctx = ctx };
    pthread_mutex_init(&b->lock, NULL);
}

void inbox_post(struct inbox *b, struct letter *letter)
{
    bool wake;

    pthread_mutex_lock(&b->lock);
    letter->next = NULL;
    if (b->last != NULL)
        b->last->next = letter;
    else
        b->first = letter;
    b->last = letter;
    wake = !b->woken;
    b->woken = true;
    pthread_mutex_unlock(&b->lock);
    if (wake)
        b->wake(b->ctx);
}

struct letter *inbox_take(struct inbox *b)
{
    struct letter *l;

    pthread_mutex_lock(&b->lock);
    l = b->first;
    b->first = b->last = NULL;
    b->woken = false;
    pthread_mutex_unlock(&b->lock);
    return l;
}

void inbox_clear(struct inbox *b)
{
    assert(b->first == NULL);
    pthread_mutex_destroy(&b->lock);
}

/* What a letter says must not be lost: an asker would wait for ever, a feed would have a
 * gap. A restart is better. */
struct letter *letter_new(enum letter_type type)
{
    struct letter *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        say_broken("face: out of memory");
        abort();
    }
    l->type = type;
    return l;
}

void letter_free(struct letter *l)
{
    events_free(l->events, l->n);
    buf_clear(&l->root);
    free(l);
}

/* --- publishing ------------------------------------------------------------------- */

void face_grown(struct face *f, uint64_t size)
{
    atomic_store(&f->size, size);
    if (atomic_load(&f->parked) > 0)
        door_post(f->door, letter_new(LETTER_GROWN));
}

/* Waits while the face has several in hand. */
static void post_publish(struct face *f, struct letter *l)
{
    if (f->watch == NULL) {
        face_grown(f, l->size);
        letter_free(l);
        return;
    }
    pthread_mutex_lock(&f->lock);
    while (f->publishing >= FACE_PUBLISH_MAX && !atomic_load(&f->stop))
        pthread_cond_wait(&f->taken, &f->lock);
    f->publishing++;
    pthread_mutex_unlock(&f->lock);
    watch_post(f->watch, l);
}

void face_publish(struct face *f, struct event *events, size_t n, uint64_t size,
                  struct bytes root_base64)
{
    struct letter *l = letter_new(LETTER_PUBLISH);

    l->size = size;
    l->events = events;
    l->n = n;
    buf_add(&l->root, root_base64);
    post_publish(f, l);
}

void face_skip(struct face *f, uint64_t size)
{
    struct letter *l = letter_new(LETTER_PUBLISH);

    l->size = size;
    l->skip = true;
    post_publish(f, l);
}

unsigned face_watchers(const struct face *f)
{
    return atomic_load(&f->watchers);
}

/* --- limits ----------------------------------------------------------------------- */

bool face_count_in(struct face *f, const struct address *key)
{
    bool room;

    pthread_mutex_lock(&f->lock);
    room = peer_counts_take(f->counts, key, f->o.address_max);
    pthread_mutex_unlock(&f->lock);
    return room;
}

void face_count_out(struct face *f, const struct address *key)
{
    pthread_mutex_lock(&f->lock);
    peer_counts_give(f->counts, key);
    pthread_mutex_unlock(&f->lock);
}

void joining_free(struct joining *j)
{
    if (j == NULL)
        return;
    if (j->fd >= 0)
        close(j->fd);
    filter_free(j->filter);
    buf_clear(&j->head);
    free(j);
}

int face_unsent(int fd)
{
    int n = -1;

    return ioctl(fd, SIOCOUTQ, &n) == 0 ? n : -1;
}

/* --- life ------------------------------------------------------------------------- */

/* As many descriptors as the connections need, if we may. */
static void raise_files(unsigned connections)
{
    struct rlimit lim;
    rlim_t want = connections + 512;

    if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur >= want)
        return;
    lim.rlim_cur = want < lim.rlim_max ? want : lim.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur < want)
        say_unusual("only %llu open files are allowed, %llu would be wanted",
                    (unsigned long long)lim.rlim_cur, (unsigned long long)want);
}

enum status face_open(const struct face_options *o, struct face **out)
{
    struct face *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->o = *o;
    atomic_store(&f->size, o->size);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->taken, NULL);
    raise_files(o->connections_max);
    st = peer_counts_new(&f->counts);
    if (st == STATUS_OK)
        st = door_open(f, &f->door);
    if (st == STATUS_OK && o->watchers_max > 0)
        st = watch_open(f, &f->watch);
    if (st != STATUS_OK) {
        face_close(f);
        return st;
    }
    if (f->watch != NULL)
        watch_start(f->watch);
    door_start(f->door);
    *out = f;
    return STATUS_OK;
}

uint16_t face_port(const struct face *f)
{
    return door_port(f->door);
}

void face_quiet(struct face *f)
{
    atomic_store(&f->quiet, true);
}

/* Exchanges and errands come back by the inboxes, which only the threads open. */
static void wait_for_answers(struct face *f)
{
    uint64_t until = clock_ms() + CLOSE_WAIT_MS;

    while (atomic_load(&f->out) > 0 && clock_ms() < until)
        usleep(2000);
}

void face_close(struct face *f)
{
    if (f == NULL)
        return;
    face_quiet(f);
    wait_for_answers(f);
    pthread_mutex_lock(&f->lock);
    atomic_store(&f->stop, true);
    pthread_cond_broadcast(&f->taken);
    pthread_mutex_unlock(&f->lock);
    door_close(f->door);
    watch_close(f->watch);
    peer_counts_free(f->counts);
    pthread_cond_destroy(&f->taken);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

void face_stats(struct face *f, struct face_stats *out)
{
    *out = (struct face_stats){
        .connections = atomic_load(&f->connections),
        .watchers = atomic_load(&f->watchers),
        .answer_bytes = atomic_load(&f->held),
        .requests = atomic_load(&f->requests),
        .frames_sent = atomic_load(&f->frames_sent),
        .watchers_cut = atomic_load(&f->watchers_cut),
        .catchups = atomic_load(&f->catchups),
        .connections_cut = atomic_load(&f->connections_cut),
        .connections_refused = atomic_load(&f->connections_refused),
        .answers_refused = atomic_load(&f->answers_refused),
    };
}
