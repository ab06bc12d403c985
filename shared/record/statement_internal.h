/* shared/record/statement_internal.h
 *
 * The header line of a statement, which statement.c leaves to statement_header.c.
 */
#ifndef AVOW_RECORD_STATEMENT_INTERNAL_H
#define AVOW_RECORD_STATEMENT_INTERNAL_H

#include "record/statement.h"

/* Parse line 2 into the statement, and hold `log` against `origin` (NULL: any), and `key`
 * and `with` against the signatures, which are there already. */
enum status header_open(struct statement *s, struct bytes line, const char *origin,
                        struct refusal *why);

/* Without a newline. */
void header_print(const struct statement_header *h, struct buf *text);

#endif
