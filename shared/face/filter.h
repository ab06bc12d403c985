/* shared/face/filter.h
 *
 * The one syntax of filters on lists, events, totals and the feed (docs/formats.md 4):
 * network, org, donor, recipient, country, theme, status, is. Repeated values mean or,
 * different names mean and. Pure.
 */
#ifndef AVOW_FACE_FILTER_H
#define AVOW_FACE_FILTER_H

#include <jansson.h>

#include "base/bytes.h"
#include "face/query.h"

struct filter;

/* From a query string ("network=spiac-b&country=PS&since=3"): names of filters are taken,
 * others left for the caller. STATUS_REFUSED: a value that cannot be one (`why`, 200
 * bytes, says which). Bounded: FILTER_VALUES_MAX values. */
#define FILTER_VALUES_MAX 64
enum status filter_parse(struct bytes query, struct filter **out, char why[200]);
/* Is each name in the query string that of a filter, or of another parameter of some
 * path? STATUS_REFUSED: no, as for one that is misspelt: it would filter nothing. */
enum status filter_names_known(struct bytes query, char why[200]);
/* Does the query string name any filter? */
bool filter_asked(struct bytes query);
enum status filter_dup(const struct filter *f, struct filter **out);
void filter_free(struct filter *f); /* accepts NULL */
bool filter_empty(const struct filter *f);
/* Canonical text: equal filters, equal texts; so watchers can share frames. */
const char *filter_text(const struct filter *f);
/* `is`: a record's kind or a subject's kind; facets: ledger/rows.h. */
bool filter_match(const struct filter *f, struct bytes is, const json_t *facets);

/* Could something of this kind match: is no `is` asked for, or one that it is? */
bool filter_match_is(const struct filter *f, struct bytes is);

/* Append an expression of the index over subjects (ledger/index.h) that all which match
 * also match, and perhaps some more; of no filter, or none by what is there, nothing. */
void filter_words(const struct filter *f, struct buf *out);

/* Its one value, where it has one and that is of this name; else NULL. */
const char *filter_sole(const struct filter *f, const char *name);

#endif
