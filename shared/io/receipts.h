/* shared/io/receipts.h
 *
 * Many receipts for one checkpoint: the statements of a batch stand side by side, so
 * their proofs share nearly all hashes, which are made once.
 */
#ifndef AVOW_IO_RECEIPTS_H
#define AVOW_IO_RECEIPTS_H

#include "store/store.h"

struct receipts;

enum status receipts_new(struct store *s, struct receipts **out);
void receipts_free(struct receipts *r); /* accepts NULL */

/* Take the newest checkpoint with its cosignatures; call again for a newer one. */
enum status receipts_refresh(struct receipts *r);
uint64_t receipts_size(const struct receipts *r);
/* Appends the receipt (tlog-proof v1) of entry `index`. STATUS_NOT_FOUND: beyond that
 * checkpoint. */
enum status receipts_make(struct receipts *r, uint64_t index, struct buf *out);

#endif
