/* shared/ledger/index.h
 *
 * What the store's indexes hold follows from single rows: when a row is written, what the
 * one before it gave them is taken out, and what it gives is put in.
 *
 *     due     each of a subject row's "due"
 *     search  id and title of subjects; id, name and aliases of organizations; id and
 *             name of networks; every language, one a line. And as facets what subjects
 *             are filtered by, one word each (index_word): kind, country, network, theme,
 *             org, donor, recipient; not the status, which changes often
 */
#ifndef AVOW_LEDGER_INDEX_H
#define AVOW_LEDGER_INDEX_H

#include "ledger/rows.h"

/* Append a word of the facets: "countryke", "donorxmdac41302". Two values may have one
 * word: who looks for it asks the row again. */
void index_word(const char *name, struct bytes value, struct buf *out);

/* Inside a transaction; `before` is NULL where the row is new. Rows of tables that are in
 * no index are none of it. */
enum status index_row(struct store *s, enum store_table t, uint64_t row,
                      const json_t *before, const json_t *after);

#endif
