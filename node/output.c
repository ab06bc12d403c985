#include "node/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "record/json.h"

int output_buf(struct buf *out)
{
    enum status st = buf_status(out);

    if (st == STATUS_OK &&
        (fwrite(buf_str(out), 1, out->len, stdout) != out->len || fflush(stdout) != 0))
        st = STATUS_IO;
    if (st != STATUS_OK)
        say_error("cannot write to standard output: %s",
                  st == STATUS_IO ? strerror(errno) : status_text(st));
    buf_clear(out);
    return status_exit_code(st);
}

int output_json(json_t *value)
{
    struct buf out = { 0 };

    if (value == NULL)
        out.bad = true;
    else
        json_print(value, &out);
    buf_u8(&out, '\n');
    json_decref(value);
    return output_buf(&out);
}

int output_failed(const char *path, enum status st)
{
    say_error("%s: %s", path, st == STATUS_IO ? strerror(errno) : status_text(st));
    if (st == STATUS_EXISTS)
        say_hint("nothing is overwritten; name another file");
    return status_exit_code(st);
}

int output_file(const char *path, struct buf *out)
{
    enum status st = buf_status(out);

    if (path == NULL || strcmp(path, "-") == 0)
        return output_buf(out);
    if (st == STATUS_OK)
        st = file_create(path, buf_bytes(out), 0644);
    buf_clear(out);
    return st == STATUS_OK ? 0 : output_failed(path, st);
}

enum status input_file(const char *path, size_t max, struct buf *out)
{
    enum status st = file_read(path, max, out);

    if (st == STATUS_NOT_FOUND || st == STATUS_IO) {
        say_error("%s: %s", path, strerror(errno));
        return STATUS_IO;
    }
    if (st != STATUS_OK)
        say_error("%s: %s", path, status_text(st));
    return st;
}

bool output_ask(const char *question)
{
    char line[16];

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    if (fgets(line, sizeof(line), stdin) == NULL)
        return false;
    return line[0] == 'y' || line[0] == 'Y';
}
