/* shared/ledger/state.h
 *
 * The rows of the state while the log grows: decoded once, in three layers. A row is read
 * through them from the top:
 *
 *     draft       what the statement being judged changes
 *     batch       what the accepted statements since the last commit change
 *     committed   as in the store; absent rows are remembered as absent
 *
 * A change begins with a copy of the value below it, one level deep: what hangs below is
 * shared, and copied by state_own when it changes in its turn. So a refused statement is
 * forgotten by forgetting its drafts, and costs what it touched.
 *
 * Reading and changing do not return errors: what fails of the world (the store, memory)
 * is remembered (state_failed), reads as absent, and whoever began the judgement asks
 * once at its end, before believing any of it.
 */
#ifndef AVOW_LEDGER_STATE_H
#define AVOW_LEDGER_STATE_H

#include "record/json.h"
#include "store/store.h"

enum state_layer { LAYER_COMMITTED, LAYER_BATCH, LAYER_DRAFT, LAYER_COUNT };

/* 1. `place` is 0 exactly when neither LAYER_COMMITTED nor LAYER_BATCH has a value.
 * 2. Rows that have a draft or batch value are in the list of that layer, once.
 * 3. Rows of neither list are in the cache and may be forgotten between statements. */
struct row {
    enum store_table table;
    uint64_t
        place; /* in its table, from 1; new ones are numbered as they will be stored */
    void *value[LAYER_COUNT]; /* json_t, but struct total in STORE_TOTAL; NULL: none */
    struct row *next_in_bucket;
    struct row *next_in[LAYER_COUNT]; /* the lists of batch and draft */
    struct row *older, *newer;        /* the cache, by last use */
    uint32_t hash;
    size_t cost; /* of the committed value */
    struct bytes key;
    uint8_t key_bytes[];
};

struct state;

enum status state_new(struct store *store, struct state **out);
void state_free(struct state *s); /* accepts NULL */

/* The row by that key, whether there is one or not (state_value NULL). NULL: the world
 * failed. Valid until state_settle, state_drop or state_flush. */
struct row *state_row(struct state *s, enum store_table t, struct bytes key);
/* Its value in the topmost layer that has one; accept NULL. */
const void *state_value(const struct row *r);
const json_t *state_json(const struct row *r);

/* The draft of its value, to be changed; begun by a copy. NULL: the world failed. */
void *state_edit(struct state *s, struct row *r);
/* Make `value` (taken; NULL: no memory) its draft. */
void state_put(struct state *s, struct row *r, void *value);

/* Change an object that is a draft, or was made one's own. All accept NULL for what an
 * earlier failure left out. `value` is taken; NULL: no memory. */
void state_set(struct state *s, json_t *object, const char *name, json_t *value);
void state_set_int(struct state *s, json_t *object, const char *name, uint64_t value);
/* Share a member of `from`, if it is there. */
void state_share(struct state *s, json_t *object, const char *name, const json_t *from);
void state_push(struct state *s, json_t *array, json_t *value);
/* Replace a member (an item) by a copy one level deep, and return that. */
json_t *state_own(struct state *s, json_t *object, const char *name);
json_t *state_own_at(struct state *s, json_t *array, size_t i);

/* What failed of the world since the last state_begin. */
enum status state_failed(const struct state *s);
void state_fail(struct state *s, enum status st);

/* What the batch made of a row, as state_write would write it, and its place.
 * STATUS_NOT_FOUND: the batch left it alone. */
enum status state_batch_row(struct state *s, enum store_table t, struct bytes key,
                            uint64_t *place, struct buf *value);

/* A statement's judgement: begin; then either settle its drafts into the batch, or
 * forget them. */
void state_begin(struct state *s);
void state_settle(struct state *s);
void state_forget(struct state *s);

/* The batch: write its rows (inside a transaction of the store), and then, when that is
 * committed, make them the committed ones; or drop them. */
enum status state_write(struct state *s);
void state_flush(struct state *s);
void state_drop(struct state *s);

#endif
