/* avow stocktake */
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/say.h"
#include "face/csv.h"
#include "ledger/progress.h"
#include "node/command.h"
#include "node/day.h"
#include "node/listing.h"
#include "node/output.h"
#include "node/session.h"
#include "node/stocktake.h"

/* --- tables ------------------------------------------------------------------------- */

struct section {
    const char *name, *title, *none;
    const char *heads[TABLE_COLUMNS_MAX];
    const char *members[TABLE_COLUMNS_MAX];
    size_t n;
};

static const struct section sections[] = {
    { "members",
      "MEMBERS",
      "no members",
      { "ORG", "NAME", "ROLE", "STATUS", ">PROGRESS", ">MONEY", ">OTHER", "LAST",
        ">STALE", ">OVERDUE", ">NOT RECEIVED", ">WAITING" },
      { "org", "name", "role", "status", "progress", "money", "other", "last", "stale",
        "overdue", "unreceived", "waiting" },
      12 },
    { "stale",
      "STALE: nothing reported for a year (amber), for two (red)",
      "nothing is stale",
      { "STALE", "ID", "ITEM", "WHAT", "WHO" },
      { "stale", "id", "item", "deliverable_title", "orgs" },
      5 },
    { "due",
      "DUE AND OVERDUE",
      "nothing is due",
      { "DUE", "STATE", "ID", "ITEM", "TITLE", "WHO" },
      { "due", "state", "id", "item", "title", "orgs" },
      6 },
    { "unreceived",
      "PLEDGES OF WHICH NOTHING WAS RECEIVED",
      "no pledge of which nothing was received",
      { "ID", "TITLE", "STATUS", "DONOR", "RECIPIENT", "CURRENCY", ">PLEDGED" },
      { "id", "title", "status", "donor", "recipient", "currency", "pledged" },
      7 },
    { "waiting",
      "WAITING FOR AN ANSWER",
      "nothing waits for anybody",
      { "KIND", "ID", "TITLE", "WHICH", "FOR" },
      { "kind", "id", "title", "for", "orgs" },
      5 },
};

static void cell(struct table *t, const json_t *item, const char *member)
{
    const json_t *value = json_object_get(item, member);

    if (json_is_array(value))
        listing_joined(t, value);
    else if (json_is_integer(value))
        table_printf(t, "%lld", (long long)json_integer_value(value));
    else if (strcmp(member, "status") == 0 &&
             json_is_true(json_object_get(item, "silent")))
        table_printf(t, BYTES_FMT ", silent", BYTES_ARG(json_bytes(value)));
    else
        table_cell(t, json_bytes(value));
}

static enum status print_section(const struct section *s, const json_t *items,
                                 struct buf *out)
{
    struct table *t = table_new(s->heads, s->n);
    const json_t *item;
    size_t i;

    if (t == NULL)
        return STATUS_NOMEM;
    json_array_foreach(items, i, item)
    {
        for (size_t k = 0; k < s->n; k++)
            cell(t, item, s->members[k]);
    }
    if (table_rows(t) > 0) {
        buf_printf(out, "\n%s\n", s->title);
        table_print(t, table_terminal_width(), say_colour(STDOUT_FILENO), out);
    } else {
        buf_printf(out, "\n%s\n", s->none);
    }
    table_free(t);
    return STATUS_OK;
}

static int print_tables(const json_t *taken)
{
    struct buf out = { 0 };
    enum status st = STATUS_OK;

    buf_printf(&out, "%s, %lld, as of %s (log at size %lld)\n",
               json_string_value(json_object_get(taken, "name")),
               (long long)json_integer_value(json_object_get(taken, "year")),
               json_string_value(json_object_get(taken, "on")),
               (long long)json_integer_value(json_object_get(taken, "size")));
    for (size_t i = 0; st == STATUS_OK && i < sizeof(sections) / sizeof(*sections); i++)
        st = print_section(&sections[i], json_object_get(taken, sections[i].name), &out);
    if (st != STATUS_OK) {
        buf_clear(&out);
        return output_failed("stocktake", st);
    }
    return output_buf(&out);
}

/* Counts of a member stand in columns of their own where other sections say a day or a
 * colour under the same name. */
static void rename_counts(json_t *row)
{
    static const char *const names[][2] = { { "stale", "stale_count" },
                                            { "due", "due_count" } };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (json_is_integer(json_object_get(row, names[i][0]))) {
            json_object_set(row, names[i][1], json_object_get(row, names[i][0]));
            json_object_del(row, names[i][0]);
        }
}

/* One list of all, each with the section that it stands in. */
static int print_csv(const json_t *taken)
{
    json_t *all = json_array(), *copy;
    const json_t *item;
    struct buf out = { 0 };
    enum status st;
    size_t i;

    for (size_t k = 0; k < sizeof(sections) / sizeof(*sections); k++)
        json_array_foreach(json_object_get(taken, sections[k].name), i, item)
        {
            copy = json_copy((json_t *)(uintptr_t)item);
            rename_counts(copy);
            json_object_set_new(copy, "section", json_string(sections[k].name));
            json_array_append_new(all, copy);
        }
    st = csv_print(CSV_STOCKTAKE, all, &out);
    json_decref(all);
    if (st == STATUS_OK)
        return output_data(&out);
    buf_clear(&out);
    return output_failed("stocktake", st);
}

/* --- the command -------------------------------------------------------------------- */

static int run(const char *dir, const struct stocktake_question *q, bool json, bool csv)
{
    struct session s;
    json_t *taken = NULL;
    enum status st = session_open(dir, SESSION_READ, &s);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    st = stocktake(s.store, q, &taken);
    if (st == STATUS_NOT_FOUND) {
        say_error("there is no network %s", q->network);
        say_hint("`avow list networks` shows the networks there are");
        code = status_exit_code(st);
    } else if (st != STATUS_OK) {
        code = output_failed(s.config.replica, st);
    } else {
        code = json  ? output_json(json_incref(taken))
               : csv ? print_csv(taken)
                     : print_tables(taken);
    }
    json_decref(taken);
    session_close(&s);
    return code;
}

int cmd_stocktake(struct args *a)
{
    struct stocktake_question q = { 0 };
    const char *dir = NULL, *on = NULL;
    uint64_t year = 0;
    bool json = false, csv = false;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "year", "YEAR", "whose reports are counted (default: that of --on)",
          .number = &year },
        ON_OPTION(&on),
        JSON_OPTION(&json),
        CSV_OPTION(&csv),
        { 0 },
    };
    struct buf day = { 0 };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (json && csv)
        return args_wrong(a, "--json and --csv: one of them");
    if (day_of_option(a, on, &q.on) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    if (year == 0) {
        progress_day_print(q.on, &day);
        (void)decimal_parse(bytes_slice(buf_bytes(&day), 0, 4), &year);
        buf_clear(&day);
    }
    if (year < 1000 || year > 9999)
        return args_wrong(a, "--year: four digits, such as 2026");
    q.network = a->words[0];
    q.year = (unsigned)year;
    return run(dir, &q, json, csv);
}
