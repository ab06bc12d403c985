/* node/day.h
 *
 * The day for which is told what is due: --on, else today.
 */
#ifndef AVOW_NODE_DAY_H
#define AVOW_NODE_DAY_H

#include "base/args.h"

#define ON_OPTION(to)                                                         \
    {                                                                         \
        "on", "DAY", "what is due is told for this day (default today, UTC)", \
            .text = (to)                                                      \
    }

/* `text` NULL: today. STATUS_USAGE, and said: not YYYY-MM-DD. */
enum status day_of_option(const struct args *a, const char *text, int64_t *day);

#endif
