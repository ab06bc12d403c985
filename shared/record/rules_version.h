/* shared/record/rules_version.h
 *
 * The versions of the rules that this program judges by, each with the digest of its code
 * lists. A log names one in entry 0 and may go on to a later one (log.rules); a program
 * goes by all that it knows, and stops where a log goes on to another.
 */
#ifndef AVOW_RECORD_RULES_VERSION_H
#define AVOW_RECORD_RULES_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

int64_t rules_newest(void);
bool rules_known(int64_t version);
/* ... and with these code lists. */
bool rules_codes_known(int64_t version, struct bytes codes);

#endif
