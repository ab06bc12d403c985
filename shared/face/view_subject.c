/* Partnerships, commitments, declarations and pledges. */
#include "face/view_internal.h"

#include "ledger/rows.h"

static bool is_kind(const json_t *row, const char *kind)
{
    return bytes_eq_text(json_member(row, "kind"), kind);
}

/* --- summary ------------------------------------------------------------------------ */

/* As whose own a declaration is shown. */
static void put_speaks(struct view *v, json_t *out, const json_t *row)
{
    json_t *list = json_array();
    const json_t *network;
    size_t i;

    json_array_foreach(json_object_get(row, "speaks"), i, network)
    {
        json_t *one = json_object();

        view_put_bytes(v, one, "network", json_bytes(network));
        view_put_bytes(v, one, "name", names_network(v->names, json_bytes(network)));
        view_add(v, list, one);
    }
    view_put(v, out, "speaks", list);
}

/* Those that the ledger keeps, and those that need the terms and a day. */
static json_t *flags_view(struct view *v, const json_t *row, const json_t *terms)
{
    json_t *flags = json_copy(json_object_get(row, "flags"));

    if (is_kind(row, "pledge") && view_put_schedule(v, NULL, row, terms))
        view_add(v, flags, json_string("overdue"));
    if (view_repudiated(v, RECORD_INDEX(view_number(row, "terms"))))
        view_add(v, flags, json_string("repudiated"));
    return flags;
}

static void put_life(struct view *v, json_t *out, const json_t *row)
{
    const json_t *life = json_object_get(row, "life");
    json_t *shown;

    if (life == NULL)
        return;
    shown = view_record_reasoned(v, view_number(life, "record"));
    view_copy(v, shown, "is", life);
    view_put(v, out, "life", shown);
}

static json_t *summary(struct view *v, const json_t *row, const json_t *terms, bool full)
{
    const json_t *facets = json_object_get(row, "facets");
    json_t *out = json_object();

    view_copy(v, out, "id", row);
    view_copy(v, out, "kind", row);
    view_put_text(v, out, "title", json_object_get(row, "title"));
    view_copy(v, out, "status", row);
    view_put(v, out, "flags", flags_view(v, row, terms));
    view_put_org(v, out, "author", json_member(row, "author"));
    if (json_member(row, "lead").len > 0)
        view_put_org(v, out, "lead", json_member(row, "lead"));
    view_copy(v, out, "networks", facets);
    view_copy(v, out, "countries", facets);
    view_copy(v, out, "themes", facets);
    view_put(v, out, "parties", view_parties(v, row, full ? terms : NULL));
    view_put(v, out, "signed", view_signed_count(v, row));
    view_put(v, out, "waiting", json_boolean(json_object_get(row, "proposed") != NULL));
    if (is_kind(row, "pledge"))
        view_put_pledge(v, out, row);
    if (is_kind(row, "declaration"))
        put_speaks(v, out, row);
    put_life(v, out, row);
    view_copy(v, out, "rev", row);
    view_copy(v, out, "records", row);
    view_put(v, out, "created", view_record_stamp(v, view_number(row, "created")));
    return out;
}

json_t *view_subject_summary(struct view *v, const json_t *row)
{
    json_t *terms = view_terms(v, row), *out = NULL;

    if (terms != NULL)
        out = summary(v, row, terms, false);
    json_decref(terms);
    return out;
}

/* --- one of them, whole ------------------------------------------------------------- */

json_t *view_history(struct view *v, uint64_t from, unsigned limit)
{
    struct buf text = { 0 };
    json_t *items = json_array(), *pages = json_object();
    uint64_t number = from;

    for (unsigned i = 0; i < limit && number != RECORD_NONE && v->st == STATUS_OK; i++) {
        struct store_record r;

        view_add(v, items, view_record_told(v, number));
        if (v->st == STATUS_OK)
            v->st = store_record_get(v->s, number, &r, &text);
        if (v->st == STATUS_OK)
            number = r.prev;
    }
    view_put(v, pages, "items", items);
    view_put(v, pages, "next",
             number != RECORD_NONE ? view_cursor('h', number) : json_null());
    buf_clear(&text);
    return pages;
}

/* A cursor must lead into this subject's chain, not into another's. */
static enum status history_start(struct view *v, const json_t *row, struct bytes after,
                                 uint64_t *from)
{
    struct store_record r;
    struct buf text = { 0 };
    uint64_t subject;
    json_t *again = NULL;
    enum status st = view_cursor_parse(after, 'h', view_number(row, "last"), from);

    if (st != STATUS_OK || after.len == 0)
        return st;
    st = store_record_get(v->s, *from, &r, &text);
    if (st == STATUS_OK)
        st = rows_find(v->s, STORE_SUBJECT, json_member(row, "id"), &subject, &again);
    if (st == STATUS_NOT_FOUND || (st == STATUS_OK && r.subject != subject))
        st = STATUS_REFUSED;
    json_decref(again);
    buf_clear(&text);
    return st;
}

/* What its kind has besides terms. */
static void put_kind(struct view *v, json_t *out, const json_t *row, const json_t *terms)
{
    view_put_text(v, out, "description", json_object_get(terms, "description"));
    view_put_text(v, out, "text", json_object_get(terms, "text"));
    view_copy(v, out, "evidence", terms);
    if (is_kind(row, "commitment"))
        view_put_deliverables(v, out, row, terms);
    if (is_kind(row, "commitment") || is_kind(row, "partnership"))
        view_put_funding(v, out, row, terms);
    if (is_kind(row, "pledge")) {
        (void)view_put_schedule(v, out, row, terms);
        view_put_transactions(v, out, row);
    }
}

json_t *view_subject_full(struct view *v, const json_t *row, unsigned limit,
                          struct bytes after)
{
    json_t *out, *terms;
    uint64_t from;

    v->st = history_start(v, row, after, &from);
    terms = v->st == STATUS_OK ? view_terms(v, row) : NULL;
    if (terms == NULL)
        return NULL;
    out = summary(v, row, terms, true);
    put_kind(v, out, row, terms);
    view_put_terms(v, out, row, terms);
    view_put(v, out, "history", view_history(v, from, limit));
    json_decref(terms);
    return out;
}
