/* Checkpoints: the text, the log's signature. */
#include "tlog/checkpoint.h"

#include "base/fault.h"
#include "unit/tlog_keys.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

TEST(the_example_of_the_specification_parses_and_prints_the_same)
{
    struct bytes text = BYTES_LIT("example.com/behind-the-sofa\n20852163\n" ROOT "\n");
    struct checkpoint c;
    struct buf out = { 0 };

    assert_status(checkpoint_parse(text, &c), STATUS_OK);
    assert_string_equal(c.origin, "example.com/behind-the-sofa");
    assert_int_equal(c.size, 20852163);
    assert_int_equal(c.root.b[0], 0x0a);
    assert_int_equal(c.root.b[31], 0x62);
    checkpoint_print(&c, &out);
    assert_same_bytes(buf_bytes(&out), text);
    buf_clear(&out);
}

TEST(sizes_go_up_to_the_largest)
{
    struct checkpoint c;

    assert_status(checkpoint_parse(BYTES_LIT("o\n0\n" ROOT "\n"), &c), STATUS_OK);
    assert_status(checkpoint_parse(BYTES_LIT("o\n9223372036854775807\n" ROOT "\n"), &c),
                  STATUS_OK);
    assert_int_equal(c.size, INT64_MAX);
    assert_status(checkpoint_parse(BYTES_LIT("o\n9223372036854775808\n" ROOT "\n"), &c),
                  STATUS_MALFORMED);
}

TEST(bent_texts_are_malformed)
{
    static const char *const bad[] = {
        "",
        "\n",
        "o\n1\n",
        "o\n1\n" ROOT,
        "\n1\n" ROOT "\n",
        "o\n\n" ROOT "\n",
        "o\n1\n\n",
        "o\n01\n" ROOT "\n",
        "o\n-1\n" ROOT "\n",
        "o\n+1\n" ROOT "\n",
        "o\n 1\n" ROOT "\n",
        "o\n1 \n" ROOT "\n",
        "o\n1x\n" ROOT "\n",
        "o\n0x1\n" ROOT "\n",
        "o\n18446744073709551617\n" ROOT "\n",
        "o\n1\n" ROOT " \n",
        "o\n1\n" ROOT "\n\n",
        "o\n1\n" ROOT "\nextension",
        "o\n1\n" ROOT "\nextension\n\n",
        "o\n1\n" ROOT "\n\nextension\n",
        "o\r\n1\r\n" ROOT "\r\n",
        "o\x7f\n1\n" ROOT "\n",
        "o\xff\n1\n" ROOT "\n",
        "o\t\n1\n" ROOT "\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
    };
    struct checkpoint c;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (checkpoint_parse(bytes_of(bad[i]), &c) != STATUS_MALFORMED)
            fail_msg("accepted: %s", bad[i]);
    assert_status(checkpoint_parse(BYTES_LIT("o\0p\n1\n" ROOT "\n"), &c),
                  STATUS_MALFORMED);
}

TEST(extension_lines_are_read_over)
{
    struct checkpoint c = { .size = 0 }, bare;

    assert_status(checkpoint_parse(BYTES_LIT("o\n7\n" ROOT "\n"), &bare), STATUS_OK);
    assert_status(
        checkpoint_parse(BYTES_LIT("o\n7\n" ROOT "\none line\nand another\n"), &c),
        STATUS_OK);
    assert_int_equal(c.size, 7);
    assert_true(hash_eq(&c.root, &bare.root));
}

TEST(an_origin_has_a_limit)
{
    struct checkpoint c;
    struct buf text = { 0 };

    for (int i = 0; i < ORIGIN_MAX; i++)
        buf_u8(&text, 'o');
    buf_text(&text, "\n1\n" ROOT "\n");
    assert_status(checkpoint_parse(buf_bytes(&text), &c), STATUS_OK);
    assert_int_equal(strlen(c.origin), ORIGIN_MAX);
    buf_reset(&text);
    for (int i = 0; i < ORIGIN_MAX + 1; i++)
        buf_u8(&text, 'o');
    buf_text(&text, "\n1\n" ROOT "\n");
    assert_status(checkpoint_parse(buf_bytes(&text), &c), STATUS_MALFORMED);
    buf_clear(&text);
}

struct signing {
    struct checkpoint c;
    struct secret_key *a, *b; /* two keys of one log */
    struct buf note;
};

static void signing_init(struct signing *s)
{
    const struct secret_key *keys[2];

    memset(s, 0, sizeof(*s));
    assert_status(checkpoint_parse(BYTES_LIT("example.com/log\n7\n" ROOT "\n"), &s->c),
                  STATUS_OK);
    keys[0] = s->a = key_of("example.com/log", KEY_ED25519, 1);
    keys[1] = s->b = key_of("example.com/log", KEY_ED25519, 2);
    assert_status(checkpoint_sign(&s->c, keys, 2, &s->note), STATUS_OK);
}

static void signing_clear(struct signing *s)
{
    secret_key_free(s->a);
    secret_key_free(s->b);
    buf_clear(&s->note);
}

TEST(any_of_the_logs_keys_opens_it)
{
    struct signing s;
    struct checkpoint c;

    signing_init(&s);
    assert_status(checkpoint_open(buf_bytes(&s.note), secret_key_public(s.a), &c),
                  STATUS_OK);
    assert_string_equal(c.origin, "example.com/log");
    assert_int_equal(c.size, 7);
    assert_true(hash_eq(&c.root, &s.c.root));
    assert_status(checkpoint_open(buf_bytes(&s.note), secret_key_public(s.b), &c),
                  STATUS_OK);
    signing_clear(&s);
}

TEST(other_keys_do_not_open_it)
{
    struct signing s;
    struct checkpoint c;
    struct secret_key *others[3];

    signing_init(&s);
    others[0] = key_of("example.com/log", KEY_ED25519, 3);
    others[1] = key_of("example.com/other", KEY_ED25519, 1);
    others[2] = key_of("example.com/log", KEY_COSIGN, 1);
    for (int i = 0; i < 3; i++) {
        assert_status(
            checkpoint_open(buf_bytes(&s.note), secret_key_public(others[i]), &c),
            STATUS_BAD_SIG);
        secret_key_free(others[i]);
    }
    signing_clear(&s);
}

/* C2SP signed-note: whichever of the two stands first. */
TEST(a_bad_line_by_the_key_spoils_a_good_one)
{
    struct secret_key *k = key_of("o", KEY_ED25519, 1);
    struct buf text = { 0 }, good = { 0 }, bad = { 0 };
    struct checkpoint c;

    buf_text(&text, "o\n7\n" ROOT "\n");
    note_sign(k, buf_bytes(&text), &good);
    note_sign(k, BYTES_LIT("another text\n"), &bad);
    for (int order = 0; order < 2; order++) {
        struct buf note = { 0 };

        buf_add(&note, buf_bytes(&text));
        buf_u8(&note, '\n');
        buf_add(&note, buf_bytes(order == 0 ? &good : &bad));
        buf_add(&note, buf_bytes(order == 0 ? &bad : &good));
        assert_status(checkpoint_open(buf_bytes(&note), secret_key_public(k), &c),
                      STATUS_BAD_SIG);
        buf_clear(&note);
    }
    buf_clear(&text);
    buf_clear(&good);
    buf_clear(&bad);
    secret_key_free(k);
}

TEST(a_signature_under_another_origin_does_not_count)
{
    struct signing s;
    struct checkpoint c;
    struct secret_key *other = key_of("example.com/other", KEY_ED25519, 9);
    struct buf note = { 0 };

    signing_init(&s);
    checkpoint_print(&s.c, &note);
    buf_text(&note, "\n");
    note_sign(other, bytes_slice(buf_bytes(&note), 0, note.len - 1), &note);
    assert_status(checkpoint_open(buf_bytes(&note), secret_key_public(other), &c),
                  STATUS_BAD_SIG);
    secret_key_free(other);
    buf_clear(&note);
    signing_clear(&s);
}

TEST(no_bit_of_a_signed_checkpoint_can_be_turned)
{
    struct signing s;
    struct checkpoint c;
    size_t first_line;

    signing_init(&s);
    /* Beyond it stands b's signature, which a's verifier does not look at. */
    first_line =
        (size_t)((uint8_t *)memrchr(s.note.ptr, '\n', s.note.len - 1) - s.note.ptr);
    for (size_t bit = 0; bit < first_line * 8; bit++) {
        s.note.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (checkpoint_open(buf_bytes(&s.note), secret_key_public(s.a), &c) == STATUS_OK)
            fail_msg("accepted with bit %zu turned", bit);
        s.note.ptr[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    signing_clear(&s);
}

TEST(signing_says_when_memory_runs_out)
{
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        struct secret_key *k = key_of("o", KEY_ED25519, 1);
        const struct secret_key *keys[1] = { k };
        struct checkpoint c = { .origin = "o" };
        struct buf out = { 0 };
        enum status st;

        fault_arm(nth);
        st = checkpoint_sign(&c, keys, 1, &out);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        buf_clear(&out);
        secret_key_free(k);
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_example_of_the_specification_parses_and_prints_the_same),
    TEST_OF(sizes_go_up_to_the_largest),
    TEST_OF(bent_texts_are_malformed),
    TEST_OF(extension_lines_are_read_over),
    TEST_OF(a_bad_line_by_the_key_spoils_a_good_one),
    TEST_OF(an_origin_has_a_limit),
    TEST_OF(any_of_the_logs_keys_opens_it),
    TEST_OF(other_keys_do_not_open_it),
    TEST_OF(a_signature_under_another_origin_does_not_count),
    TEST_OF(no_bit_of_a_signed_checkpoint_can_be_turned),
    TEST_OF(signing_says_when_memory_runs_out),
};

TEST_MAIN_SIGNING(tests)
