/* tests/sim/party.c: what all participants do, and the broker. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

size_t sim_add(struct sim *s, enum party_type type)
{
    struct party *p = &s->parties[s->n];

    assert(s->n < PARTIES_MAX);
    p->type = type;
    p->clock_ms = 10000000;
    if (type != PARTY_BROKER)
        p->sources[p->n++] = BROKER;
    return s->n++;
}

void sim_peers(struct sim *s, size_t node, size_t peer)
{
    struct party *p = &s->parties[node];

    for (size_t i = 0; i < p->n; i++)
        if (p->sources[i] == peer)
            return;
    if (node != peer && p->n < REPLICA_SOURCES_MAX)
        p->sources[p->n++] = peer;
}

void sim_start(struct sim *s, size_t party)
{
    struct party *p = &s->parties[party];

    if (p->up || p->gone)
        return;
    p->up = true;
    sim_trace(s, "%s starts at %llu", sim_name(party),
              (unsigned long long)p->disk.log.size);
    if (p->type != PARTY_BROKER)
        node_start(s, party);
}

void sim_crash(struct sim *s, size_t party)
{
    struct party *p = &s->parties[party];

    if (!p->up)
        return;
    sim_trace(s, "%s crashes", sim_name(party));
    p->up = false;
    p->life++;
    p->n_waiting = 0;
    p->committing = false;
    node_stop(s, party);
}

/* --- the broker -----------------------------------------------------------------------
 */

static void plan_commit(struct sim *s)
{
    struct party *b = &s->parties[BROKER];

    if (b->committing || b->n_waiting == 0)
        return;
    b->committing = true;
    sim_plan(s, 1 + sim_random(s, 5),
             (struct event){ .type = EVENT_COMMIT, .party = BROKER, .life = b->life });
}

void sim_submit(struct sim *s, const char *text)
{
    struct party *b = &s->parties[BROKER];

    if (!b->up)
        return;
    b->waiting = reallocarray(b->waiting, b->n_waiting + 1, sizeof(*b->waiting));
    if (b->waiting == NULL)
        abort();
    snprintf(b->waiting[b->n_waiting++].text, SIM_ENTRY_MAX, "%s", text);
    plan_commit(s);
}

static void sign_newest(struct simlog *l)
{
    struct buf note = { 0 };

    simlog_sign(l, l->size, "log", &note);
    simlog_keep(l, buf_bytes(&note), l->size);
    buf_clear(&note);
}

static void acknowledge(struct sim *s, uint64_t index, const struct entry *e)
{
    s->acked = reallocarray(s->acked, s->n_acked + 1, sizeof(*s->acked));
    if (s->acked == NULL)
        abort();
    s->acked[s->n_acked++] = (struct acked){ .index = index, .entry = *e };
}

static void hints(struct sim *s, size_t from, uint64_t size)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct party *p = &s->parties[i];
        struct event ev = {
            .type = EVENT_HINT, .party = i, .from = from, .number = size
        };

        for (size_t k = 0; k < p->n; k++)
            if (p->sources[k] == from && s->linked[from][i] && !sim_chance(s, s->loss))
                sim_plan(s, s->delay_min_ms, ev);
    }
}

static void commit(struct sim *s)
{
    struct party *b = &s->parties[BROKER];
    struct simlog *l = &b->disk.log;

    b->committing = false;
    if (sim_chance(s, s->disk_fault)) {
        sim_crash(s, BROKER);
        return;
    }
    for (size_t i = 0; i < b->n_waiting; i++) {
        /* One that forks gives each its own place in each history. */
        bool to_other = s->forked && s->other.size > 0 && sim_chance(s, 500);

        if (to_other && s->sees_other[BROKER])
            simlog_append(&s->other, b->waiting[i].text);
        else {
            simlog_append(l, b->waiting[i].text);
            acknowledge(s, l->size - 1, &b->waiting[i]);
        }
    }
    b->n_waiting = 0;
    sign_newest(l);
    if (s->forked && s->sees_other[BROKER])
        sign_newest(&s->other);
    sim_trace(s, "broker signs %llu", (unsigned long long)l->size);
    hints(s, BROKER, l->size);
}

void sim_fork(struct sim *s)
{
    struct simlog *l = &s->parties[BROKER].disk.log;

    sim_trace(s, "broker forks at %llu", (unsigned long long)l->size);
    s->honest_broker = false;
    s->forked = true;
    s->sees_other[BROKER] = true; /* both histories grow */
    simlog_clear(&s->other);
    simlog_copy(l, &s->other);
    simlog_append(l, "one");
    simlog_append(&s->other, "other");
    sign_newest(l);
    sign_newest(&s->other);
}

void sim_restore(struct sim *s, uint64_t size)
{
    struct simlog *l = &s->parties[BROKER].disk.log;

    sim_trace(s, "broker is restored from a backup of %llu", (unsigned long long)size);
    s->honest_broker = false;
    s->forked = true;
    simlog_clear(&s->other);
    simlog_copy(l, &s->other);
    simlog_truncate(l, size);
    if (l->size > 0)
        sign_newest(l);
}

/* --- events ---------------------------------------------------------------------------
 */

/* What a request or an answer says, for traces. */
static void tell(struct sim *s, const struct event *ev)
{
    struct message m;
    char what[64] = "";

    if (s->trace == NULL && !s->loud)
        return;
    if (message_decode(buf_bytes(&ev->frame), &m) != STATUS_OK) {
        sim_trace(s, "%s > %s: nonsense", sim_name(ev->from), sim_name(ev->party));
        return;
    }
#define SAY(...) snprintf(what, sizeof(what), __VA_ARGS__)
    if (m.type == MESSAGE_STATUS)
        SAY("status?");
    else if (m.type == MESSAGE_ENTRIES)
        SAY("entries from %llu?", (unsigned long long)m.u.entries.from);
    else if (m.type == MESSAGE_PROVE)
        SAY("proof of %llu?", (unsigned long long)m.u.prove.size);
    else if (m.type == MESSAGE_EVIDENCE)
        SAY("evidence?");
    else if (m.type == MESSAGE_COSIGN)
        SAY("a cosignature");
    else if (m.type == MESSAGE_STATUS_ANSWER)
        SAY("at %llu", (unsigned long long)m.u.status.size);
    else if (m.type == MESSAGE_ENTRIES_ANSWER)
        SAY("entries %llu+%u", (unsigned long long)m.u.entries_answer.from,
            m.u.entries_answer.count);
    else if (m.type == MESSAGE_PROVE_ANSWER)
        SAY("proof of %llu", (unsigned long long)m.u.prove_answer.size);
    else if (m.type == MESSAGE_EVIDENCE_ANSWER)
        SAY(m.u.evidence.text.len > 0 ? "evidence" : "no evidence");
    else
        SAY("%u", m.u.answer.status);
#undef SAY
    sim_trace(s, "%s > %s: %s", sim_name(ev->from), sim_name(ev->party), what);
}

static void request(struct sim *s, struct event *ev)
{
    struct party *p = &s->parties[ev->party];
    struct buf answer = { 0 };

    if (!p->up) {
        if (sim_chance(s, s->refuse))
            sim_plan(s, s->delay_min_ms,
                     (struct event){ .type = EVENT_REFUSED,
                                     .party = ev->from,
                                     .from = ev->party,
                                     .ticket = ev->ticket });
        return;
    }
    tell(s, ev);
    if (p->type == PARTY_LIAR)
        serve_liar(s, ev->party, ev->from, buf_bytes(&ev->frame), &answer);
    else
        serve_honest(s, ev->party, ev->from, buf_bytes(&ev->frame), &answer);
    if (answer.len > 0)
        sim_send(s, EVENT_ANSWER, ev->party, ev->from, ev->ticket, buf_bytes(&answer));
    buf_clear(&answer);
}

void sim_handle(struct sim *s, struct event *ev)
{
    struct party *p = &s->parties[ev->party];
    char text[SIM_ENTRY_MAX];

    switch (ev->type) {
    case EVENT_REQUEST:
        request(s, ev);
        break;
    case EVENT_SUBMIT:
        snprintf(text, sizeof(text), "statement %llu",
                 (unsigned long long)++s->submitted);
        sim_submit(s, text);
        break;
    case EVENT_COMMIT:
        if (p->up && p->life == ev->life)
            commit(s);
        break;
    case EVENT_UP:
        sim_start(s, ev->party);
        break;
    case EVENT_ANSWER:
        if (p->up && p->replica != NULL)
            tell(s, ev);
        node_handle(s, ev);
        break;
    case EVENT_KEPT:
        node_handle(s, ev);
        if (p->up && p->life == ev->life && simlog_newest(&p->disk.log) != NULL)
            hints(s, ev->party, simlog_newest(&p->disk.log)->size);
        break;
    case EVENT_REFUSED:
    case EVENT_HINT:
    case EVENT_TICK:
    case EVENT_THROWN:
    case EVENT_COSIGNED:
        node_handle(s, ev);
        break;
    case EVENT_ACT:
        break;
    }
}
