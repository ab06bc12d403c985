/* Receipts print to the same bytes; a proof that verifies is the one there is. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "tlog/proof.h"

/* A tree of any size whose leaves are all alike. */
static struct hash perfect[64];

static enum status read_alike(void *ctx, unsigned level, uint64_t n, unsigned width,
                              struct hash out[TILE_WIDTH])
{
    uint64_t size = *(uint64_t *)ctx;

    require(width > 0 && width <= tile_width(level, n, size));
    for (unsigned i = 0; i < width; i++)
        out[i] = perfect[8 * level];
    return STATUS_OK;
}

static void try_receipt(struct bytes in)
{
    struct receipt r;
    struct buf again = { 0 };
    struct hash leaf = hash_empty();

    if (receipt_parse(in, &r) == STATUS_OK) {
        receipt_print(&r, &again);
        require(bytes_eq(buf_bytes(&again), in));
        receipt_verify(&r, &leaf);
    }
    buf_clear(&again);
}

/* The input as two numbers and hashes: it may be a proof only if it is ours. */
static void try_verify(struct bytes in)
{
    struct reader r = reader_of(in);
    uint64_t a = reader_u64(&r), size = reader_u64(&r);
    struct proof given = { .n = 0 }, ours;
    struct hash root, old_root;
    struct tree t;

    while (r.len >= HASH_LEN && given.n < PROOF_HASHES_MAX)
        memcpy(given.hashes[given.n++].b, reader_take(&r, HASH_LEN).ptr, HASH_LEN);
    if (r.bad || tile_tree(read_alike, &size, size, &t) != STATUS_OK)
        return;
    root = tree_root(&t);
    if (proof_inclusion(read_alike, &size, a, size, &ours) == STATUS_OK) {
        require(proof_inclusion_verify(&ours, a, size, &perfect[0], &root) == STATUS_OK);
        if (proof_inclusion_verify(&given, a, size, &perfect[0], &root) == STATUS_OK)
            require(given.n == ours.n &&
                    memcmp(given.hashes, ours.hashes, ours.n * HASH_LEN) == 0);
    }
    if (a <= size && tile_tree(read_alike, &size, a, &t) == STATUS_OK &&
        proof_consistency(read_alike, &size, a, size, &ours) == STATUS_OK) {
        old_root = tree_root(&t);
        require(proof_consistency_verify(&ours, a, size, &old_root, &root) == STATUS_OK);
        if (proof_consistency_verify(&given, a, size, &old_root, &root) == STATUS_OK)
            require(given.n == ours.n &&
                    memcmp(given.hashes, ours.hashes, ours.n * HASH_LEN) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = { data, len };

    perfect[0] = hash_leaf(BYTES_LIT("0"));
    for (unsigned i = 1; i < 64; i++)
        perfect[i] = hash_node(&perfect[i - 1], &perfect[i - 1]);
    try_receipt(in);
    try_verify(in);
    return 0;
}
