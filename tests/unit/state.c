/* The layers of the state: draft over batch over what is committed. */
#include "unit/test.h"

#include "ledger/rows.h"
#include "ledger/state.h"

struct fixture {
    struct store *store;
    struct state *state;
};

static struct fixture fixture_new(void)
{
    struct fixture f;

    assert_status(store_open(scratch_dir(), STORE_SCRATCH, &f.store), STATUS_OK);
    assert_status(state_new(f.store, &f.state), STATUS_OK);
    return f;
}

static void fixture_free(struct fixture *f)
{
    state_free(f->state);
    store_close(f->store);
}

static struct row *row(struct fixture *f, const char *key)
{
    return state_row(f->state, STORE_NETWORK, bytes_of(key));
}

static json_int_t n_of(struct fixture *f, const char *key)
{
    return json_integer_value(json_object_get(state_json(row(f, key)), "n"));
}

static void put(struct fixture *f, const char *key, int n)
{
    json_t *value = json_object();

    state_set_int(f->state, value, "n", (uint64_t)n);
    state_set(f->state, value, "list", json_array());
    state_put(f->state, row(f, key), value);
}

static void commit(struct fixture *f)
{
    assert_status(store_begin(f->store), STATUS_OK);
    assert_status(store_end(f->store, state_write(f->state)), STATUS_OK);
    state_flush(f->state);
}

static json_int_t stored(struct fixture *f, const char *key, uint64_t *place)
{
    json_t *value = NULL;
    json_int_t n;

    assert_status(rows_find(f->store, STORE_NETWORK, bytes_of(key), place, &value),
                  STATUS_OK);
    n = json_integer_value(json_object_get(value, "n"));
    json_decref(value);
    return n;
}

TEST(layers_lie_over_each_other)
{
    struct fixture f = fixture_new();
    uint64_t place;

    state_begin(f.state);
    assert_null(state_json(row(&f, "a")));
    put(&f, "a", 1);
    assert_int_equal(n_of(&f, "a"), 1);
    state_forget(f.state);
    assert_null(state_json(row(&f, "a")));

    state_begin(f.state);
    put(&f, "a", 2);
    state_settle(f.state);
    state_begin(f.state);
    state_set_int(f.state, state_edit(f.state, row(&f, "a")), "n", 3);
    assert_int_equal(n_of(&f, "a"), 3);
    state_forget(f.state);
    assert_int_equal(n_of(&f, "a"), 2);
    commit(&f);
    assert_int_equal(stored(&f, "a", &place), 2);
    assert_int_equal(place, 1);

    state_begin(f.state);
    state_set_int(f.state, state_edit(f.state, row(&f, "a")), "n", 4);
    state_settle(f.state);
    assert_int_equal(n_of(&f, "a"), 4);
    state_drop(f.state);
    assert_int_equal(n_of(&f, "a"), 2);
    fixture_free(&f);
}

/* What hangs below is shared until it is made one's own. */
TEST(a_change_below_stays_in_its_draft)
{
    struct fixture f = fixture_new();
    json_t *value;

    state_begin(f.state);
    put(&f, "a", 1);
    state_settle(f.state);
    state_begin(f.state);
    value = state_edit(f.state, row(&f, "a"));
    state_push(f.state, state_own(f.state, value, "list"), json_true());
    assert_int_equal(json_array_size(json_object_get(state_json(row(&f, "a")), "list")),
                     1);
    state_forget(f.state);
    assert_int_equal(json_array_size(json_object_get(state_json(row(&f, "a")), "list")),
                     0);
    fixture_free(&f);
}

TEST(new_rows_are_numbered_in_order_of_creation)
{
    struct fixture f = fixture_new();
    uint64_t place;

    state_begin(f.state);
    put(&f, "z", 1);
    state_forget(f.state); /* takes no number */
    state_begin(f.state);
    put(&f, "c", 1);
    put(&f, "b", 1);
    state_settle(f.state);
    state_drop(f.state); /* gives them back */
    state_begin(f.state);
    put(&f, "b", 1);
    put(&f, "a", 1);
    state_settle(f.state);
    assert_int_equal(row(&f, "b")->place, 1);
    commit(&f);
    state_begin(f.state);
    put(&f, "c", 1);
    state_settle(f.state);
    commit(&f);
    stored(&f, "b", &place);
    assert_int_equal(place, 1);
    stored(&f, "a", &place);
    assert_int_equal(place, 2);
    stored(&f, "c", &place);
    assert_int_equal(place, 3);
    fixture_free(&f);
}

/* Many more rows than are kept: what was forgotten is read again. */
TEST(the_cache_is_bounded)
{
    struct fixture f = fixture_new();
    char key[32];
    enum { MANY = 80000 };

    for (int i = 0; i < MANY; i++) {
        state_begin(f.state);
        snprintf(key, sizeof(key), "row %d", i);
        put(&f, key, i);
        state_settle(f.state);
        if (i % 1000 == 999)
            commit(&f);
    }
    for (int i = 0; i < MANY; i += 997) {
        state_begin(f.state);
        snprintf(key, sizeof(key), "row %d", i);
        assert_int_equal(n_of(&f, key), i);
    }
    assert_status(state_failed(f.state), STATUS_OK);
    fixture_free(&f);
}

TEST(rows_are_printed_as_json_is)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"a\":[1,-1,0,9007199254740991,-9223372036854775808],\"b\":{\"c\":[{}]}}",
        "{\"t\":true,\"f\":false,\"s\":\"\",\"k\\\"ey\":\"v\"}",
        "{\"s\":\"a\\\"b\\\\c\\nd\\te\\rf\\bg\\fh\\u0001i\\u001fj/k\\u007f\"}",
        "{\"s\":\"Fran\\u00e7ais, \\u0627\\u0644, \\ud83d\\ude00\"}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct buf ours = { 0 }, theirs = { 0 };
        json_t *value = NULL;

        assert_status(json_parse(bytes_of(texts[i]), &value), STATUS_OK);
        rows_print(value, &ours);
        json_print(value, &theirs);
        assert_same_bytes(buf_bytes(&ours), buf_bytes(&theirs));
        buf_clear(&ours);
        buf_clear(&theirs);
        json_decref(value);
    }
}

static const struct CMUnitTest tests[] = {
    TEST_OF(rows_are_printed_as_json_is),
    TEST_OF(layers_lie_over_each_other),
    TEST_OF(a_change_below_stays_in_its_draft),
    TEST_OF(new_rows_are_numbered_in_order_of_creation),
    TEST_OF(the_cache_is_bounded),
};
TEST_MAIN(tests)
