/* broker/sequencer.c */
#include "broker/sequencer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "broker/cosigned.h"
#include "broker/order.h"
#include "io/worker.h"
#include "ledger/standing.h"

/* When a disk failed: how often to try whether it is back. */
#define PROBE_MS 2000

struct sequencer {
    struct sequencer_options o;
    struct store *store;
    struct ledger *ledger;
    struct keyring *keyring;
    struct intake *intake;
    struct answerer *answerer;
    struct admission *admission;
    struct metrics *metrics;
    struct recovery *recovery;
    struct recovery_log log; /* what it is given */
    struct cosigned *cosigned;
    struct worker *worker;
    char origin[ORIGIN_MAX + 1];
    uint64_t size_at_start;

    pthread_mutex_t lock;
    pthread_cond_t ordered;
    bool go, quit;
};

/* --- opening ---------------------------------------------------------------------- */

/* The keys that sign the checkpoint of this size; *lacks: one that is not here. */
static enum status signers(struct sequencer *s, uint64_t size,
                           const struct secret_key *keys[], size_t *n,
                           struct verifier_key *lacks)
{
    struct log_keys all = { 0 };
    enum status st = ledger_log_keys(s->ledger, &all);

    *n = 0;
    lacks->name[0] = '\0';
    for (size_t i = 0; st == STATUS_OK && i < all.n; i++) {
        const struct secret_key *key;

        if (!log_keys_signs(&all, i, size))
            continue;
        key = keys_find(s->o.keys, &all.list[i].key);
        if (key == NULL) {
            keys_refresh(s->o.keys);
            key = keys_find(s->o.keys, &all.list[i].key);
        }
        if (key == NULL)
            *lacks = all.list[i].key;
        else if (*n < LOG_KEYS_MAX)
            keys[(*n)++] = key;
        else
            st = STATUS_TOO_LARGE;
    }
    log_keys_clear(&all);
    return st;
}

/* None of the active keys here: nothing could ever be done. Only some: what is there is
 * served, and a statement taken that retires the one that is lost. */
static enum status check_keys(struct sequencer *s)
{
    const struct secret_key *keys[LOG_KEYS_MAX];
    struct verifier_key lacks;
    size_t n;
    enum status st = signers(s, ledger_size(s->ledger), keys, &n, &lacks);

    if (st != STATUS_OK || lacks.name[0] == '\0')
        return st;
    say_error("no key file here holds %s+%08x, which is an active key of the log",
              lacks.name, lacks.id);
    if (n == 0) {
        say_hint("what the log's keys are tells `avow-broker keys DIR`");
        return STATUS_REFUSED;
    }
    say_hint(
        "copy its file here with `avow-broker keys DIR --add KEYFILE`; until then no "
        "statement is taken but one that retires it (log.key_retired)");
    atomic_store(&s->metrics->lacks_key, true);
    return STATUS_OK;
}

/* Whether the log goes on for us; said when it changes. */
static enum status look_standing(struct sequencer *s)
{
    struct standing standing;
    struct buf text = { 0 };
    enum status st = standing_load(s->store, &standing);
    bool upgrade = st == STATUS_OK && standing_needs_upgrade(&standing);
    bool over = st == STATUS_OK && standing.type == STANDING_SUCCEEDED;

    standing_print(&standing, &text);
    if (upgrade && !atomic_exchange(&s->metrics->needs_upgrade, true))
        say_unusual("%s: upgrade avow; what is here is served, and no statement taken",
                    buf_str(&text));
    if (over && !atomic_exchange(&s->metrics->succeeded, true))
        say_unusual("%s; what is here is served, and no statement taken", buf_str(&text));
    buf_clear(&text);
    standing_clear(&standing);
    return st;
}

static enum status commit_returned(void *ctx, struct bytes checkpoint);

/* On a tree that is not what was signed nothing is ever built; what verifies is served.
 */
static enum status check_root(struct sequencer *s)
{
    enum status st = ledger_check_root(s->ledger);

    if (st == STATUS_ALTERED)
        recovery_damaged(s->recovery, "its tree is not what its checkpoint says");
    return st == STATUS_ALTERED ? STATUS_OK : st;
}

/* On the sequencer's thread: the store is its own. */
static enum status sequencer_open(void *arg)
{
    struct sequencer *s = arg;
    enum status st = store_open(s->o.store_path, STORE_WRITE, &s->store);

    if (st == STATUS_OK)
        st = ledger_open(s->store, &s->ledger);
    if (st == STATUS_OK)
        st = check_root(s);
    if (st == STATUS_OK)
        st = check_keys(s);
    if (st == STATUS_OK)
        st = look_standing(s);
    if (st == STATUS_OK)
        st = keyring_refresh(s->keyring, s->store);
    if (st == STATUS_OK) {
        s->log = (struct recovery_log){ .store = s->store,
                                        .ledger = s->ledger,
                                        .keyring = s->keyring,
                                        .commit = commit_returned,
                                        .ctx = s };
        st = recovery_open(s->recovery, &s->log);
    }
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
    s->recovery = o->recovery;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ordered, NULL);
    st = keyring_new(&s->keyring);
    if (st == STATUS_OK)
        st = cosigned_new(&s->cosigned);
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

/* Its author has no room for it; one that is known already needs none. */
static enum status judge_over(struct sequencer *s, struct submission *sub,
                              const struct refusal *why)
{
    enum status st = ledger_judge(s->ledger, sub->st, &sub->outcome);

    if (st != STATUS_OK)
        return st;
    sub->fate = SUBMISSION_JUDGED;
    if (sub->outcome.type == OUTCOME_KNOWN)
        return STATUS_OK;
    memset(&sub->outcome, 0, sizeof(sub->outcome));
    sub->outcome.type = OUTCOME_REFUSED;
    sub->outcome.why = *why;
    return STATUS_OK;
}

static enum status check_room(struct sequencer *s, struct submission *sub)
{
    struct refusal why;
    enum status st;

    if (sub->fate != SUBMISSION_OPEN || sub->dry)
        return STATUS_OK;
    st = admission_check(s->admission, sub->st, clock_ms(), &why, &sub->retry_after_s);
    if (st == STATUS_REFUSED)
        return judge_over(s, sub, &why);
    return st;
}

static void spend(struct sequencer *s, const struct submission *sub)
{
    if (sub->fate == SUBMISSION_JUDGED && !sub->dry &&
        sub->outcome.type == OUTCOME_ACCEPTED && sub->st != NULL)
        admission_spend(s->admission, sub->st, clock_ms());
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

/* Sign the checkpoint of what there is now, by every key that signs it. */
static enum status sign(struct sequencer *s, const struct checkpoint *cp,
                        struct buf *note)
{
    const struct secret_key *keys[LOG_KEYS_MAX];
    struct verifier_key lacks;
    size_t n;
    enum status st = signers(s, cp->size, keys, &n, &lacks);

    if (st == STATUS_OK && (n == 0 || lacks.name[0] != '\0'))
        st = STATUS_REFUSED; /* what leads here was not admitted */
    if (st == STATUS_OK)
        st = checkpoint_sign(cp, keys, n, note);
    return st == STATUS_OK ? buf_status(note) : st;
}

/* `given`: the checkpoint of just this size that the log has signed before; empty: it is
 * signed now. */
static enum status commit_with(struct sequencer *s, struct bytes given)
{
    struct checkpoint cp = { .size = ledger_size(s->ledger) };
    uint64_t added = cp.size - ledger_committed(s->ledger);
    uint64_t begin = now_us();
    struct buf note = { 0 };
    enum status st;

    if (added == 0)
        return STATUS_OK;
    cp.root = ledger_root(s->ledger);
    memcpy(cp.origin, ledger_origin(s->ledger), strlen(ledger_origin(s->ledger)) + 1);
    st = given.len > 0 ? STATUS_OK : sign(s, &cp, &note);
    if (st == STATUS_OK)
        st = ledger_commit(s->ledger, given.len > 0 ? given : buf_bytes(&note));
    buf_clear(&note);
    if (st != STATUS_OK)
        return st;
    recovery_committed(s->recovery, cp.size, &cp.root);
    histogram_add(&s->metrics->commit_us, now_us() - begin);
    histogram_add(&s->metrics->batch, added);
    atomic_store(&s->metrics->size, cp.size);
    if (keyring_refresh(s->keyring, s->store) != STATUS_OK)
        say_unusual("cannot read the keys: %s", store_error(s->store));
    if (!atomic_exchange(&s->metrics->ready, true))
        say_info("commits work again");
    s->o.committed(s->o.ctx, cp.size, &cp.root);
    return STATUS_OK;
}

static enum status commit(struct sequencer *s)
{
    return commit_with(s, (struct bytes){ 0 });
}

/* What nodes gave back may change keys and rules. */
static enum status commit_returned(void *ctx, struct bytes checkpoint)
{
    struct sequencer *s = ctx;
    enum status st = commit_with(s, checkpoint);

    if (st == STATUS_OK)
        st = check_keys(s);
    return st == STATUS_OK ? look_standing(s) : st;
}

/* --- what changes the log itself --------------------------------------------------- */

static bool is_of_the_log(enum kind k)
{
    return k == KIND_LOG_KEY_ADDED || k == KIND_LOG_KEY_RETIRED || k == KIND_LOG_RULES ||
           k == KIND_LOG_SUCCEEDED;
}

/* It goes into a batch of its own: so there is a checkpoint where keys or rules change,
 * and it can be taken back when we lack a key that is to sign. */
static bool goes_alone(const struct sequencer *s, const struct submission *sub)
{
    if (sub->fate != SUBMISSION_OPEN)
        return false;
    for (size_t i = 0; i < sub->st->n; i++)
        if (is_of_the_log(sub->st->records[i].kind))
            return true;
    return atomic_load(&s->metrics->lacks_key);
}

static void refuse_key(struct submission *sub, const struct verifier_key *lacks)
{
    memset(&sub->outcome, 0, sizeof(sub->outcome));
    sub->outcome.type = OUTCOME_REFUSED;
    (void)refuse(&sub->outcome.why, RULE_ADMISSION_LOG_KEY, 0,
                 "expected the file of each key that is to sign the next checkpoint, "
                 "found none of %s+%08x in the broker",
                 lacks->name, lacks->id);
}

/* What we serve is what clients read: the log's lines are bounded, too. */
static void refuse_many(struct submission *sub)
{
    memset(&sub->outcome, 0, sizeof(sub->outcome));
    sub->outcome.type = OUTCOME_REFUSED;
    (void)refuse(&sub->outcome.why, RULE_ADMISSION_LOG_KEY, 0,
                 "expected at most %d keys that sign one checkpoint, found more",
                 LOG_KEYS_MAX);
}

/* Taken for a trial, with nothing else in hand. */
static enum status take_alone(struct sequencer *s, struct submission *sub)
{
    const struct secret_key *keys[LOG_KEYS_MAX];
    struct verifier_key lacks;
    size_t n;
    enum status st = ledger_take(s->ledger, sub->st, &sub->outcome);

    if (st != STATUS_OK || sub->outcome.type != OUTCOME_ACCEPTED)
        return st;
    st = signers(s, ledger_size(s->ledger), keys, &n, &lacks);
    if (st == STATUS_OK && n > 0 && lacks.name[0] == '\0' && !sub->dry) {
        st = commit(s);
        if (st == STATUS_OK)
            atomic_store(&s->metrics->lacks_key, false);
        return st == STATUS_OK ? look_standing(s) : st;
    }
    ledger_drop(s->ledger);
    if (st == STATUS_TOO_LARGE) {
        refuse_many(sub);
        return STATUS_OK;
    }
    if (st == STATUS_OK && lacks.name[0] != '\0')
        refuse_key(sub, &lacks);
    return st;
}

/* *before: what came before it in this batch is on disk. */
static enum status judge_alone(struct sequencer *s, struct submission *sub, bool *before)
{
    enum status st = ledger_judge(s->ledger, sub->st, &sub->outcome);

    if (st == STATUS_OK && sub->outcome.type == OUTCOME_ACCEPTED) {
        st = commit(s);
        *before = st == STATUS_OK;
        if (st == STATUS_OK)
            st = take_alone(s, sub);
    }
    if (st == STATUS_OK)
        sub->fate = SUBMISSION_JUDGED;
    return st;
}

/* Nothing of the batch is kept, so no verdict that was given in it holds. */
static void give_up(struct sequencer *s, struct submission *subs[], size_t n,
                    enum status st)
{
    failed(s, "commit", st);
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

/* docs/replication.md 8.1: what was on its way when the broker began to wait. */
static void refuse_all(struct submission *subs[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (subs[i]->fate == SUBMISSION_OPEN)
            subs[i]->fate = SUBMISSION_BUSY;
}

static void batch(struct sequencer *s, struct submission *subs[], size_t n)
{
    enum status st = STATUS_OK;
    size_t kept = 0; /* of these the fate is sealed */

    order_by_seq(subs, n);
    if (recovery_waits(s->recovery))
        refuse_all(subs, n);
    for (size_t i = 0; st == STATUS_OK && i < n; i++) {
        bool before = false;

        st = check_room(s, subs[i]);
        if (st == STATUS_OK)
            st = goes_alone(s, subs[i]) ? judge_alone(s, subs[i], &before)
                                        : judge(s, subs[i]);
        spend(s, subs[i]);
        if (before)
            kept = st == STATUS_OK ? i + 1 : i;
    }
    if (st == STATUS_OK)
        st = commit(s);
    if (st != STATUS_OK)
        give_up(s, subs + kept, n - kept, st);
    hand_on(s, subs, n);
}

/* --- cosignatures, and what nodes tell ---------------------------------------------- */

enum status sequencer_cosignatures(struct sequencer *s, uint64_t size,
                                   const struct cosignature_line lines[], size_t n,
                                   void (*kept)(void *arg, enum status st), void *arg)
{
    enum status st = cosigned_push(s->cosigned, size, lines, n, kept, arg);

    if (st == STATUS_OK)
        pipeline_wake(intake_pipeline(s->intake));
    return st;
}

static void keep_cosignatures(struct sequencer *s, bool close)
{
    enum status st =
        cosigned_keep(s->cosigned, s->store, close, &s->metrics->cosignatures);

    if (st != STATUS_OK)
        failed(s, "keep cosignatures", st);
}

enum status sequencer_tell(struct sequencer *s, struct link_request *rq,
                           const struct message *m)
{
    if (!recovery_push(s->recovery, rq, m))
        return STATUS_BUSY;
    pipeline_wake(intake_pipeline(s->intake));
    return STATUS_OK;
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
        recovery_step(s->recovery, &s->log);
    }
    recovery_end(s->recovery);
    keep_cosignatures(s, true);
}

void sequencer_attach(struct sequencer *s, struct intake *in, struct answerer *a,
                      struct admission *admission)
{
    s->admission = admission;
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
    cosigned_free(s->cosigned);
    pthread_cond_destroy(&s->ordered);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
