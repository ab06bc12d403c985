#include "record/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/fault.h"
#include "base/limits.h"

/* jansson forgets what we must judge (-0, 1.0, escapes), so a scan goes over the line
 * first. It looks only at what it is about and leaves the grammar to jansson, which sees
 * the same bytes: what the scan takes for a number or a string in text that is not JSON
 * is refused either way. */
struct scan {
    struct bytes line;
    size_t at;
    unsigned line_no;
    struct refusal *why;
};

/* docs/formats.md 2: no U+0000–001F (but U+000A), U+007F–009F, U+2028–202E, U+2066–2069.
 */
static bool character_allowed(uint32_t c)
{
    return !(c < 0x20 && c != 0x0a) && !(c >= 0x7f && c <= 0x9f) &&
           !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

static enum status refuse_character(struct scan *s, uint32_t c)
{
    return refuse(s->why, RULE_JSON_CHARACTER, s->line_no,
                  "expected no control, separator, bidirectional or surrogate character "
                  "in a string, found U+%04X",
                  c);
}

/* Four hex digits at `at`; UINT32_MAX: not four. */
static uint32_t hex4(struct bytes line, size_t at)
{
    uint32_t value = 0;

    if (line.len - at < 4)
        return UINT32_MAX;
    for (size_t i = at; i < at + 4; i++) {
        uint8_t c = line.ptr[i], lower = c | 0x20;

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return UINT32_MAX;
    }
    return value;
}

/* `at` stands behind a backslash. */
static enum status scan_escape(struct scan *s)
{
    struct bytes line = s->line;
    uint32_t c, low;

    if (s->at == line.len || line.ptr[s->at] >= 0x80)
        return STATUS_OK; /* no escape: jansson's to refuse */
    switch (line.ptr[s->at++]) {
    case 'b':
        return refuse_character(s, 0x08);
    case 'f':
        return refuse_character(s, 0x0c);
    case 'r':
        return refuse_character(s, 0x0d);
    case 't':
        return refuse_character(s, 0x09);
    case 'u':
        break;
    default:
        return STATUS_OK;
    }
    c = hex4(line, s->at);
    if (c == UINT32_MAX)
        return STATUS_OK;
    s->at += 4;
    if (c >= 0xdc00 && c <= 0xdfff)
        return refuse_character(s, c);
    if (c >= 0xd800 && c <= 0xdbff) {
        if (line.len - s->at < 6 || line.ptr[s->at] != '\\' || line.ptr[s->at + 1] != 'u')
            return refuse_character(s, c);
        low = hex4(line, s->at + 2);
        if (low < 0xdc00 || low > 0xdfff)
            return refuse_character(s, c);
        s->at += 6;
        return STATUS_OK; /* U+10000 and above are all allowed */
    }
    return character_allowed(c) ? STATUS_OK : refuse_character(s, c);
}

/* `at` stands behind the opening quote. */
static enum status scan_string(struct scan *s)
{
    while (s->at < s->line.len) {
        uint8_t byte = s->line.ptr[s->at];

        if (byte == '"') {
            s->at++;
            return STATUS_OK;
        }
        if (byte == '\\') {
            s->at++;
            if (scan_escape(s) != STATUS_OK)
                return STATUS_REFUSED;
        } else if (byte >= 0x20 && byte < 0x7f) {
            s->at++;
        } else {
            uint32_t c = utf8_next(s->line, &s->at);

            if (!character_allowed(c) || c == 0x0a) /* a newline stands only escaped */
                return refuse_character(s, c);
        }
    }
    return STATUS_OK;
}

static bool number_byte(uint8_t c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' ||
           c == 'E';
}

#define INTEGER_MAX 9007199254740991u /* 2^53 - 1 */

/* An integer as we want it, or not a number at all, which is jansson's to refuse. */
static bool number_allowed(struct bytes token)
{
    size_t sign = token.ptr[0] == '-' ? 1 : 0;
    uint64_t value = 0;

    for (size_t i = sign; i < token.len; i++) {
        uint8_t c = token.ptr[i];

        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (uint64_t)(c - '0');
        if (value > INTEGER_MAX)
            return false;
    }
    return !(sign == 1 && value == 0);
}

static enum status scan_number(struct scan *s)
{
    size_t from = s->at;
    struct bytes token;

    while (s->at < s->line.len && number_byte(s->line.ptr[s->at]))
        s->at++;
    token = bytes_slice(s->line, from, s->at);
    if (number_allowed(token))
        return STATUS_OK;
    return refuse(s->why, RULE_JSON_NUMBER, s->line_no,
                  "expected an integer within 2^53-1, found %.*s",
                  token.len > 40 ? 40 : (int)token.len, (const char *)token.ptr);
}

static enum status scan_line(struct bytes line, unsigned line_no, struct refusal *why)
{
    struct scan s = { .line = line, .line_no = line_no, .why = why };
    unsigned depth = 0;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && s.at < line.len) {
        uint8_t c = line.ptr[s.at];

        if (c == '"') {
            s.at++;
            st = scan_string(&s);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            st = scan_number(&s);
        } else {
            s.at++;
            if ((c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX)
                return refuse(why, RULE_JSON_DEPTH, line_no,
                              "expected nesting at most %d deep, found %d",
                              JSON_DEPTH_MAX, JSON_DEPTH_MAX + 1);
            if ((c == '}' || c == ']') && depth > 0)
                depth--;
        }
    }
    return st;
}

/* jansson's lexer goes on when its buffer could not grow, and so could lose part of a
 * string without a word. Its allocator is therefore ours, and remembers. */
static _Thread_local bool out_of_memory;

static void *allocate(size_t len)
{
    void *ptr = malloc(len);

    if (ptr == NULL)
        out_of_memory = true;
    return ptr;
}

__attribute__((constructor)) static void set_allocator(void)
{
    json_set_alloc_funcs(allocate, free);
}

static enum status parse(struct bytes text, json_t **out, json_error_t *err)
{
    json_t *value;

    if (fault_here())
        return STATUS_NOMEM;
    /* jansson drops one behind a number, true, false or null. */
    if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
        *err = (json_error_t){ .text = "a zero byte" };
        return STATUS_MALFORMED;
    }
    out_of_memory = false;
    value = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, err);
    if (out_of_memory) {
        json_decref(value);
        return STATUS_NOMEM;
    }
    if (value == NULL)
        return STATUS_MALFORMED;
    *out = value;
    return STATUS_OK;
}

enum status json_line_parse(struct bytes line, unsigned line_no, json_t **out,
                            struct refusal *why)
{
    json_error_t err;
    json_t *value;
    enum status st;

    if (!utf8_valid(line))
        return refuse(why, RULE_NOTE_UTF8, line_no,
                      "expected UTF-8, found bytes that are not");
    st = scan_line(line, line_no, why);
    if (st != STATUS_OK)
        return st;
    st = parse(line, &value, &err);
    if (st == STATUS_NOMEM)
        return st;
    if (st != STATUS_OK && json_error_code(&err) == json_error_duplicate_key)
        return refuse(why, RULE_JSON_DUPLICATE, line_no,
                      "expected each member once, found: %s", err.text);
    if (st != STATUS_OK)
        return refuse(why, RULE_JSON_SYNTAX, line_no,
                      "expected one JSON object, found: %s", err.text);
    if (!json_is_object(value)) {
        json_decref(value);
        return refuse(why, RULE_JSON_SYNTAX, line_no,
                      "expected one JSON object, found an array");
    }
    *out = value;
    return STATUS_OK;
}

enum status json_parse(struct bytes text, json_t **out)
{
    json_error_t err;

    return parse(text, out, &err);
}

enum status json_parse_told(struct bytes text, json_t **out, char error[JSON_ERROR_MAX])
{
    json_error_t err = { .line = 0 };
    enum status st = parse(text, out, &err);
    int len;

    if (st != STATUS_MALFORMED)
        return st;
    len = snprintf(error, JSON_ERROR_MAX, "line %d: %s", err.line, err.text);
    if (len < 0 || len >= JSON_ERROR_MAX)
        len = JSON_ERROR_MAX - 1;
    /* It may cite a part of a character. */
    while (len > 0 && !utf8_valid((struct bytes){ (const uint8_t *)error, (size_t)len }))
        error[--len] = '\0';
    return st;
}

static int append(const char *text, size_t len, void *out)
{
    buf_append(out, text, len);
    return 0;
}

static void print(const json_t *value, size_t flags, struct buf *out)
{
    if (value == NULL || json_dump_callback(value, append, out, flags) != 0)
        out->bad = true;
}

void json_print(const json_t *value, struct buf *out)
{
    print(value, JSON_COMPACT | JSON_ENCODE_ANY, out);
}

void json_print_sorted(const json_t *value, struct buf *out)
{
    print(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS, out);
}

void json_print_pretty(const json_t *value, struct buf *out)
{
    print(value, JSON_INDENT(2) | JSON_ENCODE_ANY, out);
}

struct bytes json_bytes(const json_t *string)
{
    struct bytes b = { (const uint8_t *)"", 0 };

    if (json_is_string(string)) {
        b.ptr = (const uint8_t *)json_string_value(string);
        b.len = json_string_length(string);
    }
    return b;
}

struct bytes json_member(const json_t *object, const char *name)
{
    return json_bytes(json_object_get(object, name));
}

json_t *json_of(struct bytes utf8)
{
    return json_stringn(utf8.len == 0 ? "" : (const char *)utf8.ptr, utf8.len);
}
