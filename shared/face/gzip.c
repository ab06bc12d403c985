#include "face/gzip.h"

#include <assert.h>
#include <limits.h>
#include <zlib.h>

/* Up to this size thoroughly. */
#define THOROUGH_MAX (256 * 1024)
#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for RFC 1952 */

enum status gzip_encode(struct bytes plain, struct buf *out)
{
    int level = plain.len <= THOROUGH_MAX ? 6 : 1;
    z_stream z = { .next_in = (Bytef *)(uintptr_t)plain.ptr,
                   .avail_in = (uInt)plain.len };
    size_t start = out->len, most;
    bool ended;

    assert(plain.len <= UINT_MAX);
    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return STATUS_NOMEM;
    most = deflateBound(&z, plain.len);
    z.next_out = buf_space(out, most);
    z.avail_out = (uInt)most;
    ended = z.next_out != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
    deflateEnd(&z);
    if (!ended) {
        buf_truncate(out, start);
        return STATUS_NOMEM;
    }
    buf_truncate(out, start + z.total_out);
    return STATUS_OK;
}
