#include "base/shown.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"

#define PIECE_MAX 8

bool shown_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e ||
           c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* How long the character at the beginning is; 0: it is not UTF-8. */
static size_t character_len(struct bytes text)
{
    for (size_t len = 1; len <= 4 && len <= text.len; len++)
        if (utf8_valid(bytes_slice(text, 0, len)))
            return len;
    return 0;
}

/* What stands for the character at the beginning of `*text`, which moves on. */
static size_t next_piece(struct bytes *text, char piece[PIECE_MAX])
{
    size_t len = character_len(*text), at = 0;
    int n;

    if (len == 0) {
        n = snprintf(piece, PIECE_MAX, "\\x%02x", text->ptr[0]);
        len = 1;
    } else {
        uint32_t c = utf8_next(bytes_slice(*text, 0, len), &at);

        if (shown_unsafe(c))
            n = snprintf(piece, PIECE_MAX, "\\u%04x", (unsigned)c);
        else
            n = (int)len, memcpy(piece, text->ptr, len);
    }
    assert(n > 0 && n < PIECE_MAX);
    *text = bytes_slice(*text, len, text->len);
    return (size_t)n;
}

void shown_text(struct bytes text, struct buf *out)
{
    char piece[PIECE_MAX];

    while (text.len > 0)
        buf_append(out, piece, next_piece(&text, piece));
}

/* A colour that our programs use at the beginning of the text; 0: none. */
static size_t colour_len(struct bytes text)
{
    static const char *const ours[] = { "\033[0m",  "\033[1m",  "\033[2m",
                                        "\033[9m",  "\033[31m", "\033[32m",
                                        "\033[33m", "\033[35m", "\033[36m" };

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (bytes_starts(text, bytes_of(ours[i])))
            return strlen(ours[i]);
    return 0;
}

void shown_output(struct bytes text, struct buf *out)
{
    char piece[PIECE_MAX];

    while (text.len > 0) {
        size_t own = text.ptr[0] == '\n' ? 1 : colour_len(text);

        if (own == 0) {
            buf_append(out, piece, next_piece(&text, piece));
            continue;
        }
        buf_add(out, bytes_slice(text, 0, own));
        text = bytes_slice(text, own, text.len);
    }
}

size_t shown_line(struct bytes text, char *out, size_t room)
{
    size_t len = 0;

    assert(room > 0);
    while (text.len > 0) {
        char piece[PIECE_MAX];
        size_t n = next_piece(&text, piece);

        if (n >= room - len)
            break;
        memcpy(out + len, piece, n);
        len += n;
    }
    out[len] = '\0';
    return len;
}
