#include "record/rules_version.h"

#include "record/codes.h"

int64_t rules_newest(void)
{
    return RULES_VERSION;
}

bool rules_known(int64_t version)
{
    return version == RULES_VERSION;
}

bool rules_codes_known(int64_t version, struct bytes codes)
{
    return rules_known(version) && bytes_eq_text(codes, codes_digest());
}
