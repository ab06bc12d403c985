/* shared/io/audit.h
 *
 * A store that is not believed: every entry's hash, signatures and rules are checked
 * again, the state is derived anew in a scratch store, and everything that the store
 * holds is compared with that: entries, tiles, checkpoints, cosignatures, records, rows.
 * What is wrong is named. Works on one snapshot, so the store may be in use.
 */
#ifndef AVOW_IO_AUDIT_H
#define AVOW_IO_AUDIT_H

#include "sign/key.h"
#include "tlog/hash.h"

struct audit_finding {
    char where[300]; /* "entry 17", "subject row XM-DAC-41302:PL-1", "tile 0/3" */
    char why[700];
};

struct audit_options {
    const char *store_path;
    const char *scratch_dir;            /* where the scratch store may lie */
    const struct verifier_key *log_key; /* pinned; NULL: the one that entry 0 states */
    unsigned threads;                   /* 0: one a processor */
    /* Called on the caller's thread; may be NULL. `what`: "entries", "rows" */
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void (*found)(void *ctx, const struct audit_finding *f);
    void *ctx;
};

/* What was checked. */
struct audit_counts {
    uint64_t size;
    struct hash root;
    char origin[129];
    uint64_t entries, signatures, records, tiles, checkpoints, cosignatures, rows;
    uint64_t findings;
    /* Digests of the state (docs/store.md 6): as the store holds it, and as it is by the
     * entries. False: rows that cannot be read, or a refused entry, left none. */
    struct hash digest, digest_anew;
    bool has_digest, has_digest_anew;
};

/* Whether both are there, and differ. */
bool audit_digests_differ(const struct audit_counts *counts);

/* STATUS_OK: all was looked at, and counts->findings says whether all is well. Otherwise
 * it could not be looked at. `error`, 300 bytes, then says why. */
enum status audit_run(const struct audit_options *o, struct audit_counts *counts,
                      char error[300]);

#endif
