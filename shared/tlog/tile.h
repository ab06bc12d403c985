/* shared/tlog/tile.h
 *
 * Tiles of 256 hashes (C2SP tlog-tiles, height 8) and their paths.
 */
#ifndef AVOW_TLOG_TILE_H
#define AVOW_TLOG_TILE_H

#include "tlog/tree.h"

#define TILE_ENTRIES 64 /* `level` of an entry bundle in a tile_name */

struct tile_name {
    unsigned level; /* 0 to 63, or TILE_ENTRIES */
    uint64_t n;
    unsigned width; /* 1 to 256; 256: full */
};

/* What stands behind "tile/": "<L>/<N>[.p/<W>]" or "entries/<N>[.p/<W>]", canonical. */
enum status tile_name_parse(struct bytes path, struct tile_name *out);
void tile_name_print(const struct tile_name *t, struct buf *out);
/* How wide the tile is in a tree of `size` leaves: 0 (absent) to 256. */
unsigned tile_width(unsigned level, uint64_t n, uint64_t size);

/* Where hashes of tiles come from: `width` hashes, at least, of tile (level, n) into out.
 * STATUS_NOT_FOUND: it is not there. */
typedef enum status tile_read_fn(void *ctx, unsigned level, uint64_t n, unsigned width,
                                 struct hash out[TILE_WIDTH]);

/* The compact range of the first `size` leaves, read from tiles. */
enum status tile_tree(tile_read_fn *read, void *ctx, uint64_t size, struct tree *out);
/* The hash of the subtree [start, end) of the tree, start a multiple of the smallest
 * power of two not below end - start (STATUS_MALFORMED). A subtree that one hash of a
 * tile stands for is read from that tile, not from those below. */
enum status tile_range_hash(tile_read_fn *read, void *ctx, uint64_t start, uint64_t end,
                            struct hash *out);

/* The root of a full tile: what the tile a level up lists for it. */
struct hash tile_root(const struct hash hashes[TILE_WIDTH]);

#endif
