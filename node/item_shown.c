/* node/item_shown.c: a view before it is printed for people: no text in it is obeyed by a
 * terminal, or begins a line that looks like ours. */
#include <string.h>

#include "base/shown.h"
#include "node/item_internal.h"

static json_t *shown(const json_t *value);

/* Further lines stand below the first, behind a bar. */
static json_t *shown_string(struct bytes text)
{
    struct buf out = { 0 };
    json_t *string = NULL;
    size_t end;

    while (bytes_find(text, '\n', &end)) {
        shown_text(bytes_slice(text, 0, end), &out);
        buf_printf(&out, "\n%*s| ", ITEM_NAME_WIDTH + 1, "");
        text = bytes_slice(text, end + 1, text.len);
    }
    shown_text(text, &out);
    if (!out.bad)
        string = json_of(buf_bytes(&out));
    buf_clear(&out);
    return string;
}

static json_t *shown_array(const json_t *array)
{
    json_t *copy = json_array();
    const json_t *value;
    size_t i;

    json_array_foreach(array, i, value)
    {
        if (json_array_append_new(copy, shown(value)) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* A record is printed as JSON, which escapes for itself. */
static json_t *shown_object(const json_t *object)
{
    json_t *copy = json_object();
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        json_t *one = strcmp(name, "record") == 0 ? json_incref(value) : shown(value);

        if (json_object_set_new(copy, name, one) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

static json_t *shown(const json_t *value)
{
    if (json_is_string(value))
        return shown_string(json_bytes(value));
    if (json_is_array(value))
        return shown_array(value);
    if (json_is_object(value))
        return shown_object(value);
    return json_incref((json_t *)(uintptr_t)value);
}

json_t *item_shown(const json_t *view)
{
    return shown(view);
}
