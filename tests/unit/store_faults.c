/* Whatever fails, and wherever: a transaction is there whole or not at all, what was
 * reported is there, and the store can be used again. */
#include "unit/store_fixture.h"

#include "base/fault.h"
#include "unit/store_vfs.h"

/* One batch of everything; `i` is the number of batches before. */
static enum status put_batch(struct store *s, uint64_t i)
{
    struct store_entry e = { i, BYTES_LIT("note"), 1, i + 1, 0, i, i };
    struct store_record r = { RECORD_NUMBER(i, 1), i + 1, RECORD_NONE, BYTES_LIT("k"),
                              BYTES_LIT("{}") };
    struct hash hash = { { 0 } };
    char key[32];
    uint64_t row;
    enum status st;

    snprintf(key, sizeof(key), "name %llu", (unsigned long long)i);
    hash.b[0] = (uint8_t)i;
    st = store_entry_put(s, &e);
    if (st == STATUS_OK)
        st = store_row_add(s, STORE_SUBJECT, bytes_of(key), bytes_of(key), &row);
    if (st == STATUS_OK)
        st = store_row_set(s, STORE_SUBJECT, 1, bytes_of(key));
    if (st == STATUS_OK)
        st = store_record_put(s, &r);
    if (st == STATUS_OK)
        st = store_tile_put(s, 0, 0, &hash, 1);
    if (st == STATUS_OK)
        st = store_checkpoint_put(s, i + 1, BYTES_LIT("checkpoint"));
    return st;
}

static enum status commit_batch(struct store *s, uint64_t i)
{
    enum status st = store_begin(s);

    return st == STATUS_OK ? store_end(s, put_batch(s, i)) : st;
}

/* The store holds exactly `n` batches, in every table. */
static void check_batches(struct store *s, uint64_t n)
{
    struct buf value = { 0 };
    struct store_record r;
    struct hash hash[TILE_WIDTH];
    uint64_t row, size, count;
    char key[32];

    assert_int_equal(size_of(s), n);
    assert_status(store_row_count(s, STORE_SUBJECT, &count), STATUS_OK);
    assert_int_equal(count, n);
    assert_status(store_record_get(s, RECORD_NUMBER(n, 1), &r, &value), STATUS_NOT_FOUND);
    snprintf(key, sizeof(key), "name %llu", (unsigned long long)n);
    assert_status(store_row_find(s, STORE_SUBJECT, bytes_of(key), &row, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_checkpoint_newest(s, &size, &value),
                  n == 0 ? STATUS_NOT_FOUND : STATUS_OK);
    assert_int_equal(size, n);
    if (n > 0) {
        snprintf(key, sizeof(key), "name %llu", (unsigned long long)n - 1);
        assert_status(store_row_find(s, STORE_SUBJECT, bytes_of(key), &row, &value),
                      STATUS_OK);
        assert_int_equal(row, n);
        assert_status(store_row_get(s, STORE_SUBJECT, 1, NULL, &value), STATUS_OK);
        assert_buf_eq(&value, key);
        assert_status(store_record_get(s, RECORD_NUMBER(n - 1, 1), &r, &value),
                      STATUS_OK);
        assert_status(store_tile_read(s, 0, 0, 1, hash), STATUS_OK);
        assert_int_equal(hash[0].b[0], (uint8_t)(n - 1));
    }
    buf_clear(&value);
}

static struct store *reopened(struct store *s, const char *name)
{
    store_close(s);
    s = store_at(name, STORE_WRITE);
    assert_status(store_check(s), STATUS_OK);
    return s;
}

/* Gives how many calls there were to fail. */
static int fail_each_call(const char *name, bool reopen)
{
    struct store *s = store_at(name, STORE_CREATE);
    uint64_t n = 0;
    bool fired = true;
    int nth;

    for (nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = commit_batch(s, n);
        fired = fault_disarm();
        assert_int_equal(st != STATUS_OK, fired);
        if (st == STATUS_OK)
            n++;
        check_batches(s, n);
        if (reopen)
            s = reopened(s, name);
        check_batches(s, n);
    }
    assert_status(commit_batch(s, n++), STATUS_OK);
    check_batches(s, n);
    store_close(s);
    return nth - 2;
}

TEST(a_batch_is_all_or_none)
{
    int queries = 9; /* put_batch, begin and commit */

    assert_true(fail_each_call("warm.db", false) >= queries);
    /* Also with nothing prepared yet. */
    assert_true(fail_each_call("cold.db", true) >= 2 * queries);
}

TEST(opening_fails_cleanly)
{
    struct store *s = NULL;
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = store_open(scratch_path("open.db"), STORE_CREATE, &s);
        fired = fault_disarm();
        if (st != STATUS_OK)
            assert_null(s);
        if (st == STATUS_EXISTS) /* it became one before the last call failed */
            break;
        assert_int_equal(st != STATUS_OK, fired);
        if (fired && nth % 3 == 0) { /* none, or whole: it became one before it failed */
            st = store_open(scratch_path("open.db"), STORE_WRITE, &s);
            assert_true(st == STATUS_OK || st == STATUS_NOT_FOUND);
            store_close(s);
            s = NULL;
            if (st == STATUS_OK)
                break;
        }
    }
    store_close(s);
    s = store_at("open.db", STORE_WRITE);
    assert_status(commit_batch(s, 0), STATUS_OK);
    store_close(s);

    fired = true;
    for (int nth = 1; fired; nth++) {
        enum store_mode mode = nth % 2 ? STORE_WRITE : STORE_READ;
        enum status st;

        s = NULL;
        fault_arm(nth);
        st = store_open(scratch_path("open.db"), mode, &s);
        fired = fault_disarm();
        assert_int_equal(st != STATUS_OK, fired);
        store_close(s);
    }
}

TEST(a_read_that_fails_says_so)
{
    struct store *s = store_at("reads.db", STORE_CREATE);
    struct buf value = { 0 };
    uint64_t row = 0;
    bool fired = true;

    assert_status(commit_batch(s, 0), STATUS_OK);
    store_close(s);
    s = store_at("reads.db", STORE_READ);
    for (int nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = store_row_find(s, STORE_SUBJECT, BYTES_LIT("name 0"), &row, &value);
        fired = fault_disarm();
        assert_true(st == STATUS_OK || (fired && st != STATUS_NOT_FOUND));
        if (fired && st != STATUS_OK && st != STATUS_NOMEM)
            assert_true(strlen(store_error(s)) > 0);
        buf_clear(&value);
    }
    store_close(s);
}

/* Where SQLite rolls back by itself, what comes after must not be committed alone. */
TEST(after_a_failure_nothing_of_the_transaction_is_kept)
{
    struct store *s = store_at("spoiled.db", STORE_CREATE);

    assert_status(commit_batch(s, 0), STATUS_OK);
    assert_status(store_begin(s), STATUS_OK);
    fault_arm(1);
    assert_status(store_setting_put(s, "a", BYTES_LIT("1")), STATUS_NOMEM);
    assert_true(fault_disarm());
    assert_status(store_setting_put(s, "b", BYTES_LIT("1")), STATUS_NOMEM);
    assert_status(put_batch(s, 1), STATUS_NOMEM);
    assert_status(store_end(s, STATUS_OK), STATUS_NOMEM);
    check_batches(s, 1);
    assert_status(commit_batch(s, 1), STATUS_OK);
    check_batches(s, 2);
    store_close(s);
}

/* Each write, then each sync, of a batch (and of opening again, every third time). */
static void fail_disk(const char *name, enum vfs_fault fault)
{
    struct store *s = store_at(name, STORE_CREATE);
    uint64_t n = 0;
    int failures = 0;

    assert_status(commit_batch(s, n++), STATUS_OK);
    for (int nth = 1; nth <= 40; nth++) {
        uint64_t size;
        enum status st = STATUS_OK;
        bool fired;

        vfs_arm(fault, nth);
        for (int i = 0; i < 8 && st == STATUS_OK; i++) {
            st = commit_batch(s, n);
            if (st == STATUS_OK)
                n++;
        }
        fired = vfs_disarm();
        assert_true(st == STATUS_OK || (fired && st == STATUS_IO));
        failures += st != STATUS_OK;
        check_batches(s, n);
        if (nth % 3 == 0) {
            s = reopened(s, name);
            size = size_of(s);
            /* What failed may have become whole; what was reported is there. */
            assert_true(size == n || (st != STATUS_OK && size == n + 1));
            n = size;
            check_batches(s, n);
        }
        assert_status(commit_batch(s, n++), STATUS_OK);
    }
    assert_true(failures >= 3);
    s = reopened(s, name);
    check_batches(s, n);
    store_close(s);
}

TEST(a_write_fails)
{
    fail_disk("write.db", VFS_WRITE_FAILS);
}

TEST(the_disk_is_full)
{
    fail_disk("full.db", VFS_DISK_FULL);
}

TEST(a_sync_fails)
{
    fail_disk("sync.db", VFS_SYNC_FAILS);
}

TEST(creation_on_a_failing_disk)
{
    for (int fault = 0; fault < VFS_FAULT_COUNT; fault++) {
        bool fired = true;

        for (int nth = 1; fired && nth < 100; nth++) {
            struct store *s = NULL;
            char name[32];
            enum status st;

            snprintf(name, sizeof(name), "disk-%d-%d.db", fault, nth);
            vfs_arm((enum vfs_fault)fault, nth);
            st = store_open(scratch_path(name), STORE_CREATE, &s);
            fired = vfs_disarm();
            assert_true(st == STATUS_OK || (fired && st == STATUS_IO));
            if (st != STATUS_OK) {
                st = store_open(scratch_path(name), STORE_CREATE, &s);
                if (st == STATUS_EXISTS)
                    st = store_open(scratch_path(name), STORE_WRITE, &s);
            }
            assert_status(st, STATUS_OK);
            assert_status(commit_batch(s, 0), STATUS_OK);
            check_batches(s, 1);
            store_close(s);
        }
        assert_false(fired);
    }
}

enum { MANY = 16385 }; /* one more than stay pending: the commit merges */

static enum status put_many(struct store *s, const char *prefix)
{
    enum status st = store_begin(s);
    char key[64];
    uint64_t row;

    if (st != STATUS_OK)
        return st;
    for (int i = 0; st == STATUS_OK && i < MANY; i++) {
        snprintf(key, sizeof(key), "%s %d", prefix, i * 7919 % MANY);
        st = store_row_add(s, STORE_SUBJECT, bytes_of(key), BYTES_LIT("{}"), &row);
    }
    return store_end(s, st);
}

static void check_many(struct store *s, const char *prefix, enum status expected)
{
    struct buf value = { 0 };
    char key[64];
    uint64_t row;

    for (int i = 0; i < MANY; i += 97) {
        snprintf(key, sizeof(key), "%s %d", prefix, i);
        assert_status(store_row_find(s, STORE_SUBJECT, bytes_of(key), &row, &value),
                      expected);
    }
    buf_clear(&value);
}

/* There is a call that can fail to begin, two for each row, one to sort the names, one
 * for each name, one to note how far they are merged, and one to commit; and some for
 * memory. */
TEST(a_merge_is_all_or_none)
{
    static const int places[] = { 1,        MANY,         2 * MANY + 2, 2 * MANY + 100,
                                  3 * MANY, 3 * MANY + 3, 3 * MANY + 4 };
    struct store *s = store_at("merge.db", STORE_CREATE);

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        enum status st;

        fault_arm(places[i]);
        st = put_many(s, "a");
        assert_true(fault_disarm());
        assert_int_not_equal(st, STATUS_OK);
        check_many(s, "a", STATUS_NOT_FOUND);
        assert_status(store_check(s), STATUS_OK);
    }
    assert_status(put_many(s, "a"), STATUS_OK);
    check_many(s, "a", STATUS_OK);
    for (int nth = 1; nth < 200; nth = nth * 3 + 1) {
        vfs_arm(VFS_DISK_FULL, nth);
        assert_status(put_many(s, "b"), STATUS_IO);
        assert_true(vfs_disarm());
        check_many(s, "a", STATUS_OK);
        check_many(s, "b", STATUS_NOT_FOUND);
    }
    s = reopened(s, "merge.db");
    check_many(s, "b", STATUS_NOT_FOUND);
    assert_status(put_many(s, "b"), STATUS_OK);
    s = reopened(s, "merge.db");
    check_many(s, "a", STATUS_OK);
    check_many(s, "b", STATUS_OK);
    store_close(s);
}

TEST(a_backup_is_whole_or_none)
{
    struct store *s = store_at("origin.db", STORE_CREATE);
    bool fired = true;

    assert_status(commit_batch(s, 0), STATUS_OK);
    for (int nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = store_backup(s, scratch_path("copy.db"), NULL, NULL);
        fired = fault_disarm();
        assert_int_equal(st != STATUS_OK, fired);
        assert_int_equal(access(scratch_path("copy.db"), F_OK) == 0, !fired);
    }
    store_close(s);
    s = store_at("copy.db", STORE_WRITE);
    check_batches(s, 1);
    store_close(s);
}

static void write_image(const struct vfs_image *image, const char *to)
{
    FILE *f = fopen(to, "w");

    assert_non_null(f);
    fwrite(image->content.ptr, 1, image->content.len, f);
    assert_int_equal(fclose(f), 0);
}

/* The files as they were last synced, under another name. */
static void cut_power(const char *name)
{
    char wal[512], path[500];

    snprintf(path, sizeof(path), "%s", scratch_path(name));
    snprintf(wal, sizeof(wal), "%s-wal", path);
    remove(scratch_path("after.db-shm"));
    for (int i = 0; i < VFS_IMAGES; i++) {
        if (strcmp(vfs.images[i].path, path) == 0)
            write_image(&vfs.images[i], scratch_path("after.db"));
        if (strcmp(vfs.images[i].path, wal) == 0)
            write_image(&vfs.images[i], scratch_path("after.db-wal"));
    }
}

/* Enough batches that the log is moved into the database a few times. */
TEST(what_was_reported_survives_a_power_cut)
{
    struct store *s, *after;

    vfs.keep = true;
    s = store_at("power.db", STORE_CREATE);
    vfs.keep = false; /* for the files opened from here on */
    for (uint64_t n = 0; n < 1500; n++) {
        vfs.keep = true;
        assert_status(commit_batch(s, n), STATUS_OK);
        vfs.keep = false;
        if (n % 50 != 0 && n > 5)
            continue;
        cut_power("power.db");
        after = store_at("after.db", STORE_WRITE);
        check_batches(after, n + 1);
        assert_status(store_check(after), STATUS_OK);
        store_close(after);
    }
    store_close(s);
    for (int i = 0; i < VFS_IMAGES; i++)
        buf_clear(&vfs.images[i].content);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_batch_is_all_or_none),
    TEST_OF(opening_fails_cleanly),
    TEST_OF(a_read_that_fails_says_so),
    TEST_OF(after_a_failure_nothing_of_the_transaction_is_kept),
    TEST_OF(a_write_fails),
    TEST_OF(the_disk_is_full),
    TEST_OF(a_sync_fails),
    TEST_OF(creation_on_a_failing_disk),
    TEST_OF(a_merge_is_all_or_none),
    TEST_OF(a_backup_is_whole_or_none),
    TEST_OF(what_was_reported_survives_a_power_cut),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    vfs_install();
    return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
