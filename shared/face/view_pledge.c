/* A pledge: its money, the payments of its schedule, its transactions and what of them
 * covers what. */
#include "face/view_internal.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/progress.h"
#include "ledger/rows.h"

/* Transactions that a pledge's page shows: the newest. */
#define TRANSACTIONS_MAX 1000

/* --- sums --------------------------------------------------------------------------- */

static void put_money(struct view *v, json_t *out, const json_t *row)
{
    static const struct {
        const char *name;
        bool rare;
    } columns[] = {
        { "pledged", false },    { "new", false },      { "committed", false },
        { "disbursed", false },  { "received", false }, { "fees", false },
        { "decommitted", true }, { "refunded", true },  { "spent", true },
        { "disputed", true },
    };
    const char *currency = json_string_value(json_object_get(row, "currency"));
    const json_t *sums = json_object_get(row, "money");
    json_t *money;

    if (currency == NULL)
        return;
    view_copy(v, out, "currency", row);
    money = json_object();
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        if (!columns[i].rare || json_object_get(sums, columns[i].name) != NULL)
            view_put_money(v, money, columns[i].name, json_member(sums, columns[i].name),
                           currency);
    view_put_sum(v, money, "outstanding", progress_outstanding(row), currency);
    view_put(v, out, "money", money);
}

void view_put_pledge(struct view *v, json_t *out, const json_t *row)
{
    const json_t *facets = json_object_get(row, "facets");

    view_put_org(v, out, "donor", json_member(facets, "donor"));
    view_put_org(v, out, "recipient", json_member(facets, "recipient"));
    view_copy(v, out, "attested", row);
    view_copy(v, out, "worth", row);
    view_copy(v, out, "own_funds", row);
    view_copy(v, out, "from_fund", row);
    view_copy(v, out, "wanted", row);
    view_copy(v, out, "for", row);
    put_money(v, out, row);
}

/* --- schedule ----------------------------------------------------------------------- */

static json_t *payment_view(struct view *v, const struct payment *p)
{
    json_t *out = json_object(), *money = json_object();

    view_put_bytes(v, out, "due", p->due);
    view_put_sum(v, money, "amount", p->money.minor, p->money.currency);
    view_put(v, money, "currency", json_string(p->money.currency));
    view_put(v, out, "money", money);
    if (p->state != PAYMENT_UNKNOWN) {
        view_put_sum(v, out, "paid", p->paid, p->money.currency);
        view_put(v, out, "state", json_string(payment_state_name(p->state)));
    }
    return out;
}

bool view_put_schedule(struct view *v, json_t *out, const json_t *row,
                       const json_t *terms)
{
    struct payment *payments = NULL;
    json_t *list = json_array();
    size_t n = 0;
    bool overdue;

    if (v->st == STATUS_OK)
        v->st = progress_payments(row, terms, v->on, &payments, &n);
    for (size_t i = 0; i < n; i++)
        view_add(v, list, payment_view(v, &payments[i]));
    overdue = progress_overdue(payments, n);
    free(payments);
    if (out != NULL && n > 0)
        view_put(v, out, "schedule", list);
    else
        json_decref(list);
    return overdue;
}

/* --- transactions ------------------------------------------------------------------- */

static bool is_transaction(struct bytes is)
{
    static const char *const kinds[] = { "pledge.committed", "pledge.decommitted",
                                         "pledge.disbursed", "pledge.received",
                                         "pledge.refunded",  "pledge.spent" };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (bytes_eq_text(is, kinds[i]))
            return true;
    return false;
}

/* Its row. NULL: failed. */
static json_t *transaction_row(struct view *v, const json_t *told, struct bytes pledge)
{
    struct buf key = { 0 };
    json_t *row = NULL;

    rows_transaction_key(pledge, json_member(told, "org"),
                         json_member(json_object_get(told, "record"), "tx"), &key);
    if (v->st == STATUS_OK)
        v->st = rows_find(v->s, STORE_TRANSACTION, buf_bytes(&key), NULL, &row);
    if (v->st == STATUS_NOT_FOUND)
        v->st = STATUS_ALTERED; /* its record is in the log */
    buf_clear(&key);
    return row;
}

static const char *state_of(const json_t *told, const json_t *row)
{
    if (json_object_get(row, "voided") != NULL)
        return "voided";
    if (json_is_true(json_object_get(row, "disputed")))
        return "disputed";
    return json_is_true(json_object_get(told, "repudiated")) ? "repudiated" : "stands";
}

/* What it is as told, and what the ledger made of it. */
static json_t *transaction_view(struct view *v, uint64_t number, const json_t *pledge)
{
    json_t *out = view_record_told(v, number), *row;
    const char *currency = json_string_value(json_object_get(pledge, "currency"));

    row = transaction_row(v, out, json_member(pledge, "id"));
    if (row == NULL)
        return out;
    view_copy(v, out, "tx", row);
    view_put(v, out, "state", json_string(state_of(out, row)));
    if (json_object_get(row, "minor") != NULL && currency != NULL) {
        view_put_money(v, out, "counts", json_member(row, "minor"), currency);
        if (json_object_get(row, "fees") != NULL)
            view_put_money(v, out, "fees", json_member(row, "fees"), currency);
    }
    if (json_array_size(json_object_get(row, "links")) > 0)
        view_copy(v, out, "links", row);
    json_decref(row);
    return out;
}

/* The numbers of the newest transactions of the pledge's chain, newest first. */
static size_t find_transactions(struct view *v, uint64_t number, uint64_t found[],
                                bool *more)
{
    struct buf text = { 0 };
    struct store_record r;
    size_t n = 0;

    *more = false;
    while (v->st == STATUS_OK && number != RECORD_NONE) {
        v->st = store_record_get(v->s, number, &r, &text);
        if (v->st == STATUS_OK && is_transaction(r.is)) {
            if (n == TRANSACTIONS_MAX) {
                *more = true;
                break;
            }
            found[n++] = number;
        }
        number = r.prev;
    }
    buf_clear(&text);
    return n;
}

/* --- discrepancies ------------------------------------------------------------------ */

/* Disbursements and receipts that name one another, by way of others too, form a group;
 * in each the money that arrived is held against that which went. */

static bool is_of(const json_t *tx, const json_t *link)
{
    struct bytes author = json_member(link, "author"), org = json_member(tx, "org");

    return bytes_eq(json_member(tx, "tx"), json_member(link, "tx")) &&
           author.len == org.len &&
           strncasecmp((const char *)author.ptr, (const char *)org.ptr, org.len) == 0;
}

static bool is_linked(const json_t *a, const json_t *b)
{
    const json_t *link;
    size_t i;

    json_array_foreach(json_object_get(a, "links"), i, link)
    {
        if (is_of(b, link))
            return true;
    }
    return false;
}

static size_t root_of(const size_t group[], size_t i)
{
    while (group[i] != i)
        i = group[i];
    return i;
}

/* group[i]: another of the same group, or i itself, its root. */
static void find_groups(const json_t *list, size_t group[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        group[i] = i;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);

        if (json_object_get(one, "links") == NULL)
            continue;
        for (size_t k = 0; k < n; k++)
            if (k != i && is_linked(one, json_array_get(list, k)))
                group[root_of(group, i)] = root_of(group, k);
    }
}

static bool counts(const json_t *tx)
{
    struct bytes state = json_member(tx, "state");

    return !bytes_eq_text(state, "voided") && !bytes_eq_text(state, "disputed");
}

static money_sum minor_of(const json_t *tx, const char *name, const char *currency)
{
    json_t *money = json_pack("{s:O*, s:s}", "amount", json_object_get(tx, name),
                              "currency", currency);
    struct money m;
    bool yes = money != NULL && money_parse(money, 0, &m, NULL) == STATUS_OK;

    json_decref(money);
    return yes ? m.minor : 0;
}

/* Where something of a group went and something came: came less what went. */
static void put_discrepancies(struct view *v, json_t *list, const char *currency)
{
    size_t n = json_array_size(list);
    size_t *group = calloc(n + 1, sizeof(*group));
    money_sum *went = calloc(n + 1, sizeof(*went)), *came = calloc(n + 1, sizeof(*came));

    if (group == NULL || went == NULL || came == NULL) {
        v->st = STATUS_NOMEM;
        goto out;
    }
    find_groups(list, group, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *tx = json_array_get(list, i);
        size_t root = root_of(group, i);

        if (!counts(tx))
            continue;
        if (bytes_eq_text(json_member(tx, "is"), "pledge.disbursed"))
            went[root] += minor_of(tx, "counts", currency);
        if (bytes_eq_text(json_member(tx, "is"), "pledge.received"))
            came[root] +=
                minor_of(tx, "counts", currency) + minor_of(tx, "fees", currency);
    }
    for (size_t i = 0; i < n; i++) {
        size_t root = root_of(group, i);

        if (went[root] > 0 && came[root] > 0 && went[root] != came[root] &&
            counts(json_array_get(list, i)))
            view_put_sum(v, json_array_get(list, i), "discrepancy",
                         came[root] - went[root], currency);
    }
out:
    free(group);
    free(went);
    free(came);
}

void view_put_transactions(struct view *v, json_t *out, const json_t *row)
{
    const char *currency = json_string_value(json_object_get(row, "currency"));
    uint64_t *found = calloc(TRANSACTIONS_MAX, sizeof(*found));
    json_t *list = json_array();
    bool more = false;
    size_t n = 0;

    if (found == NULL)
        v->st = STATUS_NOMEM;
    else
        n = find_transactions(v, view_number(row, "last"), found, &more);
    for (size_t i = n; i > 0 && v->st == STATUS_OK; i--)
        view_add(v, list, transaction_view(v, found[i - 1], row));
    if (v->st == STATUS_OK && currency != NULL)
        put_discrepancies(v, list, currency);
    view_put(v, out, "transactions", list);
    if (more)
        view_put(v, out, "transactions_cut", json_true());
    free(found);
}
