#include "unit/test.h"

#include "base/limits.h"
#include "record/codes.h"
#include "record/json.h"
#include "record/money.h"

static enum status parse(const char *amount, const char *currency, struct money *out,
                         struct refusal *why)
{
    json_t *object = json_pack("{s:s,s:s}", "amount", amount, "currency", currency);
    enum status st = money_parse(object, 3, out, why);

    json_decref(object);
    return st;
}

static void assert_parses(const char *amount, const char *currency, int64_t minor)
{
    struct refusal why = { 0 };
    struct money m = { 0 };

    if (parse(amount, currency, &m, &why) != STATUS_OK)
        fail_msg("%s %s: %s", currency, amount, why.text);
    assert_int_equal(m.minor, minor);
    assert_string_equal(m.currency, currency);
}

static void assert_refused(const char *amount, const char *currency, enum rule rule)
{
    struct refusal why = { 0 };
    struct money m = { 0 };

    assert_status(parse(amount, currency, &m, &why), STATUS_REFUSED);
    if (why.rule != rule)
        fail_msg("%s %s: %s, expected %s", currency, amount, rule_name(why.rule),
                 rule_name(rule));
    assert_int_equal(why.line, 3);
}

TEST(amounts_count_minor_units)
{
    assert_parses("700000", "USD", 70000000);
    assert_parses("700000.0", "USD", 70000000);
    assert_parses("700000.00", "USD", 70000000);
    assert_parses("0.50", "USD", 50);
    assert_parses("0.01", "USD", 1);
    assert_parses("1", "JPY", 1);
    assert_parses("1", "KWD", 1000);
    assert_parses("1.001", "KWD", 1001);
    assert_parses("0.0001", "CLF", 1);
    assert_parses("2.5", "CLF", 25000);
    assert_parses("1.00", "XDR", 100);
    assert_parses("1.00", "DEM", 100);
}

TEST(amounts_go_to_the_limit_and_not_beyond)
{
    assert_parses("9000000000000000", "JPY", MONEY_MAX);
    assert_parses("90000000000000.00", "USD", MONEY_MAX);
    assert_parses("9000000000000.000", "KWD", MONEY_MAX);
    assert_parses("900000000000.0000", "CLF", MONEY_MAX);
    assert_refused("9000000000000001", "JPY", RULE_MONEY_LIMIT);
    assert_refused("90000000000000.01", "USD", RULE_MONEY_LIMIT);
    assert_refused("9000000000000.001", "KWD", RULE_MONEY_LIMIT);
    assert_refused("900000000000.0001", "CLF", RULE_MONEY_LIMIT);
    assert_refused("99999999999999999999999999999999", "USD", RULE_MONEY_LIMIT);
    assert_refused("9223372036854775808", "JPY", RULE_MONEY_LIMIT);
}

TEST(amounts_have_one_form)
{
    static const char *const bad[] = { "",    "0",    "0.0",  "0.00",    "00",   "01",
                                       "-1",  "+1",   "1.",   ".1",      "1..0", "1.0.0",
                                       "1e3", "1,00", " 1",   "1 ",      "0x1",  "one",
                                       "NaN", "1_0",  "00.5", "\xd9\xa1" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(bad[i], "USD", RULE_MONEY_FORM);
}

TEST(decimals_are_the_currencys)
{
    assert_refused("1.0", "JPY", RULE_MONEY_MINOR_UNITS);
    assert_refused("1.000", "USD", RULE_MONEY_MINOR_UNITS);
    assert_refused("1.0000", "KWD", RULE_MONEY_MINOR_UNITS);
    assert_refused("1.00000", "CLF", RULE_MONEY_MINOR_UNITS);
}

TEST(some_currencies_are_no_money)
{
    static const char *const none[] = { "XXX", "XTS", "XAU",  "XAG", "XPT",
                                        "XPD", "XBA", "XBB",  "XBC", "XBD",
                                        "usd", "US",  "USDX", "",    "ZZZ" };

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_refused("1", none[i], RULE_MONEY_CURRENCY);
}

/* Whatever is accepted is printed with all its decimals, and parses to the same. */
TEST(what_prints_parses_again)
{
    static const int64_t edges[] = { 1,
                                     9,
                                     10,
                                     99,
                                     100,
                                     101,
                                     999,
                                     1000,
                                     9999,
                                     10000,
                                     12345678,
                                     MONEY_MAX,
                                     MONEY_MAX - 1,
                                     999999999999999,
                                     1000000000000000 };
    struct buf text = { 0 };

    for (size_t i = 0; code_at(CODE_CURRENCY, i) != NULL; i++)
        for (size_t j = 0; j < sizeof(edges) / sizeof(edges[0]); j++) {
            const char *currency = code_at(CODE_CURRENCY, i);

            buf_reset(&text);
            money_print(edges[j], currency, &text);
            assert_parses(buf_str(&text), currency, edges[j]);
        }
    buf_clear(&text);
}

static void assert_prints(money_sum minor, const char *currency, const char *plain,
                          const char *grouped)
{
    struct buf text = { 0 };

    money_print(minor, currency, &text);
    assert_buf_eq(&text, plain);
    buf_reset(&text);
    money_print_grouped(minor, currency, &text);
    assert_buf_eq(&text, grouped);
    buf_clear(&text);
}

TEST(money_is_printed_for_programs_and_for_people)
{
    assert_prints(70000000, "USD", "700000.00", "700,000.00");
    assert_prints(5, "USD", "0.05", "0.05");
    assert_prints(0, "USD", "0.00", "0.00");
    assert_prints(-123456789, "USD", "-1234567.89", "-1,234,567.89");
    assert_prints(1000, "JPY", "1000", "1,000");
    assert_prints(999, "JPY", "999", "999");
    assert_prints(1, "KWD", "0.001", "0.001");
    assert_prints(1, "CLF", "0.0001", "0.0001");
    assert_prints((money_sum)MONEY_MAX * 1000000, "JPY", "9000000000000000000000",
                  "9,000,000,000,000,000,000,000");
}

#define SUM_MAX ((money_sum)(~(unsigned __int128)0 >> 1))
#define SUM_MIN (-SUM_MAX - 1)
#define SUM_MAX_TEXT "170141183460469231731687303715884105727"
#define SUM_MIN_TEXT "-170141183460469231731687303715884105728"

static void assert_sum(money_sum sum, const char *expected)
{
    struct buf text = { 0 };
    money_sum again = 42;

    money_sum_print(sum, &text);
    assert_buf_eq(&text, expected);
    assert_status(money_sum_parse(buf_bytes(&text), &again), STATUS_OK);
    assert_true(again == sum);
    buf_clear(&text);
}

TEST(sums_have_128_bits)
{
    money_sum sum = 0;

    assert_sum(0, "0");
    assert_sum(-1, "-1");
    assert_sum((money_sum)INT64_MAX + 1, "9223372036854775808");
    assert_sum(SUM_MAX, SUM_MAX_TEXT);
    assert_sum(SUM_MIN, SUM_MIN_TEXT);
    assert_prints(SUM_MIN, "USD", "-1701411834604692317316873037158841057.28",
                  "-1,701,411,834,604,692,317,316,873,037,158,841,057.28");

    assert_true(money_sum_add(&sum, SUM_MAX));
    assert_false(money_sum_add(&sum, 1));
    assert_true(sum == SUM_MAX); /* as it was */
    assert_true(money_sum_add(&sum, -1));
    sum = SUM_MIN;
    assert_false(money_sum_add(&sum, -1));
    assert_true(money_sum_add(&sum, SUM_MAX));
    assert_true(sum == -1);
}

TEST(sums_have_one_form)
{
    static const char *const bad[] = { "",
                                       "-",
                                       "-0",
                                       "00",
                                       "01",
                                       "+1",
                                       " 1",
                                       "1 ",
                                       "1.",
                                       "0x",
                                       "--1",
                                       "170141183460469231731687303715884105728",
                                       "-170141183460469231731687303715884105729",
                                       "99999999999999999999999999999999999999999999" };
    money_sum sum;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(money_sum_parse(bytes_of(bad[i]), &sum), STATUS_MALFORMED);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(amounts_count_minor_units),
    TEST_OF(amounts_go_to_the_limit_and_not_beyond),
    TEST_OF(amounts_have_one_form),
    TEST_OF(decimals_are_the_currencys),
    TEST_OF(some_currencies_are_no_money),
    TEST_OF(what_prints_parses_again),
    TEST_OF(money_is_printed_for_programs_and_for_people),
    TEST_OF(sums_have_128_bits),
    TEST_OF(sums_have_one_form),
};
TEST_MAIN(tests)
