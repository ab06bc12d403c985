#include "record/field.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"

static_assert(JSON_DEPTH_MAX < 64, "a path is short");

/* "parties[2].signed_elsewhere" */
static void print_path(const struct check *c, const char *member, struct buf *out)
{
    for (unsigned i = 0; i < c->depth; i++) {
        buf_printf(out, "%s%s", i == 0 ? "" : ".", c->path[i].name);
        if (c->path[i].item > 0)
            buf_printf(out, "[%zu]", c->path[i].item);
    }
    if (member != NULL)
        buf_printf(out, "%s%s", c->depth == 0 ? "" : ".", member);
}

static enum status refuse_at(struct check *c, enum rule rule, const char *member,
                             const char *fmt, va_list ap)
{
    char text[sizeof(c->why->text)];
    struct buf path = { 0 };

    if (c->why == NULL)
        return STATUS_REFUSED;
    if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
        text[0] = '\0';
    print_path(c, member, &path);
    refuse(c->why, rule, c->ctx->line, "%s%s%s", buf_str(&path), path.len > 0 ? ": " : "",
           text);
    buf_clear(&path);
    return STATUS_REFUSED;
}

enum status field_refuse(struct check *c, enum rule rule, const char *fmt, ...)
{
    enum status st;
    va_list ap;

    va_start(ap, fmt);
    st = refuse_at(c, rule, NULL, fmt, ap);
    va_end(ap);
    return st;
}

enum status field_refuse_member(struct check *c, enum rule rule, const char *member,
                                const char *fmt, ...)
{
    enum status st;
    va_list ap;

    va_start(ap, fmt);
    st = refuse_at(c, rule, member, fmt, ap);
    va_end(ap);
    return st;
}

enum status field_refuse_type(struct check *c, const char *expected, const json_t *value)
{
    static const char *const found[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",  [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a number", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };

    return field_refuse(c, RULE_FIELD_TYPE, "expected %s, found %s", expected,
                        value == NULL ? "nothing" : found[json_typeof(value)]);
}

struct bytes field_shown(struct bytes text)
{
    size_t len = text.len > 60 ? 60 : text.len;

    while (len < text.len && len > 0 && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return bytes_slice(text, 0, len);
}

static const struct field *find(const struct form *form, const char *name, size_t *at)
{
    struct bytes wanted = bytes_of(name);

    for (const struct form *part = form; part != NULL; part = part->also)
        for (size_t i = 0; i < part->n; i++)
            if (bytes_eq_text(wanted, part->fields[i].name)) {
                *at = part == form ? i : SIZE_MAX;
                return &part->fields[i];
            }
    return NULL;
}

const struct field *form_member(const struct form *form, const char *name)
{
    size_t at;

    return find(form, name, &at);
}

/* What an item of a list is known by; no name: it is not compared. */
struct item_name {
    struct bytes name, within;
};

static struct item_name name_of(const struct field *f, const json_t *item)
{
    struct item_name n = { 0 };

    if (!json_is_object(item))
        n.name = json_bytes(item);
    else if (f->unique != NULL)
        n.name = json_member(item, f->unique);
    if (f->within != NULL)
        n.within = json_member(item, f->within);
    return n;
}

static int compare(const void *a, const void *b)
{
    const struct item_name *left = a, *right = b;
    int order = bytes_cmp(left->name, right->name);

    return order != 0 ? order : bytes_cmp(left->within, right->within);
}

static enum status refuse_twice(struct check *c, struct bytes name)
{
    c->path[c->depth - 1].item = 0;
    return field_refuse(c, RULE_LIST_TWICE,
                        "expected each once, found \"" BYTES_FMT "\" twice",
                        BYTES_ARG(field_shown(name)));
}

/* A line can hold ten thousand short names: sorted, not compared each with each. */
static enum status check_unique(struct check *c, const struct field *f,
                                const json_t *list)
{
    size_t n = json_array_size(list);
    enum status st = STATUS_OK;
    struct item_name *names;

    if (n < 2)
        return STATUS_OK;
    names = fault_here() ? NULL : malloc(n * sizeof(*names));
    if (names == NULL)
        return STATUS_NOMEM;
    for (size_t i = 0; i < n; i++)
        names[i] = name_of(f, json_array_get(list, i));
    qsort(names, n, sizeof(*names), compare);
    for (size_t i = 1; st == STATUS_OK && i < n; i++)
        if (names[i].name.len > 0 && compare(&names[i], &names[i - 1]) == 0)
            st = refuse_twice(c, names[i].name);
    free(names);
    return st;
}

static enum status check_one(struct check *c, const struct field *f, const json_t *value)
{
    if (json_is_null(value))
        return field_refuse(c, RULE_JSON_NULL, "expected a value, found null");
    return f->check(c, f, value);
}

static enum status check_list(struct check *c, const struct field *f, const json_t *list)
{
    enum status st = STATUS_OK;
    size_t n = json_array_size(list);

    if (json_is_null(list))
        return field_refuse(c, RULE_JSON_NULL, "expected a list, found null");
    if (!json_is_array(list))
        return field_refuse_type(c, "a list", list);
    if ((f->flags & REQUIRED) && n == 0)
        return field_refuse(c, RULE_FIELD_MISSING, "expected at least one, found none");
    for (size_t i = 0; st == STATUS_OK && i < n; i++) {
        c->path[c->depth - 1].item = i + 1;
        st = check_one(c, f, json_array_get(list, i));
    }
    return st == STATUS_OK ? check_unique(c, f, list) : st;
}

enum status field_check(struct check *c, const struct field *f, const json_t *value)
{
    enum status st;

    assert(c->depth < sizeof(c->path) / sizeof(c->path[0]));
    c->path[c->depth].name = f->name;
    c->path[c->depth].item = 0;
    c->depth++;
    st = f->flags & LIST ? check_list(c, f, value) : check_one(c, f, value);
    c->depth--;
    return st;
}

static enum status check_members(struct check *c, const struct form *form,
                                 const json_t *object, uint64_t *seen)
{
    json_t *o = (json_t *)object; /* jansson's iterators take no const */
    enum status st = STATUS_OK;

    for (void *it = json_object_iter(o); st == STATUS_OK && it != NULL;
         it = json_object_iter_next(o, it)) {
        const char *name = json_object_iter_key(it);
        size_t at;
        const struct field *f = find(form, name, &at);

        if (f == NULL)
            return field_refuse(c, RULE_FIELD_UNKNOWN,
                                "expected a field that belongs here, found \"" BYTES_FMT
                                "\"",
                                BYTES_ARG(field_shown(bytes_of(name))));
        if (at != SIZE_MAX)
            *seen |= UINT64_C(1) << at;
        st = field_check(c, f, json_object_iter_value(it));
    }
    return st;
}

enum status form_check(struct check *c, const struct form *form, const json_t *object)
{
    uint64_t seen = 0;
    enum status st;

    assert(form->n <= 64);
    if (!json_is_object(object))
        return field_refuse_type(c, "an object", object);
    st = check_members(c, form, object, &seen);
    for (size_t i = 0; st == STATUS_OK && i < form->n; i++)
        if ((form->fields[i].flags & REQUIRED) && !(seen >> i & 1))
            st = field_refuse_member(c, RULE_FIELD_MISSING, form->fields[i].name,
                                     "expected, as it is required, and not found");
    for (; st == STATUS_OK && form != NULL; form = form->also)
        if (form->check != NULL)
            st = form->check(c, object);
    return st;
}

bool field_names_org(const struct field *f)
{
    return f->check == field_org || f->check == field_donor ||
           f->check == field_recipient || f->check == field_fund;
}

enum status field_object(struct check *c, const struct field *f, const json_t *value)
{
    return form_check(c, f->form, value);
}
