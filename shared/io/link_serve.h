/* shared/io/link_serve.h
 *
 * What a broker or a serving node does with requests of the link: status, entries and
 * proofs are read by readers; statements and cosignatures go to the program.
 */
#ifndef AVOW_IO_LINK_SERVE_H
#define AVOW_IO_LINK_SERVE_H

#include <stdatomic.h>

#include "io/link_nng.h"
#include "io/readers.h"
#include "link/message.h"

/* What an answer holds of entries at most: a peer that takes nothing keeps no more from
 * us, and a slow one gets on in small steps. */
#define LINK_PART_MAX (512 * 1024)
/* Requests that wait for a reader, so that there is room for statements. */
#define LINK_READS_MAX (LINK_CONTEXTS / 2)

struct link_serve {
    struct readers *readers;
    atomic_uint reads; /* that wait for one, or are being read */
    void *ctx;
    /* On nng's thread: hand over, and answer rq exactly once. `statement` and `body` are
     * valid until then. NULL: answered 404. */
    void (*submit)(void *ctx, struct link_request *rq, struct bytes statement, bool dry);
    void (*cosign)(void *ctx, struct link_request *rq, struct bytes body);
    /* On nng's thread: append the evidence that convicts the log, if there is any. NULL:
     * there is none. */
    void (*evidence)(void *ctx, struct buf *out);
    /* On nng's thread: a whole TELL or RETURN, as submit. NULL: answered 404. */
    void (*told)(void *ctx, struct link_request *rq, const struct message *m);
    /* Any thread: does the server wait to be told? NULL: no. */
    bool (*waiting)(void *ctx);
};

/* A link_serve_fn; ctx is the struct link_serve. */
void link_serve(void *serve, struct link_request *rq, struct bytes request);

/* An ERROR answer. */
void link_serve_error(struct link_request *rq, uint16_t status, const char *text);

/* The answers themselves, appended. One snapshot each. */
enum status link_answer_status(struct store *s, uint16_t hints_port, bool waiting,
                               struct buf *out);
enum status link_answer_entries(struct store *s, uint64_t from, uint32_t max_bytes,
                                struct buf *out);
enum status link_answer_prove(struct store *s, uint64_t size, struct buf *out);

#endif
