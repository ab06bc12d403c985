/* shared/tlog/hash.h
 *
 * RFC 6962 section 2.1 hashing with SHA-256; EVP_'s one door. Any thread: each keeps a
 * context of its own.
 */
#ifndef AVOW_TLOG_HASH_H
#define AVOW_TLOG_HASH_H

#include "base/bytes.h"
#include "base/limits.h"

struct hash {
    uint8_t b[HASH_LEN];
};

struct hash hash_sha256(struct bytes data);
struct hash hash_leaf(struct bytes entry); /* 0x00 || entry */
struct hash hash_node(const struct hash *left,
                      const struct hash *right); /* 0x01 || l || r */
struct hash hash_empty(void); /* the root of a tree of no leaves: SHA-256("") */
bool hash_eq(const struct hash *a, const struct hash *b);

/* In pieces, for files and state digests. */
struct hasher;
enum status hasher_new(struct hasher **out);
void hasher_add(struct hasher *h, struct bytes data);
struct hash hasher_end(struct hasher *h); /* and starts anew */
void hasher_free(struct hasher *h);

#endif
