/* An entry bundle, big-endian:
 *      0  u16    n
 *      2  u8[n]  entry
 *    2+n         the next one, to the end of the bundle
 */
#include "tlog/bundle.h"

#include <assert.h>

void bundle_add(struct buf *out, struct bytes entry)
{
    assert(entry.len <= ENTRY_MAX);
    buf_u16(out, (uint16_t)entry.len);
    buf_add(out, entry);
}

enum status bundle_next(struct reader *r, struct bytes *entry)
{
    struct bytes taken = reader_take(r, reader_u16(r));

    if (r->bad)
        return STATUS_MALFORMED;
    *entry = taken;
    return STATUS_OK;
}
