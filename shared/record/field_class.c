/* Classification: where something is, and what it is about. docs/vocabulary.md has what
 * splits say; they are judged on terms that are whole (field_set.c leaves out checks). */
#include "record/field.h"

#include <stdlib.h>

#include "base/fault.h"

#define PERCENT_DECIMALS 17 /* of 18 digits, one stands before the point */

/* A percentage of at most 18 digits, in units of 10^-17: 36 digits, and 128 bits hold 38.
 */
static __int128 percent_units(struct bytes text)
{
    __int128 units = 0;
    size_t point = text.len;

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.')
            point = i;
        else
            units = units * 10 + (text.ptr[i] - '0');
    for (size_t decimals = point < text.len ? text.len - point - 1 : 0;
         decimals < PERCENT_DECIMALS; decimals++)
        units *= 10;
    return units;
}

static const json_t *list_of(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static bool has(const json_t *object, const char *name)
{
    return json_array_size(list_of(object, name)) > 0;
}

/* --- sums ------------------------------------------------------------------------- */

/* Downwards, and never far below zero, however many there are. */
static void subtract(__int128 *rest, const json_t *split)
{
    for (size_t i = 0; *rest >= 0 && i < json_array_size(split); i++)
        *rest -= percent_units(json_member(json_array_get(split, i), "percent"));
}

/* `also` (NULL: none) adds up together with the first. */
static enum status check_sum(struct check *c, const json_t *object, const char *member,
                             const char *also)
{
    __int128 rest = percent_units(BYTES_LIT("100"));
    bool both = also != NULL && has(object, also);

    if (!has(object, member) && !both)
        return STATUS_OK;
    subtract(&rest, list_of(object, member));
    if (both)
        subtract(&rest, list_of(object, also));
    if (rest == 0)
        return STATUS_OK;
    return field_refuse_member(
        c, RULE_SPLIT_SUM, has(object, member) ? member : also,
        "expected percentages that add up to exactly 100%s%s, found %s",
        both && has(object, member) ? " with those of " : "",
        both && has(object, member) ? also : "", rest < 0 ? "more" : "less");
}

/* --- codes ------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    return bytes_cmp(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* Sorted: a line can hold a thousand codes and their shares. */
static void read_codes(const json_t *list, const char *member, struct bytes codes[])
{
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);

        codes[i] = member != NULL ? json_member(item, member) : json_bytes(item);
    }
    qsort(codes, n, sizeof(*codes), compare);
}

static enum status refuse_codes(struct check *c, const char *list, const char *split,
                                bool missing, struct bytes code)
{
    return field_refuse_member(c, RULE_SPLIT_CODES, split,
                               missing ? "expected a share of each of %s, found none "
                                         "of " BYTES_FMT
                                       : "expected codes of %s only, found " BYTES_FMT,
                               list, BYTES_ARG(field_shown(code)));
}

/* The split names every code of the list, and no other. */
static enum status check_codes(struct check *c, const json_t *object, const char *list,
                               const char *split)
{
    size_t n = json_array_size(list_of(object, list));
    size_t m = json_array_size(list_of(object, split)), i = 0, k = 0;
    struct bytes *codes = fault_here() ? NULL : malloc((n + m + 1) * sizeof(*codes));
    enum status st = STATUS_OK;

    if (codes == NULL)
        return STATUS_NOMEM;
    read_codes(list_of(object, list), NULL, codes);
    read_codes(list_of(object, split), "code", codes + n);
    while (st == STATUS_OK && (i < n || k < m)) {
        int order = i == n ? 1 : k == m ? -1 : bytes_cmp(codes[i], codes[n + k]);

        if (order != 0)
            st = refuse_codes(c, list, split, order < 0,
                              order < 0 ? codes[i] : codes[n + k]);
        i++;
        k++;
    }
    free(codes);
    return st;
}

static enum status check_splits(struct check *c, const json_t *object)
{
    bool places = has(object, "country_split") || has(object, "region_split");
    enum status st = check_sum(c, object, "country_split", "region_split");

    if (st == STATUS_OK)
        st = check_sum(c, object, "sector_split", NULL);
    if (st == STATUS_OK && places)
        st = check_codes(c, object, "countries", "country_split");
    if (st == STATUS_OK && places)
        st = check_codes(c, object, "regions", "region_split");
    if (st == STATUS_OK && has(object, "sector_split"))
        st = check_codes(c, object, "sectors", "sector_split");
    return st;
}

/* --- fields ----------------------------------------------------------------------- */

static const struct field country_share[] = {
    FIELD("code", field_code, REQUIRED, .list = CODE_COUNTRY),
    FIELD("percent", field_percent, REQUIRED),
};
static const struct form form_country_share = { FIELDS_OF(country_share) };

static const struct field region_share[] = {
    FIELD("code", field_digits, REQUIRED),
    FIELD("percent", field_percent, REQUIRED),
};
static const struct form form_region_share = { FIELDS_OF(region_share) };

static const struct field sector_share[] = {
    FIELD("code", field_code, REQUIRED, .list = CODE_SECTOR),
    FIELD("percent", field_percent, REQUIRED),
};
static const struct form form_sector_share = { FIELDS_OF(sector_share) };

static const struct field tag[] = {
    FIELD("vocabulary", field_vocabulary, REQUIRED), FIELD("code", field_label, REQUIRED),
    FIELD("title", field_title, 0), FIELD("percent", field_percent, 0), /* in no sum */
};
static const struct form form_tag = { FIELDS_OF(tag) };

static const struct field marker[] = {
    FIELD("code", field_code, REQUIRED, .list = CODE_POLICY_MARKER),
    FIELD("significance", field_code, REQUIRED, .list = CODE_POLICY_SIGNIFICANCE),
};
static const struct form form_marker = { FIELDS_OF(marker) };

static const struct field classified[] = {
    FIELD("networks", field_network, LIST),
    FIELD("countries", field_code, LIST, .list = CODE_COUNTRY),
    FIELD("country_split", field_object, LIST, .form = &form_country_share,
          .unique = "code"),
    FIELD("regions", field_digits, LIST),
    FIELD("region_split", field_object, LIST, .form = &form_region_share,
          .unique = "code"),
    FIELD("places", field_place, LIST),
    FIELD("sectors", field_code, LIST, .list = CODE_SECTOR),
    FIELD("sector_split", field_object, LIST, .form = &form_sector_share,
          .unique = "code"),
    FIELD("clusters", field_code, LIST, .list = CODE_CLUSTER),
    FIELD("sdgs", field_code, LIST, .list = CODE_SDG),
    FIELD("themes", field_code, LIST, .list = CODE_THEME),
    FIELD("tags", field_object, LIST, .form = &form_tag, .unique = "code",
          .within = "vocabulary"),
    FIELD("policy_markers", field_object, LIST, .form = &form_marker, .unique = "code"),
    FIELD("humanitarian", field_bool, 0),
};
const struct form form_classified = { FIELDS_OF(classified), .check = check_splits,
                                      .also = &form_common };
