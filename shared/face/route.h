/* shared/face/route.h
 *
 * HTTP without sockets: what a request asks for, and the answer to it (docs/formats.md 3
 * and 4). Pure but for the store it reads; reader threads call route_answer, each with a
 * store of its own.
 */
#ifndef AVOW_FACE_ROUTE_H
#define AVOW_FACE_ROUTE_H

#include "face/filter.h"
#include "ledger/ledger.h"
#include "store/store.h"
#include "tlog/checkpoint.h"

/* Everything borrowed; absent headers are empty. */
struct http_request {
    struct bytes method; /* "GET", "HEAD", "POST", "OPTIONS" */
    struct bytes path;   /* as sent, without the query */
    struct bytes query;  /* as sent, without "?" */
    struct bytes accept, accept_encoding, accept_language, if_none_match, last_event_id;
    struct bytes body;
};

/* To HEAD the answer is that to GET: whoever sends it leaves the body out. */
struct http_response {
    unsigned status;
    const char *type;          /* Content-Type; static */
    const char *cache_control; /* static */
    char etag[72];             /* with its quotes; "" none */
    char location[128];        /* "" none */
    unsigned retry_after_s;    /* 0 none */
    const char *vary;          /* static or NULL */
    const char *encoding;      /* of the body; static or NULL */
    bool vary_encoding;        /* it is encoded for those who ask for that */
    const char *allow;         /* with 405: Allow; static or NULL */
    struct buf link;           /* of a page of CSV: Link; empty none */
    struct buf body;
};
void http_response_clear(struct http_response *r);
/* Every answer in JSON carries the size of the log. Those made without a store, problems
 * and verdicts, get it here, on their way out; others are left as they are. */
void http_response_size(struct http_response *r, uint64_t size);
/* On its way out, too, and once: an answer to GET or HEAD gets its ETag where it has none
 * (and is 304 where the asker has it), and is compressed for who asks for that, where it
 * becomes smaller. Any answer; costs up to a fifth of a second for the largest. */
void http_response_finish(struct http_response *r, const struct http_request *rq);

/* What to do with a request. */
enum route_type {
    ROUTE_READ,      /* route_answer, on a reader thread */
    ROUTE_EVENTS,    /* GET /api/v1/events with wait=: answer now if there is something */
    ROUTE_STATEMENT, /* POST /api/v1/statements: body to the verifiers */
    ROUTE_COSIGNATURE, /* POST /log/cosignature */
    ROUTE_FEED,        /* GET /feed, to be upgraded */
    ROUTE_FEED_SSE,    /* GET /feed.sse */
    ROUTE_METRICS,     /* /metrics, /healthz, /readyz: the program answers */
    ROUTE_PREFLIGHT,   /* OPTIONS: CORS */
    ROUTE_NONE         /* no such path or method: route_problem made the answer */
};
enum route_type route_find(const struct http_request *rq, struct http_response *out);

/* May the answer to this ROUTE_READ take far longer than most: a scan with a filter that
 * nothing is kept for, or a large page? */
bool route_slow(const struct http_request *rq);

/* What the program knows and the store does not. */
struct route_context {
    const char *version;
    const char *public_url; /* "" unknown */
    const char *program;    /* "avow-broker" or "avow" */
    int64_t (*now_s)(void); /* the wall clock: what is due, is due today */
};

/* `out` is all zero. What is not there or wrongly asked for is an answer too: other than
 * STATUS_OK only for the world's failures. */
enum status route_answer(struct store *s, const struct route_context *ctx,
                         const struct http_request *rq, struct http_response *out);

/* RFC 9457; `type` is the rule's name or e.g. "feed.ahead", "not-found". `line` of the
 * statement; 0: none. */
void route_problem(struct http_response *out, unsigned status, const char *type,
                   const char *title, const char *detail, unsigned line);
/* The answer to a judged statement. `receipt` where accepted or known. dry: judged only.
 */
void route_outcome(struct http_response *out, const struct outcome *o, bool dry,
                   struct bytes receipt);

/* A receipt (tlog-proof v1) for entry `index` in the tree of `size`, with that
 * checkpoint and all its cosignatures, appended; reads tiles. STATUS_NOT_FOUND: the entry
 * is not in that tree, or there is no checkpoint of that size (any more). */
enum status route_receipt(struct store *s, uint64_t index, uint64_t size,
                          struct buf *out);
/* The checkpoint of `size` with its cosignatures, appended. STATUS_NOT_FOUND. */
enum status route_checkpoint(struct store *s, uint64_t size, struct buf *out);
/* The policy file that follows from the state (docs/formats.md 3), appended. */
enum status route_policy(struct store *s, struct buf *out);
/* The newest cosigned checkpoint that meets the policy, appended. STATUS_NOT_FOUND. */
enum status route_cosigned(struct store *s, uint64_t *size, struct buf *out);

/* Judge the body of POST /log/cosignature against our tree and the state's cosigners:
 * good lines are returned for the writer to keep (`*n`: in, room; out, how many). `out`
 * is the answer where the writer then succeeds: 200; 400 malformed, 403 no line by a
 * cosigner we know, or one that does not verify, 404 another log, 409 beyond our tree or
 * no longer a checkpoint we keep (the body is the size of our newest, tlog-witness), 422
 * another root. None are returned but with 200. Other than STATUS_OK: the world's
 * failures. */
struct cosignature_line {
    char name[KEY_NAME_MAX + 1];
    uint32_t key_id;
    struct buf line;
};
enum status route_cosignature(struct store *s, struct bytes body, uint64_t *size,
                              struct cosignature_line lines[], size_t *n,
                              struct http_response *out);

#endif
