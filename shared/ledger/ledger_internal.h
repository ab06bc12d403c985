/* shared/ledger/ledger_internal.h
 *
 * What the files of the ledger itself share: the batch, and the tiles it grows.
 */
#ifndef AVOW_LEDGER_LEDGER_INTERNAL_H
#define AVOW_LEDGER_LEDGER_INTERNAL_H

#include "ledger/judge.h"
#include "ledger/ledger.h"

/* --- tiles.c ------------------------------------------------------------------------ */

#define TILE_LEVELS 8 /* 256^8 leaves */

/* The rightmost tile of each level, as far as it is filled. */
struct tiles {
    struct {
        uint64_t n;
        unsigned width; /* below TILE_WIDTH */
        bool changed;
        struct hash hashes[TILE_WIDTH];
    } level[TILE_LEVELS];
    bool loaded; /* they are those of the store */
};

enum status tiles_load(struct tiles *t, struct store *s, uint64_t size);
/* Inside a transaction: what becomes full is written. After a failure, load anew. */
enum status tiles_append(struct tiles *t, struct store *s, const struct hash *leaf);
/* Inside a transaction: write those that changed. */
enum status tiles_write(struct tiles *t, struct store *s);

/* --- the batch ---------------------------------------------------------------------- */

/* An accepted statement until it is committed. */
struct entry {
    struct buf note;
    struct hash leaf;
    struct row *key; /* of the author; in the batch layer */
    struct store_link link;
    struct effect *effects; /* one a record */
    size_t n;
    struct buf facets;
};

#define TOLD_KEPT 128

struct ledger {
    struct store *store;
    struct state *state;
    uint64_t committed;
    struct tree tree; /* with the batch */
    struct tree tree_committed;
    struct tiles tiles;
    struct entry *entries; /* the batch: entry `committed` first */
    size_t n, cap;
    char origin[ORIGIN_MAX + 1];
    struct judge judge; /* large, so it is kept */
    struct buf text;
    struct { /* records read lately, by number */
        uint64_t number;
        json_t *record, *header; /* NULL: none */
        struct hash id;
    } told[TOLD_KEPT];
};

/* Take the judged statement (its drafts are not settled yet) as the next entry. */
enum status batch_add(struct ledger *l, const struct statement *st);
/* The text of an earlier entry, in the batch or in the store; an entry_text_fn. */
enum status batch_find(void *ledger, const struct row *key, uint64_t seq, uint64_t *index,
                       struct buf *note);
/* A judge_told_fn. */
enum status batch_told(void *ledger, uint64_t number, struct told *out);
/* Write all of it, inside a transaction. */
enum status batch_write(struct ledger *l);
void batch_clear(struct ledger *l);
void batch_forget_told(struct ledger *l);

#endif
