#include "unit/test.h"

#include "base/file.h"
#include "base/text.h"

static void expect(const char *in, const char *plain)
{
    struct buf b = { 0 };

    buf_text(&b, "before\r\n"); /* is not touched */
    buf_text(&b, in);
    text_plain(&b, strlen("before\r\n"));
    assert_buf_eq(&b, plain);
    buf_clear(&b);
}

TEST(a_text_is_what_it_was_before_editors_and_mail)
{
    expect("", "before\r\n");
    expect("one\ntwo\n", "before\r\none\ntwo\n");
    expect("one\r\ntwo\r\n", "before\r\none\ntwo\n");
    expect("\xef\xbb\xbfone\r\ntwo", "before\r\none\ntwo\n");
    expect("one\r", "before\r\none\n");
    expect("a\rb\n", "before\r\na\rb\n"); /* no line end */
    expect("\r\n\r\n", "before\r\n\n\n");
    expect("\xef\xbb\xbf", "before\r\n");
    expect("a\xef\xbb\xbf\n", "before\r\na\xef\xbb\xbf\n"); /* not at the beginning */
}

TEST(the_limit_is_of_the_plain_text)
{
    const char *path = scratch_path("limit");
    struct buf b = { 0 };

    assert_status(file_create(path, BYTES_LIT("\xef\xbb\xbf\r\n\r\nab\r\n"), 0600),
                  STATUS_OK);
    assert_status(text_read(path, 5, &b), STATUS_OK);
    assert_buf_eq(&b, "\n\nab\n");
    buf_reset(&b);
    assert_status(text_read(path, 4, &b), STATUS_TOO_LARGE);
    assert_int_equal(b.len, 0);
    assert_status(text_read(scratch_path("none"), 4, &b), STATUS_NOT_FOUND);
    buf_clear(&b);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_text_is_what_it_was_before_editors_and_mail),
    TEST_OF(the_limit_is_of_the_plain_text),
};

TEST_MAIN(tests)
