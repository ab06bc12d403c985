#include "record/date.h"

#include "base/clock.h"

/* `n` digits at `at`; -1: not all are. */
static int digits(struct bytes text, size_t at, size_t n)
{
    int value = 0;

    for (size_t i = at; i < at + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

enum status date_parse(struct bytes text, int64_t *first, int64_t *last)
{
    bool month_known = text.len >= 7, day_known = text.len == 10;
    int year, month, day;

    if (text.len != 4 && text.len != 7 && text.len != 10)
        return STATUS_MALFORMED;
    if ((month_known && text.ptr[4] != '-') || (day_known && text.ptr[7] != '-'))
        return STATUS_MALFORMED;
    year = digits(text, 0, 4);
    month = month_known ? digits(text, 5, 2) : 1;
    day = day_known ? digits(text, 8, 2) : 1;
    if (!day_valid(year, month, day))
        return STATUS_MALFORMED;

    if (first != NULL)
        *first = day_number(year, month, day);
    if (!month_known)
        month = 12;
    if (!day_known)
        day = day_month_length(year, month);
    if (last != NULL)
        *last = day_number(year, month, day);
    return STATUS_OK;
}
