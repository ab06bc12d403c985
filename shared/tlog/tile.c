#include "tlog/tile_internal.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define LEVEL_BITS 8  /* log2 of TILE_WIDTH */
#define LEVEL_LAST 63 /* tlog-tiles, Merkle Tree */
/* No tree of less than 2^63 leaves has a tile beyond; so n * TILE_WIDTH never overflows.
 */
#define TILE_N_MAX ((uint64_t)INT64_MAX >> LEVEL_BITS)

/* Up to the next slash, which is consumed, or the end. */
static struct bytes path_element(struct bytes *path)
{
    size_t at;
    struct bytes e;

    if (!bytes_find(*path, '/', &at)) {
        e = *path;
        path->len = 0;
        return e;
    }
    e = bytes_slice(*path, 0, at);
    *path = bytes_slice(*path, at + 1, path->len);
    return e;
}

static bool three_digits(struct bytes e, uint64_t *n)
{
    if (e.len != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (e.ptr[i] < '0' || e.ptr[i] > '9')
            return false;
        *n = *n * 10 + (e.ptr[i] - (uint64_t)'0'); /* the caller keeps it in range */
    }
    return *n <= TILE_N_MAX;
}

/* tlog-tiles, Merkle Tree:
 *   zero-padded 3-digit path elements. All but the last path element MUST begin
 *   with an `x`.
 * `*path` is left at what follows the index. */
static enum status parse_index(struct bytes *path, uint64_t *n, bool *partial)
{
    struct bytes e = path_element(path);

    *n = 0;
    while (e.len == 4 && e.ptr[0] == 'x') {
        if (!three_digits(bytes_slice(e, 1, 4), n) || *n == 0)
            return STATUS_MALFORMED; /* a leading x000 would be a second name */
        if (*n > TILE_N_MAX / 1000)
            return STATUS_MALFORMED;
        e = path_element(path);
    }
    *partial = e.len == 5 && bytes_eq_text(bytes_slice(e, 3, 5), ".p");
    if (*partial)
        e.len = 3;
    return three_digits(e, n) ? STATUS_OK : STATUS_MALFORMED;
}

static enum status parse_level(struct bytes e, unsigned *level)
{
    uint64_t v;

    if (bytes_eq_text(e, "entries")) {
        *level = TILE_ENTRIES;
        return STATUS_OK;
    }
    if (decimal_parse(e, &v) != STATUS_OK || v > LEVEL_LAST)
        return STATUS_MALFORMED;
    *level = (unsigned)v;
    return STATUS_OK;
}

enum status tile_name_parse(struct bytes path, struct tile_name *out)
{
    struct tile_name t = { .width = TILE_WIDTH };
    bool partial;
    uint64_t width;

    if (path.len == 0 || path.ptr[path.len - 1] == '/')
        return STATUS_MALFORMED;
    if (parse_level(path_element(&path), &t.level) != STATUS_OK ||
        parse_index(&path, &t.n, &partial) != STATUS_OK)
        return STATUS_MALFORMED;
    if (partial) {
        if (decimal_parse(path, &width) != STATUS_OK || width == 0 || width >= TILE_WIDTH)
            return STATUS_MALFORMED;
        t.width = (unsigned)width;
    } else if (path.len > 0) {
        return STATUS_MALFORMED;
    }
    *out = t;
    return STATUS_OK;
}

static void print_index(uint64_t n, bool last, struct buf *out)
{
    if (n >= 1000)
        print_index(n / 1000, false, out);
    buf_printf(out, last ? "%03u" : "x%03u/", (unsigned)(n % 1000));
}

void tile_name_print(const struct tile_name *t, struct buf *out)
{
    assert(t->level <= TILE_ENTRIES && t->width >= 1 && t->width <= TILE_WIDTH);
    if (t->level == TILE_ENTRIES)
        buf_text(out, "entries/");
    else
        buf_printf(out, "%u/", t->level);
    print_index(t->n, true, out);
    if (t->width < TILE_WIDTH)
        buf_printf(out, ".p/%u", t->width);
}

/* How many hashes a tree of `size` leaves has at a level of tiles. */
static uint64_t level_count(unsigned level, uint64_t size)
{
    return level * LEVEL_BITS < 64 ? size >> (level * LEVEL_BITS) : 0;
}

unsigned tile_width(unsigned level, uint64_t n, uint64_t size)
{
    uint64_t count = level_count(level == TILE_ENTRIES ? 0 : level, size);
    uint64_t full = count / TILE_WIDTH;

    if (n < full)
        return TILE_WIDTH;
    return n == full ? (unsigned)(count % TILE_WIDTH) : 0;
}

void tile_cursor_init(struct tile_cursor *c, tile_read_fn *read, void *ctx, uint64_t size)
{
    c->read = read;
    c->ctx = ctx;
    c->size = size;
    c->width = 0;
}

static enum status hold(struct tile_cursor *c, unsigned level, uint64_t n)
{
    enum status st;

    if (c->width > 0 && c->level == level && c->n == n)
        return STATUS_OK;
    c->level = level;
    c->n = n;
    c->width = tile_width(level, n, c->size);
    st = c->read(c->ctx, level, n, c->width, c->held);
    if (st != STATUS_OK)
        c->width = 0;
    return st;
}

/* The root of n hashes, a power of two; they are overwritten. */
static struct hash fold(struct hash *h, unsigned n)
{
    for (; n > 1; n /= 2)
        for (unsigned i = 0; i < n / 2; i++)
            h[i] = hash_node(&h[2 * i], &h[2 * i + 1]);
    return h[0];
}

struct hash tile_root(const struct hash hashes[TILE_WIDTH])
{
    struct hash h[TILE_WIDTH];

    memcpy(h, hashes, sizeof(h));
    return fold(h, TILE_WIDTH);
}

/* The root of the perfect subtree of 2^height leaves that begins at leaf `start`. */
static enum status perfect(struct tile_cursor *c, uint64_t start, unsigned height,
                           struct hash *out)
{
    unsigned level = height / LEVEL_BITS;
    unsigned n = 1u << (height % LEVEL_BITS);
    uint64_t at = start >> (level * LEVEL_BITS);
    struct hash h[TILE_WIDTH / 2];
    enum status st = hold(c, level, at / TILE_WIDTH);

    if (st != STATUS_OK)
        return st;
    at %= TILE_WIDTH;
    assert(at + n <= c->width);
    memcpy(h, &c->held[at], n * sizeof(h[0]));
    *out = fold(h, n);
    return STATUS_OK;
}

/* The perfect subtrees of [start, end), largest and leftmost first, as many as
 * end - start has 1 bits. */
static enum status peaks(struct tile_cursor *c, uint64_t start, uint64_t end,
                         struct hash out[64])
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && start < end; i++) {
        unsigned height = 63u - (unsigned)__builtin_clzll(end - start);

        st = perfect(c, start, height, &out[i]);
        start += (uint64_t)1 << height;
    }
    return st;
}

enum status tile_cursor_hash(struct tile_cursor *c, uint64_t start, uint64_t end,
                             struct hash *out)
{
    struct tree t = { .size = end - start };
    enum status st;

    assert(start < end && end <= c->size && c->size <= INT64_MAX);
    st = peaks(c, start, end, t.peaks);
    if (st == STATUS_OK)
        *out = tree_root(&t);
    return st;
}

enum status tile_tree(tile_read_fn *read, void *ctx, uint64_t size, struct tree *out)
{
    struct tile_cursor c;
    struct tree t;
    enum status st;

    if (size > INT64_MAX)
        return STATUS_MALFORMED;
    tree_init(&t);
    t.size = size;
    tile_cursor_init(&c, read, ctx, size);
    st = peaks(&c, 0, size, t.peaks);
    if (st == STATUS_OK)
        *out = t;
    return st;
}

/* Is `start` a multiple of the smallest power of two not below `len`? */
static bool aligned(uint64_t start, uint64_t len)
{
    return len == 1 ||
           (start & ((UINT64_MAX >> (unsigned)__builtin_clzll(len - 1)))) == 0;
}

enum status tile_range_hash(tile_read_fn *read, void *ctx, uint64_t start, uint64_t end,
                            struct hash *out)
{
    struct tile_cursor c;

    if (start >= end || end > INT64_MAX || !aligned(start, end - start))
        return STATUS_MALFORMED;
    tile_cursor_init(&c, read, ctx, end);
    return tile_cursor_hash(&c, start, end, out);
}
