/* What is due on a day or overdue by then: deliverables, and payments of schedules. */
#include "face/view_internal.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/progress.h"
#include "ledger/rows.h"
#include "record/date.h"
#include "record/money.h"

/* --- cursors -------------------------------------------------------------------------
 */

/* "d<day>.<subject row>.<item>": the last one that was given. */
static enum status cursor_parse(struct bytes text, struct store_due *out)
{
    struct bytes rest;
    size_t dot;

    *out = (struct store_due){ 0 };
    if (text.len == 0)
        return STATUS_OK;
    if (text.len < 13 || text.ptr[0] != 'd' || text.ptr[11] != '.')
        return STATUS_REFUSED;
    out->day = bytes_slice(text, 1, 11);
    rest = bytes_slice(text, 12, text.len);
    if (date_parse(out->day, NULL, NULL) != STATUS_OK || !bytes_find(rest, '.', &dot) ||
        decimal_parse(bytes_slice(rest, 0, dot), &out->subject) != STATUS_OK ||
        out->subject > INT64_MAX)
        return STATUS_REFUSED;
    out->item = bytes_slice(rest, dot + 1, rest.len);
    return STATUS_OK;
}

static json_t *cursor(const struct store_due *d)
{
    return json_sprintf("d" BYTES_FMT ".%llu." BYTES_FMT, BYTES_ARG(d->day),
                        (unsigned long long)d->subject, BYTES_ARG(d->item));
}

/* --- finding -------------------------------------------------------------------------
 */

struct dues {
    struct view *v;
    const struct filter *f;
    unsigned limit;
    uint64_t scanned;
    json_t *items, *next;
    json_t *row, *terms; /* of the subject that was read last */
    uint64_t subject;
};

static void forget(struct dues *l)
{
    json_decref(l->row);
    json_decref(l->terms);
    l->row = l->terms = NULL;
    l->subject = 0;
}

/* One subject often has several. */
static enum status read_subject(struct dues *l, uint64_t subject)
{
    struct buf value = { 0 };
    enum status st;

    if (l->subject == subject)
        return STATUS_OK;
    forget(l);
    st = store_row_get(l->v->s, STORE_SUBJECT, subject, NULL, &value);
    if (st == STATUS_NOT_FOUND)
        st = STATUS_ALTERED;
    if (st == STATUS_OK)
        st = rows_parse(buf_bytes(&value), &l->row);
    buf_clear(&value);
    if (st != STATUS_OK)
        return st;
    l->terms = view_terms(l->v, l->row);
    l->subject = subject;
    return l->v->st;
}

static const json_t *deliverable_of(const json_t *terms, struct bytes id)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(terms, "deliverables"), i, item)
    {
        if (bytes_eq(json_member(item, "id"), id))
            return item;
    }
    return NULL;
}

/* A deliverable may be of one country of its commitment's. A new reference. */
static json_t *facets_of(const json_t *row, const json_t *deliverable)
{
    json_t *facets = json_copy(json_object_get(row, "facets"));
    json_t *country = json_object_get(deliverable, "country");

    if (country != NULL)
        json_object_set_new(facets, "countries", json_pack("[O]", country));
    return facets;
}

/* --- showing -------------------------------------------------------------------------
 */

static void add_responsible(struct view *v, json_t *list, struct bytes org)
{
    json_t *one = json_object();

    view_put_bytes(v, one, "org", org);
    view_put_bytes(v, one, "name", names_org(v->names, org));
    view_add(v, list, one);
}

/* Who is named, else who leads. */
static json_t *responsible_for(struct view *v, const json_t *row,
                               const json_t *deliverable)
{
    const json_t *named = json_object_get(deliverable, "responsible"), *org;
    json_t *list = json_array();
    size_t i;

    json_array_foreach(named, i, org) add_responsible(v, list, json_bytes(org));
    if (json_array_size(named) == 0)
        add_responsible(v, list, json_member(row, "lead"));
    return list;
}

static void put_deliverable(struct dues *l, json_t *out, const json_t *deliverable)
{
    static const char *const members[] = { "step",    "measure", "target", "unit",
                                           "percent", "track",   "stale",  "reports" };
    struct view *v = l->v;
    json_t *shown = view_deliverable(v, deliverable, l->row);
    json_t *next = json_object_get(shown, "next"), *current;

    view_put_bytes(v, out, "deliverable", json_member(deliverable, "id"));
    view_put_bytes(v, out, "deliverable_title", json_member(shown, "title"));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        view_copy(v, out, members[i], shown);
    if (next != NULL) {
        view_copy(v, out, "due", next);
        view_copy(v, out, "target", next);
        view_put(v, out, "milestone",
                 json_boolean(bytes_eq_text(json_member(next, "is"), "milestone")));
    }
    current = json_object_get(shown, "current");
    view_copy(v, out, "value", current);
    view_copy(v, out, "as_of", current);
    view_put(v, out, "responsible", responsible_for(v, l->row, deliverable));
    json_decref(shown);
}

static void put_payment(struct dues *l, json_t *out, struct bytes item)
{
    struct view *v = l->v;
    struct payment *payments = NULL;
    size_t n = 0;
    uint64_t place;
    struct buf text = { 0 };
    json_t *responsible = json_array();

    if (v->st == STATUS_OK)
        v->st = progress_payments(l->row, l->terms, v->on, &payments, &n);
    if (v->st == STATUS_OK && decimal_parse(item, &place) != STATUS_OK)
        v->st = STATUS_ALTERED;
    for (size_t i = 0; v->st == STATUS_OK && i < n; i++) {
        const struct payment *p = &payments[i];

        if (p->place + 1 != place)
            continue;
        view_put_bytes(v, out, "due", p->due);
        view_copy(v, out, "money",
                  json_array_get(json_object_get(l->terms, "schedule"), p->place));
        money_print(p->paid, p->money.currency, &text);
        view_put_bytes(v, out, "paid", buf_bytes(&text));
    }
    add_responsible(v, responsible,
                    json_member(json_object_get(l->row, "facets"), "donor"));
    view_put(v, out, "responsible", responsible);
    free(payments);
    buf_clear(&text);
}

static json_t *due_view(struct dues *l, const struct store_due *d, const json_t *facets,
                        const json_t *deliverable)
{
    struct view *v = l->v;
    json_t *out = json_object();
    struct buf today = { 0 };

    progress_day_print(v->on, &today);
    view_copy(v, out, "kind", l->row);
    view_copy(v, out, "id", l->row);
    view_put_text(v, out, "title", json_object_get(l->row, "title"));
    view_copy(v, out, "status", l->row);
    view_put_bytes(v, out, "item", d->item);
    view_put_bytes(v, out, "day", d->day);
    view_put(v, out, "state",
             json_string(bytes_eq(d->day, buf_bytes(&today)) ? "due" : "overdue"));
    view_copy(v, out, "networks", facets);
    view_copy(v, out, "countries", facets);
    if (deliverable != NULL)
        put_deliverable(l, out, deliverable);
    else
        put_payment(l, out, d->item);
    buf_clear(&today);
    return out;
}

/* A store_due_fn. STATUS_EXISTS: enough; `next` leads on from the one before. */
static enum status take(void *ctx, const struct store_due *d)
{
    struct dues *l = ctx;
    const json_t *deliverable;
    json_t *facets;
    enum status st;

    if (json_array_size(l->items) == l->limit || l->scanned++ == VIEW_SCAN_MAX)
        return STATUS_EXISTS;
    st = read_subject(l, d->subject);
    if (st != STATUS_OK)
        return st;
    deliverable = bytes_eq_text(json_member(l->row, "kind"), "commitment")
                      ? deliverable_of(l->terms, d->item)
                      : NULL;
    facets = facets_of(l->row, deliverable);
    if (l->f == NULL || filter_empty(l->f) ||
        filter_match(l->f, json_member(l->row, "kind"), facets))
        view_add(l->v, l->items, due_view(l, d, facets, deliverable));
    json_decref(facets);
    json_decref(l->next);
    l->next = cursor(d);
    return l->v->st;
}

enum status view_due(struct store *s, const struct filter *f, int64_t on,
                     const struct view_page *page, json_t **out)
{
    struct dues l = { .f = f, .limit = page->limit };
    struct store_due after;
    struct view v;
    struct buf day = { 0 };
    json_t *json;

    if (cursor_parse(page->after, &after) != STATUS_OK)
        return STATUS_REFUSED;
    if (view_open(s, page->lang, &v) != STATUS_OK)
        return v.st;
    v.on = on;
    l.v = &v;
    l.items = json_array();
    json = json_object();
    progress_day_print(on, &day);
    v.st = store_due(s, &after, buf_bytes(&day), take, &l);
    view_put(&v, json, "size", json_integer((json_int_t)v.size));
    view_put_bytes(&v, json, "on", buf_bytes(&day));
    view_put(&v, json, "items", l.items);
    view_put(&v, json, "next",
             v.st == STATUS_EXISTS && l.next != NULL ? json_incref(l.next) : json_null());
    if (v.st == STATUS_EXISTS)
        v.st = STATUS_OK;
    json_decref(l.next);
    forget(&l);
    buf_clear(&day);
    return view_finish(&v, json, out);
}
