/* tests/unit/test.h
 *
 * What every unit test includes: cmocka with what it needs first, and a few words more.
 *
 *     TEST(a_thing_does_that)
 *     {
 *         assert_status(thing(), STATUS_OK);
 *     }
 *
 *     static const struct CMUnitTest tests[] = {
 *         TEST_OF(a_thing_does_that),
 *     };
 *     TEST_MAIN(tests)
 */
#ifndef AVOW_TESTS_UNIT_TEST_H
#define AVOW_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/status.h"

#define TEST(name) static void name(void **test_state_ __attribute__((unused)))
#define TEST_OF(name) cmocka_unit_test(name)

/* The expression is evaluated once. */
#define assert_status(expr, expected) \
    test_status((expr), (expected), #expr, __FILE__, __LINE__)
/* `b`, struct bytes, holds exactly this NUL-terminated text. */
#define assert_bytes_eq(b, text) test_bytes((b), bytes_of(text), __FILE__, __LINE__)
/* Two struct bytes hold the same. */
#define assert_same_bytes(a, b) test_bytes((a), (b), __FILE__, __LINE__)
/* `b`, struct buf, did not run out of memory and holds exactly this text. */
#define assert_buf_eq(b, text)                                        \
    do {                                                              \
        assert_false((b)->bad);                                       \
        test_bytes(buf_bytes(b), bytes_of(text), __FILE__, __LINE__); \
    } while (0)

static inline void test_status(enum status got, enum status expected, const char *what,
                               const char *file, int line)
{
    if (got == expected)
        return;
    print_error("%s: STATUS_%s (%s), expected STATUS_%s\n", what, status_name(got),
                status_text(got), status_name(expected));
    _fail(file, line);
}

static inline void test_bytes(struct bytes got, struct bytes expected, const char *file,
                              int line)
{
    if (bytes_eq(got, expected))
        return;
    print_error("got %zu bytes:\n%.*s\nexpected %zu:\n%.*s\n", got.len, (int)got.len,
                (const char *)got.ptr, expected.len, (int)expected.len,
                (const char *)expected.ptr);
    _fail(file, line);
}

/* A folder of this process's own under $TMPDIR, removed when it exits. */
static inline char *test_scratch_dir_(void)
{
    static char dir[4096];

    return dir;
}

static inline int test_remove_one_(const char *path, const struct stat *st, int kind,
                                   struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void test_remove_scratch_(void)
{
    if (nftw(test_scratch_dir_(), test_remove_one_, 16, FTW_DEPTH | FTW_PHYS) != 0)
        perror(test_scratch_dir_());
}

static inline const char *scratch_dir(void)
{
    char *dir = test_scratch_dir_();

    if (dir[0] == '\0') {
        const char *tmp = getenv("TMPDIR");

        snprintf(dir, 4096, "%s/avow-test-XXXXXX", tmp != NULL && *tmp ? tmp : P_tmpdir);
        if (mkdtemp(dir) == NULL) {
            perror(dir);
            exit(1);
        }
        atexit(test_remove_scratch_);
    }
    return dir;
}

/* "<scratch>/<name>". One of eight buffers in turn, so keep no more than eight. */
static inline const char *scratch_path(const char *name)
{
    static char paths[8][4096 + 256];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", scratch_dir(), name);
    return path;
}

#define TEST_MAIN(tests) TEST_MAIN_BETWEEN(tests, NULL, NULL)
/* `set_up`, int (void **), runs once before all; not 0: they fail. */
#define TEST_MAIN_WITH(tests, set_up) TEST_MAIN_BETWEEN(tests, set_up, NULL)
#define TEST_MAIN_BETWEEN(tests, set_up, tear_down)                             \
    int main(void)                                                              \
    {                                                                           \
        cmocka_set_message_output(CM_OUTPUT_TAP);                               \
        return cmocka_run_group_tests_name(__FILE__, tests, set_up, tear_down); \
    }

#endif
