#include "node/form_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "node/form_value.h"
#include "node/output.h"

#define FILE_MAX (64 * 1024 * 1024)

/* --- opening ---------------------------------------------------------------------- */

static enum status say_malformed(struct form_file *f, const char *hint)
{
    say_error("%s%s%s: %s", f->path, f->where[0] != '\0' ? ", " : "", f->where, f->error);
    if (hint != NULL)
        say_hint("%s", hint);
    return STATUS_REFUSED;
}

static enum status csv_wrong(struct form_file *f)
{
    snprintf(f->where, sizeof(f->where), "line %u, column %u", f->csv.at_line,
             f->csv.column);
    snprintf(f->error, sizeof(f->error), "%s", f->csv.error);
    f->broken = true;
    return STATUS_MALFORMED;
}

static enum status read_head(struct form_file *f)
{
    const char *name;
    enum status st;

    f->table = true;
    csv_open(&f->csv, buf_bytes(&f->text));
    st = csv_next(&f->csv);
    if (st == STATUS_MALFORMED) {
        (void)csv_wrong(f);
        return say_malformed(f, NULL);
    }
    if (st != STATUS_OK)
        return st;
    for (size_t i = 0; i < f->csv.n; i++)
        buf_append(&f->head, f->csv.cells[i], strlen(f->csv.cells[i]) + 1);
    if (f->head.bad)
        return STATUS_NOMEM;
    name = buf_str(&f->head);
    for (f->n_names = 0; f->n_names < f->csv.n; f->n_names++) {
        f->names[f->n_names] = bytes_of(name);
        name += strlen(name) + 1;
    }
    return STATUS_OK;
}

static struct bytes without_bom(struct bytes text)
{
    return bytes_starts(text, BYTES_LIT("\xef\xbb\xbf")) ? bytes_slice(text, 3, text.len)
                                                         : text;
}

static struct bytes begun(struct bytes text)
{
    text = without_bom(text);
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t' ||
                            text.ptr[0] == '\r' || text.ptr[0] == '\n'))
        text = bytes_slice(text, 1, text.len);
    return text;
}

static enum status take(struct form_file *f)
{
    struct bytes text = begun(buf_bytes(&f->text));
    char told[JSON_ERROR_MAX];
    enum status st;

    if (text.len == 0) {
        snprintf(f->error, sizeof(f->error), "holds nothing");
        return say_malformed(f, NULL);
    }
    if (!utf8_valid(text)) {
        snprintf(f->error, sizeof(f->error), "not UTF-8");
        return say_malformed(f, "save it as \"CSV UTF-8\"");
    }
    if (text.ptr[0] != '{' && text.ptr[0] != '[')
        return read_head(f);
    /* With what stands before it, so that lines are counted from the first. */
    st = json_parse_told(without_bom(buf_bytes(&f->text)), &f->items, told);
    if (st == STATUS_OK || st == STATUS_NOMEM)
        return st;
    f->lines = text;
    if (text.ptr[0] == '{')
        return STATUS_OK;
    snprintf(f->error, sizeof(f->error), "not JSON: %s", told);
    return say_malformed(f, "an array of objects, or one object a line");
}

enum status form_file_open(const char *path, struct form_file *f)
{
    enum status st;

    memset(f, 0, sizeof(*f));
    f->path = strcmp(path, "-") == 0 ? "standard input" : path;
    st = input_text(path, FILE_MAX, &f->text);
    return st == STATUS_OK ? take(f) : st;
}

void form_file_close(struct form_file *f)
{
    buf_clear(&f->text);
    buf_clear(&f->head);
    csv_close(&f->csv);
    json_decref(f->items);
    json_decref(f->object);
}

/* --- rows ------------------------------------------------------------------------- */

/* Cells up to the last that holds anything. */
static size_t filled(const struct csv *c)
{
    size_t n = c->n;

    while (n > 0 && form_value_trimmed(bytes_of(c->cells[n - 1])).len == 0)
        n--;
    return n;
}

/* Rows of empty cells are no rows: spreadsheets save them where something once stood. */
static enum status next_of_table(struct form_file *f)
{
    enum status st;
    size_t n = 0;

    do {
        st = csv_next(&f->csv);
        if (st == STATUS_OK)
            n = filled(&f->csv);
    } while (st == STATUS_OK && n == 0);
    if (st == STATUS_MALFORMED)
        return csv_wrong(f);
    if (st != STATUS_OK)
        return st;
    snprintf(f->where, sizeof(f->where), "line %u", f->csv.at_line);
    if (n > f->n_names) {
        snprintf(f->error, sizeof(f->error),
                 "%zu cells, and only %zu columns have a name", n, f->n_names);
        return STATUS_MALFORMED;
    }
    for (size_t i = 0; i < n; i++)
        f->cells[i] = (struct form_cell){ .name = f->names[i],
                                          .text = csv_undefused(f->csv.cells[i]),
                                          .column = (unsigned)i + 1 };
    f->n = n;
    return STATUS_OK;
}

/* A number is taken as what would be written for it. */
static json_t *as_written(json_t *value)
{
    struct buf digits = { 0 };
    json_t *text;

    if (!json_is_number(value))
        return json_incref(value);
    form_number_json(value, &digits);
    text = json_of(buf_bytes(&digits));
    buf_clear(&digits);
    return text;
}

/* Takes the row. */
static enum status members(struct form_file *f, json_t *row)
{
    const char *name;
    json_t *value;

    f->object = json_object();
    if (!json_is_object(row))
        snprintf(f->error, sizeof(f->error), "not a JSON object");
    else if (json_object_size(row) > CSV_CELLS_MAX)
        snprintf(f->error, sizeof(f->error), "too many members");
    json_object_foreach(row, name, value)
        json_object_set_new(f->object, name, as_written(value));
    json_object_foreach(f->object, name, value)
    {
        if (f->error[0] == '\0')
            f->cells[f->n++] =
                (struct form_cell){ .name = bytes_of(name), .json = value };
    }
    json_decref(row);
    return f->error[0] == '\0' ? STATUS_OK : STATUS_MALFORMED;
}

static enum status next_item(struct form_file *f)
{
    size_t n = json_is_array(f->items) ? json_array_size(f->items) : 1;
    json_t *row;

    if (f->line >= n)
        return STATUS_NOT_FOUND;
    row = json_incref(json_is_array(f->items) ? json_array_get(f->items, f->line)
                                              : f->items);
    snprintf(f->where, sizeof(f->where), "record %u", ++f->line);
    return members(f, row);
}

static enum status next_line(struct form_file *f)
{
    struct bytes line = { 0 };
    json_t *row = NULL;
    struct refusal why;
    size_t end;

    while (f->lines.len > 0 && line.len == 0) {
        end = f->lines.len;
        (void)bytes_find(f->lines, '\n', &end);
        line = begun(bytes_slice(f->lines, 0, end));
        f->lines = bytes_slice(f->lines, end + 1, f->lines.len);
        f->line++;
    }
    if (line.len == 0)
        return STATUS_NOT_FOUND;
    while (line.ptr[line.len - 1] == '\r' || line.ptr[line.len - 1] == ' ')
        line.len--;
    snprintf(f->where, sizeof(f->where), "line %u", f->line);
    switch (json_line_parse(line, 0, &row, &why)) {
    case STATUS_OK:
        return members(f, row);
    case STATUS_REFUSED:
        snprintf(f->error, sizeof(f->error), "%.300s", why.text);
        return STATUS_MALFORMED;
    default:
        return STATUS_NOMEM;
    }
}

enum status form_file_next(struct form_file *f)
{
    json_decref(f->object);
    f->object = NULL;
    f->n = 0;
    f->error[0] = '\0';
    if (f->table)
        return next_of_table(f);
    return f->items != NULL ? next_item(f) : next_line(f);
}

const char *form_file_text(const struct form_file *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        const char *text = f->cells[i].text != NULL ? f->cells[i].text
                                                    : json_string_value(f->cells[i].json);

        if (bytes_eq_text(f->cells[i].name, name))
            return text != NULL && *text != '\0' ? text : NULL;
    }
    return NULL;
}

/* --- giving ----------------------------------------------------------------------- */

static bool is_listed(const struct form_option *o)
{
    return o->role == FORM_FIELD ? (o->field->flags & LIST) != 0
                                 : o->role >= FORM_EVIDENCE_URL;
}

static enum status give_text(struct form_option *o, const char *text, char *error,
                             size_t size)
{
    struct form_value v = { 0 };
    bool truth = false;
    enum status st = STATUS_OK;

    if (*text == '\0')
        return STATUS_OK;
    if (o->role == FORM_CORRECTION && strcmp(text, "amendment") == 0)
        return STATUS_OK;
    if (o->role == FORM_CORRECTION && strcmp(text, "correction") == 0) {
        o->flag = true;
    } else if (o->value == NULL) {
        st = form_value_bool(&v, bytes_of(text), &truth);
        o->flag = truth;
    } else if (is_listed(o)) {
        if (o->list.n < ARGS_LIST_MAX)
            o->list.items[o->list.n++] = text;
    } else if (o->text != NULL) {
        st = form_value_fail(&v, "it is given twice");
    } else {
        o->text = text;
    }
    if (st == STATUS_REFUSED)
        snprintf(error, size, "%.*s", (int)size - 1, v.error);
    return st;
}

static bool all_strings(const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return false;
    }
    return json_is_array(list);
}

/* Texts are taken as they stand, since JSON has parted them from the rest already. */
static bool is_literal(const struct form_option *o, const json_t *value)
{
    const struct field *f = o->field;

    if (o->role != FORM_FIELD || (f->flags & LIST))
        return !json_is_string(value) && !all_strings(value);
    return !json_is_string(value) || f->check == field_title || f->check == field_text ||
           f->check == field_label;
}

static bool takes_json(const struct form_option *o)
{
    return o->role == FORM_FIELD || o->role == FORM_AMOUNT || o->role == FORM_SET;
}

static enum status give_json(struct form_option *o, json_t *value, char *error,
                             size_t size)
{
    const json_t *item;
    size_t i;
    enum status st = STATUS_OK;

    if (json_is_null(value))
        return STATUS_OK;
    if (o->value == NULL && json_is_true(value)) {
        o->flag = true;
    } else if (is_literal(o, value) && !takes_json(o)) {
        snprintf(error, size, "expected text");
        st = STATUS_REFUSED;
    } else if (is_literal(o, value)) {
        json_decref(o->json);
        o->json = json_incref(value);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            if (st == STATUS_OK)
                st = give_text(o, json_string_value(item), error, size);
        }
    } else {
        st = give_text(o, json_string_value(value), error, size);
    }
    return st;
}

static enum status unknown_column(struct form_file *f, struct form_options *o,
                                  struct bytes name)
{
    const char *names[FORM_OPTIONS_MAX], *near;
    char *text = bytes_to_text(name);

    for (size_t i = 0; i < o->n; i++)
        names[i] = o->items[i].name;
    near = text != NULL ? args_nearest(text, names, o->n) : NULL;
    snprintf(f->error, sizeof(f->error), "%s takes no \"%.60s\"%s%s%s", o->verb->name,
             text != NULL ? text : "", near != NULL ? "; did you mean " : "",
             near != NULL ? near : "", near != NULL ? "?" : "");
    free(text);
    return STATUS_REFUSED;
}

/* "is" and "verb" say which verb it is, and are no option of it. */
static enum status check_verb(struct form_file *f, const struct verb *v,
                              const struct form_cell *cell)
{
    const char *text = cell->text != NULL ? cell->text : json_string_value(cell->json);

    if (text != NULL && (*text == '\0' || strcmp(text, kind_name(v->kind)) == 0 ||
                         strcmp(text, v->name) == 0))
        return STATUS_OK;
    snprintf(f->error, sizeof(f->error), "expected %s, found \"%.60s\"",
             kind_name(v->kind), text != NULL ? text : "");
    return STATUS_REFUSED;
}

enum status form_file_give(struct form_file *f, struct form_options *o, unsigned *column)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < f->n; i++) {
        const struct form_cell *cell = &f->cells[i];
        struct form_option *option = form_option_find(o, cell->name);

        *column = cell->column;
        if (cell->name.len == 0 && cell->text != NULL && *cell->text == '\0')
            continue;
        if (bytes_eq_text(cell->name, "is") || bytes_eq_text(cell->name, "verb"))
            st = check_verb(f, o->verb, cell);
        else if (option == NULL && cell->text != NULL && *cell->text == '\0')
            continue; /* of another verb in this file */
        else if (option == NULL)
            st = unknown_column(f, o, cell->name);
        else if (cell->text != NULL)
            st = give_text(option, cell->text, f->error, sizeof(f->error));
        else
            st = give_json(option, cell->json, f->error, sizeof(f->error));
    }
    return st;
}
