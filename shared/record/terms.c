#include "record/terms.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/fault.h"

/* jansson's iterators take no const; nothing is changed through them. */
static json_t *walked(const json_t *object)
{
    return (json_t *)object;
}

static enum status put(json_t *object, const char *name, const json_t *value)
{
    json_t *shared = (json_t *)value; /* a reference more, that is all */

    if (fault_here() || json_object_set(object, name, shared) != 0)
        return STATUS_NOMEM;
    return STATUS_OK;
}

/* Where a member is set again it keeps its place. */
static enum status apply(const json_t *terms, const json_t *set, json_t *out)
{
    enum status st = STATUS_OK;
    const char *name;
    json_t *value;

    json_object_foreach(walked(terms), name, value)
    {
        if (st == STATUS_OK && !json_is_null(json_object_get(set, name)))
            st = put(out, name, value);
    }
    json_object_foreach(walked(set), name, value)
    {
        if (st == STATUS_OK && !json_is_null(value))
            st = put(out, name, value);
    }
    return st;
}

enum status terms_apply(const json_t *terms, const json_t *set, json_t **out)
{
    json_t *changed;
    enum status st;

    assert(json_is_object(terms) && json_is_object(set));
    changed = fault_here() ? NULL : json_object();
    if (changed == NULL)
        return STATUS_NOMEM;
    st = apply(terms, set, changed);
    if (st != STATUS_OK) {
        json_decref(changed);
        return st;
    }
    *out = changed;
    return STATUS_OK;
}

/* Differences */

struct walk {
    terms_change_fn *each;
    void *ctx;
    struct buf path;
};

static enum status compare(struct walk *w, const json_t *before, const json_t *after);

static enum status tell(struct walk *w, const json_t *before, const json_t *after)
{
    return w->path.bad ? STATUS_NOMEM : w->each(w->ctx, buf_str(&w->path), before, after);
}

/* "name" at the top, ".name" of a member, "[name]" of an item. */
static enum status step(struct walk *w, bool item, const char *name, const json_t *before,
                        const json_t *after)
{
    size_t len = w->path.len;
    enum status st;

    if (item)
        buf_printf(&w->path, "[%s]", name);
    else
        buf_printf(&w->path, "%s%s", len == 0 ? "" : ".", name);
    st = compare(w, before, after);
    buf_truncate(&w->path, len);
    return st;
}

static enum status compare_members(struct walk *w, bool items, const json_t *before,
                                   const json_t *after)
{
    enum status st = STATUS_OK;
    const char *name;
    json_t *value;

    json_object_foreach(walked(before), name, value)
    {
        if (st == STATUS_OK)
            st = step(w, items, name, value, json_object_get(after, name));
    }
    json_object_foreach(walked(after), name, value)
    {
        if (st == STATUS_OK && json_object_get(before, name) == NULL)
            st = step(w, items, name, NULL, value);
    }
    return st;
}

/* The items by the member `key`, in order. `*out` is NULL where one has no such name, or
 * two have the same. */
static enum status name_items(const json_t *list, const char *key, json_t **out)
{
    json_t *named = fault_here() ? NULL : json_object();
    enum status st = STATUS_OK;
    const json_t *item;
    size_t i;

    *out = NULL;
    if (named == NULL)
        return STATUS_NOMEM;
    json_array_foreach(list, i, item)
    {
        const char *name = json_string_value(json_object_get(item, key));

        if (name == NULL || json_object_get(named, name) != NULL)
            break;
        st = put(named, name, item);
        if (st != STATUS_OK)
            break;
    }
    if (st == STATUS_OK && i == json_array_size(list))
        *out = named;
    else
        json_decref(named);
    return st;
}

/* `*done`: both lists were of items with such names, and have been compared. */
static enum status compare_named(struct walk *w, const char *key, const json_t *before,
                                 const json_t *after, bool *done)
{
    json_t *old = NULL, *new = NULL;
    enum status st = name_items(before, key, &old);

    if (st == STATUS_OK && old != NULL)
        st = name_items(after, key, &new);
    if (st == STATUS_OK && old != NULL && new != NULL) {
        *done = true;
        st = compare_members(w, true, old, new);
    }
    json_decref(old);
    json_decref(new);
    return st;
}

static enum status compare_lists(struct walk *w, const json_t *before,
                                 const json_t *after)
{
    static const char *const keys[] = { "org", "id", "code", "pledge" };
    enum status st = STATUS_OK;
    bool done = false;

    for (size_t i = 0; st == STATUS_OK && !done && i < sizeof(keys) / sizeof(keys[0]);
         i++)
        st = compare_named(w, keys[i], before, after, &done);
    if (st != STATUS_OK || done)
        return st;
    return tell(w, before, after);
}

static bool is_money(const json_t *value)
{
    return json_object_get(value, "amount") != NULL;
}

/* docs/formats.md 2: an absent list is an empty one. */
static const json_t *stated(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) == 0 ? NULL : value;
}

static enum status compare(struct walk *w, const json_t *before, const json_t *after)
{
    before = stated(before);
    after = stated(after);
    if (before == after)
        return STATUS_OK;
    if (before != NULL && after != NULL && json_equal(before, after))
        return STATUS_OK;
    if (json_is_array(before) && json_is_array(after))
        return compare_lists(w, before, after);
    if (json_is_object(before) && json_is_object(after) && !is_money(before))
        return compare_members(w, false, before, after);
    return tell(w, before, after);
}

enum status terms_difference(const json_t *before, const json_t *after,
                             terms_change_fn *each, void *ctx)
{
    struct walk w = { .each = each, .ctx = ctx };
    enum status st;

    assert(json_is_object(before) && json_is_object(after) && each != NULL);
    st = compare_members(&w, false, before, after);
    buf_clear(&w.path);
    return st;
}
