/* shared/base/bytes.h
 *
 * `struct bytes` borrows: whoever lent them keeps them alive.
 * `struct buf` owns: it grows, and remembers a failure to grow.
 * `struct reader` is a cursor over borrowed bytes that remembers running past the end.
 */
#ifndef AVOW_BASE_BYTES_H
#define AVOW_BASE_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct bytes {
    const uint8_t *ptr;
    size_t len;
};

#define BYTES_LIT(literal) \
    ((struct bytes){ (const uint8_t *)("" literal), sizeof(literal) - 1 })
#define BYTES_FMT "%.*s" /* goes with BYTES_ARG in a printf */
#define BYTES_ARG(b) (int)(b).len, (const char *)(b).ptr

struct bytes bytes_of(const char *text); /* NUL-terminated; NULL gives empty bytes */
bool bytes_eq(struct bytes a, struct bytes b);
bool bytes_eq_text(struct bytes a, const char *text);
int bytes_cmp(struct bytes a, struct bytes b); /* as memcmp, the shorter first */
bool bytes_starts(struct bytes a, struct bytes prefix);
bool bytes_find(struct bytes a, uint8_t byte, size_t *at);
struct bytes bytes_slice(struct bytes a, size_t from, size_t to); /* clamped */
char *bytes_to_text(struct bytes a); /* malloc'ed copy with a NUL; NULL: no memory */

/* All zero is an empty buffer. `bad` is set, and stays, when memory ran out: append all,
 * then check once. The byte behind the last is always a NUL that `len` does not count. */
struct buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    bool bad;
};

void buf_append(struct buf *b, const void *ptr, size_t len);
void buf_add(struct buf *b, struct bytes more);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_u8(struct buf *b, uint8_t v); /* integers are big-endian */
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
/* Room for `len` more bytes, uninitialized and counted; NULL (and bad): no memory. */
uint8_t *buf_space(struct buf *b, size_t len);
void buf_truncate(struct buf *b, size_t len);
struct bytes buf_bytes(const struct buf *b);
const char *buf_str(const struct buf *b);    /* NUL-terminated, never NULL */
enum status buf_status(const struct buf *b); /* STATUS_NOMEM when bad */
void buf_reset(struct buf *b);               /* empty again, keeps the memory */
void buf_clear(struct buf *b);               /* frees; all zero again */

struct reader {
    const uint8_t *ptr;
    size_t len; /* what is left */
    bool bad;   /* a read went past the end, or text was not of the form asked for */
};

struct reader reader_of(struct bytes b);
uint8_t reader_u8(struct reader *r);
uint16_t reader_u16(struct reader *r);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
struct bytes reader_take(struct reader *r, size_t len);
/* Up to the next newline, which is consumed and not part of it. No newline: bad. */
struct bytes reader_line(struct reader *r);
struct bytes reader_rest(struct reader *r);

/* Decimal without sign or leading zero, the whole of `text`. */
enum status decimal_parse(struct bytes text, uint64_t *out);

#endif
