#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/upgrade.h"
#include "ledger/standing.h"
#include "node/cosigners.h"
#include "node/follow_internal.h"
#include "tlog/checkpoint.h"

/* So often a command that waits for the log takes what is not the log. */
#define TROUBLES_MAX 4

/* On the pipeline's threads: everything that needs no state. */
static void verify(void *ctx, void *job, unsigned thread)
{
    struct follow *f = ctx;
    struct check *c = job;

    (void)thread;
    c->st = statement_open(c->note, f->config.log.name, &c->statement, &c->why);
    if (c->st == STATUS_OK)
        statement_verify(c->statement, keyring_lookup, f->keyring);
}

static enum status open_store(struct follow *f)
{
    enum status st = upgrade_store(f->config.replica);

    if (st != STATUS_OK)
        return st;
    st = store_open(f->config.replica, STORE_WRITE, &f->store);
    if (st == STATUS_NOT_FOUND)
        st = store_open(f->config.replica, STORE_CREATE, &f->store);
    if (st != STATUS_OK && st != STATUS_BUSY)
        say_error("cannot open %s: %s", f->config.replica, status_text(st));
    upgrade_hint(st, "trying again");
    return st;
}

static enum status open_links(struct follow *f)
{
    size_t bad = 0;
    enum status st;

    if (f->config.broker != NULL)
        f->urls[f->n++] = f->config.broker;
    for (size_t i = 0; i < f->config.n_peers; i++)
        f->urls[f->n++] = f->config.peers[i];
    st = askers_open(f->urls, f->n, &f->askers, &bad);
    if (st != STATUS_OK)
        say_error("cannot use the %s's address %s: %s", follow_role(f, bad), f->urls[bad],
                  status_text(st));
    return st == STATUS_MALFORMED ? STATUS_USAGE : st;
}

/* docs/replication.md 2.8:
 *   It stays stopped as long as the evidence lies in its folder. */
static enum status look_for_fork(struct follow *f)
{
    uint64_t size = 0;
    enum status st = evidence_forked(f->config.dir, &f->log, &f->evidence, &size);

    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_OK : st;
    f->stopped = true;
    buf_printf(&f->standing, "the log signed two different roots for size %llu",
               (unsigned long long)size);
    f->forked = true;
    return buf_status(&f->standing);
}

enum status follow_open(const struct config *c, struct follow **out)
{
    struct follow *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->config = *c;
    st = open_store(f);
    if (st != STATUS_OK)
        goto fail;
    f->log = (struct evidence_log){ .store = f->store, .pinned = &f->config.log };
    st = ledger_open(f->store, &f->ledger);
    if (st == STATUS_OK)
        st = ledger_check_root(f->ledger);
    if (st == STATUS_OK)
        st = keyring_new(&f->keyring);
    if (st == STATUS_OK)
        st = keyring_refresh(f->keyring, f->store);
    if (st == STATUS_OK)
        st = pipeline_new(0, ROOM, verify, f, &f->pipeline);
    if (st == STATUS_OK)
        st = look_for_fork(f);
    if (st == STATUS_OK)
        st = follow_standing(f);
    if (st != STATUS_OK) {
        say_error("cannot use %s: %s", c->replica, status_text(st));
        goto fail;
    }
    st = open_links(f);
    if (st != STATUS_OK)
        goto fail;
    *out = f;
    return STATUS_OK;
fail:
    follow_close(f);
    return st;
}

void follow_close(struct follow *f)
{
    if (f == NULL)
        return;
    askers_close(f->askers);
    pipeline_free(f->pipeline);
    replica_free(f->replica);
    ledger_close(f->ledger);
    keyring_free(f->keyring);
    store_close(f->store);
    for (size_t i = 0; i < f->n; i++)
        buf_clear(&f->heard[i]);
    buf_clear(&f->came.frame);
    buf_clear(&f->body);
    buf_clear(&f->evidence);
    buf_clear(&f->standing);
    free(f);
}

uint64_t follow_size(const struct follow *f)
{
    return ledger_committed(f->ledger);
}

uint64_t follow_server_size(const struct follow *f)
{
    uint64_t known = f->replica != NULL ? replica_size_known(f->replica) : 0;

    return known > follow_size(f) ? known : follow_size(f);
}

struct store *follow_store(struct follow *f)
{
    return f->store;
}

struct link_client *follow_link(struct follow *f)
{
    return f->config.broker != NULL ? askers_link(f->askers, 0) : NULL;
}

void follow_cosign_with(struct follow *f, struct witness *w)
{
    f->witness = w;
}

void follow_wake(struct follow *f)
{
    askers_wake(f->askers);
}

bool follow_met_damage(const struct follow *f)
{
    return f->damaged;
}

bool follow_is_stopped(const struct follow *f)
{
    return f->stopped;
}

struct bytes follow_evidence(const struct follow *f)
{
    return f->stopped ? buf_bytes(&f->evidence) : (struct bytes){ 0 };
}

size_t follow_sources(const struct follow *f)
{
    return f->n;
}

const char *follow_source(const struct follow *f, size_t source,
                          struct replica_source *out)
{
    *out = (struct replica_source){ .type = source == 0 && f->config.broker != NULL
                                                ? REPLICA_BROKER
                                                : REPLICA_PEER,
                                    .text = "" };
    if (f->replica != NULL)
        replica_source(f->replica, source, out);
    if (f->troubles[source] > 0)
        out->text = f->trouble[source];
    return f->urls[source];
}

const char *follow_role(const struct follow *f, size_t source)
{
    return source == 0 && f->config.broker != NULL ? "broker" : "peer";
}

const char *follow_dir(const struct follow *f)
{
    return f->config.dir;
}

/* --- performing ----------------------------------------------------------------------
 */

void follow_trouble(struct follow *f, size_t source, const char *fmt, ...)
{
    char now[sizeof(f->trouble[0])];
    va_list args;

    va_start(args, fmt);
    vsnprintf(now, sizeof(now), fmt, args);
    va_end(args);
    if (strcmp(now, f->trouble[source]) != 0)
        say_unusual("%s %s: %s", follow_role(f, source), f->urls[source], now);
    memcpy(f->trouble[source], now, sizeof(now));
    f->troubles[source]++;
}

void follow_say_shorter(const char *broker, uint64_t theirs, uint64_t ours)
{
    say_error(
        "the broker at %s has a shorter log than this replica: %llu of %llu entries",
        broker, (unsigned long long)theirs, (unsigned long long)ours);
    say_hint("it may run on an old backup: tell its people; this replica keeps all it "
             "has");
}

static void no_trouble(struct follow *f, size_t source)
{
    f->trouble[source][0] = '\0';
    f->troubles[source] = 0;
    if (source == 0)
        f->shorter = false;
}

/* The log signed two roots for one size: what proves it is kept. */
static enum status stop_forked(struct follow *f, const struct replica_action *a)
{
    enum status st;

    say_error("the log signed two different roots for size %llu",
              (unsigned long long)a->size);
    say_hint("this replica stops following; the evidence is in %s: ask other nodes what "
             "they have",
             f->config.dir);
    f->stopped = f->forked = f->standing_said = true;
    buf_reset(&f->evidence);
    buf_add(&f->evidence, a->frame);
    st = evidence_keep_fork(f->config.dir, a->frame, a->size);
    /* docs/replication.md 8.8 */
    if (st == STATUS_OK && f->config.broker != NULL)
        st = follow_return(f, 0, 0);
    return st;
}

/* Keep a checkpoint of our tree, where it is newer than what we have one for, and whose
 * cosignatures verify. */
static enum status hear(struct follow *f, const struct replica_action *a)
{
    struct buf *before = &f->heard[a->source], own = { 0 };
    struct replica_source look;
    uint64_t newest = 0;
    enum status st;

    replica_source(f->replica, a->source, &look);
    if (look.state == REPLICA_SOURCE_ANSWERS)
        no_trouble(f, a->source);
    if (bytes_eq(a->frame, buf_bytes(before)))
        return STATUS_OK;
    buf_reset(before);
    buf_add(before, a->frame);
    st = store_checkpoint_newest(f->store, &newest, &own);
    buf_reset(&own);
    if (st == STATUS_OK || st == STATUS_NOT_FOUND)
        st = log_keys_own_lines(f->store, &f->config.log, a->frame, &own);
    if (st == STATUS_OK && newest < a->size)
        st = store_checkpoint_put(f->store, a->size, buf_bytes(&own));
    if (st == STATUS_OK && own.len < a->frame.len)
        st = cosigners_keep(f->store, &f->config.log, a->frame);
    buf_clear(&own);
    if (st != STATUS_OK)
        say_error("cannot keep a checkpoint: %s", status_text(st));
    return st;
}

static void shorter(struct follow *f, const struct replica_action *a)
{
    f->shorter = a->size < follow_size(f);
    f->theirs = a->size;
    follow_trouble(f, a->source, "its log ends before what %s, at %llu",
                   f->shorter ? "this replica has" : "others have shown",
                   (unsigned long long)a->size);
}

/* A part and a cosignature, at most. */
void follow_then(struct follow *f, struct replica_event ev)
{
    assert(f->n_next < sizeof(f->next) / sizeof(f->next[0]));
    f->next[f->n_next++] = ev;
}

static enum status cosign(struct follow *f, struct bytes note)
{
    struct checkpoint cp;
    enum status st;

    buf_reset(&f->body);
    st = witness_step(f->witness, note, &cp, &f->body);
    if (st != STATUS_OK && st != STATUS_FORK)
        return st;
    follow_then(f, (struct replica_event){ .type = st == STATUS_OK ? REPLICA_COSIGNED
                                                                   : REPLICA_UNSIGNED,
                                           .size = cp.size,
                                           .frame = buf_bytes(&f->body) });
    return STATUS_OK;
}

static enum status perform_one(struct follow *f, const struct replica_action *a,
                               const struct replica_part *part)
{
    switch (a->type) {
    case REPLICA_SEND:
        return askers_ask(f->askers, a->source, a->ticket, a->frame);
    case REPLICA_HINTS:
        return askers_hints(f->askers, a->source, a->port);
    case REPLICA_STORE:
        f->giver = a->source;
        return follow_part(f, part);
    case REPLICA_HEARD:
        return hear(f, a);
    case REPLICA_COSIGN:
        return cosign(f, a->frame);
    case REPLICA_REPLIED:
        witness_replied(f->witness, a->status, a->frame);
        return STATUS_OK;
    case REPLICA_FORK:
        return stop_forked(f, a);
    case REPLICA_WAITING:
        return follow_return(f, a->source, a->size);
    case REPLICA_SHORTER:
        shorter(f, a);
        /* docs/replication.md 8.7: it may run, and not know. */
        return f->shorter ? follow_return(f, a->source, a->size) : STATUS_OK;
    case REPLICA_TROUBLE:
        follow_trouble(f, a->source, "%s", a->text);
        f->damaged = f->damaged || a->damaged;
        return STATUS_OK;
    }
    return STATUS_OK;
}

static enum status step(struct follow *f, struct replica_event ev)
{
    struct replica_actions acts;
    enum status st;

    ev.now_ms = clock_ms();
    st = replica_step(f->replica, &ev, &acts);
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", f->config.replica, status_text(st));
    for (size_t i = 0; st == STATUS_OK && i < acts.n; i++)
        st = perform_one(f, &acts.list[i], &acts.part);
    return st;
}

static enum status begin(struct follow *f)
{
    struct replica_options o = {
        .origin = f->config.log.name,
        .view = evidence_view(&f->log),
        .n = f->n,
        .stored = follow_size(f),
        .cosigns = f->witness != NULL,
    };
    enum status st = STATUS_OK;

    for (size_t i = 0; i < f->n; i++)
        o.sources[i] = i == 0 && f->config.broker != NULL ? REPLICA_BROKER : REPLICA_PEER;
    if (f->witness != NULL)
        st = witness_last(f->witness, &o.cosigned);
    if (st == STATUS_OK)
        st = replica_new(&o, &f->replica);
    return st == STATUS_OK ? step(f, (struct replica_event){ .type = REPLICA_UP }) : st;
}

/* The next thing that comes, or the machine's deadline. */
static struct replica_event await(struct follow *f, int wait_ms)
{
    static const enum replica_event_type types[] = {
        [ASKED_NOTHING] = REPLICA_TICK,  [ASKED_ANSWER] = REPLICA_ANSWER,
        [ASKED_FAILED] = REPLICA_FAILED, [ASKED_HINT] = REPLICA_HINT,
        [ASKED_WOKEN] = REPLICA_TICK,
    };
    uint64_t now = clock_ms(), deadline = replica_deadline_ms(f->replica);

    if (deadline <= now)
        wait_ms = 0;
    else if (deadline - now < (uint64_t)wait_ms)
        wait_ms = (int)(deadline - now);
    askers_take(f->askers, wait_ms, &f->came);
    return (struct replica_event){ .type = types[f->came.type],
                                   .source = f->came.server,
                                   .ticket = f->came.ticket,
                                   .size = f->came.size,
                                   .frame = buf_bytes(&f->came.frame) };
}

enum status follow_standing(struct follow *f)
{
    struct standing standing;
    enum status st = standing_load(f->store, &standing);

    if (st == STATUS_OK && standing.type != STANDING_ON && f->standing.len == 0) {
        standing_print(&standing, &f->standing);
        f->stopped = f->stopped || standing_needs_upgrade(&standing);
        st = buf_status(&f->standing);
    }
    standing_clear(&standing);
    return st;
}

/* Once. */
static void say_standing(struct follow *f)
{
    if (f->standing.len == 0 || f->standing_said)
        return;
    f->standing_said = true;
    if (!f->stopped) {
        say_info("%s", buf_str(&f->standing));
        return;
    }
    say_error("%s", buf_str(&f->standing));
    if (f->forked)
        say_hint("the evidence is in %s: ask other nodes what they have; what is here "
                 "stays valid",
                 f->config.dir);
    else
        say_hint("upgrade avow and run it again: it goes on from there; what is here "
                 "stays valid");
}

static enum follow_state state_of(const struct follow *f)
{
    if (f->stopped)
        return FOLLOW_STOPPED;
    if (f->n_next > 0)
        return FOLLOW_ON;
    switch (replica_state(f->replica)) {
    case REPLICA_FOLLOWING:
        return FOLLOW_ON;
    case REPLICA_CURRENT:
        return FOLLOW_CURRENT;
    case REPLICA_AWAY:
        return FOLLOW_AWAY;
    case REPLICA_STOPPED:
        return FOLLOW_STOPPED;
    }
    return FOLLOW_ON;
}

enum status follow_step(struct follow *f, int wait_ms, enum follow_state *state)
{
    enum status st;

    if (f->stopped) {
        say_standing(f);
        askers_take(f->askers, wait_ms, &f->came);
        *state = FOLLOW_STOPPED;
        return STATUS_OK;
    }
    if (f->replica == NULL) {
        st = begin(f);
    } else if (f->n_next > 0) {
        struct replica_event ev = f->next[0];

        f->next[0] = f->next[1];
        f->n_next--;
        st = step(f, ev);
    } else {
        st = step(f, await(f, wait_ms));
    }
    if (st == STATUS_OK)
        say_standing(f);
    *state = state_of(f);
    return st;
}

/* --- for commands ---------------------------------------------------------------------
 */

/* Somebody sends what is not the log, again and again, and nobody the log. */
static bool is_hopeless(const struct follow *f, enum follow_state state, size_t *source)
{
    if (state != FOLLOW_AWAY)
        return false;
    for (*source = 0; *source < f->n; ++*source)
        if (f->troubles[*source] >= TROUBLES_MAX)
            return true;
    return false;
}

/* Somebody answers, and has no more than we do. */
static bool is_told_all(const struct follow *f)
{
    for (size_t i = 0; i < f->n; i++) {
        struct replica_source look;

        follow_source(f, i, &look);
        if (look.state == REPLICA_SOURCE_ANSWERS && look.size > 0 &&
            look.size <= follow_size(f))
            return true;
    }
    return false;
}

static void say_unreachable(const struct follow *f)
{
    if (f->config.broker == NULL)
        say_error("cannot reach any of %zu peers", f->n);
    else if (f->n > 1)
        say_error("cannot reach the broker at %s, nor any of %zu peers", f->config.broker,
                  f->n - 1);
    else
        say_error("cannot reach the broker at %s", f->config.broker);
}

enum status follow_until_current(struct follow *f, int patience_ms)
{
    uint64_t begin_size = follow_size(f), size = begin_size, moved_ms = clock_ms();
    enum follow_state state = FOLLOW_ON;
    bool shown = false;
    size_t source;

    while (state != FOLLOW_CURRENT) {
        enum status st = follow_step(f, 100, &state);

        if (st != STATUS_OK)
            return st;
        if (state == FOLLOW_STOPPED)
            return STATUS_REFUSED;
        if (state == FOLLOW_AWAY && f->shorter) {
            follow_say_shorter(f->config.broker, f->theirs, follow_size(f));
            return STATUS_BAD_PROOF;
        }
        if (follow_size(f) > size) {
            size = follow_size(f);
            moved_ms = clock_ms();
        } else if (is_hopeless(f, state, &source)) {
            say_error("the %s at %s does not serve this log: %s", follow_role(f, source),
                      f->urls[source], f->trouble[source]);
            return STATUS_BAD_PROOF;
        } else if (clock_ms() - moved_ms > (uint64_t)patience_ms && is_told_all(f)) {
            say_unusual("not everybody answers: what is here is what the others have");
            break;
        } else if (clock_ms() - moved_ms > (uint64_t)patience_ms) {
            say_unreachable(f);
            return STATUS_UNREACHABLE;
        }
        /* The end is drawn below, once: being current may be a few steps later. */
        if (follow_server_size(f) > size && follow_server_size(f) - begin_size > 1000) {
            say_progress("entries", size - begin_size,
                         follow_server_size(f) - begin_size);
            shown = true;
        }
    }
    if (shown)
        say_progress("entries", size - begin_size, size - begin_size);
    return STATUS_OK;
}
