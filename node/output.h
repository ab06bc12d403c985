/* node/output.h
 *
 * Answers on stdout; files that commands write.
 */
#ifndef AVOW_NODE_OUTPUT_H
#define AVOW_NODE_OUTPUT_H

#include <jansson.h>

#include "base/bytes.h"

/* `out` to stdout, as base/shown.h has it, and emptied; what kept it from being printed
 * is said. Gives the exit code. */
int output_buf(struct buf *out);
/* The same of what programs read (CSV, notes, proofs): byte by byte, but on a terminal.
 */
int output_data(struct buf *out);
/* To stderr, as base/shown.h has it. */
void output_shown(struct bytes text);
/* One line of compact JSON. Takes the value; NULL: no memory. */
int output_json(json_t *value);
/* To a new file, or to stdout where `path` is NULL or "-". Empties `out`. */
int output_file(const char *path, struct buf *out);
/* Say that writing `path` failed, and why. Gives the exit code. */
int output_failed(const char *path, enum status st);

/* Read a whole file, byte by byte or as a text (base/text.h); on failure the reason is
 * said, and a missing file is STATUS_IO. */
enum status input_file(const char *path, size_t max, struct buf *out);
enum status input_text(const char *path, size_t max, struct buf *out);

/* A question on the terminal, answered with y or n; false where there is none. */
bool output_ask(const char *question);

#endif
