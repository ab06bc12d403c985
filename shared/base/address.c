#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#define V6_BYTES 8 /* of an IPv6 address these count */

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void take_v6(const uint8_t b[16], struct address *out)
{
    size_t n = memcmp(b, v4_prefix, sizeof(v4_prefix)) == 0 ? 16 : V6_BYTES;

    *out = (struct address){ { 0 } };
    memcpy(out->b, b, n);
}

static void take_v4(const struct in_addr *a, struct address *out)
{
    memcpy(out->b, v4_prefix, sizeof(v4_prefix));
    memcpy(out->b + sizeof(v4_prefix), a, 4);
}

void address_of(const struct sockaddr *sa, struct address *out)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    *out = (struct address){ { 0 } };
    if (sa->sa_family == AF_INET) {
        memcpy(&in, sa, sizeof(in));
        take_v4(&in.sin_addr, out);
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&in6, sa, sizeof(in6));
        take_v6(in6.sin6_addr.s6_addr, out);
    }
}

enum status address_parse(struct bytes text, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr a6;
    struct in_addr a4;

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, 0, text.len))
        return STATUS_MALFORMED;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, &a4) == 1)
        take_v4(&a4, out);
    else if (inet_pton(AF_INET6, copy, &a6) == 1)
        take_v6(a6.s6_addr, out);
    else
        return STATUS_MALFORMED;
    return STATUS_OK;
}

bool address_eq(const struct address *a, const struct address *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static uint64_t secret;

static void choose_secret(void)
{
    if (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret))
        secret = (uint64_t)(uintptr_t)&secret;
}

/* The finalizer of MurmurHash3, over the halves. */
static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

uint64_t address_hash(const struct address *a)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint64_t halves[2];

    pthread_once(&once, choose_secret);
    memcpy(halves, a->b, sizeof(halves));
    return mix(mix(halves[0] ^ secret) ^ halves[1]);
}
