/* node/listing.h
 *
 * What the commands that list have in common: options, a page of a view, and how it is
 * printed: a table for people, JSON, or CSV.
 */
#ifndef AVOW_NODE_LISTING_H
#define AVOW_NODE_LISTING_H

#include "face/csv.h"
#include "face/view.h"
#include "node/command.h"
#include "node/day.h"
#include "node/filters.h"
#include "node/table.h"

struct listing_options {
    const char *dir, *after, *lang, *on;
    uint64_t limit;
    struct filter_options filters;
    bool json, csv;
};

#define LISTING_OPTIONS(o)                                                      \
    DIR_OPTION(&(o)->dir), FILTER_OPTIONS(&(o)->filters),                       \
        { "limit", "N", "at most so many (default 50, at most 1000)",           \
          .number = &(o)->limit },                                              \
        { "after", "CURSOR", "go on where a list ended", .text = &(o)->after }, \
        { "lang", "LANG", "texts in this language where there are",             \
          .text = &(o)->lang },                                                 \
        ON_OPTION(&(o)->on), JSON_OPTION(&(o)->json), CSV_OPTION(&(o)->csv)

/* One call of a view. */
struct listing_call {
    struct store *store;
    const struct filter *f;
    struct view_page page;
    int64_t day;
    const void *what; /* of whoever began it */
};

struct listing {
    const char *name; /* "pledges", for "no pledges here" */
    enum csv_list csv;
    const char *const *heads;
    size_t columns;
    void (*row)(struct table *t, const json_t *item);
    /* STATUS_REFUSED: the cursor is none; STATUS_MALFORMED: `wrong` says what is. */
    enum status (*view)(const struct listing_call *call, json_t **out);
    const void *what;
    const char *wrong;
};

/* Gives the exit code. */
int listing_run(struct args *a, const struct listing_options *o, const struct listing *l);

/* A member of the item, a list of such with spaces between. */
void listing_cell(struct table *t, const json_t *item, const char *member);
void listing_joined(struct table *t, const json_t *list);

#endif
