/* Names for what has an id: who types "ILO" may mean XM-DAC-41302, and anybody can have
 * taken "ILO" as an alias, so that names are proposed and never taken for what they name.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "face/names.h"
#include "ledger/rows.h"
#include "node/form_run.h"
#include "node/output.h"

#define NEAREST_MAX 5
#define NEAREST_SCAN 20000

struct nearest {
    struct bytes name;
    bool exact; /* called just so, but for case */
    struct buf *out;
    json_t *ids;
    size_t n, seen;
};

static bool fits(const struct nearest *n, const char *text)
{
    char *word = bytes_to_text(n->name);
    bool found = false;

    if (word != NULL && n->exact)
        found = strcasecmp(text, word) == 0;
    else if (word != NULL)
        found = (n->name.len > 1 && strcasestr(text, word) != NULL) ||
                args_nearest(word, &text, 1) != NULL;
    free(word);
    return found;
}

/* A text, texts by language, or a list of these. */
static bool is_called(const struct nearest *n, const json_t *text)
{
    const char *lang;
    json_t *item;
    size_t i;
    bool found = json_is_string(text) && fits(n, json_string_value(text));

    json_object_foreach((json_t *)(uintptr_t)text, lang, item) found =
        found || is_called(n, item);
    json_array_foreach(text, i, item) found = found || is_called(n, item);
    return found;
}

static const char *id_of(const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "org"));

    if (json_object_get(row, "kind") != NULL)
        return json_string_value(json_object_get(row, "id"));
    return id != NULL ? id : json_string_value(json_object_get(row, "network"));
}

static enum status look_at(void *ctx, uint64_t place, struct bytes key,
                           struct bytes value)
{
    struct nearest *n = ctx;
    json_t *row = NULL;
    const json_t *name;
    const char *id;

    (void)place;
    (void)key;
    if (rows_parse(value, &row) != STATUS_OK)
        return STATUS_ALTERED;
    name = json_object_get(row, "name");
    if (name == NULL)
        name = json_object_get(row, "title");
    id = id_of(row);
    if (id != NULL && (fits(n, id) || is_called(n, name) ||
                       is_called(n, json_object_get(row, "aliases")))) {
        buf_printf(n->out, "%s%s (" BYTES_FMT ")", n->n++ > 0 ? ", " : "", id,
                   BYTES_ARG(names_text(name, (struct bytes){ 0 })));
        if (n->ids != NULL)
            json_array_append_new(n->ids, json_string(id));
    }
    json_decref(row);
    return n->n == NEAREST_MAX || ++n->seen == NEAREST_SCAN ? STATUS_EXISTS : STATUS_OK;
}

void form_nearest(struct store *s, enum store_table t, struct bytes name, struct buf *out)
{
    struct nearest n = { .name = name, .exact = true, .out = out };

    (void)store_rows(s, t, 1, false, look_at, &n);
    if (n.n > 0)
        return;
    n.exact = false;
    n.seen = 0;
    (void)store_rows(s, t, 1, false, look_at, &n);
}

json_t *form_called(struct store *s, struct bytes name, struct buf *out)
{
    struct nearest n = { .name = name, .exact = true, .out = out, .ids = json_array() };

    (void)store_rows(s, STORE_ORGANIZATION, 1, false, look_at, &n);
    return n.ids;
}

bool form_org_known(struct store *s, struct bytes org)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    bool known;

    rows_org_key(org, &key);
    known = rows_find(s, STORE_ORGANIZATION, buf_bytes(&key), NULL, &row) == STATUS_OK &&
            bytes_eq(json_member(row, "org"), org);
    json_decref(row);
    buf_clear(&key);
    return known;
}

json_t *form_propose(struct store *s, struct bytes name)
{
    struct buf told = { 0 };
    json_t *ids = form_on_terminal() ? form_called(s, name, &told) : NULL, *meant = NULL;
    struct bytes rest = buf_bytes(&told);
    char question[600];
    const json_t *id;
    size_t i;

    json_array_foreach(ids, i, id)
    {
        size_t end = rest.len, len = json_string_length(id);

        /* "ID (name), ID (name)": its own part ends where the next id begins. */
        for (size_t at = len; end == rest.len && at + 2 < rest.len; at++)
            if (i + 1 < json_array_size(ids) && rest.ptr[at] == ',' &&
                bytes_starts(bytes_slice(rest, at + 2, rest.len),
                             json_bytes(json_array_get(ids, i + 1))))
                end = at;
        snprintf(question, sizeof(question),
                 "\"" BYTES_FMT "\" is no identifier. Is " BYTES_FMT " meant?",
                 BYTES_ARG(field_shown(name)), BYTES_ARG(bytes_slice(rest, 0, end)));
        if (meant == NULL && output_ask(question))
            meant = json_incref((json_t *)(uintptr_t)id);
        rest = bytes_slice(rest, end + 2, rest.len);
    }
    json_decref(ids);
    buf_clear(&told);
    return meant;
}

/* --- codes ------------------------------------------------------------------------ */

/* "Zambia" or "Zm" of the list of countries: ZM. */
void form_nearest_code(struct bytes list, struct bytes name, struct buf *out)
{
    enum code_list l = 0;
    const char *code, *label;
    size_t n = 0;

    while (l < CODE_LISTS && !bytes_eq_text(list, code_list_name(l)))
        l++;
    for (int exact = 1; l < CODE_LISTS && n == 0 && exact >= 0; exact--) {
        struct nearest called = { .name = name, .exact = exact == 1 };

        for (size_t i = 0; n < NEAREST_MAX && (code = code_at(l, i)) != NULL; i++) {
            label = code_label(l, bytes_of(code));
            if (!fits(&called, code) && (label == NULL || !fits(&called, label)))
                continue;
            buf_printf(out, "%s%s", n++ > 0 ? ", " : "", code);
            if (label != NULL && strcmp(label, code) != 0)
                buf_printf(out, " (%s)", label);
        }
    }
}

/* --- organizations in a record ------------------------------------------------------ */

/* Organizations that the kind itself makes are new. */
static bool is_new(const struct form_fill *f, const struct field *field, unsigned depth)
{
    return depth == 0 && strcmp(field->name, "org") == 0 &&
           (f->verb->kind == KIND_ORGANIZATION_LISTED ||
            f->verb->kind == KIND_ORGANIZATION_REGISTERED);
}

struct walk {
    struct form_fill *f;
    form_org_fn *each;
    void *ctx;
    unsigned depth;
};

static bool walk_object(struct walk *w, const struct form *form, json_t *object);

/* What stands for no organization, where that may stand. */
static bool is_nobody(const struct field *f, struct bytes text)
{
    if (bytes_eq_text(text, "anonymous"))
        return f->check == field_donor || f->check == field_recipient;
    return bytes_eq_text(text, "public") && f->check == field_donor;
}

static bool walk_value(struct walk *w, const struct field *f, json_t *value,
                       json_t **instead)
{
    struct bytes text = json_bytes(value), org, local;
    bool named = field_names_org(f) &&
                 !(f->check == field_fund && subject_id_split(text, &org, &local));

    *instead = NULL;
    if (json_is_object(value) && (f->check == field_object || f->check == field_set)) {
        bool goes_on;

        w->depth++;
        goes_on = walk_object(w, f->form, value);
        w->depth--;
        return goes_on;
    }
    if (!named || !json_is_string(value) || is_new(w->f, f, w->depth) ||
        is_nobody(f, text) || form_org_known(w->f->store, text))
        return true;
    return w->each(w->ctx, f, text, instead);
}

static bool walk_object(struct walk *w, const struct form *form, json_t *object)
{
    const char *name;
    json_t *value, *item, *instead;
    size_t i;
    bool goes_on = true;

    json_object_foreach(object, name, value)
    {
        const struct field *f = form_member(form, name);

        if (f == NULL || !goes_on)
            continue;
        if (!json_is_array(value)) {
            goes_on = walk_value(w, f, value, &instead);
            if (instead != NULL)
                json_object_set_new(object, name, instead);
            continue;
        }
        json_array_foreach(value, i, item)
        {
            if (!goes_on)
                break;
            goes_on = walk_value(w, f, item, &instead);
            if (instead != NULL)
                json_array_set_new(value, i, instead);
        }
    }
    return goes_on;
}

bool form_each_unknown_org(struct form_fill *f, json_t *record, form_org_fn *each,
                           void *ctx)
{
    struct walk w = { .f = f, .each = each, .ctx = ctx };

    return walk_object(&w, kind_form(f->verb->kind), record);
}
