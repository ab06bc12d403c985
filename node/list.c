#include <string.h>

#include "face/names.h"
#include "node/listing.h"
#include "record/json.h"

static void network_row(struct table *t, const json_t *item)
{
    struct buf text = { 0 };
    const json_t *convener;
    size_t i;

    listing_cell(t, item, "id");
    listing_cell(t, item, "name");
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
    listing_cell(t, item, "id");
    listing_cell(t, item, "name");
    listing_cell(t, item, "country");
    listing_cell(t, item, "status");
    listing_joined(t, json_object_get(item, "networks"));
}

static void agreement_row(struct table *t, const json_t *item)
{
    listing_cell(t, item, "id");
    listing_cell(t, item, "title");
    listing_cell(t, item, "status");
    listing_cell(t, json_object_get(item, "signed"), "text");
    listing_joined(t, json_object_get(item, "countries"));
}

static void declaration_row(struct table *t, const json_t *item)
{
    struct buf text = { 0 };
    const json_t *network;
    size_t i;

    listing_cell(t, item, "id");
    listing_cell(t, item, "title");
    listing_cell(t, item, "status");
    listing_cell(t, json_object_get(item, "signed"), "text");
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
        listing_cell(t, item, "worth");
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
    listing_cell(t, item, "id");
    listing_cell(t, item, "donor_name");
    listing_cell(t, item, "recipient_name");
    cell_money(t, item);
    listing_cell(t, item, "status");
    listing_cell(t, item, "attested");
    listing_joined(t, json_object_get(item, "countries"));
}

static void cell_count(struct table *t, const json_t *item, const char *member)
{
    table_printf(t, "%lld", (long long)json_integer_value(json_object_get(item, member)));
}

static void country_row(struct table *t, const json_t *item)
{
    listing_cell(t, item, "code");
    listing_cell(t, item, "name");
    cell_count(t, item, "partnerships");
    cell_count(t, item, "commitments");
    cell_count(t, item, "declarations");
    cell_count(t, item, "pledges");
}

static enum status view_kind(const struct listing_call *c, json_t **out)
{
    const enum view_kind *k = c->what;

    return view_list(c->store, *k, c->f, c->page.limit, c->page.after, c->page.lang,
                     c->day, out);
}

static enum status view_all_countries(const struct listing_call *c, json_t **out)
{
    return view_countries(c->store, c->f, &c->page, out);
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
static const char *const country_heads[] = { "CODE",          "COUNTRY",
                                             ">PARTNERSHIPS", ">COMMITMENTS",
                                             ">DECLARATIONS", ">PLEDGES" };

#define HEADS(list) .heads = list, .columns = sizeof(list) / sizeof(list[0])
#define KIND(constant, list, fn)                                          \
    {                                                                     \
        .csv = CSV_##constant, HEADS(list), .row = fn, .view = view_kind, \
        .what = &(const enum view_kind)                                   \
        {                                                                 \
            VIEW_##constant                                               \
        }                                                                 \
    }
/* In the order of enum view_kind, and then countries. */
static const struct listing lists[] = {
    KIND(NETWORKS, network_heads, network_row),
    KIND(ORGANIZATIONS, organization_heads, organization_row),
    KIND(PARTNERSHIPS, agreement_heads, agreement_row),
    KIND(COMMITMENTS, agreement_heads, agreement_row),
    KIND(DECLARATIONS, declaration_heads, declaration_row),
    KIND(PLEDGES, pledge_heads, pledge_row),
    { .csv = CSV_COUNTRIES,
      HEADS(country_heads),
      .row = country_row,
      .view = view_all_countries },
};
enum { LISTS = VIEW_KINDS + 1 };
_Static_assert(sizeof(lists) / sizeof(lists[0]) == LISTS, "one for each kind");

static int find_list(const char *word)
{
    enum view_kind k;

    if (view_kind_find(bytes_of(word), &k))
        return (int)k;
    if (strcmp(word, "countries") == 0 || strcmp(word, "country") == 0)
        return VIEW_KINDS;
    return -1;
}

int cmd_list(struct args *a)
{
    struct listing_options o = { .limit = VIEW_LIMIT_DEFAULT };
    const char *names[LISTS], *near;
    const struct option options[] = { LISTING_OPTIONS(&o), { 0 } };
    struct listing listing;
    int found;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    for (int i = 0; i < VIEW_KINDS; i++)
        names[i] = view_kind_name((enum view_kind)i);
    names[VIEW_KINDS] = "countries";
    found = find_list(a->words[0]);
    if (found >= 0) {
        listing = lists[found];
        listing.name = names[found];
        return listing_run(a, &o, &listing);
    }
    near = args_nearest(a->words[0], names, LISTS);
    if (near != NULL)
        return args_wrong(a, "there is no list of '%s': did you mean %s?", a->words[0],
                          near);
    return args_wrong(a,
                      "there is no list of '%s', but of networks, organizations, "
                      "partnerships, commitments, declarations, pledges and countries",
                      a->words[0]);
}
