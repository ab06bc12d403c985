/* broker/answerer.c */
#include "broker/answerer.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/say.h"
#include "io/receipts.h"
#include "io/worker.h"

struct answerer {
    struct store *store;
    struct receipts *receipts;
    const char *path; /* while it starts */
    struct worker *worker;

    pthread_mutex_t lock;
    pthread_cond_t work;
    struct submission *first, *last;
    bool finished;
};

/* All that waits; NULL: finished. */
static struct submission *take_all(struct answerer *a)
{
    struct submission *list;

    pthread_mutex_lock(&a->lock);
    while (a->first == NULL && !a->finished)
        pthread_cond_wait(&a->work, &a->lock);
    list = a->first;
    a->first = a->last = NULL;
    pthread_mutex_unlock(&a->lock);
    return list;
}

static bool wants_receipt(const struct submission *s)
{
    return s->fate == SUBMISSION_JUDGED && !s->dry && s->outcome.type != OUTCOME_REFUSED;
}

static enum status receipt_of(struct answerer *a, uint64_t index, struct buf *out)
{
    enum status st = STATUS_OK;

    if (receipts_size(a->receipts) <= index)
        st = receipts_refresh(a->receipts);
    return st == STATUS_OK ? receipts_make(a->receipts, index, out) : st;
}

static void answer(struct answerer *a, struct submission *s, struct buf *receipt)
{
    enum status st = STATUS_OK;

    buf_reset(receipt);
    if (wants_receipt(s))
        st = receipt_of(a, s->outcome.index, receipt);
    if (st != STATUS_OK) {
        /* It is in the log all the same: whoever asks again is told so. */
        say_unusual("no receipt for entry %llu: %s", (unsigned long long)s->outcome.index,
                    status_text(st));
        s->fate = SUBMISSION_BUSY;
    }
    submission_end(s, buf_bytes(receipt));
}

static enum status answerer_open(void *arg)
{
    struct answerer *a = arg;
    enum status st = store_open(a->path, STORE_READ, &a->store);

    return st == STATUS_OK ? receipts_new(a->store, &a->receipts) : st;
}

static void answerer_close(void *arg)
{
    struct answerer *a = arg;

    receipts_free(a->receipts);
    store_close(a->store);
}

static void answerer_work(void *arg)
{
    struct answerer *a = arg;
    struct submission *s;
    struct buf receipt = { 0 };

    while ((s = take_all(a)) != NULL) {
        /* With each round the newest checkpoint, for its cosignatures. */
        if (receipts_refresh(a->receipts) != STATUS_OK)
            say_unusual("cannot read the checkpoint: %s", store_error(a->store));
        while (s != NULL) {
            struct submission *next = s->next;

            answer(a, s, &receipt);
            s = next;
        }
    }
    buf_clear(&receipt);
}

enum status answerer_new(const char *store_path, struct answerer **out)
{
    static const struct worker_calls calls = { answerer_open, answerer_work,
                                               answerer_close };
    struct answerer *a = calloc(1, sizeof(*a));
    enum status st;

    if (a == NULL)
        return STATUS_NOMEM;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->work, NULL);
    a->path = store_path;
    st = worker_start(&calls, a, &a->worker);
    if (st != STATUS_OK) {
        answerer_free(a);
        return st;
    }
    *out = a;
    return STATUS_OK;
}

void answerer_push(struct answerer *a, struct submission *first)
{
    struct submission *last = first;

    if (first == NULL)
        return;
    while (last->next != NULL)
        last = last->next;
    pthread_mutex_lock(&a->lock);
    if (a->last != NULL)
        a->last->next = first;
    else
        a->first = first;
    a->last = last;
    pthread_cond_signal(&a->work);
    pthread_mutex_unlock(&a->lock);
}

void answerer_free(struct answerer *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    a->finished = true;
    pthread_cond_signal(&a->work);
    pthread_mutex_unlock(&a->lock);
    worker_join(a->worker);
    pthread_cond_destroy(&a->work);
    pthread_mutex_destroy(&a->lock);
    free(a);
}
