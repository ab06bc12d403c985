/* shared/ledger/keyring.h
 *
 * Every statement key that the committed log states, for the verifying threads: what a
 * (name, key id) stands for never changes, so keys are only ever added. Thread-safe; the
 * owner of the ledger refreshes it after each commit. Whether a key is active is the
 * ledger's to judge.
 */
#ifndef AVOW_LEDGER_KEYRING_H
#define AVOW_LEDGER_KEYRING_H

#include "sign/key.h"
#include "store/store.h"

struct keyring;

enum status keyring_new(struct keyring **out);
void keyring_free(struct keyring *k);
/* Add the keys in rows of STORE_KEY not seen yet. By one thread at a time. */
enum status keyring_refresh(struct keyring *k, struct store *s);
/* A key_lookup_fn; ctx the keyring. Any thread. */
bool keyring_lookup(void *keyring, struct bytes org, uint32_t key_id,
                    uint8_t pub[PUBLIC_KEY_LEN]);

#endif
