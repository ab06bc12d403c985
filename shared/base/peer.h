/* shared/base/peer.h
 *
 * The whole address of a client, which proxies are trusted to state it for others, and
 * how many of something each client has, counted by base/address.h. Pure.
 */
#ifndef AVOW_BASE_PEER_H
#define AVOW_BASE_PEER_H

#include "base/address.h"

/* IPv4 as ::ffff:a.b.c.d. All zero: unknown, such as a Unix socket. */
struct peer_address {
    uint8_t b[16];
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80", also in double quotes,
 * as Forwarded has them. STATUS_MALFORMED: no address ("unknown", "_hidden"). */
enum status peer_parse(struct bytes text, struct peer_address *out);
/* Of an accepted socket; all zero where it is neither IPv4 nor IPv6. */
void peer_of_sockaddr(const struct sockaddr *sa, struct peer_address *out);
/* Appended: "192.0.2.1", "2001:db8::1"; "-" where unknown. */
void peer_print(const struct peer_address *a, struct buf *out);

/* What limits count by. */
struct address peer_key_of(const struct peer_address *a);
/* 127.0.0.0/8 and ::1: programs on this machine. */
bool peer_is_loopback(const struct peer_address *a);

/* Proxies whose word counts. */
#define PEER_PROXIES_MAX 16
struct peer_proxies {
    struct {
        struct peer_address address;
        unsigned bits; /* of the 128 that count */
    } list[PEER_PROXIES_MAX];
    size_t n;
};
/* One more: "192.0.2.1", "192.0.2.0/24", "2001:db8::/32". STATUS_MALFORMED: no address,
 * or STATUS_TOO_LARGE: too many. */
enum status peer_proxies_add(struct peer_proxies *p, struct bytes text);
bool peer_proxies_trust(const struct peer_proxies *p, const struct peer_address *a);
/* The client behind the peer of a connection: itself, unless it is a trusted proxy. Then
 * the last address in Forwarded (RFC 7239), else in X-Forwarded-For, that is none itself;
 * where there is no such header, or the last hop is not an address, the proxy. */
struct peer_address peer_behind(const struct peer_proxies *p,
                                const struct peer_address *peer, struct bytes forwarded,
                                struct bytes x_forwarded_for);

/* How many of something each client has. Not shared between threads without a lock. */
struct peer_counts;
enum status peer_counts_new(struct peer_counts **out);
void peer_counts_free(struct peer_counts *c); /* accepts NULL */
/* One more for `key`. False: it has `max` already, or there is no memory. */
bool peer_counts_take(struct peer_counts *c, const struct address *key, unsigned max);
/* One less; it was taken before. */
void peer_counts_give(struct peer_counts *c, const struct address *key);
unsigned peer_counts_of(const struct peer_counts *c, const struct address *key);

#endif
