#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/say.h"
#include "base/shown.h"
#include "base/text.h"
#include "keys/keys.h"

enum status read_text(const char *path, size_t max, struct buf *out)
{
    enum status st = text_read(path, max, out);

    if (st != STATUS_OK)
        say_error("%s: %s", path, file_why(st));
    return st == STATUS_NOT_FOUND ? STATUS_IO : st;
}

int say_not_written(const char *path, enum status st)
{
    say_error("%s: %s", path, st == STATUS_IO ? strerror(errno) : status_text(st));
    if (st == STATUS_EXISTS)
        say_hint("nothing is overwritten; name another file");
    return status_exit_code(st);
}

int print_out(struct buf *out)
{
    enum status st = buf_status(out);

    if (st == STATUS_OK &&
        (fwrite(out->ptr, 1, out->len, stdout) != out->len || fflush(stdout) != 0))
        st = STATUS_IO;
    if (st != STATUS_OK)
        say_error("cannot write to standard output: %s",
                  st == STATUS_IO ? strerror(errno) : status_text(st));
    buf_clear(out);
    return status_exit_code(st);
}

int print_shown(struct buf *out)
{
    struct buf shown = { 0 };

    shown_output(buf_bytes(out), &shown);
    shown.bad |= out->bad;
    buf_clear(out);
    return print_out(&shown);
}

void json_string(struct bytes text, struct buf *out)
{
    buf_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c < 0x20) {
            buf_printf(out, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            buf_u8(out, '\\');
        buf_u8(out, c);
    }
    buf_u8(out, '"');
}
