#include "unit/test.h"

#include <dirent.h>

#include "base/fault.h"
#include "base/file.h"

static void expect_content(const char *path, const char *content)
{
    struct buf b = { 0 };

    assert_status(file_read(path, 1000000, &b), STATUS_OK);
    assert_buf_eq(&b, content);
    buf_clear(&b);
}

static mode_t mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static int files_in(const char *path)
{
    DIR *dir = opendir(path);
    int n = 0;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

TEST(a_file_is_created_once)
{
    const char *path = scratch_path("created");
    mode_t mask = umask(0077);

    assert_status(file_create(path, BYTES_LIT("one"), 0600), STATUS_OK);
    assert_status(file_create(path, BYTES_LIT("two"), 0600), STATUS_EXISTS);
    expect_content(path, "one");
    assert_int_equal(mode_of(path), 0600);
    assert_status(file_create(scratch_path("public"), BYTES_LIT(""), 0644), STATUS_OK);
    assert_int_equal(mode_of(scratch_path("public")), 0644);
    umask(mask);
    assert_status(file_create(scratch_path("no/such/folder"), BYTES_LIT(""), 0600),
                  STATUS_IO);
}

TEST(a_file_is_replaced_whole)
{
    const char *path = scratch_path("replaced");

    assert_status(file_replace(path, BYTES_LIT("one"), 0600), STATUS_OK);
    expect_content(path, "one");
    assert_status(file_replace(path, BYTES_LIT("longer"), 0644), STATUS_OK);
    expect_content(path, "longer");
    assert_int_equal(mode_of(path), 0644);
}

TEST(reading_has_a_limit)
{
    const char *path = scratch_path("limit");
    struct buf b = { 0 };

    assert_status(file_create(path, BYTES_LIT("12345"), 0600), STATUS_OK);
    buf_text(&b, "has: ");
    assert_status(file_read(path, 4, &b), STATUS_TOO_LARGE);
    assert_buf_eq(&b, "has: ");
    assert_status(file_read(path, 5, &b), STATUS_OK);
    assert_buf_eq(&b, "has: 12345");
    assert_status(file_read(scratch_path("missing"), 4, &b), STATUS_NOT_FOUND);
    assert_status(file_read(scratch_dir(), 4, &b), STATUS_IO);
    assert_buf_eq(&b, "has: 12345");
    buf_clear(&b);
}

TEST(large_files_are_read_whole)
{
    const char *path = scratch_path("large");
    struct buf in = { 0 }, out = { 0 };

    for (int i = 0; i < 50000; i++)
        buf_printf(&in, "%d\n", i);
    assert_status(file_create(path, buf_bytes(&in), 0600), STATUS_OK);
    assert_status(file_read(path, in.len, &out), STATUS_OK);
    assert_same_bytes(buf_bytes(&out), buf_bytes(&in));
    buf_clear(&in);
    buf_clear(&out);
}

TEST(a_creation_that_fails_leaves_nothing)
{
    bool fired = true;
    int n = files_in(scratch_dir()), nth;

    for (nth = 1; fired; nth++) {
        const char *path = scratch_path("faulty");
        enum status st;

        fault_arm(nth);
        st = file_create(path, BYTES_LIT("content"), 0600);
        fired = fault_disarm();
        if (fired) {
            assert_true(st == STATUS_IO || st == STATUS_NOMEM);
            assert_int_equal(files_in(scratch_dir()), n);
        } else {
            assert_status(st, STATUS_OK);
        }
    }
    assert_true(nth > 4); /* memory, write, two syncs */
    expect_content(scratch_path("faulty"), "content");
}

TEST(a_replacement_that_fails_leaves_the_old_or_the_new)
{
    const char *path = scratch_path("old");
    bool fired = true;
    int n;

    assert_status(file_create(path, BYTES_LIT("old"), 0600), STATUS_OK);
    n = files_in(scratch_dir());
    for (int nth = 1; fired; nth++) {
        struct buf b = { 0 };
        enum status st;

        fault_arm(nth);
        st = file_replace(path, BYTES_LIT("new"), 0600);
        fired = fault_disarm();
        assert_int_equal(st != STATUS_OK, fired);
        assert_status(file_read(path, 100, &b), STATUS_OK);
        assert_true(bytes_eq_text(buf_bytes(&b), "new") ||
                    (st != STATUS_OK && bytes_eq_text(buf_bytes(&b), "old")));
        assert_int_equal(files_in(scratch_dir()), n);
        buf_clear(&b);
    }
}

TEST(a_read_that_fails_says_so)
{
    const char *path = scratch_path("read");
    bool fired = true;

    assert_status(file_create(path, BYTES_LIT("content"), 0600), STATUS_OK);
    for (int nth = 1; fired; nth++) {
        struct buf b = { 0 };
        enum status st;

        fault_arm(nth);
        st = file_read(path, 100, &b);
        fired = fault_disarm();
        assert_int_equal(st != STATUS_OK, fired);
        assert_int_equal(b.len, fired ? 0 : 7);
        buf_clear(&b);
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_file_is_created_once),
    TEST_OF(a_file_is_replaced_whole),
    TEST_OF(reading_has_a_limit),
    TEST_OF(large_files_are_read_whole),
    TEST_OF(a_creation_that_fails_leaves_nothing),
    TEST_OF(a_replacement_that_fails_leaves_the_old_or_the_new),
    TEST_OF(a_read_that_fails_says_so),
};

TEST_MAIN(tests)
