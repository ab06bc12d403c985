/* Values that are one string, number or boolean. */
#include "record/field.h"

#include <string.h>

#include "base/codec.h"
#include "record/date.h"

static enum status wrong_form(struct check *c, enum rule rule, const char *expected,
                              const json_t *value)
{
    return field_refuse(c, rule, "expected %s, found \"" BYTES_FMT "\"", expected,
                        BYTES_ARG(field_shown(json_bytes(value))));
}

/* A string for which `valid` holds. */
static enum status check_form(struct check *c, const json_t *value, bool valid,
                              enum rule rule, const char *expected)
{
    if (!json_is_string(value))
        return field_refuse_type(c, "a string", value);
    return valid ? STATUS_OK : wrong_form(c, rule, expected, value);
}

static bool digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool all_digits(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!digit(text.ptr[i]))
            return false;
    return text.len > 0;
}

static bool lower_hex(struct bytes text, size_t len)
{
    for (size_t i = 0; i < text.len; i++)
        if (!digit(text.ptr[i]) && !(text.ptr[i] >= 'a' && text.ptr[i] <= 'f'))
            return false;
    return text.len == len;
}

enum status field_string(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return json_is_string(value) ? STATUS_OK : field_refuse_type(c, "a string", value);
}

enum status field_date(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, date_parse(json_bytes(value), NULL, NULL) == STATUS_OK,
                      RULE_DATE_FORM, "YYYY, YYYY-MM or YYYY-MM-DD");
}

enum status field_day(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes day = json_bytes(value);

    (void)f;
    return check_form(c, value, day.len == 10 && date_parse(day, NULL, NULL) == STATUS_OK,
                      RULE_DATE_FORM, "a full day, YYYY-MM-DD");
}

static bool quantity_valid(struct bytes q)
{
    size_t sign = q.len > 0 && (q.ptr[0] == '-' || q.ptr[0] == '+') ? 1 : 0, point;
    struct bytes digits = bytes_slice(q, sign, q.len);
    struct bytes whole = digits, fraction = BYTES_LIT("0");

    if (digits.len > 19) /* 18 and a point */
        return false;
    if (bytes_find(digits, '.', &point)) {
        whole = bytes_slice(digits, 0, point);
        fraction = bytes_slice(digits, point + 1, digits.len);
    } else if (digits.len > 18) {
        return false;
    }
    return all_digits(whole) && all_digits(fraction) &&
           (whole.len == 1 || whole.ptr[0] != '0');
}

enum status field_quantity(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, quantity_valid(json_bytes(value)), RULE_QUANTITY_FORM,
                      "a decimal such as \"-12.5\", of at most 18 digits");
}

enum status field_percent(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes p = json_bytes(value);

    (void)f;
    return check_form(c, value, quantity_valid(p) && digit(p.ptr[0]), RULE_QUANTITY_FORM,
                      "a percentage such as \"12.5\"");
}

/* Which of the two the deliverable's measure decides, so that only terms can tell. */
enum status field_measured(struct check *c, const struct field *f, const json_t *value)
{
    if (json_is_string(value) && quantity_valid(json_bytes(value)))
        return STATUS_OK;
    return field_text(c, f, value);
}

enum status field_code(struct check *c, const struct field *f, const json_t *value)
{
    if (!json_is_string(value))
        return field_refuse_type(c, "a string", value);
    if (code_known(f->list, json_bytes(value)))
        return STATUS_OK;
    return field_refuse(
        c, RULE_CODE_UNKNOWN, "expected a code of the list %s, found \"" BYTES_FMT "\"",
        code_list_name(f->list), BYTES_ARG(field_shown(json_bytes(value))));
}

static bool place_valid(struct bytes place)
{
    if (place.len < 4 || place.len > 6 || place.ptr[2] != '-')
        return false;
    for (size_t i = 3; i < place.len; i++)
        if (!digit(place.ptr[i]) && !(place.ptr[i] >= 'A' && place.ptr[i] <= 'Z'))
            return false;
    return code_known(CODE_COUNTRY, bytes_slice(place, 0, 2));
}

/* "tag:<code>", "sector:<code>": a code of that list. */
static enum status check_listed(struct check *c, const json_t *value, enum code_list list,
                                size_t prefix)
{
    struct bytes text = json_bytes(value);

    return check_form(c, value, code_known(list, bytes_slice(text, prefix, text.len)),
                      RULE_CODE_UNKNOWN, "a code of IATI's list after the colon");
}

enum status field_vocabulary(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes text = json_bytes(value);

    if (bytes_starts(text, BYTES_LIT("tag:")))
        return check_listed(c, value, CODE_TAG_VOCABULARY, sizeof("tag:") - 1);
    if (bytes_starts(text, BYTES_LIT("sector:")))
        return check_listed(c, value, CODE_SECTOR_VOCABULARY, sizeof("sector:") - 1);
    if (bytes_starts(text, BYTES_LIT("https:")))
        return field_url(c, f, value);
    return check_form(c, value, false, RULE_FIELD_VALUE,
                      "tag:<code>, sector:<code> or an https: address");
}

enum status field_place(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, place_valid(json_bytes(value)), RULE_CODE_UNKNOWN,
                      "a code such as \"KE-30\" (ISO 3166-2)");
}

enum status field_digits(struct check *c, const struct field *f, const json_t *value)
{
    struct bytes code = json_bytes(value);

    (void)f;
    return check_form(c, value, code.len <= 5 && all_digits(code), RULE_CODE_UNKNOWN,
                      "a code of 1 to 5 digits");
}

enum status field_word(struct check *c, const struct field *f, const json_t *value)
{
    struct buf all = { 0 };
    enum status st;

    if (!json_is_string(value))
        return field_refuse_type(c, "a string", value);
    for (const char *const *word = f->words; *word != NULL; word++)
        if (bytes_eq_text(json_bytes(value), *word))
            return STATUS_OK;
    for (const char *const *word = f->words; *word != NULL; word++)
        buf_printf(&all, "%s%s", word == f->words ? "" : ", ", *word);
    st = field_refuse(c, RULE_FIELD_VALUE, "expected one of %s, found \"" BYTES_FMT "\"",
                      buf_str(&all), BYTES_ARG(field_shown(json_bytes(value))));
    buf_clear(&all);
    return st;
}

enum status field_bool(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return json_is_boolean(value) ? STATUS_OK
                                  : field_refuse_type(c, "true or false", value);
}

enum status field_true(struct check *c, const struct field *f, const json_t *value)
{
    if (field_bool(c, f, value) != STATUS_OK)
        return STATUS_REFUSED;
    return json_is_true(value)
               ? STATUS_OK
               : field_refuse(c, RULE_FIELD_VALUE,
                              "expected true, or no such field, found false");
}

enum status field_integer(struct check *c, const struct field *f, const json_t *value)
{
    json_int_t v = json_integer_value(value);

    if (!json_is_integer(value))
        return field_refuse_type(c, "an integer", value);
    if (v >= 1 && (f->max == 0 || v <= f->max))
        return STATUS_OK;
    if (f->max == 0)
        return field_refuse(c, RULE_FIELD_VALUE, "expected at least 1, found %lld",
                            (long long)v);
    return field_refuse(c, RULE_FIELD_VALUE, "expected 1 to %lld, found %lld",
                        (long long)f->max, (long long)v);
}

enum status field_index(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    if (!json_is_integer(value))
        return field_refuse_type(c, "an integer", value);
    if (json_integer_value(value) < 0)
        return field_refuse(c, RULE_FIELD_VALUE, "expected an entry's index, found %lld",
                            (long long)json_integer_value(value));
    return STATUS_OK;
}

enum status field_sha256(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, lower_hex(json_bytes(value), 64), RULE_FIELD_VALUE,
                      "64 lower-case hex digits (SHA-256)");
}

enum status field_key_id(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, lower_hex(json_bytes(value), 8), RULE_ID_FORM,
                      "the 8 lower-case hex digits of a key's id");
}

#define URL_MAX 2000 /* what browsers and proxies carry */

/* https:, a host, and only the characters of RFC 3986; others are percent-encoded. */
static bool url_valid(struct bytes url)
{
    static const char others[] = "-._~:/?#[]@!$&'()*+,;=%";
    size_t host = sizeof("https://") - 1;

    if (!bytes_starts(url, BYTES_LIT("https://")) || url.len > URL_MAX)
        return false;
    for (size_t i = host; i < url.len; i++) {
        uint8_t b = url.ptr[i], lower = b | 0x20;

        if (!digit(b) && !(lower >= 'a' && lower <= 'z') &&
            (b == '\0' || strchr(others, b) == NULL))
            return false;
    }
    return url.len > host && strchr("/?#:@", url.ptr[host]) == NULL;
}

enum status field_url(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    return check_form(c, value, url_valid(json_bytes(value)), RULE_URL_FORM,
                      "a URL that begins with https://");
}
