/* shared/io/face_feed_lws.c: watchers, by websocket and by server-sent events.
 *
 * Nothing is queued for a watcher: when its socket takes more, it is given the frames
 * that it has not seen, as many as fit one write; if the feed keeps these no longer, a
 * reader makes the next message from the store.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/say.h"
#include "face/query.h"
#include "io/face_lws_internal.h"

#define JOIN_MAX 32    /* frames in one write */
#define WS_HEAD_MAX 10 /* server to client: no mask */

/* RFC 6455 section 5.2: FIN and text; the length in 7, 16 or 64 bits. Returns its length.
 */
static size_t ws_head(size_t len, uint8_t head[WS_HEAD_MAX])
{
    head[0] = 0x81;
    if (len < 126) {
        head[1] = (uint8_t)len;
        return 2;
    }
    if (len < 65536) {
        head[1] = 126;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        return 4;
    }
    head[1] = 127;
    for (int i = 0; i < 8; i++)
        head[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
    return WS_HEAD_MAX;
}

/* One message as it goes over this session's wire. `size`: where to resume. */
static void add_message(const struct session *s, struct bytes text, uint64_t size,
                        struct buf *out)
{
    uint8_t head[WS_HEAD_MAX];

    if (s->type == SESSION_WEBSOCKET) {
        buf_append(out, head, ws_head(text.len, head));
        buf_add(out, text);
        return;
    }
    buf_printf(out, "id: %llu\ndata: ", (unsigned long long)size);
    buf_add(out, text);
    buf_text(out, "\n\n");
}

/* --- joining ---------------------------------------------------------------------- */

/* UINT64_MAX: live. False: it is no number. */
static bool since_of(const struct exchange *x, enum session_type type, uint64_t *since)
{
    struct buf text = { 0 };
    enum status st = STATUS_OK;

    *since = UINT64_MAX;
    if (type == SESSION_EVENTS && x->rq.last_event_id.len > 0) {
        st = decimal_parse(x->rq.last_event_id, since);
    } else {
        st = query_param(x->rq.query, "since", 0, &text);
        if (st == STATUS_OK)
            st = decimal_parse(buf_bytes(&text), since);
        else if (st == STATUS_NOT_FOUND)
            st = STATUS_OK;
    }
    buf_clear(&text);
    return st == STATUS_OK;
}

static bool refuse_join(struct exchange *x, unsigned status, const char *type,
                        const char *title, const char *detail)
{
    route_problem(&x->rs, status, type, title, detail, 0);
    if (status == 503)
        x->rs.retry_after_s = 5;
    return false;
}

bool feed_join(struct session *s, struct exchange *x, enum session_type type)
{
    struct face *f = s->face;
    struct filter *filter = NULL;
    char why[200] = "";
    uint64_t since;
    enum status st;

    if (atomic_load(&f->quiet) || f->n_watchers >= f->o.watchers_max)
        return refuse_join(x, 503, "feed.full", "No room for another watcher",
                           "try again in a moment");
    if (!since_of(x, type, &since))
        return refuse_join(x, 400, "feed.since", "Not a position",
                           "since is the index of the next entry wanted");
    st = filter_names_known(x->rq.query, why);
    if (st == STATUS_OK)
        st = filter_parse(x->rq.query, &filter, why);
    if (st == STATUS_REFUSED || st == STATUS_MALFORMED)
        return refuse_join(x, 400, "filter", "Not a filter", why);
    if (st == STATUS_OK)
        st = feed_watch(f->feed, filter, since, &s->watcher);
    if (st == STATUS_REFUSED)
        return refuse_join(x, 409, "feed.ahead", "The log is not that long yet",
                           "since is beyond the end of the log");
    if (st != STATUS_OK)
        return refuse_join(x, 503, "busy", "The server is busy", status_text(st));
    watcher_user_set(s->watcher, s);
    s->type = type;
    s->wrote_ms = clock_ms();
    atomic_store(&f->watchers, ++f->n_watchers);
    return true;
}

/* --- pieces from the store -------------------------------------------------------- */

static void make_job(struct store *store, void *job)
{
    struct errand *e = job;
    struct letter *l = calloc(1, sizeof(*l));

    e->st = store != NULL ? piece_make(e->piece, store) : STATUS_CANCELLED;
    if (l == NULL) {
        say_broken("feed: out of memory");
        abort();
    }
    l->type = LETTER_PIECE;
    l->errand = e;
    face_post(e->face, l);
}

static void wake(struct watcher *w)
{
    session_ask(watcher_user(w));
}

/* If the readers have no room, the sweep tries again. */
static void have_made(struct face *f, struct piece *piece)
{
    struct errand *e = calloc(1, sizeof(*e));

    if (e == NULL) {
        piece_end(piece, STATUS_NOMEM, wake);
        return;
    }
    *e = (struct errand){ .face = f, .piece = piece };
    atomic_fetch_add(&f->out, 1);
    if (readers_push(f->o.readers, &(struct reader_job){ .fn = make_job, .arg = e }) ==
        STATUS_OK) {
        atomic_fetch_add(&f->catchups, 1);
        return;
    }
    atomic_fetch_sub(&f->out, 1);
    piece_end(piece, STATUS_BUSY, wake);
    free(e);
}

void feed_piece_back(struct errand *e)
{
    if (e->st != STATUS_OK)
        say_unusual("feed: cannot read entries from %llu: %s",
                    (unsigned long long)e->piece->from, status_text(e->st));
    piece_end(e->piece, e->st, wake);
    free(e);
}

/* --- sending ---------------------------------------------------------------------- */

/* A frame alone goes out as it is, its head written into the room before it. */
static bool send_one(struct session *s, struct frame *frame)
{
    struct bytes text = frame_text(frame);
    struct buf *b = &frame->room_and_text;
    uint8_t head[WS_HEAD_MAX];
    size_t n = ws_head(text.len, head);

    _Static_assert(FEED_ROOM >= LWS_PRE + WS_HEAD_MAX, "room for both heads");
    for (size_t i = 0; i < n; i++)
        b->ptr[FEED_ROOM - n + i] = head[i];
    return session_write(s, b, FEED_ROOM - n, n + text.len);
}

static void add_idle(struct session *s, struct buf *out)
{
    struct buf text = { 0 };
    uint64_t size = watcher_position(s->watcher);

    feed_idle_message(size, &text);
    add_message(s, buf_bytes(&text), size, out);
    buf_clear(&text);
}

static void add_beginning(struct session *s, struct buf *out)
{
    struct buf text = { 0 };

    if (s->type == SESSION_EVENTS)
        buf_add(out, bytes_slice(buf_bytes(&s->out), LWS_PRE, s->out.len));
    buf_clear(&s->out);
    feed_hello(s->face->feed, s->face->origin, &text);
    if (s->type == SESSION_WEBSOCKET)
        add_message(s, buf_bytes(&text), 0, out);
    else /* without an id: that of the last message with one holds */
        buf_printf(out, "data: %s\n\n", buf_str(&text));
    buf_clear(&text);
    s->said_hello = true;
}

static int send_joined(struct session *s)
{
    struct buf *b = &s->face->scratch;
    bool ok;

    if (b->bad)
        return -1;
    ok = b->len == LWS_PRE || session_write(s, b, LWS_PRE, b->len - LWS_PRE);
    if (b->cap > 4 * FACE_WRITE_MAX)
        buf_clear(b);
    return ok ? 0 : -1;
}

int feed_writeable(struct session *s)
{
    struct buf *joined = &s->face->scratch;
    struct frame *frames[JOIN_MAX];
    struct piece *piece = NULL;
    enum watcher_state state = WATCHER_FRAME;
    size_t n = 0, bytes = 0;
    int result;

    if (!room_begin(joined))
        return -1;
    if (!s->said_hello && s->type == SESSION_EVENTS && face_any_buffered(s->face))
        return session_hang_up(s); /* a request behind that for the stream */
    if (!s->said_hello)
        add_beginning(s, joined);
    while (n < JOIN_MAX && bytes < FACE_WRITE_MAX) {
        state = watcher_next(s->watcher, &frames[n], &piece);
        if (state != WATCHER_FRAME)
            break;
        bytes += frame_text(frames[n++]).len;
    }
    if (state == WATCHER_PIECE)
        have_made(s->face, piece);
    if (state == WATCHER_FRAME)
        session_ask(s); /* perhaps there are more */
    if (state == WATCHER_WAIT && n == 0 && s->idle_due)
        add_idle(s, joined);
    s->idle_due = false;
    if (n == 1 && s->type == SESSION_WEBSOCKET && joined->len == LWS_PRE) {
        result = send_one(s, frames[0]) ? 0 : -1;
    } else {
        for (size_t i = 0; i < n; i++)
            add_message(s, frame_text(frames[i]), frames[i]->size, joined);
        result = send_joined(s);
    }
    for (size_t i = 0; i < n; i++)
        frame_release(frames[i]);
    atomic_fetch_add(&s->face->frames_sent, n);
    return result;
}

void feed_check(struct session *s, uint64_t now_ms)
{
    if (now_ms >= s->wrote_ms + FACE_IDLE_MS) {
        s->idle_due = true;
        session_ask(s);
    } else if (watcher_position(s->watcher) < feed_size(s->face->feed)) {
        session_ask(s);
    }
}

void feed_gone(struct session *s)
{
    if (s->watcher == NULL)
        return;
    atomic_store(&s->face->watchers, --s->face->n_watchers);
    feed_unwatch(s->watcher);
    s->watcher = NULL;
}
