/* shared/tlog/checkpoint.h
 *
 * Checkpoints (C2SP tlog-checkpoint v1.0.0; extension lines are read, and ours have none)
 * and Ed25519 cosignatures (C2SP tlog-cosignature, signature type 0x04).
 */
#ifndef AVOW_TLOG_CHECKPOINT_H
#define AVOW_TLOG_CHECKPOINT_H

#include "sign/note.h"
#include "tlog/hash.h"

struct checkpoint {
    char origin[ORIGIN_MAX + 1];
    uint64_t size;
    struct hash root;
};

/* The note's text. Extension lines, which say nothing to us, may follow. */
enum status checkpoint_parse(struct bytes text, struct checkpoint *out);
void checkpoint_print(const struct checkpoint *c, struct buf *out);

/* Print, and sign with each of the log's active keys: a whole note. */
enum status checkpoint_sign(const struct checkpoint *c,
                            const struct secret_key *const keys[], size_t n,
                            struct buf *out);

/* Parse the note; its origin is the key's name and a signature by `key` verifies
 * (STATUS_BAD_SIG). Other signatures are ignored. */
enum status checkpoint_open(struct bytes note, const struct verifier_key *key,
                            struct checkpoint *out);

/* Did this key sign the note? STATUS_NOT_FOUND: no line is by it; STATUS_BAD_SIG: one is,
 * and does not verify, whatever others by it do. */
enum status checkpoint_signed(const struct note *note, const struct verifier_key *key);

/* Append the cosignature line of `k` (type KEY_COSIGN) over the checkpoint text. */
void cosignature_sign(const struct secret_key *k, struct bytes checkpoint_text,
                      uint64_t timestamp, struct buf *out);
/* The line is by `k`, and verifies; *timestamp (may be NULL) is then set. */
bool cosignature_verify(const struct note_signature *s, struct bytes checkpoint_text,
                        const struct verifier_key *k, uint64_t *timestamp);
/* The time in a line of a cosignature's length; 0: of another. Nothing is verified. */
uint64_t cosignature_time(const struct note_signature *s);
/* As checkpoint_signed, for a key that cosigns: *line (may be NULL) is the newest of its
 * lines, of *timestamp (may be NULL). */
enum status cosignature_find(const struct note *note, const struct verifier_key *k,
                             size_t *line, uint64_t *timestamp);

#endif
