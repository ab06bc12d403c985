/* The tiles of the tree as it grows: only the rightmost of each level ever changes. */

#include <assert.h>

#include "ledger/ledger_internal.h"

enum status tiles_load(struct tiles *t, struct store *s, uint64_t size)
{
    t->loaded = false;
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        uint64_t width = level == 0 ? size : size >> (8 * level);
        enum status st = STATUS_OK;

        t->level[level].n = width / TILE_WIDTH;
        t->level[level].width = (unsigned)(width % TILE_WIDTH);
        t->level[level].changed = false;
        if (t->level[level].width > 0)
            st = store_tile_read(s, level, t->level[level].n, t->level[level].width,
                                 t->level[level].hashes);
        if (st != STATUS_OK)
            return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
    }
    t->loaded = true;
    return STATUS_OK;
}

enum status tiles_append(struct tiles *t, struct store *s, const struct hash *leaf)
{
    struct hash h = *leaf;

    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        enum status st;

        t->loaded = false; /* until it is written */
        t->level[level].hashes[t->level[level].width++] = h;
        t->level[level].changed = true;
        if (t->level[level].width < TILE_WIDTH)
            return STATUS_OK;
        st = store_tile_put(s, level, t->level[level].n, t->level[level].hashes,
                            TILE_WIDTH);
        if (st != STATUS_OK)
            return st;
        h = tile_root(t->level[level].hashes);
        t->level[level].n++;
        t->level[level].width = 0;
        t->level[level].changed = false;
    }
    assert(!"a tree of 2^64 leaves");
    return STATUS_TOO_LARGE;
}

enum status tiles_write(struct tiles *t, struct store *s)
{
    enum status st = STATUS_OK;

    for (unsigned level = 0; level < TILE_LEVELS && st == STATUS_OK; level++) {
        if (!t->level[level].changed)
            continue;
        st = store_tile_put(s, level, t->level[level].n, t->level[level].hashes,
                            t->level[level].width);
        t->level[level].changed = false;
    }
    return st;
}
