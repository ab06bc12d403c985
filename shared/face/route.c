#include "face/route.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "face/accept.h"
#include "face/filter.h"
#include "face/gzip.h"
#include "face/page.h"
#include "face/route_internal.h"
#include "face/view.h"
#include "record/json.h"

/* Smaller ones are one packet in any case. */
#define COMPRESS_MIN 512

void http_response_clear(struct http_response *r)
{
    buf_clear(&r->link);
    buf_clear(&r->body);
    memset(r, 0, sizeof(*r));
}

void http_response_size(struct http_response *r, uint64_t size)
{
    bool problem = r->type != NULL && strcmp(r->type, "application/problem+json") == 0;
    bool verdict = r->type != NULL && strcmp(r->type, ROUTE_JSON) == 0 &&
                   bytes_starts(buf_bytes(&r->body), BYTES_LIT("{\"outcome\":"));

    if ((!problem && !verdict) || r->body.len < 2)
        return;
    buf_truncate(&r->body, r->body.len - 1);
    buf_printf(&r->body, ",\"size\":%llu}", (unsigned long long)size);
}

/* --- which ------------------------------------------------------------------------ */

static bool is_read(struct bytes method)
{
    return bytes_eq_text(method, "GET") || bytes_eq_text(method, "HEAD");
}

static enum route_type not_allowed(struct http_response *out, const char *allow)
{
    route_problem(out, 405, "method-not-allowed", "This method is not for this path",
                  allow, 0);
    out->allow = allow;
    return ROUTE_NONE;
}

static const struct {
    const char *path; /* with a final slash: and all below */
    enum route_type type;
} routes[] = {
    { "/", ROUTE_READ }, /* itself only */
    { "/assets/", ROUTE_READ },
    { "/favicon.ico", ROUTE_READ },
    { "/r/", ROUTE_READ },
    { "/api/v1/statements", ROUTE_STATEMENT },
    { "/api/v1/events", ROUTE_EVENTS },
    { "/api/v1/", ROUTE_READ },
    { "/log/cosignature", ROUTE_COSIGNATURE },
    { "/log/", ROUTE_READ },
    { "/feed", ROUTE_FEED },
    { "/feed.sse", ROUTE_FEED_SSE },
    { "/metrics", ROUTE_METRICS },
    { "/healthz", ROUTE_METRICS },
    { "/readyz", ROUTE_METRICS },
};

static bool path_is(struct bytes path, const char *route)
{
    size_t len = strlen(route);

    if (len > 1 && route[len - 1] == '/')
        return bytes_starts(path, bytes_of(route));
    return bytes_eq_text(path, route);
}

static bool waits(struct bytes query)
{
    struct buf text = { 0 };
    bool yes = query_param(query, "wait", 0, &text) == STATUS_OK;

    buf_clear(&text);
    return yes;
}

enum route_type route_find(const struct http_request *rq, struct http_response *out)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        enum route_type type = routes[i].type;

        if (!path_is(rq->path, routes[i].path))
            continue;
        if (bytes_eq_text(rq->method, "OPTIONS"))
            return ROUTE_PREFLIGHT;
        if (type == ROUTE_STATEMENT || type == ROUTE_COSIGNATURE)
            return bytes_eq_text(rq->method, "POST") ? type
                                                     : not_allowed(out, "POST, OPTIONS");
        if (!is_read(rq->method))
            return not_allowed(out, "GET, HEAD, OPTIONS");
        return type == ROUTE_EVENTS && !waits(rq->query) ? ROUTE_READ : type;
    }
    route_not_found(out, "there is nothing at this path");
    return ROUTE_NONE;
}

static bool large_page(struct bytes query)
{
    struct buf limit = { 0 };
    uint64_t n = 0;
    bool large = query_param(query, "limit", 0, &limit) == STATUS_OK &&
                 decimal_parse(buf_bytes(&limit), &n) == STATUS_OK &&
                 n > 4 * VIEW_LIMIT_DEFAULT;

    buf_clear(&limit);
    return large;
}

bool route_slow(const struct http_request *rq)
{
    bool scans = bytes_eq_text(rq->path, "/api/v1/totals") ||
                 bytes_eq_text(rq->path, "/api/v1/events");

    return large_page(rq->query) || (scans && filter_asked(rq->query));
}

/* --- answers ---------------------------------------------------------------------- */

void route_problem(struct http_response *out, unsigned status, const char *type,
                   const char *title, const char *detail, unsigned line)
{
    json_t *json = json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", title,
                             "status", (int)status, "detail", detail);

    /* A whole document, whatever is quoted in it. */
    if (json == NULL)
        json = json_pack("{s:s, s:s, s:i}", "type", type, "title", title, "status",
                         (int)status);

    if (json != NULL && line > 0)
        json_object_set_new(json, "line", json_integer((json_int_t)line));
    http_response_clear(out);
    out->status = status;
    out->type = "application/problem+json";
    out->cache_control = "no-store";
    if (json != NULL)
        json_print(json, &out->body);
    json_decref(json);
}

void route_not_found(struct http_response *out, const char *what)
{
    route_problem(out, 404, "not-found", "Not found", what, 0);
}

void route_ok(struct http_response *out, const char *type, const char *cache_control)
{
    out->status = 200;
    out->type = type;
    out->cache_control = cache_control;
}

/* Does the asker have this? A list, maybe of weak ones, or "*": ours is not a part of any
 * other's. */
static bool has_etag(struct bytes asked, const char *etag)
{
    return asked.len > 0 && (bytes_eq_text(asked, "*") ||
                             memmem(asked.ptr, asked.len, etag, strlen(etag)) != NULL);
}

/* The same content, compressed, is another representation: its ETag ends in -gzip. */
static void put_etag(struct http_response *out)
{
    struct hash digest = hash_sha256(buf_bytes(&out->body));
    struct buf hex = { 0 };

    hex_encode((struct bytes){ digest.b, 16 }, &hex);
    snprintf(out->etag, sizeof(out->etag), "\"%s\"", buf_str(&hex));
    buf_clear(&hex);
}

static void not_modified(struct http_response *out)
{
    out->status = 304;
    buf_reset(&out->body);
}

/* What becomes smaller, as far as one can tell before. */
static bool is_compressible(const struct http_response *r)
{
    static const char *const types[] = { "text/",
                                         "application/json",
                                         "application/problem+json",
                                         "application/octet-stream",
                                         "image/svg+xml",
                                         "application/javascript" };

    for (size_t i = 0; r->type != NULL && i < sizeof(types) / sizeof(*types); i++)
        if (strncmp(r->type, types[i], strlen(types[i])) == 0)
            return r->body.len >= COMPRESS_MIN && r->encoding == NULL;
    return false;
}

static void compress(struct http_response *r, bool asked)
{
    struct buf smaller = { 0 };

    r->vary_encoding = is_compressible(r);
    if (!r->vary_encoding || !asked)
        return;
    if (gzip_encode(buf_bytes(&r->body), &smaller) != STATUS_OK ||
        smaller.len >= r->body.len) {
        buf_clear(&smaller);
        return;
    }
    buf_clear(&r->body);
    r->body = smaller;
    r->encoding = "gzip";
    if (r->etag[0] != '\0')
        snprintf(strrchr(r->etag, '"'), 8, "-gzip\"");
}

void http_response_finish(struct http_response *r, const struct http_request *rq)
{
    char zipped[sizeof(r->etag)];
    bool asked = accept_coding(rq->accept_encoding, "gzip").thousandths > 0;

    if (r->status == 200 && is_read(rq->method) && r->etag[0] == '\0')
        put_etag(r);
    if (r->etag[0] != '\0' && r->status == 200) {
        snprintf(zipped, sizeof(zipped), "%.*s-gzip\"", (int)strlen(r->etag) - 1,
                 r->etag);
        r->vary_encoding = is_compressible(r);
        if (asked && r->vary_encoding && has_etag(rq->if_none_match, zipped)) {
            memcpy(r->etag, zipped, sizeof(zipped));
            not_modified(r);
        } else if (has_etag(rq->if_none_match, r->etag)) {
            not_modified(r);
        }
    }
    if (r->status != 304)
        compress(r, asked);
}

static void outcome_json(struct http_response *out, const struct outcome *o)
{
    json_t *json =
        json_pack("{s:s}", "outcome", o->type == OUTCOME_KNOWN ? "known" : "accepted");

    if (json != NULL && o->type == OUTCOME_KNOWN)
        json_object_set_new(json, "index", json_integer((json_int_t)o->index));
    route_ok(out, ROUTE_JSON, "no-store");
    if (json != NULL)
        json_print(json, &out->body);
    json_decref(json);
}

void route_outcome(struct http_response *out, const struct outcome *o, bool dry,
                   struct bytes receipt)
{
    http_response_clear(out);
    if (o->type == OUTCOME_REFUSED) {
        route_problem(out, rule_http_status(o->why.rule), rule_name(o->why.rule),
                      rule_text(o->why.rule), o->why.text, o->why.line);
        if (rule_class_of(o->why.rule) == RULE_ADMISSION)
            out->retry_after_s = 1;
        return;
    }
    if (dry) {
        outcome_json(out, o);
        return;
    }
    route_ok(out, ROUTE_TEXT, "no-store");
    if (o->type == OUTCOME_ACCEPTED)
        out->status = 201;
    snprintf(out->location, sizeof(out->location), "/r/%llu/1",
             (unsigned long long)o->index);
    buf_add(&out->body, receipt);
}

static enum status answer_asset(struct bytes path, struct http_response *out)
{
    const struct page_asset *asset = page_asset_find(path);

    if (asset == NULL) {
        route_not_found(out, "the page has no such part");
        return STATUS_OK;
    }
    route_ok(out, asset->type, ROUTE_REVALIDATE);
    buf_append(&out->body, asset->data, asset->len);
    return buf_status(&out->body);
}

enum status route_answer(struct store *s, const struct route_context *ctx,
                         const struct http_request *rq, struct http_response *out)
{
    static const struct bytes assets = { (const uint8_t *)"/assets/", 8 };
    static const struct bytes api = { (const uint8_t *)"/api/v1/", 8 };
    static const struct bytes log = { (const uint8_t *)"/log/", 5 };
    static const struct bytes record = { (const uint8_t *)"/r/", 3 };
    struct bytes path = rq->path;

    if (bytes_eq_text(path, "/"))
        return answer_asset(BYTES_LIT("index.html"), out);
    if (bytes_eq_text(path, "/favicon.ico"))
        return answer_asset(BYTES_LIT("logo.svg"), out);
    if (bytes_starts(path, assets))
        return answer_asset(bytes_slice(path, assets.len, path.len), out);
    if (bytes_starts(path, api))
        return route_api(s, ctx, rq, bytes_slice(path, api.len, path.len), out);
    if (bytes_starts(path, log))
        return route_log(s, bytes_slice(path, log.len, path.len), out);
    if (bytes_starts(path, record))
        return route_record(s, rq, bytes_slice(path, record.len, path.len), out);
    route_not_found(out, "there is nothing at this path");
    return STATUS_OK;
}
