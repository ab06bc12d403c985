/* shared/io/face_http.c: requests that came in whole, and what their answers look like.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "face/query.h"
#include "face/websocket.h"
#include "io/face_internal.h"
#include "link/message.h"

/* --- answers ---------------------------------------------------------------------- */

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *text;
    } table[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 204, "No Content" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 411, "Length Required" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
        { 505, "HTTP Version Not Supported" },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (table[i].status == status)
            return table[i].text;
    return "Answer";
}

/* The page loads nothing from elsewhere, and nobody frames it. */
static const char safety[] =
    "Content-Security-Policy: default-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Access-Control-Allow-Origin: *\r\n";

static void print_connection(unsigned status, bool keep, struct buf *out)
{
    /* RFC 9110 15.5.22: it says to what. */
    if (status == 426)
        buf_printf(out,
                   "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Connection: upgrade, %s\r\n\r\n",
                   keep ? "keep-alive" : "close");
    else
        buf_printf(out, "Connection: %s\r\n\r\n", keep ? "keep-alive" : "close");
}

void http_print_head(const struct exchange *x, bool keep, struct buf *out)
{
    const struct http_response *rs = &x->rs;

    buf_printf(out, "HTTP/1.1 %u %s\r\n", rs->status, reason(rs->status));
    if (rs->status != 204 && rs->status != 304)
        buf_printf(out, "Content-Length: %zu\r\n", rs->body.len);
    if (rs->type != NULL)
        buf_printf(out, "Content-Type: %s\r\n", rs->type);
    if (rs->encoding != NULL)
        buf_printf(out, "Content-Encoding: %s\r\n", rs->encoding);
    if (rs->cache_control != NULL)
        buf_printf(out, "Cache-Control: %s\r\n", rs->cache_control);
    if (rs->etag[0] != '\0')
        buf_printf(out, "ETag: %s\r\n", rs->etag);
    if (rs->location[0] != '\0')
        buf_printf(out, "Location: %s\r\n", rs->location);
    if (rs->retry_after_s != 0)
        buf_printf(out, "Retry-After: %u\r\n", rs->retry_after_s);
    if (rs->allow != NULL)
        buf_printf(out, "Allow: %s\r\n", rs->allow);
    if (rs->vary != NULL || rs->vary_encoding)
        buf_printf(out, "Vary: %s%s%s\r\n", rs->vary != NULL ? rs->vary : "",
                   rs->vary != NULL && rs->vary_encoding ? ", " : "",
                   rs->vary_encoding ? "Accept-Encoding" : "");
    if (rs->link.len > 0)
        buf_printf(out, "Link: " BYTES_FMT "\r\n", BYTES_ARG(buf_bytes(&rs->link)));
    buf_text(out, safety);
    buf_text(out, "Access-Control-Expose-Headers: Link\r\n");
    if (bytes_eq_text(x->rq.method, "OPTIONS"))
        buf_text(out, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
                      "Access-Control-Allow-Headers: *\r\n"
                      "Access-Control-Max-Age: 86400\r\n");
    print_connection(rs->status, keep, out);
}

void http_print_stream_head(struct buf *out)
{
    buf_text(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                  "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n");
    buf_text(out, safety);
    buf_text(out, "Connection: close\r\n\r\n");
}

/* What is true of every answer: the size it speaks of, an ETag, its coding; and from here
 * on it counts among those that wait to be taken. */
static void complete(struct exchange *x)
{
    http_response_size(&x->rs, atomic_load(&x->face->size));
    http_response_finish(&x->rs, &x->rq);
    x->held = x->rs.body.cap;
    atomic_fetch_add(&x->face->held, x->held);
}

static enum http_fate problem(struct exchange *x, unsigned status, const char *type,
                              const char *title, const char *detail)
{
    route_problem(&x->rs, status, type, title, detail, 0);
    if (status == 503)
        x->rs.retry_after_s = 1;
    complete(x);
    return HTTP_ANSWER;
}

void http_fault_answer(struct exchange *x, const struct http_fault *fault)
{
    problem(x, fault->status, fault->type, fault->title, fault->detail);
}

static void busy(struct http_response *rs)
{
    route_problem(rs, 503, "busy", "The server is busy", "try again in a moment", 0);
    rs->retry_after_s = 1;
}

void exchange_answer(struct exchange *x, struct http_response *rs)
{
    struct letter *l = letter_new(LETTER_ANSWER);

    http_response_clear(&x->rs);
    x->rs = *rs;
    *rs = (struct http_response){ 0 };
    complete(x);
    l->exchange = x;
    door_post(x->face->door, l);
}

void exchange_busy(struct exchange *x)
{
    struct http_response rs = { 0 };

    busy(&rs);
    exchange_answer(x, &rs);
}

const struct http_request *exchange_request(const struct exchange *x)
{
    return &x->rq;
}

bool exchange_sender(const struct exchange *x, struct address *out)
{
    *out = x->peer;
    return x->counted;
}

bool exchange_gone(const struct exchange *x)
{
    return atomic_load(&x->gone);
}

/* --- readers ---------------------------------------------------------------------- */

/* More answers are in memory than are taken: no more are made. */
static bool answers_full(struct face *f)
{
    if (atomic_load(&f->held) < f->o.answers_max)
        return false;
    atomic_fetch_add(&f->answers_refused, 1);
    return true;
}

static void read_job(struct store *store, void *job)
{
    struct exchange *x = job;
    struct http_response rs = { 0 };
    enum status st = STATUS_CANCELLED;

    if (store != NULL && !answers_full(x->face))
        st = route_answer(store, x->face->o.route, &x->rq, &rs);
    if (st == STATUS_CANCELLED) {
        http_response_clear(&rs);
        exchange_busy(x);
        return;
    }
    if (st != STATUS_OK) {
        say_unusual("http: cannot answer " BYTES_FMT ": %s: %s", BYTES_ARG(x->rq.path),
                    status_text(st), store_error(store));
        http_response_clear(&rs);
        if (st == STATUS_ALTERED)
            route_problem(&rs, LINK_DAMAGED, "damaged", "The store is damaged",
                          store_error(store), 0);
        else
            route_problem(&rs, 503, "internal", "The server failed", status_text(st), 0);
    }
    exchange_answer(x, &rs);
}

static void send_out(struct exchange *x)
{
    x->out = true;
    atomic_fetch_add(&x->face->out, 1);
}

static void come_back(struct exchange *x)
{
    x->out = false;
    atomic_fetch_sub(&x->face->out, 1);
}

static enum http_fate to_reader(struct face *f, struct exchange *x)
{
    struct reader_job job = {
        .fn = read_job,
        .arg = x,
        .asker = address_hash(&x->peer),
        .cost = route_slow(&x->rq) ? READER_SLOW : READER_QUICK,
        .cancelled = &x->gone,
    };

    send_out(x);
    if (readers_push(f->o.readers, &job) == STATUS_OK)
        return HTTP_OUT;
    come_back(x);
    busy(&x->rs);
    complete(x);
    return HTTP_ANSWER;
}

static enum http_fate to_program(struct face *f, struct exchange *x,
                                 enum route_type route)
{
    send_out(x);
    if (f->o.serve(f->o.ctx, x, route))
        return HTTP_OUT;
    come_back(x);
    return problem(x, 404, "not-found", "Not found", "not served here");
}

/* False: it is there and is no number. */
static bool number_param(const struct http_request *rq, const char *name, uint64_t *n)
{
    struct buf text = { 0 };
    enum status st = query_param(rq->query, name, 0, &text);

    if (st == STATUS_OK)
        st = decimal_parse(buf_bytes(&text), n);
    buf_clear(&text);
    return st == STATUS_OK || st == STATUS_NOT_FOUND;
}

/* GET /api/v1/events: whoever has all there is may wait for more. What is no number is
 * the reader's to refuse, with the rest of the query. */
static enum http_fate events(struct face *f, struct exchange *x)
{
    uint64_t wait_s = 0;

    x->since = 0;
    if (!number_param(&x->rq, "wait", &wait_s) ||
        !number_param(&x->rq, "since", &x->since) || wait_s == 0 ||
        x->since != atomic_load(&f->size))
        return to_reader(f, x);
    if (wait_s > FACE_WAIT_MAX_S)
        wait_s = FACE_WAIT_MAX_S;
    x->parked = true;
    x->until_ms = clock_ms() + wait_s * 1000;
    atomic_fetch_add(&f->parked, 1);
    if (atomic_load(&f->size) > x->since) /* just now, and nobody told us */
        return http_unpark(f, x);
    return HTTP_OUT;
}

enum http_fate http_unpark(struct face *f, struct exchange *x)
{
    x->parked = false;
    atomic_fetch_sub(&f->parked, 1);
    return to_reader(f, x);
}

/* --- watchers --------------------------------------------------------------------- */

/* UINT64_MAX: live. False: it is no number. */
static bool since_of(const struct exchange *x, enum feed_wire wire, uint64_t *since)
{
    *since = UINT64_MAX;
    if (wire == WIRE_EVENTS && x->rq.last_event_id.len > 0)
        return decimal_parse(x->rq.last_event_id, since) == STATUS_OK;
    return number_param(&x->rq, "since", since);
}

static enum http_fate refuse_join(struct exchange *x, struct filter *filter,
                                  unsigned status, const char *type, const char *title,
                                  const char *detail)
{
    filter_free(filter);
    problem(x, status, type, title, detail);
    if (status == 503)
        x->rs.retry_after_s = 5;
    return HTTP_ANSWER;
}

/* All that may be said against it is said here: the watch only takes it in. */
static enum http_fate join(struct face *f, struct exchange *x, enum feed_wire wire,
                           struct joining **out)
{
    struct filter *filter = NULL;
    char why[200] = "";
    uint64_t since;
    enum status st;

    if (f->watch == NULL || atomic_load(&f->watchers) >= f->o.watchers_max)
        return refuse_join(x, NULL, 503, "feed.full", "No room for another watcher",
                           "try again in a moment");
    if (!since_of(x, wire, &since))
        return refuse_join(x, NULL, 400, "feed.since", "Not a position",
                           "since is the index of the next entry wanted");
    st = filter_names_known(x->rq.query, why);
    if (st == STATUS_OK)
        st = filter_parse(x->rq.query, &filter, why);
    if (st == STATUS_REFUSED || st == STATUS_MALFORMED)
        return refuse_join(x, filter, 400, "filter", "Not a filter", why);
    if (st == STATUS_OK && since != UINT64_MAX && since > atomic_load(&f->size))
        return refuse_join(x, filter, 409, "feed.ahead", "The log is not that long yet",
                           "since is beyond the end of the log");
    *out = st == STATUS_OK ? calloc(1, sizeof(**out)) : NULL;
    if (*out == NULL)
        return refuse_join(x, filter, 503, "busy", "The server is busy", status_text(st));
    **out = (struct joining){ .fd = -1, .wire = wire, .filter = filter, .since = since };
    return HTTP_JOIN;
}

static enum http_fate join_websocket(struct face *f, struct exchange *x,
                                     const struct http_head *h, struct joining **out)
{
    struct http_fault fault;

    if (!websocket_asked(h))
        return problem(x, 426, "feed.upgrade", "The feed is a websocket",
                       "ask for an upgrade, or use /feed.sse or /api/v1/events");
    if (!websocket_check(h, &fault)) {
        http_fault_answer(x, &fault);
        return HTTP_ANSWER;
    }
    if (join(f, x, WIRE_WEBSOCKET, out) != HTTP_JOIN)
        return HTTP_ANSWER;
    websocket_handshake_print(h, &(*out)->head);
    return HTTP_JOIN;
}

/* --- which ------------------------------------------------------------------------ */

enum http_fate http_dispatch(struct face *f, struct exchange *x,
                             const struct http_head *h, struct joining **out)
{
    enum route_type route;

    if (atomic_load(&f->quiet))
        return problem(x, 503, "stopping", "The server is stopping",
                       "try again in a moment");
    route = f->o.find != NULL ? f->o.find(&x->rq, &x->rs) : route_find(&x->rq, &x->rs);
    if (websocket_asked(h) && route != ROUTE_FEED && route != ROUTE_NONE)
        return problem(x, 400, "not-a-websocket", "This is not the feed",
                       "only /feed is served as a websocket");
    switch (route) {
    case ROUTE_READ:
        return to_reader(f, x);
    case ROUTE_EVENTS:
        return events(f, x);
    case ROUTE_STATEMENT:
    case ROUTE_COSIGNATURE:
    case ROUTE_METRICS:
        return to_program(f, x, route);
    case ROUTE_FEED:
        return join_websocket(f, x, h, out);
    case ROUTE_FEED_SSE:
        return join(f, x, WIRE_EVENTS, out);
    case ROUTE_PREFLIGHT:
        x->rs.status = 204;
        break;
    case ROUTE_NONE:
        break;
    }
    complete(x);
    return HTTP_ANSWER;
}
