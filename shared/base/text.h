/* shared/base/text.h
 *
 * Text files as editors, mail and other systems leave them: with a byte order mark, with
 * CR LF, without a newline at the end. None of our texts has any of these: keys, notes,
 * policies and settings are lines of UTF-8 that end in LF. So there is one text that a
 * file can stand for, and whoever verifies a signature verifies it over that text.
 */
#ifndef AVOW_BASE_TEXT_H
#define AVOW_BASE_TEXT_H

#include "base/bytes.h"

/* From `start` on: without a byte order mark at the beginning and without CR before LF,
 * and with a newline at the end unless it is empty. In place, so that a text with a
 * secret in it leaves no copy; only the newline may need more room. */
void text_plain(struct buf *text, size_t start);

/* file_read, then text_plain. `max` is of the plain text. */
enum status text_read(const char *path, size_t max, struct buf *out);

#endif
