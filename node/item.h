/* node/item.h
 *
 * One thing in words, for people: what `avow show` prints of a view (face/view.h).
 */
#ifndef AVOW_NODE_ITEM_H
#define AVOW_NODE_ITEM_H

#include <jansson.h>

#include "base/bytes.h"

/* How it is printed. `lang` chooses texts of terms (names.h). */
struct item_style {
    struct bytes lang;
    bool colour;
    bool bars; /* of progress, for a terminal */
};

/* A copy of a view whose texts are as base/shown.h has them, further lines of one below
 * its first: what is printed is one of these. NULL: no memory. */
json_t *item_shown(const json_t *view);

/* A network, an organization, an agreement: view_item's, appended. */
void item_print(const json_t *item, const struct item_style *style, struct buf *out);
/* A country: view_country's, appended. */
void item_print_country(const json_t *view, const struct item_style *style,
                        struct buf *out);
/* A record: view_record's, appended. */
void item_print_record(const json_t *view, const struct item_style *style,
                       struct buf *out);

#endif
