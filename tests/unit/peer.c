/* tests/unit/peer.c: whom a limit counts */
#include "unit/test.h"

#include <arpa/inet.h>

#include "base/peer.h"

static struct peer_address address(const char *text)
{
    struct peer_address a;

    assert_status(peer_parse(bytes_of(text), &a), STATUS_OK);
    return a;
}

static void assert_address(struct peer_address a, const char *text)
{
    struct buf out = { 0 };

    peer_print(&a, &out);
    assert_buf_eq(&out, text);
    buf_clear(&out);
}

static bool one_client(const char *a, const char *b)
{
    struct peer_address first = address(a), second = address(b);
    struct address x = peer_key_of(&first), y = peer_key_of(&second);

    return address_eq(&x, &y);
}

TEST(addresses_are_read_in_every_form)
{
    assert_address(address("192.0.2.1"), "192.0.2.1");
    assert_address(address(" 192.0.2.1:8080"), "192.0.2.1");
    assert_address(address("2001:db8::1"), "2001:db8::1");
    assert_address(address("\"[2001:DB8::1]:4711\""), "2001:db8::1");
    assert_address(address("::ffff:192.0.2.1"), "192.0.2.1");
    assert_address((struct peer_address){ 0 }, "-");
}

TEST(what_is_no_address_is_malformed)
{
    static const char *const wrong[] = {
        "",
        "unknown",
        "_hidden",
        "192.0.2",
        "192.0.2.1.5",
        "[2001:db8::1",
        "1::2::3",
        "2001:db8:0000:0000:0000:0000:0000:0000:0000:0001:0002:0003:0004",
        "\"",
        "[]",
    };
    struct peer_address a;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_status(peer_parse(bytes_of(wrong[i]), &a), STATUS_MALFORMED);
    assert_status(peer_parse((struct bytes){ (const uint8_t *)"1.2.3.4\0.5", 10 }, &a),
                  STATUS_MALFORMED);
}

TEST(sockets_give_their_address)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr other = { .sa_family = AF_UNIX };
    struct peer_address a;

    inet_pton(AF_INET, "198.51.100.7", &four.sin_addr);
    inet_pton(AF_INET6, "2001:db8:1::9", &six.sin6_addr);
    peer_of_sockaddr((struct sockaddr *)&four, &a);
    assert_address(a, "198.51.100.7");
    peer_of_sockaddr((struct sockaddr *)&six, &a);
    assert_address(a, "2001:db8:1::9");
    peer_of_sockaddr(&other, &a);
    assert_address(a, "-");
}

TEST(a_client_is_an_ipv4_address_or_an_ipv6_64)
{
    assert_true(one_client("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
    assert_false(one_client("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_false(one_client("192.0.2.1", "192.0.2.2"));
    assert_true(one_client("192.0.2.1", "::ffff:192.0.2.1"));
}

TEST(loopback_is_known)
{
    struct peer_address a = address("127.9.9.9"), b = address("::1"),
                        c = address("128.0.0.1"), d = address("::2");

    assert_true(peer_is_loopback(&a) && peer_is_loopback(&b));
    assert_false(peer_is_loopback(&c) || peer_is_loopback(&d));
}

static struct peer_proxies proxies(const char *a, const char *b)
{
    struct peer_proxies p = { 0 };

    assert_status(peer_proxies_add(&p, bytes_of(a)), STATUS_OK);
    assert_status(peer_proxies_add(&p, bytes_of(b)), STATUS_OK);
    return p;
}

static void assert_behind(const char *peer, const char *forwarded, const char *xff,
                          const char *expected)
{
    struct peer_proxies p = proxies("127.0.0.1", "10.0.0.0/8");
    struct peer_address a = address(peer);

    assert_address(peer_behind(&p, &a, bytes_of(forwarded), bytes_of(xff)), expected);
}

TEST(only_a_trusted_proxy_is_believed)
{
    assert_behind("192.0.2.9", "for=203.0.113.5", "203.0.113.6", "192.0.2.9");
    assert_behind("127.0.0.1", "", "203.0.113.5", "203.0.113.5");
    assert_behind("127.0.0.1", "for=203.0.113.5;proto=https", "1.1.1.1", "203.0.113.5");
    assert_behind("127.0.0.1", "proto=https; For=\"[2001:db8::5]:99\"", "",
                  "2001:db8::5");
    assert_behind("127.0.0.1", "", "", "127.0.0.1");
}

TEST(a_client_cannot_state_its_own_address)
{
    /* What the client sent stands before what the proxy added. */
    assert_behind("127.0.0.1", "", "8.8.8.8, 203.0.113.5", "203.0.113.5");
    assert_behind("127.0.0.1", "for=8.8.8.8, for=203.0.113.5", "", "203.0.113.5");
    /* Two proxies, one behind the other. */
    assert_behind("127.0.0.1", "", "8.8.8.8, 203.0.113.5, 10.1.2.3", "203.0.113.5");
    /* A hop that hides is as far as it goes. */
    assert_behind("127.0.0.1", "for=8.8.8.8, for=_hidden", "", "127.0.0.1");
    assert_behind("127.0.0.1", "", "8.8.8.8, ", "127.0.0.1");
}

TEST(proxies_are_addresses_and_prefixes)
{
    struct peer_proxies p = proxies("192.0.2.128/25", "2001:db8::/33");
    struct peer_address in4 = address("192.0.2.129"), out4 = address("192.0.2.127"),
                        in6 = address("2001:db8:7fff::1"),
                        out6 = address("2001:db8:8000::1");

    assert_true(peer_proxies_trust(&p, &in4) && peer_proxies_trust(&p, &in6));
    assert_false(peer_proxies_trust(&p, &out4) || peer_proxies_trust(&p, &out6));
    assert_status(peer_proxies_add(&p, BYTES_LIT("192.0.2.1/33")), STATUS_MALFORMED);
    assert_status(peer_proxies_add(&p, BYTES_LIT("proxy.example")), STATUS_MALFORMED);
    while (p.n < PEER_PROXIES_MAX)
        assert_status(peer_proxies_add(&p, BYTES_LIT("192.0.2.1")), STATUS_OK);
    assert_status(peer_proxies_add(&p, BYTES_LIT("192.0.2.1")), STATUS_TOO_LARGE);
}

static struct address key_of(unsigned n)
{
    struct address key = { .b = {
                               [0] = 0x20, [3] = (uint8_t)(n >> 8), [7] = (uint8_t)n } };

    return key;
}

TEST(each_client_has_its_share)
{
    struct peer_counts *c;
    struct address a = key_of(1), b = key_of(2);

    assert_status(peer_counts_new(&c), STATUS_OK);
    assert_true(peer_counts_take(c, &a, 2) && peer_counts_take(c, &a, 2));
    assert_false(peer_counts_take(c, &a, 2));
    assert_true(peer_counts_take(c, &b, 2));
    peer_counts_give(c, &a);
    assert_true(peer_counts_take(c, &a, 2));
    peer_counts_free(c);
}

/* Against an array: the table grows, and closes its gaps. */
TEST(counts_hold_for_thousands_of_clients)
{
    enum { CLIENTS = 3000, ROUNDS = 60000, EACH = 4 };
    static unsigned expected[CLIENTS];
    struct peer_counts *c;
    unsigned random = 12345;

    assert_status(peer_counts_new(&c), STATUS_OK);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned n = (random = random * 1103515245 + 12345) / 65536 % CLIENTS;
        struct address key = key_of(n);

        if ((random & 3) == 0 && expected[n] > 0) {
            peer_counts_give(c, &key);
            expected[n]--;
        } else {
            bool room = expected[n] < EACH;

            assert_int_equal(peer_counts_take(c, &key, EACH), room);
            expected[n] += room;
        }
    }
    for (unsigned n = 0; n < CLIENTS; n++) {
        struct address key = key_of(n);

        assert_int_equal(peer_counts_of(c, &key), expected[n]);
    }
    peer_counts_free(c);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(addresses_are_read_in_every_form),
    TEST_OF(what_is_no_address_is_malformed),
    TEST_OF(sockets_give_their_address),
    TEST_OF(a_client_is_an_ipv4_address_or_an_ipv6_64),
    TEST_OF(loopback_is_known),
    TEST_OF(only_a_trusted_proxy_is_believed),
    TEST_OF(a_client_cannot_state_its_own_address),
    TEST_OF(proxies_are_addresses_and_prefixes),
    TEST_OF(each_client_has_its_share),
    TEST_OF(counts_hold_for_thousands_of_clients),
};
TEST_MAIN(tests)
