/* Splits without their lists: what has a share is in the list, so that it is found there.
 */
#include <string.h>

#include "node/form.h"

#define SPLIT "_split"

/* "country_split" and "countries", "sector_split" and "sectors". */
static bool is_list_of(const struct field *split, const struct field *list)
{
    size_t stem = strlen(split->name) - strlen(SPLIT);

    if (!(list->flags & LIST) || strncmp(list->name, split->name, stem - 1) != 0)
        return false;
    return (list->name[stem - 1] == split->name[stem - 1] &&
            strcmp(list->name + stem, "s") == 0) ||
           (split->name[stem - 1] == 'y' && strcmp(list->name + stem - 1, "ies") == 0);
}

static bool is_split(const struct field *f)
{
    size_t len = strlen(f->name);

    return (f->flags & LIST) && len > strlen(SPLIT) &&
           strcmp(f->name + len - strlen(SPLIT), SPLIT) == 0;
}

static json_t *codes_of(const json_t *split)
{
    json_t *codes = json_array(), *item;
    size_t i;

    json_array_foreach(split, i, item)
    {
        json_t *code = json_object_get(item, "code");

        if (json_is_string(code))
            json_array_append(codes, code);
    }
    return codes;
}

static bool has_all(const json_t *list, const json_t *codes)
{
    const json_t *code, *other;
    size_t i, k;

    json_array_foreach(codes, i, code)
    {
        bool found = false;

        json_array_foreach(list, k, other) found = found || json_equal(code, other);
        if (!found)
            return false;
    }
    return json_array_size(list) == json_array_size(codes);
}

static enum status fill_list(struct form_fill *f, const struct field *split,
                             const struct field *list, json_t *to)
{
    json_t *shares = json_object_get(to, split->name), *codes;

    if (json_array_size(shares) == 0 || json_object_get(to, list->name) != NULL)
        return STATUS_OK;
    codes = codes_of(shares);
    if (json_array_size(codes) == 0 ||
        has_all(json_object_get(f->terms, list->name), codes)) {
        json_decref(codes);
        return STATUS_OK;
    }
    return json_object_set_new(to, list->name, codes) == 0 ? STATUS_OK : STATUS_NOMEM;
}

enum status form_fill_splits(struct form_fill *f, json_t *to)
{
    const struct form *form = kind_form(f->verb->kind);
    const struct field *set = form_member(form, "set");
    enum status st = STATUS_OK;

    if (set != NULL && set->check == field_set)
        form = set->form;
    for (; form != NULL; form = form->also)
        for (size_t i = 0; i < form->n; i++)
            for (size_t k = 0;
                 st == STATUS_OK && is_split(&form->fields[i]) && k < form->n; k++)
                if (is_list_of(&form->fields[i], &form->fields[k]))
                    st = fill_list(f, &form->fields[i], &form->fields[k], to);
    return st;
}
