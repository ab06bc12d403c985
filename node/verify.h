/* node/verify.h
 *
 * What the files of `avow verify` share: whom to believe, and how what is believed is
 * told.
 */
#ifndef AVOW_NODE_VERIFY_H
#define AVOW_NODE_VERIFY_H

#include "ledger/keyring.h"
#include "ledger/log_keys.h"
#include "node/cosigners.h"
#include "tlog/policy.h"

struct options {
    const char *dir, *log, *policy, *statement;
    bool json;
};

/* Whom to believe: a key or a policy that was given, else what the replica has pinned;
 * the replica also knows names, authors' keys and cosigners. */
struct trust {
    struct config config; /* dir NULL: no node */
    struct store *store;
    struct keyring *keyring;
    struct cosigners cosigners;
    struct verifier_key log;
    struct log_keys keys; /* that sign its checkpoints */
    struct policy *policy;
};

/* Is the checkpoint to be believed, and how many cosigners stand behind it? Said. */
enum status verify_checkpoint(struct trust *t, const char *path, struct bytes note,
                              struct checkpoint *cp, size_t *cosigned);
void verify_tell_cosigners(struct trust *t, struct bytes note, size_t cosigned,
                           struct buf *out);

/* Portable proofs (verify_about.c). */
bool verify_is_about(struct bytes text);
int verify_about(struct trust *t, const struct options *o, const char *path,
                 struct bytes text);

/* Evidence that the log took what its rules refuse (verify_breach.c). */
int verify_breach(struct trust *t, const struct options *o, const char *path,
                  struct bytes text);

#endif
