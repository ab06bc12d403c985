/* shared/base/unicode_icu.h
 *
 * What Unicode says of a text that bytes do not tell: that two texts are the same though
 * their bytes differ, and that two look the same though they are not. By ICU; of our
 * files only this one uses it. Nothing that is signed or that follows from the log goes
 * by it: ICU's tables grow with every version.
 */
#ifndef AVOW_BASE_UNICODE_ICU_H
#define AVOW_BASE_UNICODE_ICU_H

#include "base/bytes.h"

enum unicode_form {
    UNICODE_NFC, /* "é" as one character, as most keyboards give it */
    UNICODE_NFD  /* as "e" and an accent, as some file systems do */
};

/* `in` in this form into `out`, at most `max` bytes, without a NUL; leaves no copy of it
 * in memory. STATUS_MALFORMED: not UTF-8. STATUS_TOO_LARGE: it does not fit. */
enum status unicode_normalize(struct bytes in, enum unicode_form form, char *out,
                              size_t max, size_t *len);

/* Are they the same text in NFC? Where one is not UTF-8: the same bytes? */
bool unicode_eq(struct bytes a, struct bytes b);

/* Two keys of a name, appended to `a` and `b`: names that look alike (UTS 39) have the
 * same `a` or the same `b`. Case, runs of spaces, and characters that do
 * not show do not count. STATUS_MALFORMED: not UTF-8; STATUS_TOO_LARGE: far longer than a
 * name may be. */
enum status unicode_skeletons(struct bytes name, struct buf *a, struct buf *b);

#endif
