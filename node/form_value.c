#include "node/form_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"

enum status form_value_fail(struct form_value *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(v->error, sizeof(v->error), fmt, ap) < 0)
        v->error[0] = '\0';
    va_end(ap);
    return STATUS_REFUSED;
}

/* White space of Unicode, and what has no width; the BOM that stands within a file. */
static const char *const blanks[] = {
    " ",
    "\t",
    "\n",
    "\v",
    "\f",
    "\r",
    "\xc2\xa0",
    "\xc2\xad",
    "\xe1\x9a\x80",
    "\xe1\xa0\x8e",
    "\xe2\x80\x80",
    "\xe2\x80\x81",
    "\xe2\x80\x82",
    "\xe2\x80\x83",
    "\xe2\x80\x84",
    "\xe2\x80\x85",
    "\xe2\x80\x86",
    "\xe2\x80\x87",
    "\xe2\x80\x88",
    "\xe2\x80\x89",
    "\xe2\x80\x8a",
    "\xe2\x80\x8b",
    "\xe2\x80\x8c",
    "\xe2\x80\x8d",
    "\xe2\x80\xaf",
    "\xe2\x81\x9f",
    "\xe2\x81\xa0",
    "\xe3\x80\x80",
    "\xef\xbb\xbf",
};

static bool cut_blank(struct bytes *t)
{
    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        size_t len = strlen(blanks[i]);

        if (len > t->len)
            continue;
        if (memcmp(t->ptr, blanks[i], len) == 0) {
            *t = bytes_slice(*t, len, t->len);
            return true;
        }
        if (memcmp(t->ptr + t->len - len, blanks[i], len) == 0) {
            t->len -= len;
            return true;
        }
    }
    return false;
}

struct bytes form_value_trimmed(struct bytes text)
{
    while (text.len > 0 && cut_blank(&text))
        continue;
    return text;
}

static struct bytes trimmed(struct bytes t)
{
    return form_value_trimmed(t);
}

static enum status give(json_t *value, json_t **out)
{
    *out = value;
    return value != NULL ? STATUS_OK : STATUS_NOMEM;
}

/* --- time, truth, numbers --------------------------------------------------------- */

static enum status period(struct bytes t, json_t **out)
{
    size_t slash = t.len;
    struct bytes start, end;
    json_t *object = json_object();

    if (!bytes_find(t, '/', &slash))
        end = start = t;
    else {
        start = trimmed(bytes_slice(t, 0, slash));
        end = trimmed(bytes_slice(t, slash + 1, t.len));
    }
    if (start.len > 0)
        json_object_set_new(object, "start", json_of(start));
    if (end.len > 0)
        json_object_set_new(object, "end", json_of(end));
    return give(object, out);
}

enum status form_value_bool(struct form_value *v, struct bytes text, bool *out)
{
    static const char *const yes[] = { "yes", "true", "x", "1" };
    static const char *const no[] = { "no", "false", "0", "" };
    struct bytes t = trimmed(text);

    for (size_t i = 0; i < 4; i++) {
        if (!bytes_eq_text(t, yes[i]) && !bytes_eq_text(t, no[i]))
            continue;
        *out = bytes_eq_text(t, yes[i]);
        return STATUS_OK;
    }
    return form_value_fail(v, "expected yes or no, found \"" BYTES_FMT "\"",
                           BYTES_ARG(field_shown(t)));
}

static enum status number(struct form_value *v, struct bytes t, json_t **out)
{
    uint64_t n;

    if (decimal_parse(t, &n) != STATUS_OK || n > INT64_MAX)
        return form_value_fail(v, "expected a whole number, found \"" BYTES_FMT "\"",
                               BYTES_ARG(field_shown(t)));
    return give(json_integer((json_int_t)n), out);
}

/* --- objects ---------------------------------------------------------------------- */

/* The member whose name and an equals sign begin here; NULL: none. */
static const struct field *member_at(const struct form *form, struct bytes t,
                                     size_t *value)
{
    char name[64];
    size_t equals, from = 0;
    struct bytes word;

    if (!bytes_find(t, '=', &equals))
        return NULL;
    while (from < equals && isspace(t.ptr[from]))
        from++;
    word = trimmed(bytes_slice(t, from, equals));
    if (word.len == 0 || word.len >= sizeof(name))
        return NULL;
    for (size_t i = 0; i < word.len; i++)
        name[i] = word.ptr[i] == '-' ? '_' : (char)word.ptr[i];
    name[word.len] = '\0';
    *value = equals + 1;
    return form_member(form, name);
}

/* Where the value that begins the text ends; `next` is behind the comma. */
static size_t value_end(const struct form *form, struct bytes t, size_t *next)
{
    bool quoted = false;
    size_t i, unused;

    for (i = 0; i < t.len; i++) {
        if (t.ptr[i] == '"')
            quoted = !quoted;
        if (!quoted && t.ptr[i] == ',' &&
            member_at(form, bytes_slice(t, i + 1, t.len), &unused) != NULL) {
            *next = i + 1;
            return i;
        }
    }
    *next = t.len;
    return t.len;
}

static struct bytes unquoted(struct bytes t)
{
    t = trimmed(t);
    if (t.len >= 2 && t.ptr[0] == '"' && t.ptr[t.len - 1] == '"')
        t = bytes_slice(t, 1, t.len - 1);
    return t;
}

static enum status put(struct form_value *v, const struct field *f, struct bytes text,
                       json_t *object)
{
    json_t *value = NULL, *list;
    enum status st = form_value_one(v, f, text, &value);

    if (st != STATUS_OK)
        return st;
    if (!(f->flags & LIST))
        return json_object_set_new(object, f->name, value) == 0 ? STATUS_OK
                                                                : STATUS_NOMEM;
    list = json_object_get(object, f->name);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(object, f->name, list);
    }
    return json_array_append_new(list, value) == 0 ? STATUS_OK : STATUS_NOMEM;
}

static enum status members(struct form_value *v, const struct form *form, struct bytes t,
                           json_t *object)
{
    enum status st = STATUS_OK;

    while (st == STATUS_OK && t.len > 0) {
        size_t begin = 0, end, next;
        const struct field *f = member_at(form, t, &begin);

        if (f == NULL) /* only the first can be none */
            return form_value_fail(v, "expected name=value, found \"" BYTES_FMT "\"",
                                   BYTES_ARG(field_shown(t)));
        t = bytes_slice(t, begin, t.len);
        end = value_end(form, t, &next);
        st = put(v, f, unquoted(bytes_slice(t, 0, end)), object);
        t = bytes_slice(t, next, t.len);
    }
    return st;
}

/* What stands between the first two members in the short form. */
static char separator(const struct form *form)
{
    const char *first = form->fields[0].name;

    if (form->n < 2 || form->fields[0].check == field_text)
        return '\0';
    return strcmp(first, "org") == 0 || strcmp(first, "scheme") == 0 ? ':' : '=';
}

static enum status short_form(struct form_value *v, const struct form *form,
                              struct bytes t, json_t *object)
{
    char sep = separator(form);
    size_t at;
    enum status st;

    if (sep == '\0' || !bytes_find(t, (uint8_t)sep, &at))
        return put(v, &form->fields[0], t, object);
    st = put(v, &form->fields[0], trimmed(bytes_slice(t, 0, at)), object);
    return st == STATUS_OK
               ? put(v, &form->fields[1], trimmed(bytes_slice(t, at + 1, t.len)), object)
               : st;
}

static enum status json_value(struct form_value *v, const struct field *f, struct bytes t,
                              json_t **out)
{
    char error[JSON_ERROR_MAX];
    json_t *value = NULL;
    enum status st = json_parse_told(t, &value, error);

    if (st == STATUS_MALFORMED)
        return form_value_fail(v, "not JSON: %s", error);
    if (st == STATUS_OK)
        st = form_value_json(v, f, value, out);
    json_decref(value);
    return st;
}

static bool is_money(const struct form *form)
{
    return form == &form_money || form == &form_counts;
}

static enum status object_value(struct form_value *v, const struct field *f,
                                const struct form *form, struct bytes t, json_t **out)
{
    json_t *object;
    size_t unused;
    bool longhand = member_at(form, t, &unused) != NULL;
    enum status st;

    if (t.len > 0 && t.ptr[0] == '{')
        return json_value(v, f, t, out);
    if (form == &form_period && !longhand)
        return period(t, out);
    if (is_money(form) && !longhand)
        return form_value_money(v, t, out);
    object = json_object();
    if (object == NULL)
        return STATUS_NOMEM;
    st = longhand ? members(v, form, t, object) : short_form(v, form, t, object);
    if (st == STATUS_OK && is_money(form))
        st = form_money_read(v, &object);
    if (st == STATUS_OK)
        return give(object, out);
    json_decref(object);
    return st;
}

/* --- fields ----------------------------------------------------------------------- */

/* Money counted in USD has a check of its own. */
static bool is_usd(const struct field *f)
{
    return strcmp(f->name, "usd") == 0;
}

static const struct form *form_of(const struct field *f)
{
    if (f->check == field_object || f->check == field_set)
        return f->form;
    return is_usd(f) ? &form_counts : NULL;
}

static bool is_text(const struct field *f)
{
    return f->check == field_title || f->check == field_text;
}

static bool is_decimal(const struct field *f)
{
    return f->check == field_quantity || f->check == field_percent ||
           f->check == field_measured;
}

static enum status decimal(const struct form_value *v, const struct field *f,
                           struct bytes t, json_t **out)
{
    struct form_value plain = { .decimal_comma =
                                    v->decimal_comma && f->check != field_measured };
    struct buf digits = { 0 };
    enum status st;

    form_number_decimal(&plain, t, &digits);
    st = buf_status(&digits);
    if (st == STATUS_OK)
        st = give(json_of(buf_bytes(&digits)), out);
    buf_clear(&digits);
    return st;
}

static enum status one(struct form_value *v, const struct field *f, struct bytes t,
                       json_t **out)
{
    const struct form *form = form_of(f);
    bool truth;
    enum status st;

    if (form != NULL)
        return object_value(v, f, form, t, out);
    if (f->check == field_bool || f->check == field_true) {
        st = form_value_bool(v, t, &truth);
        return st == STATUS_OK ? give(json_boolean(truth), out) : st;
    }
    if (f->check == field_integer || f->check == field_index)
        return number(v, t, out);
    if (is_text(f) && t.len > 0 && t.ptr[0] == '{')
        return json_value(v, f, t, out);
    return is_decimal(f) ? decimal(v, f, t, out) : give(json_of(t), out);
}

/* In dollars, where that is what the field counts in. */
static struct form_value context_of(const struct form_value *v, const struct field *f)
{
    struct form_value own = *v;

    if (is_usd(f)) {
        own.currency = BYTES_LIT("USD");
        own.currency_wrong = false;
    }
    return own;
}

enum status form_value_one(struct form_value *v, const struct field *f, struct bytes text,
                           json_t **out)
{
    struct form_value own = context_of(v, f);
    enum status st;

    *out = NULL;
    st = one(&own, f, trimmed(text), out);
    own.currency = v->currency;
    *v = own;
    return st;
}

/* --- JSON ------------------------------------------------------------------------- */

static enum status json_one(struct form_value *v, const struct field *f, json_t *value,
                            json_t **out);

static enum status json_object_value(struct form_value *v, const struct form *form,
                                     json_t *value, json_t **out)
{
    json_t *object = json_object(), *member, *made;
    const char *name;
    enum status st = object != NULL ? STATUS_OK : STATUS_NOMEM;

    json_object_foreach(value, name, member)
    {
        const struct field *f = form_member(form, name);

        made = NULL;
        if (st == STATUS_OK)
            st = f != NULL ? form_value_json(v, f, member, &made)
                           : give(json_incref(member), &made);
        if (st == STATUS_OK && json_object_set_new(object, name, made) != 0)
            st = STATUS_NOMEM;
    }
    if (st == STATUS_OK && is_money(form))
        st = form_money_read(v, &object);
    if (st == STATUS_OK)
        return give(object, out);
    json_decref(object);
    return st;
}

static enum status json_texts(json_t *value, json_t **out)
{
    json_t *object = json_object(), *member;
    const char *lang;

    json_object_foreach(value, lang, member)
        json_object_set_new(object, lang,
                            json_is_string(member) ? json_of(trimmed(json_bytes(member)))
                                                   : json_incref(member));
    return give(object, out);
}

/* A number stands for what would be written for it, but where one is meant. */
static enum status json_number(struct form_value *v, const struct field *f, json_t *value,
                               json_t **out)
{
    struct buf digits = { 0 };
    enum status st;

    if (f->check == field_integer || f->check == field_index || form_of(f) != NULL)
        return give(json_incref(value), out);
    form_number_json(value, &digits);
    st = buf_status(&digits);
    if (st == STATUS_OK)
        st = is_decimal(f) ? decimal(v, f, buf_bytes(&digits), out)
                           : give(json_of(buf_bytes(&digits)), out);
    buf_clear(&digits);
    return st;
}

static enum status json_one(struct form_value *v, const struct field *f, json_t *value,
                            json_t **out)
{
    const struct form *form = form_of(f);
    bool label = is_text(f) || f->check == field_label;

    if (json_is_object(value) && form != NULL)
        return json_object_value(v, form, value, out);
    if (json_is_object(value) && is_text(f))
        return json_texts(value, out);
    if (json_is_number(value))
        return json_number(v, f, value, out);
    if (json_is_string(value) && is_decimal(f))
        return decimal(v, f, trimmed(json_bytes(value)), out);
    return give(json_is_string(value) && label ? json_of(trimmed(json_bytes(value)))
                                               : json_incref(value),
                out);
}

enum status form_value_json(struct form_value *v, const struct field *f, json_t *value,
                            json_t **out)
{
    struct form_value own = context_of(v, f);
    json_t *list, *item, *made;
    enum status st = STATUS_OK;
    size_t i;

    *out = NULL;
    if (!(f->flags & LIST) || !json_is_array(value)) {
        st = json_one(&own, f, value, out);
    } else {
        list = json_array();
        json_array_foreach(value, i, item)
        {
            made = NULL;
            if (st == STATUS_OK)
                st = json_one(&own, f, item, &made);
            if (st == STATUS_OK && json_array_append_new(list, made) != 0)
                st = STATUS_NOMEM;
        }
        if (st == STATUS_OK)
            *out = list;
        else
            json_decref(list);
    }
    own.currency = v->currency;
    *v = own;
    return st;
}

/* --- lists ------------------------------------------------------------------------ */

/* A comma parts the list where what follows looks like an item again. */
static size_t item_end(const struct field *f, struct bytes t, size_t *next)
{
    const struct form *form = form_of(f);
    size_t end = 0, unused;
    bool longhand = form != NULL && member_at(form, t, &unused) != NULL;

    for (; end < t.len; end++) {
        struct bytes rest = bytes_slice(t, end + 1, t.len);
        size_t comma = rest.len;
        bool parts = form == NULL;

        if (t.ptr[end] != ',')
            continue;
        (void)bytes_find(rest, ',', &comma);
        if (form != NULL && !longhand && separator(form) != '\0')
            parts = bytes_find(bytes_slice(rest, 0, comma), (uint8_t)separator(form),
                               &unused);
        if (parts)
            break;
    }
    *next = end + 1;
    return end;
}

static enum status list_value(struct form_value *v, const struct field *f, struct bytes t,
                              json_t *list)
{
    enum status st = STATUS_OK;

    while (st == STATUS_OK && t.len > 0) {
        size_t next, end = item_end(f, t, &next);
        struct bytes item = trimmed(bytes_slice(t, 0, end));
        json_t *value;

        if (item.len > 0) {
            st = form_value_one(v, f, item, &value);
            if (st == STATUS_OK && json_array_append_new(list, value) != 0)
                st = STATUS_NOMEM;
        }
        t = bytes_slice(t, next, t.len);
    }
    return st;
}

enum status form_value_all(struct form_value *v, const struct field *f, struct bytes text,
                           json_t **out)
{
    struct bytes t = trimmed(text);
    json_t *list;
    enum status st;

    *out = NULL;
    if (!(f->flags & LIST))
        return form_value_one(v, f, text, out);
    if (t.len > 0 && t.ptr[0] == '[')
        return json_value(v, f, t, out);
    list = json_array();
    st = list != NULL ? list_value(v, f, t, list) : STATUS_NOMEM;
    if (st == STATUS_OK)
        return give(list, out);
    json_decref(list);
    return st;
}
