#include "unit/test.h"

#include "base/fault.h"
#include "store/store.h"
#include "tlog/checkpoint.h"
#include "unit/store_fixture.h"

TEST(there_is_none_before_it_is_created)
{
    struct store *s = NULL;
    const char *path = scratch_path("none.db");

    assert_status(store_open(path, STORE_READ, &s), STATUS_NOT_FOUND);
    assert_status(store_open(path, STORE_WRITE, &s), STATUS_NOT_FOUND);
    assert_null(s);
    s = store_at("none.db", STORE_CREATE);
    store_close(s);
    s = NULL;
    assert_status(store_open(path, STORE_CREATE, &s), STATUS_EXISTS);
    s = store_at("none.db", STORE_READ);
    store_close(s);
    store_close(NULL);
}

TEST(a_creation_that_was_cut_off_is_none)
{
    struct store *s = NULL;
    const char *path = scratch_path("cut.db");

    fclose(fopen(path, "wx"));
    assert_status(store_open(path, STORE_READ, &s), STATUS_NOT_FOUND);
    assert_status(store_open(path, STORE_WRITE, &s), STATUS_NOT_FOUND);
    s = store_at("cut.db", STORE_CREATE);
    store_close(s);
}

TEST(only_one_writes_and_others_read)
{
    struct store *w = store_at("lock.db", STORE_CREATE);
    struct store *second = NULL;
    struct store *r;

    put_entries(w, 3);
    assert_status(store_open(scratch_path("lock.db"), STORE_WRITE, &second), STATUS_BUSY);
    assert_status(store_open(scratch_path("lock.db"), STORE_CREATE, &second),
                  STATUS_EXISTS);
    r = store_at("lock.db", STORE_READ);
    assert_int_equal(size_of(r), 3);
    store_close(w);
    w = store_at("lock.db", STORE_WRITE);
    put_entries(w, 2);
    assert_int_equal(size_of(r), 5);
    store_close(w);
    assert_int_equal(size_of(r), 5);
    store_close(r);
}

TEST(what_is_not_ours_is_left_alone)
{
    struct store *s = NULL;
    const char *path = scratch_path("other.db");
    FILE *f = fopen(path, "w");

    for (int i = 0; i < 5000; i++)
        fputs("not a database, ", f);
    fclose(f);
    assert_status(store_open(path, STORE_WRITE, &s), STATUS_ALTERED);
    assert_status(store_open(path, STORE_CREATE, &s), STATUS_ALTERED);
    remove(path);
    sqlite_says(path, "CREATE TABLE theirs (a)");
    assert_status(store_open(path, STORE_WRITE, &s), STATUS_MALFORMED);
    assert_status(store_open(path, STORE_READ, &s), STATUS_MALFORMED);
    assert_status(store_open(path, STORE_CREATE, &s), STATUS_MALFORMED);
}

TEST(a_later_version_is_not_touched)
{
    struct store *s = store_at("newer.db", STORE_CREATE);
    const char *path = scratch_path("newer.db");

    store_close(s);
    s = NULL;
    sqlite_says(path, "PRAGMA user_version = 1000");
    assert_status(store_open(path, STORE_WRITE, &s), STATUS_NEWER);
    assert_status(store_open(path, STORE_READ, &s), STATUS_NEWER);
    assert_status(store_open(path, STORE_CREATE, &s), STATUS_EXISTS);
}

TEST(entries_come_back_as_they_were)
{
    struct store *s = store_at("entries.db", STORE_CREATE);
    struct store_entry e = { 0, BYTES_LIT("a\0b"), 7, 11, 0, 0, 0 };
    struct store_entry back;
    struct buf note = { 0 };

    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_entry_put(s, &e), STATUS_OK);
    put_leaf(s, 0, e.note);
    assert_int_equal(size_of(s), 0); /* committed ones */
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_int_equal(size_of(s), 1);
    assert_status(store_entry_get(s, 0, &back, &note), STATUS_OK);
    assert_same_bytes(back.note, e.note);
    assert_int_equal(back.key_row, 7);
    assert_int_equal(back.seq, 11);
    assert_status(store_entry_get(s, 1, &back, &note), STATUS_NOT_FOUND);
    assert_status(store_entry_get(s, UINT64_MAX, &back, &note), STATUS_NOT_FOUND);
    buf_clear(&note);
    store_close(s);
}

TEST(a_rolled_back_transaction_leaves_nothing)
{
    struct store *s = store_at("rollback.db", STORE_CREATE);
    struct buf value = { 0 };
    uint64_t row, count;

    add_row(s, STORE_SUBJECT, "kept");
    assert_status(store_begin(s), STATUS_OK);
    assert_status(
        store_row_add(s, STORE_SUBJECT, BYTES_LIT("gone"), BYTES_LIT("v"), &row),
        STATUS_OK);
    assert_status(store_row_find(s, STORE_SUBJECT, BYTES_LIT("gone"), &row, &value),
                  STATUS_OK);
    assert_status(store_row_set(s, STORE_SUBJECT, 1, BYTES_LIT("changed")), STATUS_OK);
    assert_status(store_end(s, STATUS_REFUSED), STATUS_REFUSED);
    assert_status(store_row_find(s, STORE_SUBJECT, BYTES_LIT("gone"), &row, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_row_count(s, STORE_SUBJECT, &count), STATUS_OK);
    assert_int_equal(count, 1);
    assert_status(store_row_find(s, STORE_SUBJECT, BYTES_LIT("kept"), &row, &value),
                  STATUS_OK);
    assert_buf_eq(&value, "value of kept");
    buf_clear(&value);
    store_close(s);
}

/* Ten thousand entries by three keys in turn, the third seldom, with gaps in seq. */
TEST(any_of_a_keys_statements_is_found_in_few_steps)
{
    enum { N = 10000, KEYS = 3 };
    struct store *s = store_at("chain.db", STORE_CREATE);
    struct store_link head[KEYS];
    bool used[KEYS] = { false };
    struct store_entry e;
    struct buf note = { 0 };

    assert_status(store_begin(s), STATUS_OK);
    for (uint64_t i = 0; i < N; i++) {
        unsigned k = i % 100 == 50 ? 2 : i % 2;
        struct store_link l;

        assert_status(store_link_next(used[k] ? &head[k] : NULL, i, 3 * i + 1,
                                      store_link_get, s, &l),
                      STATUS_OK);
        put_link(s, &l);
        head[k] = l;
        used[k] = true;
    }
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    for (uint64_t i = 0; i < N; i++) {
        unsigned k = i % 100 == 50 ? 2 : i % 2;

        fault_arm(60); /* each read is a call that could fail: none of them is the 60th */
        assert_status(store_entry_by_seq(s, head[k].index, 3 * i + 1, &e, &note),
                      STATUS_OK);
        assert_false(fault_disarm());
        assert_int_equal(e.index, i);
        assert_status(store_entry_by_seq(s, head[k].index, 3 * i + 2, &e, &note),
                      STATUS_NOT_FOUND);
        assert_status(store_entry_by_seq(s, head[!k].index, 3 * i + 1, &e, &note),
                      STATUS_NOT_FOUND);
    }
    assert_status(store_entry_by_seq(s, N, 1, &e, &note), STATUS_NOT_FOUND);
    buf_clear(&note);
    store_close(s);
}

struct steps {
    struct store_link links[4096];
    unsigned reads;
};

static enum status link_of(void *ctx, uint64_t index, struct store_link *out)
{
    struct steps *steps = ctx;

    steps->reads++;
    *out = steps->links[index];
    return STATUS_OK;
}

TEST(the_chain_needs_no_store)
{
    static struct steps steps;
    enum { N = 4096 };

    assert_status(store_link_next(NULL, 0, 1, link_of, &steps, &steps.links[0]),
                  STATUS_OK);
    for (uint64_t i = 1; i < N; i++) {
        steps.reads = 0;
        assert_status(store_link_next(&steps.links[i - 1], i, i + 1, link_of, &steps,
                                      &steps.links[i]),
                      STATUS_OK);
        assert_true(steps.reads <= 1);
        assert_int_equal(steps.links[i].depth, i);
        assert_int_equal(steps.links[i].prev, i - 1);
    }
    /* docs/store.md gives these. */
    assert_int_equal(steps.links[1].jump, 0);
    assert_int_equal(steps.links[2].jump, 1);
    assert_int_equal(steps.links[3].jump, 0);
    assert_int_equal(steps.links[6].jump, 3);
    assert_int_equal(steps.links[7].jump, 0);
    assert_int_equal(steps.links[12].jump, 11);
    assert_int_equal(steps.links[4095].jump, 0);
    for (uint64_t i = 0; i < N; i++) { /* to the first one, by jumps alone */
        unsigned hops = 0;

        for (uint64_t at = i; at != 0; hops++)
            at = steps.links[at].jump;
        assert_true(hops <= 13);
    }
}

TEST(an_altered_chain_ends_the_search)
{
    struct store *s = store_at("loop.db", STORE_CREATE);
    struct store_link l[3] = { { 0, 1, 0, 0, 0 }, { 1, 2, 1, 0, 0 }, { 2, 9, 2, 2, 2 } };
    struct store_entry e;
    struct buf note = { 0 };

    assert_status(store_begin(s), STATUS_OK);
    for (int i = 0; i < 3; i++)
        put_link(s, &l[i]);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_status(store_entry_by_seq(s, 2, 5, &e, &note), STATUS_ALTERED);
    buf_clear(&note);
    store_close(s);
}

TEST(tiles_grow_and_give_what_is_asked)
{
    struct store *s = store_at("tiles.db", STORE_CREATE);
    struct hash in[TILE_WIDTH], out[TILE_WIDTH];

    for (size_t i = 0; i < sizeof(in); i++)
        ((uint8_t *)in)[i] = (uint8_t)(i * 7 + i / 256);
    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_tile_put(s, 0, 5, in, 3), STATUS_OK);
    assert_status(store_tile_put(s, 63, 5, in + 9, 1), STATUS_OK);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_status(store_tile_read(s, 0, 5, 3, out), STATUS_OK);
    assert_memory_equal(out, in, 3 * HASH_LEN);
    assert_status(store_tile_read(s, 0, 5, 4, out), STATUS_NOT_FOUND);
    assert_status(store_tile_read(s, 1, 5, 1, out), STATUS_NOT_FOUND);
    assert_status(store_tile_read(s, 63, 5, 1, out), STATUS_OK);
    assert_memory_equal(out, in + 9, HASH_LEN);
    assert_status(store_tile_read(s, 64, 5, 1, out), STATUS_NOT_FOUND);
    assert_status(store_tile_read(s, 0, UINT64_MAX, 1, out), STATUS_NOT_FOUND);

    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_tile_put(s, 0, 5, in, 256), STATUS_OK);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    assert_status(store_tile_read(s, 0, 5, 256, out), STATUS_OK);
    assert_memory_equal(out, in, sizeof(in));
    store_close(s);
}

TEST(cosignatures_come_in_order_of_name)
{
    struct store *s = store_at("cosign.db", STORE_CREATE);
    struct buf out = { 0 };
    uint64_t sizes[3];
    size_t n = 3, count;

    assert_status(store_cosignature_put(s, 9, BYTES_LIT("b"), 1, BYTES_LIT("old\n")),
                  STATUS_OK);
    assert_status(store_cosignature_put(s, 9, BYTES_LIT("b"), 1, BYTES_LIT("b1\n")),
                  STATUS_OK);
    assert_status(
        store_cosignature_put(s, 9, BYTES_LIT("a"), 0xffffffffu, BYTES_LIT("a\n")),
        STATUS_OK);
    assert_status(store_cosignature_put(s, 9, BYTES_LIT("b"), 0, BYTES_LIT("b0\n")),
                  STATUS_OK);
    assert_status(store_cosignature_put(s, 4, BYTES_LIT("a"), 0, BYTES_LIT("a\n")),
                  STATUS_OK);
    assert_status(store_cosignatures(s, 9, &out, &count), STATUS_OK);
    assert_int_equal(count, 3);
    assert_buf_eq(&out, "a\nb0\nb1\n");
    assert_status(store_cosigned_sizes(s, sizes, &n), STATUS_OK);
    assert_int_equal(n, 2);
    assert_int_equal(sizes[0], 9);
    assert_int_equal(sizes[1], 4);
    n = 1;
    assert_status(store_cosigned_sizes(s, sizes, &n), STATUS_OK);
    assert_int_equal(n, 1);
    buf_clear(&out);
    store_close(s);
}

TEST(an_older_cosignature_does_not_replace_a_newer_one)
{
    static const uint8_t seed[SEED_LEN] = { 7 };
    struct store *s = store_at("replay.db", STORE_CREATE);
    struct secret_key *k;
    struct buf older = { 0 }, newer = { 0 }, out = { 0 };
    size_t count;

    assert_status(sign_init(), STATUS_OK);
    assert_status(secret_key_from_seed(BYTES_LIT("o/w"), KEY_COSIGN, seed, &k),
                  STATUS_OK);
    cosignature_sign(k, BYTES_LIT("text\n"), 1000, &older);
    cosignature_sign(k, BYTES_LIT("text\n"), 2000, &newer);
    for (int i = 0; i < 3; i++)
        assert_status(store_cosignature_put(s, 9, BYTES_LIT("o/w"), 1,
                                            buf_bytes(i == 1 ? &newer : &older)),
                      STATUS_OK);
    assert_status(store_cosignatures(s, 9, &out, &count), STATUS_OK);
    assert_int_equal(count, 1);
    assert_buf_eq(&out, buf_str(&newer));
    buf_clear(&older);
    buf_clear(&newer);
    buf_clear(&out);
    secret_key_free(k);
    store_close(s);
}

static void put_checkpoints(struct store *s, uint64_t from, uint64_t to, uint64_t cosign)
{
    assert_status(store_begin(s), STATUS_OK);
    for (uint64_t size = from; size < to; size++) {
        assert_status(store_checkpoint_put(s, size, BYTES_LIT("note")), STATUS_OK);
        if (cosign != 0 && size % cosign == 0)
            assert_status(
                store_cosignature_put(s, size, BYTES_LIT("a"), 1, BYTES_LIT("l")),
                STATUS_OK);
    }
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
}

TEST(old_checkpoints_go_and_cosigned_ones_stay)
{
    struct store *s = store_at("prune.db", STORE_CREATE);
    struct buf note = { 0 };
    uint64_t size;

    assert_status(store_checkpoint_newest(s, &size, &note), STATUS_NOT_FOUND);
    assert_int_equal(size, 0);
    put_checkpoints(s, 0, 4000, 2000); /* 0 and 2000 are cosigned */
    assert_status(store_checkpoint_keep(s, 17), STATUS_OK);
    assert_status(store_checkpoint_get(s, 1, &note), STATUS_OK);
    put_checkpoints(s, 4000, 5000, 0);
    assert_status(store_checkpoint_get(s, 1, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_get(s, 2000, &note), STATUS_OK);
    assert_status(store_checkpoint_get(s, 0, &note), STATUS_OK);
    assert_status(store_checkpoint_get(s, 2951, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_get(s, 2952, &note), STATUS_OK);
    put_checkpoints(s, 5000, 10000, 2); /* 2,500 cosigned: the newest 1,024 stay */
    assert_status(store_checkpoint_get(s, 2000, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_get(s, 7950, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_get(s, 7952, &note), STATUS_OK);
    assert_status(store_checkpoint_get(s, 7953, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_get(s, 9999, &note), STATUS_OK);
    assert_status(store_checkpoint_get(s, 17, &note), STATUS_OK); /* asked for */
    assert_status(store_checkpoint_get(s, 18, &note), STATUS_NOT_FOUND);
    assert_status(store_checkpoint_newest(s, &size, &note), STATUS_OK);
    assert_int_equal(size, 9999);
    assert_buf_eq(&note, "note");
    buf_clear(&note);
    store_close(s);
}

struct seen {
    uint64_t numbers[10];
    size_t n;
    size_t stop;
};

static enum status see_record(void *ctx, const struct store_record *r)
{
    struct seen *seen = ctx;

    seen->numbers[seen->n++] = r->number;
    return seen->n == seen->stop ? STATUS_REFUSED : STATUS_OK;
}

TEST(records_are_read_in_order)
{
    struct store *s = store_at("records.db", STORE_CREATE);
    struct store_record r = { RECORD_NUMBER(0, 1), RECORD_NONE, RECORD_NONE,
                              BYTES_LIT("log.chartered"), BYTES_LIT("{}") };
    struct store_record back;
    struct seen seen = { .stop = 10 };
    struct buf text = { 0 };

    assert_int_equal(RECORD_INDEX(RECORD_NUMBER(77, 256)), 77);
    assert_int_equal(RECORD_N(RECORD_NUMBER(77, 256)), 256);
    assert_status(store_begin(s), STATUS_OK);
    assert_status(store_record_put(s, &r), STATUS_OK);
    r = (struct store_record){ RECORD_NUMBER(1, 256), 5, 0, BYTES_LIT("pledge.made"),
                               BYTES_LIT("{\"networks\":[]}") };
    assert_status(store_record_put(s, &r), STATUS_OK);
    r.number = RECORD_NUMBER(2, 1);
    assert_status(store_record_put(s, &r), STATUS_OK);
    assert_status(store_end(s, STATUS_OK), STATUS_OK);

    assert_status(store_record_get(s, 0, &back, &text), STATUS_OK);
    assert_true(back.subject == RECORD_NONE && back.prev == RECORD_NONE);
    assert_status(store_record_get(s, RECORD_NUMBER(1, 256), &back, &text), STATUS_OK);
    assert_int_equal(back.subject, 5);
    assert_int_equal(back.prev, 0);
    assert_bytes_eq(back.is, "pledge.made");
    assert_bytes_eq(back.facets, "{\"networks\":[]}");
    assert_status(store_record_get(s, 3, &back, &text), STATUS_NOT_FOUND);

    assert_status(store_records(s, 0, UINT64_MAX, see_record, &seen), STATUS_OK);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.numbers[1], RECORD_NUMBER(1, 256));
    seen.n = 0;
    assert_status(store_records(s, 1, 1, see_record, &seen), STATUS_OK);
    assert_int_equal(seen.n, 1);
    seen = (struct seen){ .stop = 2 };
    assert_status(store_records(s, 0, 3, see_record, &seen), STATUS_REFUSED);
    assert_int_equal(seen.n, 2);
    buf_clear(&text);
    store_close(s);
}

TEST(a_snapshot_sees_one_state)
{
    struct store *w = store_at("view.db", STORE_CREATE);
    struct store *r = store_at("view.db", STORE_READ);
    struct buf value = { 0 };
    uint64_t row;

    put_entries(w, 1);
    assert_status(store_snapshot(r), STATUS_OK);
    put_entries(w, 1);
    add_row(w, STORE_NETWORK, "late");
    assert_int_equal(size_of(r), 1);
    assert_status(store_row_find(r, STORE_NETWORK, BYTES_LIT("late"), &row, &value),
                  STATUS_NOT_FOUND);
    assert_status(store_snapshot(r), STATUS_OK); /* they nest */
    store_release(r);
    assert_int_equal(size_of(r), 1);
    store_release(r);
    assert_int_equal(size_of(r), 2);
    assert_status(store_row_find(r, STORE_NETWORK, BYTES_LIT("late"), &row, &value),
                  STATUS_OK);
    buf_clear(&value);
    store_close(r);
    store_close(w);
}

TEST(settings_are_kept)
{
    struct store *s = store_at("settings.db", STORE_CREATE);
    struct buf value = { 0 };

    assert_status(store_setting_get(s, "peer", &value), STATUS_NOT_FOUND);
    assert_status(store_setting_put(s, "peer", BYTES_LIT("one")), STATUS_OK);
    assert_status(store_setting_put(s, "peer", BYTES_LIT("two")), STATUS_OK);
    assert_status(store_setting_put(s, "empty", (struct bytes){ NULL, 0 }), STATUS_OK);
    store_close(s);
    s = store_at("settings.db", STORE_READ);
    assert_status(store_setting_get(s, "peer", &value), STATUS_OK);
    assert_buf_eq(&value, "two");
    assert_status(store_setting_get(s, "empty", &value), STATUS_OK);
    assert_buf_eq(&value, "");
    buf_clear(&value);
    store_close(s);
}

TEST(a_scratch_store_leaves_nothing_behind)
{
    struct store *s = NULL;
    const char *folder = scratch_path("scratch");

    assert_int_equal(mkdir(folder, 0700), 0);
    assert_status(store_open(folder, STORE_SCRATCH, &s), STATUS_OK);
    put_entries(s, 300);
    assert_status(store_begin(s), STATUS_OK);
    put_entry(s);
    assert_status(store_end(s, STATUS_REFUSED), STATUS_REFUSED);
    put_entries(s, 1);
    assert_int_equal(size_of(s), 301);
    assert_status(store_check(s), STATUS_OK);
    store_close(s);
    assert_int_equal(rmdir(folder), 0); /* only an empty one can be removed */
}

static void count_progress(void *ctx, uint64_t done, uint64_t total)
{
    assert_true(done <= total);
    ++*(int *)ctx;
}

TEST(a_backup_is_a_store)
{
    struct store *s = store_at("from.db", STORE_CREATE);
    const char *to = scratch_path("to.db");
    int calls = 0;
    uint64_t row;
    struct buf value = { 0 };

    put_entries(s, 1000);
    add_row(s, STORE_NETWORK, "spiac-b");
    assert_status(store_backup(s, to, count_progress, &calls), STATUS_OK);
    assert_true(calls > 0);
    assert_status(store_backup(s, to, NULL, NULL), STATUS_EXISTS);
    put_entries(s, 1);
    store_close(s);
    s = store_at("to.db", STORE_WRITE);
    assert_int_equal(size_of(s), 1000);
    assert_status(store_row_find(s, STORE_NETWORK, BYTES_LIT("spiac-b"), &row, &value),
                  STATUS_OK);
    put_entries(s, 1);
    assert_status(store_check(s), STATUS_OK);
    assert_status(store_backup(s, scratch_path("no/such"), NULL, NULL), STATUS_IO);
    buf_clear(&value);
    store_close(s);
}

/* A page of the file, overwritten behind SQLite's back. */
TEST(a_damaged_page_is_found)
{
    struct store *s = store_at("damaged.db", STORE_CREATE);
    char junk[4096];
    FILE *f;

    put_entries(s, 2000);
    store_close(s);
    f = fopen(scratch_path("damaged.db"), "r+");
    memset(junk, 0xa5, sizeof(junk));
    for (long page = 20; page < 60; page++) {
        fseek(f, page * 4096, SEEK_SET);
        fwrite(junk, sizeof(junk), 1, f);
    }
    fclose(f);
    s = store_at("damaged.db", STORE_READ);
    assert_status(store_check(s), STATUS_ALTERED);
    assert_true(strlen(store_error(s)) > 0);
    store_close(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(there_is_none_before_it_is_created),
    TEST_OF(a_creation_that_was_cut_off_is_none),
    TEST_OF(only_one_writes_and_others_read),
    TEST_OF(what_is_not_ours_is_left_alone),
    TEST_OF(a_later_version_is_not_touched),
    TEST_OF(entries_come_back_as_they_were),
    TEST_OF(a_rolled_back_transaction_leaves_nothing),
    TEST_OF(any_of_a_keys_statements_is_found_in_few_steps),
    TEST_OF(the_chain_needs_no_store),
    TEST_OF(an_altered_chain_ends_the_search),
    TEST_OF(tiles_grow_and_give_what_is_asked),
    TEST_OF(cosignatures_come_in_order_of_name),
    TEST_OF(an_older_cosignature_does_not_replace_a_newer_one),
    TEST_OF(old_checkpoints_go_and_cosigned_ones_stay),
    TEST_OF(records_are_read_in_order),
    TEST_OF(a_snapshot_sees_one_state),
    TEST_OF(settings_are_kept),
    TEST_OF(a_scratch_store_leaves_nothing_behind),
    TEST_OF(a_backup_is_a_store),
    TEST_OF(a_damaged_page_is_found),
};
TEST_MAIN(tests)
