#include "unit/test.h"

#include <sodium.h>

#include "base/fault.h"
#include "sign/sign_internal.h"

static const struct keyfile_cost cheap = { 1, 8192 };

static struct secret_key *key;

static struct secret_text passphrase_of(const char *text)
{
    struct secret_text s;

    assert_status(secret_text_new(&s), STATUS_OK);
    strcpy(s.ptr, text);
    s.len = strlen(text);
    return s;
}

static void seal(const char *passphrase, struct buf *out)
{
    struct secret_text s = { NULL, 0 };

    if (passphrase != NULL)
        s = passphrase_of(passphrase);
    assert_status(keyfile_seal_at(key, &s, cheap, out), STATUS_OK);
    secret_text_free(&s);
}

static enum status open_with(struct bytes text, const char *passphrase)
{
    struct secret_text s = { NULL, 0 };
    struct secret_key *k;
    enum status st;

    if (passphrase != NULL)
        s = passphrase_of(passphrase);
    st = keyfile_open(text, &s, &k);
    secret_text_free(&s);
    if (st == STATUS_OK) {
        assert_memory_equal(secret_key_public(k), secret_key_public(key),
                            sizeof(struct verifier_key));
        secret_key_free(k);
    }
    return st;
}

TEST(a_locked_key_opens_with_its_passphrase)
{
    struct keyfile_head head;
    struct buf b = { 0 };

    seal("correct horse", &b);
    assert_true(bytes_starts(buf_bytes(&b), BYTES_LIT("avow secret key v1\n"
                                                      "name XM-DAC-41302\n"
                                                      "key XM-DAC-41302+")));
    assert_non_null(strstr(buf_str(&b), "\nkdf argon2id 1 8192 "));
    assert_status(keyfile_head(buf_bytes(&b), &head), STATUS_OK);
    assert_true(head.locked);
    assert_string_equal(head.key.name, "XM-DAC-41302");
    assert_status(open_with(buf_bytes(&b), "correct horse"), STATUS_OK);
    assert_status(open_with(buf_bytes(&b), "correct horsf"), STATUS_BAD_PASSPHRASE);
    assert_status(open_with(buf_bytes(&b), ""), STATUS_BAD_PASSPHRASE);
    assert_status(open_with(buf_bytes(&b), NULL), STATUS_BAD_PASSPHRASE);
    keyfile_text_clear(&b);
    assert_null(b.ptr);
}

TEST(no_two_files_are_the_same)
{
    struct buf a = { 0 }, b = { 0 };

    seal("x", &a);
    seal("x", &b);
    assert_false(bytes_eq(buf_bytes(&a), buf_bytes(&b)));
    buf_clear(&a);
    buf_clear(&b);
}

TEST(an_unlocked_key_opens_without)
{
    struct keyfile_head head;
    struct buf b = { 0 };

    seal(NULL, &b);
    assert_non_null(strstr(buf_str(&b), "\nkdf none\nseed "));
    assert_status(keyfile_head(buf_bytes(&b), &head), STATUS_OK);
    assert_false(head.locked);
    assert_status(open_with(buf_bytes(&b), NULL), STATUS_OK);
    keyfile_text_clear(&b);
}

/* Every bit of every byte; also each length, and something behind the end. */
static void tamper(const char *passphrase)
{
    struct buf b = { 0 };

    seal(passphrase, &b);
    for (size_t i = 0; i < b.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            b.ptr[i] ^= (uint8_t)(1 << bit);
            if (open_with(buf_bytes(&b), passphrase) == STATUS_OK)
                fail_msg("opened, byte %zu bit %d: %s", i, bit, buf_str(&b));
            b.ptr[i] ^= (uint8_t)(1 << bit);
        }
        if (open_with(bytes_slice(buf_bytes(&b), 0, i), passphrase) == STATUS_OK)
            fail_msg("opened, cut at %zu", i);
    }
    assert_status(open_with(buf_bytes(&b), passphrase), STATUS_OK);
    buf_text(&b, "\n");
    assert_status(open_with(buf_bytes(&b), passphrase), STATUS_MALFORMED);
    keyfile_text_clear(&b);
}

TEST(a_locked_file_that_was_altered_does_not_open)
{
    tamper("p");
}

TEST(an_unlocked_file_that_was_altered_does_not_open)
{
    tamper(NULL);
}

static enum status head_with_kdf(const char *kdf)
{
    struct keyfile_head head;
    struct buf b = { 0 };
    enum status st;

    buf_text(&b, "avow secret key v1\nname XM-DAC-41302\nkey ");
    verifier_key_print(secret_key_public(key), &b);
    buf_printf(&b, "\nkdf %s\nbox AAAA\n", kdf);
    st = keyfile_head(buf_bytes(&b), &head);
    buf_clear(&b);
    return st;
}

/* A file must not make us work for ever, or take all memory. */
TEST(argon2_limits_are_capped)
{
#define SALT " AAAAAAAAAAAAAAAAAAAAAA=="
    assert_status(head_with_kdf("argon2id 3 268435456" SALT), STATUS_OK);
    assert_status(head_with_kdf("argon2id 4 1073741824" SALT), STATUS_OK);
    assert_status(head_with_kdf("argon2id 9 268435456" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2id 3 1073741825" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2id 0 268435456" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2id 3 8191" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2id 3 268435456 AAAA"), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2id  3 268435456" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("argon2i 3 268435456" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("scrypt 3 268435456" SALT), STATUS_MALFORMED);
    assert_status(head_with_kdf("none"), STATUS_MALFORMED); /* then a seed is due */
}

TEST(new_files_are_sealed_at_the_cost_of_all)
{
    struct secret_text s = passphrase_of("slow");
    struct buf b = { 0 };

    assert_status(keyfile_seal(key, &s, &b), STATUS_OK);
    assert_non_null(strstr(buf_str(&b), "\nkdf argon2id 3 268435456 "));
    assert_status(open_with(buf_bytes(&b), "slow"), STATUS_OK);
    secret_text_free(&s);
    buf_clear(&b);
}

TEST(sealing_fails_whole)
{
    struct secret_text s = passphrase_of("p");
    bool fired = true;
    int nth;

    for (nth = 1; fired; nth++) {
        struct buf b = { 0 };
        enum status st;

        fault_arm(nth);
        st = keyfile_seal_at(key, &s, cheap, &b);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        if (fired)
            assert_int_equal(b.len, 0);
        buf_clear(&b);
    }
    assert_true(nth > 2);
    secret_text_free(&s);
}

TEST(opening_fails_whole)
{
    struct secret_text s = passphrase_of("p");
    struct buf b = { 0 };
    bool fired = true;

    seal("p", &b);
    for (int nth = 1; fired; nth++) {
        struct secret_key *k = NULL;
        enum status st;

        fault_arm(nth);
        st = keyfile_open(buf_bytes(&b), &s, &k);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        assert_int_equal(k == NULL, fired);
        secret_key_free(k);
    }
    fault_arm(1);
    assert_status(secret_text_new(&(struct secret_text){ NULL, 0 }), STATUS_NOMEM);
    fault_disarm();
    secret_text_free(&s);
    buf_clear(&b);
}

static int set_up(void **state)
{
    (void)state;
    if (sign_init() != STATUS_OK)
        return -1;
    return secret_key_generate(BYTES_LIT("XM-DAC-41302"), KEY_ED25519, &key) == STATUS_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    secret_key_free(key);
    return 0;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_locked_key_opens_with_its_passphrase),
    TEST_OF(no_two_files_are_the_same),
    TEST_OF(an_unlocked_key_opens_without),
    TEST_OF(a_locked_file_that_was_altered_does_not_open),
    TEST_OF(an_unlocked_file_that_was_altered_does_not_open),
    TEST_OF(argon2_limits_are_capped),
    TEST_OF(new_files_are_sealed_at_the_cost_of_all),
    TEST_OF(sealing_fails_whole),
    TEST_OF(opening_fails_whole),
};

TEST_MAIN_BETWEEN(tests, set_up, tear_down)
