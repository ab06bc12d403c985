/* Texts: titles, labels, roles and longer ones, and which characters show something.
 *
 * A title is what people tell things by, so it holds nothing that cannot be seen: two
 * that look alike are alike. docs/vocabulary.md has the list; it is part of the rules,
 * and follows no later version of Unicode. */
#include "record/field.h"

#include "base/codec.h"

struct range {
    uint32_t first, last;
};

/* Never seen, wherever they stand. In order. */
static const struct range unseen[] = {
    { 0x00AD, 0x00AD }, { 0x034F, 0x034F }, { 0x061C, 0x061C },   { 0x115F, 0x1160 },
    { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x200B, 0x200B },   { 0x200E, 0x200F },
    { 0x2060, 0x206F }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0D },   { 0xFEFF, 0xFEFF },
    { 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
};

/* Seen as room only. */
static const struct range blank[] = {
    { 0x000A, 0x000A }, { 0x0020, 0x0020 }, { 0x00A0, 0x00A0 },
    { 0x1680, 0x1680 }, { 0x2000, 0x200A }, { 0x202F, 0x202F },
    { 0x205F, 0x205F }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
};

/* Behind these, U+200C and U+200D shape what stands before. */
static const struct range shaped[] = {
    { 0x0600, 0x1CFF },
    { 0xA800, 0xABFF },
    { 0x11000, 0x11FFF },
};

/* Behind these, U+200D joins pictures. */
static const struct range joined[] = {
    { 0x2190, 0x2BFF },
    { 0xFE0F, 0xFE0F },
    { 0x1F000, 0x1FAFF },
};

/* Behind these, U+FE0E and U+FE0F choose between sign and picture. */
static const struct range chosen[] = {
    { '#', '#' },       { '*', '*' },       { '0', '9' },         { 0x00A9, 0x00A9 },
    { 0x00AE, 0x00AE }, { 0x203C, 0x3299 }, { 0x1F000, 0x1FAFF },
};

#define IN(list, c) in((list), sizeof(list) / sizeof((list)[0]), (c))

static bool in(const struct range list[], size_t n, uint32_t c)
{
    for (size_t i = 0; i < n; i++)
        if (c >= list[i].first && c <= list[i].last)
            return true;
    return false;
}

/* They change the character before, and are nothing alone. */
static bool modifies(uint32_t c)
{
    return c == 0x200C || c == 0x200D || c == 0xFE0E || c == 0xFE0F;
}

static bool may_follow(uint32_t c, uint32_t before)
{
    if (c == 0xFE0E || c == 0xFE0F)
        return IN(chosen, before);
    return IN(shaped, before) || (c == 0x200D && IN(joined, before));
}

static enum status check_seen(struct check *c, struct bytes text)
{
    uint32_t before = 0;
    bool seen = false;

    for (size_t at = 0; at < text.len;) {
        uint32_t ch = utf8_next(text, &at);

        if (IN(unseen, ch) || (modifies(ch) && !may_follow(ch, before)))
            return field_refuse(c, RULE_TEXT_INVISIBLE,
                                "expected characters that can be seen, found U+%04X",
                                (unsigned)ch);
        seen = seen || (!modifies(ch) && !IN(blank, ch));
        before = ch;
    }
    if (seen)
        return STATUS_OK;
    return field_refuse(c, RULE_TEXT_INVISIBLE,
                        "expected a character that can be seen, found only blanks");
}

struct shape {
    size_t max;
    bool lines; /* newlines are allowed */
    bool seen;  /* people tell things by it */
};

static const struct shape title = { .max = TITLE_MAX_CHARS, .seen = true };
static const struct shape longer = { .max = TEXT_MAX_CHARS, .lines = true };
static const struct shape role = { .max = TEXT_MAX_CHARS, .lines = true, .seen = true };

static enum status check_text(struct check *c, const json_t *value,
                              const struct shape *shape)
{
    struct bytes text = json_bytes(value);
    size_t at, len;

    if (!json_is_string(value))
        return field_refuse_type(c, "a text", value);
    if (!shape->lines && bytes_find(text, '\n', &at))
        return field_refuse(c, RULE_JSON_CHARACTER, "expected one line, found a newline");
    len = utf8_length(text);
    if (len == 0 || len > shape->max)
        return field_refuse(c, RULE_TEXT_LENGTH,
                            "expected 1 to %zu characters, found %zu", shape->max, len);
    return shape->seen ? check_seen(c, text) : STATUS_OK;
}

/* A text in the statement's language, or {"en":…,"fr":…}. */
static enum status check_texts(struct check *c, const json_t *value,
                               const struct shape *shape)
{
    json_t *o = (json_t *)value; /* jansson's iterators take no const */
    enum status st = STATUS_OK;

    if (json_is_string(value))
        return check_text(c, value, shape);
    if (!json_is_object(value))
        return field_refuse_type(c, "a text, or an object of texts by language", value);
    if (json_object_size(value) == 0)
        return field_refuse(c, RULE_FIELD_MISSING, "expected a text in some language");
    for (void *it = json_object_iter(o); st == STATUS_OK && it != NULL;
         it = json_object_iter_next(o, it)) {
        struct bytes lang = bytes_of(json_object_iter_key(it));

        if (!lang_valid(lang))
            return field_refuse(c, RULE_FIELD_VALUE,
                                "expected a language (BCP 47), found \"" BYTES_FMT "\"",
                                BYTES_ARG(field_shown(lang)));
        if (json_is_null(json_object_iter_value(it)))
            return field_refuse(c, RULE_JSON_NULL, "expected a text, found null");
        st = check_text(c, json_object_iter_value(it), shape);
    }
    return st;
}

enum status field_title(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_texts(c, value, &title);
}

enum status field_text(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_texts(c, value, &longer);
}

enum status field_role(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_texts(c, value, &role);
}

enum status field_label(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_text(c, value, &title);
}
