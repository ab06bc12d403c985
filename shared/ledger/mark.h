/* shared/ledger/mark.h
 *
 * What was said of a record: confirmed, disputed and settled, voided. One row of
 * STORE_MARK for each record of which anything was.
 */
#ifndef AVOW_LEDGER_MARK_H
#define AVOW_LEDGER_MARK_H

#include "ledger/judge.h"

struct row *mark_row(struct judge *j, uint64_t number);
/* Somebody disputes it, and has not settled. */
bool mark_is_disputed(struct judge *j, uint64_t number);
/* One of the records that state the subject's terms, now or before, is disputed. */
bool mark_terms_disputed(struct judge *j, const json_t *subject);

#endif
