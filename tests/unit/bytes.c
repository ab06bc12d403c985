#include "unit/test.h"

#include "base/bytes.h"
#include "base/fault.h"

TEST(bytes_compare_and_slice)
{
    struct bytes abc = BYTES_LIT("abc"), none = { NULL, 0 };
    size_t at = 99;

    assert_true(bytes_eq(abc, bytes_of("abc")));
    assert_false(bytes_eq(abc, bytes_of("abd")));
    assert_false(bytes_eq(abc, bytes_of("ab")));
    assert_true(bytes_eq(none, bytes_of(NULL)));
    assert_true(bytes_eq(none, bytes_of("")));
    assert_true(bytes_eq_text(abc, "abc"));
    assert_true(bytes_cmp(abc, bytes_of("abd")) < 0);
    assert_true(bytes_cmp(abc, bytes_of("ab")) > 0);
    assert_true(bytes_cmp(none, abc) < 0);
    assert_int_equal(bytes_cmp(abc, abc), 0);
    assert_true(bytes_cmp(bytes_of("\x80"), bytes_of("\x7f")) > 0);
    assert_true(bytes_starts(abc, bytes_of("ab")));
    assert_true(bytes_starts(abc, none));
    assert_false(bytes_starts(abc, bytes_of("abcd")));
    assert_false(bytes_starts(abc, bytes_of("b")));
    assert_true(bytes_find(abc, 'c', &at));
    assert_int_equal(at, 2);
    assert_false(bytes_find(abc, 'd', &at));
    assert_false(bytes_find(none, 'a', &at));
    assert_bytes_eq(bytes_slice(abc, 1, 2), "b");
    assert_bytes_eq(bytes_slice(abc, 1, 99), "bc");
    assert_bytes_eq(bytes_slice(abc, 5, 99), "");
    assert_bytes_eq(bytes_slice(abc, 2, 1), "");
    assert_bytes_eq(bytes_slice(none, 0, 1), "");
}

TEST(a_text_is_a_copy_with_a_nul)
{
    char *text = bytes_to_text(BYTES_LIT("abc"));
    char *empty = bytes_to_text((struct bytes){ NULL, 0 });

    assert_string_equal(text, "abc");
    assert_string_equal(empty, "");
    free(text);
    free(empty);
    fault_arm(1);
    assert_null(bytes_to_text(BYTES_LIT("abc")));
    assert_true(fault_disarm());
}

TEST(a_buffer_grows_and_ends_in_a_nul)
{
    struct buf b = { 0 };
    char expected[1001];

    assert_string_equal(buf_str(&b), "");
    for (size_t i = 0; i < 1000; i++) {
        buf_u8(&b, (uint8_t)('a' + i % 26));
        expected[i] = (char)('a' + i % 26);
        assert_int_equal(b.ptr[b.len], '\0');
    }
    expected[1000] = '\0';
    assert_buf_eq(&b, expected);
    buf_truncate(&b, 3);
    assert_string_equal(buf_str(&b), "abc");
    buf_reset(&b);
    assert_buf_eq(&b, "");
    buf_clear(&b);
    assert_null(b.ptr);
}

TEST(a_buffer_takes_every_kind)
{
    static const uint8_t numbers[] = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    };
    struct buf b = { 0 };

    buf_text(&b, "one ");
    buf_add(&b, BYTES_LIT("two "));
    buf_append(&b, "three ", 6);
    buf_append(&b, NULL, 0);
    buf_printf(&b, "%s %d", "four", 5);
    assert_buf_eq(&b, "one two three four 5");
    buf_reset(&b);
    buf_u8(&b, 0x01);
    buf_u16(&b, 0x0203);
    buf_u32(&b, 0x04050607);
    buf_u64(&b, 0x08090a0b0c0d0e0f);
    assert_same_bytes(buf_bytes(&b), ((struct bytes){ numbers, sizeof(numbers) }));
    buf_clear(&b);
}

TEST(a_long_printf_fits)
{
    struct buf b = { 0 };

    for (int len = 60; len < 70; len++) {
        buf_reset(&b);
        buf_printf(&b, "%*s", len, "x");
        assert_false(b.bad);
        assert_int_equal(b.len, len);
        assert_int_equal(strlen(buf_str(&b)), len);
    }
    buf_clear(&b);
}

TEST(a_buffer_remembers_that_memory_ran_out)
{
    struct buf b = { 0 };

    buf_text(&b, "before");
    fault_arm(1);
    assert_null(buf_space(&b, 1000));
    assert_true(fault_disarm());
    buf_text(&b, "after");
    buf_printf(&b, "%d", 1);
    assert_status(buf_status(&b), STATUS_NOMEM);
    assert_bytes_eq(buf_bytes(&b), "before");
    buf_reset(&b);
    assert_status(buf_status(&b), STATUS_OK);
    assert_null(buf_space(&b, SIZE_MAX - 2));
    assert_true(b.bad);
    buf_clear(&b);
    assert_false(b.bad);
}

TEST(a_reader_reads_what_a_buffer_wrote)
{
    struct buf b = { 0 };
    struct reader r;

    buf_u8(&b, 0xff);
    buf_u16(&b, 0xfffe);
    buf_u32(&b, 0xfffffffd);
    buf_u64(&b, 0xfffffffffffffffc);
    buf_text(&b, "line\n\nrest");
    r = reader_of(buf_bytes(&b));
    assert_int_equal(reader_u8(&r), 0xff);
    assert_int_equal(reader_u16(&r), 0xfffe);
    assert_int_equal(reader_u32(&r), 0xfffffffd);
    assert_true(reader_u64(&r) == 0xfffffffffffffffc);
    assert_bytes_eq(reader_line(&r), "line");
    assert_bytes_eq(reader_line(&r), "");
    assert_bytes_eq(reader_take(&r, 2), "re");
    assert_bytes_eq(reader_rest(&r), "st");
    assert_bytes_eq(reader_rest(&r), "");
    assert_false(r.bad);
    buf_clear(&b);
}

TEST(a_reader_remembers_running_past_the_end)
{
    struct reader r = reader_of(BYTES_LIT("\x01\x02\x03"));

    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.bad);
    assert_int_equal(reader_u8(&r), 0); /* there would have been one */
    assert_int_equal(reader_rest(&r).len, 0);
    r = reader_of(BYTES_LIT("no newline"));
    assert_int_equal(reader_line(&r).len, 0);
    assert_true(r.bad);
    r = reader_of((struct bytes){ NULL, 0 });
    assert_int_equal(reader_take(&r, 0).len, 0);
    assert_false(r.bad);
    assert_int_equal(reader_u8(&r), 0);
    assert_true(r.bad);
}

TEST(decimals_are_strict)
{
    static const char *const bad[] = { "",
                                       "00",
                                       "01",
                                       "-1",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1a",
                                       "0x1",
                                       "18446744073709551616",
                                       "99999999999999999999999" };
    uint64_t v = 7;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(decimal_parse(bytes_of(bad[i]), &v), STATUS_MALFORMED);
    assert_int_equal(v, 7);
    assert_status(decimal_parse(BYTES_LIT("0"), &v), STATUS_OK);
    assert_int_equal(v, 0);
    assert_status(decimal_parse(BYTES_LIT("18446744073709551615"), &v), STATUS_OK);
    assert_true(v == UINT64_MAX);
}

TEST(each_status_has_its_words)
{
    assert_string_equal(status_name(STATUS_BAD_SIG), "BAD_SIG");
    assert_string_equal(status_text(STATUS_OK), "success");
    assert_int_equal(status_exit_code(STATUS_OK), 0);
    assert_int_equal(status_exit_code(STATUS_REFUSED), 1);
    assert_int_equal(status_exit_code(STATUS_USAGE), 2);
    assert_int_equal(status_exit_code(STATUS_NOMEM), 3);
    assert_string_equal(status_name((enum status)1000), "UNKNOWN");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(bytes_compare_and_slice),
    TEST_OF(a_text_is_a_copy_with_a_nul),
    TEST_OF(a_buffer_grows_and_ends_in_a_nul),
    TEST_OF(a_buffer_takes_every_kind),
    TEST_OF(a_long_printf_fits),
    TEST_OF(a_buffer_remembers_that_memory_ran_out),
    TEST_OF(a_reader_reads_what_a_buffer_wrote),
    TEST_OF(a_reader_remembers_running_past_the_end),
    TEST_OF(decimals_are_strict),
    TEST_OF(each_status_has_its_words),
};

TEST_MAIN(tests)
