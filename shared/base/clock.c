#include "base/clock.h"

#include <assert.h>
#include <time.h>

#include "base/status.h"

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int day_month_length(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    assert(month >= 1 && month <= 12);
    return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

bool day_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= day_month_length(year, month);
}

/* Both ways: years are taken to begin in March, so that the leap day comes last, and
 * counted in eras of 400, which all have the same length. */
#define ERA_DAYS 146097
#define EPOCH_DAY 719468 /* of 1970-01-01, from 0000-03-01 */

int64_t day_number(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           EPOCH_DAY;
}

void day_split(int64_t number, int *year, int *month, int *day)
{
    int64_t z = number + EPOCH_DAY;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t of_era = z - era * ERA_DAYS;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

static bool digits(const uint8_t *p, size_t len, int *out)
{
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

enum status time_parse(struct bytes text, int64_t *seconds)
{
    const uint8_t *p = text.ptr;
    int year, month, day, hour, minute, second;

    if (text.len != 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
        p[16] != ':' || p[19] != 'Z')
        return STATUS_MALFORMED;
    if (!digits(p, 4, &year) || !digits(p + 5, 2, &month) || !digits(p + 8, 2, &day) ||
        !digits(p + 11, 2, &hour) || !digits(p + 14, 2, &minute) ||
        !digits(p + 17, 2, &second))
        return STATUS_MALFORMED;
    if (!day_valid(year, month, day) || hour > 23 || minute > 59 || second > 59)
        return STATUS_MALFORMED;
    *seconds = day_number(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return STATUS_OK;
}

void time_print(int64_t seconds, struct buf *out)
{
    int64_t number = seconds / 86400, rest = seconds % 86400;
    int year, month, day;

    if (rest < 0) {
        rest += 86400;
        number--;
    }
    day_split(number, &year, &month, &day);
    buf_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day,
               (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

int64_t clock_now_s(void)
{
    return (int64_t)time(NULL);
}

uint64_t clock_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_ms(void)
{
    return clock_us() / 1000;
}
