/* A process that writes is killed at any instant: what it reported as committed is there
 * afterwards, and each batch is there whole or not at all. */
#include "unit/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS = 30, BATCH_MAX = 200 };

/* Sizes of batches follow from where they start, so that the parent knows them too. */
static uint64_t batch_len(uint64_t start)
{
    return 1 + start * 7919 % BATCH_MAX;
}

static enum status put_one(struct store *s, uint64_t i)
{
    char key[32];
    uint64_t row;
    struct store_entry e = { i, { 0 }, 1, i + 1, 0, i, i };
    struct store_record r = { RECORD_NUMBER(i, 1), i + 1, RECORD_NONE, BYTES_LIT("k"),
                              BYTES_LIT("{}") };
    enum status st;

    snprintf(key, sizeof(key), "%llu", (unsigned long long)(i * 48271 % 1000003));
    e.note = bytes_of(key);
    st = store_entry_put(s, &e);
    if (st == STATUS_OK)
        put_leaf(s, i, e.note);
    if (st == STATUS_OK)
        st = store_row_add(s, STORE_SUBJECT, bytes_of(key), bytes_of(key), &row);
    if (st == STATUS_OK)
        st = store_record_put(s, &r);
    return st;
}

static enum status put_batch(struct store *s, uint64_t start)
{
    uint64_t end = start + batch_len(start);
    enum status st = store_begin(s);

    if (st != STATUS_OK)
        return st;
    for (uint64_t i = start; st == STATUS_OK && i < end; i++)
        st = put_one(s, i);
    if (st == STATUS_OK)
        st = store_checkpoint_put(s, end, BYTES_LIT("checkpoint"));
    return store_end(s, st);
}

/* Until it is killed. */
static void write_and_report(int report)
{
    struct store *s = NULL;
    uint64_t size;

    if (store_open(scratch_path("crash.db"), STORE_WRITE, &s) != STATUS_OK)
        _exit(1);
    for (store_size(s, &size);; store_size(s, &size)) {
        if (put_batch(s, size) != STATUS_OK)
            _exit(2);
        store_size(s, &size);
        if (write(report, &size, sizeof(size)) != sizeof(size))
            _exit(3);
    }
}

static void sleep_us(long us)
{
    struct timespec t = { 0, us * 1000 };

    nanosleep(&t, NULL);
}

/* Once it has made so many reports, and then some time later. Gives the size that it
 * reported last; 0: none. */
static uint64_t run_and_kill(int reports, long us)
{
    uint64_t reported = 0, size;
    int ends[2];
    int how;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_and_report(ends[1]);
    }
    close(ends[1]);
    for (; reports > 0; reports--)
        assert_int_equal(read(ends[0], &reported, sizeof(reported)), sizeof(reported));
    sleep_us(us);
    kill(child, SIGKILL);
    while (read(ends[0], &size, sizeof(size)) == sizeof(size))
        reported = size;
    close(ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how)); /* it did not end by an error of its own */
    return reported;
}

/* The store ends where a batch ended, and all its tables end there. Gives its size. */
static uint64_t check_whole(void)
{
    struct store *s = store_at("crash.db", STORE_WRITE);
    uint64_t size = size_of(s), at = 0, count, newest, row;
    struct buf value = { 0 };
    struct store_record r;
    struct store_entry e;

    while (at < size)
        at += batch_len(at);
    assert_int_equal(at, size);
    assert_status(store_row_count(s, STORE_SUBJECT, &count), STATUS_OK);
    assert_int_equal(count, size);
    assert_status(store_record_get(s, RECORD_NUMBER(size, 1), &r, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_checkpoint_newest(s, &newest, &value),
                  size == 0 ? STATUS_NOT_FOUND : STATUS_OK);
    assert_int_equal(newest, size);
    for (uint64_t i = 0; i < size; i += 1 + size / 50) {
        struct buf note = { 0 };

        assert_status(store_entry_get(s, i, &e, &note), STATUS_OK);
        assert_status(store_row_find(s, STORE_SUBJECT, e.note, &row, &value), STATUS_OK);
        assert_int_equal(row, i + 1);
        assert_status(store_record_get(s, RECORD_NUMBER(i, 1), &r, &value), STATUS_OK);
        buf_clear(&note);
    }
    assert_status(store_check(s), STATUS_OK);
    buf_clear(&value);
    store_close(s);
    return size;
}

TEST(a_killed_writer_loses_nothing_it_reported)
{
    uint64_t before = 0;

    srand(20261123);
    store_close(store_at("crash.db", STORE_CREATE));
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t reported = run_and_kill(i % 5, rand() % 30000);
        uint64_t size = check_whole();

        assert_true(size >= reported && size >= before);
        before = size;
    }
    assert_true(before > 0);
}

/* The advisory lock goes with the process. */
TEST(a_reader_stays_through_the_crash_of_the_writer)
{
    struct store *r = store_at("crash.db", STORE_READ);
    uint64_t size = size_of(r);
    uint64_t reported = run_and_kill(3, 1000);

    assert_true(reported > size);
    assert_true(size_of(r) >= reported);
    assert_true(check_whole() >= reported);
    store_close(r);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_killed_writer_loses_nothing_it_reported),
    TEST_OF(a_reader_stays_through_the_crash_of_the_writer),
};
TEST_MAIN(tests)
