/* tests/unit/face_look.h: what a view shows, by path */
#ifndef AVOW_TESTS_UNIT_FACE_LOOK_H
#define AVOW_TESTS_UNIT_FACE_LOOK_H

#include "unit/scribe.h"

#include "face/view.h"

static const struct bytes none = { 0 };
static const int64_t day = 20780; /* 2026-11-23 */

/* A member of a value, "items.0.id", printed; strings without quotes. */
static inline const char *at(const json_t *json, const char *path)
{
    static char texts[8][4096];
    static unsigned next;
    char *text = texts[next++ % 8], *steps = strdup(path), *rest = steps, *step;
    const json_t *v = json;
    struct buf out = { 0 };

    while ((step = strsep(&rest, ".")) != NULL)
        v = json_is_array(v) ? json_array_get(v, strtoul(step, NULL, 10))
                             : json_object_get(v, step);
    if (json_is_string(v))
        buf_add(&out, json_bytes(v));
    else if (v != NULL)
        json_print(v, &out);
    snprintf(text, sizeof(texts[0]), "%s", buf_str(&out));
    buf_clear(&out);
    free(steps);
    return text;
}

#define IS(json, path, text) assert_string_equal(at((json), (path)), (text))

static inline json_t *shown_on(struct stage *s, enum view_kind k, const char *id,
                               const char *lang, int64_t on)
{
    json_t *json = NULL;

    assert_status(
        view_item(s->store, k, bytes_of(id), 50, none, bytes_of(lang), on, &json),
        STATUS_OK);
    return json;
}

static inline json_t *shown(struct stage *s, enum view_kind k, const char *id,
                            const char *lang)
{
    return shown_on(s, k, id, lang, day);
}

#endif
