#include "record/refusal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
    enum rule_class cls;
} rules[RULE_COUNT] = { [RULE_NONE] = { "", "", RULE_FORMAT },
#define RULE_ROW(constant, name, cls, text) \
    [RULE_##constant] = { name, text, RULE_##cls },
                        RULE_TABLE(RULE_ROW)
#undef RULE_ROW
};

const char *rule_name(enum rule r)
{
    assert(r < RULE_COUNT);
    return rules[r].name;
}

const char *rule_text(enum rule r)
{
    assert(r < RULE_COUNT);
    return rules[r].text;
}

enum rule_class rule_class_of(enum rule r)
{
    assert(r < RULE_COUNT);
    return rules[r].cls;
}

unsigned rule_http_status(enum rule r)
{
    assert(r < RULE_COUNT);
    switch (rules[r].cls) {
    case RULE_FORMAT:
        return 400;
    case RULE_AUTHORITY:
        return 403;
    case RULE_STATE:
        return 409;
    case RULE_SIZE:
        return 413;
    case RULE_ADMISSION:
        return r == RULE_ADMISSION_AT || r == RULE_ADMISSION_RATE ? 429 : 503;
    case RULE_UPGRADE:
        return 503;
    }
    return 500;
}

enum rule rule_find(struct bytes name)
{
    for (enum rule r = RULE_NONE + 1; r < RULE_COUNT; r++)
        if (bytes_eq_text(name, rules[r].name))
            return r;
    return RULE_NONE;
}

/* A cut may have left part of a character: its first byte says how long it would be. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && len - start < 4 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0) {
        uint8_t first = (uint8_t)text[start - 1];
        size_t need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

        if (len - (start - 1) < need)
            return start - 1;
    }
    return len;
}

/* The texts quote what strangers sent, and end up on terminals. */
static void defuse(char *text)
{
    for (uint8_t *p = (uint8_t *)text; *p != '\0'; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 to U+009F */
            *p = '?', p[1] = '?';
    }
}

enum status refuse(struct refusal *why, enum rule rule, unsigned line, const char *fmt,
                   ...)
{
    va_list ap;
    int len;

    if (why == NULL)
        return STATUS_REFUSED;
    why->rule = rule;
    why->line = line;
    va_start(ap, fmt);
    len = vsnprintf(why->text, sizeof(why->text), fmt, ap);
    va_end(ap);
    if (len < 0)
        why->text[0] = '\0';
    else if ((size_t)len >= sizeof(why->text))
        why->text[whole_characters(why->text, sizeof(why->text) - 1)] = '\0';
    defuse(why->text);
    return STATUS_REFUSED;
}
