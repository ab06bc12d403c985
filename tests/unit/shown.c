#include "unit/test.h"

#include "base/shown.h"

static void expect_text(const char *in, const char *shown)
{
    struct buf b = { 0 };
    char line[256];

    shown_text(bytes_of(in), &b);
    assert_buf_eq(&b, shown);
    buf_clear(&b);
    assert_int_equal(shown_line(bytes_of(in), line, sizeof(line)), strlen(shown));
    assert_string_equal(line, shown);
}

TEST(nothing_of_others_is_obeyed)
{
    expect_text("Café €5 \xf0\x9f\x98\x80", "Café €5 \xf0\x9f\x98\x80");
    expect_text("\033]0;title\007", "\\u001b]0;title\\u0007");
    expect_text("\033[32mgreen\033[0m", "\\u001b[32mgreen\\u001b[0m");
    expect_text("a\nb\r\tc\x7f", "a\\u000ab\\u000d\\u0009c\\u007f");
    expect_text("\xc2\x9b"
                "31m\xc2\x85",
                "\\u009b31m\\u0085");
    expect_text("pay \xe2\x80\xaeOLI\xe2\x80\xac", "pay \\u202eOLI\\u202c");
    expect_text("\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c",
                "\\u2066x\\u2069\\u200f\\u061c");
    expect_text("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029");
    expect_text("\xff\xc3(\xe2\x82", "\\xff\\xc3(\\xe2\\x82");
}

TEST(an_output_keeps_its_lines_and_our_colours)
{
    struct buf b = { 0 };

    shown_output(BYTES_LIT("\033[1mhead\033[0m\n\033[8mhidden\033[0m\r\n\xc2\x9b"), &b);
    assert_buf_eq(&b, "\033[1mhead\033[0m\n\\u001b[8mhidden\033[0m\\u000d\n\\u009b");
    buf_clear(&b);
}

TEST(a_line_is_cut_at_a_whole_character)
{
    char line[6];

    assert_int_equal(shown_line(BYTES_LIT("abcd€"), line, sizeof(line)), 4);
    assert_string_equal(line, "abcd");
    assert_int_equal(shown_line(BYTES_LIT("\nabc"), line, sizeof(line)), 0);
    assert_string_equal(line, "");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(nothing_of_others_is_obeyed),
    TEST_OF(an_output_keeps_its_lines_and_our_colours),
    TEST_OF(a_line_is_cut_at_a_whole_character),
};

TEST_MAIN(tests)
