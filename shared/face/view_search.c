/* Full text over names, titles and ids. What a user types is never syntax of the index:
 * each word is quoted, and only letters and digits count. */
#include "face/view_internal.h"

#include <string.h>

#include "base/codec.h"
#include "ledger/rows.h"

struct finds {
    struct view *v;
    const struct filter *f;
    unsigned limit;
    uint64_t scanned, next;
    json_t *items;
};

/* --- words ---------------------------------------------------------------------------
 */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Something that the index has words of: letters and digits of any script. */
static bool has_word(struct bytes word)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];

        if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
            (c >= 'A' && c <= 'Z'))
            return true;
    }
    return false;
}

/* "word"* in the columns that people read; a quote inside is doubled. */
static void add_word(struct bytes word, struct buf *out)
{
    buf_text(out, out->len > 0 ? " AND {id text} : \"" : "{id text} : \"");
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '"')
            buf_u8(out, '"');
        buf_u8(out, word.ptr[i]);
    }
    buf_text(out, "\"*");
}

static enum status words_of(struct bytes q, struct buf *out)
{
    size_t at = 0, n = 0;

    if (q.len == 0 || q.len > VIEW_SEARCH_MAX || !utf8_valid(q) ||
        memchr(q.ptr, 0, q.len) != NULL)
        return STATUS_MALFORMED;
    while (at < q.len) {
        size_t end = at;

        while (end < q.len && !is_space(q.ptr[end]))
            end++;
        if (has_word(bytes_slice(q, at, end))) {
            if (n++ == VIEW_SEARCH_WORDS)
                return STATUS_MALFORMED;
            add_word(bytes_slice(q, at, end), out);
        }
        at = end + 1;
    }
    if (n == 0)
        return STATUS_MALFORMED;
    return buf_status(out);
}

/* --- what is found -------------------------------------------------------------------
 */

static struct bytes kind_of(enum store_table t, const json_t *row)
{
    if (t == STORE_NETWORK)
        return BYTES_LIT("network");
    return t == STORE_ORGANIZATION ? BYTES_LIT("organization") : json_member(row, "kind");
}

static struct bytes id_of(enum store_table t, const json_t *row)
{
    if (t == STORE_NETWORK)
        return json_member(row, "network");
    return json_member(row, t == STORE_ORGANIZATION ? "org" : "id");
}

static void add_item(struct finds *l, enum store_table t, const json_t *row,
                     const json_t *facets, struct bytes snippet)
{
    struct view *v = l->v;
    json_t *out = json_object();

    view_put_bytes(v, out, "kind", kind_of(t, row));
    view_put_bytes(v, out, "id", id_of(t, row));
    if (t == STORE_ORGANIZATION)
        view_put_bytes(v, out, "title", names_org(v->names, id_of(t, row)));
    else
        view_put_text(v, out, "title",
                      json_object_get(row, t == STORE_SUBJECT ? "title" : "name"));
    view_put_bytes(v, out, "snippet", snippet);
    view_copy(v, out, "status", row);
    view_copy(v, out, "networks", facets);
    view_copy(v, out, "countries", facets);
    view_add(v, l->items, out);
}

static enum status read_row(struct finds *l, enum store_table t, uint64_t place,
                            json_t **out)
{
    struct buf value = { 0 };
    enum status st = store_row_get(l->v->s, t, place, NULL, &value);

    if (st == STATUS_OK)
        st = rows_parse(buf_bytes(&value), out);
    buf_clear(&value);
    return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
}

/* A store_text_fn. STATUS_EXISTS: enough. */
static enum status take(void *ctx, enum store_table t, uint64_t place,
                        struct bytes snippet)
{
    struct finds *l = ctx;
    json_t *row = NULL, *facets;
    enum status st;

    if (json_array_size(l->items) == l->limit || l->scanned++ == VIEW_SCAN_MAX) {
        l->next = store_text_number(t, place);
        return STATUS_EXISTS;
    }
    st = read_row(l, t, place, &row);
    if (st != STATUS_OK)
        return st;
    facets = view_row_facets(t, row);
    if (l->f == NULL || filter_empty(l->f) || filter_match(l->f, kind_of(t, row), facets))
        add_item(l, t, row, facets, snippet);
    json_decref(facets);
    json_decref(row);
    return l->v->st;
}

enum status view_search(struct store *s, struct bytes q, const struct filter *f,
                        const struct view_page *page, json_t **out)
{
    struct finds l = { .f = f, .limit = page->limit };
    struct buf words = { 0 };
    struct view v;
    uint64_t from;
    json_t *json = NULL;
    enum status st = words_of(q, &words);

    if (st == STATUS_OK && view_cursor_parse(page->after, 's', 0, &from) != STATUS_OK)
        st = STATUS_REFUSED;
    if (st == STATUS_OK)
        st = view_open(s, page->lang, &v);
    if (st != STATUS_OK)
        goto done;
    l.v = &v;
    l.items = json_array();
    json = json_object();
    v.st = store_text_find(s, buf_bytes(&words), from, take, &l);
    if (v.st == STATUS_EXISTS)
        v.st = STATUS_OK;
    view_put(&v, json, "size", json_integer((json_int_t)v.size));
    view_put(&v, json, "items", l.items);
    view_put(&v, json, "next", l.next > 0 ? view_cursor('s', l.next) : json_null());
    st = view_finish(&v, json, out);
done:
    buf_clear(&words);
    return st;
}
