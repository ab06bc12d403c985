/* shared/io/face_watch_lws.h: what face_watch_lws.c and face_feed_lws.c share. All of it
 * belongs to the watch's thread. */
#ifndef AVOW_IO_FACE_WATCH_LWS_H
#define AVOW_IO_FACE_WATCH_LWS_H

#include <libwebsockets.h>

#include "io/face_internal.h"

/* A watcher's connection. */
struct watching {
    struct watch *watch;
    struct watching *next, *prev; /* all of the watch */
    struct lws *wsi;
    enum feed_wire wire;
    struct watcher *watcher;
    bool counted; /* by its address */
    struct address key;
    bool said_hello, idle_due;
    bool asked;        /* for a WRITEABLE that did not come yet */
    uint64_t wrote_ms; /* last */
    uint64_t moved_ms; /* when it last took anything, or had nothing to take */
    int unsent;        /* what the kernel held for it when it was last looked */
};

struct watch {
    struct face *face;
    char origin[ORIGIN_MAX + 1];
    struct inbox inbox;
    struct lws_context *context;
    struct lws_vhost *vhost;
    pthread_t thread;
    bool started;
    lws_sorted_usec_list_t sweep;
    struct feed *feed;
    struct watching *list;
    struct watching *joining; /* being given to lws just now */
    struct buf scratch;       /* LWS_PRE bytes of room, then frames being joined */
};

/* face_watch_lws.c */
void watching_ask(struct watching *c); /* for a WRITEABLE */
/* Send what is in `b` behind its room. False: the connection is of no use any more. */
bool watching_write(struct watching *c, struct buf *b, size_t from, size_t len);

/* face_feed_lws.c: 0, or -1 to close the connection. */
int feed_writeable(struct watching *c);
void feed_piece_back(struct watch *w, struct errand *e);
void feed_check(struct watching *c, uint64_t now_ms);

#endif
