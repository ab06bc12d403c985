#include "record/refusal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"

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

/* How many bytes the character at `at` has; 0: none begins there, SIZE_MAX: it does, and
 * is cut off by the end of the text. */
static size_t character(struct bytes text, size_t at)
{
    uint8_t first = text.ptr[at];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (len <= text.len - at)
        return utf8_valid(bytes_slice(text, at, at + len)) ? len : 0;
    for (size_t i = at + 1; i < text.len; i++)
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
    return first >= 0xc2 && first <= 0xf4 ? SIZE_MAX : 0;
}

/* The texts quote what strangers sent, cut anywhere, and end up on terminals and in JSON:
 * control characters and bytes that are no UTF-8 become '?', and what is left of a
 * character at the end goes. */
static void defuse(char *out)
{
    struct bytes text = bytes_of(out);

    for (size_t at = 0; at < text.len;) {
        size_t len = character(text, at);

        if (len == SIZE_MAX) {
            out[at] = '\0';
            break;
        }
        if (len == 0 || (uint8_t)out[at] < 0x20 || out[at] == 0x7f ||
            ((uint8_t)out[at] == 0xc2 && (uint8_t)out[at + 1] < 0xa0)) {
            len = len == 0 ? 1 : len;
            memset(out + at, '?', len);
        }
        at += len;
    }
    assert(utf8_valid(bytes_of(out)));
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
    defuse(why->text);
    return STATUS_REFUSED;
}
