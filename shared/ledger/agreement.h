/* shared/ledger/agreement.h
 *
 * The life that partnerships, commitments and declarations share: proposed, signed by one
 * party after the other, agreed or declined, amended, left, over. docs/vocabulary.md,
 * "Agreements". What an amendment means while it waits is amendment.h's.
 */
#ifndef AVOW_LEDGER_AGREEMENT_H
#define AVOW_LEDGER_AGREEMENT_H

#include "ledger/amendment.h"

/* The author is a party, the networks are its own, the parties known. */
enum status agreement_demand_terms(struct judge *j);
/* The subject with its parties, as the draft of j->subject. */
json_t *agreement_create(struct judge *j);
/* Derive status, flags and `agreed` from the parties and from what was reported. */
void agreement_settle(struct judge *j, json_t *subject);
/* What is pending holds, if now all have accepted. It may be refused for what has
 * happened since. Settles. */
enum status agreement_advance(struct judge *j, json_t *subject);

/* The author is a party of j->subject; *party is its place. */
enum status agreement_demand_party(struct judge *j, size_t *party);
/* The author leads it. */
enum status agreement_demand_lead(struct judge *j);
/* It was neither declined nor withdrawn. */
enum status agreement_demand_alive(struct judge *j);
/* It was not ended, withdrawn or completed. */
bool agreement_is_over(const json_t *subject);
enum status agreement_demand_going(struct judge *j);

/* What is referred to by the record, or by an amendment's set, is there. */
rule_fn partnership_references, commitment_references;
/* Deliverables with reports are in these terms, in their units. */
enum status commitment_demand_kept(struct judge *j, const json_t *terms);
/* A report is void: what is current follows from the others. Settles. */
void commitment_forget_report(struct judge *j, json_t *subject, const json_t *report,
                              uint64_t number);
/* For which networks the signatures speak, by who convenes when they change. */
void declaration_speak(struct judge *j, json_t *subject);

#endif
