/* tests/sim/serve.c: how a request is answered, honestly and not. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "tlog/bundle.h"

/* What this asker is shown: a forking broker has two histories. */
static struct simlog *shown(struct sim *s, size_t party, size_t asker)
{
    if (party == BROKER && s->forked && s->sees_other[asker])
        return &s->other;
    return &s->parties[party].disk.log;
}

static void newest(const struct simlog *l, struct buf *out)
{
    const struct signed_at *at = simlog_newest(l);

    if (at == NULL)
        return;
    buf_add(out, buf_bytes(&at->note));
    buf_add(out, buf_bytes(&at->cosignatures));
}

static uint64_t newest_size(const struct simlog *l)
{
    const struct signed_at *at = simlog_newest(l);

    return at != NULL ? at->size : 0;
}

static void answer_status(struct simlog *l, struct buf *out)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };
    struct buf note = { 0 };

    newest(l, &note);
    m.u.status.size = newest_size(l);
    m.u.status.origin = bytes_of(note.len > 0 ? ORIGIN : "");
    m.u.status.checkpoint = buf_bytes(&note);
    message_encode(&m, out);
    buf_clear(&note);
}

static void answer_entries(struct simlog *l, uint64_t from, uint32_t max, struct buf *out)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    struct buf note = { 0 }, bundle = { 0 };
    struct proof proof = { .n = 0 };
    uint64_t size = newest_size(l), at = from;

    for (; at < size && (at == from || bundle.len + SIM_ENTRY_MAX < max); at++)
        bundle_add(&bundle, bytes_of(l->entries[at].text));
    if (at <= size && proof_consistency(simlog_read, l, at, size, &proof) != STATUS_OK)
        abort();
    newest(l, &note);
    m.u.entries_answer.from = from;
    m.u.entries_answer.count = (uint32_t)(at - from);
    m.u.entries_answer.proof =
        (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
    m.u.entries_answer.checkpoint = buf_bytes(&note);
    m.u.entries_answer.bundle = buf_bytes(&bundle);
    message_encode(&m, out);
    buf_clear(&note);
    buf_clear(&bundle);
}

static void answer_prove(struct simlog *l, uint64_t of, struct buf *out)
{
    struct message m = { .type = MESSAGE_PROVE_ANSWER };
    struct buf note = { 0 };
    struct proof proof = { .n = 0 };
    uint64_t size = newest_size(l);

    m.u.prove_answer.size = of;
    if (of <= size) {
        m.u.prove_answer.root = simlog_root(l, of);
        if (proof_consistency(simlog_read, l, of, size, &proof) != STATUS_OK)
            abort();
    }
    newest(l, &note);
    m.u.prove_answer.proof =
        (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
    m.u.prove_answer.checkpoint = buf_bytes(&note);
    message_encode(&m, out);
    buf_clear(&note);
}

/* As a broker takes cosignatures (docs/formats.md 3). */
static void answer_cosign(struct simlog *l, struct bytes body, struct buf *out)
{
    struct message m = { .type = MESSAGE_COSIGN_ANSWER };
    struct checkpoint cp;
    struct signed_at *at = NULL;

    m.u.answer.status = 422;
    if (checkpoint_parse(note_text(body), &cp) == STATUS_OK) {
        at = simlog_at(l, cp.size);
        m.u.answer.status =
            at != NULL && bytes_starts(buf_bytes(&at->note), note_text(body)) ? 200 : 409;
    }
    if (m.u.answer.status == 200)
        simlog_cosignatures(at, body);
    message_encode(&m, out);
}

static void answer_evidence(const struct party *p, struct buf *out)
{
    struct message m = { .type = MESSAGE_EVIDENCE_ANSWER };

    m.u.evidence.text = buf_bytes(&p->disk.evidence);
    message_encode(&m, out);
}

void serve_honest(struct sim *s, size_t party, size_t asker, struct bytes request,
                  struct buf *out)
{
    struct simlog *l = shown(s, party, asker);
    struct message m;

    if (message_decode(request, &m) != STATUS_OK)
        sim_fail(s, "%s sends what is no request", sim_name(asker));
    if (m.type == MESSAGE_STATUS)
        answer_status(l, out);
    else if (m.type == MESSAGE_ENTRIES)
        answer_entries(l, m.u.entries.from, m.u.entries.max_bytes, out);
    else if (m.type == MESSAGE_PROVE)
        answer_prove(l, m.u.prove.size, out);
    else if (m.type == MESSAGE_EVIDENCE)
        answer_evidence(&s->parties[party], out);
    else if (m.type == MESSAGE_COSIGN && party == BROKER)
        answer_cosign(l, m.u.cosign.body, out);
    else
        message_error(400, "not a request", out);
}

/* --- lies -----------------------------------------------------------------------------
 */

/* A log of its own, signed by a key of its own, or with the log's signature of another.
 */
static void made_up(struct sim *s, size_t party, size_t asker, struct bytes request,
                    struct buf *out)
{
    struct simlog l = { 0 };
    struct buf note = { 0 };
    const struct simlog *held = &s->parties[party].disk.log;
    struct party liar = { .type = PARTY_LIAR };
    struct party real = s->parties[party];

    simlog_copy(held, &l);
    if (l.size > 0 && sim_chance(s, 500))
        simlog_truncate(&l, sim_random(s, l.size));
    for (uint64_t n = sim_random(s, 4); n > 0; n--)
        simlog_append(&l, "invented");
    if (l.size == 0)
        simlog_append(&l, "invented");
    simlog_sign(&l, l.size, sim_chance(s, 500) ? "liar" : "log ", &note);
    if (sim_chance(s, 300) && held->n > 0) { /* a real signature under other entries */
        buf_reset(&note);
        buf_add(&note, buf_bytes(&simlog_newest(held)->note));
    }
    simlog_keep(&l, buf_bytes(&note), l.size);
    buf_reset(&simlog_newest(&l)->note);
    buf_add(&simlog_newest(&l)->note, buf_bytes(&note));
    liar.disk.log = l;
    s->parties[party] = liar;
    serve_honest(s, party, asker, request, out);
    s->parties[party] = real;
    simlog_clear(&l);
    buf_clear(&note);
}

/* What it once had. */
static void stale(struct sim *s, size_t party, size_t asker, struct bytes request,
                  struct buf *out)
{
    struct party real = s->parties[party], old = { .type = PARTY_LIAR };

    simlog_copy(&real.disk.log, &old.disk.log);
    if (old.disk.log.size > 0)
        simlog_truncate(&old.disk.log, sim_random(s, old.disk.log.size));
    s->parties[party] = old;
    serve_honest(s, party, asker, request, out);
    s->parties[party] = real;
    simlog_clear(&old.disk.log);
}

/* Evidence that shows nothing: both sides are of one tree, or signed by nobody. */
static void false_evidence(struct sim *s, size_t party, struct buf *out)
{
    struct simlog *l = &s->parties[party].disk.log;
    struct message m = { .type = MESSAGE_EVIDENCE_ANSWER };
    struct fork f = { .size = 1 };
    struct buf note = { 0 }, other = { 0 }, text = { 0 };

    if (l->n > 0) {
        struct simlog mine = { 0 };

        simlog_append(&mine, "invented");
        f.size = simlog_newest(l)->size;
        f.ours.root = f.theirs.root = simlog_root(l, f.size);
        newest(l, &note);
        f.ours.checkpoint = f.theirs.checkpoint = buf_bytes(&note);
        if (f.size == 1 || sim_chance(s, 500)) {
            simlog_sign(&mine, 1, "liar", &other);
            f.theirs.root = simlog_root(&mine, 1);
            f.theirs.checkpoint = buf_bytes(&other);
        }
        simlog_clear(&mine);
        fork_print(&f, &text);
    } else {
        buf_text(&text, "{\"evidence\":\"avow/evidence-fork/v1\"}");
    }
    m.u.evidence.text = buf_bytes(&text);
    message_encode(&m, out);
    buf_clear(&note);
    buf_clear(&other);
    buf_clear(&text);
}

void serve_liar(struct sim *s, size_t party, size_t asker, struct bytes request,
                struct buf *out)
{
    switch (sim_random(s, 8)) {
    case 0:
        return; /* says nothing */
    case 1:
        buf_text(out, "garbage");
        return;
    case 2:
        made_up(s, party, asker, request, out);
        return;
    case 3:
        stale(s, party, asker, request, out);
        return;
    case 4:
        false_evidence(s, party, out); /* whatever was asked */
        return;
    case 5: /* one bit is another */
        serve_honest(s, party, asker, request, out);
        out->ptr[sim_random(s, out->len)] ^= (uint8_t)(1 << sim_random(s, 8));
        return;
    case 6: /* cut short */
        serve_honest(s, party, asker, request, out);
        buf_truncate(out, sim_random(s, out->len));
        return;
    default:
        serve_honest(s, party, asker, request, out);
        return;
    }
}
