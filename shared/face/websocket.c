#include "face/websocket.h"

#include <assert.h>

#include "base/codec.h"

#define KEY_LEN 16

bool websocket_asked(const struct http_head *h)
{
    return h->minor > 0 && http_head_lists(h, "upgrade", "websocket");
}

static bool refuse(struct http_fault *f, unsigned status, const char *type,
                   const char *detail)
{
    *f = (struct http_fault){ status, type, "Not a handshake of this websocket", detail };
    return false;
}

static bool key_is_good(const struct http_head *h)
{
    uint8_t key[KEY_LEN];

    return http_head_count(h, "sec-websocket-key") == 1 &&
           base64_decode_exact(http_head_first(h, "sec-websocket-key"), key, KEY_LEN) ==
               STATUS_OK;
}

bool websocket_check(const struct http_head *h, struct http_fault *f)
{
    if (!bytes_eq_text(h->method, "GET"))
        return refuse(f, 400, "feed.handshake", "a handshake is a GET");
    if (http_head_count(h, "sec-websocket-version") != 1 ||
        !bytes_eq_text(http_head_first(h, "sec-websocket-version"), "13"))
        return refuse(f, 426, "feed.version", "Sec-WebSocket-Version is 13");
    if (!http_head_lists(h, "connection", "upgrade"))
        return refuse(f, 400, "feed.handshake", "Connection names no Upgrade");
    if (!key_is_good(h))
        return refuse(f, 400, "feed.handshake",
                      "Sec-WebSocket-Key is 16 bytes in base64");
    if (http_head_count(h, "sec-websocket-protocol") > 0 &&
        !http_head_lists(h, "sec-websocket-protocol", WEBSOCKET_PROTOCOL))
        return refuse(f, 400, "feed.protocol",
                      "the subprotocol of the feed is " WEBSOCKET_PROTOCOL);
    if (h->length > 0 || h->coded)
        return refuse(f, 400, "feed.handshake", "a handshake has no body");
    return true;
}

void websocket_handshake_print(const struct http_head *h, struct buf *out)
{
    struct bytes key = http_head_first(h, "sec-websocket-key");

    assert(key_is_good(h));
    buf_printf(out,
               "GET /feed HTTP/1.1\r\nHost: feed\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Key: " BYTES_FMT
               "\r\nSec-WebSocket-Version: 13\r\n",
               BYTES_ARG(key));
    if (http_head_count(h, "sec-websocket-protocol") > 0)
        buf_text(out, "Sec-WebSocket-Protocol: " WEBSOCKET_PROTOCOL "\r\n");
    buf_text(out, "\r\n");
}
