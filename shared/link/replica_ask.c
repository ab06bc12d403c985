/* shared/link/replica_ask.c: whom to ask what, and when. */
#include "link/replica_internal.h"

static bool is_better(const struct replica *r, size_t a, size_t b)
{
    const struct source *x = &r->sources[a], *y = &r->sources[b];

    /* docs/replication.md 2.5: who stalled or lied comes last. */
    if (x->distrust + x->stalls != y->distrust + y->stalls)
        return x->distrust + x->stalls < y->distrust + y->stalls;
    if (a == r->last || b == r->last)
        return a == r->last;
    return size_of(x) > size_of(y);
}

/* docs/replication.md 2.1:
 *   A replica asks for entries from the first one it lacks, one part at a time, of one
 *   source: the one that gave the last part as long as it has more, else the one that has
 *   most. r->n: nobody. */
static size_t who_gives(const struct replica *r)
{
    size_t best = r->n;

    if (is_fetching(r))
        return best;
    for (size_t i = 0; i < r->n; i++) {
        const struct source *s = &r->sources[i];

        if (is_good(s) && s->asked == ASK_NOTHING && r->now_ms >= s->rest_ms &&
            size_of(s) > r->stored && (best == r->n || is_better(r, i, best)))
            best = i;
    }
    return best;
}

/* docs/replication.md 2.7:
 *   A checkpoint of more than the replica holds must be proved consistent: by the part
 *   that is fetched, else the source is asked for the proof. */
static bool lacks_proof(const struct replica *r, size_t source)
{
    const struct source *s = &r->sources[source];

    if (r->stored == 0 || (r->storing && r->storing_from == source))
        return false;
    return s->suspect ||
           (is_good(s) && s->look.size > r->stored && s->look.size > s->proved);
}

static bool has_to_say(const struct replica *r, const struct source *s)
{
    return s->look.type == REPLICA_BROKER && is_good(s) && r->body_size > r->settled;
}

static enum ask what_to_ask(const struct replica *r, size_t source, size_t giver)
{
    const struct source *s = &r->sources[source];

    if (s->asked != ASK_NOTHING || r->now_ms < s->rest_ms)
        return ASK_NOTHING;
    if (has_to_say(r, s) && r->now_ms >= r->send_ms)
        return ASK_COSIGN;
    if (source == giver)
        return ASK_ENTRIES;
    if (lacks_proof(r, source))
        return ASK_PROOF;
    if (r->now_ms >= s->poll_ms)
        return ASK_STATUS;
    return s->ask_evidence ? ASK_EVIDENCE : ASK_NOTHING;
}

static void question(struct replica *r, struct source *s, enum ask ask, struct message *m)
{
    switch (ask) {
    case ASK_NOTHING:
        break;
    case ASK_STATUS:
        m->type = MESSAGE_STATUS;
        break;
    case ASK_ENTRIES:
        m->type = MESSAGE_ENTRIES;
        m->u.entries.from = r->stored;
        m->u.entries.max_bytes = r->part_bytes;
        s->asked_size = s->hinted;
        break;
    case ASK_PROOF:
        m->type = MESSAGE_PROVE;
        m->u.prove.size = s->asked_size = r->stored;
        break;
    case ASK_EVIDENCE:
        m->type = MESSAGE_EVIDENCE;
        s->ask_evidence = false;
        break;
    case ASK_COSIGN:
        m->type = MESSAGE_COSIGN;
        m->u.cosign.body = buf_bytes(&r->body);
        s->asked_size = r->body_size;
        break;
    }
}

static enum status send(struct replica *r, size_t source, enum ask ask,
                        struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    struct buf *frame = &r->frames[source];
    struct message m = { .type = MESSAGE_STATUS };
    struct replica_action *a;

    question(r, s, ask, &m);
    buf_reset(frame);
    message_encode(&m, frame);
    s->asked = ask;
    s->asked_ms = r->now_ms;
    s->ticket = ++r->tickets;
    s->floor = r->signed_size;
    a = replica_act(acts, REPLICA_SEND, source);
    a->ticket = s->ticket;
    a->frame = buf_bytes(frame);
    return buf_status(frame);
}

/* docs/replication.md 3.1. */
static bool wants_to_cosign(const struct replica *r)
{
    return r->cosigns && !r->cosigning && r->here.len > 0 &&
           (r->stored > r->cosigned ||
            (r->stored == r->cosigned && r->body_size < r->stored));
}

/* Everything that there is to do now. */
enum status replica_go_on(struct replica *r, struct replica_actions *acts)
{
    enum status st = STATUS_OK;

    if (r->stopped || !r->begun)
        return STATUS_OK;
    if (wants_to_cosign(r) && r->now_ms >= r->cosign_ms) {
        r->cosigning = true;
        r->cosign_ms = r->now_ms + COSIGN_MS;
        replica_act(acts, REPLICA_COSIGN, 0)->frame = buf_bytes(&r->here);
    }
    for (size_t i = 0; st == STATUS_OK && i < r->n; i++) {
        enum ask ask = what_to_ask(r, i, who_gives(r));

        if (ask != ASK_NOTHING)
            st = send(r, i, ask, acts);
    }
    return st;
}

uint64_t replica_deadline_ms(const struct replica *r)
{
    uint64_t next = UINT64_MAX;

    if (r->stopped || !r->begun)
        return next;
    if (wants_to_cosign(r))
        next = r->cosign_ms;
    for (size_t i = 0; i < r->n; i++) {
        const struct source *s = &r->sources[i];
        uint64_t at = s->asked != ASK_NOTHING ? s->asked_ms + ANSWER_MS
                                              : larger(s->rest_ms, s->poll_ms);

        if (s->asked == ASK_NOTHING && s->rest_ms < at && lacks_proof(r, i))
            at = s->rest_ms;
        if (s->asked == ASK_NOTHING && has_to_say(r, s) && r->send_ms < at)
            at = larger(r->send_ms, s->rest_ms);
        if (at < next)
            next = at;
    }
    return next;
}
