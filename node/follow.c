#include "node/follow.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/pipeline.h"
#include "ledger/keyring.h"
#include "link/sync.h"
#include "node/evidence.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

/* Entries in the pipeline at once: enough for every core, little memory. */
#define ROOM 512
#define CALL_TIMEOUT_MS 10000
/* How long to wait for a connection before the caller may look at something else. */
#define CONNECT_TIMEOUT_MS 500

struct check {
    struct bytes note; /* points into the answer */
    struct statement *statement;
    struct refusal why;
    enum status st;
};

struct follow {
    struct config config; /* borrowed fields */
    struct store *store;
    struct ledger *ledger;
    struct keyring *keyring;
    struct pipeline *pipeline;
    struct link_client *link;
    struct sync *sync;
    struct buf answer; /* what the part being checked points into */
    struct buf request;
    struct buf checkpoint; /* the log's lines only */
    struct buf cosigned;
    struct check checks[ROOM];
    struct sync_event next; /* what happened last, for the next step */
    uint64_t hint;          /* the newest that was acted upon */
    bool begun;
    bool pending; /* `next` is the outcome of an action */
    bool current, away, stopped;
};

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
    enum status st = store_open(f->config.replica, STORE_WRITE, &f->store);

    if (st == STATUS_NOT_FOUND)
        st = store_open(f->config.replica, STORE_CREATE, &f->store);
    if (st != STATUS_OK && st != STATUS_BUSY)
        say_error("cannot open %s: %s", f->config.replica, status_text(st));
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

/* --- checking a part ---------------------------------------------------------------- */

/* One verified entry, in order. STATUS_REFUSED with `why`: the rules do not allow it. */
static enum status take(struct follow *f, struct check *c, struct refusal *why)
{
    struct outcome o;
    enum status st = c->st;

    if (st == STATUS_REFUSED)
        *why = c->why;
    if (st != STATUS_OK)
        return st;
    st = ledger_take(f->ledger, c->statement, &o);
    statement_free(c->statement);
    c->statement = NULL;
    if (st != STATUS_OK)
        return st;
    switch (o.type) {
    case OUTCOME_ACCEPTED:
        return STATUS_OK;
    case OUTCOME_KNOWN:
        return refuse(why, RULE_STATEMENT_KNOWN, 0, "it is entry %llu already",
                      (unsigned long long)o.index);
    case OUTCOME_REFUSED:
        *why = o.why;
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* Verify on every core, judge in order. After a failure the rest is only drained. */
static enum status take_all(struct follow *f, const struct sync_part *p, uint32_t count,
                            uint64_t *bad, struct bytes *bad_note, struct refusal *why)
{
    struct reader r = reader_of(p->bundle);
    enum status st = STATUS_OK;
    size_t pushed = 0, taken = 0;
    void *done[ROOM];

    while (taken < pushed || (st == STATUS_OK && pushed < count)) {
        size_t n;

        while (st == STATUS_OK && pushed < count && pushed - taken < ROOM) {
            struct check *c = &f->checks[pushed % ROOM];

            *c = (struct check){ 0 };
            st = bundle_next(&r, &c->note);
            if (st == STATUS_OK)
                st = pipeline_push(f->pipeline, c, PIPELINE_WAIT);
            if (st == STATUS_OK)
                pushed++;
        }
        n = pipeline_take(f->pipeline, done, ROOM, -1);
        for (size_t i = 0; i < n; i++, taken++) {
            struct check *c = done[i];

            if (st == STATUS_OK) {
                st = take(f, c, why);
                if (st == STATUS_REFUSED) {
                    *bad = p->from + taken;
                    *bad_note = c->note;
                }
            }
            statement_free(c->statement);
            c->statement = NULL;
        }
    }
    return st;
}

/* docs/replication.md 1.1. *exact: the checkpoint is of just the size reached. */
static enum status check_root(struct follow *f, const struct sync_part *p, bool *exact)
{
    struct checkpoint cp;
    struct proof proof;
    struct hash root = ledger_root(f->ledger);
    uint64_t size = ledger_size(f->ledger);
    enum status st = checkpoint_open(p->checkpoint, &f->config.log, &cp);

    if (st != STATUS_OK)
        return st;
    *exact = cp.size == size;
    if (*exact)
        return hash_eq(&root, &cp.root) ? STATUS_OK : STATUS_BAD_PROOF;
    proof.n = message_proof_count(&p->answer);
    for (size_t i = 0; i < proof.n; i++)
        proof.hashes[i] = message_proof(&p->answer, i);
    return proof_consistency_verify(&proof, size, cp.size, &root, &cp.root);
}

/* The log's own lines of a checkpoint: cosignatures are kept elsewhere. */
static enum status own_lines(const struct follow *f, struct bytes checkpoint,
                             struct buf *out)
{
    struct note *note = malloc(sizeof(*note));
    enum status st = note != NULL ? note_parse(checkpoint, note) : STATUS_NOMEM;

    if (st == STATUS_OK) {
        buf_add(out, note->text);
        buf_u8(out, '\n');
        for (size_t i = 0; i < note->n; i++)
            if (bytes_eq_text(note->sigs[i].name, f->config.log.name))
                buf_add(out, note->sigs[i].line);
        st = buf_status(out);
    }
    free(note);
    return st;
}

/* With the checkpoint of just this size, or none (empty). */
static enum status commit(struct follow *f, struct bytes checkpoint)
{
    enum status st = STATUS_OK;

    buf_reset(&f->checkpoint);
    if (checkpoint.len > 0)
        st = own_lines(f, checkpoint, &f->checkpoint);
    if (st == STATUS_OK)
        st = ledger_commit(f->ledger, buf_bytes(&f->checkpoint));
    if (st == STATUS_OK)
        st = keyring_refresh(f->keyring, f->store);
    return st;
}

/* Entry 0 states the key that this node has pinned. */
static enum status check_pinned(struct follow *f)
{
    struct verifier_key keys[8];
    size_t n = sizeof(keys) / sizeof(keys[0]);
    enum status st = ledger_log_keys(f->ledger, keys, &n);

    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        if (memcmp(keys[i].pub, f->config.log.pub, PUBLIC_KEY_LEN) == 0)
            return STATUS_OK;
    if (st != STATUS_OK)
        return st;
    say_error("the log's charter does not state the key that is pinned here");
    say_hint("ask whoever gave you the key of %s for the right one", f->config.log.name);
    f->stopped = true;
    return STATUS_REFUSED;
}

static enum status keep(struct follow *f, const struct sync_part *p)
{
    bool exact;
    enum status st = check_root(f, p, &exact);

    if (st == STATUS_OK && p->from == 0)
        st = check_pinned(f);
    if (st != STATUS_OK)
        return st;
    if (exact)
        return commit(f, p->checkpoint);
    /* A checkpoint of a larger tree vouches for this part by its proof; until we have
     * reached it, the two are what an audit goes by. */
    st = evidence_anchor(f->store, p);
    return st == STATUS_OK ? commit(f, (struct bytes){ 0 }) : st;
}

/* Ask once more for just the entries before `index`, with a proof for that size. */
static enum status ask_before(struct follow *f, const struct sync_part *p, uint64_t index,
                              struct buf *answer, struct sync_part *out)
{
    struct message m = { .type = MESSAGE_ENTRIES };
    struct reader r = reader_of(p->bundle);
    struct bytes entry;
    struct buf request = { 0 };
    enum status st = STATUS_OK;

    for (uint64_t i = p->from; st == STATUS_OK && i < index; i++)
        st = bundle_next(&r, &entry);
    m.u.entries.from = p->from;
    m.u.entries.max_bytes = (uint32_t)(p->bundle.len - r.len);
    message_encode(&m, &request);
    if (st == STATUS_OK)
        st = buf_status(&request);
    if (st == STATUS_OK)
        st = link_client_call(f->link, buf_bytes(&request), CALL_TIMEOUT_MS, answer);
    buf_clear(&request);
    if (st == STATUS_OK)
        st = message_decode(buf_bytes(answer), &m);
    if (st != STATUS_OK)
        return st;
    if (m.type != MESSAGE_ENTRIES_ANSWER || m.u.entries_answer.from != p->from ||
        m.u.entries_answer.count != index - p->from)
        return STATUS_MALFORMED;
    *out = (struct sync_part){ .from = p->from,
                               .count = m.u.entries_answer.count,
                               .bundle = m.u.entries_answer.bundle,
                               .checkpoint = m.u.entries_answer.checkpoint,
                               .answer = m };
    return STATUS_OK;
}

/* docs/replication.md 1.3: keep what comes before the invalid entry. Where the broker
 * does not help, the replica ends where the part began: the evidence is safe. */
static enum status keep_before(struct follow *f, const struct sync_part *p,
                               uint64_t index)
{
    struct refusal why;
    struct bytes note;
    struct buf answer = { 0 };
    struct sync_part before;
    uint64_t bad;
    enum status st = STATUS_OK;

    if (index > p->from)
        st = ask_before(f, p, index, &answer, &before);
    if (st == STATUS_OK && index > p->from) {
        st = take_all(f, &before, before.count, &bad, &note, &why);
        if (st == STATUS_OK)
            st = keep(f, &before);
    }
    if (st != STATUS_OK) {
        ledger_drop(f->ledger);
        say_unusual("the entries from %llu to %llu could not be kept: %s",
                    (unsigned long long)p->from, (unsigned long long)index,
                    status_text(st));
    }
    buf_clear(&answer);
    return STATUS_OK;
}

/* The program is too old to judge. */
static bool is_upgrade(const struct refusal *why)
{
    return rule_class_of(why->rule) == RULE_UPGRADE || why->rule == RULE_KIND_UNKNOWN;
}

static void say_wrong(struct follow *f, uint64_t index, const struct refusal *why)
{
    if (is_upgrade(why)) {
        say_error("entry %llu needs a newer program: %s: %s", (unsigned long long)index,
                  rule_name(why->rule), why->text);
        say_hint("upgrade avow and run `avow sync` again; what is here stays valid");
    } else {
        say_error("the log has an invalid entry %llu: %s: %s", (unsigned long long)index,
                  rule_name(why->rule), why->text);
        say_hint("this replica keeps everything before it, and stops following; the "
                 "evidence is in %s",
                 f->config.dir);
    }
}

/* What was sent is thrown away; whoever sent it accuses nobody but itself. */
static void discard(struct follow *f)
{
    ledger_drop(f->ledger);
    f->next.type = SYNC_DISCARDED;
    f->away = true;
}

/* docs/replication.md 1.3, 1.4. */
static enum status stop_at(struct follow *f, const struct sync_part *p, uint64_t index,
                           struct bytes note, const struct refusal *why)
{
    enum status st;

    ledger_drop(f->ledger);
    /* docs/replication.md 1.4: it accuses nobody. */
    st = evidence_write(is_upgrade(why) ? NULL : f->config.dir, &f->config.log, f->store,
                        p, index, note, why);
    if (st == STATUS_BAD_PROOF || st == STATUS_BAD_SIG || st == STATUS_MALFORMED) {
        say_unusual("broker %s sent an invalid entry %llu that the log did not sign",
                    f->config.broker, (unsigned long long)index);
        discard(f);
        return STATUS_OK;
    }
    if (st != STATUS_OK)
        return st;
    say_wrong(f, index, why);
    f->stopped = true;
    return keep_before(f, p, index);
}

static bool is_not_the_log(enum status st)
{
    return st == STATUS_BAD_PROOF || st == STATUS_BAD_SIG || st == STATUS_MALFORMED;
}

static enum status check_part(struct follow *f, const struct sync_part *p)
{
    struct refusal why = { 0 };
    struct bytes bad_note = { 0 };
    uint64_t bad = 0;
    enum status st = take_all(f, p, p->count, &bad, &bad_note, &why);

    f->pending = true;
    f->next.type = SYNC_WRONG;
    if (st == STATUS_REFUSED)
        return stop_at(f, p, bad, bad_note, &why);
    if (st == STATUS_OK)
        st = keep(f, p);
    if (is_not_the_log(st)) {
        say_unusual("what broker %s sent is not the log: %s", f->config.broker,
                    status_text(st));
        discard(f);
        return STATUS_OK;
    }
    if (f->stopped) {
        ledger_drop(f->ledger);
        return STATUS_OK;
    }
    if (st != STATUS_OK) {
        ledger_drop(f->ledger);
        say_error("cannot keep what the broker sent: %s", status_text(st));
        return st;
    }
    f->next.type = SYNC_STORED;
    f->next.size = ledger_committed(f->ledger);
    return STATUS_OK;
}

/* --- performing --------------------------------------------------------------------- */

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
    say_hint("the evidence is in %s; ask other nodes which of the two they have",
             f->config.dir);
    f->stopped = true;
    return evidence_fork(f->config.dir, f->store, theirs, size);
}

/* The server's checkpoint for what we hold: signed, and of our root? */
static enum status note_current(struct follow *f, const struct sync_action *a)
{
    struct checkpoint cp;
    struct hash root = ledger_root(f->ledger);

    if (checkpoint_open(a->frame, &f->config.log, &cp) != STATUS_OK) {
        say_unusual("broker %s has no checkpoint signed by the pinned key",
                    f->config.broker);
        f->away = true;
        return STATUS_OK;
    }
    f->current = true;
    buf_reset(&f->cosigned);
    buf_add(&f->cosigned, a->frame);
    if (cp.size < a->size)
        say_unusual("the broker's log is shorter than this replica: %llu < %llu",
                    (unsigned long long)cp.size, (unsigned long long)a->size);
    if (cp.size != a->size) {
        buf_reset(&f->checkpoint);
        return STATUS_OK;
    }
    if (!hash_eq(&cp.root, &root))
        return stop_forked(f, a->frame, a->size);
    buf_reset(&f->checkpoint);
    return own_lines(f, a->frame, &f->checkpoint);
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
            st = check_part(f, &a->part);
            break;
        case SYNC_CURRENT:
            st = note_current(f, a);
            break;
        case SYNC_BEHIND:
            break; /* said where its checkpoint shows it */
        case SYNC_NONSENSE:
            say_unusual("broker %s: %s", f->config.broker, a->text);
            f->away = true;
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

enum status follow_step(struct follow *f, int wait_ms, enum follow_state *state)
{
    struct sync_actions acts;
    enum status st;

    if (!f->pending && f->begun)
        rest(f, wait_ms, &f->next);
    f->begun = true;
    f->next.now_ms = clock_ms();
    f->pending = false;
    st = sync_step(f->sync, &f->next, &acts);
    if (st == STATUS_OK)
        st = perform(f, &acts);
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
        if (follow_size(f) > size) {
            size = follow_size(f);
            moved_ms = clock_ms();
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
