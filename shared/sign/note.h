/* shared/sign/note.h
 *
 * Signed notes (C2SP signed-note v1.0.0): a text that ends in a newline, a blank line,
 * signature lines "— <name> <base64(key id || signature)>\n".
 */
#ifndef AVOW_SIGN_NOTE_H
#define AVOW_SIGN_NOTE_H

#include "sign/key.h"

struct note_signature {
    struct bytes name; /* borrowed from the note */
    struct bytes line; /* the whole line, with its newline */
    uint32_t key_id;
    uint8_t sig[8 + SIGNATURE_LEN]; /* what follows the key id */
    size_t sig_len; /* 64, or 72 for a cosignature; 0: of some other length */
};

struct note {
    struct bytes text; /* borrowed; with its final newline */
    struct note_signature sigs[NOTE_SIGNATURES_MAX];
    size_t n;
};

/* The shape only; nothing is verified. UTF-8, no control character but newline, at least
 * one signature line, at most NOTE_SIGNATURES_MAX. `struct note` is large: not for a
 * small stack. STATUS_MALFORMED otherwise. */
enum status note_parse(struct bytes in, struct note *out);

/* One line, with its newline. STATUS_MALFORMED. */
enum status note_signature_parse(struct bytes line, struct note_signature *out);
/* Appends "— <name> <base64>\n". */
void note_signature_print(struct bytes name, uint32_t key_id, struct bytes sig,
                          struct buf *out);

/* Sign `text`, which ends in a newline, by a KEY_ED25519 key; append the line to `out`.
 */
void note_sign(const struct secret_key *k, struct bytes text, struct buf *out);

/* The line is by `k` (name and id) and verifies over `text`. */
bool note_signature_by(const struct note_signature *s, const struct verifier_key *k);
/* For keys of type KEY_ED25519; what a KEY_COSIGN key signs is tlog/checkpoint.h's
 * matter. */
bool note_signature_verify(const struct note_signature *s, struct bytes text,
                           const struct verifier_key *k);

#endif
