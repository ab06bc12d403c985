/* shared/base/csv.h
 *
 * Tables as spreadsheets save them (RFC 4180): cells apart by commas, or by semicolons or
 * tabs where the first line has no comma; quoted cells may hold all of these, line ends
 * and doubled quotes. A byte order mark before the first line is left out; so are empty
 * lines. Borrows the file.
 */
#ifndef AVOW_BASE_CSV_H
#define AVOW_BASE_CSV_H

#include "base/bytes.h"

#define CSV_CELLS_MAX 256 /* columns; a form has fewer */

struct csv {
    struct bytes rest;
    uint8_t separator;
    unsigned line;   /* of the next row, from 1 */
    struct buf text; /* of the row's cells, each with a NUL */
    const char *cells[CSV_CELLS_MAX];
    size_t n;
    unsigned at_line;  /* of the row; or of what is wrong */
    unsigned column;   /* of what is wrong, from 1 */
    const char *error; /* what is wrong; static */
};

void csv_open(struct csv *c, struct bytes file);
/* The next row. STATUS_NOT_FOUND: that was all. STATUS_MALFORMED: `error` says, at_line
 * and column say where. The cells are valid until the next call. */
enum status csv_next(struct csv *c);
void csv_close(struct csv *c);

/* A text that a spreadsheet may take for a formula: behind any apostrophes it begins with
 * one of = + - @, also as wide as an ideograph, a tab or a carriage return. An export
 * puts one apostrophe more before it, and csv_undefused takes one away: what goes out
 * comes in as it was. */
bool csv_is_formula(struct bytes text);

/* What was exported as this cell; any cell but a defused one as it is. */
const char *csv_undefused(const char *cell);

#endif
