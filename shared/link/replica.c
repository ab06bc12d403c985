#include "link/replica.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "link/replica_internal.h"

#define HTTP_BUSY 503

enum status replica_new(const struct replica_options *o, struct replica **out)
{
    struct replica *r;

    assert(strlen(o->origin) <= ORIGIN_MAX);
    assert(o->n > 0 && o->n <= REPLICA_SOURCES_MAX);
    r = calloc(1, sizeof(*r));
    if (r == NULL)
        return STATUS_NOMEM;
    memcpy(r->origin, o->origin, strlen(o->origin) + 1);
    r->view = o->view;
    r->n = o->n;
    r->stored = r->signed_size = o->stored;
    r->cosigns = o->cosigns;
    r->cosigned = o->cosigned;
    r->part_bytes = o->part_bytes > 0 ? o->part_bytes : PART_BYTES;
    for (size_t i = 0; i < r->n; i++) {
        r->sources[i].look.type = o->sources[i];
        r->sources[i].look.text = "";
        r->sources[i].retry_ms = RETRY_MIN_MS;
    }
    *out = r;
    return STATUS_OK;
}

void replica_free(struct replica *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        buf_clear(&r->sources[i].pending);
        buf_clear(&r->frames[i]);
    }
    buf_clear(&r->storing_note);
    buf_clear(&r->here);
    buf_clear(&r->body);
    buf_clear(&r->evidence);
    free(r);
}

struct replica_action *replica_act(struct replica_actions *acts,
                                   enum replica_action_type type, size_t source)
{
    struct replica_action *a = &acts->list[acts->n++];

    assert(acts->n <= REPLICA_ACTIONS_MAX);
    *a = (struct replica_action){ .type = type, .source = source };
    return a;
}

/* --- trouble ------------------------------------------------------------------------ */

/* docs/replication.md 2.4:
 *   A source that does not answer is asked again, later and later up to five seconds
 *   apart, for ever. */
static void rest(struct replica *r, struct source *s, uint64_t max_ms)
{
    s->rest_ms = s->poll_ms = r->now_ms + s->retry_ms;
    s->retry_ms = s->retry_ms * 2 < max_ms ? s->retry_ms * 2 : max_ms;
}

static void silent(struct replica *r, struct source *s)
{
    if (s->asked == ASK_COSIGN)
        r->send_ms = r->now_ms + COSIGN_MS;
    if (s->asked == ASK_ENTRIES)
        s->stalls++;
    s->asked = ASK_NOTHING;
    s->tried = true;
    s->subscribed = false;
    s->look.state = REPLICA_SOURCE_SILENT;
    s->look.text = "it does not answer";
    rest(r, s, RETRY_MAX_MS);
}

/* It answers, but not to the question. */
static void not_now(struct replica *r, size_t source, const char *text,
                    struct replica_actions *acts)
{
    struct source *s = &r->sources[source];

    s->look.state = REPLICA_SOURCE_TROUBLE;
    s->look.text = text;
    replica_act(acts, REPLICA_TROUBLE, source)->text = text;
    rest(r, s, RETRY_MAX_MS);
}

void replica_distrust(struct replica *r, size_t source, const char *text,
                      struct replica_actions *acts)
{
    struct source *s = &r->sources[source];

    s->look.state = REPLICA_SOURCE_TROUBLE;
    s->look.text = text;
    s->distrust++;
    if (acts != NULL)
        replica_act(acts, REPLICA_TROUBLE, source)->text = text;
    /* docs/replication.md 2.5:
     *   A source that sends what is not the log is left for another, and asked ever more
     *   rarely, up to once a minute. */
    rest(r, s, DISTRUST_MAX_MS);
}

/* --- answers ------------------------------------------------------------------------ */

/* docs/replication.md 2.7, 5.2:
 *   A checkpoint of more than we hold may be by a key that we do not know yet: then what
 *   leads there comes with one that we can believe. */
static bool is_beyond(const struct replica *r, const struct message *m)
{
    struct checkpoint cp;

    return m->u.status.size > r->stored &&
           r->view.open(r->view.open_ctx, m->u.status.checkpoint, &cp) == STATUS_BAD_SIG;
}

static enum status on_status(struct replica *r, size_t source, const struct message *m,
                             struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    bool empty = m->u.status.size == 0 && m->u.status.checkpoint.len == 0;
    struct checkpoint cp;
    bool good = true;
    enum status st = STATUS_OK;

    /* docs/replication.md 2.2:
     *   A replica follows one log, and asks nothing of a server of another. */
    if (!empty && !bytes_eq_text(m->u.status.origin, r->origin)) {
        not_now(r, source, "it serves another log", acts);
        return STATUS_OK;
    }
    s->poll_ms = r->now_ms + POLL_MS;
    s->ask_evidence = s->look.type == REPLICA_PEER;
    if (empty || is_beyond(r, m)) {
        s->look.state = REPLICA_SOURCE_ANSWERS;
        s->look.text = "";
        s->hinted = m->u.status.size;
    } else {
        st =
            replica_checkpoint(r, source, m->u.status.checkpoint, true, acts, &cp, &good);
    }
    if (st != STATUS_OK || !good || r->stopped)
        return st;
    if (s->distrust == 0)
        s->retry_ms = RETRY_MIN_MS;
    if (m->u.status.waiting && s->look.type == REPLICA_BROKER)
        replica_act(acts, REPLICA_WAITING, source)->size = m->u.status.size;
    if (m->u.status.hints_port != 0 && !s->subscribed) {
        replica_act(acts, REPLICA_HINTS, source)->port = m->u.status.hints_port;
        /* docs/replication.md 2.6: what it hinted at meanwhile is asked for. */
        s->poll_ms = r->now_ms + SUBSCRIBED_MS;
        s->subscribed = true;
    }
    return STATUS_OK;
}

static void hand_out(struct replica *r, size_t source, const struct message *m,
                     const struct checkpoint *cp, struct replica_actions *acts)
{
    struct replica_part *p = &acts->part;

    /* docs/replication.md 2.3:
     *   A part is checked and durable before the next is asked for: so memory is bounded
     *   by one part, and what is asked for is always what is lacking. */
    r->storing = true;
    r->storing_from = source;
    r->storing_to = m->u.entries_answer.from + m->u.entries_answer.count;
    r->storing_signed = cp->size;
    p->from = m->u.entries_answer.from;
    p->count = m->u.entries_answer.count;
    p->bundle = m->u.entries_answer.bundle;
    p->checkpoint = m->u.entries_answer.checkpoint;
    p->proof = message_hashes(m->u.entries_answer.proof);
    buf_reset(&r->storing_note);
    if (cp->size == r->storing_to)
        buf_add(&r->storing_note, p->checkpoint);
    replica_act(acts, REPLICA_STORE, source);
}

static enum status on_entries(struct replica *r, size_t source, const struct message *m,
                              struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    uint64_t to = m->u.entries_answer.from + m->u.entries_answer.count;
    struct checkpoint cp;
    bool good;
    enum status st;

    s->poll_ms = r->now_ms + POLL_MS;
    if (m->u.entries_answer.count == 0 && s->hinted <= s->asked_size)
        s->hinted = 0; /* docs/replication.md 2.6: a false hint makes us ask once */
    if (m->u.entries_answer.from != r->stored) {
        replica_distrust(r, source, "it sent other entries than asked", acts);
        return STATUS_OK;
    }
    if (m->u.entries_answer.count == 0 && m->u.entries_answer.checkpoint.len == 0)
        return STATUS_OK; /* it has nothing yet */
    st = replica_checkpoint(r, source, m->u.entries_answer.checkpoint,
                            m->u.entries_answer.count == 0, acts, &cp, &good);
    if (st != STATUS_OK || !good || r->stopped)
        return st;
    if (m->u.entries_answer.count > 0 && cp.size < to)
        replica_distrust(r, source, "it sent more than its checkpoint covers", acts);
    else if (m->u.entries_answer.count > 0)
        hand_out(r, source, m, &cp, acts);
    else if (cp.size > r->stored)
        replica_distrust(r, source, "it does not send what its checkpoint covers", acts);
    return buf_status(&r->storing_note);
}

static void on_cosigned_answer(struct replica *r, size_t source, const struct message *m,
                               struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    struct replica_action *a = replica_act(acts, REPLICA_REPLIED, source);

    a->status = m->u.answer.status;
    a->frame = m->u.answer.text;
    /* docs/replication.md 3.4. Whatever it said, this checkpoint is settled; but one who
     * is not a cosigner yet may become one. */
    if (a->status == 200 || a->status == 409)
        r->settled = s->asked_size;
    else
        r->send_ms = r->now_ms + COSIGN_REFUSED_MS;
}

static enum status on_message(struct replica *r, size_t source, enum ask asked,
                              const struct message *m, struct replica_actions *acts)
{
    static const enum message_type answers[] = {
        [ASK_STATUS] = MESSAGE_STATUS_ANSWER, [ASK_ENTRIES] = MESSAGE_ENTRIES_ANSWER,
        [ASK_PROOF] = MESSAGE_PROVE_ANSWER,   [ASK_EVIDENCE] = MESSAGE_EVIDENCE_ANSWER,
        [ASK_COSIGN] = MESSAGE_COSIGN_ANSWER,
    };

    if (m->type == MESSAGE_ERROR && asked == ASK_COSIGN) {
        on_cosigned_answer(r, source, m, acts);
        return STATUS_OK;
    }
    if (m->type == MESSAGE_ERROR && m->u.answer.status == LINK_DAMAGED) {
        not_now(r, source, "it reports that its store is damaged", acts);
        acts->list[acts->n - 1].damaged = true;
        return STATUS_OK;
    }
    if (m->type == MESSAGE_ERROR) {
        not_now(r, source,
                m->u.answer.status == HTTP_BUSY ? "it is busy"
                                                : "what answers there is no log",
                acts);
        return STATUS_OK;
    }
    if (m->type != answers[asked]) {
        replica_distrust(r, source, "its answer is of another type", acts);
        return STATUS_OK;
    }
    switch (asked) {
    case ASK_NOTHING:
        break;
    case ASK_STATUS:
        return on_status(r, source, m, acts);
    case ASK_ENTRIES:
        return on_entries(r, source, m, acts);
    case ASK_PROOF:
        return replica_proof(r, source, m, acts);
    case ASK_EVIDENCE:
        return replica_evidence(r, source, m->u.evidence.text, acts);
    case ASK_COSIGN:
        on_cosigned_answer(r, source, m, acts);
        break;
    }
    return STATUS_OK;
}

/* An answer to anything but what was asked last came too late, or twice. */
static bool is_awaited(const struct replica *r, const struct replica_event *ev)
{
    return ev->source < r->n && r->sources[ev->source].asked != ASK_NOTHING &&
           r->sources[ev->source].ticket == ev->ticket;
}

static enum status on_answer(struct replica *r, const struct replica_event *ev,
                             struct replica_actions *acts)
{
    struct source *s = &r->sources[ev->source];
    enum ask asked = s->asked;
    struct message m;
    enum status st;

    if (!is_awaited(r, ev))
        return STATUS_OK;
    s->asked = ASK_NOTHING;
    s->tried = true;
    s->look.heard_ms = r->now_ms;
    if (r->stopped)
        return STATUS_OK;
    st = message_decode(ev->frame, &m);
    if (st == STATUS_NEWER)
        not_now(r, ev->source, "it speaks a newer version of the link", acts);
    else if (st != STATUS_OK)
        replica_distrust(r, ev->source, "its answer is malformed", acts);
    else
        return on_message(r, ev->source, asked, &m, acts);
    return STATUS_OK;
}

/* --- the other events --------------------------------------------------------------- */

static void on_hint(struct replica *r, const struct replica_event *ev)
{
    struct source *s = &r->sources[ev->source];

    if (ev->source < r->n && ev->size > r->stored && ev->size > s->look.size)
        s->hinted = larger(s->hinted, ev->size);
}

static enum status on_stored(struct replica *r, const struct replica_event *ev,
                             struct replica_actions *acts)
{
    struct source *s = &r->sources[r->storing_from];
    struct replica_action *a;

    if (r->stopped) {
        r->stored = ev->size; /* was handed out before */
        return STATUS_OK;
    }
    assert(r->storing && ev->size == r->storing_to);
    s->look.entries += ev->size - r->stored;
    s->distrust = s->stalls = 0;
    s->retry_ms = RETRY_MIN_MS;
    s->proved = larger(s->proved, r->storing_signed);
    r->storing = false;
    r->last = r->storing_from;
    r->stored = ev->size;
    r->signed_size = larger(r->signed_size, r->storing_signed);
    buf_reset(&r->here);
    if (r->storing_note.len > 0) {
        buf_add(&r->here, buf_bytes(&r->storing_note));
        a = replica_act(acts, REPLICA_HEARD, r->storing_from);
        a->size = r->stored;
        a->frame = buf_bytes(&r->storing_note);
    }
    return r->here.bad ? STATUS_NOMEM : replica_compare_pending(r, acts);
}

static void on_discarded(struct replica *r)
{
    if (r->stopped)
        return;
    r->storing = false;
    /* Either it lies, or the log is two: its proof will tell. */
    r->sources[r->storing_from].suspect = true;
    replica_distrust(r, r->storing_from, "what it sent is not the log", NULL);
}

static void on_cosigned(struct replica *r, const struct replica_event *ev)
{
    r->cosigning = false;
    r->cosigned = larger(r->cosigned, ev->size);
    r->body_size = ev->size;
    buf_reset(&r->body);
    buf_add(&r->body, ev->frame);
}

static void stop(struct replica *r)
{
    r->storing = false;
    r->stopped = true;
}

/* A machine's clock may be set back, or it has slept. */
static void set_clock(struct replica *r, uint64_t now_ms)
{
    uint64_t back = r->now_ms > now_ms ? r->now_ms - now_ms : 0;

#define SET_BACK(t) (t) = (t) > back ? (t)-back : 0
    for (size_t i = 0; back > 0 && i < r->n; i++) {
        struct source *s = &r->sources[i];

        SET_BACK(s->asked_ms);
        SET_BACK(s->poll_ms);
        SET_BACK(s->rest_ms);
        SET_BACK(s->look.heard_ms);
    }
    SET_BACK(r->cosign_ms);
    SET_BACK(r->send_ms);
#undef SET_BACK
    r->now_ms = now_ms;
    for (size_t i = 0; i < r->n; i++) {
        struct source *s = &r->sources[i];

        if (s->asked != ASK_NOTHING && now_ms >= s->asked_ms + ANSWER_MS)
            silent(r, s);
    }
}

enum status replica_step(struct replica *r, const struct replica_event *ev,
                         struct replica_actions *acts)
{
    enum status st = STATUS_OK;

    acts->n = 0;
    if (ev->type != REPLICA_ANSWER || !is_awaited(r, ev))
        set_clock(r, ev->now_ms);
    else
        r->now_ms = larger(r->now_ms, ev->now_ms); /* late, but it came */
    switch (ev->type) {
    case REPLICA_UP:
        r->begun = true;
        break;
    case REPLICA_ANSWER:
        st = on_answer(r, ev, acts);
        break;
    case REPLICA_FAILED:
        if (is_awaited(r, ev))
            silent(r, &r->sources[ev->source]);
        break;
    case REPLICA_HINT:
        on_hint(r, ev);
        break;
    case REPLICA_STORED:
        st = on_stored(r, ev, acts);
        break;
    case REPLICA_DISCARDED:
        on_discarded(r);
        break;
    case REPLICA_WRONG:
        /* docs/replication.md 2.9:
         *   A replica that found the log to be wrong stops following. */
        stop(r);
        break;
    case REPLICA_COSIGNED:
        on_cosigned(r, ev);
        break;
    case REPLICA_UNSIGNED:
        r->cosigning = r->cosigns = false;
        break;
    case REPLICA_TICK:
        break;
    }
    return st == STATUS_OK ? replica_go_on(r, acts) : st;
}

/* --- what it knows ------------------------------------------------------------------ */

enum replica_state replica_state(const struct replica *r)
{
    bool answered = false;

    if (r->stopped)
        return REPLICA_STOPPED;
    if (!r->begun || is_fetching(r))
        return REPLICA_FOLLOWING;
    for (size_t i = 0; i < r->n; i++) {
        const struct source *s = &r->sources[i];

        if (!s->tried || (is_good(s) && size_of(s) > r->stored))
            return REPLICA_FOLLOWING;
        answered = answered || s->look.state == REPLICA_SOURCE_ANSWERS;
    }
    return answered ? REPLICA_CURRENT : REPLICA_AWAY;
}

uint64_t replica_size_known(const struct replica *r)
{
    uint64_t size = larger(r->stored, r->signed_size);

    for (size_t i = 0; i < r->n; i++)
        if (is_good(&r->sources[i]))
            size = larger(size, size_of(&r->sources[i]));
    return size;
}

void replica_source(const struct replica *r, size_t source, struct replica_source *out)
{
    assert(source < r->n);
    *out = r->sources[source].look;
}
