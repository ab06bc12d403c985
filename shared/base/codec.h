/* shared/base/codec.h
 *
 * Bytes as text: hex (lower case), base64 (RFC 4648 section 4, padded, canonical), UTF-8.
 */
#ifndef AVOW_BASE_CODEC_H
#define AVOW_BASE_CODEC_H

#include "base/bytes.h"

void hex_encode(struct bytes in, struct buf *out);
/* Exactly `len` bytes, lower case only; else STATUS_MALFORMED. */
enum status hex_decode(struct bytes text, uint8_t *out, size_t len);

void base64_encode(struct bytes in, struct buf *out);
/* Canonical only. *len: in, what fits; out, what was written. STATUS_TOO_LARGE: no room.
 */
enum status base64_decode(struct bytes text, uint8_t *out, size_t *len);
/* Exactly `len` bytes. */
enum status base64_decode_exact(struct bytes text, uint8_t *out, size_t len);

/* Well-formed UTF-8 (Unicode 15 table 3-7: no surrogates, no overlong forms)? */
bool utf8_valid(struct bytes text);
/* Code points in well-formed UTF-8. */
size_t utf8_length(struct bytes text);
/* The code point at *at, which moves on; well-formed text only. */
uint32_t utf8_next(struct bytes text, size_t *at);

#endif
