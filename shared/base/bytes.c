#include "base/bytes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

#define BUF_FIRST 64

struct bytes bytes_of(const char *text)
{
    return (struct bytes){ (const uint8_t *)text, text == NULL ? 0 : strlen(text) };
}

bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool bytes_eq_text(struct bytes a, const char *text)
{
    return bytes_eq(a, bytes_of(text));
}

int bytes_cmp(struct bytes a, struct bytes b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool bytes_starts(struct bytes a, struct bytes prefix)
{
    return a.len >= prefix.len && bytes_eq((struct bytes){ a.ptr, prefix.len }, prefix);
}

bool bytes_find(struct bytes a, uint8_t byte, size_t *at)
{
    const uint8_t *hit = a.len == 0 ? NULL : memchr(a.ptr, byte, a.len);

    if (hit == NULL)
        return false;
    *at = (size_t)(hit - a.ptr);
    return true;
}

struct bytes bytes_slice(struct bytes a, size_t from, size_t to)
{
    if (to > a.len)
        to = a.len;
    if (from > to)
        from = to;
    return (struct bytes){ from == 0 ? a.ptr : a.ptr + from, to - from };
}

char *bytes_to_text(struct bytes a)
{
    char *text;

    if (fault_here())
        return NULL;
    text = malloc(a.len + 1);
    if (text == NULL)
        return NULL;
    if (a.len > 0)
        memcpy(text, a.ptr, a.len);
    text[a.len] = '\0';
    return text;
}

/* Room for `more` bytes and the NUL behind them. */
static bool grow(struct buf *b, size_t more)
{
    size_t need, cap;
    uint8_t *ptr;

    if (b->bad)
        return false;
    if (more < b->cap - b->len) /* cap is 0 or above len */
        return true;
    b->bad = true;
    if (more > SIZE_MAX / 2 - 1 - b->len)
        return false;
    need = b->len + more + 1;
    for (cap = b->cap == 0 ? BUF_FIRST : b->cap; cap < need;)
        cap *= 2;
    if (fault_here())
        return false;
    ptr = realloc(b->ptr, cap);
    if (ptr == NULL)
        return false;
    b->ptr = ptr;
    b->cap = cap;
    b->bad = false;
    return true;
}

uint8_t *buf_space(struct buf *b, size_t len)
{
    uint8_t *at;

    if (!grow(b, len))
        return NULL;
    at = b->ptr + b->len;
    b->len += len;
    b->ptr[b->len] = '\0';
    return at;
}

void buf_append(struct buf *b, const void *ptr, size_t len)
{
    uint8_t *to = buf_space(b, len);

    if (to != NULL && len > 0)
        memcpy(to, ptr, len);
}

void buf_add(struct buf *b, struct bytes more)
{
    buf_append(b, more.ptr, more.len);
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, bytes_of(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    if (len < 0)
        b->bad = true;
    else if (grow(b, (size_t)len)) {
        vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

static void append_be(struct buf *b, uint64_t v, size_t len)
{
    uint8_t *to = buf_space(b, len);

    for (size_t i = len; to != NULL && i > 0; v >>= 8)
        to[--i] = (uint8_t)v;
}

void buf_u8(struct buf *b, uint8_t v)
{
    append_be(b, v, 1);
}

void buf_u16(struct buf *b, uint16_t v)
{
    append_be(b, v, 2);
}

void buf_u32(struct buf *b, uint32_t v)
{
    append_be(b, v, 4);
}

void buf_u64(struct buf *b, uint64_t v)
{
    append_be(b, v, 8);
}

void buf_truncate(struct buf *b, size_t len)
{
    assert(len <= b->len);
    b->len = len;
    if (b->ptr != NULL)
        b->ptr[len] = '\0';
}

struct bytes buf_bytes(const struct buf *b)
{
    return (struct bytes){ b->ptr, b->len };
}

const char *buf_str(const struct buf *b)
{
    return b->ptr == NULL ? "" : (const char *)b->ptr;
}

enum status buf_status(const struct buf *b)
{
    return b->bad ? STATUS_NOMEM : STATUS_OK;
}

void buf_reset(struct buf *b)
{
    b->bad = false;
    buf_truncate(b, 0);
}

void buf_clear(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){ 0 };
}

struct reader reader_of(struct bytes b)
{
    return (struct reader){ b.ptr, b.len, false };
}

struct bytes reader_take(struct reader *r, size_t len)
{
    struct bytes out = { r->ptr, len };

    if (r->bad || len > r->len) {
        r->bad = true;
        return (struct bytes){ NULL, 0 };
    }
    if (len > 0) { /* ptr may be NULL when there is nothing */
        r->ptr += len;
        r->len -= len;
    }
    return out;
}

static uint64_t take_be(struct reader *r, size_t len)
{
    struct bytes b = reader_take(r, len);
    uint64_t v = 0;

    for (size_t i = 0; i < b.len; i++)
        v = v << 8 | b.ptr[i];
    return v;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)take_be(r, 1);
}

uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)take_be(r, 2);
}

uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)take_be(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
    return take_be(r, 8);
}

struct bytes reader_line(struct reader *r)
{
    struct bytes line;
    size_t len;

    if (r->bad || !bytes_find((struct bytes){ r->ptr, r->len }, '\n', &len)) {
        r->bad = true;
        return (struct bytes){ NULL, 0 };
    }
    line = reader_take(r, len + 1);
    line.len = len;
    return line;
}

struct bytes reader_rest(struct reader *r)
{
    return reader_take(r, r->len);
}

enum status decimal_parse(struct bytes text, uint64_t *out)
{
    uint64_t v = 0;

    if (text.len == 0 || (text.ptr[0] == '0' && text.len > 1))
        return STATUS_MALFORMED;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';

        if (digit > 9 || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, digit, &v))
            return STATUS_MALFORMED;
    }
    *out = v;
    return STATUS_OK;
}
