/* shared/face/feed.h
 *
 * The live feed without its sockets: channels, frames and watchers. A channel is a
 * filter; its frames are shared by all its watchers. A watcher holds a position, never a
 * queue: one that fell behind what the channel still keeps is caught up from the store.
 *
 * One thread owns a feed.
 *
 * Always:
 * 1. A watcher's position only grows; the frames given to it cover [position, …) without
 *    gap or overlap.
 * 2. A channel keeps at most FEED_KEPT_MAX bytes of frames, whoever is slow.
 * 3. A channel's frames, and what lies between them without a match, cover
 *    [start, feed_size).
 */
#ifndef AVOW_FACE_FEED_H
#define AVOW_FACE_FEED_H

#include "face/event.h"

/* A quarter of a MiB a channel: a watcher further behind reads from the store. */
#define FEED_KEPT_MAX (256 * 1024)
/* Of one message, about; an entry is never split. */
#define FEED_MESSAGE_MAX (64 * 1024)

struct feed;
struct watcher;

/* Shared and immutable; counted. `room_and_text` has FEED_ROOM bytes of room in front,
 * for the socket library. */
#define FEED_ROOM 32
struct frame {
    unsigned refs;
    uint64_t from, size; /* covers entries [from, size) */
    uint64_t first;      /* nothing before this entry matches */
    struct buf room_and_text;
};
struct bytes frame_text(const struct frame *f);
void frame_release(struct frame *f);

/* `size`: of the log now. */
enum status feed_new(uint64_t size, struct feed **out);
/* Every watcher was unwatched before. Accepts NULL. */
void feed_free(struct feed *f);
uint64_t feed_size(const struct feed *f);
/* With no watcher at all, events need not be made: publish none. */
size_t feed_watchers(const struct feed *f);

/* Entries [feed_size, size) were committed; `events` are theirs, in order. Frames for
 * every channel. STATUS_NOMEM: some channel kept nothing, and its watchers are to be
 * caught up from the store; the feed is as sound as before. */
enum status feed_publish(struct feed *f, const struct event *events, size_t n,
                         uint64_t size, struct bytes root_base64);

/* Takes the filter, whatever it returns. `since` UINT64_MAX: live, from feed_size on.
 * STATUS_REFUSED: beyond the log (feed.ahead). */
enum status feed_watch(struct feed *f, struct filter *filter, uint64_t since,
                       struct watcher **out);
void feed_unwatch(struct watcher *w); /* accepts NULL */
uint64_t watcher_position(const struct watcher *w);
/* Of its channel: valid as long as the watcher is. For another thread: filter_dup. */
const struct filter *watcher_filter(const struct watcher *w);
void *watcher_user(const struct watcher *w);
void watcher_user_set(struct watcher *w, void *user);

enum watcher_state {
    WATCHER_FRAME, /* *out is next; release it when sent; the position moved past it */
    WATCHER_WAIT,  /* up to date: its position is feed_size */
    WATCHER_BEHIND /* feed_catchup from its position, then watcher_caught_up */
};
enum watcher_state watcher_next(struct watcher *w, struct frame **out);
/* A catch-up message for [watcher_position, size) was sent, or there was nothing to send
 * of it. size <= feed_size. */
void watcher_caught_up(struct watcher *w, uint64_t size);
/* {"size":N,"events":[]}, appended: for one who is up to date and was sent nothing for a
 * while; and for one who is caught up, at its position, when much went by without a
 * match. */
void feed_idle_message(uint64_t size, struct buf *out);
/* {"hello":{"origin":…,"size":…}}, appended. */
void feed_hello(const struct feed *f, const char *origin, struct buf *out);

/* Catch-up text for [from, *size): events from the store in one message of about
 * FEED_MESSAGE_MAX, appended; nothing where none matched. Scans a bounded number of
 * entries, so *size may be short of `upto`: then go on from there. For a reader thread.
 */
enum status feed_catchup(struct store *s, const struct filter *f, uint64_t from,
                         uint64_t upto, uint64_t *size, struct buf *out);

#endif
