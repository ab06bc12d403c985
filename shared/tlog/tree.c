#include "tlog/tree.h"

#include <assert.h>
#include <string.h>

void tree_init(struct tree *t)
{
    memset(t, 0, sizeof(*t));
}

void tree_append(struct tree *t, const struct hash *leaf)
{
    struct hash h = *leaf;
    int n = __builtin_popcountll(t->size);

    assert(t->size < INT64_MAX);
    /* As when adding 1: every trailing 1 bit is a perfect subtree that the new one joins.
     */
    for (uint64_t bits = t->size; bits & 1; bits >>= 1)
        h = hash_node(&t->peaks[--n], &h);
    t->peaks[n] = h;
    t->size++;
}

struct hash tree_root(const struct tree *t)
{
    int n = __builtin_popcountll(t->size);
    struct hash h;

    if (n == 0)
        return hash_empty();
    h = t->peaks[--n];
    while (n > 0)
        h = hash_node(&t->peaks[--n], &h);
    return h;
}
