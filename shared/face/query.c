#include "face/query.h"

#include <string.h>

#include "base/codec.h"

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static enum status decode(struct bytes text, bool plus_is_space, struct buf *out)
{
    size_t start = out->len;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c == '%') {
            int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;

            if (high < 0 || low < 0)
                return STATUS_MALFORMED;
            c = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return STATUS_MALFORMED;
        buf_u8(out, c);
    }
    if (out->bad)
        return STATUS_NOMEM;
    return utf8_valid(bytes_slice(buf_bytes(out), start, out->len)) ? STATUS_OK
                                                                    : STATUS_MALFORMED;
}

enum status query_next(struct reader *r, struct buf *name, struct buf *value)
{
    struct bytes rest = { r->ptr, r->len };
    struct bytes pair = rest;
    size_t at;
    enum status st;

    buf_reset(name);
    buf_reset(value);
    if (bytes_find(rest, '&', &at)) {
        pair = reader_take(r, at);
        reader_u8(r);
    } else {
        reader_rest(r);
    }
    if (!bytes_find(pair, '=', &at))
        at = pair.len;
    st = decode(bytes_slice(pair, 0, at), true, name);
    if (st == STATUS_OK)
        st = decode(bytes_slice(pair, at + 1, pair.len), true, value);
    return st;
}

enum status query_param(struct bytes query, const char *name, size_t nth, struct buf *out)
{
    struct reader r = reader_of(query);
    struct buf found = { 0 };
    enum status st = STATUS_NOT_FOUND;

    while (r.len > 0) {
        enum status one = query_next(&r, &found, out);

        /* A broken value is its asker's matter only; a broken name is nobody's. */
        if (!bytes_eq_text(buf_bytes(&found), name))
            continue;
        if (one != STATUS_OK || nth-- == 0) {
            st = one;
            break;
        }
    }
    if (st != STATUS_OK)
        buf_reset(out);
    buf_clear(&found);
    return st;
}

enum status query_decode_segment(struct bytes text, struct buf *out)
{
    return decode(text, false, out);
}

void query_encode_segment(struct bytes text, struct buf *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~:@!$'()*,;";

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c != '\0' && strchr(plain, c) != NULL)
            buf_u8(out, c);
        else
            buf_printf(out, "%%%02X", c);
    }
}
