/* What is stated of a country. */
#include "node/item_internal.h"

static void print_subjects(struct item *it, const char *list)
{
    const json_t *items = json_object_get(it->json, list), *one;
    json_int_t count =
        json_integer_value(json_object_get(json_object_get(it->json, "counts"), list));
    size_t i;

    if (count == 0)
        return;
    item_head(it, "%s", list);
    json_array_foreach(items, i, one) buf_printf(
        it->out, "  " BYTES_FMT "  " BYTES_FMT ", " BYTES_FMT "\n",
        BYTES_ARG(json_member(one, "id")), BYTES_ARG(json_member(one, "title")),
        BYTES_ARG(json_member(one, "status")));
    if (count > (json_int_t)json_array_size(items))
        buf_printf(it->out, "  and %lld more: avow list %s --country " BYTES_FMT "\n",
                   (long long)count - (long long)json_array_size(items), list,
                   BYTES_ARG(json_member(it->json, "code")));
}

static void print_deliverables(struct item *it, const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        item_deliverable(it, json_object_get(one, "deliverable"));
        buf_printf(it->out, "       of " BYTES_FMT "\n",
                   BYTES_ARG(json_member(json_object_get(one, "commitment"), "id")));
    }
}

static void print_money(struct item *it)
{
    static const char *const columns[] = { "pledged",   "new",      "committed",
                                           "disbursed", "received", "outstanding" };
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(it->json, "money"), i, one)
    {
        struct bytes currency = json_member(one, "currency");

        item_head(it, "money in " BYTES_FMT, BYTES_ARG(currency));
        for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
            struct buf text = { 0 };

            item_amount(json_member(one, columns[c]), currency, &text);
            item_line(it, columns[c], buf_bytes(&text));
            buf_clear(&text);
        }
    }
}

void item_print_country(const json_t *view, const struct item_style *style,
                        struct buf *out)
{
    static const char *const lists[] = { "partnerships", "commitments", "declarations",
                                         "pledges" };
    struct item it = { view, style, out };
    const json_t *step;
    size_t i;

    item_strong(&it, json_member(view, "name"));
    buf_text(out, "\n");
    item_line(&it, "country", json_member(view, "code"));
    json_array_foreach(json_object_get(view, "steps"), i, step)
    {
        const json_t *list = json_object_get(step, "deliverables");

        item_head(&it, "step %zu, " BYTES_FMT, i + 1,
                  BYTES_ARG(json_member(step, "name")));
        if (json_array_size(list) == 0)
            buf_text(out, "  nothing stated\n");
        print_deliverables(&it, list);
    }
    if (json_array_size(json_object_get(view, "deliverables")) > 0)
        item_head(&it, "other deliverables");
    print_deliverables(&it, json_object_get(view, "deliverables"));
    for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
        print_subjects(&it, lists[l]);
    print_money(&it);
}
