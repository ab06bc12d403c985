/* shared/tlog/tile_internal.h
 *
 * Reading subtree hashes out of tiles, one tile at a time. A proof asks for neighbours
 * one after the other, so remembering the last tile makes it one read a level.
 */
#ifndef AVOW_TLOG_TILE_INTERNAL_H
#define AVOW_TLOG_TILE_INTERNAL_H

#include "tlog/tile.h"

struct tile_cursor {
    tile_read_fn *read;
    void *ctx;
    uint64_t size; /* tiles are asked for as wide as a tree of this size has them */
    unsigned level;
    uint64_t n;
    unsigned width; /* of what is held; 0: nothing yet */
    struct hash held[TILE_WIDTH];
};

/* 8 KB: fine on a stack, once. */
void tile_cursor_init(struct tile_cursor *c, tile_read_fn *read, void *ctx,
                      uint64_t size);

/* The hash of the leaves [start, end): 0 <= start < end <= c->size, and start a multiple
 * of the smallest power of two that is not below end - start. */
enum status tile_cursor_hash(struct tile_cursor *c, uint64_t start, uint64_t end,
                             struct hash *out);

#endif
