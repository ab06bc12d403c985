/* shared/face/view.h
 *
 * What people and scripts see of the state, as JSON values: the broker's API and the
 * node's command line show the same. Each call reads one snapshot. openapi.json says what
 * is in them.
 *
 * `lang` is a list of language tags as in Accept-Language, and may be empty. `on` is the
 * day (base/clock.h) for which is told what is due: the state itself knows none.
 */
#ifndef AVOW_FACE_VIEW_H
#define AVOW_FACE_VIEW_H

#include "face/filter.h"
#include "store/store.h"

enum view_kind {
    VIEW_NETWORKS,
    VIEW_ORGANIZATIONS,
    VIEW_PARTNERSHIPS,
    VIEW_COMMITMENTS,
    VIEW_DECLARATIONS,
    VIEW_PLEDGES,
    VIEW_KINDS
};
const char *view_kind_name(enum view_kind k); /* "networks" … as in paths */
bool view_kind_find(struct bytes name, enum view_kind *out); /* singular too */

/* A page of a list; more in one answer would keep a reader for long. */
#define VIEW_LIMIT_DEFAULT 50
#define VIEW_LIMIT_MAX 1000

struct view_page {
    unsigned limit;
    struct bytes after; /* a cursor; empty: from the first */
    struct bytes lang;
};

/* {"size":…,"items":[…],"next":cursor|null}. `after` empty: from the first.
 * STATUS_REFUSED: a cursor that is none. A page can be short, even empty, with a cursor
 * to go on from: where hardly anything matches, one call looks at a bounded number of
 * rows. */
enum status view_list(struct store *s, enum view_kind k, const struct filter *f,
                      unsigned limit, struct bytes after, struct bytes lang, int64_t on,
                      json_t **out);
/* One, with terms, parties and how each signed, history (newest first, paged by limit and
 * after). STATUS_NOT_FOUND. */
enum status view_item(struct store *s, enum view_kind k, struct bytes id, unsigned limit,
                      struct bytes after, struct bytes lang, int64_t on, json_t **out);
/* by: a name of TOTAL_BY_TABLE (ledger/totals.h). Reports by third parties are left out
 * unless asked for. What is kept is read: no filter, or one by whose values totals are
 * kept where `by` is currency or the same; else pledges that match are added up.
 * STATUS_NOT_FOUND: no such `by`. STATUS_TOO_LARGE: that would be over more rows than one
 * call looks at. */
#define VIEW_TOTALS_BY \
    "network, donor, recipient, country, currency, status, year, fund, for"
enum status view_totals(struct store *s, struct bytes by, const struct filter *f,
                        bool third_party, const struct view_page *page, json_t **out);
/* {"size","on","items","next"}: deliverables and scheduled payments that are due on a day
 * or overdue by then, by day; `on` as the state is now. STATUS_REFUSED: a cursor. */
enum status view_due(struct store *s, const struct filter *f, int64_t on,
                     const struct view_page *page, json_t **out);
/* Networks, organizations and subjects whose names, titles or ids have all these words,
 * the last letters of each may be missing. STATUS_REFUSED: a cursor.
 * STATUS_MALFORMED: no words, or too many. */
#define VIEW_SEARCH_MAX 200 /* bytes */
#define VIEW_SEARCH_WORDS 8
enum status view_search(struct store *s, struct bytes q, const struct filter *f,
                        const struct view_page *page, json_t **out);
/* Countries of which something is stated, by code. STATUS_REFUSED: a cursor. */
enum status view_countries(struct store *s, const struct filter *f,
                           const struct view_page *page, json_t **out);
/* One: its deliverables by step, agreements, pledges, money. `page->limit`: at most so
 * many of each kind. STATUS_NOT_FOUND: no such code. */
enum status view_country(struct store *s, struct bytes code, int64_t on,
                         const struct view_page *page, json_t **out);
/* The record at <index>/<n>: its line, author, time, reference, signers, links. */
enum status view_record(struct store *s, uint64_t index, unsigned n, struct bytes lang,
                        json_t **out);
/* origin, size, the root of just that size, time, cosigners, version */
enum status view_status(struct store *s, const char *version, json_t **out);
/* {"size":…,"items":[…],"next":…}: the feed's events, about `limit` of them; `next` is
 * the entry to go on from, null where all of the log was looked at (then `size` is).
 * STATUS_REFUSED: `since` is beyond the log (feed.ahead). */
enum status view_events(struct store *s, const struct filter *f, uint64_t since,
                        unsigned limit, json_t **out);

#endif
