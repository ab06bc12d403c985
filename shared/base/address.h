/* shared/base/address.h
 *
 * Who asks, as far as limits go: an IPv4 address, or the first 64 bits of an IPv6 one,
 * which is what one subscriber gets. An IPv4 address in IPv6 clothes is the former.
 */
#ifndef AVOW_BASE_ADDRESS_H
#define AVOW_BASE_ADDRESS_H

#include <sys/socket.h>

#include "base/bytes.h"

struct address {
    uint8_t b[16]; /* all zero: not known, one like any other that is not known */
};

/* Of another family than the two: not known. */
void address_of(const struct sockaddr *sa, struct address *out);
/* "192.0.2.1", "2001:db8::1". STATUS_MALFORMED. */
enum status address_parse(struct bytes text, struct address *out);
bool address_eq(const struct address *a, const struct address *b);
/* Spreads well; the same as long as a process runs, and not to be foreseen outside. */
uint64_t address_hash(const struct address *a);

#endif
