/* broker/sequencer.c */
#include "broker/sequencer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "broker/order.h"
#include "io/worker.h"

/* Cosignature posts that may wait: of every cosigner a few. */
#define COSIGNATURES_MAX 1024
/* When a disk failed: how often to try whether it is back. */
#define PROBE_MS 2000

struct cosign {
    struct cosign *next;
    uint64_t size;
    struct cosignature_line *lines;
    size_t n;
    void (*kept)(void *arg, enum status st);
    void *arg;
};

struct sequencer {
    struct sequencer_options o;
    struct store *store;
    struct ledger *ledger;
    struct keyring *keyring;
    struct intake *intake;
    struct answerer *answerer;
    struct metrics *metrics;
    struct worker *worker;
    char origin[ORIGIN_MAX + 1];
    uint64_t size_at_start;

    pthread_mutex_t lock;
    pthread_cond_t ordered;
    bool go, quit;
    struct cosign *first, *last;
    size_t n_cosigns;
    bool closed; /* takes no more cosignatures */
};

/* --- opening ---------------------------------------------------------------------- */

static enum status check_key(struct sequencer *s)
{
    const struct verifier_key *ours = secret_key_public(s->o.key);
    struct verifier_key keys[16];
    size_t n = sizeof(keys) / sizeof(*keys);
    enum status st = ledger_log_keys(s->ledger, keys, &n);

    if (st != STATUS_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        if (memcmp(keys[i].pub, ours->pub, PUBLIC_KEY_LEN) == 0 && keys[i].id == ours->id)
            return STATUS_OK;
    say_error("the key file holds %s, which is not an active key of the log %s",
              ours->name, ledger_origin(s->ledger));
    return STATUS_REFUSED;
}

/* On the sequencer's thread: the store is its own. */
static enum status sequencer_open(void *arg)
{
    struct sequencer *s = arg;
    enum status st = store_open(s->o.store_path, STORE_WRITE, &s->store);

    if (st == STATUS_OK)
        st = ledger_open(s->store, &s->ledger);
    if (st == STATUS_OK)
        st = check_key(s);
    if (st == STATUS_OK)
        st = keyring_refresh(s->keyring, s->store);
    if (st != STATUS_OK)
        return st;
    s->size_at_start = ledger_committed(s->ledger);
    snprintf(s->origin, sizeof(s->origin), "%s", ledger_origin(s->ledger));
    atomic_store(&s->metrics->size, s->size_at_start);
    return STATUS_OK;
}

static void sequencer_close(void *arg)
{
    struct sequencer *s = arg;

    ledger_close(s->ledger);
    store_close(s->store);
}

static void sequencer_work(void *arg);

enum status sequencer_new(const struct sequencer_options *o, struct sequencer **out)
{
    static const struct worker_calls calls = { sequencer_open, sequencer_work,
                                               sequencer_close };
    struct sequencer *s = calloc(1, sizeof(*s));
    enum status st;

    if (s == NULL)
        return STATUS_NOMEM;
    s->o = *o;
    s->metrics = o->metrics;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ordered, NULL);
    st = keyring_new(&s->keyring);
    if (st == STATUS_OK)
        st = worker_start(&calls, s, &s->worker);
    if (st != STATUS_OK) {
        sequencer_free(s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

struct keyring *sequencer_keyring(struct sequencer *s)
{
    return s->keyring;
}

const char *sequencer_origin(const struct sequencer *s)
{
    return s->origin;
}

uint64_t sequencer_size_at_start(const struct sequencer *s)
{
    return s->size_at_start;
}

/* --- a batch ---------------------------------------------------------------------- */

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void failed(struct sequencer *s, const char *what, enum status st)
{
    if (atomic_exchange(&s->metrics->ready, false))
        say_unusual("cannot %s: %s: %s; statements are answered 503 until it works again",
                    what, status_text(st), store_error(s->store));
    atomic_fetch_add(&s->metrics->commit_failures, 1);
}

static enum status judge(struct sequencer *s, struct submission *sub)
{
    enum status st;

    if (sub->fate != SUBMISSION_OPEN)
        return STATUS_OK;
    st = sub->dry ? ledger_judge(s->ledger, sub->st, &sub->outcome)
                  : ledger_take(s->ledger, sub->st, &sub->outcome);
    if (st == STATUS_OK)
        sub->fate = SUBMISSION_JUDGED;
    return st;
}

static enum status commit(struct sequencer *s, struct hash *root)
{
    struct checkpoint cp = { .size = ledger_size(s->ledger) };
    uint64_t added = cp.size - ledger_committed(s->ledger);
    uint64_t begin = now_us();
    struct buf note = { 0 };
    enum status st;

    *root = cp.root = ledger_root(s->ledger);
    memcpy(cp.origin, ledger_origin(s->ledger), strlen(ledger_origin(s->ledger)) + 1);
    st = checkpoint_sign(&cp, &s->o.key, 1, &note);
    if (st == STATUS_OK)
        st = buf_status(&note);
    if (st == STATUS_OK)
        st = ledger_commit(s->ledger, buf_bytes(&note));
    buf_clear(&note);
    if (st != STATUS_OK)
        return st;
    histogram_add(&s->metrics->commit_us, now_us() - begin);
    histogram_add(&s->metrics->batch, added);
    atomic_store(&s->metrics->size, cp.size);
    if (keyring_refresh(s->keyring, s->store) != STATUS_OK)
        say_unusual("cannot read the keys: %s", store_error(s->store));
    if (!atomic_exchange(&s->metrics->ready, true))
        say_info("commits work again");
    return STATUS_OK;
}

/* Nothing of the batch is kept, so no verdict that was given in it holds. */
static void give_up(struct sequencer *s, struct submission *subs[], size_t n,
                    const char *what, enum status st)
{
    failed(s, what, st);
    ledger_drop(s->ledger);
    for (size_t i = 0; i < n; i++)
        if (subs[i]->st != NULL)
            subs[i]->fate = SUBMISSION_BUSY;
}

static void count(struct metrics *m, const struct submission *s)
{
    if (s->fate == SUBMISSION_BUSY) {
        atomic_fetch_add(&m->busy, 1);
        return;
    }
    if (s->dry)
        atomic_fetch_add(&m->dry_runs, 1);
    else if (s->outcome.type == OUTCOME_ACCEPTED)
        atomic_fetch_add(&m->accepted, 1);
    else if (s->outcome.type == OUTCOME_KNOWN)
        atomic_fetch_add(&m->known, 1);
    if (s->outcome.type == OUTCOME_REFUSED)
        atomic_fetch_add(&m->refused[s->outcome.why.rule], 1);
}

static void hand_on(struct sequencer *s, struct submission *subs[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        count(s->metrics, subs[i]);
        subs[i]->next = i + 1 < n ? subs[i + 1] : NULL;
    }
    answerer_push(s->answerer, n > 0 ? subs[0] : NULL);
}

static void batch(struct sequencer *s, struct submission *subs[], size_t n)
{
    enum status st = STATUS_OK;
    struct hash root;

    order_by_seq(subs, n);
    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        st = judge(s, subs[i]);
    if (st != STATUS_OK) {
        give_up(s, subs, n, "judge statements", st);
    } else if (ledger_size(s->ledger) > ledger_committed(s->ledger)) {
        st = commit(s, &root);
        if (st != STATUS_OK)
            give_up(s, subs, n, "commit", st);
        else
            s->o.committed(s->o.ctx, ledger_committed(s->ledger), &root);
    }
    hand_on(s, subs, n);
}

/* --- cosignatures ----------------------------------------------------------------- */

enum status sequencer_cosignatures(struct sequencer *s, uint64_t size,
                                   const struct cosignature_line lines[], size_t n,
                                   void (*kept)(void *arg, enum status st), void *arg)
{
    struct cosign *c = calloc(1, sizeof(*c));
    struct cosignature_line *copy = calloc(n, sizeof(*copy));
    enum status st = STATUS_BUSY;

    if (c == NULL || copy == NULL)
        goto out;
    for (size_t i = 0; i < n; i++) {
        copy[i] = lines[i];
        copy[i].line = (struct buf){ 0 };
        buf_add(&copy[i].line, buf_bytes(&lines[i].line));
    }
    *c = (struct cosign){ .size = size, .lines = copy, .n = n, .kept = kept, .arg = arg };
    pthread_mutex_lock(&s->lock);
    if (s->n_cosigns < COSIGNATURES_MAX && !s->closed) {
        if (s->last != NULL)
            s->last->next = c;
        else
            s->first = c;
        s->last = c;
        s->n_cosigns++;
        st = STATUS_OK;
    }
    pthread_mutex_unlock(&s->lock);
    if (st == STATUS_OK) {
        pipeline_wake(intake_pipeline(s->intake));
        return STATUS_OK;
    }
    for (size_t i = 0; i < n; i++)
        buf_clear(&copy[i].line);
out:
    free(copy);
    free(c);
    return st;
}

static enum status keep_one(struct sequencer *s, const struct cosign *c)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < c->n; i++)
        st = store_cosignature_put(s->store, c->size, bytes_of(c->lines[i].name),
                                   c->lines[i].key_id, buf_bytes(&c->lines[i].line));
    return st;
}

static void cosign_free(struct cosign *c)
{
    for (size_t i = 0; i < c->n; i++)
        buf_clear(&c->lines[i].line);
    free(c->lines);
    free(c);
}

/* All that wait, in one transaction. */
static void keep_cosignatures(struct sequencer *s, bool close)
{
    struct cosign *list;
    enum status st;

    pthread_mutex_lock(&s->lock);
    list = s->first;
    s->first = s->last = NULL;
    s->n_cosigns = 0;
    s->closed = close;
    pthread_mutex_unlock(&s->lock);
    if (list == NULL)
        return;
    st = store_begin(s->store);
    if (st == STATUS_OK) {
        for (struct cosign *c = list; st == STATUS_OK && c != NULL; c = c->next)
            st = keep_one(s, c);
        st = store_end(s->store, st);
    }
    if (st != STATUS_OK)
        failed(s, "keep cosignatures", st);
    while (list != NULL) {
        struct cosign *next = list->next;

        if (st == STATUS_OK)
            atomic_fetch_add(&s->metrics->cosignatures, list->n);
        list->kept(list->arg, st);
        cosign_free(list);
        list = next;
    }
}

/* --- the thread ------------------------------------------------------------------- */

/* Is the disk back? */
static void probe(struct sequencer *s)
{
    enum status st = store_begin(s->store);

    if (st == STATUS_OK)
        st = store_end(s->store, store_setting_put(s->store, "probe", BYTES_LIT("1")));
    if (st == STATUS_OK && !atomic_exchange(&s->metrics->ready, true))
        say_info("commits work again");
}

/* False: it is to end before it began. */
static bool wait_order(struct sequencer *s)
{
    bool go;

    pthread_mutex_lock(&s->lock);
    while (!s->go && !s->quit)
        pthread_cond_wait(&s->ordered, &s->lock);
    go = s->go;
    pthread_mutex_unlock(&s->lock);
    return go;
}

static void sequencer_work(void *arg)
{
    struct sequencer *s = arg;
    struct submission *subs[BATCH_MAX];
    struct pipeline *p;

    if (!wait_order(s))
        return;
    p = intake_pipeline(s->intake);
    while (!pipeline_empty(p)) {
        size_t n = pipeline_take(p, (void **)subs, BATCH_MAX, PROBE_MS);

        if (n > 0)
            batch(s, subs, n);
        else if (!atomic_load(&s->metrics->ready))
            probe(s);
        keep_cosignatures(s, false);
    }
    keep_cosignatures(s, true);
}

void sequencer_attach(struct sequencer *s, struct intake *in, struct answerer *a)
{
    s->intake = in;
    s->answerer = a;
}

void sequencer_start(struct sequencer *s)
{
    pthread_mutex_lock(&s->lock);
    s->go = true;
    pthread_cond_signal(&s->ordered);
    pthread_mutex_unlock(&s->lock);
}

void sequencer_join(struct sequencer *s)
{
    pthread_mutex_lock(&s->lock);
    s->quit = true;
    pthread_cond_signal(&s->ordered);
    pthread_mutex_unlock(&s->lock);
    worker_join(s->worker);
    s->worker = NULL;
}

void sequencer_free(struct sequencer *s)
{
    if (s == NULL)
        return;
    sequencer_join(s);
    keyring_free(s->keyring);
    pthread_cond_destroy(&s->ordered);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
