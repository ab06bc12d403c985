/* shared/face/query.h
 *
 * Query strings and paths of URLs: taken apart and percent-decoded. Pure.
 */
#ifndef AVOW_FACE_QUERY_H
#define AVOW_FACE_QUERY_H

#include "base/bytes.h"

/* The next parameter of the query string `r`; name and value are reset, then hold it
 * decoded ("+" is a space). Call while r->len > 0. STATUS_MALFORMED: bad escape, not
 * UTF-8, or has a NUL; the reader moved on all the same. */
enum status query_next(struct reader *r, struct buf *name, struct buf *value);

/* One parameter: the `nth` of that name, from 0; `out` is reset. STATUS_NOT_FOUND;
 * STATUS_MALFORMED: as above. */
enum status query_param(struct bytes query, const char *name, size_t nth,
                        struct buf *out);

/* A segment of a path, decoded ("+" stays a plus), appended to `out`. */
enum status query_decode_segment(struct bytes text, struct buf *out);
/* Appends `text` so that it can stand as one segment of a path. */
void query_encode_segment(struct bytes text, struct buf *out);

#endif
