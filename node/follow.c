#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/upgrade.h"
#include "ledger/standing.h"
#include "node/evidence.h"
#include "node/follow_internal.h"
#include "tlog/checkpoint.h"

/* So often a command that waits for the log takes what is not the log. */
#define TROUBLES_MAX 4
/* How long to wait for a connection before the caller may look at something else. */
#define CONNECT_TIMEOUT_MS 500

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
    st = ledger_open(f->store, &f->ledger);
    if (st == STATUS_OK)
        st = keyring_new(&f->keyring);
    if (st == STATUS_OK)
        st = keyring_refresh(f->keyring, f->store);
    if (st == STATUS_OK)
        st = pipeline_new(0, ROOM, verify, f, &f->pipeline);
    if (st == STATUS_OK)
        st = sync_new(c->log.name, ledger_size(f->ledger), &f->sync);
    if (st == STATUS_OK)
        st = follow_standing(f);
    if (st != STATUS_OK) {
        say_error("cannot use %s: %s", c->replica, status_text(st));
        goto fail;
    }
    st = link_client_open(c->broker, NULL, &f->link);
    if (st != STATUS_OK) {
        say_error("cannot use the broker's address %s: %s", c->broker, status_text(st));
        goto fail;
    }
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
    link_client_close(f->link);
    pipeline_free(f->pipeline);
    sync_free(f->sync);
    ledger_close(f->ledger);
    keyring_free(f->keyring);
    store_close(f->store);
    buf_clear(&f->answer);
    buf_clear(&f->request);
    buf_clear(&f->checkpoint);
    buf_clear(&f->cosigned);
    buf_clear(&f->standing);
    free(f);
}

uint64_t follow_size(const struct follow *f)
{
    return ledger_committed(f->ledger);
}

uint64_t follow_server_size(const struct follow *f)
{
    uint64_t server = sync_server_size(f->sync);

    return server > follow_size(f) ? server : follow_size(f);
}

struct store *follow_store(struct follow *f)
{
    return f->store;
}

struct link_client *follow_link(struct follow *f)
{
    return f->link;
}

struct bytes follow_checkpoint(const struct follow *f)
{
    return buf_bytes(&f->checkpoint);
}

struct bytes follow_cosigned(const struct follow *f)
{
    return buf_bytes(&f->cosigned);
}

/* --- performing ----------------------------------------------------------------------
 */

void follow_trouble(struct follow *f, const char *fmt, ...)
{
    char now[sizeof(f->trouble)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(now, sizeof(now), fmt, args);
    va_end(args);
    if (strcmp(now, f->trouble) != 0)
        say_unusual("broker %s: %s", f->config.broker, now);
    memcpy(f->trouble, now, sizeof(now));
    f->troubles++;
    f->away = true;
}

void follow_say_shorter(const char *broker, uint64_t theirs, uint64_t ours)
{
    say_error(
        "the broker at %s has a shorter log than this replica: %llu of %llu entries",
        broker, (unsigned long long)theirs, (unsigned long long)ours);
    say_hint("it may run on an old backup: tell its people; this replica keeps all it "
             "has");
}

void follow_no_trouble(struct follow *f)
{
    f->shorter = false;
    f->trouble[0] = '\0';
    f->troubles = 0;
}

static enum status subscribe(struct follow *f, uint16_t port)
{
    struct buf url = { 0 };
    const char *colon = strrchr(f->config.broker, ':');
    size_t host = colon != NULL ? (size_t)(colon - f->config.broker) : 0;
    enum status st;

    buf_append(&url, f->config.broker, host);
    buf_printf(&url, ":%u", port);
    st = url.bad ? STATUS_NOMEM : link_client_hints(f->link, buf_str(&url));
    buf_clear(&url);
    return st == STATUS_USAGE ? STATUS_OK : st; /* without hints we poll */
}

static void call(struct follow *f)
{
    struct buf answer = { 0 };
    int timeout_ms =
        link_client_connected(f->link) ? CALL_TIMEOUT_MS : CONNECT_TIMEOUT_MS;
    enum status st =
        link_client_call(f->link, buf_bytes(&f->request), timeout_ms, &answer);

    f->pending = true;
    f->next.type = st == STATUS_OK ? SYNC_ANSWER : SYNC_FAILED;
    f->away = st != STATUS_OK;
    buf_clear(&f->answer);
    f->answer = answer;
    f->next.frame = buf_bytes(&f->answer);
}

/* The log signed two roots for one size: what proves it is kept. */
static enum status stop_forked(struct follow *f, struct bytes theirs, uint64_t size)
{
    say_error("the log signed two different roots for size %llu",
              (unsigned long long)size);
    say_hint("this replica stops following; the evidence is in %s: ask other nodes what "
             "they have",
             f->config.dir);
    f->stopped = true;
    return evidence_fork(f->config.dir, f->store, theirs, size);
}

/* Is a checkpoint of no more than we hold one of our tree? */
static enum status check_own_tree(struct follow *f, const struct checkpoint *cp,
                                  bool *ours)
{
    struct tree tree;
    struct hash root = ledger_root(f->ledger);
    enum status st = STATUS_OK;

    if (cp->size < follow_size(f)) {
        st = tile_tree(store_tile_read, f->store, cp->size, &tree);
        if (st == STATUS_OK)
            root = tree_root(&tree);
    }
    *ours = hash_eq(&cp->root, &root);
    return st;
}

/* The server has no more than we do: is its checkpoint signed, and of our tree? */
static enum status note_current(struct follow *f, const struct sync_action *a)
{
    struct checkpoint cp;
    bool ours = false;
    enum status st;

    if (follow_believe(f, a->frame, &cp) != STATUS_OK || cp.size > a->size) {
        follow_trouble(f, "it has no checkpoint signed by the log's keys");
        return STATUS_OK;
    }
    st = check_own_tree(f, &cp, &ours);
    if (st != STATUS_OK) {
        say_error("cannot read %s: %s", f->config.replica, status_text(st));
        return st;
    }
    if (!ours)
        return stop_forked(f, a->frame, cp.size);
    if (cp.size < a->size) {
        f->shorter = true;
        f->theirs = cp.size;
        follow_trouble(f, "its log ends before what this replica has, at %llu",
                       (unsigned long long)cp.size);
        return STATUS_OK;
    }
    f->current = true;
    follow_no_trouble(f);
    buf_reset(&f->cosigned);
    buf_add(&f->cosigned, a->frame);
    buf_reset(&f->checkpoint);
    return follow_own_lines(f, a->frame, &f->checkpoint);
}

/* Perform the actions of one step. What follows from them is left in f->next. */
static enum status perform(struct follow *f, const struct sync_actions *acts)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < acts->n; i++) {
        const struct sync_action *a = &acts->list[i];

        switch (a->type) {
        case SYNC_SEND:
            buf_reset(&f->request);
            buf_add(&f->request, a->frame);
            call(f);
            break;
        case SYNC_HINTS:
            st = subscribe(f, a->port);
            break;
        case SYNC_STORE:
            st = follow_part(f, &a->part);
            break;
        case SYNC_CURRENT:
            st = note_current(f, a);
            break;
        case SYNC_BEHIND:
            break; /* said where its checkpoint shows it */
        case SYNC_NONSENSE:
            follow_trouble(f, "%s", a->text);
            break;
        }
    }
    return st;
}

/* Nothing to do now: wait for a hint, or until the machine wants to be called. */
static void rest(struct follow *f, int wait_ms, struct sync_event *ev)
{
    uint64_t now = clock_ms(), deadline = sync_deadline_ms(f->sync), hint = 0;
    uint64_t size = follow_size(f);
    int ms = wait_ms;

    if (deadline <= now)
        ms = 0;
    else if (deadline - now < (uint64_t)wait_ms)
        ms = (int)(deadline - now);
    ev->type = SYNC_TICK;
    /* A hint is acted upon once, so that a false one does not keep us asking. */
    if (link_client_wait(f->link, f->hint > size ? f->hint : size, ms, &hint) ==
        STATUS_OK) {
        ev->type = SYNC_HINT;
        ev->size = f->hint = hint;
    }
}

enum status follow_standing(struct follow *f)
{
    struct standing standing;
    enum status st = standing_load(f->store, &standing);

    if (st == STATUS_OK && standing.type != STANDING_ON && f->standing.len == 0) {
        standing_print(&standing, &f->standing);
        f->stopped = standing_needs_upgrade(&standing);
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
    say_hint("upgrade avow and run it again: it goes on from there; what is here stays "
             "valid");
}

enum status follow_step(struct follow *f, int wait_ms, enum follow_state *state)
{
    struct sync_actions acts;
    enum status st;

    if (f->stopped) {
        say_standing(f);
        *state = FOLLOW_STOPPED;
        return STATUS_OK;
    }
    if (!f->pending && f->begun)
        rest(f, wait_ms, &f->next);
    f->begun = true;
    f->next.now_ms = clock_ms();
    f->pending = false;
    st = sync_step(f->sync, &f->next, &acts);
    if (st == STATUS_OK)
        st = perform(f, &acts);
    if (st == STATUS_OK)
        say_standing(f);
    if (f->pending)
        f->current = false;
    *state = f->stopped   ? FOLLOW_STOPPED
             : f->away    ? FOLLOW_AWAY
             : f->current ? FOLLOW_CURRENT
                          : FOLLOW_ON;
    return st;
}

enum status follow_until_current(struct follow *f, int patience_ms)
{
    uint64_t begin = follow_size(f), size = begin, moved_ms = clock_ms();
    enum follow_state state = FOLLOW_ON;
    bool shown = false;

    while (state != FOLLOW_CURRENT) {
        enum status st = follow_step(f, 100, &state);

        if (st != STATUS_OK)
            return st;
        if (state == FOLLOW_STOPPED)
            return STATUS_REFUSED;
        if (f->shorter) {
            follow_say_shorter(f->config.broker, f->theirs, follow_size(f));
            return STATUS_BAD_PROOF;
        }
        if (follow_size(f) > size) {
            size = follow_size(f);
            moved_ms = clock_ms();
        } else if (f->troubles >= TROUBLES_MAX) {
            say_error("the broker at %s does not serve this log: %s", f->config.broker,
                      f->trouble);
            return STATUS_BAD_PROOF;
        } else if (clock_ms() - moved_ms > (uint64_t)patience_ms) {
            say_error("cannot reach the broker at %s", f->config.broker);
            return STATUS_UNREACHABLE;
        }
        if (follow_server_size(f) - begin > 1000) {
            say_progress("entries", size - begin, follow_server_size(f) - begin);
            shown = true;
        }
    }
    if (shown)
        say_progress("entries", size - begin, size - begin);
    return STATUS_OK;
}
