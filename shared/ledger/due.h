/* shared/ledger/due.h
 *
 * What waits for its day: a subject row's "due" (rows.h). Derived whenever a commitment
 * or a pledge changes; what is over, dropped, reached or paid waits no more. And where a
 * commitment's deliverables are: its "places".
 */
#ifndef AVOW_LEDGER_DUE_H
#define AVOW_LEDGER_DUE_H

#include "ledger/judge.h"

/* `subject` is the draft of j->subject, and else as it will be. */
void due_settle_commitment(struct judge *j, json_t *subject);
void due_settle_pledge(struct judge *j, json_t *subject);

#endif
