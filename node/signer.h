/* node/signer.h
 *
 * The secret key that a command signs with.
 */
#ifndef AVOW_NODE_SIGNER_H
#define AVOW_NODE_SIGNER_H

#include "node/config.h"
#include "sign/passphrase.h"

/* `path`, else the configuration's (`c` may be NULL). Of the type wanted. On failure the
 * reason is said. */
enum status signer_load(const struct config *c, const char *path, enum key_type type,
                        const struct passphrase_source *src, struct secret_key **out);

/* The public half, without a passphrase. STATUS_NOT_FOUND, not said: none is configured.
 */
enum status signer_public(const struct config *c, const char *path,
                          struct verifier_key *out);

#endif
