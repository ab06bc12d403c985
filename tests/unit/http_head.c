/* tests/unit/http_head.c: heads of requests, well and badly formed */
#include "unit/test.h"

#include "face/http_head.h"
#include "face/websocket.h"

static enum http_head_result parse(const char *text, struct http_head *h,
                                   struct http_fault *fault)
{
    size_t scanned = 0;

    return http_head_parse(bytes_of(text), &scanned, h, fault);
}

static struct http_head taken(const char *text)
{
    struct http_head h;
    struct http_fault fault;

    assert_int_equal(parse(text, &h, &fault), HTTP_HEAD_TAKEN);
    return h;
}

static void assert_fault(const char *text, unsigned status, const char *type)
{
    struct http_head h;
    struct http_fault fault = { 0 };

    assert_int_equal(parse(text, &h, &fault), HTTP_HEAD_FAULT);
    assert_int_equal(fault.status, status);
    assert_string_equal(fault.type, type);
}

#define H "Host: x\r\n"

TEST(a_request_is_taken_apart)
{
    struct http_head h = taken("GET /api/v1/pledges?country=PS&x HTTP/1.1\r\n" H
                               "Accept:  text/csv \r\nACCEPT: a/b\r\n"
                               "Content-Length: 12\r\n\r\nbehind");
    struct buf accept = { 0 };

    assert_bytes_eq(h.method, "GET");
    assert_bytes_eq(h.path, "/api/v1/pledges");
    assert_bytes_eq(h.query, "country=PS&x");
    assert_int_equal(h.minor, 1);
    assert_true(h.keep && h.has_length && !h.coded);
    assert_int_equal(h.length, 12);
    http_head_get(&h, "accept", &accept);
    assert_buf_eq(&accept, "text/csv, a/b");
    buf_clear(&accept);
}

/* Names that are the beginning of others, as proxies send them. */
TEST(any_field_is_read_past)
{
    struct http_head h = taken("GET / HTTP/1.1\r\nX-Forwarded: 1\r\nIf: a\r\nHos: b\r\n"
                               "Content: c\r\nSec-WebSocket: d\r\n" H "\r\n");

    assert_int_equal(h.n, 6);
    assert_bytes_eq(http_head_first(&h, "x-forwarded"), "1");
    assert_int_equal(http_head_count(&h, "hos"), 1);
}

TEST(targets_come_in_several_forms)
{
    struct http_head h = taken("GET http://a.example:80/p?q HTTP/1.1\r\n" H "\r\n");

    assert_bytes_eq(h.path, "/p");
    assert_bytes_eq(h.query, "q");
    h = taken("GET HTTPS://a.example?q HTTP/1.1\r\n" H "\r\n");
    assert_bytes_eq(h.path, "/");
    h = taken("OPTIONS * HTTP/1.1\r\n" H "\r\n");
    assert_bytes_eq(h.path, "*");
    h = taken("\r\n\r\nGET / HTTP/1.0\n\n");
    assert_int_equal(h.minor, 0);
    assert_false(h.keep);
    h = taken("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n");
    assert_true(h.keep);
    h = taken("GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n");
    assert_false(h.keep);
}

TEST(a_bad_target_is_a_fault)
{
    assert_fault("GET /a%zz HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET /a%1 HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET /% HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET /?q=%g0 HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET /a\tb HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET /a#b HTTP/1.1\r\n" H "\r\n", 400, "request.target");
    assert_fault("GET a HTTP/1.1\r\n" H "\r\n", 400, "request.target");
}

TEST(a_bad_start_is_a_fault)
{
    assert_fault("GET /\r\n" H "\r\n", 400, "request.form");
    assert_fault("GET  / HTTP/1.1\r\n" H "\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1 \r\n" H "\r\n", 400, "request.form");
    assert_fault("GET / http/1.1\r\n" H "\r\n", 400, "request.form");
    assert_fault("GE(T / HTTP/1.1\r\n" H "\r\n", 400, "request.form");
    assert_fault("GET / HTTP/2.0\r\n" H "\r\n", 505, "request.version");
    assert_fault("PRI * HTTP/2.0\r\n\r\n", 505, "request.version");
    assert_fault("\x16\x03\x01\x02", 400, "request.form"); /* TLS, at its first byte */
    assert_fault(" GET", 400, "request.form");
}

TEST(a_request_names_one_host)
{
    assert_fault("GET / HTTP/1.1\r\n\r\n", 400, "request.host");
    assert_fault("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "request.host");
    assert_fault("GET / HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n", 400, "request.host");
    assert_fault("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "request.host");
    assert_fault("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "request.host");
    taken("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8421\r\n\r\n");
    taken("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    taken("GET / HTTP/1.0\r\n\r\n");
}

TEST(bad_fields_are_faults)
{
    assert_fault("GET / HTTP/1.1\r\n" H "no colon\r\n\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1\r\n" H ": empty\r\n\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1\r\n" H "A: b\r\n folded\r\n\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", 400, "request.form");
    assert_fault("GET / HTTP/1.1\r\n" H "A: b\rc\r\n\r\n", 400, "request.form");
}

TEST(the_length_of_a_body_is_one)
{
    static const char *const wrong[] = {
        "-1", "1e3", "0x10", "10, 10", "+1", "", "99999999999999999999"
    };
    char text[128];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        snprintf(text, sizeof(text), "POST / HTTP/1.1\r\n" H "Content-Length: %s\r\n\r\n",
                 wrong[i]);
        assert_fault(text, 400, "request.form");
    }
    assert_fault("POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
                 400, "request.form");
    assert_fault("POST / HTTP/1.1\r\n" H
                 "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                 400, "request.form");
    assert_true(
        taken("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n").coded);
}

static void assert_too_long(size_t target, size_t field, unsigned status)
{
    struct buf text = { 0 };

    buf_text(&text, "GET /");
    for (size_t i = 0; i < target; i++)
        buf_u8(&text, 'x');
    buf_text(&text, " HTTP/1.1\r\n" H "X: ");
    for (size_t i = 0; i < field; i++)
        buf_u8(&text, 'y');
    buf_text(&text, "\r\n\r\n");
    if (status == 200)
        (void)taken(buf_str(&text));
    else
        assert_fault(buf_str(&text), status, "request.size");
    buf_clear(&text);
}

TEST(a_head_has_a_size)
{
    struct buf many = { 0 };

    assert_too_long(8000, 0, 200);
    assert_too_long(9000, 0, 414);
    assert_too_long(40000, 0, 414);
    assert_too_long(0, 16000, 200);
    assert_too_long(0, 17000, 431);
    buf_text(&many, "GET / HTTP/1.1\r\n" H);
    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        buf_text(&many, "a: b\r\n");
    buf_text(&many, "\r\n");
    assert_fault(buf_str(&many), 431, "request.size");
    buf_clear(&many);
}

/* However it is cut, it is the same. */
TEST(a_head_may_come_in_pieces)
{
    static const char text[] = "\r\nGET /a HTTP/1.1\r\n" H "A: b\r\n\r\nPOST";
    struct http_head h;
    struct http_fault fault;
    size_t scanned = 0, len = sizeof(text) - 1;
    size_t whole = taken(text).len;

    for (size_t n = 0; n <= len; n++) {
        enum http_head_result r = http_head_parse(
            (struct bytes){ (const uint8_t *)text, n }, &scanned, &h, &fault);

        assert_int_equal(r, n < whole ? HTTP_HEAD_MORE : HTTP_HEAD_TAKEN);
        if (r == HTTP_HEAD_TAKEN) {
            assert_int_equal(h.len, whole);
            scanned = 0;
        }
    }
}

TEST(a_path_has_one_spelling)
{
    struct buf out = { 0 };

    http_path_normal(BYTES_LIT("/api/%76%31/a%2fb%C3%a9\xc3\xa9|"), &out);
    assert_buf_eq(&out, "/api/v1/a%2Fb%C3%A9%C3%A9%7C");
    buf_clear(&out);
}

/* --- the handshake ---------------------------------------------------------------- */

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"

static void assert_handshake(const char *fields, unsigned status, const char *type)
{
    struct buf text = { 0 };
    struct http_fault fault = { 0 };
    struct http_head h;

    buf_printf(&text, "GET /feed HTTP/1.1\r\n" H "%s\r\n", fields);
    h = taken(buf_str(&text));
    assert_true(websocket_asked(&h));
    if (status == 101) {
        assert_true(websocket_check(&h, &fault));
    } else {
        assert_false(websocket_check(&h, &fault));
        assert_int_equal(fault.status, status);
        assert_string_equal(fault.type, type);
    }
    buf_clear(&text);
}

TEST(a_handshake_is_checked)
{
    assert_handshake(UPGRADE KEY VERSION, 101, NULL);
    assert_handshake(UPGRADE KEY VERSION "Sec-WebSocket-Protocol: a, avow.feed.v1\r\n",
                     101, NULL);
    assert_handshake(UPGRADE KEY VERSION "Sec-WebSocket-Protocol: chat\r\n", 400,
                     "feed.protocol");
    assert_handshake(UPGRADE KEY "Sec-WebSocket-Version: 8\r\n", 426, "feed.version");
    assert_handshake(UPGRADE KEY, 426, "feed.version");
    assert_handshake("Upgrade: websocket\r\n" KEY VERSION, 400, "feed.handshake");
    assert_handshake(UPGRADE VERSION, 400, "feed.handshake");
    assert_handshake(UPGRADE "Sec-WebSocket-Key: short\r\n" VERSION, 400,
                     "feed.handshake");
    assert_handshake(UPGRADE KEY KEY VERSION, 400, "feed.handshake");
    assert_handshake(UPGRADE KEY VERSION "Content-Length: 3\r\n", 400, "feed.handshake");
}

TEST(what_is_passed_on_are_our_own_words)
{
    struct http_head h =
        taken("GET /feed?since=1 HTTP/1.1\r\nHost: evil\r\nX: y\r\n" UPGRADE KEY VERSION
              "HTTP2-Settings: x\r\n\r\n");
    struct buf out = { 0 };

    websocket_handshake_print(&h, &out);
    assert_buf_eq(&out, "GET /feed HTTP/1.1\r\nHost: feed\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\n" KEY VERSION "\r\n");
    buf_clear(&out);
    h = taken("GET /feed HTTP/1.0\r\n" UPGRADE KEY VERSION "\r\n");
    assert_false(websocket_asked(&h));
    h = taken("GET /feed HTTP/1.1\r\n" H "Upgrade: h2c\r\n\r\n");
    assert_false(websocket_asked(&h));
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_request_is_taken_apart),
    TEST_OF(any_field_is_read_past),
    TEST_OF(targets_come_in_several_forms),
    TEST_OF(a_bad_target_is_a_fault),
    TEST_OF(a_bad_start_is_a_fault),
    TEST_OF(a_request_names_one_host),
    TEST_OF(bad_fields_are_faults),
    TEST_OF(the_length_of_a_body_is_one),
    TEST_OF(a_head_has_a_size),
    TEST_OF(a_head_may_come_in_pieces),
    TEST_OF(a_path_has_one_spelling),
    TEST_OF(a_handshake_is_checked),
    TEST_OF(what_is_passed_on_are_our_own_words),
};
TEST_MAIN(tests)
