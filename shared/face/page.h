/* shared/face/page.h
 *
 * The page and the description of the API, compiled in from shared/face/page/ and
 * openapi.json.
 */
#ifndef AVOW_FACE_PAGE_H
#define AVOW_FACE_PAGE_H

#include <jansson.h>

#include "base/bytes.h"

struct page_asset {
    const char *name; /* "app.js" */
    const char *type; /* Content-Type */
    const uint8_t *data;
    size_t len;
};

/* NULL: there is none of that name. */
const struct page_asset *page_asset_find(struct bytes name);

/* The page with a record (view_record) in it, for readers without scripts, appended. */
enum status page_record(const json_t *record, struct buf *out);

#endif
