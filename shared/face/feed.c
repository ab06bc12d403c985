#include "face/feed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "face/feed_internal.h"
#include "record/json.h"

/* --- frames ----------------------------------------------------------------------- */

struct bytes frame_text(const struct frame *f)
{
    return bytes_slice(buf_bytes(&f->room_and_text), FEED_ROOM, f->room_and_text.len);
}

void frame_release(struct frame *f)
{
    assert(f->refs > 0);
    if (--f->refs > 0)
        return;
    buf_clear(&f->room_and_text);
    free(f);
}

/* --- channels --------------------------------------------------------------------- */

static void drop_oldest(struct channel *c)
{
    struct frame *f = c->frames[c->head];

    c->kept -= frame_text(f).len;
    c->start = f->size;
    c->head++;
    c->n--;
    frame_release(f);
}

static void drop_all(struct channel *c, uint64_t start)
{
    while (c->n > 0)
        drop_oldest(c);
    c->head = 0;
    c->start = start;
}

static void channel_free(struct channel *c)
{
    if (c == NULL)
        return;
    drop_all(c, 0);
    pieces_clear(c);
    free(c->frames);
    filter_free(c->filter);
    free(c);
}

/* Takes the frame. */
static enum status channel_keep(struct channel *c, struct frame *f)
{
    if (c->head + c->n == c->room && c->head > 0) {
        memmove(c->frames, c->frames + c->head, c->n * sizeof(c->frames[0]));
        c->head = 0;
    }
    if (c->n == c->room) {
        size_t room = c->room > 0 ? c->room * 2 : 8;
        struct frame **more = reallocarray(c->frames, room, sizeof(c->frames[0]));

        if (more == NULL) {
            frame_release(f);
            return STATUS_NOMEM;
        }
        c->frames = more;
        c->room = room;
    }
    c->frames[c->head + c->n++] = f;
    c->kept += frame_text(f).len;
    return STATUS_OK;
}

/* Invariant 2. */
static void channel_trim(struct channel *c)
{
    size_t share = FEED_KEPT_MAX / c->feed->watchers * c->watchers;

    if (share < FEED_SHARE_MIN)
        share = FEED_SHARE_MIN;
    while (c->kept > share)
        drop_oldest(c);
}

/* The end of what is covered by frames. */
static uint64_t channel_end(const struct channel *c)
{
    return c->n > 0 ? c->frames[c->head + c->n - 1]->size : c->start;
}

/* One message of events of entries [first, size). */
static enum status channel_add(struct channel *c, const struct event *events, size_t n,
                               uint64_t first, uint64_t size, struct bytes root)
{
    static const uint8_t room[FEED_ROOM];
    struct frame *f = calloc(1, sizeof(*f));
    size_t matched;
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->refs = 1;
    f->from = channel_end(c);
    f->first = first;
    f->size = size;
    buf_append(&f->room_and_text, room, sizeof(room));
    matched = events_message(events, n, c->filter, size, root, &f->room_and_text);
    st = buf_status(&f->room_and_text);
    if (st == STATUS_OK && matched > 0)
        return channel_keep(c, f);
    frame_release(f);
    return st;
}

/* --- the feed --------------------------------------------------------------------- */

enum status feed_new(uint64_t size, struct feed **out)
{
    struct feed *f = calloc(1, sizeof(*f));

    if (f == NULL)
        return STATUS_NOMEM;
    f->size = size;
    f->stalled_end = &f->stalled;
    *out = f;
    return STATUS_OK;
}

void feed_free(struct feed *f)
{
    if (f == NULL)
        return;
    assert(f->watchers == 0 && f->channels == NULL && f->n_pieces == 0);
    free(f);
}

uint64_t feed_size(const struct feed *f)
{
    return f->size;
}

size_t feed_watchers(const struct feed *f)
{
    return f->watchers;
}

/* How many of the events go into one message: whole entries, about FEED_MESSAGE_MAX. */
static size_t chunk(const struct event *events, size_t n)
{
    size_t bytes = 0, i;

    for (i = 0; i < n; i++) {
        if (i > 0 && events[i].index != events[i - 1].index && bytes >= FEED_MESSAGE_MAX)
            break;
        bytes += events[i].json.len;
    }
    return i;
}

enum status feed_publish(struct feed *f, const struct event *events, size_t n,
                         uint64_t size, struct bytes root_base64)
{
    enum status st = STATUS_OK;
    uint64_t first = f->size;

    assert(size >= f->size);
    for (size_t at = 0, some; at < n; at += some) {
        bool last;
        uint64_t upto;

        some = chunk(events + at, n - at);
        last = at + some == n;
        upto = last ? size : events[at + some].index;
        for (struct channel *c = f->channels; c != NULL; c = c->next) {
            if (c->start > first)
                continue; /* gave up on this batch */
            if (channel_add(c, events + at, some, first, upto,
                            last ? root_base64 : (struct bytes){ 0 }) != STATUS_OK) {
                drop_all(c, size);
                st = STATUS_NOMEM;
            }
        }
        first = upto;
    }
    f->size = size;
    for (struct channel *c = f->channels; c != NULL; c = c->next)
        channel_trim(c);
    return st;
}

void feed_skip(struct feed *f, uint64_t size)
{
    assert(size >= f->size);
    for (struct channel *c = f->channels; c != NULL; c = c->next)
        drop_all(c, size);
    f->size = size;
}

/* The channel of this filter, made if need be. Takes the filter. */
static struct channel *channel_find(struct feed *f, struct filter *filter)
{
    struct channel *c = f->channels;

    while (c != NULL && strcmp(filter_text(c->filter), filter_text(filter)) != 0)
        c = c->next;
    if (c != NULL) {
        filter_free(filter);
        return c;
    }
    c = calloc(1, sizeof(*c));
    if (c == NULL) {
        filter_free(filter);
        return NULL;
    }
    c->feed = f;
    c->filter = filter;
    c->start = f->size;
    c->next = f->channels;
    f->channels = c;
    return c;
}

static void channel_leave(struct channel *c)
{
    struct channel **at = &c->feed->channels;

    if (c->watchers > 0)
        return;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    channel_free(c);
}

enum status feed_watch(struct feed *f, struct filter *filter, uint64_t since,
                       struct watcher **out)
{
    struct watcher *w;
    struct channel *c;

    if (since != UINT64_MAX && since > f->size) {
        filter_free(filter);
        return STATUS_REFUSED;
    }
    c = channel_find(f, filter);
    if (c == NULL)
        return STATUS_NOMEM;
    w = calloc(1, sizeof(*w));
    if (w == NULL) {
        channel_leave(c);
        return STATUS_NOMEM;
    }
    w->channel = c;
    w->position = since == UINT64_MAX ? f->size : since;
    c->watchers++;
    f->watchers++;
    *out = w;
    return STATUS_OK;
}

void feed_unwatch(struct watcher *w)
{
    if (w == NULL)
        return;
    piece_leave(w);
    w->channel->feed->watchers--;
    w->channel->watchers--;
    channel_leave(w->channel);
    free(w);
}

/* --- watchers --------------------------------------------------------------------- */

uint64_t watcher_position(const struct watcher *w)
{
    return w->position;
}

const struct filter *watcher_filter(const struct watcher *w)
{
    return w->channel->filter;
}

void *watcher_user(const struct watcher *w)
{
    return w->user;
}

void watcher_user_set(struct watcher *w, void *user)
{
    w->user = user;
}

/* The oldest frame that ends behind the position; NULL: none. */
static struct frame *frame_after(const struct channel *c, uint64_t position)
{
    size_t low = 0, high = c->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->frames[c->head + middle]->size > position)
            high = middle;
        else
            low = middle + 1;
    }
    return low < c->n ? c->frames[c->head + low] : NULL;
}

enum watcher_state watcher_next(struct watcher *w, struct frame **out,
                                struct piece **piece)
{
    struct channel *c = w->channel;
    struct frame *f;

    if (w->position < c->start)
        return piece_next(w, c->start, out, piece);
    f = frame_after(c, w->position);
    if (f == NULL) {
        w->position = c->feed->size; /* what lies between does not match */
        return WATCHER_WAIT;
    }
    if (w->position > f->first)
        return piece_next(w, f->size, out, piece); /* it joined within a batch */
    assert(w->position >= f->from);
    f->refs++;
    w->position = f->size;
    *out = f;
    return WATCHER_FRAME;
}

void feed_idle_message(uint64_t size, struct buf *out)
{
    buf_printf(out, "{\"size\":%llu,\"events\":[]}", (unsigned long long)size);
}

void feed_hello(const struct feed *f, const char *origin, struct buf *out)
{
    json_t *text = json_string(origin);

    if (text == NULL) {
        out->bad = true;
        return;
    }
    buf_text(out, "{\"hello\":{\"origin\":");
    json_print(text, out);
    buf_printf(out, ",\"size\":%llu}}", (unsigned long long)f->size);
    json_decref(text);
}
