#include "unit/test.h"

#include "base/clock.h"
#include "record/date.h"

static void assert_means(const char *text, const char *first, const char *last)
{
    const char *expected[] = { first, last };
    int64_t days[2];

    assert_status(date_parse(bytes_of(text), &days[0], &days[1]), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        char found[32];
        int year, month, day;

        day_split(days[i], &year, &month, &day);
        snprintf(found, sizeof(found), "%04d-%02d-%02d", year, month, day);
        assert_string_equal(found, expected[i]);
    }
    assert_status(date_parse(bytes_of(text), NULL, NULL), STATUS_OK);
}

TEST(a_coarse_date_means_all_its_days)
{
    assert_means("2026", "2026-01-01", "2026-12-31");
    assert_means("2026-04", "2026-04-01", "2026-04-30");
    assert_means("2026-02", "2026-02-01", "2026-02-28");
    assert_means("2028-02", "2028-02-01", "2028-02-29");
    assert_means("2026-12", "2026-12-01", "2026-12-31");
    assert_means("2026-11-23", "2026-11-23", "2026-11-23");
    assert_means("2000-02-29", "2000-02-29", "2000-02-29");
    assert_means("1969", "1969-01-01", "1969-12-31");
    assert_means("0001", "0001-01-01", "0001-12-31");
    assert_means("9999-12-31", "9999-12-31", "9999-12-31");
}

TEST(other_forms_are_refused)
{
    static const char *const bad[] = {
        "",           "2",          "202",         "20261",      "2026-",
        "2026-1",     "2026-13",    "2026-00",     "2026-1-1",   "2026-11-",
        "2026-11-31", "2026-02-29", "1900-02-29",  "2026-11-00", "2026-11-2",
        "0000",       "0000-01-01", "2026/11/23",  "2026-11/23", "23-11-2026",
        " 2026",      "2026 ",      "+2026",       "-2026",      "2O26",
        "2026-1a",    "2026-11-1b", "2026-11-231", "20261123",   "2026-11-23T10:00:00Z"
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_status(date_parse(bytes_of(bad[i]), NULL, NULL), STATUS_MALFORMED);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_coarse_date_means_all_its_days),
    TEST_OF(other_forms_are_refused),
};
TEST_MAIN(tests)
