/* shared/sign/sign_internal.h: what the files of this folder share, and their tests. */
#ifndef AVOW_SIGN_INTERNAL_H
#define AVOW_SIGN_INTERNAL_H

#include "sign/keyfile.h"

/* The caller wipes it. */
void secret_key_seed(const struct secret_key *k, uint8_t seed[SEED_LEN]);

/* What it costs to try a passphrase. */
struct keyfile_cost {
    uint64_t opslimit;
    uint64_t memlimit; /* bytes */
};

/* keyfile_seal at another cost than that of all keys: for tests, which cannot wait. */
enum status keyfile_seal_at(const struct secret_key *k,
                            const struct secret_text *passphrase,
                            struct keyfile_cost cost, struct buf *out);

#endif
