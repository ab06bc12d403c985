/* node/table.h
 *
 * Tables for people: columns aligned by display width, cut to the terminal's.
 */
#ifndef AVOW_NODE_TABLE_H
#define AVOW_NODE_TABLE_H

#include "base/bytes.h"

#define TABLE_COLUMNS_MAX 12

struct table;

/* `heads` are the columns' names; one that begins with '>' is aligned right (and printed
 * without that sign). NULL: no memory. */
struct table *table_new(const char *const heads[], size_t n);
void table_free(struct table *t); /* accepts NULL */

/* The next cell of the row, as base/shown.h has it; a row is full after as many as there
 * are heads. */
void table_cell(struct table *t, struct bytes text);
void table_text(struct table *t, const char *text);
void table_printf(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

size_t table_rows(const struct table *t);

/* Appends the table; `width` 0: lines are as long as they need be. */
void table_print(const struct table *t, size_t width, bool colour, struct buf *out);

/* The terminal's width on stdout; 0: it is none. */
size_t table_terminal_width(void);

/* How many places the text takes on a terminal. */
size_t table_display_width(struct bytes text);

#endif
