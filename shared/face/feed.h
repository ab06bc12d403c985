/* shared/face/feed.h
 *
 * The live feed without its sockets: channels, frames and watchers. A channel is a
 * filter; its frames are shared by all its watchers. A watcher holds a position, never a
 * queue: what lies behind that its channel keeps no longer is made from the store, in
 * pieces, once for all who wait at the same place.
 *
 * One thread owns a feed; pieces are made on others.
 *
 * Always:
 * 1. A watcher's position only grows; the frames given to it cover [position, …) without
 *    gap or overlap.
 * 2. After each feed_publish, a channel keeps at most its share of FEED_KEPT_MAX bytes of
 *    frames, by the number of its watchers, or FEED_SHARE_MIN.
 * 3. A channel's frames, and what lies between them without a match, cover
 *    [start, feed_size).
 * 4. Pieces that were made are kept up to FEED_MADE_MAX bytes, all channels together, the
 *    least recently used go first; at most FEED_PIECES_MAX are being made.
 *
 * So whoever is slow, and however many are, a feed holds no more than FEED_KEPT_MAX +
 * FEED_MADE_MAX, FEED_SHARE_MIN for each filter in use, FEED_PIECES_MAX messages, and for
 * each watcher the frames of one write.
 */
#ifndef AVOW_FACE_FEED_H
#define AVOW_FACE_FEED_H

#include <stdatomic.h>

#include "face/event.h"

#define FEED_KEPT_MAX ((size_t)32 * 1024 * 1024)
#define FEED_SHARE_MIN ((size_t)16 * 1024)
#define FEED_MADE_MAX ((size_t)16 * 1024 * 1024)
/* Enough that readers are never without one; few enough that requests get their turn. */
#define FEED_PIECES_MAX 16
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
/* Every watcher was unwatched and every piece ended before. Accepts NULL. */
void feed_free(struct feed *f);
uint64_t feed_size(const struct feed *f);
/* With no watcher at all, events need not be made: feed_skip. */
size_t feed_watchers(const struct feed *f);

/* Entries [feed_size, size) were committed; `events` are theirs, in order. Frames for
 * every channel. STATUS_NOMEM: some channel kept nothing, and its watchers read from the
 * store; the feed is as sound as before. */
enum status feed_publish(struct feed *f, const struct event *events, size_t n,
                         uint64_t size, struct bytes root_base64);
/* Entries [feed_size, size) were committed, and nobody made events of them: whoever began
 * to watch meanwhile reads them from the store. */
void feed_skip(struct feed *f, uint64_t size);

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

/* Entries of one channel that are to be made into one frame. From watcher_next until
 * piece_end it belongs to whoever makes it, on any one thread at a time. */
struct piece {
    struct filter *filter; /* its own */
    uint64_t from, upto;   /* the entries wanted, or fewer */
    atomic_bool wanted;    /* somebody waits for it still */
    /* What was made: of [from, size), from < size <= upto. */
    bool made;
    uint64_t size;
    struct buf room_and_text;

    /* The feed's. */
    struct feed *feed;
    struct channel *channel; /* NULL: gone meanwhile */
    struct watcher *waiting;
    struct piece *next; /* of the channel */
};

enum watcher_state {
    WATCHER_FRAME, /* *out is next; release it when sent; the position moved past it */
    WATCHER_WAIT,  /* up to date: its position is feed_size */
    WATCHER_PIECE, /* *piece is to be made (feed_piece_make), then piece_end */
    WATCHER_BEHIND /* waits for a piece, or for its turn: piece_end says when */
};
enum watcher_state watcher_next(struct watcher *w, struct frame **out,
                                struct piece **piece);

/* On a reader's thread: from the store, one message of about half FEED_MESSAGE_MAX. Does
 * nothing when nobody waits any more. STATUS_OK with p->made not set: that. Pieces end at
 * places that do not depend on where they began, so that watchers at different positions
 * soon share them. */
enum status piece_make(struct piece *p, struct store *s);
/* Takes the piece, made or not, and calls `wake` for everyone who may now ask again. Who
 * waited for one that failed is not woken: it asks again when its user sees fit. */
void piece_end(struct piece *p, enum status st, void (*wake)(struct watcher *w));

/* {"size":N,"events":[]}, appended: for one who is up to date and was sent nothing for a
 * while; and for one who is caught up, at its position, when much went by without a
 * match. */
void feed_idle_message(uint64_t size, struct buf *out);
/* {"hello":{"origin":…,"size":…}}, appended. */
void feed_hello(const struct feed *f, const char *origin, struct buf *out);

/* Catch-up text for [from, *size): events from the store in one message, appended;
 * nothing where none matched. Scans a bounded number of entries, so *size may be short of
 * `upto`: then go on from there. For a reader thread. */
enum status feed_catchup(struct store *s, const struct filter *f, uint64_t from,
                         uint64_t upto, uint64_t *size, struct buf *out);

#endif
