#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "face/names.h"
#include "face/view.h"
#include "node/command.h"
#include "node/day.h"
#include "node/filters.h"
#include "node/output.h"
#include "node/session.h"
#include "node/table.h"
#include "record/json.h"

struct options {
    const char *dir, *after, *lang, *on;
    uint64_t limit;
    int64_t day;
    struct filter_options filters;
    bool json;
};

static void cell_joined(struct table *t, const json_t *list)
{
    struct buf text = { 0 };
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (i > 0)
            buf_text(&text, " ");
        buf_add(&text, json_bytes(item));
    }
    table_text(t, buf_str(&text));
    buf_clear(&text);
}

static void cell_of(struct table *t, const json_t *item, const char *member)
{
    table_cell(t, json_member(item, member));
}

static void network_row(struct table *t, const json_t *item)
{
    struct buf text = { 0 };
    const json_t *convener;
    size_t i;

    cell_of(t, item, "id");
    cell_of(t, item, "name");
    json_array_foreach(json_object_get(item, "conveners"), i, convener)
    {
        if (!json_is_true(json_object_get(convener, "active")))
            continue;
        if (text.len > 0)
            buf_text(&text, ", ");
        buf_add(&text, json_member(convener, "name"));
    }
    table_text(t, buf_str(&text));
    buf_clear(&text);
}

static void organization_row(struct table *t, const json_t *item)
{
    cell_of(t, item, "id");
    cell_of(t, item, "name");
    cell_of(t, item, "country");
    cell_of(t, item, "status");
    cell_joined(t, json_object_get(item, "networks"));
}

static void agreement_row(struct table *t, const json_t *item)
{
    cell_of(t, item, "id");
    cell_of(t, item, "title");
    cell_of(t, item, "status");
    cell_of(t, json_object_get(item, "signed"), "text");
    cell_joined(t, json_object_get(item, "countries"));
}

static void declaration_row(struct table *t, const json_t *item)
{
    struct buf text = { 0 };
    const json_t *network;
    size_t i;

    cell_of(t, item, "id");
    cell_of(t, item, "title");
    cell_of(t, item, "status");
    cell_of(t, json_object_get(item, "signed"), "text");
    json_array_foreach(json_object_get(item, "speaks"), i, network)
    {
        if (i > 0)
            buf_text(&text, ", ");
        buf_add(&text, json_member(network, "name"));
    }
    table_text(t, buf_str(&text));
    buf_clear(&text);
}

/* "USD 700,000" of a decimal string; nothing where there is no money. */
static void cell_money(struct table *t, const json_t *item)
{
    struct bytes currency = json_member(item, "currency");
    struct bytes amount = json_member(json_object_get(item, "money"), "pledged");
    struct buf text = { 0 };
    json_t *money;

    if (currency.len == 0) {
        cell_of(t, item, "worth");
        return;
    }
    money =
        json_pack("{s:o, s:o}", "amount", json_of(amount), "currency", json_of(currency));
    if (money != NULL)
        names_money(money, &text);
    json_decref(money);
    table_text(t, buf_str(&text));
    buf_clear(&text);
}

static void pledge_row(struct table *t, const json_t *item)
{
    cell_of(t, item, "id");
    cell_of(t, item, "donor_name");
    cell_of(t, item, "recipient_name");
    cell_money(t, item);
    cell_of(t, item, "status");
    cell_of(t, item, "attested");
    cell_joined(t, json_object_get(item, "countries"));
}

static const char *const network_heads[] = { "ID", "NAME", "CONVENERS" };
static const char *const organization_heads[] = { "ID", "NAME", "COUNTRY", "STATUS",
                                                  "NETWORKS" };
static const char *const agreement_heads[] = { "ID", "TITLE", "STATUS", "SIGNED",
                                               "COUNTRIES" };
static const char *const declaration_heads[] = { "ID", "TITLE", "STATUS", "SIGNED",
                                                 "SPEAKS FOR" };
static const char *const pledge_heads[] = { "ID",     "DONOR",    "RECIPIENT", ">PLEDGED",
                                            "STATUS", "ATTESTED", "COUNTRIES" };

#define HEADS(heads) heads, sizeof(heads) / sizeof(heads[0])
static const struct {
    const char *const *heads;
    size_t columns;
    void (*row)(struct table *t, const json_t *item);
} tables[VIEW_KINDS] = {
    [VIEW_NETWORKS] = { HEADS(network_heads), network_row },
    [VIEW_ORGANIZATIONS] = { HEADS(organization_heads), organization_row },
    [VIEW_PARTNERSHIPS] = { HEADS(agreement_heads), agreement_row },
    [VIEW_COMMITMENTS] = { HEADS(agreement_heads), agreement_row },
    [VIEW_DECLARATIONS] = { HEADS(declaration_heads), declaration_row },
    [VIEW_PLEDGES] = { HEADS(pledge_heads), pledge_row },
};

static int print_table(enum view_kind k, const json_t *view)
{
    struct table *t = table_new(tables[k].heads, tables[k].columns);
    const json_t *item, *next = json_object_get(view, "next");
    struct buf out = { 0 };
    size_t i;

    if (t == NULL)
        return status_exit_code(STATUS_NOMEM);
    json_array_foreach(json_object_get(view, "items"), i, item) tables[k].row(t, item);
    if (table_rows(t) > 0)
        table_print(t, table_terminal_width(), say_colour(STDOUT_FILENO), &out);
    else
        say_hint("no %s here%s", view_kind_name(k), json_is_string(next) ? " yet" : "");
    table_free(t);
    if (json_is_string(next))
        say_hint("there are more: --after %s", json_string_value(next));
    return output_buf(&out);
}

static int list(struct args *a, const struct options *o, enum view_kind k)
{
    struct filter *f = NULL;
    struct session s;
    json_t *view = NULL;
    enum status st = filter_of_options(a, &o->filters, &f);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    st = session_open(o->dir, SESSION_READ, &s);
    if (st != STATUS_OK) {
        filter_free(f);
        return status_exit_code(st);
    }
    st = view_list(s.store, k, f, (unsigned)o->limit, bytes_of(o->after),
                   bytes_of(o->lang), o->day, &view);
    if (st == STATUS_REFUSED)
        code = args_wrong(a, "--after: '%s' is not where a list went on", o->after);
    else if (st != STATUS_OK)
        code = output_failed(s.config.replica, st);
    else
        code = o->json ? output_json(json_incref(view)) : print_table(k, view);
    json_decref(view);
    session_close(&s);
    filter_free(f);
    return code;
}

int cmd_list(struct args *a)
{
    struct options o = { .limit = VIEW_LIMIT_DEFAULT };
    const char *names[VIEW_KINDS], *near;
    enum view_kind k;
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        FILTER_OPTIONS(&o.filters),
        { "limit", "N", "at most so many (default 50, at most 1000)",
          .number = &o.limit },
        { "after", "CURSOR", "go on where a list ended", .text = &o.after },
        { "lang", "LANG", "texts in this language where there are", .text = &o.lang },
        ON_OPTION(&o.on),
        JSON_OPTION(&o.json),
        { 0 },
    };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (o.limit == 0 || o.limit > VIEW_LIMIT_MAX)
        return args_wrong(a, "--limit: from 1 to %d", VIEW_LIMIT_MAX);
    if (day_of_option(a, o.on, &o.day) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    if (view_kind_find(bytes_of(a->words[0]), &k))
        return list(a, &o, k);
    for (int i = 0; i < VIEW_KINDS; i++)
        names[i] = view_kind_name((enum view_kind)i);
    near = args_nearest(a->words[0], names, VIEW_KINDS);
    if (near != NULL)
        return args_wrong(a, "there is no list of '%s': did you mean %s?", a->words[0],
                          near);
    return args_wrong(a,
                      "there is no list of '%s', but of networks, organizations, "
                      "partnerships, commitments, declarations and pledges",
                      a->words[0]);
}
