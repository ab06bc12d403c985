/* shared/record/date.h
 *
 * Dates as exact as is known: YYYY, YYYY-MM or YYYY-MM-DD; day numbers as in
 * base/clock.h.
 */
#ifndef AVOW_RECORD_DATE_H
#define AVOW_RECORD_DATE_H

#include "base/bytes.h"

/* First and last day that the date can mean; both may be NULL. STATUS_MALFORMED. */
enum status date_parse(struct bytes text, int64_t *first, int64_t *last);

#endif
