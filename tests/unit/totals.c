/* Totals as rows: what is written is read again, and sums go where they belong. */
#include "unit/test.h"

#include "ledger/totals.h"

static struct store *scratch_store(void)
{
    struct store *s = NULL;

    assert_status(store_open(scratch_dir(), STORE_SCRATCH, &s), STATUS_OK);
    return s;
}

static const struct total *total_of(struct state *s, const char *key)
{
    return state_value(state_row(s, STORE_TOTAL, bytes_of(key)));
}

TEST(a_total_is_read_as_it_was_written)
{
    struct total t = { 0 }, *again = NULL;
    struct buf text = { 0 };
    money_sum big = (money_sum)1 << 100;

    t.sum[ATTESTED_BOTH][TOTAL_PLEDGED] = big;
    t.sum[ATTESTED_BOTH][TOTAL_PLEDGES] = 3;
    total_encode(&t, bytes_of("donor FR-3 USD"), &text);
    assert_buf_eq(
        &text,
        "{\"by\":\"donor\",\"value\":\"FR-3\",\"currency\":\"USD\","
        "\"both\":{\"pledged\":\"1267650600228229401496703205376\","
        "\"new\":\"0\",\"own_funds\":\"0\",\"committed\":\"0\",\"disbursed\":\"0\","
        "\"received\":\"0\",\"refunded\":\"0\",\"spent\":\"0\",\"outstanding\":\"0\","
        "\"disputed\":\"0\",\"pledges\":3}}");
    assert_status(total_decode(buf_bytes(&text), &again), STATUS_OK);
    assert_memory_equal(again, &t, sizeof(t));
    free(again);
    assert_status(total_decode(bytes_of("{\"both\":{}}"), &again), STATUS_ALTERED);
    assert_status(total_decode(bytes_of("{"), &again), STATUS_ALTERED);
    buf_clear(&text);
}

TEST(a_share_counts_everywhere_it_belongs)
{
    struct store *store = scratch_store();
    struct state *s;
    struct total_share share = { .sum = { [TOTAL_PLEDGED] = 7, [TOTAL_PLEDGES] = 1 } };
    json_t *pledge = json_pack(
        "{s:{s:s,s:s,s:s,s:[s,s],s:[s]},s:s,s:s,s:s,s:s}", "facets", "donor", "A",
        "recipient", "B", "status", "announced", "countries", "KE", "UG", "networks",
        "n1", "currency", "USD", "year", "2026", "from_fund", "A:W", "for", "B:C");
    static const char *const keys[] = {
        "all all USD",    "currency USD USD", "donor A USD",    "recipient B USD",
        "country KE USD", "country UG USD",   "network n1 USD", "status announced USD",
        "year 2026 USD",  "fund A:W USD",     "for B:C USD"
    };

    assert_status(state_new(store, &s), STATUS_OK);
    state_begin(s);
    assert_true(totals_add(s, pledge, ATTESTED_DONOR, &share, 1));
    assert_true(totals_add(s, pledge, ATTESTED_BOTH, &share, 1));
    assert_true(totals_add(s, pledge, ATTESTED_DONOR, &share, -1));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_true(total_of(s, keys[i])->sum[ATTESTED_BOTH][TOTAL_PLEDGED] == 7);
        assert_true(total_of(s, keys[i])->sum[ATTESTED_DONOR][TOTAL_PLEDGED] == 0);
    }
    assert_null(total_of(s, "all all EUR"));
    assert_status(state_failed(s), STATUS_OK);
    state_forget(s);
    assert_null(total_of(s, "all all USD"));
    json_decref(pledge);
    state_free(s);
    store_close(store);
}

TEST(an_overflow_is_told)
{
    struct store *store = scratch_store();
    struct state *s;
    struct total_share share = { .sum = { [TOTAL_PLEDGED] = (money_sum)1 << 126 } };
    json_t *pledge = json_pack("{s:{s:s,s:s},s:s}", "facets", "donor", "A", "recipient",
                               "B", "currency", "USD");

    assert_status(state_new(store, &s), STATUS_OK);
    state_begin(s);
    assert_true(totals_add(s, pledge, ATTESTED_DONOR, &share, 1));
    assert_false(totals_add(s, pledge, ATTESTED_DONOR, &share, 1));
    state_forget(s);
    json_decref(pledge);
    state_free(s);
    store_close(store);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_total_is_read_as_it_was_written),
    TEST_OF(a_share_counts_everywhere_it_belongs),
    TEST_OF(an_overflow_is_told),
};
TEST_MAIN(tests)
