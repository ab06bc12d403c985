#include "face/names.h"
#include "node/listing.h"
#include "record/json.h"

/* "50 % of 30 schools", or "USD 100, paid 40". */
static void cell_measure(struct table *t, const json_t *item)
{
    const json_t *money = json_object_get(item, "money");
    struct buf text = { 0 };

    if (money != NULL) {
        names_money(money, &text);
        buf_printf(&text, ", paid " BYTES_FMT, BYTES_ARG(json_member(item, "paid")));
    } else {
        if (json_object_get(item, "percent") != NULL)
            buf_printf(&text, "%lld %% of ",
                       (long long)json_integer_value(json_object_get(item, "percent")));
        buf_add(&text, json_member(item, "target"));
        if (json_member(item, "unit").len > 0)
            buf_printf(&text, " " BYTES_FMT, BYTES_ARG(json_member(item, "unit")));
    }
    table_text(t, buf_str(&text));
    buf_clear(&text);
}

static void cell_responsible(struct table *t, const json_t *item)
{
    const json_t *one;
    json_t *names = json_array();
    size_t i;

    json_array_foreach(json_object_get(item, "responsible"), i, one)
        json_array_append(names, json_object_get(one, "org"));
    listing_joined(t, names);
    json_decref(names);
}

static void row(struct table *t, const json_t *item)
{
    struct bytes title = json_member(item, "deliverable_title");

    listing_cell(t, item, "due");
    listing_cell(t, item, "state");
    listing_cell(t, item, "id");
    listing_cell(t, item, "item");
    table_cell(t, title.len > 0 ? title : json_member(item, "title"));
    cell_measure(t, item);
    listing_cell(t, item, "stale");
    cell_responsible(t, item);
}

static enum status view(const struct listing_call *c, json_t **out)
{
    return view_due(c->store, c->f, c->day, &c->page, out);
}

int cmd_due(struct args *a)
{
    static const char *const heads[] = { "DUE",   "STATE", "ID",    "ITEM",
                                         "TITLE", "WHAT",  "STALE", "RESPONSIBLE" };
    static const struct listing listing = { .name = "deliverables or payments are due",
                                            .csv = CSV_DUE,
                                            .heads = heads,
                                            .columns = sizeof(heads) / sizeof(heads[0]),
                                            .row = row,
                                            .view = view };
    struct listing_options o = { .limit = VIEW_LIMIT_DEFAULT };
    const struct option options[] = { LISTING_OPTIONS(&o), { 0 } };

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    return listing_run(a, &o, &listing);
}
