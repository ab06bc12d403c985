/* tests/unit/tlog_source.h
 *
 * Where tests take tiles from: a small tree whose leaves are 0, 1, 2... as decimal text,
 * or a tree of any size, up to 2^63 - 1, whose leaves are all alike.
 */
#ifndef AVOW_TESTS_UNIT_TLOG_SOURCE_H
#define AVOW_TESTS_UNIT_TLOG_SOURCE_H

#include "tlog/tile.h"
#include "unit/test.h"

struct source {
    uint64_t size;
    struct hash *leaves;     /* NULL: all alike */
    struct hash *blocks;     /* of the small: the subtrees of 256 leaves, to save time */
    struct hash perfect[64]; /* all alike: the subtree of 2^i leaves */
    unsigned reads;
    unsigned fail_at; /* the read that fails, from 1; 0: none */
};

static inline struct hash source_leaf(uint64_t i)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
    return hash_leaf(bytes_of(text));
}

static inline void source_alike(struct source *s, uint64_t size)
{
    *s = (struct source){ .size = size };
    s->perfect[0] = source_leaf(0);
    for (unsigned i = 1; i < 64; i++)
        s->perfect[i] = hash_node(&s->perfect[i - 1], &s->perfect[i - 1]);
}

/* RFC 6962 section 2.1, as it is written. */
static inline struct hash source_mth(const struct source *s, uint64_t start, uint64_t end)
{
    uint64_t k = 1;
    struct hash left, right;

    if (start == end)
        return hash_empty();
    if (end - start == 1)
        return s->leaves != NULL ? s->leaves[start] : s->perfect[0];
    if (end - start == TILE_WIDTH && s->leaves != NULL && start % TILE_WIDTH == 0)
        return s->blocks[start / TILE_WIDTH];
    while (k < end - start - k)
        k *= 2;
    if (s->leaves == NULL && k == end - start - k)
        return s->perfect[__builtin_ctzll(k) + 1];
    left = s->leaves != NULL ? source_mth(s, start, start + k)
                             : s->perfect[__builtin_ctzll(k)];
    right = source_mth(s, start + k, end);
    return hash_node(&left, &right);
}

static inline void source_small(struct source *s, uint64_t size)
{
    *s = (struct source){ .size = size };
    s->leaves = calloc((size_t)size + 1, sizeof(s->leaves[0]));
    assert_non_null(s->leaves);
    for (uint64_t i = 0; i < size; i++)
        s->leaves[i] = source_leaf(i);
    s->blocks = calloc((size_t)size / TILE_WIDTH + 1, sizeof(s->blocks[0]));
    assert_non_null(s->blocks);
    for (uint64_t i = 0; i < size / TILE_WIDTH; i++) {
        uint64_t half = TILE_WIDTH / 2, at = i * TILE_WIDTH;
        struct hash left = source_mth(s, at, at + half);
        struct hash right = source_mth(s, at + half, at + TILE_WIDTH);

        s->blocks[i] = hash_node(&left, &right);
    }
}

static inline void source_clear(struct source *s)
{
    free(s->leaves);
    free(s->blocks);
    s->leaves = s->blocks = NULL;
}

static inline enum status source_read(void *ctx, unsigned level, uint64_t n,
                                      unsigned width, struct hash out[TILE_WIDTH])
{
    struct source *s = ctx;

    assert_true(width > 0 && width <= tile_width(level, n, s->size));
    s->reads++;
    if (s->reads == s->fail_at)
        return STATUS_NOT_FOUND;
    for (uint64_t i = 0; i < width; i++) {
        if (s->leaves == NULL) {
            out[i] = s->perfect[8 * level];
        } else {
            uint64_t wide = (uint64_t)1 << (8 * level);
            uint64_t at = (n * TILE_WIDTH + i) * wide;

            out[i] = source_mth(s, at, at + wide);
        }
    }
    return STATUS_OK;
}

#endif
