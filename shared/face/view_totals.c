/* Totals of money: as the ledger keeps them where nothing is filtered, else summed over
 * the pledges that match. */
#include "face/view_internal.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/rows.h"
#include "record/money.h"

/* As in ledger/rows.h: who vouches for a pledge, and what is summed of it. */
enum attested {
    ATTESTED_DONOR,
    ATTESTED_RECIPIENT,
    ATTESTED_BOTH,
    ATTESTED_THIRD_PARTY,
    ATTESTED_COUNT
};

static const char *const attested_names[] = {
    [ATTESTED_DONOR] = "donor",
    [ATTESTED_RECIPIENT] = "recipient",
    [ATTESTED_BOTH] = "both",
    [ATTESTED_THIRD_PARTY] = "third-party",
};

enum column {
    TOTAL_PLEDGED,
    TOTAL_NEW,
    TOTAL_COMMITTED,
    TOTAL_DISBURSED,
    TOTAL_RECEIVED,
    TOTAL_PLEDGES,
    TOTAL_COUNT
};

/* Those in money, by name; pledges are a number. */
static const char *const columns[TOTAL_PLEDGES] = {
    [TOTAL_PLEDGED] = "pledged",     [TOTAL_NEW] = "new",
    [TOTAL_COMMITTED] = "committed", [TOTAL_DISBURSED] = "disbursed",
    [TOTAL_RECEIVED] = "received",
};

enum by { BY_NETWORK, BY_DONOR, BY_RECIPIENT, BY_COUNTRY, BY_CURRENCY, BY_COUNT };

static const char *const by_names[] = {
    [BY_NETWORK] = "network", [BY_DONOR] = "donor",       [BY_RECIPIENT] = "recipient",
    [BY_COUNTRY] = "country", [BY_CURRENCY] = "currency",
};

struct group {
    char *value;
    char currency[4];
    money_sum sum[ATTESTED_COUNT][TOTAL_COUNT];
};

/* Groups in the order in which they turned up; `index` finds them. The first pass over a
 * row may fail only for the world's reasons, kept in `st`. */
struct tally {
    enum by by;
    const struct filter *f;
    struct group *groups, *grand;
    size_t n, n_grand, room, room_grand;
    json_t *index; /* "<value> <currency>": place in groups */
    uint64_t scanned;
    enum status st;
};

static bool by_find(struct bytes name, enum by *out)
{
    for (int i = 0; i < BY_COUNT; i++) {
        if (bytes_eq_text(name, by_names[i])) {
            *out = (enum by)i;
            return true;
        }
    }
    return false;
}

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
        if (!money_sum_add(&g->sum[a][c], share[c]))
            t->st =
                STATUS_ALTERED; /* the ledger sees to it that no sum leaves 128 bits */
    }
}

/* Sums of minor units, as rows have them. */
static void sums_read(const json_t *money, money_sum sums[TOTAL_COUNT])
{
    for (int c = 0; c < TOTAL_PLEDGES; c++)
        (void)money_sum_parse(json_member(money, columns[c]), &sums[c]);
}

static void groups_free(struct group *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i].value);
    free(list);
}

/* --- from the kept rows ----------------------------------------------------------- */

static bool currency_of(const json_t *row, char out[4])
{
    struct bytes currency = json_member(row, "currency");

    if (currency.len != 3)
        return false;
    memcpy(out, currency.ptr, 3);
    out[3] = '\0';
    return true;
}

static void group_read(struct group *g, const json_t *row)
{
    for (int a = 0; a < ATTESTED_COUNT; a++) {
        const json_t *sums = json_object_get(row, attested_names[a]);

        sums_read(sums, g->sum[a]);
        g->sum[a][TOTAL_PLEDGES] = json_integer_value(json_object_get(sums, "pledges"));
    }
}

static enum status kept_row(void *ctx, uint64_t place, struct bytes key,
                            struct bytes value)
{
    struct tally *t = ctx;
    struct group *g = NULL;
    char currency[4];
    json_t *row;

    (void)place;
    (void)key;
    if (json_parse(value, &row) != STATUS_OK)
        return STATUS_ALTERED;
    if (!currency_of(row, currency))
        t->st = STATUS_ALTERED;
    else if (bytes_eq_text(json_member(row, "by"), by_names[t->by]))
        g = group_of(t, json_member(row, "value"), currency);
    else if (bytes_eq_text(json_member(row, "by"), "all"))
        g = grand_of(t, currency);
    if (g != NULL)
        group_read(g, row);
    json_decref(row);
    return t->st;
}

/* --- from the pledges that match -------------------------------------------------- */

static enum attested attested_of(const json_t *row)
{
    int a = 0;

    while (a < ATTESTED_COUNT &&
           !bytes_eq_text(json_member(row, "attested"), attested_names[a]))
        a++;
    return (enum attested)a;
}

static void add_to(struct tally *t, struct bytes value, const char *currency,
                   enum attested a, const money_sum share[TOTAL_COUNT])
{
    struct group *g = group_of(t, value, currency);

    if (g != NULL)
        group_add(t, g, a, share);
}

static void add_pledge(struct tally *t, const json_t *row, const json_t *facets)
{
    enum attested a = attested_of(row);
    const json_t *list = NULL, *value;
    money_sum share[TOTAL_COUNT] = { [TOTAL_PLEDGES] = 1 };
    char currency[4];
    size_t i;

    if (a == ATTESTED_COUNT || !currency_of(row, currency) ||
        bytes_eq_text(json_member(row, "worth"), "in-kind"))
        return;
    sums_read(json_object_get(row, "money"), share);
    group_add(t, grand_of(t, currency), a, share);
    switch (t->by) {
    case BY_NETWORK:
        list = json_object_get(facets, "networks");
        break;
    case BY_COUNTRY:
        list = json_object_get(facets, "countries");
        break;
    case BY_DONOR:
    case BY_RECIPIENT:
        add_to(t, json_member(facets, by_names[t->by]), currency, a, share);
        break;
    case BY_CURRENCY:
        add_to(t, bytes_of(currency), currency, a, share);
        break;
    case BY_COUNT:
        break;
    }
    json_array_foreach(list, i, value) add_to(t, json_bytes(value), currency, a, share);
}

static enum status scan_row(void *ctx, uint64_t place, struct bytes key,
                            struct bytes value)
{
    struct tally *t = ctx;
    const json_t *facets;
    json_t *row;

    (void)place;
    (void)key;
    if (t->scanned++ >= VIEW_SCAN_MAX)
        return STATUS_TOO_LARGE;
    if (json_parse(value, &row) != STATUS_OK)
        return STATUS_ALTERED;
    facets = json_object_get(row, "facets");
    if (bytes_eq_text(json_member(row, "kind"), "pledge") &&
        filter_match(t->f, BYTES_LIT("pledge"), facets))
        add_pledge(t, row, facets);
    json_decref(row);
    return t->st;
}

/* --- as JSON ---------------------------------------------------------------------- */

static void put_sum(struct view *v, json_t *out, const char *name, money_sum sum,
                    const char *currency)
{
    struct buf minor = { 0 };

    money_sum_print(sum, &minor);
    view_put_money(v, out, name, buf_bytes(&minor), currency);
    buf_clear(&minor);
}

/* Outstanding: pledged, but neither disbursed nor, where donors tell nothing, received.
 */
static json_t *sums_view(struct view *v, const money_sum sum[TOTAL_COUNT],
                         const char *currency)
{
    money_sum came = sum[TOTAL_DISBURSED] > sum[TOTAL_RECEIVED] ? sum[TOTAL_DISBURSED]
                                                                : sum[TOTAL_RECEIVED];
    money_sum rest = sum[TOTAL_PLEDGED] - came;
    json_t *out = json_object();

    put_sum(v, out, "pledged", sum[TOTAL_PLEDGED], currency);
    put_sum(v, out, "new", sum[TOTAL_NEW], currency);
    put_sum(v, out, "passed_on", sum[TOTAL_PLEDGED] - sum[TOTAL_NEW], currency);
    put_sum(v, out, "committed", sum[TOTAL_COMMITTED], currency);
    put_sum(v, out, "disbursed", sum[TOTAL_DISBURSED], currency);
    put_sum(v, out, "received", sum[TOTAL_RECEIVED], currency);
    put_sum(v, out, "outstanding", rest > 0 ? rest : 0, currency);
    view_put(v, out, "pledges", json_integer((json_int_t)sum[TOTAL_PLEDGES]));
    return out;
}

/* NULL: nobody but third parties speaks of it, and they were not asked for. */
static json_t *group_view(struct view *v, const struct group *g, bool third_party)
{
    money_sum all[TOTAL_COUNT] = { 0 };
    json_t *out, *attested = json_object();

    for (int a = 0; a < ATTESTED_COUNT; a++) {
        const money_sum *sum = g->sum[a];

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

static struct bytes name_of(struct view *v, enum by by, struct bytes value)
{
    switch (by) {
    case BY_NETWORK:
        return names_network(v->names, value);
    case BY_COUNTRY:
        return names_country(value);
    case BY_DONOR:
    case BY_RECIPIENT:
        return names_org(v->names, value);
    case BY_CURRENCY:
    case BY_COUNT:
        break;
    }
    return value;
}

static json_t *items_view(struct view *v, const struct tally *t, bool third_party)
{
    json_t *items = json_array();

    for (size_t i = 0; i < t->n; i++) {
        struct bytes value = bytes_of(t->groups[i].value);
        json_t *one = group_view(v, &t->groups[i], third_party);

        if (one == NULL)
            continue;
        view_put_bytes(v, one, "value", value);
        view_put_bytes(v, one, "name", name_of(v, t->by, value));
        view_add(v, items, one);
    }
    return items;
}

static json_t *tally_view(struct view *v, const struct tally *t, bool third_party)
{
    json_t *out = json_object(), *total = json_array();

    for (size_t i = 0; i < t->n_grand; i++) {
        json_t *one = group_view(v, &t->grand[i], third_party);

        if (one != NULL)
            view_add(v, total, one);
    }
    view_put(v, out, "size", json_integer((json_int_t)v->size));
    view_put(v, out, "by", json_string(by_names[t->by]));
    view_put(v, out, "third_party", json_boolean(third_party));
    view_put(v, out, "overlaps",
             json_boolean(t->by == BY_NETWORK || t->by == BY_COUNTRY));
    view_put(v, out, "items", items_view(v, t, third_party));
    view_put(v, out, "total", total);
    view_put(v, out, "next", json_null());
    return out;
}

enum status view_totals(struct store *s, struct bytes by, const struct filter *f,
                        bool third_party, struct bytes lang, json_t **out)
{
    struct tally t = { .f = f };
    struct view v;
    json_t *json = NULL;

    if (!by_find(by, &t.by))
        return STATUS_REFUSED;
    if (view_open(s, lang, &v) != STATUS_OK)
        return v.st;
    t.index = json_object();
    if (f == NULL || filter_empty(f))
        v.st = store_rows(s, STORE_TOTAL, 1, false, kept_row, &t);
    else
        v.st = store_rows(s, STORE_SUBJECT, 1, false, scan_row, &t);
    if (v.st == STATUS_OK)
        json = tally_view(&v, &t, third_party);
    groups_free(t.groups, t.n);
    groups_free(t.grand, t.n_grand);
    json_decref(t.index);
    return view_finish(&v, json, out);
}
