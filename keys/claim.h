/* keys/claim.h
 *
 * What is signed of a file (docs/formats.md 1), the text of a signed note:
 *
 *     avow/file/v1
 *     <hex SHA-256 of its bytes>
 *     <name>
 */
#ifndef AVOW_KEYS_CLAIM_H
#define AVOW_KEYS_CLAIM_H

#include "base/bytes.h"
#include "tlog/hash.h"

#define SIGNATURE_FILE_MAX                                      \
    16384 /* a name, and more signature lines than anyone needs \
           */

struct claim {
    struct hash hash;
    struct bytes name; /* borrowed */
};

/* One line of UTF-8, without control characters or slashes, at most 255 bytes? */
bool claim_name_valid(struct bytes name);
/* The last part of a path; borrowed. */
struct bytes claim_base_name(const char *path);

void claim_print(const struct claim *c, struct buf *out);
enum status claim_parse(struct bytes text, struct claim *out);

/* SHA-256 of a file of any size, "-": standard input. On failure the reason is said. */
enum status claim_hash_file(const char *path, struct hash *out);

#endif
