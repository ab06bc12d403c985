#include "record/money.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "record/codes.h"
#include "record/json.h"

/* An amount as it is written: whole[.fraction] */
struct decimal {
    struct bytes whole, fraction;
};

static size_t count_digits(struct bytes text, size_t from)
{
    size_t n = 0;

    while (from + n < text.len && text.ptr[from + n] >= '0' && text.ptr[from + n] <= '9')
        n++;
    return n;
}

/* "700000", "0.50": no sign, no leading zero, digits on both sides of a point. */
static bool decimal_split(struct bytes text, struct decimal *out)
{
    size_t whole = count_digits(text, 0), fraction;

    if (whole == 0 || (whole > 1 && text.ptr[0] == '0'))
        return false;
    out->whole = bytes_slice(text, 0, whole);
    out->fraction = bytes_slice(text, text.len, text.len);
    if (whole == text.len)
        return true;
    fraction = count_digits(text, whole + 1);
    if (text.ptr[whole] != '.' || fraction == 0 || whole + 1 + fraction != text.len)
        return false;
    out->fraction = bytes_slice(text, whole + 1, text.len);
    return true;
}

/* False: above MONEY_MAX. */
static bool add_digit(int64_t *minor, unsigned digit)
{
    *minor = *minor * 10 + digit;
    return *minor <= MONEY_MAX;
}

static bool to_minor(const struct decimal *d, size_t units, int64_t *out)
{
    int64_t minor = 0;
    bool fits = true;

    for (size_t i = 0; fits && i < d->whole.len; i++)
        fits = add_digit(&minor, d->whole.ptr[i] - '0');
    for (size_t i = 0; fits && i < units; i++)
        fits = add_digit(&minor, i < d->fraction.len ? d->fraction.ptr[i] - '0' : 0);
    *out = minor;
    return fits;
}

static bool is_zero(const struct decimal *d)
{
    for (size_t i = 0; i < d->fraction.len; i++)
        if (d->fraction.ptr[i] != '0')
            return false;
    return d->whole.len == 1 && d->whole.ptr[0] == '0';
}

enum status money_parse(const json_t *object, unsigned line, struct money *out,
                        struct refusal *why)
{
    struct bytes amount = json_member(object, "amount");
    struct bytes currency = json_member(object, "currency");
    struct decimal d;
    int units;

    if (!decimal_split(amount, &d) || is_zero(&d))
        return refuse(why, RULE_MONEY_FORM, line,
                      "amount: expected a decimal above zero such as \"700000.00\", "
                      "found \"%.*s\"",
                      amount.len > 40 ? 40 : (int)amount.len, (const char *)amount.ptr);
    units = currency_minor_units(currency);
    if (units < 0)
        return refuse(why, RULE_MONEY_CURRENCY, line,
                      "currency: expected a code of ISO 4217, found \"%.*s\"",
                      currency.len > 8 ? 8 : (int)currency.len,
                      (const char *)currency.ptr);
    if (d.fraction.len > (size_t)units)
        return refuse(why, RULE_MONEY_MINOR_UNITS, line,
                      "amount: expected at most %d decimal%s of " BYTES_FMT ", found %zu",
                      units, units == 1 ? "" : "s", BYTES_ARG(currency), d.fraction.len);
    if (!to_minor(&d, (size_t)units, &out->minor))
        return refuse(why, RULE_MONEY_LIMIT, line,
                      "amount: expected at most %lld minor units of " BYTES_FMT
                      ", found %.*s",
                      MONEY_MAX, BYTES_ARG(currency),
                      amount.len > 40 ? 40 : (int)amount.len, (const char *)amount.ptr);
    assert(currency.len == sizeof(out->currency) - 1);
    memcpy(out->currency, currency.ptr, currency.len);
    out->currency[currency.len] = '\0';
    return STATUS_OK;
}

/* Decimal digits of |sum|, most significant first; at least `least` of them. */
#define SUM_DIGITS_MAX 40

static size_t sum_digits(money_sum sum, size_t least, char digits[SUM_DIGITS_MAX])
{
    unsigned __int128 rest = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
    char reversed[SUM_DIGITS_MAX];
    size_t n = 0;

    do {
        reversed[n++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    while (n < least)
        reversed[n++] = '0';
    for (size_t i = 0; i < n; i++)
        digits[i] = reversed[n - 1 - i];
    return n;
}

static void print(money_sum minor, const char *currency, bool grouped, struct buf *out)
{
    char digits[SUM_DIGITS_MAX];
    int known = currency_minor_units(bytes_of(currency));
    size_t units = known < 0 ? 2 : (size_t)known;
    size_t n = sum_digits(minor, units + 1, digits), whole = n - units;

    if (minor < 0)
        buf_u8(out, '-');
    for (size_t i = 0; i < whole; i++) {
        if (grouped && i > 0 && (whole - i) % 3 == 0)
            buf_u8(out, ',');
        buf_u8(out, (uint8_t)digits[i]);
    }
    if (units > 0) {
        buf_u8(out, '.');
        buf_append(out, digits + whole, units);
    }
}

void money_print(money_sum minor, const char *currency, struct buf *out)
{
    print(minor, currency, false, out);
}

void money_print_grouped(money_sum minor, const char *currency, struct buf *out)
{
    print(minor, currency, true, out);
}

void money_sum_print(money_sum sum, struct buf *out)
{
    char digits[SUM_DIGITS_MAX];
    size_t n = sum_digits(sum, 1, digits);

    if (sum < 0)
        buf_u8(out, '-');
    buf_append(out, digits, n);
}

enum status money_sum_parse(struct bytes text, money_sum *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    struct bytes d = bytes_slice(text, negative ? 1 : 0, text.len);
    money_sum sum = 0;

    if (d.len == 0 || count_digits(d, 0) != d.len)
        return STATUS_MALFORMED;
    if (d.ptr[0] == '0' && text.len > 1)
        return STATUS_MALFORMED; /* no leading zero, and no -0 */
    for (size_t i = 0; i < d.len; i++) {
        int digit = d.ptr[i] - '0';

        /* Downwards for negative ones: their range reaches one further. */
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return STATUS_MALFORMED;
    }
    *out = sum;
    return STATUS_OK;
}

bool money_sum_add(money_sum *to, money_sum more)
{
    money_sum sum;

    if (__builtin_add_overflow(*to, more, &sum))
        return false;
    *to = sum;
    return true;
}
