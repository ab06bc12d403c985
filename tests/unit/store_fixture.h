/* tests/unit/store_fixture.h
 *
 * What the tests of the store share.
 */
#ifndef AVOW_TESTS_UNIT_STORE_FIXTURE_H
#define AVOW_TESTS_UNIT_STORE_FIXTURE_H

#include <sqlite3.h>

#include "store/store.h"
#include "unit/test.h"

static inline struct store *store_at(const char *name, enum store_mode mode)
{
    struct store *s = NULL;

    assert_status(store_open(scratch_path(name), mode, &s), STATUS_OK);
    return s;
}

static inline uint64_t size_of(struct store *s)
{
    uint64_t size = 0;

    assert_status(store_size(s, &size), STATUS_OK);
    return size;
}

/* The tree lists it: who reads an entry holds it against its leaf. */
static inline void put_leaf(struct store *s, uint64_t index, struct bytes note)
{
    static struct hash tile[TILE_WIDTH];
    unsigned place = (unsigned)(index % TILE_WIDTH);

    if (place > 0)
        assert_status(store_tile_read(s, 0, index / TILE_WIDTH, place, tile), STATUS_OK);
    tile[place] = hash_leaf(note);
    assert_status(store_tile_put(s, 0, index / TILE_WIDTH, tile, place + 1), STATUS_OK);
}

/* An entry with a note that tells which it is. */
static inline void put_link(struct store *s, const struct store_link *l)
{
    char note[64];
    struct store_entry e = { l->index, { 0 }, 1, l->seq, l->depth, l->prev, l->jump };

    snprintf(note, sizeof(note), "note of %llu", (unsigned long long)l->index);
    e.note = bytes_of(note);
    assert_status(store_entry_put(s, &e), STATUS_OK);
    put_leaf(s, e.index, e.note);
}

/* The first of a transaction: behind those that are committed. */
static inline void put_entry(struct store *s)
{
    uint64_t i = size_of(s);
    struct store_link l = { i, i + 1, 0, i, i };

    put_link(s, &l);
}

static inline void put_entries(struct store *s, uint64_t n)
{
    uint64_t from = size_of(s);

    assert_status(store_begin(s), STATUS_OK);
    for (uint64_t i = from; i < from + n; i++)
        put_link(s, &(struct store_link){ i, i + 1, 0, i, i });
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
}

static inline uint64_t add_row(struct store *s, enum store_table t, const char *key)
{
    char value[128];
    uint64_t row = 0;

    snprintf(value, sizeof(value), "value of %s", key);
    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_row_add(s, t, bytes_of(key), bytes_of(value), &row), STATUS_OK);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    return row;
}

/* As somebody with a tool of their own would. */
static inline void sqlite_says(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

#endif
