/* Totals of money: as the ledger keeps them where nothing is filtered, else summed over
 * the pledges that match. */
#include "face/view_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ledger/rows.h"
#include "ledger/totals.h"
#include "record/kind.h"
#include "record/money.h"

struct group {
    char *value;
    char currency[4];
    struct total total;
};

/* Groups in the order in which they turned up; `index` finds them. The first pass over a
 * row may fail only for the world's reasons, kept in `st`. */
struct tally {
    enum total_by by;
    const struct filter *f;
    const char *sole_by; /* with one filter whose totals are kept: its name ... */
    const char *sole;    /* ... and its value */
    struct group *groups, *grand;
    size_t n, n_grand, room, room_grand;
    json_t *index; /* "<value> <currency>": place in groups */
    struct store *s;
    struct buf row; /* the one that is read */
    uint64_t scanned;
    enum status st;
};

/* --- groups ----------------------------------------------------------------------- */

static struct group *group_new(struct group **list, size_t *n, size_t *room,
                               struct bytes value, const char *currency)
{
    struct group *g;

    if (*n == *room) {
        size_t more = *room > 0 ? *room * 2 : 16;

        g = reallocarray(*list, more, sizeof(*g));
        if (g == NULL)
            return NULL;
        *list = g;
        *room = more;
    }
    g = &(*list)[*n];
    memset(g, 0, sizeof(*g));
    g->value = bytes_to_text(value);
    if (g->value == NULL)
        return NULL;
    memcpy(g->currency, currency, sizeof(g->currency));
    (*n)++;
    return g;
}

static struct group *group_of(struct tally *t, struct bytes value, const char *currency)
{
    struct buf key = { 0 };
    struct group *g = NULL;
    const json_t *place;

    buf_printf(&key, BYTES_FMT " %s", BYTES_ARG(value), currency);
    place = json_object_get(t->index, buf_str(&key));
    if (place != NULL) {
        g = &t->groups[json_integer_value(place)];
    } else {
        json_int_t at = (json_int_t)t->n;

        g = group_new(&t->groups, &t->n, &t->room, value, currency);
        if (g == NULL || json_object_set_new(t->index, buf_str(&key), json_integer(at)))
            t->st = STATUS_NOMEM;
    }
    buf_clear(&key);
    return t->st == STATUS_OK ? g : NULL;
}

static struct group *grand_of(struct tally *t, const char *currency)
{
    struct group *g;

    for (size_t i = 0; i < t->n_grand; i++) {
        if (strcmp(t->grand[i].currency, currency) == 0)
            return &t->grand[i];
    }
    g = group_new(&t->grand, &t->n_grand, &t->room_grand, (struct bytes){ 0 }, currency);
    if (g == NULL)
        t->st = STATUS_NOMEM;
    return g;
}

static void group_add(struct tally *t, struct group *g, enum attested a,
                      const money_sum share[TOTAL_COUNT])
{
    for (int c = 0; g != NULL && c < TOTAL_COUNT; c++) {
        if (!money_sum_add(&g->total.sum[a][c], share[c]))
            t->st =
                STATUS_ALTERED; /* the ledger sees to it that no sum leaves 128 bits */
    }
}

static void groups_free(struct group *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i].value);
    free(list);
}

/* --- from the kept rows ----------------------------------------------------------- */

/* "<by> <value> <currency>" of a kept row's key. */
struct kept {
    struct bytes by, value;
    char currency[4];
};

static bool key_split(struct bytes key, struct kept *out)
{
    size_t first;

    if (!bytes_find(key, ' ', &first) || key.len < first + 5 ||
        key.ptr[key.len - 4] != ' ')
        return false;
    out->by = bytes_slice(key, 0, first);
    out->value = bytes_slice(key, first + 1, key.len - 4);
    memcpy(out->currency, key.ptr + key.len - 3, 3);
    out->currency[3] = '\0';
    return true;
}

static bool same_folded(struct bytes a, const char *b)
{
    struct bytes text = bytes_of(b);

    return a.len == text.len && strncasecmp((const char *)a.ptr, b, a.len) == 0;
}

/* Where a kept row goes; NULL: it is of other things, or memory ran out. Under one filter
 * its own row is all there is. */
static struct group *kept_group(struct tally *t, const struct kept *k, bool *both)
{
    *both = false;
    if (t->sole != NULL) {
        *both = true;
        if (!bytes_eq_text(k->by, t->sole_by) || !same_folded(k->value, t->sole))
            return NULL;
        return group_of(t, t->by == TOTAL_BY_CURRENCY ? bytes_of(k->currency) : k->value,
                        k->currency);
    }
    if (bytes_eq_text(k->by, total_by_names[t->by]))
        return group_of(t, k->value, k->currency);
    return bytes_eq_text(k->by, "all") ? grand_of(t, k->currency) : NULL;
}

static enum status kept_row(void *ctx, uint64_t place, struct bytes key,
                            struct bytes value)
{
    struct tally *t = ctx;
    struct total *total = NULL;
    struct kept k;
    struct group *g;
    bool both;

    (void)place;
    if (!key_split(key, &k))
        return STATUS_ALTERED;
    g = kept_group(t, &k, &both);
    if (g == NULL)
        return t->st;
    t->st = total_decode(value, &total);
    if (t->st == STATUS_OK)
        g->total = *total;
    if (t->st == STATUS_OK && both) {
        g = grand_of(t, k.currency);
        if (g != NULL)
            g->total = *total;
    }
    free(total);
    return t->st;
}

/* One filter by whose values totals are kept. Grouped by what a pledge has several of,
 * the others of those that match would be missing. */
static void find_sole(struct tally *t)
{
    static const char *const names[] = { "network", "country", "donor", "recipient",
                                         "status" };

    for (size_t i = 0; t->f != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        enum total_by by = total_by_find(bytes_of(names[i]));
        bool several = by == TOTAL_BY_NETWORK || by == TOTAL_BY_COUNTRY;

        if (filter_sole(t->f, names[i]) == NULL ||
            (t->by != TOTAL_BY_CURRENCY && (t->by != by || several)))
            continue;
        t->sole_by = names[i];
        t->sole = filter_sole(t->f, names[i]);
    }
}

/* --- from the pledges that match -------------------------------------------------- */

struct sharing {
    struct tally *tally;
    char currency[4];
    enum attested attested;
    money_sum share[TOTAL_COUNT];
};

/* A total_value_fn. */
static void add_to(void *ctx, struct bytes value)
{
    struct sharing *s = ctx;
    struct group *g = group_of(s->tally, value, s->currency);

    if (g != NULL)
        group_add(s->tally, g, s->attested, s->share);
}

/* As the ledger counts a pledge: a column that its row leaves out is zero. */
static bool share_read(const json_t *row, struct sharing *s)
{
    const json_t *money = json_object_get(row, "money");

    s->attested = attested_find(json_member(row, "attested"));
    for (int c = 0; c < TOTAL_COUNT; c++)
        if (json_object_get(money, total_names[c]) != NULL &&
            money_sum_parse(json_member(money, total_names[c]), &s->share[c]) !=
                STATUS_OK)
            return false;
    if (json_is_true(json_object_get(row, "own_funds")))
        s->share[TOTAL_OWN] = s->share[TOTAL_PLEDGED];
    s->share[TOTAL_PLEDGES] = 1;
    return s->attested < ATTESTED_COUNT;
}

static void add_pledge(struct tally *t, const json_t *row)
{
    struct sharing s = { .tally = t };
    struct bytes currency = json_member(row, "currency");

    if (currency.len != 3)
        return; /* goods, or unstated and nothing sent */
    memcpy(s.currency, currency.ptr, 3);
    if (!share_read(row, &s)) {
        t->st = STATUS_ALTERED;
        return;
    }
    group_add(t, grand_of(t, s.currency), s.attested, s.share);
    total_values(row, t->by, add_to, &s);
}

/* A store_row_fn. */
static enum status scan_row(void *ctx, uint64_t place, struct bytes key,
                            struct bytes value)
{
    struct tally *t = ctx;
    json_t *row;

    (void)place;
    (void)key;
    if (t->scanned++ >= VIEW_TOTALS_MAX)
        return STATUS_TOO_LARGE;
    if (json_parse(value, &row) != STATUS_OK)
        return STATUS_ALTERED;
    if (bytes_eq_text(json_member(row, "kind"), "pledge") &&
        filter_match(t->f, BYTES_LIT("pledge"), json_object_get(row, "facets")))
        add_pledge(t, row);
    json_decref(row);
    return t->st;
}

/* A store_text_fn. */
static enum status scan_found(void *ctx, enum store_table table, uint64_t place,
                              struct bytes snippet)
{
    struct tally *t = ctx;
    enum status st = store_row_get(t->s, table, place, NULL, &t->row);

    (void)snippet;
    if (st == STATUS_NOT_FOUND)
        return STATUS_ALTERED;
    return st == STATUS_OK ? scan_row(t, place, (struct bytes){ 0 }, buf_bytes(&t->row))
                           : st;
}

/* By the index, where the filter asks for what is in it. */
static enum status scan(struct tally *t)
{
    struct buf words = { 0 };
    uint64_t n = 0;
    enum status st;

    filter_words(t->f, &words);
    if (words.len == 0) {
        st = store_rows(t->s, STORE_SUBJECT, 1, false, scan_row, t);
    } else {
        buf_text(&words, " AND facets : \"kindpledge\"");
        st = buf_status(&words);
        if (st == STATUS_OK)
            st = store_text_count(t->s, buf_bytes(&words), &n);
        if (st == STATUS_OK && n > VIEW_TOTALS_MAX)
            st = STATUS_TOO_LARGE; /* told at once, and not after a second's work */
        if (st == STATUS_OK)
            st =
                store_text_rows(t->s, buf_bytes(&words), STORE_SUBJECT, 1, scan_found, t);
    }
    buf_clear(&words);
    return st;
}

/* --- as JSON ---------------------------------------------------------------------- */

static json_t *sums_view(struct view *v, const money_sum sum[TOTAL_COUNT],
                         const char *currency)
{
    json_t *out = json_object();

    for (int c = 0; c < TOTAL_PLEDGES; c++) {
        view_put_sum(v, out, total_names[c], sum[c], currency);
        if (c == TOTAL_NEW)
            view_put_sum(v, out, "passed_on",
                         sum[TOTAL_PLEDGED] - sum[TOTAL_NEW] - sum[TOTAL_OWN], currency);
    }
    view_put(v, out, "pledges", json_integer((json_int_t)sum[TOTAL_PLEDGES]));
    return out;
}

/* NULL: nobody but third parties speaks of it, and they were not asked for. */
static json_t *group_view(struct view *v, const struct group *g, bool third_party)
{
    money_sum all[TOTAL_COUNT] = { 0 };
    json_t *out, *attested = json_object();

    for (int a = 0; a < ATTESTED_COUNT; a++) {
        const money_sum *sum = g->total.sum[a];

        if (sum[TOTAL_PLEDGES] == 0 || (a == ATTESTED_THIRD_PARTY && !third_party))
            continue;
        view_put(v, attested, attested_names[a], sums_view(v, sum, g->currency));
        for (int c = 0; c < TOTAL_COUNT; c++) {
            if (!money_sum_add(&all[c], sum[c]))
                v->st = STATUS_ALTERED;
        }
    }
    if (json_object_size(attested) == 0) {
        json_decref(attested);
        return NULL;
    }
    out = sums_view(v, all, g->currency);
    view_put(v, out, "currency", json_string(g->currency));
    view_put(v, out, "attested", attested);
    return out;
}

static struct bytes subject_title(struct view *v, struct bytes id)
{
    const json_t *title = json_object_get(names_subject(v->names, id), "title");

    return title != NULL ? names_text(title, names_lang(v->names)) : id;
}

static struct bytes name_of(struct view *v, enum total_by by, struct bytes value)
{
    switch (by) {
    case TOTAL_BY_NETWORK:
        return names_network(v->names, value);
    case TOTAL_BY_COUNTRY:
        return names_country(value);
    case TOTAL_BY_DONOR:
    case TOTAL_BY_RECIPIENT:
        return names_org(v->names, value);
    case TOTAL_BY_FUND:
        if (names_subject(v->names, value) == NULL)
            return names_org(v->names, value);
        return subject_title(v, value);
    case TOTAL_BY_FOR:
        return subject_title(v, value);
    case TOTAL_BY_CURRENCY:
    case TOTAL_BY_STATUS:
    case TOTAL_BY_YEAR:
    case TOTAL_BY_COUNT:
        break;
    }
    return value;
}

/* A page: the groups from `from` on that have something to show. */
static json_t *items_view(struct view *v, const struct tally *t, bool third_party,
                          const struct view_page *page, uint64_t from, uint64_t *next)
{
    json_t *items = json_array();

    *next = 0;
    for (size_t i = (size_t)from; i < t->n && v->st == STATUS_OK; i++) {
        struct bytes value = bytes_of(t->groups[i].value);
        json_t *one = group_view(v, &t->groups[i], third_party);

        if (one == NULL)
            continue;
        if (json_array_size(items) == page->limit) {
            json_decref(one);
            *next = i;
            break;
        }
        view_put_bytes(v, one, "value", value);
        view_put_bytes(v, one, "name", name_of(v, t->by, value));
        view_add(v, items, one);
    }
    return items;
}

static json_t *tally_view(struct view *v, const struct tally *t, bool third_party,
                          const struct view_page *page, uint64_t from)
{
    json_t *out = json_object(), *total = json_array();
    uint64_t next;

    for (size_t i = 0; i < t->n_grand; i++) {
        json_t *one = group_view(v, &t->grand[i], third_party);

        if (one != NULL)
            view_add(v, total, one);
    }
    view_put(v, out, "size", json_integer((json_int_t)v->size));
    view_put(v, out, "by", json_string(total_by_names[t->by]));
    view_put(v, out, "third_party", json_boolean(third_party));
    view_put(v, out, "overlaps",
             json_boolean(t->by == TOTAL_BY_NETWORK || t->by == TOTAL_BY_COUNTRY));
    view_put(v, out, "items", items_view(v, t, third_party, page, from, &next));
    view_put(v, out, "total", total);
    view_put(v, out, "next", next > 0 ? view_cursor('t', next) : json_null());
    return out;
}

enum status view_totals(struct store *s, struct bytes by, const struct filter *f,
                        bool third_party, const struct view_page *page, json_t **out)
{
    struct tally t = { .s = s, .f = f, .by = total_by_find(by) };
    struct view v;
    json_t *json = NULL;
    uint64_t from;

    if (t.by == TOTAL_BY_COUNT)
        return STATUS_NOT_FOUND;
    if (view_cursor_parse(page->after, 't', 0, &from) != STATUS_OK)
        return STATUS_REFUSED;
    if (view_open(s, page->lang, &v) != STATUS_OK)
        return v.st;
    t.index = json_object();
    find_sole(&t);
    if (f == NULL || filter_empty(f) || t.sole != NULL)
        v.st = store_rows(s, STORE_TOTAL, 1, false, kept_row, &t);
    else
        v.st = scan(&t);
    if (v.st == STATUS_OK)
        json = tally_view(&v, &t, third_party, page, from);
    groups_free(t.groups, t.n);
    groups_free(t.grand, t.n_grand);
    json_decref(t.index);
    buf_clear(&t.row);
    return view_finish(&v, json, out);
}
