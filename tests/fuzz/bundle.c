/* What comes out of a bundle makes the same bundle; what names a tile prints the same. */
#include "tlog/bundle.h"
#include "fuzz/fuzz.h"
#include "tlog/tile.h"

static void try_bundle(struct bytes in)
{
    struct reader r = reader_of(in);
    struct buf again = { 0 };
    struct bytes entry;
    enum status st = STATUS_OK;

    while (r.len > 0 && (st = bundle_next(&r, &entry)) == STATUS_OK)
        bundle_add(&again, entry);
    if (st == STATUS_OK)
        require(bytes_eq(buf_bytes(&again), in));
    buf_clear(&again);
}

static void try_name(struct bytes in)
{
    struct tile_name t;
    struct buf again = { 0 };

    if (tile_name_parse(in, &t) == STATUS_OK) {
        require(t.n <= INT64_MAX / TILE_WIDTH && t.width >= 1 && t.width <= TILE_WIDTH);
        tile_name_print(&t, &again);
        require(bytes_eq(buf_bytes(&again), in));
    }
    buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = { data, len };

    try_bundle(in);
    try_name(in);
    return 0;
}
