#include "base/text.h"

#include <assert.h>
#include <string.h>

#include "base/file.h"

#define MARK BYTES_LIT("\xef\xbb\xbf")

void text_plain(struct buf *text, size_t start)
{
    struct bytes in;
    uint8_t *to;

    assert(start <= text->len);
    if (text->len == start)
        return;
    in = bytes_slice(buf_bytes(text), start, text->len);
    to = text->ptr + start;
    if (bytes_starts(in, MARK))
        in = bytes_slice(in, MARK.len, in.len);
    for (size_t i = 0; i < in.len; i++) {
        bool before_lf = i + 1 < in.len ? in.ptr[i + 1] == '\n' : true;

        if (in.ptr[i] != '\r' || !before_lf)
            *to++ = in.ptr[i];
    }
    buf_truncate(text, (size_t)(to - text->ptr));
    if (text->len > start && text->ptr[text->len - 1] != '\n')
        buf_u8(text, '\n');
}

enum status text_read(const char *path, size_t max, struct buf *out)
{
    size_t start = out->len;
    /* Each byte may have a CR before it. */
    enum status st = file_read(path, 2 * max + MARK.len, out);

    if (st != STATUS_OK)
        return st;
    text_plain(out, start);
    st = buf_status(out);
    if (st == STATUS_OK && out->len - start > max)
        st = STATUS_TOO_LARGE;
    if (st != STATUS_OK)
        buf_truncate(out, start);
    return st;
}
