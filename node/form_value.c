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

static struct bytes trimmed(struct bytes t)
{
    while (t.len > 0 && isspace(t.ptr[0]))
        t = bytes_slice(t, 1, t.len);
    while (t.len > 0 && isspace(t.ptr[t.len - 1]))
        t.len--;
    return t;
}

static enum status give(json_t *value, json_t **out)
{
    *out = value;
    return value != NULL ? STATUS_OK : STATUS_NOMEM;
}

/* --- money ------------------------------------------------------------------------ */

static bool is_currency(struct bytes t)
{
    return t.len == 3 && isalpha(t.ptr[0]) && isalpha(t.ptr[1]) && isalpha(t.ptr[2]);
}

/* "700,000.00": groups of three behind the first comma, and none behind the point. */
static bool is_grouped(struct bytes t)
{
    size_t comma, end = t.len;

    (void)bytes_find(t, '.', &end);
    if (!bytes_find(t, ',', &comma) || comma == 0 || comma > 3 || comma > end)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        bool place = i < end && i >= comma && (i - comma) % 4 == 0;

        if (i != end && place != (t.ptr[i] == ','))
            return false;
    }
    return (end - comma) % 4 == 0;
}

static void add_amount(struct bytes t, struct buf *out)
{
    bool grouped = is_grouped(t);

    for (size_t i = 0; i < t.len; i++)
        if (!grouped || t.ptr[i] != ',')
            buf_u8(out, t.ptr[i]);
}

struct bytes form_value_currency(struct bytes text)
{
    struct bytes t = trimmed(text), first, rest;
    size_t space;

    if (!bytes_find(t, ' ', &space))
        return (struct bytes){ 0 };
    first = bytes_slice(t, 0, space);
    rest = trimmed(bytes_slice(t, space, t.len));
    return is_currency(first) ? first : is_currency(rest) ? rest : (struct bytes){ 0 };
}

static enum status check_currency(struct form_value *v, struct bytes currency)
{
    /* What is meant more often goes before. */
    const char *codes[512] = { "USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD" }, *near;
    char code[16];
    size_t n = 7, i = 0;

    if (currency_minor_units(currency) >= 0)
        return STATUS_OK;
    v->currency_wrong = bytes_eq(currency, v->currency);
    snprintf(code, sizeof(code), BYTES_FMT, BYTES_ARG(field_shown(currency)));
    while (n < 512 && (codes[n] = code_at(CODE_CURRENCY, i++)) != NULL)
        n++;
    near = args_nearest(code, codes, n);
    snprintf(v->hint, sizeof(v->hint),
             "currencies are codes of ISO 4217, such as USD, EUR, CHF, GBP%s%s%s",
             near != NULL ? "; did you mean " : "", near != NULL ? near : "",
             near != NULL ? "?" : "");
    return form_value_fail(v, "expected a currency, found \"%s\"", code);
}

enum status form_value_money(struct form_value *v, struct bytes text, json_t **out)
{
    struct bytes t = trimmed(text), amount = t, currency = v->currency;
    struct buf digits = { 0 };
    char code[4] = "";
    size_t space;
    enum status st;

    if (bytes_find(t, ' ', &space)) {
        amount = trimmed(bytes_slice(t, space, t.len));
        currency = bytes_slice(t, 0, space);
        if (!is_currency(currency)) {
            struct bytes other = amount;

            amount = currency;
            currency = other;
        }
    }
    if (currency.len == 0) {
        snprintf(v->hint, sizeof(v->hint), "give --currency too, or write \"USD 50000\"");
        return form_value_fail(v, "expected a currency with the amount " BYTES_FMT,
                               BYTES_ARG(field_shown(t)));
    }
    if (!is_currency(currency) && currency.ptr == v->currency.ptr)
        return check_currency(v, v->currency);
    if (!is_currency(currency))
        return form_value_fail(
            v, "expected money such as \"USD 50000\", found \"" BYTES_FMT "\"",
            BYTES_ARG(field_shown(t)));
    for (size_t i = 0; i < 3; i++)
        code[i] = (char)toupper(currency.ptr[i]);
    st = check_currency(v, bytes_of(code));
    if (st != STATUS_OK)
        return st;
    add_amount(amount, &digits);
    st = buf_status(&digits);
    if (st == STATUS_OK)
        st = give(json_pack("{s:o, s:s}", "amount", json_of(buf_bytes(&digits)),
                            "currency", code),
                  out);
    buf_clear(&digits);
    return st;
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

static enum status json_value(struct form_value *v, struct bytes t, json_t **out)
{
    struct refusal why;
    enum status st =
        t.ptr[0] == '{' ? json_line_parse(t, 0, out, &why) : json_parse(t, out);

    if (st == STATUS_REFUSED)
        return form_value_fail(v, "not JSON: %s", why.text);
    return st == STATUS_MALFORMED ? form_value_fail(v, "not JSON") : st;
}

static enum status object_value(struct form_value *v, const struct form *form,
                                struct bytes t, json_t **out)
{
    json_t *object;
    size_t unused;
    enum status st;

    if (t.len > 0 && t.ptr[0] == '{')
        return json_value(v, t, out);
    if (form == &form_period && member_at(form, t, &unused) == NULL)
        return period(t, out);
    if ((form == &form_money || form == &form_counts) &&
        member_at(form, t, &unused) == NULL)
        return form_value_money(v, t, out);
    object = json_object();
    if (object == NULL)
        return STATUS_NOMEM;
    st = member_at(form, t, &unused) != NULL ? members(v, form, t, object)
                                             : short_form(v, form, t, object);
    if (st == STATUS_OK)
        return give(object, out);
    json_decref(object);
    return st;
}

/* --- fields ----------------------------------------------------------------------- */

static const struct form *form_of(const struct field *f)
{
    if (f->check == field_object)
        return f->form;
    /* Money counted in USD, which has a check of its own. */
    return strcmp(f->name, "usd") == 0 ? &form_counts : NULL;
}

enum status form_value_one(struct form_value *v, const struct field *f, struct bytes text,
                           json_t **out)
{
    struct bytes t = trimmed(text);
    const struct form *form = form_of(f);
    bool truth;
    enum status st;

    *out = NULL;
    if (form == &form_counts && strcmp(f->name, "usd") == 0) {
        struct form_value in_usd = { .currency = BYTES_LIT("USD") };

        st = object_value(&in_usd, form, t, out);
        memcpy(v->error, in_usd.error, sizeof(v->error));
        memcpy(v->hint, in_usd.hint, sizeof(v->hint));
        return st;
    }
    if (form != NULL)
        return object_value(v, form, t, out);
    if (f->check == field_bool || f->check == field_true) {
        st = form_value_bool(v, t, &truth);
        return st == STATUS_OK ? give(json_boolean(truth), out) : st;
    }
    if (f->check == field_integer || f->check == field_index)
        return number(v, t, out);
    if ((f->check == field_title || f->check == field_text) && t.len > 0 &&
        t.ptr[0] == '{')
        return json_value(v, t, out);
    return give(json_of(t), out);
}

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
        return json_value(v, t, out);
    list = json_array();
    st = list != NULL ? list_value(v, f, t, list) : STATUS_NOMEM;
    if (st == STATUS_OK)
        return give(list, out);
    json_decref(list);
    return st;
}
