/* shared/ledger/agreement.h
 *
 * The life that partnerships and commitments share: proposed, signed by one party after
 * the other, agreed or declined. docs/vocabulary.md, "Agreements".
 */
#ifndef AVOW_LEDGER_AGREEMENT_H
#define AVOW_LEDGER_AGREEMENT_H

#include "ledger/judge.h"

/* The author is a party, the networks are its own, the parties known. */
enum status agreement_demand_terms(struct judge *j);
/* The subject with its parties, as the draft of j->subject. */
json_t *agreement_create(struct judge *j);
/* Derive status and `agreed` from the parties and from what was reported. */
void agreement_settle(struct judge *j, json_t *subject);

/* The author is a party of j->subject; *party is its place. */
enum status agreement_demand_party(struct judge *j, size_t *party);
/* It may still be accepted or declined. */
enum status agreement_demand_open(struct judge *j);
/* It was not declined. */
enum status agreement_demand_alive(struct judge *j);

#endif
