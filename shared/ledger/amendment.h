/* shared/ledger/amendment.h
 *
 * New terms for a subject. They stand beside those in force ("proposed") until all
 * parties of both have accepted them, and then hold. docs/vocabulary.md, "Agreements".
 */
#ifndef AVOW_LEDGER_AMENDMENT_H
#define AVOW_LEDGER_AMENDMENT_H

#include "ledger/judge.h"

struct amendment {
    const json_t *set;
    json_t *terms;   /* the newest ones as changed by it; owned */
    bool correction; /* of what holds at once */
};

/* The record is a correction, of nothing but what holds at once. */
bool amendment_corrects(const struct judge *j);
/* After rev and life: the terms as changed, which are well formed as a whole. */
enum status amendment_read(struct judge *j, struct amendment *a);
void amendment_clear(struct amendment *a);

/* Fill owner's "parties", an empty array, with those of the terms; `a->set` tells whether
 * they were restated. */
typedef void amendment_parties_fn(struct judge *j, json_t *owner, const json_t *subject,
                                  const struct amendment *a);

/* It holds at once, and who signed keeps its signature. */
void amendment_correct(struct judge *j, json_t *subject, const struct amendment *a);
/* It takes the place of terms that nobody but its author stands by. */
void amendment_replace(struct judge *j, json_t *subject, const struct amendment *a,
                       amendment_parties_fn *parties);
/* It stands beside the terms in force. */
void amendment_propose(struct judge *j, json_t *subject, const struct amendment *a,
                       amendment_parties_fn *parties);

/* What stands beside the terms in force; NULL: nothing. */
const json_t *amendment_pending(const json_t *subject);
/* ... to be changed. */
json_t *amendment_edit(struct judge *j, json_t *subject);
/* All whom it needs have accepted it. */
bool amendment_complete(const json_t *subject);
/* From now on it is the terms in force. */
void amendment_hold(struct judge *j, json_t *subject);

/* Where an answer of that organization goes: the pending terms or the subject itself;
 * NULL: it is no party of either. */
const json_t *amendment_answered(const json_t *subject, struct bytes org, size_t *party);

#endif
