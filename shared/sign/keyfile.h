/* shared/sign/keyfile.h
 *
 * A secret key file (docs/formats.md 1): text, mode 0600, born O_EXCL.
 *
 *     avow secret key v1
 *     name XM-DAC-41302
 *     key <verifier key>
 *     kdf argon2id <opslimit> <memlimit> <base64 salt>
 *     box <base64 of nonce || XChaCha20-Poly1305 of the 32-byte seed>
 *
 * The lines above `box` are its associated data. `kdf none` has `seed <base64>` instead.
 */
#ifndef AVOW_SIGN_KEYFILE_H
#define AVOW_SIGN_KEYFILE_H

#include "sign/key.h"

/* A passphrase in guarded memory. */
struct secret_text {
    char
        *ptr; /* NUL-terminated, sodium_malloc'ed, PASSPHRASE_MAX + 1 bytes; NULL: none */
    size_t len;
};

enum status secret_text_new(struct secret_text *out); /* empty, with all its room */
void secret_text_free(struct secret_text *s);

/* What stands in a key file without opening it. */
struct keyfile_head {
    struct verifier_key key;
    bool locked; /* a passphrase is needed */
};

enum status keyfile_head(struct bytes text, struct keyfile_head *out);

/* `passphrase` empty with ptr NULL: for `kdf none`. STATUS_BAD_PASSPHRASE: does not open.
 * STATUS_MALFORMED: not a key file, or Argon2 limits above the cap. */
enum status keyfile_open(struct bytes text, const struct secret_text *passphrase,
                         struct secret_key **out);

/* passphrase->ptr NULL: `kdf none`. The text, to be written by file_create(…, 0600). */
enum status keyfile_seal(const struct secret_key *k, const struct secret_text *passphrase,
                         struct buf *out);

/* Wipes and frees the text of a key file, which may hold a bare seed. */
void keyfile_text_clear(struct buf *text);

#endif
