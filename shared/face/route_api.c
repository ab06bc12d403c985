/* What stands below /api/v1/, and /r/ (docs/formats.md 4). */
#include "face/route_internal.h"

#include <string.h>

#include "face/accept.h"
#include "face/csv.h"
#include "face/page.h"
#include "face/view.h"
#include "ledger/progress.h"
#include "record/date.h"
#include "record/json.h"

/* One request being answered. */
struct asking {
    struct store *s;
    const struct http_request *rq;
    struct http_response *out;
    struct filter *filter;
    unsigned limit;
    bool limited; /* it was asked for */
    int64_t now_s;
    int64_t on;                   /* the day that is asked about */
    bool csv;                     /* CSV is asked for rather than JSON */
    bool csv_only;                /* and nothing else */
    struct buf after, lang, word; /* word: whatever one parameter is */
};

static enum status bad_request(struct asking *a, const char *type, const char *detail)
{
    route_problem(a->out, 400, type, "The request cannot be served", detail, 0);
    return STATUS_OK;
}

/* Takes `json` where st is STATUS_OK. */
static enum status answer_json(struct asking *a, enum status st, json_t *json,
                               const char *what)
{
    if (st == STATUS_NOT_FOUND) {
        route_not_found(a->out, what);
        return STATUS_OK;
    }
    if (st != STATUS_OK)
        return st;
    if (a->csv_only) {
        json_decref(json);
        route_problem(a->out, 406, "format", "Not in this format",
                      "this answer is application/json; lists are text/csv, too", 0);
        return STATUS_OK;
    }
    route_ok(a->out, ROUTE_JSON, ROUTE_REVALIDATE);
    a->out->vary = "Accept, Accept-Language";
    json_print(json, &a->out->body);
    json_decref(json);
    return buf_status(&a->out->body);
}

/* The same request with another `after`. What stands in the query stays as it was sent,
 * but for what could end the header's quotes. */
static void put_link(struct asking *a, const char *next)
{
    struct buf *out = &a->out->link;
    struct reader r = reader_of(a->rq->query);

    buf_text(out, "<");
    buf_add(out, a->rq->path);
    buf_text(out, "?");
    while (r.len > 0) {
        struct bytes rest = { r.ptr, r.len }, pair = rest;
        size_t at;

        if (bytes_find(rest, '&', &at))
            pair = reader_take(&r, at), reader_u8(&r);
        else
            reader_rest(&r);
        if (bytes_starts(pair, BYTES_LIT("after=")))
            continue;
        for (size_t i = 0; i < pair.len; i++) {
            if (pair.ptr[i] <= ' ' || pair.ptr[i] >= 0x7f || pair.ptr[i] == '<' ||
                pair.ptr[i] == '>' || pair.ptr[i] == '"')
                buf_printf(out, "%%%02X", pair.ptr[i]);
            else
                buf_u8(out, pair.ptr[i]);
        }
        buf_u8(out, '&');
    }
    buf_text(out, "after=");
    query_encode_segment(bytes_of(next), out);
    buf_text(out, ">; rel=\"next\"");
}

/* A list, which may also be wanted as a table. Takes `json` where st is STATUS_OK. */
static enum status answer_rows(struct asking *a, enum status st, json_t *json,
                               const char *what, enum csv_list list)
{
    const json_t *page = json, *next;

    if (!a->csv || st != STATUS_OK)
        return answer_json(a, st, json, what);
    if (list == CSV_HISTORY)
        page = json_object_get(json, "history");
    next = json_object_get(page, "next");
    route_ok(a->out, "text/csv; charset=utf-8", ROUTE_REVALIDATE);
    a->out->vary = "Accept, Accept-Language";
    st = csv_print(list, json_object_get(page, "items"), &a->out->body);
    if (json_is_string(next))
        put_link(a, json_string_value(next));
    json_decref(json);
    if (st == STATUS_OK)
        st = buf_status(&a->out->link);
    return st;
}

/* A number in the query; STATUS_REFUSED: it is none. */
static enum status number(struct asking *a, const char *name, uint64_t otherwise,
                          uint64_t *out)
{
    enum status st = query_param(a->rq->query, name, 0, &a->word);

    *out = otherwise;
    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (st == STATUS_OK && decimal_parse(buf_bytes(&a->word), out) == STATUS_OK)
        return STATUS_OK;
    bad_request(a, "query.number",
                "limit, since and wait are whole numbers, limit at least 1");
    return STATUS_REFUSED;
}

/* STATUS_REFUSED: answered. */
static enum status read_format(struct asking *a)
{
    enum status st = query_param(a->rq->query, "format", 0, &a->word);
    struct bytes word = buf_bytes(&a->word);
    struct accept csv = accept_media(a->rq->accept, "text/csv");
    struct accept json = accept_media(a->rq->accept, "application/json");

    /* Where both do, JSON. */
    a->csv = csv.thousandths > json.thousandths;
    a->csv_only = a->csv && json.thousandths == 0;
    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    a->csv = a->csv_only = bytes_eq_text(word, "csv");
    if (st == STATUS_OK && (a->csv || bytes_eq_text(word, "json")))
        return STATUS_OK;
    route_problem(a->out, 406, "format", "Not in this format",
                  "format is json, or of lists csv", 0);
    return STATUS_REFUSED;
}

/* A day, exact; today where none is asked for. STATUS_REFUSED: answered. */
static enum status read_day(struct asking *a)
{
    enum status st = query_param(a->rq->query, "on", 0, &a->word);

    if (st == STATUS_NOT_FOUND) {
        a->on = progress_day(a->now_s);
        return STATUS_OK;
    }
    if (st == STATUS_OK && a->word.len == 10 &&
        date_parse(buf_bytes(&a->word), NULL, &a->on) == STATUS_OK)
        return STATUS_OK;
    bad_request(a, "query.day", "on is a day, YYYY-MM-DD");
    return STATUS_REFUSED;
}

/* What all lists share. STATUS_REFUSED: answered. */
static enum status read_query(struct asking *a)
{
    char why[200];
    uint64_t limit;
    enum status st = number(a, "limit", VIEW_LIMIT_DEFAULT, &limit);

    if (st != STATUS_OK)
        return st;
    if (limit == 0) {
        bad_request(a, "query.number", "limit is at least 1");
        return STATUS_REFUSED;
    }
    a->limited = query_param(a->rq->query, "limit", 0, &a->word) == STATUS_OK;
    a->limit = limit > VIEW_LIMIT_MAX ? VIEW_LIMIT_MAX : (unsigned)limit;
    if (query_param(a->rq->query, "after", 0, &a->after) == STATUS_MALFORMED) {
        bad_request(a, "query.cursor", "after is a cursor from `next`");
        return STATUS_REFUSED;
    }
    if (query_param(a->rq->query, "lang", 0, &a->lang) != STATUS_OK)
        buf_add(&a->lang, a->rq->accept_language);
    st = filter_parse(a->rq->query, &a->filter, why);
    if (st == STATUS_OK)
        st = filter_names_known(a->rq->query, why);
    if (st == STATUS_REFUSED)
        bad_request(a, "filter", why);
    return st == STATUS_OK ? read_day(a) : st;
}

static enum status answer_list(struct asking *a, enum view_kind kind)
{
    json_t *json = NULL;
    enum status st = view_list(a->s, kind, a->filter, a->limit, buf_bytes(&a->after),
                               buf_bytes(&a->lang), a->on, &json);

    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    return answer_rows(a, st, json, "", csv_find(bytes_of(view_kind_name(kind))));
}

static enum status answer_item(struct asking *a, enum view_kind kind, struct bytes id)
{
    struct buf plain = { 0 };
    json_t *json = NULL;
    enum status st = query_decode_segment(id, &plain);

    if (st == STATUS_MALFORMED)
        st = STATUS_NOT_FOUND;
    if (st == STATUS_OK)
        st = view_item(a->s, kind, buf_bytes(&plain), a->limit, buf_bytes(&a->after),
                       buf_bytes(&a->lang), a->on, &json);
    buf_clear(&plain);
    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `history.next`");
    return answer_rows(a, st, json, "nothing of this kind has that identifier",
                       CSV_HISTORY);
}

static enum status answer_events(struct asking *a)
{
    json_t *json = NULL;
    uint64_t since;
    enum status st = number(a, "wait", 0, &since);

    if (st == STATUS_OK)
        st = number(a, "since", 0, &since);
    if (st != STATUS_REFUSED && a->after.len > 0 &&
        decimal_parse(buf_bytes(&a->after), &since) != STATUS_OK)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    if (st == STATUS_REFUSED)
        return STATUS_OK;
    st = view_events(a->s, a->filter, since, a->limit, &json);
    if (st == STATUS_REFUSED) {
        route_problem(a->out, 409, "feed.ahead", "The log is not that long yet",
                      "since is beyond the end of the log", 0);
        return STATUS_OK;
    }
    return answer_rows(a, st, json, "", CSV_EVENTS);
}

static struct view_page page_of(const struct asking *a)
{
    return (struct view_page){ .limit = a->limit,
                               .after = buf_bytes(&a->after),
                               .lang = buf_bytes(&a->lang) };
}

static enum status answer_totals(struct asking *a)
{
    struct buf third = { 0 };
    struct view_page page = page_of(a);
    json_t *json = NULL;
    bool asked;
    enum status st;

    if (!a->limited)
        page.limit = VIEW_LIMIT_MAX;

    asked = query_param(a->rq->query, "third_party", 0, &third) == STATUS_OK &&
            bytes_eq_text(buf_bytes(&third), "1");
    buf_clear(&third);
    if (query_param(a->rq->query, "by", 0, &a->word) != STATUS_OK)
        buf_text(&a->word, "currency");
    st = view_totals(a->s, buf_bytes(&a->word), a->filter, asked, &page, &json);
    if (st == STATUS_NOT_FOUND)
        return bad_request(a, "totals.by", "by is one of " VIEW_TOTALS_BY);
    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    if (st == STATUS_TOO_LARGE)
        return bad_request(
            a, "totals.scan",
            "more pledges than are added up one by one: narrow the filter, or ask "
            "without one, or by=currency with one network, country, donor, "
            "recipient or status");
    return answer_rows(a, st, json, "", CSV_TOTALS);
}

static enum status answer_due(struct asking *a)
{
    struct view_page page = page_of(a);
    json_t *json = NULL;
    enum status st = view_due(a->s, a->filter, a->on, &page, &json);

    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    return answer_rows(a, st, json, "", CSV_DUE);
}

static enum status answer_search(struct asking *a)
{
    struct view_page page = page_of(a);
    json_t *json = NULL;
    enum status st = query_param(a->rq->query, "q", 0, &a->word);

    if (st == STATUS_OK)
        st = view_search(a->s, buf_bytes(&a->word), a->filter, &page, &json);
    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    if (st == STATUS_MALFORMED || st == STATUS_NOT_FOUND)
        return bad_request(a, "query.search",
                           "q is one to eight words, at most 200 bytes of UTF-8");
    return answer_rows(a, st, json, "", CSV_SEARCH);
}

static enum status answer_countries(struct asking *a)
{
    struct view_page page = page_of(a);
    json_t *json = NULL;
    enum status st;

    if (!a->limited)
        page.limit = VIEW_LIMIT_MAX;
    st = view_countries(a->s, a->filter, &page, &json);
    if (st == STATUS_REFUSED)
        return bad_request(a, "query.cursor", "after is a cursor from `next`");
    return answer_rows(a, st, json, "", CSV_COUNTRIES);
}

static enum status answer_country(struct asking *a, struct bytes code)
{
    struct view_page page = page_of(a);
    json_t *json = NULL;
    enum status st = view_country(a->s, code, a->on, &page, &json);

    return answer_json(a, st, json, "no country has that code (ISO 3166-1 alpha-2)");
}

static enum status answer_status(struct asking *a, const struct route_context *ctx)
{
    json_t *json = NULL;
    enum status st = view_status(a->s, ctx->version, &json);

    return answer_json(a, st, json, "the log has no entry yet");
}

static enum status answer_openapi(struct asking *a)
{
    const struct page_asset *asset = page_asset_find(BYTES_LIT("openapi.json"));

    if (a->csv_only)
        return answer_json(a, STATUS_OK, NULL, "");
    route_ok(a->out, ROUTE_JSON, ROUTE_REVALIDATE);
    buf_append(&a->out->body, asset->data, asset->len);
    return buf_status(&a->out->body);
}

static enum status answer(struct asking *a, const struct route_context *ctx,
                          struct bytes path)
{
    struct bytes head = path, id = { 0 };
    enum view_kind kind;
    size_t slash;

    if (bytes_find(path, '/', &slash)) {
        head = bytes_slice(path, 0, slash);
        id = bytes_slice(path, slash + 1, path.len);
    }
    if (view_kind_find(head, &kind) && bytes_eq_text(head, view_kind_name(kind))) {
        if (head.len == path.len)
            return answer_list(a, kind);
        return answer_item(a, kind, id);
    }
    if (bytes_eq_text(path, "countries"))
        return answer_countries(a);
    if (bytes_eq_text(head, "countries"))
        return answer_country(a, id);
    if (bytes_eq_text(path, "due"))
        return answer_due(a);
    if (bytes_eq_text(path, "search"))
        return answer_search(a);
    if (bytes_eq_text(path, "status"))
        return answer_status(a, ctx);
    if (bytes_eq_text(path, "events"))
        return answer_events(a);
    if (bytes_eq_text(path, "totals"))
        return answer_totals(a);
    if (bytes_eq_text(path, "openapi.json"))
        return answer_openapi(a);
    route_not_found(a->out, "the API has nothing at this path");
    return STATUS_OK;
}

static void asking_clear(struct asking *a)
{
    filter_free(a->filter);
    buf_clear(&a->after);
    buf_clear(&a->lang);
    buf_clear(&a->word);
}

enum status route_api(struct store *s, const struct route_context *ctx,
                      const struct http_request *rq, struct bytes path,
                      struct http_response *out)
{
    struct asking a = { .s = s, .rq = rq, .out = out, .now_s = ctx->now_s() };
    enum status st;

    st = read_format(&a);
    if (st == STATUS_OK)
        st = read_query(&a);
    if (st == STATUS_OK)
        st = answer(&a, ctx, path);
    else if (st == STATUS_REFUSED)
        st = STATUS_OK; /* answered */
    asking_clear(&a);
    return st;
}

/* --- /r/<index>/<n> --------------------------------------------------------------- */

/* A browser says text/html; scripts say application/json, or nothing in particular. */
static bool wants_page(struct bytes accept)
{
    struct accept html = accept_media(accept, "text/html");
    struct accept json = accept_media(accept, "application/json");

    if (!html.named || html.thousandths != json.thousandths)
        return html.named && html.thousandths > json.thousandths;
    return html.thousandths > 0 && (!json.named || html.at < json.at);
}

static bool record_path(struct bytes path, uint64_t *index, uint64_t *n)
{
    size_t slash;

    return bytes_find(path, '/', &slash) &&
           decimal_parse(bytes_slice(path, 0, slash), index) == STATUS_OK &&
           decimal_parse(bytes_slice(path, slash + 1, path.len), n) == STATUS_OK &&
           *index <= INT64_MAX >> 8 && *n >= 1 && *n <= RECORDS_MAX;
}

enum status route_record(struct store *s, const struct http_request *rq,
                         struct bytes path, struct http_response *out)
{
    struct asking a = { .s = s, .rq = rq, .out = out };
    uint64_t index, n;
    json_t *json = NULL;
    enum status st = STATUS_NOT_FOUND;

    if (query_param(rq->query, "lang", 0, &a.lang) != STATUS_OK)
        buf_add(&a.lang, rq->accept_language);
    if (record_path(path, &index, &n))
        st = view_record(s, index, (unsigned)n, buf_bytes(&a.lang), &json);
    if (st == STATUS_OK && wants_page(rq->accept)) {
        route_ok(out, "text/html; charset=utf-8", ROUTE_REVALIDATE);
        out->vary = "Accept, Accept-Language";
        st = page_record(json, &out->body);
        json_decref(json);
    } else {
        st = answer_json(&a, st, json, "the log has no such record (yet)");
    }
    asking_clear(&a);
    return st;
}
