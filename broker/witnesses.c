/* broker/witnesses.c: asking tlog-witnesses for cosignatures. */
#include "broker/witnesses.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "io/http_curl.h"
#include "sign/note.h"
#include "tlog/proof.h"

#define ASK_MS 10000
#define ANSWER_MAX 65536
/* Between two questions to one witness. */
#define PAUSE_MS 1000
/* After a failure twice as long each time; who does not know this log, or contradicts it,
 * is not asked all the time: people have to do something. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define REFUSED_MS 300000
/* One that names another size each time is not talked with for ever. */
#define CONFLICTS_MAX 3

struct one {
    struct witnesses *all;
    const struct config_witness *config;
    struct http_client *http;
    struct store *store;
    pthread_t thread;
    bool has_thread;
    uint64_t asked_size; /* of the checkpoint that is being asked for */
    uint64_t has;        /* what it has cosigned last, as far as we know */
    uint64_t retry_ms;
    char trouble[256]; /* said */

    uint64_t kept; /* under the lock: of this size its cosignature is here */
};

struct witnesses {
    struct sequencer *sequencer;
    pthread_mutex_t lock; /* size, quit, kept */
    pthread_cond_t changed;
    uint64_t size;
    bool quit;
    size_t n;
    struct one list[];
};

/* --- one question ----------------------------------------------------------------- */

/* "old", the proof and the checkpoint, of which `note` is kept. STATUS_REFUSED: the
 * witness knows a larger log than ours. */
static enum status make_body(struct one *w, struct buf *note, struct buf *body)
{
    struct proof proof = { .n = 0 };
    enum status st = store_snapshot(w->store);

    if (st != STATUS_OK)
        return st;
    st = store_checkpoint_newest(w->store, &w->asked_size, note);
    if (st == STATUS_OK && w->has > w->asked_size)
        st = STATUS_REFUSED;
    if (st == STATUS_OK)
        st = proof_consistency(store_tile_read, w->store, w->has, w->asked_size, &proof);
    store_release(w->store);
    if (st != STATUS_OK)
        return st;
    buf_printf(body, "old %llu\n", (unsigned long long)w->has);
    for (size_t i = 0; i < proof.n; i++) {
        base64_encode((struct bytes){ proof.hashes[i].b, HASH_LEN }, body);
        buf_u8(body, '\n');
    }
    buf_u8(body, '\n');
    buf_add(body, buf_bytes(note));
    return buf_status(body);
}

/* Told once, as long as it stays the same. */
__attribute__((format(printf, 2, 3))) static void trouble(struct one *w, const char *fmt,
                                                          ...)
{
    char now[sizeof(w->trouble)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(now, sizeof(now), fmt, args);
    va_end(args);
    if (strcmp(now, w->trouble) != 0)
        say_unusual("witness %s: %s", w->config->key.name, now);
    memcpy(w->trouble, now, sizeof(now));
}

/* On the sequencer's thread: on disk, or not. */
static void on_kept(void *arg, enum status st)
{
    struct one *w = arg;

    if (st == STATUS_OK)
        return;
    pthread_mutex_lock(&w->all->lock);
    w->kept = 0;
    pthread_cond_broadcast(&w->all->changed);
    pthread_mutex_unlock(&w->all->lock);
}

static enum status hand_over(struct one *w, const struct note_signature *sig)
{
    struct cosignature_line line = { .key_id = sig->key_id };
    enum status st;

    memcpy(line.name, sig->name.ptr, sig->name.len); /* it is the key's */
    buf_add(&line.line, sig->line);
    st = buf_status(&line.line);
    pthread_mutex_lock(&w->all->lock);
    w->kept = w->asked_size;
    pthread_mutex_unlock(&w->all->lock);
    if (st == STATUS_OK)
        st = sequencer_cosignatures(w->all->sequencer, w->asked_size, &line, 1, on_kept,
                                    w);
    if (st != STATUS_OK)
        on_kept(w, st);
    buf_clear(&line.line);
    return st;
}

/* 200: signature lines. Those by other keys are ignored. */
static enum status take_lines(struct one *w, struct bytes note, struct bytes lines)
{
    struct buf whole = { 0 };
    struct note *parsed = malloc(sizeof(*parsed));
    size_t line;
    enum status st = parsed != NULL ? STATUS_OK : STATUS_NOMEM;

    buf_add(&whole, note);
    buf_add(&whole, lines);
    if (st == STATUS_OK)
        st = buf_status(&whole);
    if (st == STATUS_OK)
        st = note_parse(buf_bytes(&whole), parsed);
    if (st == STATUS_OK)
        st = cosignature_find(parsed, &w->config->key, &line, NULL);
    if (st == STATUS_OK)
        st = hand_over(w, &parsed->sigs[line]);
    free(parsed);
    buf_clear(&whole);
    return st;
}

/* 409: the size that it has, and a newline. */
static enum status take_size(struct one *w, struct bytes body)
{
    struct reader r = reader_of(body);
    struct bytes line = reader_line(&r);
    uint64_t size;

    if (r.bad || r.len > 0 || decimal_parse(line, &size) != STATUS_OK)
        return STATUS_MALFORMED;
    w->has = size;
    return STATUS_EXISTS;
}

static enum status take_answer(struct one *w, struct bytes note,
                               const struct http_answer *a)
{
    enum status st;

    switch (a->status) {
    case 200:
        st = take_lines(w, note, buf_bytes(&a->body));
        if (st == STATUS_OK)
            w->has = w->asked_size;
        else
            trouble(w, "its answer has no good cosignature by its key: %s",
                    status_text(st));
        return st;
    case 409:
        st = take_size(w, buf_bytes(&a->body));
        if (st != STATUS_EXISTS)
            trouble(w, "it says that it has another size, but not which");
        return st;
    case 404:
        trouble(w, "it does not know this log: ask its people to add %s",
                sequencer_origin(w->all->sequencer));
        return STATUS_REFUSED;
    case 403:
        trouble(w, "it does not take this log's signature: does it have the log's key?");
        return STATUS_REFUSED;
    case 422:
        trouble(w,
                "it has cosigned another log of this name: size %llu does not grow "
                "from its size %llu",
                (unsigned long long)w->asked_size, (unsigned long long)w->has);
        return STATUS_REFUSED;
    default:
        trouble(w, "it answered %u", a->status);
        return STATUS_BUSY;
    }
}

/* STATUS_EXISTS: ask again with the size that it has. STATUS_REFUSED: rarely. */
static enum status ask_once(struct one *w)
{
    struct buf note = { 0 }, body = { 0 };
    struct http_answer a = { 0 };
    struct bytes text;
    enum status st = make_body(w, &note, &body);

    if (st == STATUS_REFUSED)
        trouble(w,
                "it has cosigned %llu entries, more than this log has (%llu): does it "
                "run on an old backup?",
                (unsigned long long)w->has, (unsigned long long)w->asked_size);
    else if (st != STATUS_OK)
        trouble(w, "cannot read the log: %s", status_text(st));
    if (st == STATUS_OK) {
        text = buf_bytes(&body);
        st = http_client_ask(w->http, "/add-checkpoint", &text, ANSWER_MAX,
                             clock_ms() + ASK_MS, &a);
        if (st == STATUS_OK)
            st = take_answer(w, buf_bytes(&note), &a);
        else
            trouble(w, "it cannot be asked: %s", status_text(st));
    }
    http_answer_clear(&a);
    buf_clear(&note);
    buf_clear(&body);
    return st;
}

/* Gives how long to wait until the next question. */
static uint64_t ask(struct one *w)
{
    enum status st = ask_once(w);
    uint64_t wait_ms = w->retry_ms;

    for (int i = 0; st == STATUS_EXISTS && i < CONFLICTS_MAX; i++)
        st = ask_once(w);
    if (st == STATUS_OK) {
        if (w->trouble[0] != '\0')
            say_info("witness %s: it cosigns again", w->config->key.name);
        w->trouble[0] = '\0';
        w->retry_ms = RETRY_MIN_MS;
        return PAUSE_MS;
    }
    if (st == STATUS_REFUSED)
        return REFUSED_MS;
    w->retry_ms = w->retry_ms * 2 < RETRY_MAX_MS ? w->retry_ms * 2 : RETRY_MAX_MS;
    return wait_ms;
}

/* --- the thread of each ----------------------------------------------------------- */

/* Under the lock. */
static void pause_ms(struct witnesses *all, uint64_t ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)(ms / 1000);
    t.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    while (!all->quit &&
           pthread_cond_timedwait(&all->changed, &all->lock, &t) != ETIMEDOUT)
        ;
}

static void *work(void *arg)
{
    struct one *w = arg;
    struct witnesses *all = w->all;

    pthread_mutex_lock(&all->lock);
    while (!all->quit) {
        uint64_t wait_ms;

        if (all->size <= w->kept) {
            pthread_cond_wait(&all->changed, &all->lock);
            continue;
        }
        pthread_mutex_unlock(&all->lock);
        wait_ms = ask(w);
        pthread_mutex_lock(&all->lock);
        pause_ms(all, wait_ms);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

static enum status start_one(struct witnesses *all, const struct config_witness *config,
                             const char *store)
{
    struct one *w = &all->list[all->n++];
    enum status st;

    *w = (struct one){ .all = all, .config = config, .retry_ms = RETRY_MIN_MS };
    st = http_client_open(config->url, &w->http);
    if (st != STATUS_OK) {
        say_error("witness %s: cannot use the address %s: %s", config->key.name,
                  config->url, status_text(st));
        return st;
    }
    st = store_open(store, STORE_READ, &w->store);
    if (st == STATUS_OK && pthread_create(&w->thread, NULL, work, w) != 0)
        st = STATUS_NOMEM;
    w->has_thread = st == STATUS_OK;
    return st;
}

enum status witnesses_new(const struct config *c, const char *store, struct sequencer *s,
                          uint64_t size, struct witnesses **out)
{
    struct witnesses *all;
    pthread_condattr_t attr;
    enum status st = STATUS_OK;

    *out = NULL;
    if (c->n_witnesses == 0)
        return STATUS_OK;
    all = calloc(1, sizeof(*all) + c->n_witnesses * sizeof(all->list[0]));
    if (all == NULL)
        return STATUS_NOMEM;
    all->sequencer = s;
    all->size = size;
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&all->changed, &attr);
    pthread_condattr_destroy(&attr);
    for (size_t i = 0; st == STATUS_OK && i < c->n_witnesses; i++)
        st = start_one(all, &c->witnesses[i], store);
    if (st == STATUS_OK) {
        *out = all;
        return STATUS_OK;
    }
    witnesses_quit(all);
    witnesses_free(all);
    return st;
}

void witnesses_committed(struct witnesses *w, uint64_t size)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->size = size;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

void witnesses_quit(struct witnesses *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].http != NULL)
            http_client_quit(w->list[i].http);
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].has_thread)
            pthread_join(w->list[i].thread, NULL);
        w->list[i].has_thread = false;
    }
}

void witnesses_free(struct witnesses *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n; i++) {
        http_client_close(w->list[i].http);
        store_close(w->list[i].store);
    }
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
