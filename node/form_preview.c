/* What is about to be signed, in words: every field of every record, names beside ids,
 * amounts grouped; and what it is about: the terms that are accepted, what an amendment
 * changes, the record that is confirmed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/say.h"
#include "base/shown.h"
#include "face/entry.h"
#include "face/event.h"
#include "face/names.h"
#include "ledger/rows.h"
#include "node/form.h"
#include "node/tell.h"
#include "record/money.h"
#include "record/terms.h"

#define LABEL_WIDTH 15

struct preview {
    struct store *store;
    struct names *names;
    struct buf *out;
    const struct form *form; /* of the terms that differ */
    bool colour;
};

/* --- values ----------------------------------------------------------------------- */

static void show(struct preview *p, const struct field *f, const json_t *value);

static void show_money(struct preview *p, const json_t *value)
{
    struct money m;
    struct refusal why;

    if (money_parse(value, 0, &m, &why) != STATUS_OK) {
        json_print(value, p->out);
        return;
    }
    buf_printf(p->out, "%s ", m.currency);
    money_print_grouped(m.minor, m.currency, p->out);
}

static void show_period(struct preview *p, const json_t *value)
{
    struct bytes start = json_member(value, "start"), end = json_member(value, "end");

    if (start.len > 0 && end.len > 0)
        buf_printf(p->out, BYTES_FMT " to " BYTES_FMT, BYTES_ARG(start), BYTES_ARG(end));
    else if (start.len > 0)
        buf_printf(p->out, "from " BYTES_FMT, BYTES_ARG(start));
    else
        buf_printf(p->out, "until " BYTES_FMT, BYTES_ARG(end));
}

static void show_named(struct preview *p, struct bytes id, struct bytes name)
{
    shown_text(name, p->out);
    if (!names_tells(name, id)) {
        buf_text(p->out, " (");
        shown_text(id, p->out);
        buf_text(p->out, ")");
    }
}

/* Lines after the first stand below it. */
static void show_text(struct preview *p, struct bytes text)
{
    size_t end;

    while (bytes_find(text, '\n', &end)) {
        shown_text(bytes_slice(text, 0, end), p->out);
        buf_printf(p->out, "\n%*s", LABEL_WIDTH + 2, "");
        text = bytes_slice(text, end + 1, text.len);
    }
    shown_text(text, p->out);
}

static void show_languages(struct preview *p, const json_t *value)
{
    const char *lang;
    json_t *text;
    bool first = true;

    json_object_foreach((json_t *)(uintptr_t)value, lang, text)
    {
        buf_printf(p->out, "%s%s: ", first ? "" : "; ", lang);
        show_text(p, json_bytes(text));
        first = false;
    }
}

static void show_subject(struct preview *p, struct bytes id)
{
    const json_t *row = names_subject(p->names, id);

    shown_text(id, p->out);
    if (row == NULL)
        return;
    buf_text(p->out, " “");
    shown_text(names_text(json_object_get(row, "title"), names_lang(p->names)), p->out);
    buf_text(p->out, "”");
}

static void show_string(struct preview *p, const struct field *f, const json_t *value)
{
    struct bytes text = json_bytes(value);
    const char *label = NULL;

    if (f != NULL && f->check == field_fund && names_subject(p->names, text) != NULL)
        show_subject(p, text);
    else if (f != NULL && field_names_org(f))
        show_named(p, text, names_org(p->names, text));
    else if (f != NULL && f->check == field_network)
        show_named(p, text, names_network(p->names, text));
    else if (f != NULL && (f->check == field_subject || f->check == field_own_subject))
        show_subject(p, text);
    else {
        if (f != NULL && f->check == field_code)
            label = code_label(f->list, text);
        show_text(p, text);
        if (label != NULL && !bytes_eq_text(text, label))
            buf_printf(p->out, " %s", label);
    }
}

static void show_object(struct preview *p, const struct form *form, const json_t *value)
{
    const char *name;
    json_t *member;
    bool first = true;

    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        const struct field *f = form != NULL ? form_member(form, name) : NULL;
        bool plain =
            first && form != NULL && f == &form->fields[0] && json_is_string(member);

        buf_text(p->out, first ? "" : "; ");
        for (const char *c = name; !plain && *c != '\0'; c++)
            buf_u8(p->out, *c == '_' ? ' ' : (uint8_t)*c);
        if (!plain)
            buf_u8(p->out, ' ');
        show(p, f, member);
        first = false;
    }
}

static void show_list(struct preview *p, const struct field *f, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (i > 0 && json_is_object(item))
            buf_printf(p->out, "\n%*s", LABEL_WIDTH + 2, "");
        else if (i > 0)
            buf_text(p->out, ", ");
        show(p, f, item);
    }
}

static void show(struct preview *p, const struct field *f, const json_t *value)
{
    const struct form *form = f != NULL && f->check == field_object ? f->form : NULL;

    if (json_is_array(value))
        show_list(p, f, value);
    else if (json_is_string(value))
        show_string(p, f, value);
    else if (json_is_boolean(value))
        buf_text(p->out, json_is_true(value) ? "yes" : "no");
    else if (json_is_object(value) && (form == &form_money))
        show_money(p, value);
    else if (json_is_object(value) && form == &form_period)
        show_period(p, value);
    else if (json_is_object(value) && f != NULL &&
             (f->check == field_title || f->check == field_text))
        show_languages(p, value);
    else if (json_is_object(value))
        show_object(p, form, value);
    else
        json_print(value, p->out);
}

/* --- fields ----------------------------------------------------------------------- */

static void label(struct preview *p, const char *name)
{
    size_t n = 0;

    buf_text(p->out, "  ");
    for (; name[n] != '\0'; n++)
        buf_u8(p->out, name[n] == '_' ? ' ' : (uint8_t)name[n]);
    buf_printf(p->out, "%*s", n < LABEL_WIDTH ? (int)(LABEL_WIDTH - n) : 1, "");
}

static void show_fields(struct preview *p, const struct form *form, const json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (strcmp(name, "is") == 0 || strcmp(name, "set") == 0)
            continue;
        label(p, name);
        show(p, form_member(form, name), value);
        buf_u8(p->out, '\n');
    }
}

/* The field that a path of terms_difference ends in. */
static const struct field *field_at(const struct form *form, const char *path)
{
    const struct field *f = NULL;

    while (form != NULL && *path != '\0') {
        char name[64];
        size_t len = strcspn(path, ".[");

        snprintf(name, sizeof(name), "%.*s", (int)len, path);
        f = form_member(form, name);
        if (f == NULL)
            return NULL;
        path += len;
        if (*path == '[') {
            const char *end = strstr(path, "].");

            path = end != NULL ? end + 1 : path + strlen(path);
        }
        if (*path == '.')
            path++;
        form = f->check == field_object ? f->form : NULL;
    }
    return *path == '\0' ? f : NULL;
}

static void change_line(struct preview *p, char sign, const char *path,
                        const struct field *f, const json_t *value)
{
    if (p->colour)
        buf_text(p->out, sign == '-' ? "\033[31m" : "\033[32m");
    buf_printf(p->out, "  %c %-*s ", sign, LABEL_WIDTH - 2, path);
    show(p, f, value);
    buf_text(p->out, p->colour ? "\033[0m\n" : "\n");
}

static enum status each_change(void *ctx, const char *path, const json_t *before,
                               const json_t *after)
{
    struct preview *p = ctx;
    const struct field *f = field_at(p->form, path);

    if (before != NULL)
        change_line(p, '-', path, f, before);
    if (after != NULL)
        change_line(p, '+', path, f, after);
    return STATUS_OK;
}

static enum status show_difference(struct preview *p, const json_t *before,
                                   const json_t *after)
{
    enum kind k;

    p->form = kind_find(json_member(before, "is"), &k) ? kind_form(k) : &form_common;
    return terms_difference(before, after, each_change, p);
}

/* --- what it is about ------------------------------------------------------------- */

static void show_author(struct preview *p, const json_t *row)
{
    buf_text(p->out, "of ");
    shown_text(names_org(p->names, json_member(row, "author")), p->out);
    buf_text(p->out, ", ");
    buf_add(p->out, json_member(row, "status"));
}

/* The terms that are accepted or declined: as a whole, or where an amendment is proposed,
 * as what it changes. */
static enum status show_terms(struct preview *p, const json_t *row)
{
    json_t *now = NULL, *newest = NULL;
    bool proposed = json_object_get(row, "proposed") != NULL;
    enum kind k;
    enum status st = form_terms(p->store, row, true, &newest);

    if (st == STATUS_OK && proposed)
        st = form_terms(p->store, row, false, &now);
    if (st == STATUS_OK && proposed) {
        buf_text(p->out, "\nThe amendment changes the terms:\n\n");
        st = show_difference(p, now, newest);
    } else if (st == STATUS_OK) {
        buf_text(p->out, "\nThe terms, ");
        show_author(p, row);
        buf_text(p->out, ":\n\n");
        if (kind_find(json_member(newest, "is"), &k))
            show_fields(p, kind_form(k), newest);
    }
    json_decref(now);
    json_decref(newest);
    return st;
}

static enum status show_amendment(struct preview *p, const json_t *row, const json_t *set)
{
    json_t *before = NULL, *after = NULL;
    enum status st = form_terms(p->store, row, true, &before);

    if (st == STATUS_OK)
        st = terms_apply(before, set, &after);
    if (st == STATUS_OK) {
        buf_text(p->out, "\nIt changes the terms:\n\n");
        st = show_difference(p, before, after);
    }
    json_decref(before);
    json_decref(after);
    return st;
}

/* The record that is confirmed, disputed, settled or voided. */
static enum status show_referred(struct preview *p, const json_t *record)
{
    struct reference ref;
    struct entry e = { 0 };
    json_t *other = NULL;
    enum status st;

    if (reference_parse(json_member(record, "ref"), &ref) != STATUS_OK)
        return STATUS_OK;
    st = entry_read(p->store, ref.index, &e);
    if (st == STATUS_OK)
        st = entry_record(&e, ref.n, &other);
    if (st == STATUS_OK) {
        buf_text(p->out, "\nThe record that it is about:\n\n  ");
        st = event_sentence(p->names, json_string_value(json_object_get(other, "is")),
                            other, entry_author(&e), p->out);
        buf_u8(p->out, '\n');
    }
    json_decref(other);
    entry_clear(&e);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* the rules will say so */
}

static enum status show_about(struct preview *p, const struct record *r)
{
    const json_t *set = json_object_get(r->json, "set");
    bool terms = json_object_get(r->json, "rev") != NULL;
    json_t *row = NULL;
    enum status st;

    if (json_object_get(r->json, "ref") != NULL)
        return show_referred(p, r->json);
    if (!terms)
        return STATUS_OK;
    st = rows_find(p->store, STORE_SUBJECT, json_member(r->json, "id"), NULL, &row);
    if (st == STATUS_OK)
        st = set != NULL ? show_amendment(p, row, set) : show_terms(p, row);
    json_decref(row);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

/* --- rules of signing that nobody could meet -------------------------------------- */

/* kinds[] holds names of kinds, or what stands before their dot. */
static bool covers(const json_t *kinds, struct bytes name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(kinds, i, item)
    {
        struct bytes k = json_bytes(item);

        if (bytes_starts(name, k) && (name.len == k.len || name.ptr[k.len] == '.'))
            return true;
    }
    return false;
}

/* May it sign all of this kind, at the next entry? */
static bool key_may(const json_t *key, struct bytes kind, uint64_t size)
{
    const json_t *until = json_object_get(key, "until"),
                 *kinds = json_object_get(key, "kinds");

    return (until == NULL || json_integer_value(until) > (json_int_t)size) &&
           (kinds == NULL || covers(kinds, kind));
}

static enum status count_keys(struct store *s, struct bytes org, struct bytes kind,
                              uint64_t *n)
{
    json_t *row = NULL, *key;
    struct buf name = { 0 };
    uint64_t size = 0;
    const json_t *item;
    size_t i;
    enum status st = store_size(s, &size);

    *n = 0;
    rows_org_key(org, &name);
    if (st == STATUS_OK)
        st = rows_find(s, STORE_ORGANIZATION, buf_bytes(&name), NULL, &row);
    json_array_foreach(json_object_get(row, "keys"), i, item)
    {
        unsigned id;

        if (st != STATUS_OK || sscanf(json_string_value(item), "%x", &id) != 1)
            continue;
        buf_reset(&name);
        rows_key_key(org, id, &name);
        st = rows_find(s, STORE_KEY, buf_bytes(&name), NULL, &key);
        if (st == STATUS_OK)
            *n += key_may(key, kind, size);
        json_decref(st == STATUS_OK ? key : NULL);
    }
    json_decref(row);
    buf_clear(&name);
    return st;
}

/* The rules allow it, and it cannot be undone by who then lacks a key: told before it is
 * signed. `locked`: what nobody could sign any more. */
static enum status show_lockout(struct preview *p, struct bytes org, struct bytes kind,
                                json_int_t needed, json_t *locked)
{
    uint64_t n;
    enum status st = count_keys(p->store, org, kind, &n);

    if (st != STATUS_OK || needed <= 1 || (json_int_t)n >= needed)
        return st;
    json_array_append_new(locked, json_stringn((const char *)kind.ptr, kind.len));
    buf_printf(p->out,
               "%s  WARNING: you would lock yourself out of " BYTES_FMT
               ": it needs %lld of your keys, and %s%llu may sign it%s\n",
               p->colour ? "\033[31m" : "", BYTES_ARG(kind), (long long)needed,
               n == 0 ? "" : "only ", (unsigned long long)n, p->colour ? "\033[0m" : "");
    return STATUS_OK;
}

static enum status show_signing(struct preview *p, const json_t *record)
{
    json_t *locked = json_array();
    const json_t *rule, *kind;
    struct bytes org = json_member(record, "org");
    enum status st = STATUS_OK;
    size_t i, k;

    json_array_foreach(json_object_get(record, "rules"), i, rule)
        json_array_foreach(json_object_get(rule, "kinds"), k, kind)
    {
        if (st == STATUS_OK)
            st = show_lockout(p, org, json_bytes(kind),
                              json_integer_value(json_object_get(rule, "signatures")),
                              locked);
    }
    if (json_array_size(locked) > 0 && covers(locked, bytes_of("key.added")) &&
        covers(locked, bytes_of("organization.signing")))
        buf_text(p->out, "  You could neither add a key nor end the rule then: only "
                         "conveners could help (`avow key recover`).\n");
    if (json_array_size(locked) > 0)
        buf_text(p->out, "  Add the keys first: `avow key add PROOF`, with what "
                         "`avow-keys prove --json` prints for each.\n");
    json_decref(locked);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* the rules will say so */
}

/* --- the whole -------------------------------------------------------------------- */

static enum status show_record(struct preview *p, const struct statement *s,
                               const struct record *r)
{
    struct buf sentence = { 0 };
    enum status st =
        event_sentence(p->names, kind_name(r->kind), r->json, s->org, &sentence);

    buf_text(p->out, "\n");
    shown_text(buf_bytes(&sentence), p->out);
    buf_text(p->out, "\n\n");
    p->out->bad |= sentence.bad;
    buf_clear(&sentence);
    if (st != STATUS_OK)
        return st;
    show_fields(p, kind_form(r->kind), r->json);
    return r->kind == KIND_ORGANIZATION_SIGNING ? show_signing(p, r->json)
                                                : show_about(p, r);
}

static void show_author_of(struct preview *p, const struct statement *s)
{
    buf_text(p->out, "You co-sign what ");
    show_named(p, s->org, names_org(p->names, s->org));
    buf_printf(p->out, " states with key %08x, seq %llu, at ", s->key_id,
               (unsigned long long)s->seq);
    time_print(s->at, p->out);
}

static void show_header(struct preview *p, const struct statement *s,
                        enum form_reader reader)
{
    if (reader == FORM_COSIGNER) {
        show_author_of(p, s);
    } else {
        buf_text(p->out, "You sign as ");
        show_named(p, s->org, names_org(p->names, s->org));
    }
    for (size_t i = 0; i < s->n_with; i++) {
        buf_text(p->out, i == 0 ? ", together with " : ", ");
        show_named(p, s->with[i], names_org(p->names, s->with[i]));
    }
    buf_printf(p->out, ", in the log " BYTES_FMT, BYTES_ARG(s->log));
    if (!bytes_eq_text(s->lang, "en"))
        buf_printf(p->out, ", in the language " BYTES_FMT, BYTES_ARG(s->lang));
    if (s->before != UINT64_MAX)
        buf_printf(p->out, ", not valid from entry %llu on",
                   (unsigned long long)s->before);
    buf_text(p->out, ":\n");
}

enum status form_preview(struct store *s, const struct statement *statement,
                         enum form_reader reader, struct buf *out)
{
    struct preview p = { .store = s, .out = out, .colour = say_colour(STDERR_FILENO) };
    struct store *scratch = NULL;
    enum status st = STATUS_OK;

    if (s == NULL)
        st = tell_scratch(&scratch);
    if (scratch != NULL)
        p.store = scratch;
    if (st == STATUS_OK)
        st = names_new(p.store, (struct bytes){ 0 }, &p.names);
    if (st == STATUS_OK)
        show_header(&p, statement, reader);
    for (size_t i = 0; st == STATUS_OK && i < statement->n; i++)
        st = show_record(&p, statement, &statement->records[i]);
    names_free(p.names);
    store_close(scratch);
    return st == STATUS_OK ? buf_status(out) : st;
}
