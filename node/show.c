#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "face/names.h"
#include "face/view.h"
#include "node/command.h"
#include "node/day.h"
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

static void line(struct buf *out, const char *name, struct bytes value)
{
    if (value.len > 0)
        buf_printf(out, "%-12s" BYTES_FMT "\n", name, BYTES_ARG(value));
}

static void member(struct buf *out, const json_t *item, const char *name)
{
    line(out, name, json_member(item, name));
}

static void joined(struct buf *out, const char *name, const json_t *list)
{
    struct buf text = { 0 };
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (i > 0)
            buf_text(&text, ", ");
        buf_add(&text, json_bytes(item));
    }
    line(out, name, buf_bytes(&text));
    buf_clear(&text);
}

static void organizations(struct buf *out, const char *name, const json_t *list,
                          const char *state)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        struct bytes role = json_member(item, "role"), what = json_member(item, state);

        buf_printf(out, "%-12s" BYTES_FMT " (" BYTES_FMT ")", i == 0 ? name : "",
                   BYTES_ARG(json_member(item, "name")),
                   BYTES_ARG(json_member(item, "org")));
        if (role.len > 0)
            buf_printf(out, ", " BYTES_FMT, BYTES_ARG(role));
        if (what.len > 0)
            buf_printf(out, ": " BYTES_FMT, BYTES_ARG(what));
        if (json_is_false(json_object_get(item, state)))
            buf_text(out, ": has not accepted yet");
        buf_text(out, "\n");
    }
}

static void money(struct buf *out, const json_t *item)
{
    static const char *const columns[] = { "pledged",   "new",      "committed",
                                           "disbursed", "received", "outstanding" };
    const json_t *sums = json_object_get(item, "money"), *currency;
    struct buf text = { 0 };

    currency = json_object_get(item, "currency");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        const json_t *amount = json_object_get(sums, columns[i]);
        json_t *one = json_pack("{s:O*, s:O*}", "amount", amount, "currency", currency);

        if (one == NULL || amount == NULL) {
            json_decref(one);
            continue;
        }
        buf_reset(&text);
        names_money(one, &text);
        line(out, columns[i], buf_bytes(&text));
        json_decref(one);
    }
    buf_clear(&text);
}

static void deliverables(struct buf *out, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const json_t *current = json_object_get(item, "current");
        const json_t *percent = json_object_get(item, "percent");
        struct bytes value = json_member(current, "value");
        struct bytes state = json_member(current, "state");

        if (i == 0)
            buf_text(out, "\ndeliverables\n");
        buf_printf(out, "  %-9s " BYTES_FMT,
                   json_string_value(json_object_get(item, "id")),
                   BYTES_ARG(json_member(item, "title")));
        if (json_member(item, "target").len > 0)
            buf_printf(out, "; target " BYTES_FMT,
                       BYTES_ARG(json_member(item, "target")));
        if (value.len > 0)
            buf_printf(out, "; now " BYTES_FMT, BYTES_ARG(value));
        if (percent != NULL)
            buf_printf(out, " (%lld%%)", (long long)json_integer_value(percent));
        if (state.len > 0)
            buf_printf(out, "; " BYTES_FMT, BYTES_ARG(state));
        buf_text(out, "\n");
    }
}

static void history(struct buf *out, const json_t *pages)
{
    const json_t *item, *next = json_object_get(pages, "next");
    size_t i;

    json_array_foreach(json_object_get(pages, "items"), i, item)
    {
        if (i == 0)
            buf_text(out, "\nhistory, newest first\n");
        buf_printf(out, "  %.10s  #%lld/%lld  " BYTES_FMT "\n",
                   json_string_value(json_object_get(item, "at")),
                   (long long)json_integer_value(json_object_get(item, "index")),
                   (long long)json_integer_value(json_object_get(item, "n")),
                   BYTES_ARG(json_member(item, "text")));
    }
    if (json_is_string(next))
        buf_printf(out, "  … more with --after %s\n", json_string_value(next));
}

static void keys(struct buf *out, const char *name, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        buf_printf(out, "%-12s" BYTES_FMT, i == 0 ? name : "",
                   BYTES_ARG(json_member(item, "key")));
        if (json_member(item, "label").len > 0)
            buf_printf(out, " (" BYTES_FMT ")", BYTES_ARG(json_member(item, "label")));
        if (json_object_get(item, "revoked") != NULL)
            buf_printf(
                out, ", revoked: " BYTES_FMT,
                BYTES_ARG(json_member(json_object_get(item, "revoked"), "reason")));
        buf_text(out, "\n");
    }
}

static void print_item(const json_t *item, struct buf *out)
{
    struct bytes title = json_member(item, "title");
    bool colour = say_colour(STDOUT_FILENO);

    buf_printf(out, "%s" BYTES_FMT "%s\n", colour ? "\033[1m" : "",
               BYTES_ARG(title.len > 0 ? title : json_member(item, "name")),
               colour ? "\033[0m" : "");
    member(out, item, "id");
    member(out, item, "kind");
    member(out, item, "status");
    joined(out, "flags", json_object_get(item, "flags"));
    member(out, item, "country");
    line(out, "donor", json_member(item, "donor_name"));
    line(out, "recipient", json_member(item, "recipient_name"));
    line(out, "attested by", json_member(item, "attested"));
    money(out, item);
    line(out, "stated by", json_member(item, "author_name"));
    line(out, "stated by", json_member(item, "by_name"));
    joined(out, "networks", json_object_get(item, "networks"));
    joined(out, "countries", json_object_get(item, "countries"));
    joined(out, "themes", json_object_get(item, "themes"));
    organizations(out, "parties", json_object_get(item, "parties"), "state");
    line(out, "", json_member(json_object_get(item, "signed"), "text"));
    organizations(out, "conveners", json_object_get(item, "conveners"), "active");
    organizations(out, "members", json_object_get(item, "members"), "status");
    keys(out, "keys", json_object_get(item, "keys"));
    keys(out, "cosigners", json_object_get(item, "cosigners"));
    line(out, "terms", json_member(item, "terms_state"));
    member(out, item, "rev");
    line(out, "purpose", json_member(item, "purpose"));
    line(out, "description", json_member(item, "description"));
    deliverables(out, json_object_get(item, "deliverables"));
    history(out, json_object_get(item, "history"));
}

static void print_records(const json_t *view, struct buf *out)
{
    const json_t *item;
    struct buf json = { 0 };
    size_t i;

    json_array_foreach(json_object_get(view, "items"), i, item)
    {
        buf_printf(out, "%s" BYTES_FMT "\n", i > 0 ? "\n" : "",
                   BYTES_ARG(json_member(item, "text")));
        member(out, item, "reference");
        line(out, "by", json_member(item, "org_name"));
        member(out, item, "at");
        buf_reset(&json);
        json_print_pretty(json_object_get(item, "record"), &json);
        buf_add(out, buf_bytes(&json));
        buf_text(out, "\n");
    }
    buf_clear(&json);
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

static int show(struct args *a, const struct options *o, const struct session *session)
{
    struct store *s = session->store;
    struct bytes id = bytes_of(a->words[0]);
    struct buf out = { 0 };
    json_t *view = NULL;
    uint64_t index;
    unsigned n;
    bool record = false;
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
        if (record)
            print_records(view, &out);
        else
            print_item(view, &out);
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
