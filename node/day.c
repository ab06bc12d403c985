#include "node/day.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/progress.h"
#include "record/date.h"

enum status day_of_option(const struct args *a, const char *text, int64_t *day)
{
    if (text == NULL) {
        *day = progress_day(clock_now_s());
        return STATUS_OK;
    }
    if (strlen(text) == 10 && date_parse(bytes_of(text), NULL, day) == STATUS_OK)
        return STATUS_OK;
    args_wrong(a, "--on: '%s' is not a day, YYYY-MM-DD", text);
    return STATUS_USAGE;
}
