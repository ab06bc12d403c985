#include "unit/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/address.h"

static struct address of(const char *text)
{
    struct address a;

    assert_status(address_parse(bytes_of(text), &a), STATUS_OK);
    return a;
}

static bool same(const char *x, const char *y)
{
    struct address a = of(x), b = of(y);

    assert_int_equal(address_eq(&a, &b), address_hash(&a) == address_hash(&b));
    return address_eq(&a, &b);
}

TEST(ipv6_counts_by_its_first_64_bits)
{
    assert_true(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
    assert_false(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_false(same("192.0.2.1", "192.0.2.2"));
    assert_true(same("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(same("192.0.2.1", "::1"));
}

TEST(what_is_no_address)
{
    static const char *const bad[] = {
        "",      "unknown",          "192.0.2",          "192.0.2.1:80",
        "[::1]", "2001:db8::1%eth0", "1:2:3:4:5:6:7:8:9"
    };
    struct address a;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_status(address_parse(bytes_of(bad[i]), &a), STATUS_MALFORMED);
    assert_status(address_parse(BYTES_LIT("192.0.2.1\0x"), &a), STATUS_MALFORMED);
}

TEST(of_a_socket)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    struct sockaddr un = { .sa_family = AF_UNIX };
    struct address a, b, nobody = { { 0 } };

    inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
    inet_pton(AF_INET6, "::ffff:192.0.2.1", &in6.sin6_addr);
    address_of((const struct sockaddr *)&in, &a);
    address_of((const struct sockaddr *)&in6, &b);
    assert_true(address_eq(&a, &b));
    address_of(&un, &a);
    assert_true(address_eq(&a, &nobody));
}

static const struct CMUnitTest tests[] = {
    TEST_OF(ipv6_counts_by_its_first_64_bits),
    TEST_OF(what_is_no_address),
    TEST_OF(of_a_socket),
};

TEST_MAIN(tests)
