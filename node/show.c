#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "face/view.h"
#include "node/command.h"
#include "node/day.h"
#include "node/item.h"
#include "node/output.h"
#include "node/session.h"
#include "node/signer.h"
#include "record/json.h"
#include "record/kind.h"

struct options {
    const char *dir, *after, *lang, *on;
    uint64_t limit;
    int64_t day;
    bool json;
};

/* --- finding ---------------------------------------------------------------------- */

/* "17", "17/2" or "17/2/<id>"; n is 0 for the whole entry. */
static bool find_record(struct bytes id, uint64_t *index, unsigned *n)
{
    struct reference r;
    uint64_t second;
    size_t slash;

    *n = 0;
    if (decimal_parse(id, index) == STATUS_OK)
        return true;
    if (bytes_find(id, '/', &slash) &&
        decimal_parse(bytes_slice(id, 0, slash), index) == STATUS_OK &&
        decimal_parse(bytes_slice(id, slash + 1, id.len), &second) == STATUS_OK &&
        second >= 1 && second <= RECORDS_MAX) {
        *n = (unsigned)second;
        return true;
    }
    if (reference_parse(id, &r) != STATUS_OK)
        return false;
    *index = r.index;
    *n = r.n;
    return true;
}

static enum status find_item(struct store *s, struct bytes id, const struct options *o,
                             json_t **out)
{
    enum status st = STATUS_NOT_FOUND;

    for (int k = 0; st == STATUS_NOT_FOUND && k < VIEW_KINDS; k++)
        st = view_item(s, (enum view_kind)k, id, (unsigned)o->limit, bytes_of(o->after),
                       bytes_of(o->lang), o->day, out);
    return st;
}

/* All records of an entry, as {"items":[…]}. */
static enum status find_records(struct store *s, uint64_t index, unsigned n,
                                const struct options *o, json_t **out)
{
    json_t *items = json_array(), *one;
    unsigned from = n > 0 ? n : 1, to = n > 0 ? n : RECORDS_MAX;
    enum status st = STATUS_OK;

    for (unsigned i = from; st == STATUS_OK && i <= to; i++) {
        st = view_record(s, index, i, bytes_of(o->lang), &one);
        if (st == STATUS_OK)
            json_array_append_new(items, one);
    }
    if (st == STATUS_NOT_FOUND && json_array_size(items) > 0)
        st = STATUS_OK;
    if (st != STATUS_OK) {
        json_decref(items);
        return st;
    }
    *out = json_pack("{s:o}", "items", items);
    return *out != NULL ? STATUS_OK : STATUS_NOMEM;
}

/* A reference is bound by hash: the statement must be the one it names. */
static enum status check_reference(struct bytes id, const json_t *view)
{
    struct reference r;
    const json_t *item = json_array_get(json_object_get(view, "items"), 0);

    if (reference_parse(id, &r) != STATUS_OK ||
        bytes_eq(json_member(item, "reference"), id))
        return STATUS_OK;
    say_error("entry %llu is another statement than " BYTES_FMT " refers to",
              (unsigned long long)r.index, BYTES_ARG(id));
    return STATUS_BAD_PROOF;
}

/* --- for people ------------------------------------------------------------------- */

static void print_records(const json_t *view, const struct item_style *style,
                          struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(view, "items"), i, item)
    {
        if (i > 0)
            buf_text(out, "\n");
        item_print_record(item, style, out);
    }
}

/* "PL-1" is the own PL-1, as in the commands that state something. */
static enum status find_own(const struct session *s, struct bytes id,
                            const struct options *o, json_t **out)
{
    struct verifier_key own;
    struct buf whole = { 0 };
    enum status st = signer_public(&s->config, NULL, &own);

    if (st != STATUS_OK)
        return STATUS_NOT_FOUND;
    buf_printf(&whole, "%s:" BYTES_FMT, own.name, BYTES_ARG(id));
    st = whole.bad ? STATUS_NOMEM : find_item(s->store, buf_bytes(&whole), o, out);
    buf_clear(&whole);
    return st;
}

static enum status find_country(struct store *s, struct bytes code,
                                const struct options *o, json_t **out)
{
    struct view_page page = { .limit = (unsigned)o->limit, .lang = bytes_of(o->lang) };

    return view_country(s, code, o->day, &page, out);
}

static int show(struct args *a, const struct options *o, const struct session *session)
{
    struct store *s = session->store;
    struct bytes id = bytes_of(a->words[0]);
    struct item_style style = { .lang = bytes_of(o->lang),
                                .colour = say_colour(STDOUT_FILENO),
                                .bars = isatty(STDOUT_FILENO) != 0 };
    struct buf out = { 0 };
    json_t *view = NULL;
    uint64_t index;
    unsigned n;
    bool record = false, country = false;
    enum status st = find_item(s, id, o, &view);
    int code;

    /* A number may be an organization, too: 44000 is. */
    if (st == STATUS_NOT_FOUND && find_record(id, &index, &n)) {
        record = true;
        st = find_records(s, index, n, o, &view);
    }
    if (st == STATUS_NOT_FOUND)
        st = find_own(session, id, o, &view);
    if (st == STATUS_NOT_FOUND) {
        country = true;
        st = find_country(s, id, o, &view);
    }

    if (st == STATUS_NOT_FOUND) {
        say_error("nothing here is called %s", a->words[0]);
        say_hint("is the replica current? `avow sync`; `avow list` shows what there is");
    } else if (st == STATUS_REFUSED) {
        return args_wrong(a, "--after: '%s' is not where a history went on", o->after);
    } else if (st != STATUS_OK) {
        return output_failed(a->words[0], st);
    }
    if (st == STATUS_OK && record)
        st = check_reference(id, view);
    if (st == STATUS_OK && !o->json) {
        json_t *shown = item_shown(view);

        json_decref(view);
        view = shown;
        out.bad |= shown == NULL;
        if (shown == NULL)
            code = 0;
        else if (record)
            print_records(view, &style, &out);
        else if (country)
            item_print_country(view, &style, &out);
        else
            item_print(view, &style, &out);
        code = output_buf(&out);
    } else {
        code = st == STATUS_OK ? output_json(json_incref(view)) : status_exit_code(st);
    }
    json_decref(view);
    return code;
}

int cmd_show(struct args *a)
{
    struct options o = { .limit = VIEW_LIMIT_DEFAULT };
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        { "limit", "N", "at most so many records of its history (default 50)",
          .number = &o.limit },
        { "after", "CURSOR", "go on where its history ended", .text = &o.after },
        { "lang", "LANG", "texts in this language where there are", .text = &o.lang },
        ON_OPTION(&o.on),
        JSON_OPTION(&o.json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (o.limit == 0 || o.limit > VIEW_LIMIT_MAX)
        return args_wrong(a, "--limit: from 1 to %d", VIEW_LIMIT_MAX);
    if (day_of_option(a, o.on, &o.day) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    st = session_open(o.dir, SESSION_READ, &s);
    if (st != STATUS_OK)
        return status_exit_code(st);
    code = show(a, &o, &s);
    session_close(&s);
    return code;
}
