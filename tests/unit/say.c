#include "unit/test.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/say.h"

static unsigned lines_in(const char *path)
{
    struct buf b = { 0 };
    unsigned n = 0;

    assert_status(file_read(path, 1000000, &b), STATUS_OK);
    for (size_t i = 0; i < b.len; i++)
        n += b.ptr[i] == '\n';
    buf_clear(&b);
    return n;
}

/* What `speak` writes to stderr. */
static unsigned lines_of(void (*speak)(void))
{
    const char *path = scratch_path("said");
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600), was = dup(STDERR_FILENO);

    assert_true(fd >= 0 && was >= 0);
    dup2(fd, STDERR_FILENO);
    speak();
    dup2(was, STDERR_FILENO);
    close(fd);
    close(was);
    return lines_in(path);
}

static void flood(void)
{
    for (int i = 0; i < 100000; i++)
        say_unusual("the peer %d is odd", i);
}

static void flood_by_two(void)
{
    for (int i = 0; i < 1000; i++) {
        say_info("one kind %d", i);
        say_broken("another kind %d", i);
    }
}

static void many_kinds(void)
{
    static const char text[] = "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
                               "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
                               "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
                               "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"
                               "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%";

    for (size_t i = 0; i < 100; i++)
        say(SAY_INFO, text + 2 * i, 0);
}

static void errors(void)
{
    for (int i = 0; i < 100; i++)
        say_error("record %d is wrong", i);
}

TEST(a_line_of_one_kind_is_not_said_for_ever)
{
    assert_int_equal(lines_of(flood), SAY_SAME_MAX + 1);
    assert_int_equal(lines_of(flood), 0);
    assert_int_equal(lines_of(flood_by_two), 2 * (SAY_SAME_MAX + 1));
}

TEST(many_kinds_are_said)
{
    assert_int_equal(lines_of(many_kinds), 100);
}

TEST(a_command_says_all_of_its_errors)
{
    assert_int_equal(lines_of(errors), 100);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_line_of_one_kind_is_not_said_for_ever),
    TEST_OF(many_kinds_are_said),
    TEST_OF(a_command_says_all_of_its_errors),
};

TEST_MAIN(tests)
