/* node/filters.h
 *
 * The filters of lists, totals and the feed as options.
 */
#ifndef AVOW_NODE_FILTERS_H
#define AVOW_NODE_FILTERS_H

#include "base/args.h"
#include "face/filter.h"

struct filter_options {
    struct args_list network, org, donor, recipient, country, theme, status, is;
};

#define FILTER_OPTIONS(f)                                                                \
    { "network", "ID", "only of this network", .list = &(f)->network },                  \
        { "org", "ORG", "only with this organization, in any role", .list = &(f)->org }, \
        { "donor", "ORG", "only by this donor", .list = &(f)->donor },                   \
        { "recipient", "ORG", "only to this recipient", .list = &(f)->recipient },       \
        { "country", "CODE", "only for this country (ISO 3166)",                         \
          .list = &(f)->country },                                                       \
        { "theme", "THEME", "only on this theme", .list = &(f)->theme },                 \
    {                                                                                    \
        "status", "WORD", "only of this status", .list = &(f)->status                    \
    }

/* The feed's also has kinds. */
#define FILTER_IS_OPTION(f)                                                            \
    {                                                                                  \
        "is", "KIND", "only records of this kind, or a part: pledge", .list = &(f)->is \
    }

/* `out` to be freed by filter_free. STATUS_USAGE, and said: a value cannot be one. */
enum status filter_of_options(const struct args *a, const struct filter_options *o,
                              struct filter **out);

#endif
