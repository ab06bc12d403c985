/* What a table says, printed anew with every cell quoted, says the same. */
#include "base/csv.h"

#include <string.h>

#include "fuzz/fuzz.h"

static void quote(const char *cell, struct buf *out)
{
    buf_u8(out, '"');
    for (; *cell != '\0'; cell++) {
        if (*cell == '"')
            buf_u8(out, '"');
        buf_u8(out, (uint8_t)*cell);
    }
    buf_u8(out, '"');
}

static enum status print(struct csv *c, struct buf *out)
{
    enum status st;

    while ((st = csv_next(c)) == STATUS_OK)
        for (size_t i = 0; i < c->n; i++) {
            quote(c->cells[i], out);
            buf_u8(out, i + 1 == c->n ? '\n' : c->separator);
        }
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes file = { data, len };
    struct buf once = { 0 }, twice = { 0 };
    struct csv c, again;
    enum status st;

    csv_open(&c, file);
    st = print(&c, &once);
    if (st == STATUS_MALFORMED)
        require(c.error != NULL && c.at_line >= 1 && c.column >= 1);
    if (st == STATUS_NOT_FOUND) {
        csv_open(&again, buf_bytes(&once));
        again.separator = c.separator; /* quoted, the first line may hold any of them */
        require(print(&again, &twice) == STATUS_NOT_FOUND);
        require(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
        csv_close(&again);
    }
    csv_close(&c);
    buf_clear(&once);
    buf_clear(&twice);
    return 0;
}
