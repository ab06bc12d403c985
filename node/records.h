/* node/records.h
 *
 * Files that `avow publish` takes: records (one JSON object, an array of them, or one
 * object a line), or a signed statement.
 */
#ifndef AVOW_NODE_RECORDS_H
#define AVOW_NODE_RECORDS_H

#include "base/bytes.h"

struct records {
    struct buf file;
    struct buf text;     /* what lines point into, where they were printed anew */
    struct bytes *lines; /* one record each, as it shall stand */
    size_t n;
    bool statement; /* the file is a signed note; no records */
};

/* On failure the reason is said. */
enum status records_read(const char *path, struct records *out);
void records_clear(struct records *r);

#endif
