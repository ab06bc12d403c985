#include "unit/test.h"

#include "base/codec.h"
#include "record/refusal.h"

TEST(names_are_unique_and_lead_back)
{
    for (enum rule r = RULE_NONE + 1; r < RULE_COUNT; r++) {
        assert_int_equal(rule_find(bytes_of(rule_name(r))), r);
        assert_true(strlen(rule_text(r)) > 0);
    }
    assert_int_equal(rule_find(BYTES_LIT("no.such")), RULE_NONE);
    assert_int_equal(rule_find(BYTES_LIT("")), RULE_NONE);
}

TEST(the_class_says_how_http_answers)
{
    assert_int_equal(rule_http_status(RULE_NOTE_SHAPE), 400);
    assert_int_equal(rule_http_status(RULE_SIGNATURE_BAD), 403);
    assert_int_equal(rule_http_status(RULE_REV_STALE), 409);
    assert_int_equal(rule_http_status(RULE_NOTE_SIZE), 413);
    assert_int_equal(rule_http_status(RULE_ADMISSION_RATE), 429);
    assert_int_equal(rule_http_status(RULE_ADMISSION_BUSY), 503);
    assert_int_equal(rule_http_status(RULE_LOG_RULES), 503);
    assert_int_equal(rule_class_of(RULE_KIND_UNKNOWN), RULE_FORMAT);
}

TEST(a_refusal_is_filled)
{
    struct refusal why;

    assert_status(refuse(&why, RULE_SEQ_STALE, 2, "expected %d, found %d", 5, 4),
                  STATUS_REFUSED);
    assert_int_equal(why.rule, RULE_SEQ_STALE);
    assert_int_equal(why.line, 2);
    assert_string_equal(why.text, "expected 5, found 4");
    assert_status(refuse(NULL, RULE_SEQ_STALE, 2, "%s", "nobody asks"), STATUS_REFUSED);
}

TEST(nothing_that_moves_a_terminal_gets_through)
{
    struct refusal why;

    refuse(&why, RULE_ID_FORM, 1, "%s", "a\x1b[31m\n\x7f\xc2\x9b z \xc3\xa9 \xc2\xa0.");
    assert_string_equal(why.text, "a?[31m???? z \xc3\xa9 \xc2\xa0.");
}

/* Other libraries' messages are cut anywhere, and name what is no text. */
TEST(whatever_is_quoted_the_text_is_utf_8)
{
    static const struct {
        const char *quoted, *told;
    } table[] = {
        { "near '\"\\\xc3", "near '\"\\" },
        { "near '\xc3'", "near '?'" },
        { "\xff\xc3\xa9\x80", "?\xc3\xa9?" },
        { "\xed\xa0\x80", "???" }, /* a surrogate */
        { "\xc0\xaf.", "??." },    /* an overlong form */
        { "\xf0\x9f\x8c", "" },    /* cut */
        { "\xf0\x9f\x8cx", "???x" },
        { "\xf8\x88\x80\x80\x80", "?????" },
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct refusal why;

        refuse(&why, RULE_JSON_SYNTAX, 1, "%s", table[i].quoted);
        assert_string_equal(why.text, table[i].told);
    }
}

TEST(a_long_text_is_cut_between_characters)
{
    static const char *const characters[] = { "a", "\xc3\xa9", "\xe2\x82\xac",
                                              "\xf0\x9f\x8c\x8d" };

    for (size_t i = 0; i < 4; i++)
        for (size_t shift = 0; shift < 4; shift++) {
            struct buf text = { 0 };
            struct refusal why;
            size_t len;

            buf_printf(&text, "%.*s", (int)shift, "xyz");
            while (text.len < 2 * sizeof(why.text))
                buf_text(&text, characters[i]);
            refuse(&why, RULE_ID_FORM, 1, "%s", buf_str(&text));
            len = strlen(why.text);
            assert_true(utf8_valid(bytes_of(why.text)));
            assert_true(len < sizeof(why.text));
            assert_true(len + strlen(characters[i]) >= sizeof(why.text));
            buf_clear(&text);
        }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(names_are_unique_and_lead_back),
    TEST_OF(the_class_says_how_http_answers),
    TEST_OF(a_refusal_is_filled),
    TEST_OF(nothing_that_moves_a_terminal_gets_through),
    TEST_OF(whatever_is_quoted_the_text_is_utf_8),
    TEST_OF(a_long_text_is_cut_between_characters),
};
TEST_MAIN(tests)
