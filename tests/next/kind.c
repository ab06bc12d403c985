/* The program as it will be: it knows one more kind, organization.noted, which says what
 * organization.listed does. Linked in place of shared/record/kind.c. */
#define kind_check kind_check_now
#include "../../shared/record/kind.c"
#undef kind_check

#include <string.h>

enum status kind_check(const json_t *record, const struct record_context *ctx,
                       enum kind *kind, struct refusal *why);

enum status kind_check(const json_t *record, const struct record_context *ctx,
                       enum kind *kind, struct refusal *why)
{
    const char *is = json_string_value(json_object_get(record, "is"));
    json_t *listed;
    enum status st;

    if (is == NULL || strcmp(is, "organization.noted") != 0)
        return kind_check_now(record, ctx, kind, why);
    listed = json_deep_copy(record);
    json_object_set_new(listed, "is", json_string("organization.listed"));
    st = kind_check_now(listed, ctx, kind, why);
    json_decref(listed);
    return st;
}
