#include "broker/recovery.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "broker/forked.h"
#include "broker/mark.h"
#include "io/link_serve.h"
#include "ledger/cosigners.h"
#include "link/replica.h"
#include "tlog/bundle.h"
#include "tlog/tile.h"

/* From the first who told until it goes on, where others keep silent: a node asks every
 * five seconds. */
#define HEAR_MS 6000
/* A cosigner's clock is not further ahead. */
#define AHEAD_S 600
/* Messages in hand. */
#define JOBS_MAX 64

struct job {
    struct link_request *rq;
    struct message m; /* borrows of the request */
};

struct recovery {
    bool alone;
    struct metrics *metrics;
    struct mark *mark;
    const char *store_path; /* borrowed */

    /* Of the sequencer's thread. */
    int64_t since_s;        /* a cosignature before that tells nothing about now */
    bool begun;             /* the log went on: what is signed is marked */
    uint64_t told_ms;       /* when the first told; 0: nobody did */
    struct cosigners heard; /* who told */

    pthread_mutex_t lock; /* of what follows */
    struct job jobs[JOBS_MAX];
    size_t n;
    bool ended;
    uint64_t size, wanted; /* what it has; what it was told of */
    char damage[256];      /* what was found first; empty: nothing */
};

enum status recovery_new(const char *store_path, bool alone, struct metrics *m,
                         struct recovery **out)
{
    struct recovery *r = calloc(1, sizeof(*r));
    enum status st = r != NULL ? mark_open(store_path, &r->mark) : STATUS_NOMEM;

    if (st != STATUS_OK) {
        free(r);
        return st;
    }
    pthread_mutex_init(&r->lock, NULL);
    r->store_path = store_path;
    r->alone = alone;
    r->metrics = m;
    *out = r;
    return STATUS_OK;
}

void recovery_free(struct recovery *r)
{
    if (r == NULL)
        return;
    if (r->begun && !recovery_waits(r))
        mark_end(r->mark);
    mark_close(r->mark);
    cosigners_clear(&r->heard);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* --- beginning and ending to wait -----------------------------------------------------
 */

static void begin_waiting(struct recovery *r)
{
    r->since_s = clock_now_s();
    r->told_ms = 0;
    cosigners_clear(&r->heard);
    atomic_store(&r->metrics->waiting, true);
}

static void set_sizes(struct recovery *r, uint64_t size, uint64_t told)
{
    pthread_mutex_lock(&r->lock);
    r->size = size;
    if (told > r->wanted)
        r->wanted = told;
    pthread_mutex_unlock(&r->lock);
}

static uint64_t wanted(struct recovery *r)
{
    uint64_t size;

    pthread_mutex_lock(&r->lock);
    size = r->wanted;
    pthread_mutex_unlock(&r->lock);
    return size;
}

/* docs/replication.md 8.8 */
static void convict(struct recovery *r, uint64_t size)
{
    atomic_store(&r->metrics->waiting, true);
    if (atomic_exchange(&r->metrics->forked, true))
        return;
    say_error("the log's key has signed another history than the one that is here: "
              "another root for size %" PRIu64,
              size);
    say_hint("no statement is taken any more; the evidence is beside the log, and with "
             "nodes (evidence-fork-*.json)");
}

static void go_on(struct recovery *r, const struct recovery_log *l)
{
    struct hash root = ledger_root(l->ledger);

    r->begun = true;
    if (mark_begin(r->mark, l->store, ledger_committed(l->ledger), &root) != STATUS_OK) {
        say_unusual("cannot write: %s; what is here is served, and statements are "
                    "answered 503 until it works",
                    store_error(l->store));
        atomic_store(&r->metrics->ready, false);
    }
    atomic_store(&r->metrics->waiting, false);
}

static void say_unknown(const struct recovery_log *l, size_t cosigners)
{
    say_info("at %" PRIu64 " entries, which may be of an old backup: taking no "
             "statements until one of the log's %zu cosigners has told that there "
             "are no more",
             ledger_committed(l->ledger), cosigners);
    say_hint("nodes that run tell by themselves, within seconds; where there is no "
             "node any more, and only then: --alone");
}

static void say_lacks(uint64_t held, uint64_t promised)
{
    if (promised > held)
        say_unusual("here are %" PRIu64 " entries, and %" PRIu64 " were signed: this is "
                    "an old backup; no statement is taken until the rest has come from "
                    "nodes",
                    held, promised);
    else
        say_unusual("what was signed for size %" PRIu64 " is another history than the "
                    "one that is here; no statement is taken",
                    promised);
    say_hint("put the newest backup in place, or let a node run that has the rest; "
             "where nobody has it any more, and only then: --alone");
}

/* docs/replication.md 8.2, 8.3 */
static void begin(struct recovery *r, const struct recovery_log *l, enum mark_says says,
                  size_t cosigners)
{
    uint64_t held = ledger_committed(l->ledger), promised = mark_promised(r->mark);

    if (!r->alone && says == MARK_LACKS) {
        begin_waiting(r);
        set_sizes(r, held, promised);
        say_lacks(held, promised);
        return;
    }
    if (!r->alone && says == MARK_UNKNOWN && cosigners > 0) {
        begin_waiting(r);
        say_unknown(l, cosigners);
        return;
    }
    if (r->alone && says == MARK_LACKS)
        say_unusual("going on alone at %" PRIu64 " entries, where %" PRIu64
                    " were signed: if anybody has the rest, that ends this log",
                    held, promised);
    else if (says == MARK_UNKNOWN)
        say_info("at %" PRIu64 " entries%s", held,
                 cosigners == 0 ? "; the log names no cosigner, so nobody could tell if "
                                  "some were lost"
                                : "");
    go_on(r, l);
}

enum status recovery_open(struct recovery *r, const struct recovery_log *l)
{
    struct cosigners c = { 0 };
    uint64_t size;
    enum mark_says says = MARK_UNKNOWN;
    enum status st = mark_look(r->mark, l->store, &says);

    if (st == STATUS_OK)
        st = cosigners_load(l->store, &c);
    if (st != STATUS_OK)
        return st;
    set_sizes(r, ledger_committed(l->ledger), 0);
    begin(r, l, says, c.n);
    cosigners_clear(&c);
    if (forked_look(r->store_path, l->store, &size) == STATUS_OK)
        convict(r, size);
    return STATUS_OK;
}

void recovery_committed(struct recovery *r, uint64_t size, const struct hash *root)
{
    set_sizes(r, size, 0);
    mark_set(r->mark, size, root);
}

/* --- being told -----------------------------------------------------------------------
 */

static bool was_heard(const struct recovery *r, const struct verifier_key *k)
{
    for (size_t i = 0; i < r->heard.n; i++)
        if (r->heard.keys[i].id == k->id && strcmp(r->heard.keys[i].name, k->name) == 0)
            return true;
    return false;
}

/* docs/replication.md 8.4:
 *   ... whose time is not before the broker's start. */
static bool told_now(const struct recovery *r, const struct note *note,
                     const struct verifier_key *k)
{
    uint64_t time;

    return cosignature_find(note, k, NULL, &time) == STATUS_OK &&
           time >= (uint64_t)r->since_s && time <= (uint64_t)clock_now_s() + AHEAD_S;
}

/* What we have agrees with the checkpoint: who has just cosigned it has told. */
static enum status hear(struct recovery *r, const struct recovery_log *l,
                        const struct note *note)
{
    struct cosigners c = { 0 };
    enum status st = cosigners_load(l->store, &c);

    for (size_t i = 0; st == STATUS_OK && i < c.n; i++) {
        if (was_heard(r, &c.keys[i]) || !told_now(r, note, &c.keys[i]))
            continue;
        st = cosigners_add(&r->heard, &c.keys[i]);
        if (r->told_ms == 0)
            r->told_ms = clock_ms();
        say_info("%s tells that there is nothing newer than it has", c.keys[i].name);
    }
    cosigners_clear(&c);
    return st;
}

static enum status believe(const struct recovery_log *l, struct bytes note,
                           struct checkpoint *cp)
{
    struct log_keys keys;
    enum status st = ledger_log_keys(l->ledger, &keys);

    if (st == STATUS_OK)
        st = log_keys_open(&keys, ledger_committed(l->ledger), note, cp);
    log_keys_clear(&keys);
    return st;
}

/* Of no more than we have: is it ours? */
static enum status compare(struct recovery *r, const struct recovery_log *l,
                           struct bytes note, const struct checkpoint *cp, bool *same)
{
    struct tree tree;
    struct hash root;
    enum status st = tile_tree(store_tile_read, l->store, cp->size, &tree);

    *same = false;
    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    *same = hash_eq(&root, &cp->root);
    if (*same)
        return STATUS_OK;
    st = forked_keep(r->store_path, l->store, note, cp);
    if (st == STATUS_BAD_SIG)
        return STATUS_OK;
    convict(r, cp->size);
    if (st != STATUS_OK)
        say_error("cannot keep the evidence: %s", status_text(st));
    return STATUS_OK;
}

/* One that we cannot believe yet tells nothing: by a key that is stated in what we lack,
 * or by nobody. */
static enum status on_tell(struct recovery *r, const struct recovery_log *l,
                           struct bytes text)
{
    struct checkpoint cp;
    struct note *note;
    bool same = false;
    enum status st = believe(l, text, &cp);

    if (st == STATUS_BAD_SIG || st == STATUS_MALFORMED ||
        (st == STATUS_OK && cp.size == 0))
        return STATUS_OK;
    if (st != STATUS_OK)
        return st;
    if (cp.size > ledger_committed(l->ledger)) {
        if (r->alone)
            return STATUS_OK;
        if (!atomic_load(&r->metrics->waiting)) {
            begin_waiting(r);
            say_unusual("the log's key has signed %" PRIu64
                        " entries, and here are %" PRIu64
                        ": this is an old backup; no statement is taken until the rest "
                        "has come from nodes",
                        cp.size, ledger_committed(l->ledger));
        }
        mark_promise(r->mark, cp.size, &cp.root);
        set_sizes(r, ledger_committed(l->ledger), cp.size);
        return STATUS_OK;
    }
    st = compare(r, l, text, &cp, &same);
    if (st != STATUS_OK || !same)
        return st;
    note = malloc(sizeof(*note));
    st = note != NULL ? note_parse(text, note) : STATUS_NOMEM;
    if (st == STATUS_OK)
        st = hear(r, l, note);
    free(note);
    return st;
}

/* --- what it lacks --------------------------------------------------------------------
 */

/* STATUS_REFUSED: not by the rules. */
static enum status take_entry(const struct recovery_log *l, struct bytes entry)
{
    struct statement *statement = NULL;
    struct refusal why;
    struct outcome o;
    enum status st = statement_open(entry, ledger_origin(l->ledger), &statement, &why);

    if (st == STATUS_OK) {
        statement_verify(statement, keyring_lookup, l->keyring);
        st = ledger_take(l->ledger, statement, &o);
    }
    statement_free(statement);
    return st == STATUS_OK && o.type != OUTCOME_ACCEPTED ? STATUS_REFUSED : st;
}

static enum status own_lines(const struct recovery_log *l, struct bytes note,
                             struct buf *out)
{
    struct log_keys keys;
    enum status st = ledger_log_keys(l->ledger, &keys);

    if (st == STATUS_OK)
        st = log_keys_lines(&keys, note, out);
    log_keys_clear(&keys);
    return st;
}

static enum status take_part(const struct recovery_log *l, const struct replica_part *p)
{
    struct reader bundle = reader_of(p->bundle);
    struct checkpoint cp;
    struct bytes entry;
    struct hash root;
    struct buf own = { 0 };
    bool exact = false;
    enum status st = believe(l, p->checkpoint, &cp);

    for (uint32_t i = 0; st == STATUS_OK && i < p->count; i++) {
        st = bundle_next(&bundle, &entry);
        if (st == STATUS_OK)
            st = take_entry(l, entry);
    }
    if (st == STATUS_OK) {
        root = ledger_root(l->ledger);
        st = replica_part_vouched(p, &cp, ledger_size(l->ledger), &root, &exact);
    }
    /* docs/replication.md 8.6:
     *   ... the broker signs the checkpoint of what the log has signed with more. */
    if (st == STATUS_OK && exact)
        st = own_lines(l, p->checkpoint, &own);
    if (st == STATUS_OK)
        st = l->commit(l->ctx, buf_bytes(&own));
    buf_clear(&own);
    return st;
}

static enum status on_return(struct recovery *r, const struct recovery_log *l,
                             const struct message *m)
{
    uint64_t before = ledger_committed(l->ledger);
    struct replica_part p = { .from = m->u.entries_answer.from,
                              .count = m->u.entries_answer.count,
                              .bundle = m->u.entries_answer.bundle,
                              .checkpoint = m->u.entries_answer.checkpoint,
                              .proof = message_hashes(m->u.entries_answer.proof) };
    enum status st;

    if (!recovery_asks(r) || p.count == 0 || p.from != before)
        return STATUS_OK; /* the answer tells from where on */
    st = take_part(l, &p);
    if (st != STATUS_OK) {
        ledger_drop(l->ledger);
        say_unusual("the entries from %" PRIu64 " on that a node gave back are not the "
                    "log's: %s",
                    before, status_text(st));
        return STATUS_OK;
    }
    say_info("a node gave back entries %" PRIu64 " to %" PRIu64, before,
             ledger_committed(l->ledger) - 1);
    return STATUS_OK;
}

/* --- the sequencer's part -------------------------------------------------------------
 */

static void answer(struct recovery *r, const struct recovery_log *l,
                   const struct job *job)
{
    struct message m = { .type = job->m.type == MESSAGE_TELL ? MESSAGE_TELL_ANSWER
                                                             : MESSAGE_RETURN_ANSWER };
    struct buf out = { 0 };
    enum status st = job->m.type == MESSAGE_TELL ? on_tell(r, l, job->m.u.tell.checkpoint)
                                                 : on_return(r, l, &job->m);

    if (st != STATUS_OK) {
        say_unusual("cannot look at what a node told: %s", status_text(st));
        link_serve_error(job->rq, 503, status_text(st));
        return;
    }
    m.u.told.waiting = recovery_asks(r);
    m.u.told.size = ledger_committed(l->ledger);
    message_encode(&m, &out);
    link_request_answer(job->rq, buf_bytes(&out));
    buf_clear(&out);
}

/* One has told, and so have all others, or they keep silent. */
static bool all_told(const struct recovery *r, const struct cosigners *c)
{
    bool all = true;

    for (size_t i = 0; i < c->n; i++)
        all = all && was_heard(r, &c->keys[i]);
    return all || (r->told_ms != 0 && clock_ms() - r->told_ms >= HEAR_MS);
}

/* docs/replication.md 8.5 */
static void look_done(struct recovery *r, const struct recovery_log *l)
{
    uint64_t size = ledger_committed(l->ledger);
    struct cosigners c = { 0 };
    bool kept = false;

    if (!recovery_asks(r) || size < wanted(r) ||
        mark_kept(r->mark, l->store, &kept) != STATUS_OK || !kept)
        return;
    if (cosigners_load(l->store, &c) == STATUS_OK && all_told(r, &c)) {
        go_on(r, l);
        say_info("the log goes on at %" PRIu64 " entries", size);
    }
    cosigners_clear(&c);
}

static size_t take_jobs(struct recovery *r, struct job out[JOBS_MAX])
{
    size_t n;

    pthread_mutex_lock(&r->lock);
    n = r->n;
    memcpy(out, r->jobs, n * sizeof(*out));
    r->n = 0;
    pthread_mutex_unlock(&r->lock);
    return n;
}

void recovery_step(struct recovery *r, const struct recovery_log *l)
{
    struct job jobs[JOBS_MAX];
    size_t n = take_jobs(r, jobs);

    for (size_t i = 0; i < n; i++) {
        answer(r, l, &jobs[i]);
        look_done(r, l);
    }
    look_done(r, l);
}

void recovery_end(struct recovery *r)
{
    struct job jobs[JOBS_MAX];
    size_t n;

    pthread_mutex_lock(&r->lock);
    r->ended = true;
    pthread_mutex_unlock(&r->lock);
    n = take_jobs(r, jobs);
    for (size_t i = 0; i < n; i++)
        link_serve_error(jobs[i].rq, 503, "stopping");
}

/* --- any thread -----------------------------------------------------------------------
 */

void recovery_damaged(struct recovery *r, const char *what)
{
    bool first;

    pthread_mutex_lock(&r->lock);
    first = r->damage[0] == '\0';
    if (first)
        snprintf(r->damage, sizeof(r->damage), "%s", what);
    pthread_mutex_unlock(&r->lock);
    atomic_fetch_add(&r->metrics->damages, 1);
    if (!first)
        return;
    say_error("the store is damaged: %s; it is not served, and no statement is taken",
              what);
    say_hint(
        "see what else is with `avow-broker check`, and put a backup, or the replica "
        "of a node, in the log's place");
}

bool recovery_waits(const struct recovery *r)
{
    return atomic_load(&r->metrics->waiting) || atomic_load(&r->metrics->damages) > 0;
}

bool recovery_asks(const struct recovery *r)
{
    return atomic_load(&r->metrics->waiting) && !atomic_load(&r->metrics->forked) &&
           atomic_load(&r->metrics->damages) == 0;
}

void recovery_print(struct recovery *r, struct buf *out)
{
    char damage[sizeof(r->damage)];
    uint64_t size, told;

    pthread_mutex_lock(&r->lock);
    size = r->size;
    told = r->wanted;
    memcpy(damage, r->damage, sizeof(damage));
    pthread_mutex_unlock(&r->lock);
    if (damage[0] != '\0')
        buf_printf(out, "the store is damaged: %s", damage);
    else if (atomic_load(&r->metrics->forked))
        buf_text(out,
                 "the log's key has signed another history than the one that is here");
    else if (told > size)
        buf_printf(out,
                   "waiting for entries %" PRIu64 " to %" PRIu64
                   " from nodes: this is an old backup",
                   size, told - 1);
    else
        buf_printf(out,
                   "waiting for a cosigning node to tell that there are no more than the "
                   "%" PRIu64 " entries that are here",
                   size);
}

bool recovery_push(struct recovery *r, struct link_request *rq, const struct message *m)
{
    bool room;

    pthread_mutex_lock(&r->lock);
    room = r->n < JOBS_MAX && !r->ended;
    if (room)
        r->jobs[r->n++] = (struct job){ .rq = rq, .m = *m };
    pthread_mutex_unlock(&r->lock);
    return room;
}
