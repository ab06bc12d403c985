/* shared/link/proof_json.h
 *
 * Hashes and proofs as JSON, in files that are passed on: base64, from the leaf up.
 * Reading believes nobody: STATUS_MALFORMED.
 */
#ifndef AVOW_LINK_PROOF_JSON_H
#define AVOW_LINK_PROOF_JSON_H

#include "record/json.h"
#include "tlog/proof.h"

/* New values; NULL: no memory. */
json_t *hash_json(const struct hash *h);
json_t *proof_json(const struct proof *p);

enum status hash_json_read(const json_t *text, struct hash *out);
enum status proof_json_read(const json_t *list, struct proof *out);
/* Of a tree: above zero. */
enum status proof_json_read_size(const json_t *number, uint64_t *out);

#endif
