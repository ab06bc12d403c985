/* shared/tlog/proof.h
 *
 * Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2; verified as in
 * RFC 9162 sections 2.1.3.2 and 2.1.4.2), and the tlog-proof v1 text (C2SP tlog-proof).
 */
#ifndef AVOW_TLOG_PROOF_H
#define AVOW_TLOG_PROOF_H

#include "tlog/checkpoint.h"
#include "tlog/tile.h"

struct proof {
    struct hash hashes[PROOF_HASHES_MAX];
    size_t n;
};

/* index < size, size > 0; otherwise STATUS_NOT_FOUND. */
enum status proof_inclusion(tile_read_fn *read, void *ctx, uint64_t index, uint64_t size,
                            struct proof *out);
/* The subtrees whose hashes an inclusion proof lists, in its order, for who has these
 * hashes at hand: each starts at a multiple of the smallest power of two not below its
 * length. STATUS_NOT_FOUND as above. */
struct proof_range {
    uint64_t start, end;
};
enum status proof_inclusion_ranges(uint64_t index, uint64_t size,
                                   struct proof_range out[PROOF_HASHES_MAX], size_t *n);
/* old <= size, otherwise STATUS_NOT_FOUND; empty where old is 0 or equals size.
 * STATUS_TOO_LARGE: would need a 64th hash, as only trees of more than 2^62 leaves can.
 */
enum status proof_consistency(tile_read_fn *read, void *ctx, uint64_t old, uint64_t size,
                              struct proof *out);

/* STATUS_BAD_PROOF: does not lead there. Where old is 0 the proof is empty and old_root
 * that of the empty tree. */
enum status proof_inclusion_verify(const struct proof *p, uint64_t index, uint64_t size,
                                   const struct hash *leaf, const struct hash *root);
enum status proof_consistency_verify(const struct proof *p, uint64_t old, uint64_t size,
                                     const struct hash *old_root,
                                     const struct hash *root);

/* A receipt: a tlog-proof v1 file. */
struct receipt {
    uint64_t index;
    struct proof proof;
    struct bytes extra;      /* borrowed; base64 as it stands; empty: no such line */
    struct bytes checkpoint; /* borrowed: the signed note */
};

enum status receipt_parse(struct bytes text, struct receipt *out);
void receipt_print(const struct receipt *r, struct buf *out);
/* The leaf of `entry` is at r->index in the checkpoint's tree. Checks the proof against
 * the root in the checkpoint; its signatures are policy_check's and checkpoint_verify's.
 * STATUS_BAD_PROOF, STATUS_MALFORMED. */
enum status receipt_verify(const struct receipt *r, const struct hash *leaf);

#endif
