/* Records in words: what the sentences share, and which family tells which kind. */
#include "face/event.h"

#include <stdlib.h>
#include <string.h>

#include "face/entry.h"
#include "face/event_internal.h"
#include "record/kind.h"

/* --- words -------------------------------------------------------------------------- */

void say_org(struct telling *t, struct bytes org)
{
    buf_add(t->out, names_org(t->names, org));
}

void say_org_of(struct telling *t, const char *member)
{
    say_org(t, json_member(t->record, member));
}

void say_network_of(struct telling *t, const char *member)
{
    buf_add(t->out, names_network(t->names, json_member(t->record, member)));
}

void say_did(struct telling *t, const char *did)
{
    say_org(t, t->author);
    buf_printf(t->out, " %s ", did);
}

bool is_author(const struct telling *t, struct bytes org)
{
    return bytes_eq(org, t->author);
}

void say_quoted(struct telling *t, const json_t *text)
{
    struct bytes words = names_text(text, names_lang(t->names));

    if (words.len > 0)
        buf_printf(t->out, "“" BYTES_FMT "”", BYTES_ARG(words));
}

void say_title(struct telling *t)
{
    if (t->subject != NULL)
        say_quoted(t, json_object_get(t->subject, "title"));
    else
        buf_add(t->out, json_member(t->record, "id"));
}

void say_reason(struct telling *t)
{
    struct bytes reason =
        names_text(json_object_get(t->record, "reason"), names_lang(t->names));

    if (reason.len > 0)
        buf_printf(t->out, ": " BYTES_FMT, BYTES_ARG(reason));
}

void say_list(struct telling *t, const struct bytes names[], size_t n, size_t all)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_text(t->out, i + 1 == n && n == all ? " and " : ", ");
        buf_add(t->out, names[i]);
    }
    if (all > n)
        buf_printf(t->out, " and %zu others", all - n);
}

void say_countries(struct telling *t)
{
    const json_t *list = json_object_get(t->record, "countries");
    struct bytes names[4];
    size_t n = json_array_size(list), shown = n > 4 ? 3 : n;

    if (n == 0)
        return;
    for (size_t i = 0; i < shown; i++)
        names[i] = names_country(json_bytes(json_array_get(list, i)));
    buf_text(t->out, " (");
    say_list(t, names, shown, n);
    buf_text(t->out, ")");
}

void say_worth(struct telling *t, const json_t *record)
{
    const json_t *kind = json_object_get(record, "in_kind");
    struct bytes goods =
        names_text(json_object_get(kind, "description"), names_lang(t->names));

    if (json_object_get(record, "money") != NULL)
        names_money(json_object_get(record, "money"), t->out);
    else if (goods.len > 0)
        buf_printf(t->out, "in kind (" BYTES_FMT ")", BYTES_ARG(goods));
    else
        buf_text(t->out, "an unstated amount");
}

struct bytes act_of(struct bytes is)
{
    size_t dot = 0;

    return bytes_find(is, '.', &dot) ? bytes_slice(is, dot + 1, is.len) : is;
}

json_t *told_at(struct telling *t, struct bytes reference)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    struct reference r;
    json_t *record = NULL;

    if (entry != NULL && reference_parse(reference, &r) == STATUS_OK &&
        entry_read(names_store(t->names), r.index, entry) == STATUS_OK &&
        entry_record(entry, r.n, &record) != STATUS_OK)
        record = NULL;
    if (entry != NULL)
        entry_clear(entry);
    free(entry);
    return record;
}

/* --- which -------------------------------------------------------------------------- */

bool tell_by(struct telling *t, const struct telling_row rows[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes_eq_text(t->is, rows[i].is)) {
            rows[i].tell(t);
            return true;
        }
    }
    return false;
}

/* Later rules have more kinds; this says at least who stated what. */
static void tell_other(struct telling *t)
{
    say_did(t, "stated");
    buf_add(t->out, t->is);
    if (json_member(t->record, "id").len > 0) {
        buf_text(t->out, " of ");
        say_title(t);
    }
}

enum status event_sentence(struct names *names, const char *is, const json_t *record,
                           struct bytes author, struct buf *out)
{
    struct telling t = {
        .names = names, .record = record, .is = bytes_of(is), .author = author, .out = out
    };
    struct bytes id = json_member(record, "id");

    if (id.len > 0)
        t.subject = names_subject(names, id);
    if (!tell_pledge(&t) && !tell_agreement(&t) && !tell_mark(&t) &&
        !tell_directory(&t) && !tell_log(&t))
        tell_other(&t);
    return buf_status(out);
}
