#include "unit/test.h"

#include "io/link_peers.h"

static const struct link_limits limits = {
    .peers = 6, .per_address = 3, .requests = 40, .held = 1000
};

static struct peer_address from(uint8_t n)
{
    return (struct peer_address){ { n } };
}

/* Gives the one that is cut, 0: none; -1: refused. */
static int add(struct link_peers *p, uint32_t id, uint8_t address, uint64_t now_ms)
{
    struct peer_address a = from(address);
    uint32_t cut;

    return link_peers_add(p, id, &a, now_ms, &cut) ? (int)cut : -1;
}

static struct link_peers *make(void)
{
    struct link_peers *p;

    assert_status(link_peers_new(&limits, &p), STATUS_OK);
    return p;
}

TEST(an_address_has_its_share)
{
    struct link_peers *p = make();

    for (uint32_t id = 1; id <= 3; id++)
        assert_int_equal(add(p, id, 1, 0), 0);
    assert_int_equal(add(p, 4, 1, LINK_NEW_MS - 1), -1);
    assert_int_equal(add(p, 5, 2, 0), 0);
    link_peers_remove(p, 2);
    assert_int_equal(add(p, 6, 1, 0), 0);
    assert_int_equal(link_peers_count(p), 4);
    link_peers_free(p);
}

TEST(who_asks_nothing_gives_way)
{
    struct link_peers *p = make();

    for (uint32_t id = 1; id <= 3; id++)
        assert_int_equal(add(p, id, 1, 0), 0);
    assert_int_equal(link_peers_begin(p, 1, 1), LINK_TAKE);
    assert_int_equal(link_peers_end(p, 1, 0), 0);
    assert_int_equal(link_peers_begin(p, 2, 1), LINK_TAKE); /* and is not answered */
    assert_int_equal(add(p, 4, 1, LINK_NEW_MS), 3);         /* it never asked */
    assert_int_equal(add(p, 5, 1, LINK_NEW_MS), -1);
    assert_int_equal(link_peers_begin(p, 4, LINK_NEW_MS), LINK_TAKE);
    assert_int_equal(add(p, 5, 1, LINK_QUIET_MS), -1);
    assert_int_equal(add(p, 6, 1, LINK_QUIET_MS + 1), 1); /* not for a while */
    link_peers_free(p);
}

TEST(who_asks_nothing_for_long_is_hung_up_on)
{
    struct link_peers *p = make();

    assert_int_equal(add(p, 1, 1, 0), 0);
    assert_int_equal(add(p, 2, 1, 0), 0);
    assert_int_equal(link_peers_begin(p, 1, LINK_QUIET_MS), LINK_TAKE);
    assert_int_equal(link_peers_end(p, 1, 0), 0);
    assert_int_equal(link_peers_begin(p, 2, 0), LINK_TAKE);
    assert_int_equal(link_peers_idle(p, LINK_IDLE_MS), 0);
    assert_int_equal(link_peers_idle(p, LINK_IDLE_MS + LINK_QUIET_MS), 1);
    link_peers_free(p);
}

TEST(where_it_is_full_the_many_give_way_to_the_few)
{
    struct link_peers *p = make();

    for (uint32_t id = 1; id <= 6; id++)
        assert_int_equal(add(p, id, id <= 3 ? 1 : 2, id), 0);
    assert_int_equal(add(p, 7, 3, 10), 1);
    assert_int_equal(add(p, 8, 3, 10), 4);
    assert_int_equal(add(p, 9, 3, 10), -1); /* two of each */
    assert_int_equal(add(p, 10, 4, 10), 2);
    assert_false(link_peers_has(p, 2));
    assert_true(link_peers_has(p, 10));
    link_peers_free(p);
}

TEST(programs_on_this_machine_are_limited_in_all_only)
{
    struct link_peers *p = make();
    struct peer_address here;
    uint32_t cut;

    assert_status(peer_parse(BYTES_LIT("127.0.0.1"), &here), STATUS_OK);
    for (uint32_t id = 1; id <= 6; id++)
        assert_true(link_peers_add(p, id, &here, 0, &cut));
    assert_false(link_peers_add(p, 7, &here, 0, &cut));
    assert_true(link_peers_add(p, 7, &here, LINK_NEW_MS, &cut));
    assert_int_equal(cut, 1);
    for (int i = 0; i < 50; i++)
        assert_int_equal(link_peers_begin(p, 2 + (uint32_t)i % 5, 0), LINK_TAKE);
    link_peers_free(p);
}

TEST(requests_have_limits)
{
    struct link_peers *p = make();

    for (uint32_t id = 1; id <= 2; id++)
        assert_int_equal(add(p, id, 1, 0), 0);
    assert_int_equal(add(p, 3, 2, 0), 0);
    for (int i = 0; i < LINK_PEER_REQUESTS_MAX; i++)
        assert_int_equal(link_peers_begin(p, 1, 0), LINK_TAKE);
    assert_int_equal(link_peers_begin(p, 1, 0), LINK_CUT);
    for (int i = LINK_PEER_REQUESTS_MAX; i < 40; i++)
        assert_int_equal(link_peers_begin(p, 2, 0), LINK_TAKE);
    assert_int_equal(link_peers_begin(p, 2, 0), LINK_BUSY);
    assert_int_equal(link_peers_begin(p, 3, 0), LINK_TAKE);
    assert_int_equal(link_peers_begin(p, 4, 0), LINK_CUT); /* nobody */
    link_peers_free(p);
}

TEST(what_is_on_its_way_has_a_limit)
{
    struct link_peers *p = make();

    for (uint32_t id = 1; id <= 3; id++) {
        assert_int_equal(add(p, id, (uint8_t)id, 0), 0);
        assert_int_equal(link_peers_begin(p, id, 10 + id), LINK_TAKE);
    }
    assert_int_equal(link_peers_end(p, 1, 400), 0);
    assert_int_equal(link_peers_end(p, 2, 400), 0);
    assert_int_equal(link_peers_begin(p, 1, 20), LINK_TAKE); /* it has read the first */
    assert_int_equal(link_peers_end(p, 1, 600), 0);
    assert_int_equal(link_peers_held(p), 1000);
    assert_int_equal(link_peers_end(p, 3, 1), 2);
    assert_int_equal(link_peers_held(p), 601);
    assert_int_equal(link_peers_end(p, 2, 7), 0); /* gone */
    link_peers_free(p);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(an_address_has_its_share),
    TEST_OF(who_asks_nothing_gives_way),
    TEST_OF(where_it_is_full_the_many_give_way_to_the_few),
    TEST_OF(who_asks_nothing_for_long_is_hung_up_on),
    TEST_OF(programs_on_this_machine_are_limited_in_all_only),
    TEST_OF(requests_have_limits),
    TEST_OF(what_is_on_its_way_has_a_limit),
};

TEST_MAIN(tests)
