/* tests/fuzz/http_head.c: the head of a request as anybody may send it. Cut anywhere it
 * is the same, what is taken has one spelling, and what is passed on is a handshake of
 * ours. */
#include <string.h>

#include "fuzz/fuzz.h"

#include "face/accept.h"
#include "face/http_head.h"
#include "face/websocket.h"

static void check_pieces(struct bytes text, enum http_head_result whole, size_t len)
{
    struct http_head h;
    struct http_fault fault;
    size_t scanned = 0, step = text.len / 16 + 1;
    enum http_head_result r = HTTP_HEAD_MORE;

    for (size_t n = step; r == HTTP_HEAD_MORE && n < text.len + step; n += step)
        r = http_head_parse(bytes_slice(text, 0, n), &scanned, &h, &fault);
    require(r == whole);
    require(r != HTTP_HEAD_TAKEN || h.len == len);
}

static void check_taken(const struct http_head *h)
{
    struct buf path = { 0 }, again = { 0 }, accept = { 0 }, shake = { 0 };
    struct http_fault fault;

    require(h->n <= HTTP_FIELDS_MAX && h->len <= HTTP_HEAD_MAX && h->path.len > 0);
    http_path_normal(h->path, &path);
    http_path_normal(buf_bytes(&path), &again);
    require(bytes_eq(buf_bytes(&path), buf_bytes(&again)));
    http_head_get(h, "accept", &accept);
    require(accept_media(buf_bytes(&accept), "text/csv").thousandths <= 1000);
    if (websocket_asked(h) && websocket_check(h, &fault)) {
        struct http_head ours;
        size_t scanned = 0;

        websocket_handshake_print(h, &shake);
        require(http_head_parse(buf_bytes(&shake), &scanned, &ours, &fault) ==
                HTTP_HEAD_TAKEN);
        require(websocket_check(&ours, &fault) && ours.len == shake.len);
    }
    buf_clear(&path);
    buf_clear(&again);
    buf_clear(&accept);
    buf_clear(&shake);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = { data, len };
    struct http_fault fault = { 0 };
    struct http_head h;
    size_t scanned = 0;
    enum http_head_result r = http_head_parse(text, &scanned, &h, &fault);

    if (r == HTTP_HEAD_FAULT)
        require(fault.status >= 400 && fault.type != NULL && fault.detail != NULL);
    if (r == HTTP_HEAD_TAKEN)
        check_taken(&h);
    check_pieces(text, r, r == HTTP_HEAD_TAKEN ? h.len : 0);
    return 0;
}
