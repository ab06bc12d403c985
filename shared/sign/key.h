/* shared/sign/key.h
 *
 * Ed25519 keys (RFC 8032) and their names: signed-note verifier keys
 * "<name>+<8 hex>+<base64(type || key)>" (C2SP signed-note, Verifier keys).
 * libsodium's one door, with keyfile.c. Verification is strict: non-canonical S,
 * non-canonical and small-order points are rejected.
 */
#ifndef AVOW_SIGN_KEY_H
#define AVOW_SIGN_KEY_H

#include "base/bytes.h"
#include "base/limits.h"

#define PUBLIC_KEY_LEN 32
#define SIGNATURE_LEN 64
#define SEED_LEN 32

enum key_type {
    KEY_ED25519 =
        0x01,         /* signs statements (name: organization) or checkpoints (origin) */
    KEY_COSIGN = 0x04 /* cosigns checkpoints (name: <org>/<label>) */
};

struct verifier_key {
    char name[KEY_NAME_MAX + 1];
    uint32_t id; /* SHA-256(name || 0x0a || type || key)[:4], big-endian */
    enum key_type type;
    uint8_t pub[PUBLIC_KEY_LEN];
};

/* Before anything else here; once, any thread. STATUS_IO: no randomness. */
enum status sign_init(void);

/* C2SP signed-note, Format: non-empty UTF-8 without a Unicode space or a plus? */
bool note_name_valid(struct bytes name);
/* ... and without a control character: a name of ours. */
bool key_name_valid(struct bytes name);

/* The id must be the one computed; type 0x01 or 0x04. STATUS_MALFORMED otherwise. */
enum status verifier_key_parse(struct bytes text, struct verifier_key *out);
/* Of the form of a verifier key, and of a type that is not ours: *name is its name, *type
 * its type. */
bool verifier_key_foreign(struct bytes text, struct bytes *name, uint8_t *type);
void verifier_key_print(const struct verifier_key *k, struct buf *out);
/* STATUS_MALFORMED: the name is empty, too long, or has a space or a plus. */
enum status verifier_key_make(struct bytes name, enum key_type type,
                              const uint8_t pub[PUBLIC_KEY_LEN],
                              struct verifier_key *out);

bool signature_verify(const uint8_t pub[PUBLIC_KEY_LEN], struct bytes message,
                      const uint8_t sig[SIGNATURE_LEN]);

/* A secret key: seed and expanded key in sodium_malloc memory, wiped when freed. */
struct secret_key;

enum status secret_key_generate(struct bytes name, enum key_type type,
                                struct secret_key **out);
/* `seed` may be wiped by the caller afterwards. */
enum status secret_key_from_seed(struct bytes name, enum key_type type,
                                 const uint8_t seed[SEED_LEN], struct secret_key **out);
const struct verifier_key *secret_key_public(const struct secret_key *k);
void secret_key_sign(const struct secret_key *k, struct bytes message,
                     uint8_t sig[SIGNATURE_LEN]);
void secret_key_free(struct secret_key *k); /* accepts NULL */

/* docs/formats.md 1: who states a key shows that it holds it. The signature by that key
 * over "avow/key/v1\n<origin>\n<org>\n<verifier key>\n"; for a log key `org` is the
 * origin. */
void key_proof_sign(const struct secret_key *k, struct bytes origin, struct bytes org,
                    uint8_t sig[SIGNATURE_LEN]);
bool key_proof_verify(const struct verifier_key *k, struct bytes origin, struct bytes org,
                      const uint8_t sig[SIGNATURE_LEN]);

#endif
