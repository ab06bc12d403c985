/* shared/io/receipts.c */
#include "io/receipts.h"

#include <stdlib.h>
#include <string.h>

#include "face/route.h"
#include "tlog/proof.h"

/* One tile kept of each level: a height of 2^64 leaves has eight. */
#define LEVELS 8

struct kept_tile {
    uint64_t n;
    unsigned width; /* 0: none kept */
    struct hash hashes[TILE_WIDTH];
};

struct receipts {
    struct store *store;
    uint64_t size;
    struct buf checkpoint;
    struct kept_tile tiles[LEVELS];
};

enum status receipts_new(struct store *s, struct receipts **out)
{
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return STATUS_NOMEM;
    (*out)->store = s;
    return STATUS_OK;
}

void receipts_free(struct receipts *r)
{
    if (r == NULL)
        return;
    buf_clear(&r->checkpoint);
    free(r);
}

enum status receipts_refresh(struct receipts *r)
{
    enum status st = store_snapshot(r->store);

    if (st != STATUS_OK)
        return st;
    st = store_checkpoint_newest(r->store, &r->size, &r->checkpoint);
    if (st == STATUS_OK) {
        buf_reset(&r->checkpoint);
        st = route_checkpoint(r->store, r->size, &r->checkpoint);
    }
    store_release(r->store);
    if (st == STATUS_OK)
        st = buf_status(&r->checkpoint);
    if (st != STATUS_OK)
        r->size = 0;
    return st;
}

uint64_t receipts_size(const struct receipts *r)
{
    return r->size;
}

/* A tile only grows, so what is wide enough is good for ever. A tile_read_fn. */
static enum status read_tile(void *ctx, unsigned level, uint64_t n, unsigned width,
                             struct hash out[TILE_WIDTH])
{
    struct receipts *r = ctx;
    struct kept_tile *t = &r->tiles[level % LEVELS];
    enum status st;

    if (t->n != n || t->width < width) {
        t->width = 0;
        st = store_tile_read(r->store, level, n, width, t->hashes);
        if (st != STATUS_OK)
            return st;
        t->n = n;
        t->width = width;
    }
    memcpy(out, t->hashes, width * sizeof(*out));
    return STATUS_OK;
}

enum status receipts_make(struct receipts *r, uint64_t index, struct buf *out)
{
    struct receipt receipt = { .index = index, .checkpoint = buf_bytes(&r->checkpoint) };
    enum status st = proof_inclusion(read_tile, r, index, r->size, &receipt.proof);

    if (st != STATUS_OK)
        return st;
    receipt_print(&receipt, out);
    return buf_status(out);
}
