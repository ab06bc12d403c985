/* The program as it will be: it knows rules version 2, too. Linked in place of
 * shared/record/rules_version.c into build/.../next/bin, for tests of upgrades. */
#include "record/rules_version.h"

#include "record/codes.h"

int64_t rules_newest(void)
{
    return RULES_VERSION + 1;
}

bool rules_known(int64_t version)
{
    return version == RULES_VERSION || version == RULES_VERSION + 1;
}

bool rules_codes_known(int64_t version, struct bytes codes)
{
    return rules_known(version) && bytes_eq_text(codes, codes_digest());
}
