/* Countries: what is stated of each, found by the words of the store's index. */
#include "face/view_internal.h"

#include <stdio.h>
#include <string.h>

#include "ledger/index.h"
#include "ledger/rows.h"
#include "record/codes.h"

static const struct {
    const char *kind, *list;
} kinds[] = { { "partnership", "partnerships" },
              { "commitment", "commitments" },
              { "declaration", "declarations" },
              { "pledge", "pledges" } };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* `kind` NULL: of any. */
static void words_for(const char *code, const char *kind, struct buf *out)
{
    buf_reset(out);
    buf_text(out, "facets : \"");
    index_word("country", bytes_of(code), out);
    if (kind != NULL) {
        buf_text(out, "\" AND facets : \"");
        index_word("kind", bytes_of(kind), out);
    }
    buf_u8(out, '"');
}

static uint64_t count(struct view *v, const char *code, const char *kind)
{
    struct buf words = { 0 };
    uint64_t n = 0;

    words_for(code, kind, &words);
    if (v->st == STATUS_OK)
        v->st = buf_status(&words);
    if (v->st == STATUS_OK)
        v->st = store_text_count(v->s, buf_bytes(&words), &n);
    buf_clear(&words);
    return n;
}

static json_t *counts_view(struct view *v, const char *code)
{
    json_t *out = json_object();

    for (size_t i = 0; i < KINDS; i++)
        view_put(v, out, kinds[i].list,
                 json_integer((json_int_t)count(v, code, kinds[i].kind)));
    return out;
}

static json_t *summary(struct view *v, const char *code)
{
    json_t *out = json_object(), *counts = counts_view(v, code);

    view_put_bytes(v, out, "code", bytes_of(code));
    view_put_bytes(v, out, "name", names_country(bytes_of(code)));
    json_object_update(out, counts);
    json_decref(counts);
    return out;
}

/* --- the list ------------------------------------------------------------------------
 */

static bool is_wanted(const struct filter *f, const char *code)
{
    json_t *facets;
    bool yes;

    if (f == NULL || filter_empty(f))
        return true;
    facets = json_pack("{s:[s]}", "countries", code);
    yes = filter_match(f, BYTES_LIT("country"), facets);
    json_decref(facets);
    return yes;
}

enum status view_countries(struct store *s, const struct filter *f,
                           const struct view_page *page, json_t **out)
{
    struct view v;
    const char *code;
    uint64_t from, next = 0;
    json_t *json, *items;

    if (view_cursor_parse(page->after, 'k', 0, &from) != STATUS_OK)
        return STATUS_REFUSED;
    if (view_open(s, page->lang, &v) != STATUS_OK)
        return v.st;
    json = json_object();
    items = json_array();
    for (uint64_t i = 0; (code = code_at(CODE_COUNTRY, i)) != NULL; i++) {
        if (v.st != STATUS_OK || i < from || !is_wanted(f, code) ||
            count(&v, code, NULL) == 0)
            continue;
        if (json_array_size(items) == page->limit) {
            next = i;
            break;
        }
        view_add(&v, items, summary(&v, code));
    }
    view_put(&v, json, "size", json_integer((json_int_t)v.size));
    view_put(&v, json, "items", items);
    view_put(&v, json, "next", next > 0 ? view_cursor('k', next) : json_null());
    return view_finish(&v, json, out);
}

/* --- one -----------------------------------------------------------------------------
 */

struct country {
    struct view *v;
    const char *code;
    unsigned limit;
    json_t *list;            /* being filled */
    json_t *steps[3], *rest; /* deliverables */
};

static void add_deliverable(struct country *c, const json_t *row,
                            const json_t *deliverable)
{
    json_int_t step = json_integer_value(json_object_get(deliverable, "step"));
    json_t *one = json_object(), *commitment = json_object();

    view_copy(c->v, commitment, "id", row);
    view_put_text(c->v, commitment, "title", json_object_get(row, "title"));
    view_copy(c->v, commitment, "status", row);
    view_put(c->v, one, "commitment", commitment);
    view_put(c->v, one, "deliverable", view_deliverable(c->v, deliverable, row));
    view_add(c->v, step >= 1 && step <= 3 ? c->steps[step - 1] : c->rest, one);
}

/* Those that name the country, and of a commitment for no other all that name none. */
static void add_deliverables(struct country *c, const json_t *row)
{
    const json_t *countries =
        json_object_get(json_object_get(row, "facets"), "countries");
    bool only = json_array_size(countries) == 1 &&
                bytes_eq_text(json_bytes(json_array_get(countries, 0)), c->code);
    json_t *terms = view_terms(c->v, row);
    const json_t *deliverable;
    size_t i;

    json_array_foreach(json_object_get(terms, "deliverables"), i, deliverable)
    {
        struct bytes country = json_member(deliverable, "country");

        if (c->v->st == STATUS_OK &&
            (bytes_eq_text(country, c->code) || (only && country.len == 0)))
            add_deliverable(c, row, deliverable);
    }
    json_decref(terms);
}

/* A store_text_fn. STATUS_EXISTS: enough. */
static enum status take(void *ctx, enum store_table t, uint64_t place,
                        struct bytes snippet)
{
    struct country *c = ctx;
    struct buf value = { 0 };
    json_t *row = NULL;
    enum status st = STATUS_EXISTS;

    (void)snippet;
    if (json_array_size(c->list) == c->limit)
        return st;
    st = store_row_get(c->v->s, t, place, NULL, &value);
    if (st == STATUS_OK)
        st = rows_parse(buf_bytes(&value), &row);
    buf_clear(&value);
    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
    view_add(c->v, c->list, view_subject_summary(c->v, row));
    if (c->v->st == STATUS_OK && bytes_eq_text(json_member(row, "kind"), "commitment"))
        add_deliverables(c, row);
    json_decref(row);
    return c->v->st;
}

static json_t *subjects_view(struct country *c, const char *kind)
{
    struct buf words = { 0 };

    c->list = json_array();
    words_for(c->code, kind, &words);
    if (c->v->st == STATUS_OK)
        c->v->st = buf_status(&words);
    if (c->v->st == STATUS_OK)
        c->v->st = store_text_find(c->v->s, buf_bytes(&words), 0, take, c);
    if (c->v->st == STATUS_EXISTS)
        c->v->st = STATUS_OK;
    buf_clear(&words);
    return c->list;
}

static void put_steps(struct country *c, json_t *out)
{
    static const char *const names[] = { "strategy", "design", "operations" };
    json_t *steps = json_array();

    for (int i = 0; i < 3; i++)
        view_add(c->v, steps,
                 json_pack("{s:i, s:s, s:o}", "step", i + 1, "name", names[i],
                           "deliverables", c->steps[i]));
    view_put(c->v, out, "steps", steps);
    view_put(c->v, out, "deliverables", c->rest);
}

/* As totals tell it. */
static void put_money(struct country *c, json_t *out)
{
    struct view_page page = { .limit = VIEW_LIMIT_MAX, .lang = names_lang(c->v->names) };
    struct filter *f = NULL;
    json_t *totals = NULL;
    char query[16], why[200];

    snprintf(query, sizeof(query), "country=%s", c->code);
    if (c->v->st == STATUS_OK)
        c->v->st = filter_parse(bytes_of(query), &f, why);
    if (c->v->st == STATUS_OK)
        c->v->st = view_totals(c->v->s, BYTES_LIT("currency"), f, false, &page, &totals);
    if (c->v->st == STATUS_OK)
        view_put(c->v, out, "money", json_incref(json_object_get(totals, "total")));
    json_decref(totals);
    filter_free(f);
}

enum status view_country(struct store *s, struct bytes code, int64_t on,
                         const struct view_page *page, json_t **out)
{
    struct country c = { .limit = page->limit };
    struct view v;
    char text[3] = "";
    json_t *json;

    if (!code_known(CODE_COUNTRY, code) || code.len != 2)
        return STATUS_NOT_FOUND;
    if (view_open(s, page->lang, &v) != STATUS_OK)
        return v.st;
    v.on = on;
    memcpy(text, code.ptr, 2);
    c.v = &v;
    c.code = text;
    for (int i = 0; i < 3; i++)
        c.steps[i] = json_array();
    c.rest = json_array();
    json = json_object();
    view_put(&v, json, "size", json_integer((json_int_t)v.size));
    view_put_bytes(&v, json, "code", code);
    view_put_bytes(&v, json, "name", names_country(code));
    view_put(&v, json, "counts", counts_view(&v, text));
    for (size_t i = 0; i < KINDS; i++)
        view_put(&v, json, kinds[i].list, subjects_view(&c, kinds[i].kind));
    put_steps(&c, json);
    put_money(&c, json);
    return view_finish(&v, json, out);
}
