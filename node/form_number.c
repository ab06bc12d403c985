/* Numbers and money as people, spreadsheets and programs write them, to the decimals of a
 * record. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "node/form_value.h"

/* --- numbers ---------------------------------------------------------------------- */

static bool digits_only(struct bytes t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.ptr[i] < '0' || t.ptr[i] > '9')
            return false;
    return t.len > 0;
}

/* "700,000.00": groups of three behind the first `group`, and none behind the `point`. */
static bool is_grouped(struct bytes t, uint8_t group, uint8_t point)
{
    size_t first, end = t.len;

    (void)bytes_find(t, point, &end);
    if (!bytes_find(t, group, &first) || first == 0 || first > 3 || first > end)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        bool place = i < end && i >= first && (i - first) % 4 == 0;

        if (i != end && place != (t.ptr[i] == group))
            return false;
    }
    return (end - first) % 4 == 0;
}

static size_t count(struct bytes t, uint8_t byte)
{
    size_t n = 0;

    for (size_t i = 0; i < t.len; i++)
        n += t.ptr[i] == byte;
    return n;
}

/* Without the bytes `drop`, and a full stop for each `point`. */
static void copy(struct bytes t, uint8_t drop, uint8_t point, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.ptr[i] != drop)
            buf_u8(out, t.ptr[i] == point ? '.' : t.ptr[i]);
}

/* One comma with three digits behind it, which is a group of a thousand to some, and the
 * decimal comma to others. */
static bool is_either(struct bytes t)
{
    return count(t, ',') == 1 && count(t, '.') == 0 && is_grouped(t, ',', '.');
}

/* "1.234.567,50" or "12,5", where the decimal point is a comma. */
static bool has_decimal_comma(struct bytes t)
{
    size_t comma;

    if (count(t, ',') > 1 || is_either(t))
        return false;
    if (is_grouped(t, '.', ','))
        return count(t, ',') == 1 || count(t, '.') > 1;
    return bytes_find(t, ',', &comma) && digits_only(bytes_slice(t, 0, comma)) &&
           digits_only(bytes_slice(t, comma + 1, t.len));
}

/* ".5" is 0.5, also behind a sign. */
static void add_leading_zero(struct bytes t, struct buf *out)
{
    bool sign = t.len > 0 && (t.ptr[0] == '-' || t.ptr[0] == '+');

    if (sign)
        buf_u8(out, t.ptr[0]);
    t = bytes_slice(t, sign ? 1 : 0, t.len);
    if (t.len > 1 && t.ptr[0] == '.' && digits_only(bytes_slice(t, 1, t.len)))
        buf_u8(out, '0');
    buf_add(out, t);
}

void form_number_decimal(const struct form_value *v, struct bytes text, struct buf *out)
{
    struct buf plain = { 0 };

    if (v->decimal_comma && has_decimal_comma(text))
        copy(text, '.', ',', &plain);
    else
        buf_add(&plain, text);
    add_leading_zero(buf_bytes(&plain), out);
    out->bad |= plain.bad;
    buf_clear(&plain);
}

/* As many decimals as the currency has. Zeroes beyond them say nothing, but "700.000" is
 * seven hundred thousand to some, and is left for the rules to refuse. */
static void fit(struct bytes t, size_t units, struct buf *out)
{
    size_t point = t.len, decimals;
    struct bytes whole, fraction;

    if (!bytes_find(t, '.', &point) || !digits_only(bytes_slice(t, 0, point)) ||
        !digits_only(bytes_slice(t, point + 1, t.len))) {
        buf_add(out, t);
        return;
    }
    whole = bytes_slice(t, 0, point);
    fraction = bytes_slice(t, point + 1, t.len);
    decimals = fraction.len;
    while (decimals > units && fraction.ptr[decimals - 1] == '0')
        decimals--;
    if (decimals > units || (fraction.len > units && fraction.len == 3 &&
                             is_grouped(t, '.', ',') && whole.ptr[0] != '0')) {
        buf_add(out, t);
        return;
    }
    buf_add(out, whole);
    if (units > 0)
        buf_u8(out, '.');
    for (size_t i = 0; i < units; i++)
        buf_u8(out, i < decimals ? fraction.ptr[i] : '0');
}

static enum status refuse_either(struct form_value *v, struct bytes t,
                                 struct bytes currency)
{
    struct buf whole = { 0 }, decimal = { 0 };

    copy(t, ',', ',', &whole);
    copy(t, '\0', ',', &decimal);
    snprintf(v->hint, sizeof(v->hint), "write %s or %s", buf_str(&whole),
             buf_str(&decimal));
    buf_clear(&whole);
    buf_clear(&decimal);
    return form_value_fail(v,
                           "\"" BYTES_FMT "\" may be thousands or decimals of " BYTES_FMT
                           " in a table whose cells semicolons or tabs part",
                           BYTES_ARG(field_shown(t)), BYTES_ARG(currency));
}

static enum status amount_value(struct form_value *v, struct bytes text,
                                struct bytes currency, struct buf *out)
{
    int known = currency_minor_units(currency);
    size_t units = known < 0 ? 2 : (size_t)known;
    struct buf plain = { 0 }, whole = { 0 };
    enum status st;

    if (v->decimal_comma && units >= 3 && is_either(text))
        return refuse_either(v, text, currency);
    if (v->decimal_comma && has_decimal_comma(text))
        copy(text, '.', ',', &plain);
    else
        copy(text, is_grouped(text, ',', '.') ? ',' : '\0', '.', &plain);
    add_leading_zero(buf_bytes(&plain), &whole);
    fit(buf_bytes(&whole), units, out);
    st = plain.bad || whole.bad ? STATUS_NOMEM : buf_status(out);
    buf_clear(&plain);
    buf_clear(&whole);
    return st;
}

/* The shortest decimal that is read as this number; what has none is told as it is, and
 * refused by the check. */
void form_number_json(const json_t *number, struct buf *out)
{
    double real = json_real_value(number);
    char text[64];

    if (json_is_integer(number)) {
        buf_printf(out, "%lld", (long long)json_integer_value(number));
        return;
    }
    snprintf(text, sizeof(text), "%.17g", real);
    for (int decimals = 0; fabs(real) < 1e15 && decimals <= 17; decimals++) {
        char shorter[64];

        snprintf(shorter, sizeof(shorter), "%.*f", decimals, real);
        if (strtod(shorter, NULL) == real) {
            memcpy(text, shorter, sizeof(text));
            break;
        }
    }
    buf_text(out, text);
}

/* --- money ------------------------------------------------------------------------ */

static bool is_currency(struct bytes t)
{
    return t.len == 3 && isalpha(t.ptr[0]) && isalpha(t.ptr[1]) && isalpha(t.ptr[2]);
}

struct bytes form_value_currency(struct bytes text)
{
    struct bytes t = form_value_trimmed(text), first, rest;
    size_t space;

    if (!bytes_find(t, ' ', &space))
        return (struct bytes){ 0 };
    first = bytes_slice(t, 0, space);
    rest = form_value_trimmed(bytes_slice(t, space, t.len));
    return is_currency(first) ? first : is_currency(rest) ? rest : (struct bytes){ 0 };
}

static enum status check_currency(struct form_value *v, struct bytes currency)
{
    /* What is meant more often goes before. */
    const char *codes[512] = { "USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD" }, *near;
    char code[16];
    size_t n = 7, i = 0;

    if (currency_minor_units(currency) >= 0)
        return STATUS_OK;
    v->currency_wrong = bytes_eq(currency, v->currency);
    snprintf(code, sizeof(code), BYTES_FMT, BYTES_ARG(field_shown(currency)));
    while (n < 512 && (codes[n] = code_at(CODE_CURRENCY, i++)) != NULL)
        n++;
    near = args_nearest(code, codes, n);
    snprintf(v->hint, sizeof(v->hint),
             "currencies are codes of ISO 4217, such as USD, EUR, CHF, GBP%s%s%s",
             near != NULL ? "; did you mean " : "", near != NULL ? near : "",
             near != NULL ? "?" : "");
    return form_value_fail(v, "expected a currency, found \"%s\"", code);
}

/* `whole`: as it was written, for what is said. */
static enum status make_money(struct form_value *v, struct bytes amount,
                              struct bytes currency, struct bytes whole, json_t **out)
{
    struct buf digits = { 0 };
    char code[4] = "";
    enum status st;

    if (currency.len == 0) {
        snprintf(v->hint, sizeof(v->hint), "give --currency too, or write \"USD 50000\"");
        return form_value_fail(v, "expected a currency with the amount " BYTES_FMT,
                               BYTES_ARG(field_shown(whole)));
    }
    if (!is_currency(currency) && currency.ptr == v->currency.ptr)
        return check_currency(v, v->currency);
    if (!is_currency(currency))
        return form_value_fail(
            v, "expected money such as \"USD 50000\", found \"" BYTES_FMT "\"",
            BYTES_ARG(field_shown(whole)));
    for (size_t i = 0; i < 3; i++)
        code[i] = (char)toupper(currency.ptr[i]);
    st = check_currency(v, bytes_of(code));
    if (st == STATUS_OK)
        st = amount_value(v, amount, bytes_of(code), &digits);
    if (st == STATUS_OK)
        *out = json_pack("{s:o, s:s}", "amount", json_of(buf_bytes(&digits)), "currency",
                         code);
    if (st == STATUS_OK && *out == NULL)
        st = STATUS_NOMEM;
    buf_clear(&digits);
    return st;
}

enum status form_value_money(struct form_value *v, struct bytes text, json_t **out)
{
    struct bytes t = form_value_trimmed(text), amount = t, currency = v->currency;
    size_t space;

    if (bytes_find(t, ' ', &space)) {
        amount = form_value_trimmed(bytes_slice(t, space, t.len));
        currency = bytes_slice(t, 0, space);
        if (!is_currency(currency)) {
            struct bytes other = amount;

            amount = currency;
            currency = other;
        }
    }
    return make_money(v, amount, currency, t, out);
}

enum status form_money_read(struct form_value *v, json_t **object)
{
    const json_t *amount = json_object_get(*object, "amount");
    const json_t *code = json_object_get(*object, "currency");
    struct bytes currency = code != NULL ? json_bytes(code) : v->currency;
    json_t *money = NULL;
    enum status st;

    if (!json_is_string(amount) || (code != NULL && !json_is_string(code)))
        return STATUS_OK; /* the check says so */
    st = make_money(v, json_bytes(amount), currency, json_bytes(amount), &money);
    if (st == STATUS_OK && json_object_update_missing(money, *object) != 0) {
        json_decref(money);
        st = STATUS_NOMEM;
    }
    if (st != STATUS_OK)
        return st;
    json_decref(*object);
    *object = money;
    return STATUS_OK;
}
