#include "node/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "base/shown.h"
#include "base/text.h"
#include "record/json.h"

static int put(struct buf *out)
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

int output_buf(struct buf *out)
{
    struct buf shown = { 0 };

    if (!out->bad)
        shown_output(buf_bytes(out), &shown);
    shown.bad |= out->bad;
    buf_clear(out);
    return put(&shown);
}

int output_data(struct buf *out)
{
    return isatty(STDOUT_FILENO) ? output_buf(out) : put(out);
}

void output_shown(struct bytes text)
{
    struct buf shown = { 0 };

    shown_output(text, &shown);
    fputs(buf_str(&shown), stderr);
    buf_clear(&shown);
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
        return output_data(out);
    if (st == STATUS_OK)
        st = file_create(path, buf_bytes(out), 0644);
    buf_clear(out);
    return st == STATUS_OK ? 0 : output_failed(path, st);
}

static enum status say_read(const char *path, enum status st)
{
    if (st != STATUS_OK)
        say_error("%s: %s", path, file_why(st));
    return st == STATUS_NOT_FOUND ? STATUS_IO : st;
}

enum status input_file(const char *path, size_t max, struct buf *out)
{
    return say_read(path, file_read(path, max, out));
}

enum status input_text(const char *path, size_t max, struct buf *out)
{
    return say_read(path, text_read(path, max, out));
}

bool output_ask(const char *question)
{
    char line[16];

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return false;
    output_shown(bytes_of(question));
    fputs(" [y/N] ", stderr);
    fflush(stderr);
    if (fgets(line, sizeof(line), stdin) == NULL)
        return false;
    return line[0] == 'y' || line[0] == 'Y';
}
