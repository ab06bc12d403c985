#include "face/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face/event.h"
#include "face/view_internal.h"
#include "ledger/index.h"
#include "ledger/rows.h"
#include "record/money.h"

static const struct {
    const char *name, *singular;
    enum store_table table;
    char cursor;
} kinds[] = {
    [VIEW_NETWORKS] = { "networks", "network", STORE_NETWORK, 'n' },
    [VIEW_ORGANIZATIONS] = { "organizations", "organization", STORE_ORGANIZATION, 'o' },
    [VIEW_PARTNERSHIPS] = { "partnerships", "partnership", STORE_SUBJECT, 'p' },
    [VIEW_COMMITMENTS] = { "commitments", "commitment", STORE_SUBJECT, 'c' },
    [VIEW_DECLARATIONS] = { "declarations", "declaration", STORE_SUBJECT, 'd' },
    [VIEW_PLEDGES] = { "pledges", "pledge", STORE_SUBJECT, 'l' },
};

const char *view_kind_name(enum view_kind k)
{
    return kinds[k].name;
}

bool view_kind_find(struct bytes name, enum view_kind *out)
{
    for (int i = 0; i < VIEW_KINDS; i++) {
        if (bytes_eq_text(name, kinds[i].name) ||
            bytes_eq_text(name, kinds[i].singular)) {
            *out = (enum view_kind)i;
            return true;
        }
    }
    return false;
}

/* --- one call --------------------------------------------------------------------- */

enum status view_open(struct store *s, struct bytes lang, struct view *v)
{
    memset(v, 0, sizeof(*v));
    v->s = s;
    v->st = store_snapshot(s);
    if (v->st != STATUS_OK)
        return v->st;
    v->st = store_size(s, &v->size);
    if (v->st == STATUS_OK)
        v->st = names_new(s, lang, &v->names);
    if (v->st != STATUS_OK)
        return view_close(v);
    return STATUS_OK;
}

enum status view_close(struct view *v)
{
    names_free(v->names);
    if (v->entry != NULL)
        entry_clear(v->entry);
    free(v->entry);
    store_release(v->s);
    return v->st;
}

enum status view_finish(struct view *v, json_t *json, json_t **out)
{
    if (json == NULL && v->st == STATUS_OK)
        v->st = STATUS_NOMEM;
    if (view_close(v) != STATUS_OK) {
        json_decref(json);
        return v->st;
    }
    *out = json;
    return STATUS_OK;
}

void view_put(struct view *v, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0 && v->st == STATUS_OK)
        v->st = STATUS_NOMEM;
}

void view_add(struct view *v, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0 && v->st == STATUS_OK)
        v->st = STATUS_NOMEM;
}

void view_copy(struct view *v, json_t *object, const char *name, const json_t *from)
{
    json_t *value = json_object_get(from, name);

    if (value != NULL)
        view_put(v, object, name, json_incref(value));
}

void view_put_bytes(struct view *v, json_t *object, const char *name, struct bytes text)
{
    view_put(v, object, name, json_of(text));
}

void view_put_text(struct view *v, json_t *object, const char *name, const json_t *text)
{
    if (text != NULL)
        view_put_bytes(v, object, name, names_text(text, names_lang(v->names)));
}

void view_put_org(struct view *v, json_t *object, const char *name, struct bytes org)
{
    char with_name[64];

    snprintf(with_name, sizeof(with_name), "%s_name", name);
    view_put_bytes(v, object, name, org);
    view_put_bytes(v, object, with_name, names_org(v->names, org));
}

void view_put_money(struct view *v, json_t *object, const char *name, struct bytes minor,
                    const char *currency)
{
    struct buf text = { 0 };
    money_sum sum;

    if (money_sum_parse(minor, &sum) != STATUS_OK) {
        if (v->st == STATUS_OK)
            v->st = STATUS_ALTERED;
        return;
    }
    money_print(sum, currency, &text);
    view_put_bytes(v, object, name, buf_bytes(&text));
    buf_clear(&text);
}

/* --- records ---------------------------------------------------------------------- */

void view_put_sum(struct view *v, json_t *object, const char *name, money_sum sum,
                  const char *currency)
{
    struct buf text = { 0 };

    money_print(sum, currency, &text);
    view_put_bytes(v, object, name, buf_bytes(&text));
    buf_clear(&text);
}

const struct entry *view_entry(struct view *v, uint64_t index)
{
    if (v->st != STATUS_OK)
        return NULL;
    if (v->entry == NULL) {
        v->entry = calloc(1, sizeof(*v->entry));
        if (v->entry == NULL) {
            v->st = STATUS_NOMEM;
            return NULL;
        }
    } else if (v->entry->header != NULL && v->entry->index == index) {
        return v->entry;
    }
    v->st = entry_read(v->s, index, v->entry);
    return v->st == STATUS_OK ? v->entry : NULL;
}

uint64_t view_number(const json_t *row, const char *name)
{
    const json_t *number = json_object_get(row, name);

    return json_is_integer(number) ? (uint64_t)json_integer_value(number) : RECORD_NONE;
}

json_t *view_record_stamp(struct view *v, uint64_t number)
{
    const struct entry *e = view_entry(v, RECORD_INDEX(number));
    struct buf reference = { 0 };
    json_t *stamp = json_object();

    if (e == NULL)
        return stamp;
    entry_reference(e, RECORD_N(number), &reference);
    view_put(v, stamp, "index", json_integer((json_int_t)e->index));
    view_put(v, stamp, "n", json_integer((json_int_t)RECORD_N(number)));
    view_put_bytes(v, stamp, "at", entry_at(e));
    view_put_org(v, stamp, "org", entry_author(e));
    view_put_bytes(v, stamp, "reference", buf_bytes(&reference));
    buf_clear(&reference);
    return stamp;
}

/* But for what was said of it later, which other entries tell. */
static json_t *record_told(struct view *v, uint64_t number)
{
    json_t *told = view_record_stamp(v, number), *record = NULL;
    const struct entry *e = view_entry(v, RECORD_INDEX(number));
    struct buf text = { 0 };

    if (e == NULL)
        return told;
    v->st = entry_record(e, RECORD_N(number), &record);
    if (v->st == STATUS_OK)
        v->st = event_sentence(v->names, json_string_value(json_object_get(record, "is")),
                               record, entry_author(e), &text);
    if (v->st == STATUS_OK) {
        view_copy(v, told, "is", record);
        view_put_bytes(v, told, "text", buf_bytes(&text));
        view_put(v, told, "record", json_incref(record));
    }
    buf_clear(&text);
    json_decref(record);
    return told;
}

json_t *view_record_told(struct view *v, uint64_t number)
{
    json_t *told = record_told(v, number);

    view_put_marks(v, told, number);
    return told;
}

/* --- cursors ---------------------------------------------------------------------- */

enum status view_cursor_parse(struct bytes text, char letter, uint64_t first,
                              uint64_t *out)
{
    if (text.len == 0) {
        *out = first;
        return STATUS_OK;
    }
    if (text.ptr[0] != (uint8_t)letter ||
        decimal_parse(bytes_slice(text, 1, text.len), out) != STATUS_OK ||
        *out > INT64_MAX)
        return STATUS_REFUSED;
    return STATUS_OK;
}

json_t *view_cursor(char letter, uint64_t number)
{
    return json_sprintf("%c%llu", letter, (unsigned long long)number);
}

/* --- lists ------------------------------------------------------------------------ */

struct listing {
    enum view_kind kind;
    struct store *s;
    const struct filter *f;
    unsigned limit;
    json_t *rows;
    uint64_t scanned;
    uint64_t next; /* 0: no more */
};

json_t *view_row_facets(enum store_table t, const json_t *row)
{
    json_t *list = json_array(), *convener;
    size_t i;

    switch (t) {
    case STORE_NETWORK:
        json_array_foreach(json_object_get(row, "conveners"), i, convener)
            json_array_append(list, json_object_get(convener, "org"));
        return json_pack("{s:[O], s:o}", "networks", json_object_get(row, "network"),
                         "orgs", list);
    case STORE_ORGANIZATION:
        if (json_object_get(row, "country") != NULL)
            json_array_append(list, json_object_get(row, "country"));
        return json_pack("{s:O, s:[O], s:o, s:O}", "networks",
                         json_object_get(row, "networks"), "orgs",
                         json_object_get(row, "org"), "countries", list, "status",
                         json_object_get(row, "status"));
    default: /* subjects, in all but name */
        json_decref(list);
        return json_incref(json_object_get(row, "facets"));
    }
}

static bool row_matches(const struct listing *l, const json_t *row)
{
    json_t *facets;
    bool yes;

    if (kinds[l->kind].table == STORE_SUBJECT &&
        !bytes_eq_text(json_member(row, "kind"), kinds[l->kind].singular))
        return false;
    if (l->f == NULL || filter_empty(l->f))
        return true;
    facets = view_row_facets(kinds[l->kind].table, row);
    yes = filter_match(l->f, bytes_of(kinds[l->kind].singular), facets);
    json_decref(facets);
    return yes;
}

/* STATUS_EXISTS: enough. */
static enum status list_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct listing *l = ctx;
    json_t *json;
    bool take, full = json_array_size(l->rows) == l->limit;

    (void)key;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    take = row_matches(l, json);
    if (l->scanned++ >= VIEW_SCAN_MAX || (take && full)) {
        l->next = row;
        json_decref(json);
        return STATUS_EXISTS;
    }
    if (!take) {
        json_decref(json);
        return STATUS_OK;
    }
    return json_array_append_new(l->rows, json) == 0 ? STATUS_OK : STATUS_NOMEM;
}

/* A store_text_fn. */
static enum status list_found(void *ctx, enum store_table t, uint64_t row,
                              struct bytes snippet)
{
    struct listing *l = ctx;
    struct buf value = { 0 };
    enum status st = store_row_get(l->s, t, row, NULL, &value);

    (void)snippet;
    if (st == STATUS_OK)
        st = list_row(l, row, (struct bytes){ 0 }, buf_bytes(&value));
    buf_clear(&value);
    return st == STATUS_NOT_FOUND ? STATUS_ALTERED : st;
}

/* By the index, where the filter asks for what is in it: what matches little is found
 * without reading all. */
static enum status list_rows(struct listing *l, uint64_t from)
{
    enum store_table t = kinds[l->kind].table;
    struct buf words = { 0 };
    enum status st;

    if (l->f != NULL && !filter_match_is(l->f, bytes_of(kinds[l->kind].singular)))
        return STATUS_OK; /* all of a list are of one kind */
    if (l->f != NULL && t == STORE_SUBJECT)
        filter_words(l->f, &words);
    if (words.len > 0) {
        buf_text(&words, " AND facets : \"");
        index_word("kind", bytes_of(kinds[l->kind].singular), &words);
        buf_u8(&words, '"');
        st = buf_status(&words);
        if (st == STATUS_OK)
            st = store_text_rows(l->s, buf_bytes(&words), t, from, list_found, l);
    } else {
        st = store_rows(l->s, t, from, false, list_row, l);
    }
    buf_clear(&words);
    return st == STATUS_EXISTS ? STATUS_OK : st;
}

static json_t *row_summary(struct view *v, enum view_kind k, const json_t *row)
{
    switch (k) {
    case VIEW_NETWORKS:
        return view_network(v, row, NULL);
    case VIEW_ORGANIZATIONS:
        return view_organization(v, row, NULL);
    case VIEW_PARTNERSHIPS:
    case VIEW_COMMITMENTS:
    case VIEW_DECLARATIONS:
    case VIEW_PLEDGES:
    case VIEW_KINDS:
        break;
    }
    return view_subject_summary(v, row);
}

enum status view_list(struct store *s, enum view_kind k, const struct filter *f,
                      unsigned limit, struct bytes after, struct bytes lang, int64_t on,
                      json_t **out)
{
    struct listing l = { .kind = k, .s = s, .f = f, .limit = limit };
    struct view v;
    uint64_t from;
    json_t *json, *items, *row;
    size_t i;

    if (view_cursor_parse(after, kinds[k].cursor, 1, &from) != STATUS_OK)
        return STATUS_REFUSED;
    if (view_open(s, lang, &v) != STATUS_OK)
        return v.st;
    v.on = on;
    json = json_object();
    items = json_array();
    l.rows = json_array();
    v.st = list_rows(&l, from);
    view_put(&v, json, "size", json_integer((json_int_t)v.size));
    json_array_foreach(l.rows, i, row)
    {
        if (v.st != STATUS_OK)
            break;
        view_add(&v, items, row_summary(&v, k, row));
    }
    view_put(&v, json, "items", items);
    view_put(&v, json, "next",
             l.next > 0 ? view_cursor(kinds[k].cursor, l.next) : json_null());
    json_decref(l.rows);
    return view_finish(&v, json, out);
}

static json_t *row_full(struct view *v, enum view_kind k, const json_t *row,
                        unsigned limit, struct bytes after)
{
    struct view_page page = { .limit = limit, .after = after };

    switch (k) {
    case VIEW_NETWORKS:
        return view_network(v, row, &page);
    case VIEW_ORGANIZATIONS:
        return view_organization(v, row, &page);
    case VIEW_PARTNERSHIPS:
    case VIEW_COMMITMENTS:
    case VIEW_DECLARATIONS:
    case VIEW_PLEDGES:
    case VIEW_KINDS:
        break;
    }
    return view_subject_full(v, row, limit, after);
}

enum status view_item(struct store *s, enum view_kind k, struct bytes id, unsigned limit,
                      struct bytes after, struct bytes lang, int64_t on, json_t **out)
{
    struct buf key = { 0 };
    struct view v;
    json_t *row = NULL, *json = NULL;

    if (view_open(s, lang, &v) != STATUS_OK)
        return v.st;
    v.on = on;
    if (k == VIEW_ORGANIZATIONS)
        rows_org_key(id, &key);
    else
        buf_add(&key, id);
    v.st = rows_find(s, kinds[k].table, buf_bytes(&key), NULL, &row);
    if (v.st == STATUS_OK && kinds[k].table == STORE_SUBJECT &&
        !bytes_eq_text(json_member(row, "kind"), kinds[k].singular))
        v.st = STATUS_NOT_FOUND;
    if (v.st == STATUS_OK) {
        json = row_full(&v, k, row, limit, after);
        if (json != NULL)
            view_put(&v, json, "size", json_integer((json_int_t)v.size));
    }
    json_decref(row);
    buf_clear(&key);
    return view_finish(&v, json, out);
}
