/* shared/face/gzip.h: zlib's one door. */
#ifndef AVOW_FACE_GZIP_H
#define AVOW_FACE_GZIP_H

#include "base/bytes.h"

/* RFC 1952, appended to `out`. The larger, the less thoroughly: a full bundle of 15 MB
 * takes a fifth of a second. */
enum status gzip_encode(struct bytes plain, struct buf *out);

#endif
