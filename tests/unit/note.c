#include "unit/test.h"

#include "base/limits.h"
#include "sign/note.h"

#define DASH "\xe2\x80\x94"
/* From the C2SP signed-note specification. */
#define SPEC_TEXT "This is an example message.\n"
#define SPEC_LINE                                                                       \
    DASH " example.com/foo "                                                            \
         "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw" \
         "HjG1Yu72IneyaQM=\n"
static const char spec_note[] = SPEC_TEXT "\n" SPEC_LINE;
static const char spec_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

static struct note note;

static enum status parse(const char *text)
{
    return note_parse(bytes_of(text), &note);
}

TEST(the_note_of_the_specification)
{
    struct verifier_key k;

    assert_status(verifier_key_parse(bytes_of(spec_key), &k), STATUS_OK);
    assert_status(parse(spec_note), STATUS_OK);
    assert_bytes_eq(note.text, SPEC_TEXT);
    assert_int_equal(note.n, 1);
    assert_bytes_eq(note.sigs[0].name, "example.com/foo");
    assert_bytes_eq(note.sigs[0].line, SPEC_LINE);
    assert_int_equal(note.sigs[0].key_id, 0x530d903a);
    assert_int_equal(note.sigs[0].sig_len, SIGNATURE_LEN);
    assert_true(note_signature_by(&note.sigs[0], &k));
    assert_true(note_signature_verify(&note.sigs[0], note.text, &k));
    assert_false(note_signature_verify(&note.sigs[0], BYTES_LIT("other\n"), &k));
}

TEST(a_line_is_by_a_key_when_name_and_id_are_its_own)
{
    struct verifier_key k, other;

    assert_status(verifier_key_parse(bytes_of(spec_key), &k), STATUS_OK);
    assert_status(parse(spec_note), STATUS_OK);
    other = k;
    other.id ^= 1;
    assert_false(note_signature_by(&note.sigs[0], &other));
    assert_false(note_signature_verify(&note.sigs[0], note.text, &other));
    other = k;
    other.name[0] = 'E';
    assert_false(note_signature_by(&note.sigs[0], &other));
    assert_false(note_signature_verify(&note.sigs[0], note.text, &other));
    other = k;
    other.type = KEY_COSIGN; /* signs something else than the text */
    assert_false(note_signature_verify(&note.sigs[0], note.text, &other));
}

TEST(what_is_signed_verifies)
{
    static const char text[] = "one\n\ntwo\n\n" DASH " not a signature\n";
    struct secret_key *k;
    struct buf b = { 0 };

    assert_status(secret_key_generate(BYTES_LIT("a/b"), KEY_ED25519, &k), STATUS_OK);
    buf_text(&b, text);
    buf_text(&b, "\n");
    note_sign(k, bytes_of(text), &b);
    note_sign(k, bytes_of(text), &b);
    assert_status(note_parse(buf_bytes(&b), &note), STATUS_OK);
    assert_bytes_eq(note.text, text);
    assert_int_equal(note.n, 2);
    assert_true(note_signature_verify(&note.sigs[1], note.text, secret_key_public(k)));
    b.ptr[0] ^= 1;
    assert_false(note_signature_verify(&note.sigs[1], note.text, secret_key_public(k)));
    secret_key_free(k);
    buf_clear(&b);
}

TEST(the_text_ends_at_the_last_empty_line)
{
    assert_status(parse("a\n\n\n" DASH " n AAAAAAAA\n"), STATUS_OK);
    assert_bytes_eq(note.text, "a\n\n");
    assert_status(parse("\n\n" DASH " n AAAAAAAA\n"), STATUS_OK);
    assert_bytes_eq(note.text, "\n");
    /* Signature lines before the last empty line are text. */
    assert_status(parse("a\n\n" DASH " m AAAAAAAA\n\n" DASH " n AAAAAAAA\n"), STATUS_OK);
    assert_int_equal(note.n, 1);
    assert_bytes_eq(note.text, "a\n\n" DASH " m AAAAAAAA\n");
}

TEST(other_shapes_are_refused)
{
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "\n\n\n",
        "a\n",
        "a\n\n",
        "a\n\nb\n",
        DASH " n AAAAAAAA\n",
        "\n" DASH " n AAAAAAAA\n",
        "a\n" DASH " n AAAAAAAA\n",
        "a\n\n" DASH " n AAAAAAAA",      /* no newline at the end */
        "a\n\n" DASH " n AAAAAAAA\n\n",  /* empty line at the end */
        "a\n\n" DASH " n AAAAAAAA\nb\n", /* another line */
        "a\n\n" DASH "  AAAAAAAA\n",     /* no name */
        "a\n\n" DASH " n\n",             /* no signature */
        "a\n\n" DASH " n \n",
        "a\n\n" DASH " n AAAAAA==\n", /* a key id, and no signature */
        "a\n\n" DASH " n AAAA\n",
        "a\n\n" DASH " n AAAAAAAA \n",
        "a\n\n" DASH " n  AAAAAAAA\n",
        "a\n\n" DASH " n AAAAAAAA x\n",
        "a\n\n" DASH " n AAAAAAB=\n", /* not canonical */
        "a\n\n" DASH " n AAAAAAA\n",  /* not padded */
        "a\n\n" DASH " n AAA-AAA_\n",
        "a\n\n" DASH " n+m AAAAAAAA\n",
        "a\n\n" DASH " n\xc2\xa0m AAAAAAAA\n", /* no-break space */
        "a\n\n" DASH "n AAAAAAAA\n",
        "a\n\n- n AAAAAAAA\n",
        "a\n\n " DASH " n AAAAAAAA\n",
        "a\r\n\r\n" DASH " n AAAAAAAA\r\n",
        "a\tb\n\n" DASH " n AAAAAAAA\n",
        "a\xff\n\n" DASH " n AAAAAAAA\n",
        "a\n\n" DASH " \xff AAAAAAAA\n",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (parse(bad[i]) != STATUS_MALFORMED)
            fail_msg("taken: number %zu: %s", i, bad[i]);
    }
    assert_status(note_parse((struct bytes){ NULL, 0 }, &note), STATUS_MALFORMED);
    assert_status(note_parse(BYTES_LIT("a\0\n\n" DASH " n AAAAAAAA\n"), &note),
                  STATUS_MALFORMED);
}

/* C2SP signed-note, Format: key names have no spaces and no plus. */
TEST(a_name_may_have_what_a_name_of_ours_may_not)
{
    assert_status(parse("a\n\n" DASH " n\x7fm AAAAAAAA\n"), STATUS_OK);
    assert_status(parse("a\n\n" DASH " n\xc2\x80m AAAAAAAA\n"), STATUS_OK);
    assert_status(parse("a\n\n" DASH " n\xc2\x9f AAAAAAAA\n"), STATUS_OK);
    assert_status(parse("a\n\n" DASH " n\xc2\x85m AAAAAAAA\n"), STATUS_MALFORMED);
    assert_false(key_name_valid(BYTES_LIT("n\x7fm")));
    assert_false(key_name_valid(BYTES_LIT("n\xc2\x80m")));
}

TEST(signatures_of_any_length_are_read_over)
{
    static const uint8_t sig[8 + SIGNATURE_LEN] = { 1, 2, 3 };
    struct buf b = { 0 };

    buf_text(&b, "text\n\n");
    note_signature_print(BYTES_LIT("a"), 1, (struct bytes){ sig, 64 }, &b);
    note_signature_print(BYTES_LIT("b"), 0xfffffffe, (struct bytes){ sig, 72 }, &b);
    note_signature_print(BYTES_LIT("c"), 3, (struct bytes){ sig, 65 }, &b);
    note_signature_print(BYTES_LIT("d"), 4, (struct bytes){ sig, 1 }, &b);
    buf_text(&b, DASH " e ");
    for (int i = 0; i < 4900 / 3; i++)
        buf_text(&b, "AAAA");
    buf_text(&b, "\n");
    assert_status(note_parse(buf_bytes(&b), &note), STATUS_OK);
    assert_int_equal(note.n, 5);
    assert_int_equal(note.sigs[0].sig_len, 64);
    assert_int_equal(note.sigs[1].sig_len, 72);
    assert_int_equal(note.sigs[1].key_id, 0xfffffffe);
    assert_memory_equal(note.sigs[1].sig, sig, 72);
    assert_int_equal(note.sigs[2].sig_len, 0);
    assert_int_equal(note.sigs[3].sig_len, 0);
    assert_int_equal(note.sigs[4].sig_len, 0);
    buf_clear(&b);
}

TEST(there_is_a_limit_to_signatures)
{
    struct buf b = { 0 };

    buf_text(&b, "text\n\n");
    for (int i = 0; i < NOTE_SIGNATURES_MAX; i++)
        buf_text(&b, DASH " n AAAAAAAA\n");
    assert_status(note_parse(buf_bytes(&b), &note), STATUS_OK);
    assert_int_equal(note.n, NOTE_SIGNATURES_MAX);
    buf_text(&b, DASH " n AAAAAAAA\n");
    assert_status(note_parse(buf_bytes(&b), &note), STATUS_MALFORMED);
    buf_clear(&b);
}

static int set_up(void **state)
{
    (void)state;
    return sign_init() == STATUS_OK ? 0 : -1;
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_note_of_the_specification),
    TEST_OF(a_line_is_by_a_key_when_name_and_id_are_its_own),
    TEST_OF(what_is_signed_verifies),
    TEST_OF(the_text_ends_at_the_last_empty_line),
    TEST_OF(other_shapes_are_refused),
    TEST_OF(a_name_may_have_what_a_name_of_ours_may_not),
    TEST_OF(signatures_of_any_length_are_read_over),
    TEST_OF(there_is_a_limit_to_signatures),
};

TEST_MAIN_WITH(tests, set_up)
