#include "unit/test.h"

#include <time.h>

#include "base/clock.h"

TEST(times_as_text)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } pairs[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-11-23T10:00:00Z", 1795428000 },
        { "2000-02-29T23:59:59Z", 951868799 },
        { "1969-12-31T23:59:59Z", -1 },
        { "0001-01-01T00:00:00Z", -62135596800 },
        { "9999-12-31T23:59:59Z", 253402300799 },
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buf b = { 0 };
        int64_t seconds;

        assert_status(time_parse(bytes_of(pairs[i].text), &seconds), STATUS_OK);
        assert_true(seconds == pairs[i].seconds);
        time_print(seconds, &b);
        assert_buf_eq(&b, pairs[i].text);
        buf_clear(&b);
    }
}

TEST(other_forms_of_time_are_refused)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-11-23T10:00:00z",
        "2026-11-23t10:00:00Z",
        "2026-11-23 10:00:00Z",
        "2026-11-23T10:00:00.0Z",
        "2026-11-23T10:00:00+00:00",
        "2026-11-23T24:00:00Z",
        "2026-11-23T23:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "+026-01-01T00:00:00Z",
        "2026-1a-01T00:00:00Z",
        "2026-11-23T10:00:00Z\n",
    };
    int64_t seconds = 5;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(time_parse(bytes_of(bad[i]), &seconds), STATUS_MALFORMED);
    assert_int_equal(seconds, 5);
}

TEST(every_day_is_counted_once)
{
    int64_t number = day_number(1, 1, 1);

    for (int year = 1; year <= 9999; year += year == 410 ? 1500 : 1) {
        number = day_number(year, 1, 1);
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= day_month_length(year, month); day++, number++) {
                int y, m, d;

                day_split(number, &y, &m, &d);
                if (day_number(year, month, day) != number || y != year || m != month ||
                    d != day)
                    fail_msg("%d-%d-%d", year, month, day);
            }
        }
        assert_true(number == day_number(year + 1, 1, 1));
    }
    assert_int_equal(day_number(1970, 1, 1), 0);
}

TEST(leap_years)
{
    assert_true(day_valid(2000, 2, 29));
    assert_true(day_valid(2024, 2, 29));
    assert_false(day_valid(1900, 2, 29));
    assert_false(day_valid(2026, 2, 29));
    assert_false(day_valid(2026, 13, 1));
    assert_false(day_valid(0, 1, 1));
    assert_false(day_valid(10000, 1, 1));
    assert_int_equal(day_month_length(2024, 2), 29);
    assert_int_equal(day_month_length(2100, 2), 28);
}

TEST(the_clocks_run)
{
    uint64_t before = clock_ms();
    struct timespec nap = { 0, 20 * 1000000 };

    nanosleep(&nap, NULL);
    assert_true(clock_ms() - before >= 19);
    assert_true(clock_now_s() > 1700000000);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(times_as_text),
    TEST_OF(other_forms_of_time_are_refused),
    TEST_OF(every_day_is_counted_once),
    TEST_OF(leap_years),
    TEST_OF(the_clocks_run),
};

TEST_MAIN(tests)
