/* Rows of the state, and the one index of their names. */
#include <assert.h>
#include <stdlib.h>

#include "store/store_internal.h"

/* Names gather in memory until there are this many, and then go into the index in order
 * of key. The more at once, the more of them share a page of it; but a merge also is a
 * longer commit now and then, and opening reads as many rows as are not merged. */
enum { NAMES_PENDING_MAX = 16384 };

#define TABLE_NAME(constant, name) [STORE_##constant] = name,

const char *store_table_name(enum store_table t)
{
    static const char *const names[] = { STORE_TABLES(TABLE_NAME) };

    return names[t];
}

static enum status number_of(struct store *s, int name, enum store_table t, uint64_t *out)
{
    struct query q = query_of(s, name);

    query_u64(&q, (uint64_t)t);
    return query_number(&q, out);
}

/* Names of rows above names->seen. */
static enum status read_on(struct store *s, enum store_table t)
{
    struct store_names *names = &s->names[t];
    struct query q = query_of(s, ROW_QUERY(t, R_KEYS));
    enum status st = STATUS_OK;

    query_u64(&q, names->seen);
    while (st == STATUS_OK && query_step(&q) == STEP_ROW) {
        struct bytes key = query_get_bytes(&q, 1);
        uint64_t row;

        if (store_names_find(names, key, &row))
            st = STATUS_ALTERED; /* one name, two rows */
        else
            st = store_names_add(names, key, query_get_u64(&q, 0));
        if (st == STATUS_OK)
            names->seen = query_get_u64(&q, 0);
    }
    return query_end(&q, st);
}

static void start_at(struct store_names *names, uint64_t merged)
{
    store_names_truncate(names, 0);
    names->merged = merged;
    names->seen = merged;
}

/* For who writes, at opening; for who reads, before each look, once in a snapshot. Also
 * without a snapshot nothing is missed: the index is asked after this, and by then holds
 * at least what it held now. */
static enum status catch_up(struct store *s, enum store_table t)
{
    struct store_names *names = &s->names[t];
    uint64_t merged;
    enum status st = number_of(s, Q_MERGED_GET, t, &merged);

    if (st != STATUS_OK)
        return st;
    if (merged > names->merged)
        start_at(names, merged);
    st = read_on(s, t);
    names->fresh = st == STATUS_OK && s->snapshots > 0;
    return st;
}

enum status store_rows_load(struct store *s)
{
    enum status st = STATUS_OK;

    for (enum store_table t = 0; st == STATUS_OK && t < STORE_TABLE_COUNT; t++) {
        struct query q;

        st = catch_up(s, t);
        if (st != STATUS_OK)
            break;
        q = query_of(s, ROW_QUERY(t, R_LAST));
        st = query_number(&q, &s->now.rows[t]);
        if (st == STATUS_OK && s->now.rows[t] != s->names[t].seen)
            st = STATUS_ALTERED;
        s->names_committed[t] = s->names[t].n;
    }
    return st;
}

bool store_rows_merge_due(const struct store *s)
{
    size_t pending = 0;

    for (int t = 0; t < STORE_TABLE_COUNT; t++)
        pending += s->names[t].n;
    return pending > NAMES_PENDING_MAX;
}

static enum status put_name(struct store *s, enum store_table t, size_t i)
{
    struct query q = query_of(s, Q_NAME_PUT);

    query_u64(&q, (uint64_t)t);
    query_text(&q, store_names_key(&s->names[t], i));
    query_u64(&q, s->names[t].list[i].row);
    return query_run(&q);
}

static enum status put_merged(struct store *s, enum store_table t)
{
    struct query q = query_of(s, Q_MERGED_PUT);

    query_u64(&q, (uint64_t)t);
    query_u64(&q, s->names[t].seen);
    return query_run(&q);
}

static enum status merge_table(struct store *s, enum store_table t)
{
    size_t n = s->names[t].n;
    uint32_t *order = store_names_sorted(&s->names[t]);
    enum status st = order == NULL ? STATUS_NOMEM : STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        st = put_name(s, t, order[i]);
    free(order);
    return st == STATUS_OK ? put_merged(s, t) : st;
}

enum status store_rows_merge(struct store *s)
{
    enum status st = STATUS_OK;

    for (enum store_table t = 0; st == STATUS_OK && t < STORE_TABLE_COUNT; t++)
        if (s->names[t].n > 0)
            st = merge_table(s, t);
    return st;
}

void store_rows_settle(struct store *s, bool merged)
{
    for (int t = 0; t < STORE_TABLE_COUNT; t++) {
        if (merged)
            start_at(&s->names[t], s->names[t].seen);
        s->names_committed[t] = s->names[t].n;
    }
}

void store_rows_undo(struct store *s)
{
    for (int t = 0; t < STORE_TABLE_COUNT; t++) {
        store_names_truncate(&s->names[t], s->names_committed[t]);
        s->names[t].seen = s->committed.rows[t];
    }
}

static enum status find_merged(struct store *s, enum store_table t, struct bytes key,
                               uint64_t *row)
{
    struct query q = query_of(s, Q_NAME_GET);
    enum status st;

    query_u64(&q, (uint64_t)t);
    query_text(&q, key);
    st = query_one(&q);
    if (st == STATUS_OK)
        *row = query_get_u64(&q, 0);
    return query_end(&q, st);
}

static enum status find(struct store *s, enum store_table t, struct bytes key,
                        uint64_t *row)
{
    enum status st = STATUS_OK;

    if (!store_writes(s) && !s->names[t].fresh)
        st = catch_up(s, t);
    if (st != STATUS_OK)
        return st;
    if (store_names_find(&s->names[t], key, row))
        return STATUS_OK;
    return find_merged(s, t, key, row);
}

enum status store_row_find(struct store *s, enum store_table t, struct bytes key,
                           uint64_t *row, struct buf *value)
{
    enum status st = s->over != NULL ? s->over->row(s->over->ctx, t, key, row, value)
                                     : STATUS_NOT_FOUND;

    if (st != STATUS_NOT_FOUND)
        return st;
    st = find(s, t, key, row);
    if (st != STATUS_OK) {
        buf_reset(value);
        return st;
    }
    st = store_row_get(s, t, *row, NULL, value);
    return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
}

enum status store_row_get(struct store *s, enum store_table t, uint64_t row,
                          struct buf *key, struct buf *value)
{
    struct query q;
    enum status st;

    buf_reset(value);
    if (key != NULL)
        buf_reset(key);
    if (row > INT64_MAX)
        return STATUS_NOT_FOUND;
    q = query_of(s, ROW_QUERY(t, R_GET));
    query_u64(&q, row);
    st = query_one(&q);
    if (st == STATUS_OK) {
        buf_add(value, query_get_bytes(&q, 1));
        st = buf_status(value);
    }
    if (st == STATUS_OK && key != NULL) {
        buf_add(key, query_get_bytes(&q, 0));
        st = buf_status(key);
    }
    return query_end(&q, st);
}

static enum status insert_row(struct store *s, enum store_table t, uint64_t row,
                              struct bytes key, struct bytes value)
{
    struct query q = query_of(s, ROW_QUERY(t, R_ADD));

    query_u64(&q, row);
    query_text(&q, key);
    query_text(&q, value);
    return query_run(&q);
}

enum status store_row_add(struct store *s, enum store_table t, struct bytes key,
                          struct bytes value, uint64_t *row)
{
    uint64_t next = s->now.rows[t] + 1;
    enum status st = find(s, t, key, row);

    assert(s->in_tx);
    if (st == STATUS_OK)
        return STATUS_EXISTS; /* found only when merging, it would stop all commits */
    if (st != STATUS_NOT_FOUND)
        return st;
    st = insert_row(s, t, next, key, value);
    if (st != STATUS_OK)
        return st;
    st = store_names_add(&s->names[t], key, next);
    if (st != STATUS_OK) {
        s->tx_failed = st; /* there is a row without its name */
        return st;
    }
    s->names[t].seen = next;
    s->now.rows[t] = next;
    *row = next;
    return STATUS_OK;
}

enum status store_row_set(struct store *s, enum store_table t, uint64_t row,
                          struct bytes value)
{
    struct query q;

    assert(s->in_tx);
    if (row == 0 || row > s->now.rows[t])
        return STATUS_NOT_FOUND;
    q = query_of(s, ROW_QUERY(t, R_SET));
    query_u64(&q, row);
    query_text(&q, value);
    return query_run(&q);
}

enum status store_rows(struct store *s, enum store_table t, uint64_t from, bool back,
                       store_row_fn *each, void *ctx)
{
    struct query q;
    enum status st = STATUS_OK;

    if (from > INT64_MAX) {
        if (!back)
            return STATUS_OK;
        from = INT64_MAX;
    }
    q = query_of(s, ROW_QUERY(t, back ? R_DOWN : R_UP));
    query_u64(&q, from);
    while (st == STATUS_OK && query_step(&q) == STEP_ROW)
        st = each(ctx, query_get_u64(&q, 0), query_get_bytes(&q, 1),
                  query_get_bytes(&q, 2));
    return query_end(&q, st);
}

enum status store_row_count(struct store *s, enum store_table t, uint64_t *count)
{
    struct query q;

    if (store_writes(s)) {
        *count = s->now.rows[t];
        return STATUS_OK;
    }
    q = query_of(s, ROW_QUERY(t, R_LAST));
    return query_number(&q, count);
}
