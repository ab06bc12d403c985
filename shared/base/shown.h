/* shared/base/shown.h
 *
 * Text of others on a terminal and in a log: a terminal obeys control characters, a line
 * feed begins a line that looks like ours, and marks of direction put words into another
 * order. So whatever programs print for people goes through here. Each such character is
 * shown as \uXXXX, which within JSON still means the same, and a byte that is not UTF-8
 * as \xXX.
 */
#ifndef AVOW_BASE_SHOWN_H
#define AVOW_BASE_SHOWN_H

#include "base/bytes.h"

/* Must this character not reach a terminal? C0, DEL, C1, marks of direction, separators
 * of lines and paragraphs. */
bool shown_unsafe(uint32_t c);

/* A text of others within a line: no line feed either. */
void shown_text(struct bytes text, struct buf *out);

/* A whole output of a program: its line feeds stay, and the colours that it uses. What it
 * quotes of others went through shown_text before. */
void shown_output(struct bytes text, struct buf *out);

/* shown_text without memory: into `out`, with a NUL, cut at a whole character where
 * `room` is not enough. Gives the length. */
size_t shown_line(struct bytes text, char *out, size_t room);

#endif
