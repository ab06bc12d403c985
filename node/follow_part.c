/* Checking a part and keeping it: docs/replication.md 1. */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "node/evidence.h"
#include "node/follow_internal.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

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
static enum status take_all(struct follow *f, const struct replica_part *p,
                            uint32_t count, uint64_t *bad, struct bytes *bad_note,
                            struct refusal *why)
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

enum status follow_believe(struct follow *f, struct bytes note, struct checkpoint *out)
{
    uint64_t held = ledger_committed(f->ledger);
    struct log_keys keys;
    enum status st = held == 0 ? log_keys_pinned(&f->config.log, &keys)
                               : ledger_log_keys(f->ledger, &keys);

    if (st == STATUS_OK)
        st = log_keys_open(&keys, held, note, out);
    log_keys_clear(&keys);
    return st;
}

/* docs/replication.md 1.1. *exact: the checkpoint is of just the size reached. */
static enum status check_root(struct follow *f, const struct replica_part *p, bool *exact)
{
    struct checkpoint cp;
    struct hash root = ledger_root(f->ledger);
    enum status st = follow_believe(f, p->checkpoint, &cp);

    return st == STATUS_OK
               ? replica_part_vouched(p, &cp, ledger_size(f->ledger), &root, exact)
               : st;
}

/* With the checkpoint of just this size, or none (empty). */
static enum status commit(struct follow *f, struct bytes checkpoint)
{
    struct buf own = { 0 };
    struct log_keys keys;
    enum status st = ledger_log_keys(f->ledger, &keys);

    if (st == STATUS_OK && checkpoint.len > 0)
        st = log_keys_lines(&keys, checkpoint, &own);
    log_keys_clear(&keys);
    if (st == STATUS_OK)
        st = ledger_commit(f->ledger, buf_bytes(&own));
    if (st == STATUS_OK)
        st = keyring_refresh(f->keyring, f->store);
    if (st == STATUS_OK)
        st = follow_standing(f);
    buf_clear(&own);
    return st;
}

/* Entry 0 states the key that this node has pinned. */
static enum status check_pinned(struct follow *f)
{
    struct log_keys keys;
    const struct log_key *pinned;
    bool stated;
    enum status st = ledger_log_keys(f->ledger, &keys);

    if (st != STATUS_OK)
        return st;
    pinned = log_keys_find(&keys, &f->config.log);
    stated = pinned != NULL && pinned->since == 0;
    log_keys_clear(&keys);
    if (stated)
        return STATUS_OK;
    say_error("the log's charter does not state the key that is pinned here");
    say_hint("ask whoever gave you the key of %s for the right one", f->config.log.name);
    f->stopped = true;
    return STATUS_REFUSED;
}

static enum status keep(struct follow *f, const struct replica_part *p)
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
static enum status ask_before(struct follow *f, const struct replica_part *p,
                              uint64_t index, struct buf *answer,
                              struct replica_part *out)
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
        st = link_client_call(askers_link(f->askers, f->giver), buf_bytes(&request),
                              CALL_TIMEOUT_MS, answer);
    buf_clear(&request);
    if (st == STATUS_OK)
        st = message_decode(buf_bytes(answer), &m);
    if (st != STATUS_OK)
        return st;
    if (m.type != MESSAGE_ENTRIES_ANSWER || m.u.entries_answer.from != p->from ||
        m.u.entries_answer.count != index - p->from)
        return STATUS_MALFORMED;
    *out = (struct replica_part){ .from = p->from,
                                  .count = m.u.entries_answer.count,
                                  .bundle = m.u.entries_answer.bundle,
                                  .checkpoint = m.u.entries_answer.checkpoint,
                                  .proof = message_hashes(m.u.entries_answer.proof) };
    return STATUS_OK;
}

/* docs/replication.md 1.3: keep what comes before the invalid entry. Where the broker
 * does not help, the replica ends where the part began: the evidence is safe. */
static enum status keep_before(struct follow *f, const struct replica_part *p,
                               uint64_t index)
{
    struct refusal why;
    struct bytes note;
    struct buf answer = { 0 };
    struct replica_part before;
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
    if (rule_class_of(why->rule) == RULE_UPGRADE) {
        /* The sentence about the log; said once, as soon as what is before it is here. */
        if (f->standing.len == 0)
            buf_text(&f->standing, why->text);
    } else if (is_upgrade(why)) {
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
    follow_then(f, (struct replica_event){ .type = REPLICA_DISCARDED });
}

/* docs/replication.md 1.3, 1.4. */
static enum status stop_at(struct follow *f, const struct replica_part *p, uint64_t index,
                           struct bytes note, const struct refusal *why)
{
    struct replica_part shown = *p;
    struct buf own = { 0 };
    struct checkpoint cp;
    enum status st;

    ledger_drop(f->ledger);
    st = follow_believe(f, p->checkpoint, &cp);
    if (st == STATUS_OK)
        st = log_keys_own_lines(f->store, &f->config.log, p->checkpoint, &own);
    shown.checkpoint = buf_bytes(&own);
    /* docs/replication.md 1.4: it accuses nobody. */
    if (st == STATUS_OK)
        st = evidence_write(is_upgrade(why) ? NULL : f->config.dir, &cp, f->store, &shown,
                            index, note, why);
    buf_clear(&own);
    if (st == STATUS_BAD_PROOF || st == STATUS_BAD_SIG || st == STATUS_MALFORMED) {
        follow_trouble(f, f->giver,
                       "it sent an invalid entry %llu that the log did not sign: its "
                       "store is damaged, or it lies",
                       (unsigned long long)index);
        f->damaged = f->damaged || st == STATUS_BAD_PROOF;
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

enum status follow_part(struct follow *f, const struct replica_part *p)
{
    struct refusal why = { 0 };
    struct bytes bad_note = { 0 };
    uint64_t bad = 0;
    enum status st = take_all(f, p, p->count, &bad, &bad_note, &why);

    if (st == STATUS_REFUSED)
        return stop_at(f, p, bad, bad_note, &why);
    if (st == STATUS_OK)
        st = keep(f, p);
    if (st == STATUS_BAD_PROOF) { /* the checkpoint is the log's */
        follow_trouble(
            f, f->giver,
            "the entries from %llu on that it sent are not what the log signed: "
            "its store is damaged, or it lies",
            (unsigned long long)p->from);
        f->damaged = true;
        discard(f);
        return STATUS_OK;
    }
    if (is_not_the_log(st)) {
        follow_trouble(f, f->giver, "what it sent is not the log: %s", status_text(st));
        discard(f);
        return STATUS_OK;
    }
    if (f->stopped) {
        ledger_drop(f->ledger);
        return STATUS_OK;
    }
    if (st != STATUS_OK) {
        ledger_drop(f->ledger);
        say_error("cannot keep what was sent: %s", status_text(st));
        return st;
    }
    follow_then(f, (struct replica_event){ .type = REPLICA_STORED,
                                           .size = ledger_committed(f->ledger) });
    return STATUS_OK;
}
