/* shared/io/link_http.h: what the files of the link over HTTP share.
 *
 * Each of the functions asks what HTTP offers for a request of the link, by clock_ms() of
 * `until_ms`, and appends the answer as the link gives it. Nothing that comes is
 * believed: whoever asked checks an answer as it checks any other's. An answer that is
 * none becomes a MESSAGE_ERROR. Otherwise as link_client_call.
 */
#ifndef AVOW_IO_LINK_HTTP_H
#define AVOW_IO_LINK_HTTP_H

#include <pthread.h>

#include "io/http_curl.h"
#include "io/link_client_internal.h"
#include "link/message.h"
#include "tlog/tile.h"

#define LINK_HTTP_LEVELS 8 /* of tiles, in a tree of 2^64 leaves */

struct http_link {
    struct link_client base;
    struct http_client *http;
    pthread_t thread; /* waits for news */
    bool has_thread;

    uint64_t
        seen; /* under the base's lock: the newest checkpoint's size that was shown */

    /* What was fetched last of each level, and the bundle: the next question begins where
     * the last ended. Forgotten when the same is asked for again, as it may be wrong. */
    pthread_mutex_t tiles_lock;
    uint64_t size; /* of the tree that is read now */
    uint64_t until_ms;
    uint64_t from; /* what was asked for last */
    struct link_http_tile {
        uint64_t n;
        unsigned width; /* 0: none */
        struct hash hashes[TILE_WIDTH];
    } tiles[LINK_HTTP_LEVELS];
    uint64_t bundle_n;
    unsigned bundle_width; /* 0: none */
    struct buf bundle;
};

/* link_http.c */
enum status link_http_status(struct http_link *l, uint64_t until_ms, struct buf *out);
enum status link_http_submit(struct http_link *l, const struct message *rq,
                             uint64_t until_ms, struct buf *out);
enum status link_http_cosign(struct http_link *l, const struct message *rq,
                             uint64_t until_ms, struct buf *out);
/* GET: STATUS_NOT_FOUND for 404; STATUS_MALFORMED for all other answers but 200, which
 * are not ours. */
enum status link_http_get(struct http_link *l, const char *path, size_t max,
                          uint64_t until_ms, struct buf *out);
/* The end of each: what is no answer of the server's is told as such. */
enum status link_http_end(enum status st, struct buf *out);
/* The size that a checkpoint is of. */
enum status link_http_size(struct bytes checkpoint, uint64_t *size);

/* link_http_tiles.c; under tiles_lock */
enum status link_http_entries(struct http_link *l, const struct message *rq,
                              uint64_t until_ms, struct buf *out);
enum status link_http_prove(struct http_link *l, const struct message *rq,
                            uint64_t until_ms, struct buf *out);
void link_http_forget(struct http_link *l);

#endif
