/* shared/io/face_http_lws.c: requests in, answers out.
 *
 * Requests sent before the one ahead was answered are not served: the connection is
 * closed, with or without the answer to the first, and the peer asks again. For lws 4.1.6
 * reads the headers of such a request a second time, as its body; then it either goes
 * round for ever (lws_http_action) or uses what it has freed. So no request may begin in
 * what lws has buffered: a request ends only when nothing is (finish), and what comes in
 * before ends the connection (http_begin, http_body_end).
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "face/query.h"
#include "io/face_lws_internal.h"
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
        { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 503, "Service Unavailable" },
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
    "Referrer-Policy: no-referrer\r\n";

static void print_head(const struct http_response *rs, bool options, bool keep,
                       struct buf *out)
{
    buf_printf(out, "HTTP/1.1 %u %s\r\n", rs->status, reason(rs->status));
    if (rs->status != 204 && rs->status != 304)
        buf_printf(out, "Content-Length: %zu\r\n", rs->body.len);
    if (rs->type != NULL)
        buf_printf(out, "Content-Type: %s\r\n", rs->type);
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
    if (rs->vary != NULL)
        buf_printf(out, "Vary: %s\r\n", rs->vary);
    if (rs->link.len > 0)
        buf_printf(out, "Link: " BYTES_FMT "\r\n", BYTES_ARG(buf_bytes(&rs->link)));
    if (rs->status == 426)
        buf_text(out, "Upgrade: websocket\r\n");
    buf_text(out, safety);
    buf_text(out, "Access-Control-Allow-Origin: *\r\n"
                  "Access-Control-Expose-Headers: Link\r\n");
    if (options)
        buf_text(out, "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
                      "Access-Control-Allow-Headers: *\r\n"
                      "Access-Control-Max-Age: 86400\r\n");
    buf_printf(out, "Connection: %s\r\n\r\n", keep ? "keep-alive" : "close");
}

void http_answer_print(struct session *s, struct exchange *x, bool keep)
{
    if (!room_begin(&s->out))
        return;
    http_response_size(&x->rs, feed_size(s->face->feed));
    print_head(&x->rs, bytes_eq_text(x->rq.method, "OPTIONS"), keep, &s->out);
    if (!x->head && x->rs.status != 204 && x->rs.status != 304)
        buf_add(&s->out, buf_bytes(&x->rs.body));
}

/* The session's exchange has its answer: send it. */
static void answer(struct session *s)
{
    struct exchange *x = s->exchange;

    if (!x->keep)
        s->close_after = true;
    http_answer_print(s, x, !s->close_after);
    s->exchange = NULL;
    exchange_free(x);
    s->answering = true;
    s->sent = LWS_PRE;
    session_ask(s);
}

static void answer_problem(struct session *s, unsigned status, const char *type,
                           const char *title, const char *detail)
{
    route_problem(&s->exchange->rs, status, type, title, detail, 0);
    if (status == 503)
        s->exchange->rs.retry_after_s = 1;
    answer(s);
}

static void answer_busy(struct session *s)
{
    answer_problem(s, 503, "busy", "The server is busy", "try again in a moment");
}

void http_answered(struct exchange *x)
{
    x->out = false;
    if (x->session == NULL)
        exchange_free(x);
    else
        answer(x->session);
}

void exchange_answer(struct exchange *x, struct http_response *rs)
{
    struct letter *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        say_broken("face: out of memory");
        abort(); /* the asker would wait for ever, and so would a clean stop */
    }
    http_response_clear(&x->rs);
    x->rs = *rs;
    *rs = (struct http_response){ 0 };
    l->type = LETTER_ANSWER;
    l->exchange = x;
    face_post(x->face, l);
}

void exchange_busy(struct exchange *x)
{
    struct http_response rs = { 0 };

    route_problem(&rs, 503, "busy", "The server is busy", "try again in a moment", 0);
    rs.retry_after_s = 1;
    exchange_answer(x, &rs);
}

const struct http_request *exchange_request(const struct exchange *x)
{
    return &x->rq;
}

bool face_any_buffered(const struct face *f)
{
    return lws_service_adjust_timeout(f->context, 1, 0) == 0;
}

/* The answer has left: on to the next request, if lws has not begun it. */
static int finish(struct session *s)
{
    if (lws_partial_buffered(s->wsi)) {
        s->finishing = true;
        session_ask(s);
        return 0;
    }
    s->finishing = false;
    if (s->close_after || face_any_buffered(s->face))
        return -1;
    return lws_http_transaction_completed(s->wsi) ? -1 : 0;
}

int http_writeable(struct session *s)
{
    size_t len;

    if (s->finishing)
        return finish(s);
    if (!s->answering)
        return 0;
    if (s->out.bad)
        return -1;
    len = s->out.len - s->sent;
    if (len > FACE_WRITE_MAX)
        len = FACE_WRITE_MAX;
    if (!session_write(s, &s->out, s->sent, len))
        return -1;
    s->sent += len;
    if (s->sent < s->out.len) {
        session_ask(s);
        return 0;
    }
    s->answering = false;
    if (s->out.cap > FACE_WRITE_MAX)
        buf_clear(&s->out);
    return finish(s);
}

/* --- requests --------------------------------------------------------------------- */

static void read_job(struct store *store, void *job)
{
    struct exchange *x = job;
    struct http_response rs = { 0 };
    enum status st = STATUS_CANCELLED;

    if (store != NULL)
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
    x->parked = false;
    atomic_fetch_add(&x->face->out, 1);
}

static void come_back(struct exchange *x)
{
    x->out = false;
    atomic_fetch_sub(&x->face->out, 1);
}

static void to_reader(struct session *s)
{
    struct exchange *x = s->exchange;
    struct reader_job job = {
        .fn = read_job,
        .arg = x,
        .asker = s->asker,
        .cost = route_slow(&x->rq) ? READER_SLOW : READER_QUICK,
        .cancelled = &x->gone,
    };

    send_out(x);
    if (readers_push(s->face->o.readers, &job) != STATUS_OK) {
        come_back(x);
        answer_busy(s);
    }
}

static void to_program(struct session *s, enum route_type route)
{
    struct exchange *x = s->exchange;

    send_out(x);
    if (!s->face->o.serve(s->face->o.ctx, x, route)) {
        come_back(x);
        answer_problem(s, 404, "not-found", "Not found", "not served here");
    }
}

static uint64_t number_param(const struct http_request *rq, const char *name,
                             uint64_t otherwise)
{
    struct buf text = { 0 };
    uint64_t n = otherwise;

    if (query_param(rq->query, name, 0, &text) != STATUS_OK ||
        decimal_parse(buf_bytes(&text), &n) != STATUS_OK)
        n = otherwise;
    buf_clear(&text);
    return n;
}

/* GET /api/v1/events: whoever has all there is may wait for more. */
static void events(struct session *s)
{
    struct exchange *x = s->exchange;
    uint64_t wait_s = number_param(&x->rq, "wait", 0);

    x->since = number_param(&x->rq, "since", 0);
    if (wait_s == 0 || x->since != feed_size(s->face->feed)) {
        to_reader(s);
        return;
    }
    if (wait_s > FACE_WAIT_MAX_S)
        wait_s = FACE_WAIT_MAX_S;
    x->parked = true;
    x->until_ms = clock_ms() + wait_s * 1000;
}

void http_check(struct session *s, uint64_t now_ms)
{
    struct exchange *x = s->exchange;

    if (!x->whole && now_ms > x->began_ms + FACE_BODY_MS)
        lws_set_timeout(s->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_ASYNC);
    if (x->parked && (feed_size(s->face->feed) > x->since || now_ms >= x->until_ms))
        to_reader(s);
}

static void preflight(struct session *s)
{
    s->exchange->rs.status = 204;
    answer(s);
}

static int events_stream(struct session *s)
{
    struct exchange *x = s->exchange;

    if (!feed_join(s, x, SESSION_EVENTS)) {
        answer(s);
        return 0;
    }
    s->exchange = NULL;
    exchange_free(x);
    if (!room_begin(&s->out))
        return -1;
    buf_text(&s->out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n");
    buf_text(&s->out, safety);
    buf_text(&s->out, "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n");
    session_ask(s);
    return s->out.bad ? -1 : 0;
}

static int dispatch(struct session *s)
{
    struct exchange *x = s->exchange;
    enum route_type route;

    x->whole = true;
    x->rq.body = buf_bytes(&x->body);
    lws_set_timeout(s->wsi, NO_PENDING_TIMEOUT, 0); /* the answer is ours to give */
    if (s->face->n_sessions > s->face->o.connections_max) {
        s->close_after = true;
        answer_problem(s, 503, "connections", "Too many connections",
                       "try again in a moment");
        return 0;
    }
    if (atomic_load(&s->face->quiet)) {
        s->close_after = true;
        answer_problem(s, 503, "stopping", "The server is stopping",
                       "try again in a moment");
        return 0;
    }
    if (x->too_large) {
        answer_problem(s, 413, "note.size", "Too large",
                       "a statement is at most 60,000 bytes");
        return 0;
    }
    route = s->face->o.find != NULL ? s->face->o.find(&x->rq, &x->rs)
                                    : route_find(&x->rq, &x->rs);
    switch (route) {
    case ROUTE_READ:
        to_reader(s);
        return 0;
    case ROUTE_EVENTS:
        events(s);
        return 0;
    case ROUTE_STATEMENT:
    case ROUTE_COSIGNATURE:
    case ROUTE_METRICS:
        to_program(s, route);
        return 0;
    case ROUTE_FEED:
        answer_problem(s, 426, "feed.upgrade", "The feed is a websocket",
                       "ask for an upgrade, or use /feed.sse or /api/v1/events");
        return 0;
    case ROUTE_FEED_SSE:
        return events_stream(s);
    case ROUTE_PREFLIGHT:
        preflight(s);
        return 0;
    case ROUTE_NONE:
        answer(s);
        return 0;
    }
    return -1;
}

/* What the headers say of a body: its length, or -1: they do not. */
static int64_t body_length(struct lws *wsi)
{
    char text[24];
    uint64_t n;

    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return -1;
    if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 ||
        decimal_parse(bytes_of(text), &n) != STATUS_OK || n > INT64_MAX)
        return -1;
    return (int64_t)n;
}

static void say_continue(struct session *s)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    unsigned char room[LWS_PRE + sizeof(text)];

    if (lws_hdr_total_length(s->wsi, WSI_TOKEN_HTTP_EXPECT) <= 0)
        return;
    memcpy(room + LWS_PRE, text, sizeof(text));
    lws_write(s->wsi, room + LWS_PRE, sizeof(text) - 1, LWS_WRITE_HTTP);
}

int http_begin(struct session *s)
{
    struct lws *wsi = s->wsi;
    int64_t length;
    bool post, has_length;

    if (s->exchange != NULL || s->answering || s->finishing || s->watcher != NULL)
        return session_hang_up(s);
    atomic_fetch_add(&s->face->requests, 1);
    if (exchange_new(s, &s->exchange) != STATUS_OK)
        return -1;
    length = body_length(wsi);
    post = bytes_eq_text(s->exchange->rq.method, "POST") ||
           bytes_eq_text(s->exchange->rq.method, "PUT") ||
           bytes_eq_text(s->exchange->rq.method, "PATCH");
    has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
                 lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
    if (length < 0 && (post || has_length)) {
        s->close_after = true;
        answer_problem(s, 411, "length", "Length required",
                       "a request with a body states its Content-Length");
        return 0;
    }
    if (length > FACE_SWALLOW_MAX) {
        s->close_after = true;
        answer_problem(s, 413, "note.size", "Too large",
                       "a statement is at most 60,000 bytes");
        return 0;
    }
    s->exchange->too_large = length > FACE_BODY_MAX;
    if (length > 0 || bytes_eq_text(s->exchange->rq.method, "POST")) {
        say_continue(s);
        return 0; /* the body comes, and then its end */
    }
    return dispatch(s);
}

int http_body(struct session *s, struct bytes part)
{
    if (s->exchange == NULL || s->exchange->out)
        return s->close_after ? 0 : -1;
    if (!s->exchange->too_large && s->exchange->body.len + part.len <= FACE_BODY_MAX)
        buf_add(&s->exchange->body, part);
    else
        s->exchange->too_large = true;
    return s->exchange->body.bad ? -1 : 0;
}

int http_body_end(struct session *s)
{
    if (s->exchange == NULL || s->exchange->whole)
        return session_hang_up(s); /* something stands behind it already */
    return dispatch(s);
}

void http_gone(struct session *s)
{
    if (s->exchange == NULL)
        return;
    if (s->exchange->out) {
        s->exchange->session = NULL; /* freed when it comes back */
        atomic_store(&s->exchange->gone, true);
    } else {
        exchange_free(s->exchange);
    }
    s->exchange = NULL;
}
