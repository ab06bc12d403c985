/* shared/face/feed_piece.c: what the channels keep no longer, made from the store. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "face/feed_internal.h"

/* A piece ends at a multiple of ALIGN entries once it holds so many events, or at a
 * multiple of STRIDE, wherever it began: from there on all who were behind go together.
 */
#define ALIGN 32
#define STRIDE 4096
/* Records that one piece looks at: some 10 ms of a reader's time. */
#define SCAN_MAX 8192

/* --- frames that were made -------------------------------------------------------- */

/* Where the frame that begins at `from` is, or would be. */
static size_t made_place(const struct channel *c, uint64_t from)
{
    size_t low = 0, high = c->n_made;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->made[middle]->frame->from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void made_unlink(struct feed *f, struct made *m)
{
    *(m->older != NULL ? &m->older->newer : &f->oldest) = m->newer;
    *(m->newer != NULL ? &m->newer->older : &f->newest) = m->older;
}

static void made_link(struct feed *f, struct made *m)
{
    m->older = f->newest;
    m->newer = NULL;
    *(m->older != NULL ? &m->older->newer : &f->oldest) = m;
    f->newest = m;
}

static void made_drop(struct made *m)
{
    struct channel *c = m->channel;
    size_t at = made_place(c, m->frame->from);

    assert(c->made[at] == m);
    memmove(&c->made[at], &c->made[at + 1], (--c->n_made - at) * sizeof(c->made[0]));
    c->feed->made_bytes -= m->frame->room_and_text.cap;
    made_unlink(c->feed, m);
    frame_release(m->frame);
    free(m);
}

static struct frame *made_find(struct channel *c, uint64_t from)
{
    size_t at = made_place(c, from);
    struct made *m = at < c->n_made ? c->made[at] : NULL;

    if (m == NULL || m->frame->from != from)
        return NULL;
    made_unlink(c->feed, m);
    made_link(c->feed, m);
    return m->frame;
}

static bool made_room(struct channel *c)
{
    size_t room = c->made_room > 0 ? c->made_room * 2 : 8;
    struct made **more;

    if (c->n_made < c->made_room)
        return true;
    more = reallocarray(c->made, room, sizeof(c->made[0]));
    if (more == NULL)
        return false;
    c->made = more;
    c->made_room = room;
    return true;
}

/* Keep what a piece holds. Without memory it is made again when it is asked for. */
static void made_keep(struct channel *c, struct piece *p)
{
    struct made *m = calloc(1, sizeof(*m));
    struct frame *frame = calloc(1, sizeof(*frame));
    size_t at = made_place(c, p->from);

    if (m == NULL || frame == NULL || !made_room(c)) {
        free(m);
        free(frame);
        return;
    }
    *frame = (struct frame){ .refs = 1, .from = p->from, .first = p->from };
    frame->size = p->size;
    frame->room_and_text = p->room_and_text;
    p->room_and_text = (struct buf){ 0 };
    m->frame = frame;
    m->channel = c;
    memmove(&c->made[at + 1], &c->made[at], (c->n_made++ - at) * sizeof(c->made[0]));
    c->made[at] = m;
    made_link(c->feed, m);
    c->feed->made_bytes += frame->room_and_text.cap;
    while (c->feed->made_bytes > FEED_MADE_MAX && c->feed->oldest != m)
        made_drop(c->feed->oldest);
}

/* --- who waits -------------------------------------------------------------------- */

static void unlink_waiting(struct watcher *w)
{
    struct feed *f = w->channel->feed;

    *w->prev = w->next;
    if (w->next != NULL)
        w->next->prev = w->prev;
    else if (w->stalled)
        f->stalled_end = w->prev;
    w->next = NULL;
    w->prev = NULL;
    w->stalled = false;
}

void piece_leave(struct watcher *w)
{
    struct piece *p = w->piece;

    if (p == NULL && !w->stalled)
        return;
    unlink_waiting(w);
    w->piece = NULL;
    if (p != NULL && p->waiting == NULL)
        atomic_store(&p->wanted, false);
}

static void wait_for(struct watcher *w, struct piece *p)
{
    w->piece = p;
    w->next = p->waiting;
    w->prev = &p->waiting;
    if (w->next != NULL)
        w->next->prev = &w->next;
    p->waiting = w;
    atomic_store(&p->wanted, true);
}

static void stall(struct watcher *w)
{
    struct feed *f = w->channel->feed;

    w->stalled = true;
    w->prev = f->stalled_end;
    *f->stalled_end = w;
    f->stalled_end = &w->next;
}

/* --- pieces ----------------------------------------------------------------------- */

static void piece_free(struct piece *p)
{
    filter_free(p->filter);
    buf_clear(&p->room_and_text);
    free(p);
}

void pieces_clear(struct channel *c)
{
    while (c->n_made > 0)
        made_drop(c->made[c->n_made - 1]);
    free(c->made);
    for (struct piece *p = c->pieces; p != NULL; p = p->next)
        p->channel = NULL;
}

static struct piece *piece_new(struct channel *c, uint64_t from, uint64_t upto)
{
    struct piece *p = calloc(1, sizeof(*p));

    if (p == NULL || filter_dup(c->filter, &p->filter) != STATUS_OK) {
        free(p);
        return NULL;
    }
    p->feed = c->feed;
    p->channel = c;
    p->from = from;
    p->upto = upto;
    p->next = c->pieces;
    c->pieces = p;
    c->feed->n_pieces++;
    return p;
}

enum watcher_state piece_next(struct watcher *w, uint64_t upto, struct frame **out,
                              struct piece **piece)
{
    struct channel *c = w->channel;
    struct frame *frame = made_find(c, w->position);
    struct piece *p = c->pieces;

    if (frame != NULL) {
        piece_leave(w);
        frame->refs++;
        w->position = frame->size;
        *out = frame;
        return WATCHER_FRAME;
    }
    if (w->piece != NULL || w->stalled)
        return WATCHER_BEHIND;
    while (p != NULL && p->from != w->position)
        p = p->next;
    if (p != NULL) {
        wait_for(w, p);
        return WATCHER_BEHIND;
    }
    if (c->feed->n_pieces < FEED_PIECES_MAX)
        p = piece_new(c, w->position, upto);
    if (p == NULL) {
        stall(w);
        return WATCHER_BEHIND;
    }
    wait_for(w, p);
    *piece = p;
    return WATCHER_PIECE;
}

/* Off its channel's list. */
static void piece_unlink(struct piece *p)
{
    struct piece **at = &p->channel->pieces;

    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
}

/* Those who found no room: a few, since what was made may do for all of them. */
static void wake_stalled(struct feed *f, void (*wake)(struct watcher *w))
{
    for (size_t n = 0; n < FEED_PIECES_MAX && f->stalled != NULL; n++) {
        struct watcher *w = f->stalled;

        unlink_waiting(w);
        wake(w);
    }
}

void piece_end(struct piece *p, enum status st, void (*wake)(struct watcher *w))
{
    struct feed *f = p->feed;

    f->n_pieces--;
    if (p->channel != NULL) {
        piece_unlink(p);
        if (st == STATUS_OK && p->made)
            made_keep(p->channel, p);
    }
    while (p->waiting != NULL) {
        struct watcher *w = p->waiting;

        piece_leave(w);
        if (st == STATUS_OK)
            wake(w);
    }
    piece_free(p);
    wake_stalled(f, wake);
}

/* --- making ----------------------------------------------------------------------- */

enum status piece_make(struct piece *p, struct store *s)
{
    static const uint8_t room[FEED_ROOM];
    enum status st;

    if (!atomic_load(&p->wanted))
        return STATUS_OK;
    buf_append(&p->room_and_text, room, sizeof(room));
    st = feed_catchup(s, p->filter, p->from, p->upto, &p->size, &p->room_and_text);
    if (st == STATUS_OK && p->room_and_text.len == FEED_ROOM)
        feed_idle_message(p->size, &p->room_and_text); /* nothing matched */
    if (st == STATUS_OK)
        st = buf_status(&p->room_and_text);
    p->made = st == STATUS_OK;
    return st;
}

enum status feed_catchup(struct store *s, const struct filter *f, uint64_t from,
                         uint64_t upto, uint64_t *size, struct buf *out)
{
    static const struct events_limit limit = { SCAN_MAX, ALIGN, FEED_MESSAGE_MAX };
    uint64_t stride = (from / STRIDE + 1) * STRIDE;
    struct event *events = NULL;
    struct buf root = { 0 };
    uint64_t reached;
    size_t n = 0;
    enum status st = events_scan_aligned(s, f, from, upto < stride ? upto : stride,
                                         &limit, ALIGN, &events, &n, &reached);

    if (st != STATUS_OK)
        return st;
    st = events_root(s, reached, &root);
    if (st == STATUS_OK) {
        events_message(events, n, NULL, reached, buf_bytes(&root), out);
        st = out->bad ? STATUS_NOMEM : STATUS_OK;
    }
    if (st == STATUS_OK)
        *size = reached;
    events_free(events, n);
    buf_clear(&root);
    return st;
}
