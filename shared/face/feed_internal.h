/* shared/face/feed_internal.h: what the files of feed.h share. */
#ifndef AVOW_FACE_FEED_INTERNAL_H
#define AVOW_FACE_FEED_INTERNAL_H

#include "face/feed.h"

/* A frame made from the store. */
struct made {
    struct frame *frame;
    struct channel *channel;
    struct made *older, *newer; /* of the feed, by last use */
};

struct channel {
    struct feed *feed;
    struct filter *filter;
    struct frame **frames; /* oldest first: frames[head] to frames[head + n - 1] */
    size_t head, n, room;
    size_t kept;        /* bytes of their texts */
    uint64_t start;     /* invariant 3 */
    struct made **made; /* by frame->from */
    size_t n_made, made_room;
    struct piece *pieces; /* being made */
    size_t watchers;
    struct channel *next;
};

struct feed {
    uint64_t size;
    size_t watchers;
    struct channel *channels;
    struct made *oldest, *newest;
    size_t made_bytes;
    size_t n_pieces;         /* being made */
    struct watcher *stalled; /* found no room for a piece, in order */
    struct watcher **stalled_end;
};

/* Waits for a piece, or is stalled, or neither. */
struct watcher {
    struct channel *channel;
    uint64_t position;
    void *user;
    struct piece *piece;
    bool stalled;
    struct watcher *next, **prev; /* in the list of either */
};

/* feed_piece.c: the next frame for a watcher whose position no live frame begins at.
 * `upto`: where live frames go on. */
enum watcher_state piece_next(struct watcher *w, uint64_t upto, struct frame **out,
                              struct piece **piece);
void piece_leave(struct watcher *w);        /* it waits no more */
void pieces_clear(struct channel *channel); /* which ends */

#endif
