/* shared/base/clock.h
 *
 * Time as text (RFC 3339, UTC, whole seconds), and the machine's clocks. The pure folders
 * use only the first half: time reaches them as an argument.
 */
#ifndef AVOW_BASE_CLOCK_H
#define AVOW_BASE_CLOCK_H

#include "base/bytes.h"

/* "2026-11-23T10:00:00Z" <=> seconds since 1970; years 0001 to 9999, no leap second. */
enum status time_parse(struct bytes text, int64_t *seconds);
void time_print(int64_t seconds, struct buf *out);

/* A day as days since 1970-01-01. */
bool day_valid(int year, int month, int day);
int64_t day_number(int year, int month, int day);
void day_split(int64_t number, int *year, int *month, int *day);
int day_month_length(int year, int month);

int64_t clock_now_s(void); /* wall clock */
uint64_t clock_ms(void);   /* monotonic */
uint64_t clock_us(void);

#endif
