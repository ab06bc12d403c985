/* shared/store/store_names.h
 *
 * The names that are not in the index yet: a hash table that is emptied from its newest
 * end when a transaction rolls back, and as a whole when the names were merged.
 */
#ifndef AVOW_STORE_STORE_NAMES_H
#define AVOW_STORE_STORE_NAMES_H

#include "base/bytes.h"

struct store_name {
    size_t at; /* in `text` */
    size_t len;
    uint64_t hash;
    uint64_t row;
};

/* All zero is empty. */
struct store_names {
    uint64_t seed[2];
    struct store_name *list; /* in order of creation */
    size_t n;
    size_t cap;
    uint32_t *slots; /* place in `list` + 1; 0: free */
    size_t slot_count;
    struct buf text;
    uint64_t merged; /* rows up to here are in the index */
    uint64_t seen;   /* rows up to here are in the index or here */
    bool fresh;      /* a reader's: nothing newer is in its snapshot */
};

bool store_names_find(const struct store_names *names, struct bytes key, uint64_t *row);
struct bytes store_names_key(const struct store_names *names, size_t i);
/* The key is copied. All or none. */
enum status store_names_add(struct store_names *names, struct bytes key, uint64_t row);
/* Keep the first `n`. */
void store_names_truncate(struct store_names *names, size_t n);
/* Places in `list`, in order of key; malloc'ed. NULL: no memory (n must not be 0). */
uint32_t *store_names_sorted(const struct store_names *names);
void store_names_clear(struct store_names *names); /* frees */

#endif
