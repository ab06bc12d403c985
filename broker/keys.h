/* broker/keys.h
 *
 * The log's secret keys that a broker holds: DIR/log.key, which init made, and
 * DIR/log-<8 hex>.key, which `avow-broker keys --add` copied there. A key's file is there
 * before the statement that adds the key is accepted; that of a retired key may go.
 */
#ifndef AVOW_BROKER_KEYS_H
#define AVOW_BROKER_KEYS_H

#include "ledger/log_keys.h"
#include "sign/passphrase.h"

struct keys;

/* Opens all that are there but those that the log has retired. `dir` and `src` outlive
 * it. What fails is said; STATUS_IO: there is none at all. */
enum status keys_open(const char *dir, const struct passphrase_source *src,
                      const struct log_keys *stated, struct keys **out);
/* Look for new files, without asking at the terminal: what cannot be opened is said. */
void keys_refresh(struct keys *k);
/* NULL: it is not here. */
const struct secret_key *keys_find(const struct keys *k, const struct verifier_key *key);
void keys_close(struct keys *k); /* accepts NULL */

/* The path of the file in which the folder holds this key; false: none does. */
bool keys_path(const char *dir, const struct verifier_key *key, char out[4096]);
/* Each file that may hold one, in order of name. */
enum status keys_each(const char *dir,
                      void (*fn)(void *ctx, const char *path,
                                 const struct verifier_key *key),
                      void *ctx);

#endif
