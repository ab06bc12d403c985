#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "face/csv.h"
#include "face/names.h"
#include "face/view.h"
#include "node/command.h"
#include "node/filters.h"
#include "node/output.h"
#include "node/session.h"
#include "node/table.h"
#include "record/json.h"

/* What is disputed is in none of the others; last, and shown where there is some. */
static const char *const columns[] = { "pledged",   "new",      "committed",
                                       "disbursed", "received", "outstanding",
                                       "disputed" };
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* "700,000" of a decimal string in its currency. */
static void cell_amount(struct table *t, const json_t *sums, const char *name,
                        struct bytes currency)
{
    struct bytes amount = json_member(sums, name);
    struct buf text = { 0 };
    json_t *money;

    if (amount.len > 0) {
        money = json_pack("{s:o, s:o}", "amount", json_of(amount), "currency",
                          json_of(currency));
        if (money != NULL)
            names_money(money, &text);
        json_decref(money);
    }
    /* The currency has a column of its own. */
    table_text(t, text.len > 4 ? buf_str(&text) + 4 : buf_str(&text));
    buf_clear(&text);
}

static bool has_disputed(const json_t *view)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(view, "total"), i, item)
    {
        const char *sum = json_string_value(json_object_get(item, "disputed"));

        if (sum != NULL && strpbrk(sum, "123456789") != NULL)
            return true;
    }
    return false;
}

static void add_row(struct table *t, const json_t *item, struct bytes name, size_t n)
{
    struct bytes currency = json_member(item, "currency");

    table_cell(t, name);
    table_cell(t, currency);
    for (size_t i = 0; i < n; i++)
        cell_amount(t, item, columns[i], currency);
    table_printf(t, "%lld",
                 (long long)json_integer_value(json_object_get(item, "pledges")));
}

static int print_table(const json_t *view)
{
    const char *heads[COLUMNS + 3] = { "BY",         "CURRENCY",     ">PLEDGED",
                                       ">NEW MONEY", ">COMMITTED",   ">DISBURSED",
                                       ">RECEIVED",  ">OUTSTANDING", ">DISPUTED" };
    size_t n = COLUMNS - !has_disputed(view);
    struct table *t;
    const json_t *item;
    struct buf out = { 0 };
    size_t i;

    heads[n + 2] = ">PLEDGES";
    t = table_new(heads, n + 3);
    if (t == NULL)
        return status_exit_code(STATUS_NOMEM);
    json_array_foreach(json_object_get(view, "items"), i, item)
    {
        struct bytes name = json_member(item, "name");

        add_row(t, item, name.len > 0 ? name : json_member(item, "value"), n);
    }
    json_array_foreach(json_object_get(view, "total"), i, item)
        add_row(t, item, BYTES_LIT("all, each once"), n);
    if (table_rows(t) > 0)
        table_print(t, table_terminal_width(), say_colour(STDOUT_FILENO), &out);
    else
        say_hint("no money was pledged here");
    table_free(t);
    return output_buf(&out);
}

static int print_csv(const json_t *view)
{
    struct buf out = { 0 };
    enum status st = csv_print(CSV_TOTALS, json_object_get(view, "items"), &out);

    if (st == STATUS_OK)
        return output_data(&out);
    buf_clear(&out);
    return output_failed("totals", st);
}

static int totals(struct args *a, const char *dir, const char *by,
                  const struct filter_options *filters, bool third_party,
                  const char *lang, bool json, bool csv)
{
    struct filter *f = NULL;
    struct view_page page = { .limit = VIEW_LIMIT_MAX, .lang = bytes_of(lang) };
    struct session s;
    json_t *view = NULL;
    enum status st = filter_of_options(a, filters, &f);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    st = session_open(dir, SESSION_READ, &s);
    if (st != STATUS_OK) {
        filter_free(f);
        return status_exit_code(st);
    }
    st = view_totals(s.store, bytes_of(by), f, third_party, &page, &view);
    if (st == STATUS_NOT_FOUND)
        code = args_wrong(a, "--by: '%s' is none of " VIEW_TOTALS_BY, by);
    else if (st == STATUS_TOO_LARGE)
        code = args_wrong(a, "too many pledges to add up one by one: ask without a "
                             "filter, or --by currency with one network, country, donor, "
                             "recipient or status");
    else if (st != STATUS_OK)
        code = output_failed("totals", st);
    else
        code = json  ? output_json(json_incref(view))
               : csv ? print_csv(view)
                     : print_table(view);
    json_decref(view);
    session_close(&s);
    filter_free(f);
    return code;
}

int cmd_totals(struct args *a)
{
    const char *dir = NULL, *by = "donor", *lang = NULL;
    struct filter_options filters = { 0 };
    bool json = false, csv = false, third_party = false;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "by", "WHAT",
          "network, donor (default), recipient, country, currency, status, year, fund or "
          "for (a commitment or partnership)",
          .text = &by },
        FILTER_OPTIONS(&filters),
        { "third-party", NULL, "also what only third parties reported",
          .flag = &third_party },
        { "lang", "LANG", "names in this language where there are", .text = &lang },
        JSON_OPTION(&json),
        CSV_OPTION(&csv),
        { 0 },
    };

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (json && csv)
        return args_wrong(a, "--json and --csv: one of them");
    return totals(a, dir, by, &filters, third_party, lang, json, csv);
}
