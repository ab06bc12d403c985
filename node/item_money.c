/* The money of a pledge and for an agreement; deliverables and how far they are. */
#include <string.h>
#include <strings.h>

#include "face/names.h"
#include "node/item_internal.h"

/* What is nothing is left out, but where that is the news. */
static bool is_news(const char *column, struct bytes amount)
{
    for (size_t i = 0; i < amount.len; i++)
        if (amount.ptr[i] >= '1' && amount.ptr[i] <= '9')
            return true;
    return amount.len > 0 &&
           (strcmp(column, "pledged") == 0 || strcmp(column, "outstanding") == 0 ||
            strcmp(column, "gap") == 0);
}

static void print_sums(struct item *it, const json_t *sums, struct bytes currency,
                       const char *const columns[], size_t n)
{
    struct buf text = { 0 };

    for (size_t i = 0; i < n; i++) {
        struct bytes amount = json_member(sums, columns[i]);

        if (!is_news(columns[i], amount))
            continue;
        buf_reset(&text);
        item_amount(amount, currency, &text);
        buf_printf(it->out, "  %-*s %s\n", ITEM_NAME_WIDTH, columns[i], buf_str(&text));
    }
    buf_clear(&text);
}

/* --- a pledge ----------------------------------------------------------------------- */

static void print_schedule(struct item *it)
{
    const json_t *one;
    struct buf text = { 0 };
    size_t i;

    if (json_object_get(it->json, "schedule") != NULL)
        item_head(it, "schedule");
    json_array_foreach(json_object_get(it->json, "schedule"), i, one)
    {
        const json_t *money = json_object_get(one, "money");
        struct bytes paid = json_member(one, "paid");

        buf_reset(&text);
        names_money(money, &text);
        buf_printf(it->out, "  %-10s  %s", json_string_value(json_object_get(one, "due")),
                   buf_str(&text));
        if (json_member(one, "state").len > 0)
            buf_printf(it->out, ", " BYTES_FMT, BYTES_ARG(json_member(one, "state")));
        buf_reset(&text);
        item_amount(paid, json_member(money, "currency"), &text);
        if (paid.len > 0 && !bytes_eq_text(json_member(one, "state"), "paid") &&
            strpbrk(buf_str(&text), "123456789") != NULL)
            buf_printf(it->out, ", %s of it sent", buf_str(&text));
        buf_text(it->out, "\n");
    }
    buf_clear(&text);
}

static bool is_of(const json_t *tx, const json_t *link)
{
    struct bytes org = json_member(tx, "org"), author = json_member(link, "author");

    return org.len == author.len &&
           strncasecmp((const char *)org.ptr, (const char *)author.ptr, org.len) == 0;
}

/* Each side counts by itself: whose it is, is told where another's is called the same. */
static void print_link(struct item *it, const json_t *link)
{
    struct bytes id = json_member(link, "tx"), name = json_member(link, "author");
    const json_t *tx;
    bool twice = false;
    size_t i;

    json_array_foreach(json_object_get(it->json, "transactions"), i, tx)
    {
        if (!bytes_eq(json_member(tx, "tx"), id))
            continue;
        if (is_of(tx, link))
            name = json_member(tx, "org_name");
        else
            twice = true;
    }
    buf_add(it->out, id);
    if (twice)
        buf_printf(it->out, " of " BYTES_FMT, BYTES_ARG(name));
}

static void print_links(struct item *it, const json_t *tx)
{
    bool receipt = bytes_eq_text(json_member(tx, "is"), "pledge.received");
    const json_t *link;
    size_t i;

    json_array_foreach(json_object_get(tx, "links"), i, link)
    {
        buf_text(it->out, i > 0 ? ", " : receipt ? "; covers " : "; covered by ");
        print_link(it, link);
    }
}

/* "D1  disbursed USD 300,000 on 2026-03, by Kuwait, #5/2; covered by R1" */
static void print_transaction(struct item *it, const json_t *tx)
{
    struct bytes is = json_member(tx, "is"), currency = json_member(it->json, "currency");
    const json_t *record = json_object_get(tx, "record");
    struct buf text = { 0 };

    buf_printf(&text, BYTES_FMT " ", BYTES_ARG(bytes_slice(is, 7, is.len)));
    item_value(it,
               json_object_get(record, json_object_get(record, "money") != NULL
                                           ? "money"
                                           : "in_kind"),
               &text);
    if (json_object_get(record, "counts") != NULL) {
        buf_text(&text, ", counted as ");
        item_amount(json_member(tx, "counts"), currency, &text);
    }
    if (json_member(tx, "fees").len > 0) {
        buf_text(&text, " and fees of ");
        item_amount(json_member(tx, "fees"), currency, &text);
    }
    if (json_member(record, "on").len > 0)
        buf_printf(&text, " on " BYTES_FMT, BYTES_ARG(json_member(record, "on")));
    buf_printf(it->out, "  %-8s ", json_string_value(json_object_get(tx, "tx")));
    if (json_object_get(tx, "voided") != NULL)
        item_struck(it, buf_bytes(&text));
    else
        buf_add(it->out, buf_bytes(&text));
    buf_printf(it->out, ", by " BYTES_FMT ", ", BYTES_ARG(json_member(tx, "org_name")));
    item_stamp(it, tx);
    print_links(it, tx);
    buf_text(it->out, "\n");
    buf_reset(&text);
    if (json_member(tx, "discrepancy").len > 0) {
        struct bytes d = json_member(tx, "discrepancy");
        bool less = d.ptr[0] == '-';

        item_amount(bytes_slice(d, less ? 1 : 0, d.len), currency, &text);
        buf_printf(it->out, "           discrepancy: %s %s was received than disbursed\n",
                   buf_str(&text), less ? "less" : "more");
    }
    item_marks(it, tx, "           ");
    buf_clear(&text);
}

void item_pledge(struct item *it)
{
    static const char *const columns[] = { "pledged",     "new",        "committed",
                                           "decommitted", "disbursed",  "received",
                                           "fees",        "refunded",   "spent",
                                           "disputed",    "outstanding" };
    const json_t *tx, *all = json_object_get(it->json, "transactions");
    size_t i;

    if (json_object_get(it->json, "money") != NULL) {
        item_head(it, "money");
        print_sums(it, json_object_get(it->json, "money"),
                   json_member(it->json, "currency"), columns,
                   sizeof(columns) / sizeof(columns[0]));
    }
    print_schedule(it);
    if (json_array_size(all) > 0)
        item_head(it, "transactions");
    json_array_foreach(all, i, tx) print_transaction(it, tx);
    if (json_is_true(json_object_get(it->json, "transactions_cut")))
        buf_text(it->out, "  earlier ones are in the history\n");
}

/* --- money for it ------------------------------------------------------------------- */

void item_funding(struct item *it)
{
    static const char *const columns[] = { "budget",    "pledged",   "gap",
                                           "committed", "disbursed", "received" };
    const json_t *one, *lines = json_object_get(it->json, "budget_lines");
    struct buf text = { 0 };
    size_t i;

    json_array_foreach(json_object_get(it->json, "funding"), i, one)
    {
        long long n = (long long)json_integer_value(json_object_get(one, "pledges"));

        item_head(it, "money for it, in " BYTES_FMT ", of %lld pledge%s",
                  BYTES_ARG(json_member(one, "currency")), n, n == 1 ? "" : "s");
        print_sums(it, one, json_member(one, "currency"), columns,
                   sizeof(columns) / sizeof(columns[0]));
    }
    if (json_array_size(lines) > 0)
        item_head(it, "budget lines");
    json_array_foreach(lines, i, one)
    {
        buf_reset(&text);
        item_value(it, one, &text);
        buf_printf(it->out, "  %s\n", buf_str(&text));
    }
    buf_clear(&text);
}

/* --- deliverables ------------------------------------------------------------------- */

#define BAR_WIDTH 20

static void print_bar(struct item *it, json_int_t percent)
{
    json_int_t full = (percent > 100 ? 100 : percent) * BAR_WIDTH / 100;

    if (!it->style->bars)
        return;
    buf_text(it->out, "[");
    for (json_int_t i = 0; i < BAR_WIDTH; i++)
        buf_text(it->out, i < full ? "#" : ".");
    buf_text(it->out, "] ");
}

/* "  45%  about 90 people of 200, from 0" */
static void print_values(struct item *it, const json_t *one)
{
    const json_t *current = json_object_get(one, "current");
    struct bytes value = json_member(current, "value"), unit = json_member(one, "unit");
    struct bytes target = json_member(one, "target");
    const json_t *percent = json_object_get(one, "percent");

    buf_text(it->out, "       ");
    if (percent != NULL) {
        print_bar(it, json_integer_value(percent));
        buf_printf(it->out, "%lld%%  ", (long long)json_integer_value(percent));
    }
    if (value.len > 0) {
        if (json_member(current, "qualifier").len > 0)
            buf_printf(it->out, BYTES_FMT " ",
                       BYTES_ARG(json_member(current, "qualifier")));
        buf_add(it->out, value);
    } else {
        buf_text(it->out, current == NULL ? "nothing reported" : "no value reported");
    }
    if (target.len > 0)
        buf_printf(it->out, ", target " BYTES_FMT, BYTES_ARG(target));
    if (unit.len > 0)
        buf_printf(it->out, " " BYTES_FMT, BYTES_ARG(unit));
    if (json_member(one, "baseline").len > 0)
        buf_printf(it->out, ", from " BYTES_FMT, BYTES_ARG(json_member(one, "baseline")));
    if (json_member(current, "state").len > 0)
        buf_printf(it->out, "; " BYTES_FMT, BYTES_ARG(json_member(current, "state")));
    buf_text(it->out, "\n");
}

static void print_track(struct item *it, const json_t *one)
{
    const json_t *next = json_object_get(one, "next");
    struct bytes track = json_member(one, "track"), stale = json_member(one, "stale");

    if (track.len == 0 && stale.len == 0)
        return;
    buf_text(it->out, "       ");
    buf_add(it->out, track);
    if (next != NULL) {
        buf_printf(it->out, ": " BYTES_FMT, BYTES_ARG(json_member(next, "is")));
        if (bytes_eq_text(json_member(next, "is"), "milestone") &&
            json_member(next, "target").len > 0)
            buf_printf(it->out, " of " BYTES_FMT, BYTES_ARG(json_member(next, "target")));
        buf_printf(it->out, " due " BYTES_FMT, BYTES_ARG(json_member(next, "due")));
    }
    if (stale.len > 0)
        buf_printf(it->out, "%snothing was reported for %s", track.len > 0 ? "; " : "",
                   bytes_eq_text(stale, "red") ? "two years" : "a year");
    buf_text(it->out, "\n");
}

void item_deliverable(struct item *it, const json_t *one)
{
    const json_t *current = json_object_get(one, "current");
    struct bytes text = json_member(one, "title");

    buf_printf(it->out, "  %-4s ", json_string_value(json_object_get(one, "id")));
    if (json_is_true(json_object_get(one, "dropped"))) {
        item_struck(it, text);
        buf_text(it->out, " (dropped)");
    } else {
        buf_add(it->out, text);
    }
    buf_text(it->out, "\n");
    print_values(it, one);
    print_track(it, one);
    if (current != NULL) {
        buf_printf(it->out, "       as of " BYTES_FMT ", reported by " BYTES_FMT ", ",
                   BYTES_ARG(json_member(current, "as_of")),
                   BYTES_ARG(json_member(current, "org_name")));
        item_stamp(it, current);
        buf_text(it->out, "\n");
        item_marks(it, current, "       ");
    }
}

void item_deliverables(struct item *it)
{
    const json_t *one;
    size_t i;

    if (json_object_get(it->json, "deliverables") != NULL)
        item_head(it, "deliverables");
    json_array_foreach(json_object_get(it->json, "deliverables"), i, one)
        item_deliverable(it, one);
}
