/* Ed25519 cosignatures. */
#include "tlog/checkpoint.h"

#include "unit/tlog_keys.h"

#define TEXT                                                        \
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/" \
    "Xajj7h2fB2MPA3j2jxq2I=\n"

/* The note of TEXT with k's cosignature. */
static void cosigned(const struct secret_key *k, uint64_t timestamp, struct buf *in,
                     struct note *note)
{
    buf_reset(in);
    buf_text(in, TEXT "\n");
    cosignature_sign(k, bytes_of(TEXT), timestamp, in);
    assert_status(buf_status(in), STATUS_OK);
    assert_status(note_parse(buf_bytes(in), note), STATUS_OK);
    assert_int_equal(note->n, 1);
}

TEST(what_is_cosigned_verifies_with_its_time)
{
    static const uint64_t times[] = { 0, 1, 1679315147, INT64_MAX };
    struct secret_key *k = key_of("XM-DAC-1/geneva", KEY_COSIGN, 1);
    struct buf in = { 0 };
    struct note note;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        uint64_t time = 42;

        cosigned(k, times[i], &in, &note);
        assert_true(
            cosignature_verify(&note.sigs[0], note.text, secret_key_public(k), &time));
        assert_int_equal(time, times[i]);
        assert_true(
            cosignature_verify(&note.sigs[0], note.text, secret_key_public(k), NULL));
    }
    buf_clear(&in);
    secret_key_free(k);
}

/* tlog-cosignature, Ed25519 signed message, word for word. */
TEST(the_message_is_that_of_the_specification)
{
    struct secret_key *k = key_of("w", KEY_COSIGN, 1);
    struct buf in = { 0 };
    struct note note;

    cosigned(k, 1679315147, &in, &note);
    assert_int_equal(note.sigs[0].sig_len, 72);
    assert_memory_equal(note.sigs[0].sig, "\0\0\0\0\x64\x18\x50\xcb", 8);
    assert_true(signature_verify(secret_key_public(k)->pub,
                                 BYTES_LIT("cosignature/v1\ntime 1679315147\n" TEXT),
                                 note.sigs[0].sig + 8));
    buf_clear(&in);
    secret_key_free(k);
}

TEST(it_holds_for_nothing_else)
{
    struct secret_key *k = key_of("w", KEY_COSIGN, 1);
    struct secret_key *others[3] = { key_of("w", KEY_COSIGN, 2),
                                     key_of("v", KEY_COSIGN, 1),
                                     key_of("w", KEY_ED25519, 1) };
    const struct verifier_key *pub = secret_key_public(k);
    struct note_signature *s;
    struct buf in = { 0 };
    struct note note;
    uint64_t time = 42;

    cosigned(k, 1679315147, &in, &note);
    s = &note.sigs[0];
    for (int i = 0; i < 3; i++) {
        assert_false(
            cosignature_verify(s, note.text, secret_key_public(others[i]), &time));
        secret_key_free(others[i]);
    }
    assert_false(cosignature_verify(s, BYTES_LIT("o\n1\nx\n"), pub, &time));
    for (size_t bit = 0; bit < s->sig_len * 8; bit++) {
        s->sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(cosignature_verify(s, note.text, pub, &time));
        s->sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    s->sig_len = 64;
    assert_false(cosignature_verify(s, note.text, pub, &time));
    s->sig_len = 0;
    assert_false(cosignature_verify(s, note.text, pub, &time));
    assert_int_equal(time, 42); /* written only on success */
    buf_clear(&in);
    secret_key_free(k);
}

/* tlog-cosignature, Format: the timestamp MUST NOT exceed 2^63 - 1. */
TEST(a_time_beyond_the_last_is_refused_though_signed)
{
    struct secret_key *k = key_of("w", KEY_COSIGN, 1);
    struct buf in = { 0 };
    struct note note;

    cosigned(k, 1, &in, &note);
    memset(note.sigs[0].sig, 0, 8);
    note.sigs[0].sig[0] = 0x80;
    secret_key_sign(k, BYTES_LIT("cosignature/v1\ntime 9223372036854775808\n" TEXT),
                    note.sigs[0].sig + 8);
    assert_false(
        cosignature_verify(&note.sigs[0], note.text, secret_key_public(k), NULL));
    buf_clear(&in);
    secret_key_free(k);
}

TEST(a_text_longer_than_any_checkpoint_is_refused)
{
    struct secret_key *k = key_of("w", KEY_COSIGN, 1);
    struct buf in = { 0 };
    struct note note;
    static uint8_t endless[100000];

    cosigned(k, 1, &in, &note);
    assert_false(cosignature_verify(&note.sigs[0],
                                    (struct bytes){ endless, sizeof(endless) },
                                    secret_key_public(k), NULL));
    buf_clear(&in);
    secret_key_free(k);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(what_is_cosigned_verifies_with_its_time),
    TEST_OF(the_message_is_that_of_the_specification),
    TEST_OF(it_holds_for_nothing_else),
    TEST_OF(a_time_beyond_the_last_is_refused_though_signed),
    TEST_OF(a_text_longer_than_any_checkpoint_is_refused),
};

TEST_MAIN_SIGNING(tests)
