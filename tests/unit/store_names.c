/* Rows and their names: pending in memory, merged in bulk, seen by readers meanwhile. */
#include "unit/store_fixture.h"

#include "base/fault.h"
#include "store/store_names.h"

/* store_row.c merges when more than this many are pending. */
enum { PENDING_MAX = 16384 };

static const char *name_of(uint64_t i)
{
    static char text[64];

    /* Scattered, so that order of creation is not order of key. */
    snprintf(text, sizeof(text), "ORG-%llu:%llu", (unsigned long long)(i * 7919 % 1009),
             (unsigned long long)i);
    return text;
}

static void add_names(struct store *s, uint64_t from, uint64_t to)
{
    uint64_t row;

    assert_status(store_begin(s), STATUS_OK);
    for (uint64_t i = from; i < to; i++) {
        assert_status(store_row_add(s, STORE_SUBJECT, bytes_of(name_of(i)),
                                    bytes_of(name_of(i)), &row),
                      STATUS_OK);
        assert_int_equal(row, i + 1);
    }
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
}

/* All of [0, n) are found, each in its row, and the next one is not. */
static void find_names(struct store *s, uint64_t n, uint64_t step)
{
    struct buf value = { 0 };
    uint64_t row;

    for (uint64_t i = 0; i < n; i += step) {
        assert_status(
            store_row_find(s, STORE_SUBJECT, bytes_of(name_of(i)), &row, &value),
            STATUS_OK);
        assert_int_equal(row, i + 1);
        assert_buf_eq(&value, name_of(i));
    }
    assert_status(store_row_find(s, STORE_SUBJECT, bytes_of(name_of(n)), &row, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_row_find(s, STORE_NETWORK, bytes_of(name_of(0)), &row, &value),
                  STATUS_NOT_FOUND);
    buf_clear(&value);
}

static int count_number(void *out, int n, char **values, char **names)
{
    (void)n;
    (void)names;
    *(uint64_t *)out = values[0] == NULL ? 0 : strtoull(values[0], NULL, 10);
    return 0;
}

static uint64_t number_in(const char *file, const char *sql)
{
    uint64_t out = 0;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(scratch_path(file), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, count_number, &out, NULL), SQLITE_OK);
    sqlite3_close(db);
    return out;
}

TEST(rows_have_places_in_order_of_creation)
{
    struct store *s = store_at("rows.db", STORE_CREATE);
    struct buf key = { 0 }, value = { 0 };
    uint64_t row, count;

    assert_int_equal(add_row(s, STORE_NETWORK, "b"), 1);
    assert_int_equal(add_row(s, STORE_NETWORK, "a"), 2);
    assert_int_equal(add_row(s, STORE_MEMBER, "a"), 1); /* tables don't mix */
    assert_status(store_row_get(s, STORE_NETWORK, 2, &key, &value), STATUS_OK);
    assert_buf_eq(&key, "a");
    assert_buf_eq(&value, "value of a");
    assert_status(store_row_get(s, STORE_NETWORK, 3, &key, &value), STATUS_NOT_FOUND);
    assert_status(store_row_get(s, STORE_NETWORK, UINT64_MAX, NULL, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_row_count(s, STORE_NETWORK, &count), STATUS_OK);
    assert_int_equal(count, 2);

    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_row_add(s, STORE_NETWORK, BYTES_LIT("a"), BYTES_LIT(""), &row),
                  STATUS_EXISTS);
    assert_status(store_row_set(s, STORE_NETWORK, 1, BYTES_LIT("new")), STATUS_OK);
    assert_status(store_row_set(s, STORE_NETWORK, 3, BYTES_LIT("new")), STATUS_NOT_FOUND);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_status(store_row_find(s, STORE_NETWORK, BYTES_LIT("b"), &row, &value),
                  STATUS_OK);
    assert_buf_eq(&value, "new");
    buf_clear(&key);
    buf_clear(&value);
    store_close(s);
}

struct walk {
    struct store *s;
    char text[64];
    size_t stop;
};

static enum status note_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct walk *walk = ctx;
    size_t len = strlen(walk->text);

    (void)value;
    snprintf(walk->text + len, sizeof(walk->text) - len, "%d" BYTES_FMT " ", (int)row,
             BYTES_ARG(key));
    return --walk->stop == 0 ? STATUS_REFUSED : STATUS_OK;
}

static enum status walk_again(void *ctx, uint64_t row, struct bytes key,
                              struct bytes value)
{
    struct walk *walk = ctx;
    size_t len = strlen(walk->text);
    struct buf copy = { 0 };

    (void)value;
    snprintf(walk->text + len, sizeof(walk->text) - len, "(" BYTES_FMT ": ",
             BYTES_ARG(key));
    assert_status(store_rows(walk->s, STORE_NETWORK, row, true, note_row, walk),
                  STATUS_OK);
    assert_status(store_row_get(walk->s, STORE_NETWORK, row, NULL, &copy), STATUS_OK);
    buf_clear(&copy);
    strcat(walk->text, ")");
    return STATUS_OK;
}

TEST(rows_are_walked_both_ways)
{
    struct store *s = store_at("walk.db", STORE_CREATE);
    struct walk walk = { .s = s, .stop = 99 };

    add_row(s, STORE_NETWORK, "x");
    add_row(s, STORE_NETWORK, "y");
    add_row(s, STORE_NETWORK, "z");
    assert_status(store_rows(s, STORE_NETWORK, 2, false, note_row, &walk), STATUS_OK);
    assert_string_equal(walk.text, "2y 3z ");
    walk = (struct walk){ .stop = 99 };
    assert_status(store_rows(s, STORE_NETWORK, UINT64_MAX, true, note_row, &walk),
                  STATUS_OK);
    assert_string_equal(walk.text, "3z 2y 1x ");
    walk = (struct walk){ .stop = 1 };
    assert_status(store_rows(s, STORE_NETWORK, 2, true, note_row, &walk), STATUS_REFUSED);
    assert_string_equal(walk.text, "2y ");
    walk = (struct walk){ .s = s, .stop = 99 };
    assert_status(store_rows(s, STORE_NETWORK, 2, true, walk_again, &walk), STATUS_OK);
    assert_string_equal(walk.text, "(y: 2y 1x )(x: 1x )");
    store_close(s);
}

/* Before the merge, at it, after it; across openings; by a reader who was there before.
 */
TEST(names_are_found_before_and_after_a_merge)
{
    struct store *w = store_at("merge.db", STORE_CREATE);
    struct store *r = store_at("merge.db", STORE_READ);
    struct buf value = { 0 };
    uint64_t row, count;

    add_names(w, 0, 1000);
    find_names(w, 1000, 1);
    find_names(r, 1000, 1);
    add_names(w, 1000, PENDING_MAX);
    find_names(w, PENDING_MAX, 7);
    find_names(r, PENDING_MAX, 7);
    assert_int_equal(number_in("merge.db", "SELECT count(*) FROM name"), 0);

    store_close(w);
    w = store_at("merge.db", STORE_WRITE);
    find_names(w, PENDING_MAX, 7);
    add_names(w, PENDING_MAX, PENDING_MAX + 1);
    assert_int_equal(number_in("merge.db", "SELECT count(*) FROM name"), PENDING_MAX + 1);
    assert_int_equal(number_in("merge.db", "SELECT sum(upto) FROM merged"),
                     PENDING_MAX + 1);
    find_names(r, PENDING_MAX + 1, 7);
    find_names(w, PENDING_MAX + 1, 7);
    add_names(w, PENDING_MAX + 1, PENDING_MAX + 100);
    find_names(r, PENDING_MAX + 100, 7);
    assert_status(store_check(r), STATUS_OK);
    assert_status(store_row_count(r, STORE_SUBJECT, &count), STATUS_OK);
    assert_int_equal(count, PENDING_MAX + 100);
    store_close(r);
    r = store_at("merge.db", STORE_READ);
    fault_arm(200); /* a new reader reads the 99 names that are pending, and not all */
    assert_status(store_row_find(r, STORE_SUBJECT, bytes_of(name_of(5)), &row, &value),
                  STATUS_OK);
    assert_false(fault_disarm());
    find_names(r, PENDING_MAX + 100, 7);
    buf_clear(&value);
    store_close(r);
    store_close(w);
}

/* docs/store.md: the name index may be emptied; it is filled again by and by. */
TEST(the_name_index_is_rebuilt)
{
    struct store *s = store_at("rebuild.db", STORE_CREATE);

    add_names(s, 0, PENDING_MAX + 10);
    store_close(s);
    sqlite_says(scratch_path("rebuild.db"), "DELETE FROM name; DELETE FROM merged");
    s = store_at("rebuild.db", STORE_WRITE);
    find_names(s, PENDING_MAX + 10, 7);
    add_row(s, STORE_NETWORK, "n");
    assert_int_equal(number_in("rebuild.db", "SELECT count(*) FROM name"),
                     PENDING_MAX + 11);
    assert_status(store_check(s), STATUS_OK);
    store_close(s);
}

TEST(an_altered_name_index_is_found)
{
    struct store *s = store_at("stray.db", STORE_CREATE);

    add_names(s, 0, PENDING_MAX + 10);
    store_close(s);
    sqlite_says(scratch_path("stray.db"), "UPDATE name SET row = row + 1 WHERE row = 5");
    s = store_at("stray.db", STORE_READ);
    assert_status(store_check(s), STATUS_ALTERED);
    assert_string_equal(store_error(s), "subject: names and rows differ");
    store_close(s);
}

TEST(a_name_stated_twice_is_found_at_opening)
{
    struct store *s = store_at("twice.db", STORE_CREATE);

    add_row(s, STORE_NETWORK, "n");
    store_close(s);
    s = NULL;
    sqlite_says(scratch_path("twice.db"), "INSERT INTO network VALUES (2, 'n', '{}')");
    assert_status(store_open(scratch_path("twice.db"), STORE_WRITE, &s), STATUS_ALTERED);
}

/* Against a plain list, with random additions and truncations. */
TEST(pending_names_are_taken_out_again)
{
    struct store_names names = { 0 };
    char key[32];
    uint64_t row;

    srand(1);
    for (int round = 0; round < 200; round++) {
        size_t n = names.n;
        size_t target = (size_t)(rand() % 500);

        for (size_t i = n; i < target; i++) {
            snprintf(key, sizeof(key), "%zu", i);
            assert_status(store_names_add(&names, bytes_of(key), i * 3), STATUS_OK);
        }
        if (target < n)
            store_names_truncate(&names, target);
        assert_int_equal(names.n, target);
        for (size_t i = 0; i < 500; i++) {
            snprintf(key, sizeof(key), "%zu", i);
            assert_int_equal(store_names_find(&names, bytes_of(key), &row), i < target);
            if (i < target)
                assert_int_equal(row, i * 3);
        }
    }
    store_names_clear(&names);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(rows_have_places_in_order_of_creation),
    TEST_OF(rows_are_walked_both_ways),
    TEST_OF(names_are_found_before_and_after_a_merge),
    TEST_OF(the_name_index_is_rebuilt),
    TEST_OF(an_altered_name_index_is_found),
    TEST_OF(a_name_stated_twice_is_found_at_opening),
    TEST_OF(pending_names_are_taken_out_again),
};
TEST_MAIN(tests)
