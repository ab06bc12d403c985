#include "node/listing.h"

#include <unistd.h>

#include "base/say.h"
#include "node/output.h"
#include "node/session.h"
#include "record/json.h"

void listing_cell(struct table *t, const json_t *item, const char *member)
{
    table_cell(t, json_member(item, member));
}

void listing_joined(struct table *t, const json_t *list)
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

static enum status print_table(const struct listing *l, const json_t *view,
                               struct buf *out)
{
    struct table *t = table_new(l->heads, l->columns);
    const json_t *item;
    size_t i;

    if (t == NULL)
        return STATUS_NOMEM;
    json_array_foreach(json_object_get(view, "items"), i, item) l->row(t, item);
    if (table_rows(t) > 0)
        table_print(t, table_terminal_width(), say_colour(STDOUT_FILENO), out);
    else
        say_hint("no %s here%s", l->name,
                 json_is_string(json_object_get(view, "next")) ? " yet" : "");
    table_free(t);
    return STATUS_OK;
}

static int print(const struct listing_options *o, const struct listing *l,
                 const json_t *view)
{
    const json_t *next = json_object_get(view, "next");
    struct buf out = { 0 };
    enum status st = o->csv ? csv_print(l->csv, json_object_get(view, "items"), &out)
                            : print_table(l, view, &out);

    if (st != STATUS_OK) {
        buf_clear(&out);
        return output_failed("list", st);
    }
    if (json_is_string(next))
        say_hint("there are more: --after %s", json_string_value(next));
    return o->csv ? output_data(&out) : output_buf(&out);
}

static int run(struct args *a, const struct listing_options *o, const struct listing *l,
               struct listing_call *call)
{
    json_t *view = NULL;
    enum status st = l->view(call, &view);
    int code;

    if (st == STATUS_REFUSED)
        code = args_wrong(a, "--after: '%s' is not where a list went on", o->after);
    else if (st == STATUS_MALFORMED && l->wrong != NULL)
        code = args_wrong(a, "%s", l->wrong);
    else if (st != STATUS_OK)
        code = output_failed("replica", st);
    else
        code = o->json ? output_json(json_incref(view)) : print(o, l, view);
    json_decref(view);
    return code;
}

int listing_run(struct args *a, const struct listing_options *o, const struct listing *l)
{
    struct listing_call call = { .page = { .limit = (unsigned)o->limit,
                                           .after = bytes_of(o->after),
                                           .lang = bytes_of(o->lang) },
                                 .what = l->what };
    struct filter *f = NULL;
    struct session s;
    enum status st;
    int code;

    if (o->limit == 0 || o->limit > VIEW_LIMIT_MAX)
        return args_wrong(a, "--limit: from 1 to %d", VIEW_LIMIT_MAX);
    if (o->json && o->csv)
        return args_wrong(a, "--json and --csv: one of them");
    if (day_of_option(a, o->on, &call.day) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    st = filter_of_options(a, &o->filters, &f);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = session_open(o->dir, SESSION_READ, &s);
    if (st != STATUS_OK) {
        filter_free(f);
        return status_exit_code(st);
    }
    call.store = s.store;
    call.f = f;
    code = run(a, o, l, &call);
    session_close(&s);
    filter_free(f);
    return code;
}
