/* shared/face/websocket.h
 *
 * The handshake of a websocket (RFC 6455 4.2.1), as the feed takes it. Pure.
 */
#ifndef AVOW_FACE_WEBSOCKET_H
#define AVOW_FACE_WEBSOCKET_H

#include "face/http_head.h"

#define WEBSOCKET_PROTOCOL "avow.feed.v1"

/* Does the request ask to be one? Not by HTTP/1.0, whose Upgrade means nothing. */
bool websocket_asked(const struct http_head *h);

/* False: *fault says why not (426: another version of the protocol). */
bool websocket_check(const struct http_head *h, struct http_fault *fault);

/* A checked handshake in words of our own, appended: no byte of it but the key, which is
 * base64, came from outside. */
void websocket_handshake_print(const struct http_head *h, struct buf *out);

#endif
