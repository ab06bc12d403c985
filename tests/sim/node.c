/* tests/sim/node.c: performs what the replication core of a node wants done. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "tlog/bundle.h"

static enum status vouch(void *ctx, uint64_t size, struct replica_vouch *out)
{
    const struct disk *d = ctx;
    const struct signed_at *at = simlog_newest(&d->log);

    if (at != NULL && at->size >= size) {
        out->at = at->size;
        buf_add(&out->checkpoint, buf_bytes(&at->note));
        out->proof.n = 0;
        return STATUS_OK;
    }
    if (d->anchor_at < size)
        return STATUS_NOT_FOUND;
    out->at = d->anchor_at;
    buf_add(&out->checkpoint, buf_bytes(&d->anchor));
    out->proof = d->anchor_proof;
    return STATUS_OK;
}

static void step(struct sim *s, size_t node, struct replica_event ev);

void node_start(struct sim *s, size_t node)
{
    struct party *p = &s->parties[node];
    struct replica_options o = {
        .origin = ORIGIN,
        .view = { .open = sim_open,
                  .accuse = sim_open,
                  .read = simlog_read,
                  .read_ctx = &p->disk.log,
                  .vouch = vouch,
                  .vouch_ctx = &p->disk },
        .n = p->n,
        .stored = p->disk.log.size,
        .cosigns = true,
        .cosigned = p->disk.cosigned.size,
        .part_bytes = 40 + (uint32_t)node * 37,
    };

    p->tick_ms = 0;
    if (p->disk.evidence.len > 0 || p->disk.stopped)
        return; /* it goes on serving */
    for (size_t i = 0; i < p->n; i++)
        o.sources[i] = p->sources[i] == BROKER ? REPLICA_BROKER : REPLICA_PEER;
    if (replica_new(&o, &p->replica) != STATUS_OK)
        abort();
    step(s, node, (struct replica_event){ .type = REPLICA_UP });
}

void node_stop(struct sim *s, size_t node)
{
    replica_free(s->parties[node].replica);
    s->parties[node].replica = NULL;
}

/* --- parts ----------------------------------------------------------------------------
 */

static void plan(struct sim *s, size_t node, enum event_type type, uint64_t in_ms,
                 struct buf *frame)
{
    struct event ev = { .type = type, .party = node, .life = s->parties[node].life };

    if (frame != NULL)
        ev.frame = *frame;
    sim_plan(s, in_ms, ev);
}

/* Would these entries, behind ours, make the tree that was signed? *invalid: one of them
 * breaks a rule. */
static enum status judge(const struct disk *d, const struct replica_part *p, bool *exact,
                         bool *invalid)
{
    struct reader r = reader_of(p->bundle);
    struct checkpoint cp;
    struct tree tree;
    struct hash root, leaf;
    enum status st = sim_open(NULL, p->checkpoint, &cp);

    *invalid = false;
    if (st == STATUS_OK)
        st = tile_tree(simlog_read, (void *)(uintptr_t)&d->log, d->log.size, &tree);
    while (st == STATUS_OK && r.len > 0) {
        struct bytes entry;

        st = bundle_next(&r, &entry);
        if (st != STATUS_OK || entry.len >= SIM_ENTRY_MAX)
            return STATUS_MALFORMED;
        *invalid = *invalid || entry.ptr[0] == '!';
        leaf = hash_leaf(entry);
        tree_append(&tree, &leaf);
    }
    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    return replica_part_vouched(p, &cp, tree.size, &root, exact);
}

static void take(struct sim *s, size_t node, const struct replica_part *p)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    struct disk *d = &s->parties[node].disk;
    struct buf frame = { 0 };
    bool exact, invalid;

    if (judge(d, p, &exact, &invalid) != STATUS_OK) {
        plan(s, node, EVENT_THROWN, 0, NULL);
        return;
    }
    if (invalid) {
        if (!s->invalid)
            sim_fail(s, "%s was told an invalid entry was signed", sim_name(node));
        sim_trace(s, "%s finds an invalid entry", sim_name(node));
        d->stopped = true;
        plan(s, node, EVENT_THROWN, 0, NULL);
        return;
    }
    m.u.entries_answer.from = p->from;
    m.u.entries_answer.count = p->count;
    m.u.entries_answer.bundle = p->bundle;
    m.u.entries_answer.checkpoint = p->checkpoint;
    m.u.entries_answer.proof =
        (struct bytes){ (const uint8_t *)p->proof.hashes, p->proof.n * HASH_LEN };
    message_encode(&m, &frame);
    plan(s, node, EVENT_KEPT, 1 + sim_random(s, 5), &frame);
}

/* All or none of it becomes durable; it may crash before or after that. */
static void keep(struct sim *s, size_t node, struct bytes frame)
{
    struct disk *d = &s->parties[node].disk;
    struct reader r;
    struct message m;
    struct checkpoint cp;

    if (sim_chance(s, s->disk_fault)) {
        sim_crash(s, node);
        return;
    }
    if (message_decode(frame, &m) != STATUS_OK ||
        sim_open(NULL, m.u.entries_answer.checkpoint, &cp) != STATUS_OK)
        abort();
    assert(m.u.entries_answer.from == d->log.size);
    for (r = reader_of(m.u.entries_answer.bundle); r.len > 0;) {
        struct bytes entry;
        char text[SIM_ENTRY_MAX] = "";

        if (bundle_next(&r, &entry) != STATUS_OK)
            abort();
        memcpy(text, entry.ptr, entry.len);
        simlog_append(&d->log, text);
    }
    if (cp.size == d->log.size) {
        simlog_keep(&d->log, m.u.entries_answer.checkpoint, cp.size);
    } else {
        d->anchor_at = d->log.size;
        d->anchor_proof = message_hashes(m.u.entries_answer.proof);
        buf_reset(&d->anchor);
        buf_add(&d->anchor, m.u.entries_answer.checkpoint);
    }
    sim_trace(s, "%s keeps %llu", sim_name(node), (unsigned long long)d->log.size);
    check_always(s);
    if (sim_chance(s, s->disk_fault))
        sim_crash(s, node);
    else
        step(s, node,
             (struct replica_event){ .type = REPLICA_STORED, .size = d->log.size });
}

/* --- cosigning ------------------------------------------------------------------------
 */

static void cosign(struct sim *s, size_t node, struct bytes note)
{
    const struct disk *d = &s->parties[node].disk;
    struct checkpoint cp;
    struct buf frame = { 0 };
    enum status st = sim_open(NULL, note, &cp);

    if (st == STATUS_OK)
        st = replica_may_cosign(&d->cosigned, &cp);
    if (st == STATUS_OK || st == STATUS_EXISTS) {
        buf_add(&frame, note_text(note));
        plan(s, node, EVENT_COSIGNED, 1, &frame);
    } else {
        sim_trace(s, "%s will not cosign", sim_name(node));
        step(s, node, (struct replica_event){ .type = REPLICA_UNSIGNED });
    }
}

/* On disk before it leaves. */
static void cosigned(struct sim *s, size_t node, struct bytes text)
{
    struct disk *d = &s->parties[node].disk;
    struct signed_at *at;
    struct checkpoint cp;
    struct buf body = { 0 };

    if (sim_chance(s, s->disk_fault)) {
        sim_crash(s, node);
        return;
    }
    if (checkpoint_parse(text, &cp) != STATUS_OK)
        abort();
    check_cosigned(s, node, &d->cosigned, &cp);
    d->cosigned = cp;
    buf_add(&body, text);
    buf_u8(&body, '\n');
    cosignature_line(&cp, node, &body);
    at = simlog_at(&d->log, cp.size);
    if (at != NULL)
        simlog_cosignatures(at, buf_bytes(&body));
    sim_trace(s, "%s cosigns %llu", sim_name(node), (unsigned long long)cp.size);
    step(s, node,
         (struct replica_event){
             .type = REPLICA_COSIGNED, .size = cp.size, .frame = buf_bytes(&body) });
    buf_clear(&body);
}

/* --- what else it wants
 * ----------------------------------------------------------------- */

static void heard(struct sim *s, size_t node, const struct replica_action *a)
{
    struct simlog *l = &s->parties[node].disk.log;
    struct signed_at *at = simlog_at(l, a->size);
    struct checkpoint cp;
    struct hash root;

    if (sim_open(NULL, a->frame, &cp) != STATUS_OK || cp.size > l->size)
        sim_fail(s, "%s hears what was not signed", sim_name(node));
    root = simlog_root(l, cp.size);
    if (!hash_eq(&root, &cp.root))
        sim_fail(s, "%s hears a checkpoint of another tree", sim_name(node));
    /* docs/replication.md 1.5: we may hold more than we have a checkpoint for. */
    if (at == NULL && (simlog_newest(l) == NULL || simlog_newest(l)->size < a->size))
        at = simlog_keep(l, a->frame, a->size);
    if (at != NULL)
        simlog_cosignatures(at, a->frame);
}

static void convicted(struct sim *s, size_t node, const struct replica_action *a)
{
    struct disk *d = &s->parties[node].disk;

    sim_trace(s, "%s finds a fork at %llu", sim_name(node), (unsigned long long)a->size);
    if (s->honest_broker)
        sim_fail(s, "%s convicts an honest log", sim_name(node));
    if (fork_verify(a->frame, sim_open, NULL, NULL) != STATUS_OK)
        sim_fail(s, "the evidence of %s shows nothing", sim_name(node));
    buf_reset(&d->evidence);
    buf_add(&d->evidence, a->frame);
    d->found_ms = s->now_ms;
}

static void in_trouble(struct sim *s, size_t node, const struct replica_action *a)
{
    size_t source = s->parties[node].sources[a->source];

    sim_trace(s, "%s on %s: %s", sim_name(node), sim_name(source), a->text);
    if (s->honest_broker && s->parties[source].type != PARTY_LIAR)
        sim_fail(s, "%s accuses %s: %s", sim_name(node), sim_name(source), a->text);
}

static void shorter(struct sim *s, size_t node, const struct replica_action *a)
{
    sim_trace(s, "%s: the broker's log ends at %llu", sim_name(node),
              (unsigned long long)a->size);
    if (s->honest_broker)
        sim_fail(s, "%s finds an honest log too short", sim_name(node));
}

static void perform(struct sim *s, size_t node, const struct replica_action *a,
                    const struct replica_part *part)
{
    const struct party *p = &s->parties[node];

    switch (a->type) {
    case REPLICA_SEND:
        sim_send(s, EVENT_REQUEST, node, p->sources[a->source],
                 a->ticket | (uint64_t)p->life << 32, a->frame);
        break;
    case REPLICA_STORE:
        take(s, node, part);
        break;
    case REPLICA_HEARD:
        heard(s, node, a);
        break;
    case REPLICA_COSIGN:
        cosign(s, node, a->frame);
        break;
    case REPLICA_FORK:
        convicted(s, node, a);
        break;
    case REPLICA_SHORTER:
        shorter(s, node, a);
        break;
    case REPLICA_TROUBLE:
        in_trouble(s, node, a);
        break;
    case REPLICA_WAITING: /* no broker of these stories waits */
    case REPLICA_HINTS:
    case REPLICA_REPLIED:
        break;
    }
}

static void plan_tick(struct sim *s, size_t node)
{
    struct party *p = &s->parties[node];
    uint64_t deadline = replica_deadline_ms(p->replica), now = s->now_ms + p->clock_ms;
    uint64_t in_ms = deadline > now ? deadline - now : 0;

    if (deadline == UINT64_MAX ||
        (p->tick_ms > s->now_ms && p->tick_ms <= s->now_ms + in_ms))
        return;
    p->tick_ms = s->now_ms + in_ms;
    plan(s, node, EVENT_TICK, in_ms, NULL);
}

static void step(struct sim *s, size_t node, struct replica_event ev)
{
    struct party *p = &s->parties[node];
    struct replica_actions *acts;
    unsigned life = p->life;

    if (p->replica == NULL)
        return;
    acts = calloc(1, sizeof(*acts));
    if (acts == NULL)
        abort();
    ev.now_ms = s->now_ms + p->clock_ms;
    if (replica_step(p->replica, &ev, acts) != STATUS_OK)
        sim_fail(s, "%s cannot go on", sim_name(node));
    for (size_t i = 0; i < acts->n && p->life == life; i++)
        perform(s, node, &acts->list[i], &acts->part);
    free(acts);
    if (p->life == life && p->replica != NULL)
        plan_tick(s, node);
}

static void answered(struct sim *s, struct event *ev, enum replica_event_type type)
{
    const struct party *p = &s->parties[ev->party];
    struct replica_event to = { .type = type,
                                .size = ev->number,
                                .ticket = ev->ticket & UINT32_MAX,
                                .frame = buf_bytes(&ev->frame) };

    if (type != REPLICA_HINT && ev->ticket >> 32 != p->life)
        return; /* it was asked before the crash */
    for (to.source = 0; to.source < p->n; to.source++)
        if (p->sources[to.source] == ev->from)
            step(s, ev->party, to);
}

void node_handle(struct sim *s, struct event *ev)
{
    struct party *p = &s->parties[ev->party];
    bool same_life = p->up && p->life == ev->life;

    if (!p->up)
        return;
    if (ev->type == EVENT_ANSWER)
        answered(s, ev, REPLICA_ANSWER);
    else if (ev->type == EVENT_REFUSED)
        answered(s, ev, REPLICA_FAILED);
    else if (ev->type == EVENT_HINT)
        answered(s, ev, REPLICA_HINT);
    else if (ev->type == EVENT_TICK && same_life)
        step(s, ev->party, (struct replica_event){ .type = REPLICA_TICK });
    else if (ev->type == EVENT_KEPT && same_life)
        keep(s, ev->party, buf_bytes(&ev->frame));
    else if (ev->type == EVENT_COSIGNED && same_life)
        cosigned(s, ev->party, buf_bytes(&ev->frame));
    else if (ev->type == EVENT_THROWN && same_life)
        step(s, ev->party,
             (struct replica_event){ .type = p->disk.stopped ? REPLICA_WRONG
                                                             : REPLICA_DISCARDED });
}
