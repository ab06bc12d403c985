/* shared/io/face_request_lws.c: what lws parsed, as face/route.h wants it.
 *
 * lws hands paths out decoded. Behind the first slash after /api/v1/<collection> there is
 * one identifier, and identifiers may hold slashes, so there they are encoded again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "face/query.h"
#include "io/face_lws_internal.h"

static bool copy_header(struct lws *wsi, enum lws_token_indexes token, struct buf *out)
{
    int len = lws_hdr_total_length(wsi, token);
    uint8_t *to;

    if (len <= 0)
        return true;
    to = buf_space(out, (size_t)len + 1);
    if (to == NULL || lws_hdr_copy(wsi, (char *)to, len + 1, token) < 0)
        return false;
    buf_truncate(out, strlen((char *)out->ptr));
    return true;
}

static bool copy_last_event_id(struct lws *wsi, struct buf *out)
{
    static const char name[] = "last-event-id:";
    int len = lws_hdr_custom_length(wsi, name, sizeof(name) - 1);
    char text[32];

    if (len <= 0)
        return true;
    if (len >= (int)sizeof(text) ||
        lws_hdr_custom_copy(wsi, text, sizeof(text), name, sizeof(name) - 1) < 0)
        return false;
    buf_text(out, text);
    return true;
}

static void encode_path(struct bytes path, struct buf *out)
{
    static const char api[] = "/api/v1/";
    size_t from = sizeof(api) - 1, slash;

    if (bytes_starts(path, bytes_of(api)) &&
        bytes_find(bytes_slice(path, from, path.len), '/', &slash)) {
        from += slash + 1;
        buf_add(out, bytes_slice(path, 0, from));
        query_encode_segment(bytes_slice(path, from, path.len), out);
        return;
    }
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/')
            buf_u8(out, '/');
        else
            query_encode_segment(bytes_slice(path, i, i + 1), out);
    }
}

static bool copy_query(struct lws *wsi, struct buf *out)
{
    struct buf part = { 0 };
    bool ok = true;

    for (int i = 0; ok; i++) {
        int len = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
        size_t equals;
        uint8_t *to;

        if (len <= 0)
            break;
        buf_reset(&part);
        to = buf_space(&part, (size_t)len + 1);
        ok = to != NULL && lws_hdr_copy_fragment(wsi, (char *)to, len + 1,
                                                 WSI_TOKEN_HTTP_URI_ARGS, i) >= 0;
        if (!ok)
            break;
        buf_truncate(&part, (size_t)len);
        if (!bytes_find(buf_bytes(&part), '=', &equals))
            equals = part.len;
        if (out->len > 0)
            buf_text(out, "&");
        query_encode_segment(bytes_slice(buf_bytes(&part), 0, equals), out);
        if (equals < part.len) {
            buf_text(out, "=");
            query_encode_segment(bytes_slice(buf_bytes(&part), equals + 1, part.len),
                                 out);
        }
    }
    buf_clear(&part);
    return ok && !out->bad;
}

static bool copy_start_line(struct lws *wsi, struct exchange *x)
{
    /* In the order of what lws_http_get_uri_and_method() gives. */
    static const char *const methods[] = { "GET",   "POST",   "OPTIONS", "PUT",
                                           "PATCH", "DELETE", "CONNECT", "HEAD" };
    char *uri = NULL;
    int len = 0;
    int method = lws_http_get_uri_and_method(wsi, &uri, &len);

    if (method < 0 || method >= (int)(sizeof(methods) / sizeof(*methods)) || uri == NULL)
        return false;
    buf_text(&x->method, methods[method]);
    encode_path((struct bytes){ (const uint8_t *)uri, (size_t)len }, &x->path);
    x->head = strcmp(methods[method], "HEAD") == 0;
    return copy_query(wsi, &x->query);
}

/* As lws itself decides about keeping the connection. */
static bool keeps(struct lws *wsi)
{
    char version[12] = "", connection[32] = "";

    lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP);
    lws_hdr_copy(wsi, connection, 25, WSI_TOKEN_CONNECTION);
    if (strcasecmp(connection, "keep-alive") == 0)
        return true;
    return strcmp(version, "HTTP/1.1") == 0 && strcasecmp(connection, "close") != 0;
}

enum status exchange_new(struct session *s, struct exchange **out)
{
    struct exchange *x = calloc(1, sizeof(*x));
    struct lws *wsi = s->wsi;

    if (x == NULL)
        return STATUS_NOMEM;
    x->face = s->face;
    x->session = s;
    x->began_ms = clock_ms();
    if (!copy_start_line(wsi, x) ||
        !copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT, &x->accept) ||
        !copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT_LANGUAGE, &x->accept_language) ||
        !copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, &x->if_none_match) ||
        !copy_last_event_id(wsi, &x->last_event_id)) {
        exchange_free(x);
        return STATUS_MALFORMED;
    }
    x->keep = keeps(wsi);
    x->rq.method = buf_bytes(&x->method);
    x->rq.path = buf_bytes(&x->path);
    x->rq.query = buf_bytes(&x->query);
    x->rq.accept = buf_bytes(&x->accept);
    x->rq.accept_language = buf_bytes(&x->accept_language);
    x->rq.if_none_match = buf_bytes(&x->if_none_match);
    x->rq.last_event_id = buf_bytes(&x->last_event_id);
    *out = x;
    return STATUS_OK;
}

void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    http_response_clear(&x->rs);
    buf_clear(&x->method);
    buf_clear(&x->path);
    buf_clear(&x->query);
    buf_clear(&x->accept);
    buf_clear(&x->accept_language);
    buf_clear(&x->if_none_match);
    buf_clear(&x->last_event_id);
    buf_clear(&x->body);
    free(x);
}
