/* shared/ledger/cosigners.h
 *
 * The cosigners that the log knows: keys of type 0x04 that organizations have stated
 * (docs/vocabulary.md, "The log and its directory").
 */
#ifndef AVOW_LEDGER_COSIGNERS_H
#define AVOW_LEDGER_COSIGNERS_H

#include "sign/key.h"
#include "store/store.h"

struct cosigners {
    struct verifier_key *keys;
    size_t n;
};

/* Those that are active in the state, in the order in which they were stated. */
enum status cosigners_load(struct store *s, struct cosigners *out);
enum status cosigners_add(struct cosigners *c, const struct verifier_key *key);
void cosigners_clear(struct cosigners *c);

#endif
