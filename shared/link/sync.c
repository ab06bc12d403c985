#include "link/sync.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of a part: large enough to keep every core busy verifying, small against memory. */
#define PART_BYTES (1024 * 1024)
/* Hints are lost silently, so we ask by ourselves that often. */
#define POLL_MS 5000
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000

struct sync {
    char origin[ORIGIN_MAX + 1];
    uint64_t stored;
    uint64_t asked;  /* stored, and the part handed out */
    uint64_t server; /* the size the server told or hinted last */
    bool greeted;    /* its STATUS came */
    bool waiting;    /* a request is unanswered */
    bool hinted;     /* a hint came since that request was sent */
    bool storing;    /* a part is handed out */
    bool stopped;
    uint64_t deadline_ms;
    uint64_t retry_ms;
    struct buf frame; /* of the request to send */
};

enum status sync_new(const char *origin, uint64_t stored, struct sync **out)
{
    struct sync *s;

    assert(strlen(origin) <= ORIGIN_MAX);
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return STATUS_NOMEM;
    memcpy(s->origin, origin, strlen(origin) + 1);
    s->stored = s->asked = stored;
    s->deadline_ms = UINT64_MAX;
    s->retry_ms = RETRY_MIN_MS;
    *out = s;
    return STATUS_OK;
}

void sync_free(struct sync *s)
{
    if (s == NULL)
        return;
    buf_clear(&s->frame);
    free(s);
}

uint64_t sync_deadline_ms(const struct sync *s)
{
    return s->stopped || s->storing ? UINT64_MAX : s->deadline_ms;
}

uint64_t sync_server_size(const struct sync *s)
{
    return s->server;
}

static struct sync_action *act(struct sync_actions *acts, enum sync_action_type type)
{
    struct sync_action *a = &acts->list[acts->n++];

    assert(acts->n <= SYNC_ACTIONS_MAX);
    memset(a, 0, sizeof(*a));
    a->type = type;
    return a;
}

/* docs/replication.md 2.1:
 *   A replica asks for entries from the first one it lacks, one request at a time. */
static enum status ask(struct sync *s, struct sync_actions *acts)
{
    struct message m = { .type = MESSAGE_STATUS };

    if (s->waiting || s->stopped)
        return STATUS_OK;
    if (s->greeted) {
        m.type = MESSAGE_ENTRIES;
        m.u.entries.from = s->asked;
        m.u.entries.max_bytes = PART_BYTES;
    }
    buf_reset(&s->frame);
    message_encode(&m, &s->frame);
    if (s->frame.bad)
        return STATUS_NOMEM;
    s->waiting = true;
    s->hinted = false;
    act(acts, SYNC_SEND)->frame = buf_bytes(&s->frame);
    return STATUS_OK;
}

static void back_off(struct sync *s, uint64_t now_ms)
{
    s->deadline_ms = now_ms + s->retry_ms;
    s->retry_ms = s->retry_ms * 2 < RETRY_MAX_MS ? s->retry_ms * 2 : RETRY_MAX_MS;
}

/* What the server said makes no sense: we ask again, later and later. */
static enum status nonsense(struct sync *s, uint64_t now_ms, const char *text,
                            struct sync_actions *acts)
{
    act(acts, SYNC_NONSENSE)->text = text;
    back_off(s, now_ms);
    return STATUS_OK;
}

static enum status on_status(struct sync *s, const struct sync_event *ev,
                             const struct message *m, struct sync_actions *acts)
{
    struct bytes origin = m->u.status.origin;

    /* docs/replication.md 2.2:
     *   A replica follows one log, and asks nothing of a server of another. */
    if (s->origin[0] != '\0' && !bytes_eq_text(origin, s->origin))
        return nonsense(s, ev->now_ms, "it serves another log", acts);
    if (origin.len > ORIGIN_MAX)
        return nonsense(s, ev->now_ms, "its log's name is too long", acts);
    memcpy(s->origin, origin.ptr, origin.len);
    s->origin[origin.len] = '\0';
    s->greeted = true;
    s->server = m->u.status.size;
    if (s->server < s->asked)
        act(acts, SYNC_BEHIND)->size = s->server;
    if (m->u.status.hints_port != 0)
        act(acts, SYNC_HINTS)->port = m->u.status.hints_port;
    return ask(s, acts);
}

/* The server has no more than we do. A hint that came while it said so may be newer. */
static enum status on_no_more(struct sync *s, const struct message *m,
                              struct sync_actions *acts)
{
    struct sync_action *a;

    s->retry_ms = RETRY_MIN_MS;
    if (s->hinted)
        return ask(s, acts);
    if (s->server > s->asked)
        s->server = s->asked;
    a = act(acts, SYNC_CURRENT);
    a->size = s->asked;
    a->frame = m->u.entries_answer.checkpoint;
    return STATUS_OK;
}

static enum status on_entries(struct sync *s, const struct sync_event *ev,
                              const struct message *m, struct sync_actions *acts)
{
    struct sync_action *a;

    if (m->u.entries_answer.from != s->asked)
        return nonsense(s, ev->now_ms, "it sent other entries than asked", acts);
    s->deadline_ms = ev->now_ms + POLL_MS;
    if (m->u.entries_answer.count == 0)
        return on_no_more(s, m, acts);
    /* docs/replication.md 2.3:
     *   A part is checked and durable before the next is asked for: so memory is bounded
     *   by one part, and what is asked for is always what is lacking. */
    s->storing = true;
    s->asked += m->u.entries_answer.count;
    if (s->server < s->asked)
        s->server = s->asked;
    a = act(acts, SYNC_STORE);
    a->part.from = m->u.entries_answer.from;
    a->part.count = m->u.entries_answer.count;
    a->part.bundle = m->u.entries_answer.bundle;
    a->part.checkpoint = m->u.entries_answer.checkpoint;
    a->part.answer = *m;
    return STATUS_OK;
}

static enum status on_answer(struct sync *s, const struct sync_event *ev,
                             struct sync_actions *acts)
{
    struct message m;
    enum status st = message_decode(ev->frame, &m);

    assert(s->waiting);
    s->waiting = false;
    if (s->stopped)
        return STATUS_OK;
    if (st == STATUS_NEWER)
        return nonsense(s, ev->now_ms, "it speaks a newer version of the link", acts);
    if (st != STATUS_OK)
        return nonsense(s, ev->now_ms, "its answer is malformed", acts);
    if (m.type == MESSAGE_STATUS_ANSWER)
        return on_status(s, ev, &m, acts);
    if (m.type == MESSAGE_ENTRIES_ANSWER && s->greeted)
        return on_entries(s, ev, &m, acts);
    if (m.type == MESSAGE_ERROR)
        return nonsense(s, ev->now_ms, "it is busy", acts);
    return nonsense(s, ev->now_ms, "its answer is of another type", acts);
}

static enum status on_failed(struct sync *s, const struct sync_event *ev)
{
    /* docs/replication.md 2.4:
     *   Without an answer a replica asks again, from where it is, later and later up to
     *   five seconds apart, for ever. */
    s->waiting = false;
    s->greeted = false;
    back_off(s, ev->now_ms);
    return STATUS_OK;
}

static enum status on_stored(struct sync *s, const struct sync_event *ev,
                             struct sync_actions *acts)
{
    assert(s->storing && ev->size == s->asked);
    s->storing = false;
    s->stored = ev->size;
    s->retry_ms = RETRY_MIN_MS;
    return ask(s, acts);
}

static enum status on_hint(struct sync *s, const struct sync_event *ev,
                           struct sync_actions *acts)
{
    if (ev->size <= s->asked)
        return STATUS_OK;
    if (ev->size > s->server)
        s->server = ev->size;
    s->hinted = s->waiting;
    return s->storing ? STATUS_OK : ask(s, acts);
}

static enum status on_tick(struct sync *s, const struct sync_event *ev,
                           struct sync_actions *acts)
{
    if (s->storing || ev->now_ms < s->deadline_ms)
        return STATUS_OK;
    s->deadline_ms = ev->now_ms + POLL_MS;
    return ask(s, acts);
}

static void check(const struct sync *s)
{
    assert(s->stored <= s->asked);
    assert(s->storing || s->stored == s->asked);
    assert(!(s->storing && s->waiting));
}

enum status sync_step(struct sync *s, const struct sync_event *ev,
                      struct sync_actions *acts)
{
    enum status st = STATUS_OK;

    acts->n = 0;
    switch (ev->type) {
    case SYNC_UP:
        st = ask(s, acts);
        break;
    case SYNC_ANSWER:
        st = on_answer(s, ev, acts);
        break;
    case SYNC_FAILED:
        st = on_failed(s, ev);
        break;
    case SYNC_HINT:
        st = on_hint(s, ev, acts);
        break;
    case SYNC_STORED:
        st = on_stored(s, ev, acts);
        break;
    case SYNC_DISCARDED:
        s->storing = false;
        s->asked = s->stored;
        back_off(s, ev->now_ms);
        break;
    case SYNC_WRONG:
        /* docs/replication.md 2.5:
         *   A replica that found a wrong part stops following. */
        s->storing = false;
        s->asked = s->stored;
        s->stopped = true;
        break;
    case SYNC_TICK:
        st = on_tick(s, ev, acts);
        break;
    }
    check(s);
    return st;
}
