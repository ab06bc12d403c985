#include "tlog/proof.h"

#include <assert.h>
#include <string.h>

#include "tlog/tile_internal.h"

/* A path from the root down, as the ranges beside it. Proofs list them bottom up. A
 * tree of less than 2^63 leaves is 63 deep, and a consistency proof can have one more. */
struct path {
    struct proof_range list[64];
    size_t n;
};

static void path_add(struct path *p, uint64_t start, uint64_t end)
{
    p->list[p->n++] = (struct proof_range){ start, end };
}

/* RFC 6962 section 2.1: k is the largest power of two smaller than n. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static enum status prove(const struct path *path, tile_read_fn *read, void *ctx,
                         uint64_t size, struct proof *out)
{
    struct tile_cursor c;
    struct proof p = { .n = path->n };
    enum status st = STATUS_OK;

    /* One more than C2SP lets a proof have: more than 2^62 entries. */
    if (path->n > PROOF_HASHES_MAX)
        return STATUS_TOO_LARGE;
    tile_cursor_init(&c, read, ctx, size);
    for (size_t i = 0; st == STATUS_OK && i < p.n; i++) {
        const struct proof_range *r = &path->list[path->n - 1 - i];

        st = tile_cursor_hash(&c, r->start, r->end, &p.hashes[i]);
    }
    if (st == STATUS_OK)
        *out = p;
    return st;
}

static enum status inclusion_path(uint64_t index, uint64_t size, struct path *path)
{
    uint64_t start = 0, end = size;

    if (index >= size || size > INT64_MAX)
        return STATUS_NOT_FOUND;
    while (end - start > 1) {
        uint64_t middle = start + split(end - start);

        if (index < middle) {
            path_add(path, middle, end);
            end = middle;
        } else {
            path_add(path, start, middle);
            start = middle;
        }
    }
    return STATUS_OK;
}

enum status proof_inclusion(tile_read_fn *read, void *ctx, uint64_t index, uint64_t size,
                            struct proof *out)
{
    struct path path = { .n = 0 };
    enum status st = inclusion_path(index, size, &path);

    return st == STATUS_OK ? prove(&path, read, ctx, size, out) : st;
}

enum status proof_inclusion_ranges(uint64_t index, uint64_t size,
                                   struct proof_range out[PROOF_HASHES_MAX], size_t *n)
{
    struct path path = { .n = 0 };
    enum status st = inclusion_path(index, size, &path);

    if (st != STATUS_OK)
        return st;
    assert(path.n <= PROOF_HASHES_MAX);
    *n = path.n;
    for (size_t i = 0; i < path.n; i++)
        out[i] = path.list[path.n - 1 - i];
    return STATUS_OK;
}

enum status proof_consistency(tile_read_fn *read, void *ctx, uint64_t old, uint64_t size,
                              struct proof *out)
{
    struct path path = { .n = 0 };
    uint64_t start = 0, end = size;

    if (old > size || size > INT64_MAX)
        return STATUS_NOT_FOUND;
    if (old == 0) {
        out->n = 0;
        return STATUS_OK;
    }
    while (end != old) {
        uint64_t middle = start + split(end - start);

        if (old <= middle) {
            path_add(&path, middle, end);
            end = middle;
        } else {
            path_add(&path, start, middle);
            start = middle;
        }
    }
    /* RFC 6962 section 2.1.2, SUBPROOF(m, D[m], true): whoever has the old root knows
     * this subtree, where it is the whole old tree. */
    if (start > 0)
        path_add(&path, start, end);
    return prove(&path, read, ctx, size, out);
}

/* RFC 9162 section 2.1.3.2; `fn` and `sn` are its names. */
enum status proof_inclusion_verify(const struct proof *p, uint64_t index, uint64_t size,
                                   const struct hash *leaf, const struct hash *root)
{
    uint64_t fn = index, sn = size - 1;
    struct hash r = *leaf;

    assert(p->n <= PROOF_HASHES_MAX);
    if (index >= size)
        return STATUS_BAD_PROOF;
    for (size_t i = 0; i < p->n; i++) {
        if (sn == 0)
            return STATUS_BAD_PROOF;
        if ((fn & 1) || fn == sn) {
            r = hash_node(&p->hashes[i], &r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = hash_node(&r, &p->hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && hash_eq(&r, root) ? STATUS_OK : STATUS_BAD_PROOF;
}

/* RFC 9162 section 2.1.4.2, from its step 2 on: 0 < old < size. */
static bool consistent(const struct proof *p, uint64_t old, uint64_t size,
                       const struct hash *old_root, const struct hash *root)
{
    uint64_t fn = old - 1, sn = size - 1;
    bool whole = (old & (old - 1)) == 0; /* then the old root is itself the first hash */
    struct hash fr, sr;

    if (p->n == 0)
        return false;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    fr = sr = whole ? *old_root : p->hashes[0];
    for (size_t i = whole ? 0 : 1; i < p->n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) || fn == sn) {
            fr = hash_node(&p->hashes[i], &fr);
            sr = hash_node(&p->hashes[i], &sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = hash_node(&sr, &p->hashes[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && hash_eq(&fr, old_root) && hash_eq(&sr, root);
}

enum status proof_consistency_verify(const struct proof *p, uint64_t old, uint64_t size,
                                     const struct hash *old_root, const struct hash *root)
{
    struct hash empty;
    bool good;

    assert(p->n <= PROOF_HASHES_MAX);
    if (old > size)
        return STATUS_BAD_PROOF;
    if (old == 0) {
        /* Every tree begins as the empty one: nothing to prove, if that is its root. */
        empty = hash_empty();
        good = p->n == 0 && hash_eq(old_root, &empty) &&
               (size > 0 || hash_eq(old_root, root));
    } else if (old == size) {
        good = p->n == 0 && hash_eq(old_root, root);
    } else {
        good = consistent(p, old, size, old_root, root);
    }
    return good ? STATUS_OK : STATUS_BAD_PROOF;
}
