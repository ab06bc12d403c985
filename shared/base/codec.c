#include "base/codec.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

void hex_encode(struct bytes in, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = buf_space(out, in.len * 2);

    for (size_t i = 0; to != NULL && i < in.len; i++) {
        to[2 * i] = (uint8_t)digits[in.ptr[i] >> 4];
        to[2 * i + 1] = (uint8_t)digits[in.ptr[i] & 15];
    }
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum status hex_decode(struct bytes text, uint8_t *out, size_t len)
{
    if (text.len / 2 != len || text.len % 2 != 0)
        return STATUS_MALFORMED;
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(text.ptr[2 * i]), low = hex_value(text.ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return STATUS_MALFORMED;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return STATUS_OK;
}

void base64_encode(struct bytes in, struct buf *out)
{
    size_t len = (in.len + 2) / 3 * 4;
    uint8_t *to = buf_space(out, len);

    /* The NUL that sodium writes goes where the buffer keeps its own. */
    if (to != NULL && in.len > 0)
        sodium_bin2base64((char *)to, len + 1, in.ptr, in.len,
                          sodium_base64_VARIANT_ORIGINAL);
}

/* How many bytes `text` stands for, if it is base64. */
static size_t decoded_len(struct bytes text)
{
    size_t len = text.len / 4 * 3;

    if (len > 0 && text.ptr[text.len - 1] == '=')
        len -= text.ptr[text.len - 2] == '=' ? 2 : 1;
    return len;
}

/* libsodium 1.0.18 takes some bytes above 0x7f for letters: one text, many encodings. */
static bool is_ascii(struct bytes text)
{
    uint8_t all = 0;

    for (size_t i = 0; i < text.len; i++)
        all |= text.ptr[i];
    return all < 0x80;
}

enum status base64_decode(struct bytes text, uint8_t *out, size_t *len)
{
    size_t need = decoded_len(text), got;
    const char *end;

    if (text.len % 4 != 0 || !is_ascii(text))
        return STATUS_MALFORMED;
    if (need > *len)
        return STATUS_TOO_LARGE;
    /* sodium refuses bits set behind the last byte and any padding but the right one. */
    if (text.len > 0 &&
        (sodium_base642bin(out, need, (const char *)text.ptr, text.len, NULL, &got, &end,
                           sodium_base64_VARIANT_ORIGINAL) != 0 ||
         end != (const char *)text.ptr + text.len || got != need))
        return STATUS_MALFORMED;
    *len = need;
    return STATUS_OK;
}

enum status base64_decode_exact(struct bytes text, uint8_t *out, size_t len)
{
    size_t got = len;

    if (text.len != (len + 2) / 3 * 4)
        return STATUS_MALFORMED;
    if (base64_decode(text, out, &got) != STATUS_OK || got != len)
        return STATUS_MALFORMED;
    return STATUS_OK;
}

/* How long the well-formed sequence at `p` is, of at most `left` bytes; 0: it is not. */
static size_t sequence_len(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xbf; /* of the second byte */
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        len = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        len = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        len = 4;
    else
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0; /* overlong below */
    else if (p[0] == 0xed)
        high = 0x9f; /* surrogates above */
    else if (p[0] == 0xf0)
        low = 0x90; /* overlong below */
    else if (p[0] == 0xf4)
        high = 0x8f; /* above U+10FFFF */
    if (len > left || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++) {
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    }
    return len;
}

bool utf8_valid(struct bytes text)
{
    size_t at = 0;

    while (at < text.len) {
        uint64_t eight;
        size_t len;

        /* Most text is ASCII: eight bytes at a time. */
        while (text.len - at >= 8) {
            memcpy(&eight, text.ptr + at, 8);
            if ((eight & 0x8080808080808080u) != 0)
                break;
            at += 8;
        }
        if (at == text.len)
            break;
        len = sequence_len(text.ptr + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t utf8_length(struct bytes text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (text.ptr[i] & 0xc0) != 0x80;
    return n;
}

uint32_t utf8_next(struct bytes text, size_t *at)
{
    const uint8_t *p = text.ptr + *at;
    size_t len;
    uint32_t c;

    assert(*at < text.len);
    len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    assert(len <= text.len - *at);
    c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3f);
    *at += len;
    return c;
}
