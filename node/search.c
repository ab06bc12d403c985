#include "node/listing.h"
#include "record/json.h"

static void row(struct table *t, const json_t *item)
{
    listing_cell(t, item, "kind");
    listing_cell(t, item, "id");
    listing_cell(t, item, "title");
    listing_cell(t, item, "status");
    listing_joined(t, json_object_get(item, "networks"));
}

static enum status view(const struct listing_call *c, json_t **out)
{
    return view_search(c->store, buf_bytes(c->what), c->f, &c->page, out);
}

int cmd_search(struct args *a)
{
    static const char *const heads[] = { "KIND", "ID", "TITLE", "STATUS", "NETWORKS" };
    struct buf words = { 0 };
    struct listing listing = { .name = "names or titles have these words",
                               .csv = CSV_SEARCH,
                               .heads = heads,
                               .columns = sizeof(heads) / sizeof(heads[0]),
                               .row = row,
                               .view = view,
                               .what = &words,
                               .wrong = "WORDS: one to eight words, at most 200 bytes" };
    struct listing_options o = { .limit = VIEW_LIMIT_DEFAULT };
    const struct option options[] = { LISTING_OPTIONS(&o),
                                      FILTER_IS_OPTION(&o.filters),
                                      { 0 } };
    int code;

    if (!args_parse(a, options, 1, VIEW_SEARCH_WORDS))
        return a->exit_code;
    for (size_t i = 0; i < a->n; i++)
        buf_printf(&words, "%s%s", i > 0 ? " " : "", a->words[i]);
    code = words.bad ? status_exit_code(STATUS_NOMEM) : listing_run(a, &o, &listing);
    buf_clear(&words);
    return code;
}
