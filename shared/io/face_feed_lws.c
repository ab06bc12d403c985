/* shared/io/face_feed_lws.c: watchers, by websocket and by server-sent events.
 *
 * Nothing is queued for a watcher: when its socket takes more, it is given the frames
 * that it has not seen, as many as fit one write; if the feed keeps these no longer, a
 * reader makes the next message from the store.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/face_watch_lws.h"

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

/* One message as it goes over this watcher's wire. `size`: where to resume. */
static void add_message(const struct watching *c, struct bytes text, uint64_t size,
                        struct buf *out)
{
    uint8_t head[WS_HEAD_MAX];

    if (c->wire == WIRE_WEBSOCKET) {
        buf_append(out, head, ws_head(text.len, head));
        buf_add(out, text);
        return;
    }
    buf_printf(out, "id: %llu\ndata: ", (unsigned long long)size);
    buf_add(out, text);
    buf_text(out, "\n\n");
}

/* --- pieces from the store -------------------------------------------------------- */

static void make_job(struct store *store, void *job)
{
    struct errand *e = job;
    struct letter *l = letter_new(LETTER_PIECE);

    e->st = store != NULL ? piece_make(e->piece, store) : STATUS_CANCELLED;
    l->errand = e;
    watch_post(e->face->watch, l);
}

static void wake(struct watcher *w)
{
    watching_ask(watcher_user(w));
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

void feed_piece_back(struct watch *w, struct errand *e)
{
    (void)w;
    if (e->st != STATUS_OK)
        say_unusual("feed: cannot read entries from %llu: %s",
                    (unsigned long long)e->piece->from, status_text(e->st));
    piece_end(e->piece, e->st, wake);
    free(e);
}

/* --- sending ---------------------------------------------------------------------- */

/* A frame alone goes out as it is, its head written into the room before it. */
static bool send_one(struct watching *c, struct frame *frame)
{
    struct bytes text = frame_text(frame);
    struct buf *b = &frame->room_and_text;
    uint8_t head[WS_HEAD_MAX];
    size_t n = ws_head(text.len, head);

    _Static_assert(FEED_ROOM >= LWS_PRE + WS_HEAD_MAX, "room for both heads");
    for (size_t i = 0; i < n; i++)
        b->ptr[FEED_ROOM - n + i] = head[i];
    return watching_write(c, b, FEED_ROOM - n, n + text.len);
}

static void add_idle(struct watching *c, struct buf *out)
{
    struct buf text = { 0 };
    uint64_t size = watcher_position(c->watcher);

    feed_idle_message(size, &text);
    add_message(c, buf_bytes(&text), size, out);
    buf_clear(&text);
}

static void add_beginning(struct watching *c, struct buf *out)
{
    struct buf text = { 0 };

    if (c->wire == WIRE_EVENTS)
        http_print_stream_head(out);
    feed_hello(c->watch->feed, c->watch->origin, &text);
    if (c->wire == WIRE_WEBSOCKET)
        add_message(c, buf_bytes(&text), 0, out);
    else /* without an id: that of the last message with one holds */
        buf_printf(out, "data: %s\n\n", buf_str(&text));
    buf_clear(&text);
    c->said_hello = true;
}

static bool room_begin(struct buf *b)
{
    buf_reset(b);
    return buf_space(b, LWS_PRE) != NULL;
}

static int send_joined(struct watching *c)
{
    struct buf *b = &c->watch->scratch;
    bool ok;

    if (b->bad)
        return -1;
    ok = b->len == LWS_PRE || watching_write(c, b, LWS_PRE, b->len - LWS_PRE);
    if (b->cap > 4 * FACE_WRITE_MAX)
        buf_clear(b);
    return ok ? 0 : -1;
}

int feed_writeable(struct watching *c)
{
    struct buf *joined = &c->watch->scratch;
    struct frame *frames[JOIN_MAX];
    struct piece *piece = NULL;
    enum watcher_state state = WATCHER_FRAME;
    size_t n = 0, bytes = 0;
    int result;

    if (!room_begin(joined))
        return -1;
    if (!c->said_hello)
        add_beginning(c, joined);
    while (n < JOIN_MAX && bytes < FACE_WRITE_MAX) {
        state = watcher_next(c->watcher, &frames[n], &piece);
        if (state != WATCHER_FRAME)
            break;
        bytes += frame_text(frames[n++]).len;
    }
    if (state == WATCHER_PIECE)
        have_made(c->watch->face, piece);
    if (state == WATCHER_FRAME)
        watching_ask(c); /* perhaps there are more */
    if (state == WATCHER_WAIT && n == 0 && c->idle_due)
        add_idle(c, joined);
    c->idle_due = false;
    if (n == 1 && c->wire == WIRE_WEBSOCKET && joined->len == LWS_PRE) {
        result = send_one(c, frames[0]) ? 0 : -1;
    } else {
        for (size_t i = 0; i < n; i++)
            add_message(c, frame_text(frames[i]), frames[i]->size, joined);
        result = send_joined(c);
    }
    for (size_t i = 0; i < n; i++)
        frame_release(frames[i]);
    atomic_fetch_add(&c->watch->face->frames_sent, n);
    return result;
}

void feed_check(struct watching *c, uint64_t now_ms)
{
    if (now_ms >= c->wrote_ms + FACE_SILENT_MS) {
        c->idle_due = true;
        watching_ask(c);
    } else if (watcher_position(c->watcher) < feed_size(c->watch->feed)) {
        watching_ask(c);
    }
}
