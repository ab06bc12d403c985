#include "unit/test.h"

#include <sodium.h>

#include "base/codec.h"
#include "base/fault.h"
#include "sign/key.h"

/* From the C2SP signed-note specification. */
static const char spec_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

/* RFC 8032 section 7.1, TEST 3. */
static const uint8_t rfc_seed[] = {
    0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b, 0xed, 0xb7, 0x44,
    0x2f, 0x31, 0xdc, 0xb7, 0xb1, 0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f,
    0x09, 0x4b, 0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7,
};
static const char rfc_pub[] =
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
static const char rfc_sig[] =
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
static const uint8_t rfc_message[] = { 0xaf, 0x82 };

static struct secret_key *key_from(const char *name, uint8_t byte)
{
    uint8_t seed[SEED_LEN];
    struct secret_key *k;

    memset(seed, byte, sizeof(seed));
    assert_status(secret_key_from_seed(bytes_of(name), KEY_ED25519, seed, &k), STATUS_OK);
    return k;
}

TEST(the_verifier_key_of_the_specification)
{
    struct verifier_key k;
    struct buf b = { 0 };

    assert_status(verifier_key_parse(bytes_of(spec_key), &k), STATUS_OK);
    assert_string_equal(k.name, "example.com/foo");
    assert_int_equal(k.id, 0x530d903a);
    assert_int_equal(k.type, KEY_ED25519);
    verifier_key_print(&k, &b);
    assert_buf_eq(&b, spec_key);
    buf_clear(&b);
}

TEST(any_other_byte_makes_it_no_verifier_key)
{
    char text[sizeof(spec_key)];
    struct verifier_key k;

    for (size_t i = 0; i + 1 < sizeof(spec_key); i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(text, spec_key, sizeof(text));
            text[i] = (char)(text[i] ^ (1 << bit));
            if (verifier_key_parse((struct bytes){ (uint8_t *)text, sizeof(text) - 1 },
                                   &k) != STATUS_MALFORMED)
                fail_msg("taken: %s", text);
        }
    }
    for (size_t len = 0; len + 1 < sizeof(spec_key); len++)
        assert_status(verifier_key_parse(bytes_slice(bytes_of(spec_key), 0, len), &k),
                      STATUS_MALFORMED);
}

TEST(only_two_types_are_known)
{
    static const enum key_type types[] = { KEY_ED25519,      KEY_COSIGN,
                                           (enum key_type)0, (enum key_type)2,
                                           (enum key_type)6, (enum key_type)255 };
    uint8_t pub[PUBLIC_KEY_LEN] = { 9 };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct verifier_key k, again;
        struct buf b = { 0 };

        assert_status(verifier_key_make(BYTES_LIT("a"), types[i], pub, &k), STATUS_OK);
        verifier_key_print(&k, &b);
        assert_status(verifier_key_parse(buf_bytes(&b), &again),
                      i < 2 ? STATUS_OK : STATUS_MALFORMED);
        buf_clear(&b);
    }
}

TEST(names_of_keys)
{
    static const char *const good[] = { "a", "XM-DAC-41302", "avow.example.org/spf",
                                        "KE-NCB-OP.218/051/95/010", "\xc3\xa9" };
    static const char *const bad[] = { "",
                                       " ",
                                       "a b",
                                       "a+b",
                                       "a\n",
                                       "a\x7f",
                                       "\xc2\x85" /* next line */,
                                       "a\xc2\xa0" /* no-break space */,
                                       "\xe2\x80\x83" /* em space */,
                                       "\xe3\x80\x80" /* ideographic space */,
                                       "\xe1\x9a\x80" /* ogham space */,
                                       "\xe2\x80\xa8" /* line separator */,
                                       "\xff" };
    char text[KEY_NAME_MAX + 2];
    uint8_t pub[PUBLIC_KEY_LEN] = { 9 };
    struct verifier_key k;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_status(verifier_key_make(bytes_of(good[i]), KEY_ED25519, pub, &k),
                      STATUS_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(verifier_key_make(bytes_of(bad[i]), KEY_ED25519, pub, &k),
                      STATUS_MALFORMED);
    memset(text, 'x', sizeof(text));
    assert_status(verifier_key_make((struct bytes){ (uint8_t *)text, KEY_NAME_MAX },
                                    KEY_COSIGN, pub, &k),
                  STATUS_OK);
    assert_status(verifier_key_make((struct bytes){ (uint8_t *)text, KEY_NAME_MAX + 1 },
                                    KEY_COSIGN, pub, &k),
                  STATUS_MALFORMED);
}

TEST(rfc_8032_test_3)
{
    struct bytes message = { rfc_message, sizeof(rfc_message) };
    uint8_t pub[PUBLIC_KEY_LEN], expected[SIGNATURE_LEN], sig[SIGNATURE_LEN];
    struct secret_key *k;

    assert_status(hex_decode(bytes_of(rfc_pub), pub, sizeof(pub)), STATUS_OK);
    assert_status(hex_decode(bytes_of(rfc_sig), expected, sizeof(expected)), STATUS_OK);
    assert_status(secret_key_from_seed(BYTES_LIT("rfc"), KEY_ED25519, rfc_seed, &k),
                  STATUS_OK);
    assert_memory_equal(secret_key_public(k)->pub, pub, sizeof(pub));
    secret_key_sign(k, message, sig);
    assert_memory_equal(sig, expected, sizeof(sig));
    assert_true(signature_verify(pub, message, sig));
    for (size_t i = 0; i < sizeof(sig); i++) {
        sig[i] ^= 1;
        assert_false(signature_verify(pub, message, sig));
        sig[i] ^= 1;
    }
    assert_false(signature_verify(pub, BYTES_LIT("other"), sig));
    secret_key_free(k);
}

/* S + L verifies wherever S is not checked: one signature, two encodings. */
TEST(a_signature_with_s_not_canonical_is_refused)
{
    static const uint8_t order[] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
    };
    struct secret_key *k = key_from("a", 1);
    struct bytes message = BYTES_LIT("message");
    uint8_t sig[SIGNATURE_LEN];
    unsigned carry = 0;

    secret_key_sign(k, message, sig);
    assert_true(signature_verify(secret_key_public(k)->pub, message, sig));
    for (size_t i = 0; i < sizeof(order); i++) {
        carry += (unsigned)sig[32 + i] + order[i];
        sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(signature_verify(secret_key_public(k)->pub, message, sig));
    secret_key_free(k);
}

/* With the identity as key and R and zero as S, the equation holds for any message. */
TEST(keys_of_small_order_are_refused)
{
    static const uint8_t identity[PUBLIC_KEY_LEN] = { 1 };
    uint8_t not_canonical[PUBLIC_KEY_LEN]; /* the identity again, y being p + 1 */
    uint8_t sig[SIGNATURE_LEN] = { 1 };

    memset(not_canonical, 0xff, sizeof(not_canonical));
    not_canonical[0] = 0xee;
    not_canonical[31] = 0x7f;
    assert_false(signature_verify(identity, BYTES_LIT("message"), sig));
    assert_false(signature_verify(not_canonical, BYTES_LIT("message"), sig));
}

/* The signer itself can make a signature whose R is the identity: S = h * a. */
TEST(an_r_of_small_order_is_refused)
{
    uint8_t seed[SEED_LEN], hash[64], a[32], h[32], sig[SIGNATURE_LEN] = { 1 };
    struct secret_key *k = key_from("a", 3);
    const uint8_t *pub = secret_key_public(k)->pub;
    crypto_hash_sha512_state state;

    memset(seed, 3, sizeof(seed));
    crypto_hash_sha512(hash, seed, sizeof(seed));
    hash[0] &= 248;
    hash[31] &= 127;
    hash[31] |= 64;
    memset(hash + 32, 0, 32);
    crypto_core_ed25519_scalar_reduce(a, hash);
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, sig, 32);
    crypto_hash_sha512_update(&state, pub, PUBLIC_KEY_LEN);
    crypto_hash_sha512_update(&state, (const uint8_t *)"message", 7);
    crypto_hash_sha512_final(&state, hash);
    crypto_core_ed25519_scalar_reduce(h, hash);
    crypto_core_ed25519_scalar_mul(sig + 32, h, a);
    assert_false(signature_verify(pub, BYTES_LIT("message"), sig));
    secret_key_free(k);
}

TEST(a_proof_is_for_one_log_and_one_organization)
{
    struct secret_key *k = key_from("ORG-1", 1), *other = key_from("ORG-1", 2);
    const struct verifier_key *pub = secret_key_public(k);
    struct bytes origin = BYTES_LIT("log.example/a"), org = BYTES_LIT("ORG-1");
    struct buf text = { 0 };
    uint8_t sig[SIGNATURE_LEN];
    char long_name[KEY_NAME_MAX + 2] = { 0 };

    key_proof_sign(k, origin, org, sig);
    assert_true(key_proof_verify(pub, origin, org, sig));
    /* As docs/formats.md has it. */
    buf_text(&text, "avow/key/v1\nlog.example/a\nORG-1\n");
    verifier_key_print(pub, &text);
    buf_text(&text, "\n");
    assert_true(signature_verify(pub->pub, buf_bytes(&text), sig));
    assert_false(key_proof_verify(pub, BYTES_LIT("log.example/b"), org, sig));
    assert_false(key_proof_verify(pub, origin, BYTES_LIT("ORG-2"), sig));
    assert_false(key_proof_verify(secret_key_public(other), origin, org, sig));
    assert_false(key_proof_verify(pub, BYTES_LIT(""), org, sig));
    assert_false(key_proof_verify(pub, origin, BYTES_LIT("a\nb"), sig));
    memset(long_name, 'x', KEY_NAME_MAX + 1);
    assert_false(key_proof_verify(pub, origin, bytes_of(long_name), sig));
    assert_false(key_proof_verify(pub, bytes_of(long_name), org, sig));
    buf_clear(&text);
    secret_key_free(k);
    secret_key_free(other);
}

TEST(the_longest_names_have_a_proof)
{
    char origin[ORIGIN_MAX + 1] = { 0 }, name[KEY_NAME_MAX + 1] = { 0 };
    uint8_t sig[SIGNATURE_LEN];
    struct secret_key *k;

    memset(origin, 'o', ORIGIN_MAX);
    memset(name, 'n', KEY_NAME_MAX);
    k = key_from(name, 1);
    key_proof_sign(k, bytes_of(origin), bytes_of(name), sig);
    assert_true(
        key_proof_verify(secret_key_public(k), bytes_of(origin), bytes_of(name), sig));
    secret_key_free(k);
}

TEST(generated_keys_differ_and_memory_may_run_out)
{
    struct secret_key *a, *b = NULL;

    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_COSIGN, &a), STATUS_OK);
    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_COSIGN, &b), STATUS_OK);
    assert_memory_not_equal(secret_key_public(a)->pub, secret_key_public(b)->pub,
                            PUBLIC_KEY_LEN);
    assert_int_equal(secret_key_public(a)->type, KEY_COSIGN);
    secret_key_free(a);
    secret_key_free(b);
    secret_key_free(NULL);
    fault_arm(1);
    b = NULL;
    assert_status(secret_key_generate(BYTES_LIT("a"), KEY_ED25519, &b), STATUS_NOMEM);
    assert_true(fault_disarm());
    assert_null(b);
    assert_status(secret_key_generate(BYTES_LIT("a b"), KEY_ED25519, &b),
                  STATUS_MALFORMED);
    assert_null(b);
}

static int set_up(void **state)
{
    (void)state;
    return sign_init() == STATUS_OK ? 0 : -1;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_verifier_key_of_the_specification),
    TEST_OF(any_other_byte_makes_it_no_verifier_key),
    TEST_OF(only_two_types_are_known),
    TEST_OF(names_of_keys),
    TEST_OF(rfc_8032_test_3),
    TEST_OF(a_signature_with_s_not_canonical_is_refused),
    TEST_OF(keys_of_small_order_are_refused),
    TEST_OF(an_r_of_small_order_is_refused),
    TEST_OF(a_proof_is_for_one_log_and_one_organization),
    TEST_OF(the_longest_names_have_a_proof),
    TEST_OF(generated_keys_differ_and_memory_may_run_out),
};

TEST_MAIN_WITH(tests, set_up)
