/* shared/record/money.h
 *
 * Money as an integer count of its currency's minor units; sums in 128 bits.
 */
#ifndef AVOW_RECORD_MONEY_H
#define AVOW_RECORD_MONEY_H

#include <jansson.h>

#include "record/refusal.h"

struct money {
    int64_t minor; /* 1 to MONEY_MAX */
    char currency[4];
};

typedef __int128 money_sum; /* minor units; the one typedef, as for any scalar */

/* {"amount":…,"currency":…}; other members are not looked at (`counts` has some). */
enum status money_parse(const json_t *object, unsigned line, struct money *out,
                        struct refusal *why);
/* "700000.00": always with all minor units of the currency. */
void money_print(money_sum minor, const char *currency, struct buf *out);
/* The same grouped for people: "700,000.00". */
void money_print_grouped(money_sum minor, const char *currency, struct buf *out);
/* The plain integer, as rows of the state hold it. */
void money_sum_print(money_sum sum, struct buf *out);
enum status money_sum_parse(struct bytes text, money_sum *out);
/* False: would overflow. */
bool money_sum_add(money_sum *to, money_sum more);

#endif
