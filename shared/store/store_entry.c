/* Entries, the chains of their keys, and records. */
#include <assert.h>

#include "store/store_internal.h"

/* How deep the jump of an entry of depth `d` leads. Depths are written as sums of numbers
 * 2^k - 1, the largest possible first; a jump takes away the last, so that any depth is
 * reached in O(log d) steps (docs/store.md). */
static uint64_t jump_depth(uint64_t d)
{
    uint64_t left = d;
    uint64_t last = 0;

    for (unsigned k = 63; k > 0 && left > 0; k--) {
        uint64_t part = (UINT64_C(1) << k) - 1;

        while (left >= part) { /* at most twice, and then it is the last */
            left -= part;
            last = part;
        }
    }
    return d - last;
}

enum status store_link_next(const struct store_link *head, uint64_t index, uint64_t seq,
                            store_link_fn *read, void *ctx, struct store_link *out)
{
    struct store_link far;
    enum status st;

    *out = (struct store_link){ index, seq, 0, index, index };
    if (head == NULL)
        return STATUS_OK;
    assert(head->index < index);
    out->depth = head->depth + 1;
    out->prev = head->index;
    out->jump = head->index;
    if (jump_depth(out->depth) == head->depth)
        return STATUS_OK;
    st = read(ctx, head->jump, &far);
    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
    if (far.depth != jump_depth(head->depth))
        return STATUS_ALTERED;
    out->jump = far.jump;
    return STATUS_OK;
}

enum status store_link_get(void *ctx, uint64_t index, struct store_link *out)
{
    struct store *s = ctx;
    struct query q;
    enum status st;

    if (index > INT64_MAX)
        return STATUS_NOT_FOUND;
    q = query_of(s, Q_ENTRY_LINK);
    query_u64(&q, index);
    st = query_one(&q);
    if (st == STATUS_OK)
        *out = (struct store_link){ index, query_get_u64(&q, 0), query_get_u64(&q, 1),
                                    query_get_u64(&q, 2), query_get_u64(&q, 3) };
    return query_end(&q, st);
}

enum status store_entry_put(struct store *s, const struct store_entry *e)
{
    bool again = s->mode == STORE_RENEW;
    struct query q = query_of(s, again ? Q_ENTRY_PUT_AGAIN : Q_ENTRY_PUT);
    enum status st;

    assert(s->in_tx && e->index == s->now.entries);
    query_u64(&q, e->index);
    query_u64(&q, e->key_row);
    query_u64(&q, e->seq);
    query_u64(&q, e->depth);
    query_u64(&q, e->prev);
    query_u64(&q, e->jump);
    query_blob(&q, e->note);
    st = query_run(&q);
    if (st == STATUS_OK && again && sqlite3_changes(s->db) != 1)
        st = STATUS_ALTERED;
    if (st == STATUS_OK)
        s->now.entries++;
    return st;
}

enum status store_entry_get(struct store *s, uint64_t index, struct store_entry *e,
                            struct buf *note)
{
    struct query q;
    enum status st = STATUS_NOT_FOUND;

    if (s->over != NULL)
        st = s->over->entry(s->over->ctx, index, e, note);
    if (st != STATUS_NOT_FOUND)
        return st;
    buf_reset(note);
    if (index > INT64_MAX)
        return STATUS_NOT_FOUND;
    q = query_of(s, Q_ENTRY_GET);
    query_u64(&q, index);
    st = query_one(&q);
    if (st == STATUS_OK) {
        buf_add(note, query_get_bytes(&q, 6));
        st = buf_status(note);
        *e = (struct store_entry){ .index = query_get_u64(&q, 0),
                                   .note = buf_bytes(note),
                                   .key_row = query_get_u64(&q, 1),
                                   .seq = query_get_u64(&q, 2),
                                   .depth = query_get_u64(&q, 3),
                                   .prev = query_get_u64(&q, 4),
                                   .jump = query_get_u64(&q, 5) };
    }
    st = query_end(&q, st);
    return st == STATUS_OK ? store_verify_entry(s, index, e->note) : st;
}

/* A link of a chain that we are on leads back, and to something; else somebody altered
 * it, and following could take for ever. */
static enum status link_back(struct store *s, const struct store_link *from, uint64_t to,
                             struct store_link *out)
{
    enum status st;

    if (to >= from->index)
        return STATUS_ALTERED;
    st = store_link_get(s, to, out);
    if (st == STATUS_NOT_FOUND)
        return STATUS_ALTERED;
    return st == STATUS_OK && out->seq >= from->seq ? STATUS_ALTERED : st;
}

static enum status find_seq(struct store *s, struct store_link *at, uint64_t seq)
{
    enum status st = STATUS_OK;

    while (st == STATUS_OK && at->seq > seq) {
        struct store_link far;

        if (at->depth == 0)
            return STATUS_NOT_FOUND;
        st = link_back(s, at, at->jump, &far);
        if (st == STATUS_OK && far.seq < seq && at->jump != at->prev)
            st = link_back(s, at, at->prev, &far);
        *at = far;
    }
    if (st == STATUS_OK && at->seq != seq)
        return STATUS_NOT_FOUND;
    return st;
}

enum status store_entry_by_seq(struct store *s, uint64_t head, uint64_t seq,
                               struct store_entry *e, struct buf *note)
{
    struct store_link at;
    enum status st = store_link_get(s, head, &at);

    if (st == STATUS_OK)
        st = find_seq(s, &at, seq);
    return st == STATUS_OK ? store_entry_get(s, at.index, e, note) : st;
}

enum status store_size(struct store *s, uint64_t *size)
{
    struct query q;

    if (store_writes(s)) {
        *size = s->committed.entries;
        return STATUS_OK;
    }
    q = query_of(s, Q_ENTRY_LAST);
    return query_number(&q, size);
}

static void bind_number(struct query *q, uint64_t number)
{
    if (number == RECORD_NONE)
        query_null(q);
    else
        query_u64(q, number);
}

enum status store_record_put(struct store *s, const struct store_record *r)
{
    struct query q = query_of(s, Q_RECORD_PUT);

    assert(s->in_tx);
    query_u64(&q, r->number);
    bind_number(&q, r->subject);
    bind_number(&q, r->prev);
    query_text(&q, r->is);
    query_text(&q, r->facets);
    return query_run(&q);
}

static uint64_t get_number(struct query *q, int column)
{
    return query_is_null(q, column) ? RECORD_NONE : query_get_u64(q, column);
}

/* Its texts are SQLite's until the query's next step. */
static struct store_record record_of(struct query *q)
{
    return (struct store_record){ query_get_u64(q, 0), get_number(q, 1), get_number(q, 2),
                                  query_get_bytes(q, 3), query_get_bytes(q, 4) };
}

enum status store_record_get(struct store *s, uint64_t number, struct store_record *r,
                             struct buf *text)
{
    struct query q;
    enum status st;

    buf_reset(text);
    if (number > INT64_MAX)
        return STATUS_NOT_FOUND;
    q = query_of(s, Q_RECORD_GET);
    query_u64(&q, number);
    st = query_one(&q);
    if (st == STATUS_OK) {
        struct bytes both;
        size_t is_len;

        *r = record_of(&q);
        is_len = r->is.len;
        buf_add(text, r->is);
        buf_add(text, r->facets);
        st = buf_status(text);
        both = buf_bytes(text);
        r->is = bytes_slice(both, 0, is_len);
        r->facets = bytes_slice(both, is_len, both.len);
    }
    return query_end(&q, st);
}

enum status store_records(struct store *s, uint64_t from, uint64_t limit,
                          store_record_fn *each, void *ctx)
{
    struct query q;
    enum status st = STATUS_OK;

    if (from > INT64_MAX)
        return STATUS_OK;
    q = query_of(s, Q_RECORDS);
    query_u64(&q, from);
    query_u64(&q, limit > INT64_MAX ? INT64_MAX : limit);
    while (st == STATUS_OK && query_step(&q) == STEP_ROW) {
        struct store_record r = record_of(&q);

        st = each(ctx, &r);
    }
    return query_end(&q, st);
}
