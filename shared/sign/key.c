#include "sign/key.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/fault.h"
#include "sign/sign_internal.h"

/* Post-quantum keys have up to some thousand bytes. */
#define FOREIGN_KEY_MAX 8192
#define PUB_BASE64_LEN 44 /* of type || key, 33 bytes */
/* "<name>+<8 hex>+<base64>" */
#define VERIFIER_KEY_TEXT_MAX (KEY_NAME_MAX + 1 + 8 + 1 + PUB_BASE64_LEN)

static const struct bytes proof_head = { (const uint8_t *)"avow/key/v1\n", 12 };
#define PROOF_TEXT_MAX \
    (12 + ORIGIN_MAX + 1 + KEY_NAME_MAX + 1 + VERIFIER_KEY_TEXT_MAX + 1)

struct secret_key {
    struct verifier_key pub;
    uint8_t expanded[crypto_sign_SECRETKEYBYTES]; /* seed || public key */
};

_Static_assert(PUBLIC_KEY_LEN == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(SIGNATURE_LEN == crypto_sign_BYTES, "Ed25519");
_Static_assert(SEED_LEN == crypto_sign_SEEDBYTES, "Ed25519");

enum status sign_init(void)
{
    return sodium_init() < 0 ? STATUS_IO : STATUS_OK;
}

/* Unicode's White_Space. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool name_valid(struct bytes name, bool control)
{
    if (name.len == 0 || !utf8_valid(name))
        return false;
    for (size_t at = 0; at < name.len;) {
        uint32_t c = utf8_next(name, &at);

        if (c == '+' || is_space(c) ||
            (!control && (c < 0x20 || (c >= 0x7f && c <= 0x9f))))
            return false;
    }
    return true;
}

bool note_name_valid(struct bytes name)
{
    return name_valid(name, true);
}

bool key_name_valid(struct bytes name)
{
    return name_valid(name, false);
}

static uint32_t key_id(struct bytes name, enum key_type type,
                       const uint8_t pub[PUBLIC_KEY_LEN])
{
    const uint8_t middle[2] = { '\n', (uint8_t)type };
    uint8_t hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;

    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, name.ptr, name.len);
    crypto_hash_sha256_update(&state, middle, sizeof(middle));
    crypto_hash_sha256_update(&state, pub, PUBLIC_KEY_LEN);
    crypto_hash_sha256_final(&state, hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 |
           hash[3];
}

enum status verifier_key_make(struct bytes name, enum key_type type,
                              const uint8_t pub[PUBLIC_KEY_LEN], struct verifier_key *out)
{
    struct verifier_key k = { .type = type };

    if (name.len > KEY_NAME_MAX || !key_name_valid(name))
        return STATUS_MALFORMED;
    memcpy(k.name, name.ptr, name.len);
    memcpy(k.pub, pub, PUBLIC_KEY_LEN);
    k.id = key_id(name, type, pub);
    *out = k;
    return STATUS_OK;
}

/* Splits at the first plus: `rest` becomes what follows it. */
static bool split_plus(struct bytes *rest, struct bytes *part)
{
    size_t at;

    if (!bytes_find(*rest, '+', &at))
        return false;
    *part = bytes_slice(*rest, 0, at);
    *rest = bytes_slice(*rest, at + 1, rest->len);
    return true;
}

enum status verifier_key_parse(struct bytes text, struct verifier_key *out)
{
    struct bytes name, hex;
    uint8_t id[4], typed[1 + PUBLIC_KEY_LEN];
    struct verifier_key k;
    enum status st;

    if (!split_plus(&text, &name) || !split_plus(&text, &hex))
        return STATUS_MALFORMED;
    if (hex_decode(hex, id, sizeof(id)) != STATUS_OK ||
        base64_decode_exact(text, typed, sizeof(typed)) != STATUS_OK)
        return STATUS_MALFORMED;
    if (typed[0] != KEY_ED25519 && typed[0] != KEY_COSIGN)
        return STATUS_MALFORMED;
    st = verifier_key_make(name, (enum key_type)typed[0], typed + 1, &k);
    if (st != STATUS_OK)
        return st;
    if (k.id !=
        ((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]))
        return STATUS_MALFORMED;
    *out = k;
    return STATUS_OK;
}

bool verifier_key_foreign(struct bytes text, struct bytes *name, uint8_t *type)
{
    uint8_t id[4], typed[FOREIGN_KEY_MAX];
    size_t len = sizeof(typed);
    struct bytes hex;

    if (!split_plus(&text, name) || !split_plus(&text, &hex) || !note_name_valid(*name) ||
        hex_decode(hex, id, sizeof(id)) != STATUS_OK ||
        base64_decode(text, typed, &len) != STATUS_OK || len < 2)
        return false;
    *type = typed[0];
    return *type != KEY_ED25519 && *type != KEY_COSIGN;
}

static struct bytes verifier_key_text(const struct verifier_key *k,
                                      char out[VERIFIER_KEY_TEXT_MAX + 1])
{
    uint8_t typed[1 + PUBLIC_KEY_LEN];
    char base64[PUB_BASE64_LEN + 1];
    int len;

    typed[0] = (uint8_t)k->type;
    memcpy(typed + 1, k->pub, PUBLIC_KEY_LEN);
    sodium_bin2base64(base64, sizeof(base64), typed, sizeof(typed),
                      sodium_base64_VARIANT_ORIGINAL);
    len = snprintf(out, VERIFIER_KEY_TEXT_MAX + 1, "%s+%08x+%s", k->name, k->id, base64);
    assert(len > 0 && len <= VERIFIER_KEY_TEXT_MAX);
    return (struct bytes){ (const uint8_t *)out, (size_t)len };
}

void verifier_key_print(const struct verifier_key *k, struct buf *out)
{
    char text[VERIFIER_KEY_TEXT_MAX + 1];

    buf_add(out, verifier_key_text(k, text));
}

bool signature_verify(const uint8_t pub[PUBLIC_KEY_LEN], struct bytes message,
                      const uint8_t sig[SIGNATURE_LEN])
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    /* A fuzzer cannot forge, and should get behind this door. */
    (void)pub;
    (void)message;
    (void)sig;
    return true;
#else
    return crypto_sign_verify_detached(sig, message.ptr, message.len, pub) == 0;
#endif
}

enum status secret_key_from_seed(struct bytes name, enum key_type type,
                                 const uint8_t seed[SEED_LEN], struct secret_key **out)
{
    struct secret_key *k = fault_here() ? NULL : sodium_malloc(sizeof(*k));
    uint8_t pub[PUBLIC_KEY_LEN];
    enum status st;

    if (k == NULL)
        return STATUS_NOMEM;
    crypto_sign_seed_keypair(pub, k->expanded, seed);
    st = verifier_key_make(name, type, pub, &k->pub);
    if (st != STATUS_OK) {
        secret_key_free(k);
        return st;
    }
    sodium_mprotect_readonly(k);
    *out = k;
    return STATUS_OK;
}

enum status secret_key_generate(struct bytes name, enum key_type type,
                                struct secret_key **out)
{
    uint8_t seed[SEED_LEN];
    enum status st;

    randombytes_buf(seed, sizeof(seed));
    st = secret_key_from_seed(name, type, seed, out);
    sodium_memzero(seed, sizeof(seed));
    return st;
}

const struct verifier_key *secret_key_public(const struct secret_key *k)
{
    return &k->pub;
}

void secret_key_seed(const struct secret_key *k, uint8_t seed[SEED_LEN])
{
    crypto_sign_ed25519_sk_to_seed(seed, k->expanded);
}

void secret_key_sign(const struct secret_key *k, struct bytes message,
                     uint8_t sig[SIGNATURE_LEN])
{
    crypto_sign_detached(sig, NULL, message.ptr, message.len, k->expanded);
}

void secret_key_free(struct secret_key *k)
{
    sodium_free(k); /* makes it writable, wipes it; accepts NULL */
}

static bool one_line(struct bytes text, size_t max)
{
    size_t at;

    return text.len > 0 && text.len <= max && !bytes_find(text, '\n', &at);
}

static size_t add_line(uint8_t *to, size_t at, struct bytes line)
{
    memcpy(to + at, line.ptr, line.len);
    to[at + line.len] = '\n';
    return at + line.len + 1;
}

/* What a key's proof signs; 0: no such text, a part is too long or not one line. */
static size_t proof_text(const struct verifier_key *k, struct bytes origin,
                         struct bytes org, uint8_t out[PROOF_TEXT_MAX])
{
    char key[VERIFIER_KEY_TEXT_MAX + 1];
    size_t len = proof_head.len;

    if (!one_line(origin, ORIGIN_MAX) || !one_line(org, KEY_NAME_MAX))
        return 0;
    memcpy(out, proof_head.ptr, proof_head.len);
    len = add_line(out, len, origin);
    len = add_line(out, len, org);
    return add_line(out, len, verifier_key_text(k, key));
}

void key_proof_sign(const struct secret_key *k, struct bytes origin, struct bytes org,
                    uint8_t sig[SIGNATURE_LEN])
{
    uint8_t text[PROOF_TEXT_MAX];
    size_t len = proof_text(&k->pub, origin, org, text);

    assert(len > 0);
    secret_key_sign(k, (struct bytes){ text, len }, sig);
}

bool key_proof_verify(const struct verifier_key *k, struct bytes origin, struct bytes org,
                      const uint8_t sig[SIGNATURE_LEN])
{
    uint8_t text[PROOF_TEXT_MAX];
    size_t len = proof_text(k, origin, org, text);

    return len > 0 && signature_verify(k->pub, (struct bytes){ text, len }, sig);
}
