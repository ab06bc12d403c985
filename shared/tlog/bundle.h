/* shared/tlog/bundle.h
 *
 * An entry bundle (C2SP tlog-tiles, Log entries): of each entry a u16 length, big-endian,
 * and the entry.
 */
#ifndef AVOW_TLOG_BUNDLE_H
#define AVOW_TLOG_BUNDLE_H

#include "base/bytes.h"
#include "base/limits.h"

void bundle_add(struct buf *out, struct bytes entry); /* at most ENTRY_MAX bytes */
/* Call while r->len > 0. STATUS_MALFORMED: cut short. */
enum status bundle_next(struct reader *r, struct bytes *entry);

#endif
