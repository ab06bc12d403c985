#include "node/filters.h"

#include <string.h>

#include "base/say.h"

/* As in a query string (RFC 3986): everything but unreserved characters is escaped. */
static void add_escaped(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            (c != '\0' && strchr("-._~", c) != NULL))
            buf_u8(out, c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static void add_all(const char *name, const struct args_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->n; i++) {
        buf_printf(out, "%s%s=", out->len > 0 ? "&" : "", name);
        add_escaped(bytes_of(list->items[i]), out);
    }
}

enum status filter_of_options(const struct args *a, const struct filter_options *o,
                              struct filter **out)
{
    struct buf query = { 0 };
    char why[200] = "";
    enum status st;

    add_all("network", &o->network, &query);
    add_all("org", &o->org, &query);
    add_all("donor", &o->donor, &query);
    add_all("recipient", &o->recipient, &query);
    add_all("country", &o->country, &query);
    add_all("theme", &o->theme, &query);
    add_all("status", &o->status, &query);
    add_all("is", &o->is, &query);
    st = query.bad ? STATUS_NOMEM : filter_parse(buf_bytes(&query), out, why);
    buf_clear(&query);
    if (st == STATUS_REFUSED) {
        args_wrong(a, "%s", why);
        st = STATUS_USAGE;
    }
    return st;
}
