/* shared/io/receipts.c */
#include "io/receipts.h"

#include <stdlib.h>
#include <string.h>

#include "face/route.h"
#include "tlog/proof.h"

/* One tile kept of each level: a height of 2^64 leaves has eight. */
#define LEVELS 8
#define LEVEL_BITS 8

struct kept_tile {
    uint64_t n;
    unsigned width; /* 0: none kept */
    struct hash hashes[TILE_WIDTH];
};

/* Hashes of subtrees [start, end): a log only grows, so they are good for ever. */
#define KNOWN 4096

struct known {
    uint64_t start, end; /* end 0: nothing */
    struct hash hash;
};

struct receipts {
    struct store *store;
    uint64_t size;
    struct buf checkpoint;
    struct kept_tile tiles[LEVELS];
    struct known known[KNOWN];
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

/* --- hashes of subtrees ------------------------------------------------------------- */

/* A tile only grows, so what is wide enough is good for ever. */
static enum status tile_hash(struct receipts *r, unsigned level, uint64_t at,
                             struct hash *out)
{
    struct kept_tile *t = &r->tiles[level % LEVELS];
    uint64_t n = at / TILE_WIDTH;
    enum status st;

    if (t->n != n || t->width <= at % TILE_WIDTH) {
        unsigned width = tile_width(level, n, r->size);

        t->width = 0;
        st = store_tile_read(r->store, level, n, width, t->hashes);
        if (st != STATUS_OK)
            return st;
        t->n = n;
        t->width = width;
    }
    *out = t->hashes[at % TILE_WIDTH];
    return STATUS_OK;
}

static struct known *known_place(struct receipts *r, uint64_t start, uint64_t end)
{
    uint64_t h = (start * 0x9e3779b97f4a7c15u) ^ (end * 0xc2b2ae3d27d4eb4fu);

    return &r->known[(h ^ h >> 32) % KNOWN];
}

static enum status range_hash(struct receipts *r, uint64_t start, uint64_t end,
                              struct hash *out);

/* RFC 6962 section 2.1: split at the largest power of two smaller than the length. */
static enum status fold(struct receipts *r, uint64_t start, uint64_t end,
                        struct hash *out)
{
    uint64_t k = (uint64_t)1 << (63 - __builtin_clzll(end - start - 1));
    struct hash left, right;
    enum status st = range_hash(r, start, start + k, &left);

    if (st == STATUS_OK)
        st = range_hash(r, start + k, end, &right);
    if (st == STATUS_OK)
        *out = hash_node(&left, &right);
    return st;
}

/* What a hash of a tile stands for is read there, all else is made of its halves, as deep
 * as the tree at most; either is remembered. */
static enum status range_hash(struct receipts *r, uint64_t start, uint64_t end,
                              struct hash *out)
{
    struct known *k = known_place(r, start, end);
    uint64_t len = end - start;
    unsigned height = 63u - (unsigned)__builtin_clzll(len);
    enum status st;

    if (k->end == end && k->start == start) {
        *out = k->hash;
        return STATUS_OK;
    }
    if ((len & (len - 1)) == 0 && height % LEVEL_BITS == 0)
        st = tile_hash(r, height / LEVEL_BITS, start >> height, out);
    else
        st = fold(r, start, end, out);
    if (st == STATUS_OK)
        *k = (struct known){ start, end, *out };
    return st;
}

/* --- receipts ----------------------------------------------------------------------- */

enum status receipts_make(struct receipts *r, uint64_t index, struct buf *out)
{
    struct receipt receipt = { .index = index, .checkpoint = buf_bytes(&r->checkpoint) };
    struct proof_range ranges[PROOF_HASHES_MAX];
    enum status st = proof_inclusion_ranges(index, r->size, ranges, &receipt.proof.n);

    for (size_t i = 0; st == STATUS_OK && i < receipt.proof.n; i++)
        st = range_hash(r, ranges[i].start, ranges[i].end, &receipt.proof.hashes[i]);
    if (st != STATUS_OK)
        return st;
    receipt_print(&receipt, out);
    return buf_status(out);
}
