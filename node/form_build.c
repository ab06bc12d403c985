/* What was given on a command line, or in a line of a file, becomes a record. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "node/form.h"
#include "node/form_value.h"
#include "node/output.h"
#include "tlog/hash.h"

/* A document that is cited by its hash. */
#define EVIDENCE_FILE_MAX (256 * 1024 * 1024)

enum status form_refuse(struct form_fill *f, const char *hint, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(f->error, sizeof(f->error), fmt, ap) < 0)
        f->error[0] = '\0';
    va_end(ap);
    snprintf(f->hint, sizeof(f->hint), "%s", hint != NULL ? hint : "");
    return STATUS_REFUSED;
}

static enum status put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? STATUS_OK : STATUS_NOMEM;
}

/* --- values ----------------------------------------------------------------------- */

static enum status refuse_value(struct form_fill *f, const char *option,
                                const struct form_value *v)
{
    snprintf(f->where, sizeof(f->where), "--%s", v->currency_wrong ? "currency" : option);
    return form_refuse(f, v->hint, "%s", v->error);
}

/* Of the amount that was given, where it comes with one: "USD 50000". */
static struct bytes amount_currency(const struct form_fill *f)
{
    const struct form_option *amount = form_option_of(f->options, FORM_AMOUNT);

    if (amount != NULL && amount->json != NULL)
        return json_member(amount->json, "currency");
    return form_value_currency(bytes_of(amount != NULL ? amount->text : NULL));
}

/* What an amount without a currency is in: what is given besides, else what the record's
 * money is in, else what it is about. */
static struct form_value value_context(const struct form_fill *f)
{
    const struct form_option *currency = form_option_of(f->options, FORM_CURRENCY);
    struct form_value v = { .currency = amount_currency(f),
                            .decimal_comma = f->decimal_comma };

    if (currency != NULL && currency->text != NULL)
        v.currency = bytes_of(currency->text);
    else if (v.currency.len == 0 && f->subject != NULL)
        v.currency = json_member(f->subject, "currency");
    return v;
}

static struct form_value context_of(const struct form_fill *f, const struct field *field)
{
    struct form_value v = value_context(f);

    /* What counts, counts in the pledge's currency. */
    if (field->check == field_object && field->form == &form_counts && f->subject != NULL)
        v.currency = json_member(f->subject, "currency");
    return v;
}

static enum status parse_all(struct form_fill *f, const char *option,
                             const struct field *field, const char *text, json_t **out)
{
    struct form_value v = context_of(f, field);
    enum status st = form_value_all(&v, field, bytes_of(text), out);

    return st == STATUS_REFUSED ? refuse_value(f, option, &v) : st;
}

static enum status read_json(struct form_fill *f, const char *option,
                             const struct field *field, json_t *json, json_t **out)
{
    struct form_value v = context_of(f, field);
    enum status st = form_value_json(&v, field, json, out);

    return st == STATUS_REFUSED ? refuse_value(f, option, &v) : st;
}

/* All that was given for an option, as the field's value. */
static enum status given_value(struct form_fill *f, const struct form_option *o,
                               json_t **out)
{
    enum status st = STATUS_OK;

    *out = NULL;
    if (o->json != NULL)
        return read_json(f, o->name, o->field, o->json, out);
    if (o->flag)
        *out = json_true();
    else if (o->text != NULL)
        return parse_all(f, o->name, o->field, o->text, out);
    else
        *out = json_array();
    for (size_t i = 0; st == STATUS_OK && i < o->list.n; i++) {
        json_t *part = NULL;

        st = parse_all(f, o->name, o->field, o->list.items[i], &part);
        if (st == STATUS_OK && json_array_extend(*out, part) != 0)
            st = STATUS_NOMEM;
        json_decref(part);
    }
    if (st == STATUS_OK && *out != NULL)
        return STATUS_OK;
    json_decref(*out);
    return st == STATUS_OK ? STATUS_NOMEM : st;
}

/* --- amendments ------------------------------------------------------------------- */

static json_t *find_item(json_t *list, const struct field *field, const json_t *item)
{
    struct bytes name = json_is_object(item) && field->unique != NULL
                            ? json_member(item, field->unique)
                            : json_bytes(item);
    json_t *other;
    size_t i;

    json_array_foreach(list, i, other)
    {
        struct bytes its = json_is_object(other) && field->unique != NULL
                               ? json_member(other, field->unique)
                               : json_bytes(other);

        if (name.len > 0 && bytes_eq(name, its))
            return other;
    }
    return NULL;
}

/* Items given are added to the list as it is in the newest terms, or change those that
 * bear the same name. */
static enum status merge_list(struct form_fill *f, const struct field *field,
                              json_t *given, json_t **out)
{
    json_t *list = json_deep_copy(json_object_get(f->terms, field->name)), *item, *old;
    size_t i;

    if (list == NULL)
        list = json_array();
    json_array_foreach(given, i, item)
    {
        old = find_item(list, field, item);
        if (old == NULL)
            json_array_append(list, item);
        else if (json_is_object(old))
            json_object_update(old, item);
    }
    json_decref(given);
    *out = list;
    return list != NULL ? STATUS_OK : STATUS_NOMEM;
}

static const struct form *set_form(const struct verb *v)
{
    const struct field *f = form_member(kind_form(v->kind), "set");

    return f != NULL && f->check == field_set ? f->form : NULL;
}

/* "title=New title" of --set and --remove: the field, and what stands behind it. */
static enum status split_set(struct form_fill *f, const char *option, const char *text,
                             const struct field **field, const char **value)
{
    const char *equals = strchr(text, '=');
    size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
    struct bytes name = { (const uint8_t *)text, len };
    const struct form_option *o = form_option_find(f->options, name);
    char own[64];

    snprintf(own, sizeof(own), "%.*s", (int)len, text);
    *field = form_member(set_form(f->verb), own);
    if (*field == NULL && o != NULL && o->set)
        *field = o->field;
    *value = equals != NULL ? equals + 1 : NULL;
    if (*field != NULL && !((*field)->flags & ONCE))
        return STATUS_OK;
    snprintf(f->where, sizeof(f->where), "--%s", option);
    if (*field != NULL)
        return form_refuse(f, "withdraw it, and state it anew",
                           "%s is stated once, and no amendment changes it", own);
    return form_refuse(f, "--help lists the fields", "no field is named \"%s\"", own);
}

static enum status apply_set(struct form_fill *f, const char *text, json_t *set)
{
    const struct field *field;
    const char *value;
    json_t *json = NULL;
    enum status st = split_set(f, "set", text, &field, &value);

    if (st == STATUS_OK && value == NULL) {
        snprintf(f->where, sizeof(f->where), "--set");
        st = form_refuse(f, NULL, "expected FIELD=VALUE, found \"%s\"", text);
    }
    if (st == STATUS_OK)
        st = parse_all(f, "set", field, value, &json);
    return st == STATUS_OK ? put(set, field->name, json) : st;
}

static bool is_named(const json_t *item, const struct field *field, struct bytes name)
{
    if (json_is_object(item))
        return field->unique != NULL && bytes_eq(json_member(item, field->unique), name);
    return bytes_eq(json_bytes(item), name);
}

static enum status remove_item(struct form_fill *f, const struct field *field,
                               const char *name, json_t *set)
{
    json_t *list = json_object_get(set, field->name), *item;
    size_t i;

    list = json_deep_copy(list != NULL ? list : json_object_get(f->terms, field->name));
    json_array_foreach(list, i, item)
    {
        if (!is_named(item, field, bytes_of(name)))
            continue;
        json_array_remove(list, i);
        return put(set, field->name, list);
    }
    json_decref(list);
    snprintf(f->where, sizeof(f->where), "--remove");
    return form_refuse(f, "`avow show ID` tells the terms", "%s has no \"%s\"",
                       field->name, name);
}

static enum status apply_remove(struct form_fill *f, const char *text, json_t *set)
{
    const struct field *field;
    const char *item;
    enum status st = split_set(f, "remove", text, &field, &item);

    if (st != STATUS_OK)
        return st;
    return item == NULL ? put(set, field->name, json_null())
                        : remove_item(f, field, item, set);
}

/* --- evidence --------------------------------------------------------------------- */

static enum status hash_file(struct form_fill *f, const char *path, json_t *item)
{
    struct buf file = { 0 }, hex = { 0 };
    const char *slash = strrchr(path, '/');
    struct hash h;
    enum status st = input_file(path, EVIDENCE_FILE_MAX, &file);

    if (st != STATUS_OK) {
        snprintf(f->where, sizeof(f->where), "--evidence-file");
        return form_refuse(f, NULL, "%s cannot be read", path);
    }
    h = hash_sha256(buf_bytes(&file));
    hex_encode((struct bytes){ h.b, HASH_LEN }, &hex);
    st = put(item, "sha256", json_of(buf_bytes(&hex)));
    if (st == STATUS_OK)
        st = put(item, "title", json_string(slash != NULL ? slash + 1 : path));
    buf_clear(&hex);
    buf_clear(&file);
    return st;
}

static size_t count(const struct form_option *o)
{
    return o != NULL ? o->list.n : 0;
}

/* An address, a file and a quote that are given once each are of one document. */
static enum status add_evidence(struct form_fill *f, json_t *record)
{
    const struct form_option *url = form_option_of(f->options, FORM_EVIDENCE_URL);
    const struct form_option *file = form_option_of(f->options, FORM_EVIDENCE_FILE);
    const struct form_option *quote = form_option_of(f->options, FORM_QUOTE);
    bool one = count(url) <= 1 && count(file) <= 1 && count(quote) <= 1;
    size_t n = count(url) + count(file) + count(quote);
    json_t *list = json_object_get(record, "evidence"), *item = NULL;
    enum status st = STATUS_OK;

    if (n > 0 && list == NULL) {
        list = json_array();
        st = put(record, "evidence", list);
    }
    for (size_t i = 0; st == STATUS_OK && i < n; i++) {
        if (item == NULL || !one) {
            item = json_object();
            json_array_append_new(list, item);
        }
        if (i < count(url))
            st = put(item, "url", json_string(url->list.items[i]));
        else if (i < count(url) + count(file))
            st = hash_file(f, file->list.items[i - count(url)], item);
        else
            st = put(item, "quote",
                     json_string(quote->list.items[i - count(url) - count(file)]));
    }
    return st;
}

/* --- the record ------------------------------------------------------------------- */

static enum status apply_json(struct form_fill *f, const char *text, json_t *record)
{
    const char *equals = strchr(text, '=');
    const struct field *field;
    json_t *array = NULL, *value;
    struct buf wrapped = { 0 };
    char name[64];
    enum status st;

    snprintf(f->where, sizeof(f->where), "--json-field");
    if (equals == NULL)
        return form_refuse(f, NULL, "expected FIELD=JSON, found \"%s\"", text);
    snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
    buf_printf(&wrapped, "[%s]", equals + 1);
    st = json_parse(buf_bytes(&wrapped), &array);
    buf_clear(&wrapped);
    field = form_member(kind_form(f->verb->kind), name);
    value = json_array_get(array, 0);
    if (st == STATUS_OK && json_array_size(array) == 1) {
        if (field != NULL)
            st = read_json(f, "json-field", field, value, &value);
        else
            json_incref(value);
        if (st == STATUS_OK)
            st = put(record, name, value);
    } else if (st != STATUS_NOMEM) {
        st = form_refuse(f, "text stands in quotation marks: title='\"…\"'",
                         "%s: not JSON: %s", name, equals + 1);
    }
    json_decref(array);
    return st;
}

static enum status apply_amount(struct form_fill *f, const struct form_option *o,
                                json_t *to)
{
    struct form_value v = value_context(f);
    json_t *money = NULL;
    enum status st;

    st = o->json != NULL ? form_value_json(&v, o->field, o->json, &money)
                         : form_value_money(&v, bytes_of(o->text), &money);
    if (st == STATUS_REFUSED)
        return refuse_value(f, o->name, &v);
    return st == STATUS_OK ? put(to, o->field->name, money) : st;
}

static enum status apply_field(struct form_fill *f, const struct form_option *o,
                               json_t *to)
{
    json_t *value = NULL;
    enum status st = given_value(f, o, &value);

    if (st == STATUS_OK && o->set && (o->field->flags & LIST))
        st = merge_list(f, o->field, value, &value);
    return st == STATUS_OK ? put(to, o->field->name, value) : st;
}

/* `set` of a record in a file. */
static enum status apply_set_json(struct form_fill *f, const struct form_option *o,
                                  json_t *set)
{
    const struct field *field = form_member(kind_form(f->verb->kind), "set");
    json_t *json = NULL;
    enum status st = read_json(f, o->name, field, o->json, &json);

    if (st == STATUS_OK && json_object_update(set, json) != 0)
        st = form_refuse(f, NULL, "set: expected an object");
    json_decref(json);
    return st;
}

static enum status
apply_all(struct form_fill *f, const struct form_option *o,
          enum status (*apply)(struct form_fill *, const char *, json_t *), json_t *to)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < o->list.n; i++)
        st = apply(f, o->list.items[i], to);
    return st;
}

static enum status apply(struct form_fill *f, const struct form_option *o, json_t *record,
                         json_t *set)
{
    if (!form_option_given(o))
        return STATUS_OK;
    switch (o->role) {
    case FORM_FIELD:
        return apply_field(f, o, o->set ? set : record);
    case FORM_AMOUNT:
        return apply_amount(f, o, o->set ? set : record);
    case FORM_JSON:
        return apply_all(f, o, apply_json, record);
    case FORM_SET:
        return o->json != NULL ? apply_set_json(f, o, set)
                               : apply_all(f, o, apply_set, set);
    case FORM_REMOVE:
        return apply_all(f, o, apply_remove, set);
    case FORM_CORRECTION:
        return put(record, "why", json_string("correction"));
    case FORM_CURRENCY:
    case FORM_OPERAND:
    case FORM_EVIDENCE_URL:
    case FORM_EVIDENCE_FILE:
    case FORM_QUOTE:
    case FORM_WORD:
        return STATUS_OK; /* read where they are needed */
    }
    return STATUS_OK;
}

/* As the table of fields has them; what it does not have is left for the check to say. */
static enum status in_order(const struct verb *v, json_t *record, json_t **out)
{
    json_t *ordered = json_object(), *value;
    const char *name;
    enum status st = put(ordered, "is", json_string(kind_name(v->kind)));

    for (const struct form *part = kind_form(v->kind); part != NULL; part = part->also)
        for (size_t i = 0; st == STATUS_OK && i < part->n; i++) {
            value = json_object_get(record, part->fields[i].name);
            if (value != NULL)
                st = put(ordered, part->fields[i].name, json_incref(value));
        }
    json_object_foreach(record, name, value)
    {
        if (st == STATUS_OK && json_object_get(ordered, name) == NULL)
            st = put(ordered, name, json_incref(value));
    }
    json_decref(record);
    *out = ordered;
    return st;
}

/* A terminal sends what it likes. */
static enum status check_texts(struct form_fill *f)
{
    for (size_t i = 0; i < f->options->n; i++) {
        const struct form_option *o = &f->options->items[i];
        bool valid = utf8_valid(bytes_of(o->text));

        for (size_t k = 0; k < o->list.n; k++)
            valid = valid && utf8_valid(bytes_of(o->list.items[k]));
        if (valid)
            continue;
        snprintf(f->where, sizeof(f->where), "--%s", o->name);
        return form_refuse(f, "set the terminal, or the file, to UTF-8", "not UTF-8");
    }
    return utf8_valid(bytes_of(f->operand))
               ? STATUS_OK
               : form_refuse(f, NULL, "%s is not UTF-8", form_operand(f->verb));
}

/* Told, where each is, so that all are told in one run. */
static enum status note_fault(struct form_fill *f, enum status st)
{
    bool currency = strcmp(f->where, "--currency") == 0;

    if (st != STATUS_REFUSED || f->each_fault == NULL)
        return st;
    if (!currency || !f->currency_told) /* every amount comes to it */
        f->each_fault(f);
    f->currency_told |= currency;
    f->n_faults++;
    f->where[0] = '\0';
    return STATUS_OK;
}

static bool note_lack(void *ctx, const struct form_option *lacking)
{
    struct form_fill *f = ctx;

    if (form_option_given(lacking))
        return true; /* it was told what is wrong with it */
    snprintf(f->where, sizeof(f->where), "--%.50s", lacking->name);
    (void)form_refuse(f, NULL, "is missing: %s", lacking->help);
    (void)note_fault(f, STATUS_REFUSED);
    return true;
}

/* What lacks besides, as far as it is not filled in. */
static enum status end_faulty(struct form_fill *f, json_t *record)
{
    if (f->verb->fill == NULL && form_fill_defaults(f, record) == STATUS_OK)
        form_lacking(f, record, note_lack, f);
    return STATUS_REFUSED;
}

enum status form_build(struct form_fill *f, json_t **record)
{
    const struct form *sets = set_form(f->verb);
    json_t *r = json_object(), *set = sets != NULL ? json_object() : NULL;
    enum status st = check_texts(f);

    *record = NULL;
    if (st == STATUS_OK)
        st = form_find_subject(f, r);
    for (size_t i = 0; st == STATUS_OK && i < f->options->n; i++)
        st = note_fault(f, apply(f, &f->options->items[i], r, set));
    if (st == STATUS_OK)
        st = note_fault(f, add_evidence(f, r));
    if (st == STATUS_OK && f->n_faults > 0)
        st = end_faulty(f, r);
    if (st == STATUS_OK)
        st = form_fill_splits(f, set != NULL ? set : r);
    if (st == STATUS_OK && set != NULL && json_object_size(set) == 0) {
        f->where[0] = '\0';
        st = form_refuse(f, "--help lists what can be changed; --set and --remove, too",
                         "nothing is changed");
    } else if (st == STATUS_OK && set != NULL) {
        st = put(r, "set", json_incref(set));
    }
    if (st == STATUS_OK) {
        f->where[0] = '\0';
        st = form_fill_defaults(f, r);
    }
    if (st == STATUS_OK && f->verb->fill != NULL)
        st = f->verb->fill(f, r);
    json_decref(set);
    if (st == STATUS_OK)
        return in_order(f->verb, r, record);
    json_decref(r);
    return st;
}

void form_fill_clear(struct form_fill *f)
{
    json_decref(f->subject);
    json_decref(f->terms);
    f->subject = f->terms = NULL;
    f->where[0] = f->error[0] = f->hint[0] = '\0';
    f->n_faults = 0;
    f->currency_told = false;
}

/* --- for fill --------------------------------------------------------------------- */

static const struct form_option *own_word(const struct form_fill *f, const char *option)
{
    for (size_t i = 0; i < f->options->n; i++)
        if (f->options->items[i].role == FORM_WORD &&
            strcmp(f->options->items[i].name, option) == 0)
            return &f->options->items[i];
    return NULL;
}

const struct args_list *form_list(const struct form_fill *f, const char *option)
{
    const struct form_option *o = own_word(f, option);

    return o != NULL ? &o->list : NULL;
}

const char *form_text(const struct form_fill *f, const char *option)
{
    const struct args_list *list = form_list(f, option);

    return list != NULL && list->n > 0 ? list->items[0] : NULL;
}

bool form_flag(const struct form_fill *f, const char *option)
{
    const struct form_option *o = own_word(f, option);

    return o != NULL && o->flag;
}

void form_lacking(struct form_fill *f, const json_t *record, form_lack_fn *each,
                  void *ctx)
{
    const struct form *form = kind_form(f->verb->kind);

    for (size_t i = 0; i < form->n; i++) {
        const struct field *field = &form->fields[i];
        bool lacks =
            (field->flags & REQUIRED) && json_object_get(record, field->name) == NULL;

        for (size_t k = 0; lacks && k < f->options->n; k++) {
            const struct form_option *o = &f->options->items[k];

            if (o->field == field && !o->set && o->role == FORM_FIELD && !each(ctx, o))
                return;
        }
    }
}
