/* Indexes over the rows: by day what is due, and by word what things are called. */
#include <assert.h>

#include "store/store_internal.h"

/* --- due ---------------------------------------------------------------------------- */

enum status store_due_put(struct store *s, const struct store_due *d)
{
    struct query q = query_of(s, Q_DUE_PUT);

    assert(s->in_tx);
    query_text(&q, d->day);
    query_u64(&q, d->subject);
    query_text(&q, d->item);
    return query_run(&q);
}

enum status store_due_drop(struct store *s, const struct store_due *d)
{
    struct query q = query_of(s, Q_DUE_DROP);

    assert(s->in_tx);
    query_text(&q, d->day);
    query_u64(&q, d->subject);
    query_text(&q, d->item);
    return query_run(&q);
}

enum status store_due(struct store *s, const struct store_due *after, struct bytes until,
                      store_due_fn *each, void *ctx)
{
    struct query q = query_of(s, Q_DUE);
    enum status st = STATUS_OK;

    query_text(&q, after->day);
    query_u64(&q, after->subject);
    query_text(&q, after->item);
    query_text(&q, until);
    while (st == STATUS_OK && query_step(&q) == STEP_ROW) {
        struct store_due d = { query_get_bytes(&q, 0), query_get_u64(&q, 1),
                               query_get_bytes(&q, 2) };

        st = each(ctx, &d);
    }
    return query_end(&q, st);
}

/* --- words -------------------------------------------------------------------------- */

/* The order of what is found: networks, organizations, subjects; each as it came. */
static const enum store_table ranks[] = { STORE_NETWORK, STORE_ORGANIZATION,
                                          STORE_SUBJECT };
enum { RANKS = sizeof(ranks) / sizeof(ranks[0]), RANK_SHIFT = 40 };

uint64_t store_text_number(enum store_table t, uint64_t row)
{
    uint64_t rank = 0;

    while (rank < RANKS && ranks[rank] != t)
        rank++;
    assert(rank < RANKS && row < (uint64_t)1 << RANK_SHIFT);
    return rank << RANK_SHIFT | row;
}

enum status store_text_put(struct store *s, enum store_table t, uint64_t row,
                           const struct store_text *text, bool fresh)
{
    struct query q = query_of(s, fresh ? Q_TEXT_ADD : Q_TEXT_SET);

    assert(s->in_tx);
    query_u64(&q, store_text_number(t, row));
    query_text(&q, text->id);
    query_text(&q, text->text);
    query_text(&q, text->facets);
    return query_run(&q);
}

static enum status each_found(struct query *q, store_text_fn *each, void *ctx)
{
    enum status st = STATUS_OK;

    while (st == STATUS_OK && query_step(q) == STEP_ROW) {
        uint64_t number = query_get_u64(q, 0);
        uint64_t rank = number >> RANK_SHIFT;

        if (rank >= RANKS)
            st = STATUS_ALTERED;
        else
            st = each(ctx, ranks[rank], number & (((uint64_t)1 << RANK_SHIFT) - 1),
                      query_get_bytes(q, 1));
    }
    return query_end(q, st);
}

enum status store_text_find(struct store *s, struct bytes words, uint64_t from,
                            store_text_fn *each, void *ctx)
{
    struct query q = query_of(s, Q_TEXT_FIND);

    query_text(&q, words);
    query_u64(&q, from);
    return each_found(&q, each, ctx);
}

enum status store_text_rows(struct store *s, struct bytes words, enum store_table t,
                            uint64_t row, store_text_fn *each, void *ctx)
{
    static const uint64_t last = ((uint64_t)1 << RANK_SHIFT) - 1;
    struct query q = query_of(s, Q_TEXT_ROWS);

    query_text(&q, words);
    query_u64(&q, store_text_number(t, row < last ? row : last));
    return each_found(&q, each, ctx);
}

enum status store_text_count(struct store *s, struct bytes words, uint64_t *out)
{
    struct query q = query_of(s, Q_TEXT_COUNT);

    query_text(&q, words);
    return query_number(&q, out);
}

/* --- whether they are whole --------------------------------------------------------- */

static const int index_queries[STORE_INDEX_COUNT] = {
    [STORE_INDEX_DUE] = Q_DUE_ALL,
    [STORE_INDEX_TEXT] = Q_TEXT_ALL,
    [STORE_INDEX_WORDS] = Q_TEXT_WORDS,
};

const char *store_index_name(enum store_index i)
{
    static const char *const names[STORE_INDEX_COUNT] = {
        [STORE_INDEX_DUE] = "due",
        [STORE_INDEX_TEXT] = "search",
        [STORE_INDEX_WORDS] = "words of search",
    };

    return names[i];
}

/* How many texts have this word, or a word that begins so: found as a search does. */
static enum status count_found(struct store *s, struct bytes word, bool begins,
                               struct buf *out)
{
    struct buf words = { 0 };
    uint64_t n = 0;
    enum status st;

    buf_printf(&words, "\"" BYTES_FMT "\"%s", BYTES_ARG(word), begins ? "*" : "");
    st = buf_status(&words);
    if (st == STATUS_OK)
        st = store_text_count(s, buf_bytes(&words), &n);
    buf_printf(out, "%llu ", (unsigned long long)n);
    buf_clear(&words);
    return st;
}

/* Its first `n` characters; all, where it has no more. */
static struct bytes first_of(struct bytes word, unsigned n)
{
    size_t end = 0;

    for (; end < word.len; end++)
        if ((word.ptr[end] & 0xc0) != 0x80 && n-- == 0)
            break;
    return bytes_slice(word, 0, end);
}

/* The words are there; are they found, too? Words come in order, so each once, and those
 * of each beginning that is indexed together. */
static enum status count_word(struct store *s, struct bytes word, struct buf *last,
                              struct buf *out)
{
    enum status st = STATUS_OK;

    if (bytes_eq(word, buf_bytes(last)))
        return STATUS_OK;
    for (unsigned n = 1; st == STATUS_OK && n <= 2; n++)
        if (!bytes_eq(first_of(word, n), first_of(buf_bytes(last), n)))
            st = count_found(s, first_of(word, n), true, out);
    if (st == STATUS_OK)
        st = count_found(s, word, false, out);
    buf_reset(last);
    buf_add(last, word);
    return st;
}

/* Each row as its columns, with their lengths; a chain of hashes over the rows. */
enum status store_index_digest(struct store *s, enum store_index i, struct hash *out)
{
    struct query q = query_of(s, index_queries[i]);
    struct buf line = { 0 }, word = { 0 };
    enum status st = STATUS_OK;

    *out = (struct hash){ 0 };
    while (st == STATUS_OK && query_step(&q) == STEP_ROW) {
        buf_reset(&line);
        buf_append(&line, out->b, HASH_LEN);
        if (i == STORE_INDEX_WORDS)
            st = count_word(s, query_get_bytes(&q, 0), &word, &line);
        for (int column = 0; column < 4; column++) {
            struct bytes value = query_get_bytes(&q, column);

            buf_printf(&line, "%zu ", value.len);
            buf_add(&line, value);
        }
        if (st == STATUS_OK)
            st = buf_status(&line);
        if (st == STATUS_OK)
            *out = hash_sha256(buf_bytes(&line));
    }
    buf_clear(&line);
    buf_clear(&word);
    return query_end(&q, st);
}
