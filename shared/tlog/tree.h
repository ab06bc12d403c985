/* shared/tlog/tree.h
 *
 * A compact range: the roots of the perfect subtrees that make up a tree of `size`
 * leaves, left (largest) to right. Enough to append and to know the root.
 */
#ifndef AVOW_TLOG_TREE_H
#define AVOW_TLOG_TREE_H

#include "tlog/hash.h"

struct tree {
    uint64_t size;
    struct hash peaks[64]; /* one for each 1 bit of size, highest first */
};

void tree_init(struct tree *t);
void tree_append(struct tree *t, const struct hash *leaf);
struct hash tree_root(const struct tree *t);

#endif
