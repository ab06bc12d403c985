#include "node/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"

#define FILE_MAX (16 << 20)
#define FORGET_S 86400

/* A name, and what was given of it last. */
struct line {
    char *name;
    int64_t time;
    uint64_t n;
    /* given to us: what was given last before, and the last; 0, 0: none */
    uint64_t low, ours;
};

/* While fd >= 0 the file is locked, and the lines are as it says. */
struct ids {
    char *path;
    int fd;
    bool held;
    struct line *lines;
    size_t n;
    char *newest; /* the name that was given a number last; NULL: taken back */
    uint64_t newest_was;
};

/* --- the lines -------------------------------------------------------------------- */

static struct line *find(struct ids *ids, struct bytes name)
{
    for (size_t i = 0; i < ids->n; i++)
        if (bytes_eq_text(name, ids->lines[i].name))
            return &ids->lines[i];
    return NULL;
}

static enum status add(struct ids *ids, struct bytes name, struct line **out)
{
    struct line *more = reallocarray(ids->lines, ids->n + 1, sizeof(*more));
    char *copy = bytes_to_text(name);

    if (more != NULL)
        ids->lines = more;
    if (more == NULL || copy == NULL) {
        free(copy);
        return STATUS_NOMEM;
    }
    *out = &ids->lines[ids->n++];
    **out = (struct line){ .name = copy };
    return STATUS_OK;
}

/* One that is not of this form is forgotten. */
static enum status take_line(struct ids *ids, struct bytes text, int64_t now)
{
    struct line *line;
    uint64_t time, n;
    size_t first, second;
    enum status st;

    if (!bytes_find(text, ' ', &first) ||
        !bytes_find(bytes_slice(text, first + 1, text.len), ' ', &second) ||
        decimal_parse(bytes_slice(text, 0, first), &time) != STATUS_OK ||
        decimal_parse(bytes_slice(text, first + 1, first + 1 + second), &n) !=
            STATUS_OK ||
        time > INT64_MAX)
        return STATUS_OK;
    text = bytes_slice(text, first + second + 2, text.len);
    line = find(ids, text);
    st = line == NULL ? add(ids, text, &line) : STATUS_OK;
    if (st != STATUS_OK)
        return st;
    line->time = (int64_t)time;
    line->n = line->time + FORGET_S > now ? n : 0;
    return STATUS_OK;
}

static enum status load(struct ids *ids)
{
    struct buf text = { 0 };
    struct reader r;
    int64_t now = clock_now_s();
    enum status st = file_read(ids->path, FILE_MAX, &text);

    for (size_t i = 0; i < ids->n; i++)
        ids->lines[i].n = 0;
    r = reader_of(buf_bytes(&text));
    while (st == STATUS_OK && r.len > 0)
        st = take_line(ids, reader_line(&r), now);
    buf_clear(&text);
    return st == STATUS_NOT_FOUND || st == STATUS_TOO_LARGE ? STATUS_OK : st;
}

/* --- the file --------------------------------------------------------------------- */

static enum status failed(const struct ids *ids, const char *what)
{
    say_error("cannot %s %s: %s", what, ids->path, strerror(errno));
    return STATUS_IO;
}

static enum status begin(struct ids *ids)
{
    enum status st;

    if (ids->fd >= 0)
        return STATUS_OK;
    ids->fd = open(ids->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (ids->fd < 0)
        return failed(ids, "open");
    st = flock(ids->fd, LOCK_EX) == 0 ? load(ids) : failed(ids, "lock");
    if (st != STATUS_OK) {
        close(ids->fd);
        ids->fd = -1;
    }
    return st;
}

/* In place, since who waits for the lock has it open; not synced: after a power cut
 * nobody is left who was given one. */
static enum status end(struct ids *ids)
{
    struct buf text = { 0 };
    enum status st;

    for (size_t i = 0; i < ids->n; i++)
        if (ids->lines[i].n > 0 && strpbrk(ids->lines[i].name, "\r\n") == NULL)
            buf_printf(&text, "%lld %llu %s\n", (long long)ids->lines[i].time,
                       (unsigned long long)ids->lines[i].n, ids->lines[i].name);
    st = buf_status(&text);
    if (st == STATUS_OK &&
        (ftruncate(ids->fd, 0) != 0 ||
         pwrite(ids->fd, buf_str(&text), text.len, 0) != (ssize_t)text.len))
        st = failed(ids, "write");
    close(ids->fd);
    ids->fd = -1;
    buf_clear(&text);
    return st;
}

enum status ids_new(const char *dir, struct ids **out)
{
    struct ids *ids = calloc(1, sizeof(*ids));
    struct buf path = { 0 };

    if (ids == NULL)
        return STATUS_NOMEM;
    buf_printf(&path, "%s/ids", dir);
    ids->fd = -1;
    ids->path = (char *)path.ptr;
    if (path.bad) {
        ids_end(ids, true);
        return STATUS_NOMEM;
    }
    *out = ids;
    return STATUS_OK;
}

enum status ids_hold(struct ids *ids)
{
    ids->held = true;
    return begin(ids);
}

enum status ids_let_go(struct ids *ids)
{
    ids->held = false;
    return ids->fd >= 0 ? end(ids) : STATUS_OK;
}

/* --- giving, and taking back -------------------------------------------------------- */

enum status ids_next(struct ids *ids, struct bytes name, ids_free_fn *next, void *ctx,
                     uint64_t *n)
{
    struct line *line = NULL;
    enum status st = begin(ids);

    if (st != STATUS_OK)
        return st;
    line = find(ids, name);
    if (line == NULL)
        st = add(ids, name, &line);
    if (st == STATUS_OK)
        st = next(ctx, line->n > *n ? line->n : *n, n);
    if (st == STATUS_OK) {
        if (line->ours == 0 || line->ours != line->n)
            line->low = line->n; /* ours before were followed by another's */
        ids->newest = line->name;
        ids->newest_was = line->n;
        line->ours = line->n = *n;
        line->time = clock_now_s();
    }
    return ids->held ? st : ids_let_go(ids) == STATUS_OK ? st : STATUS_IO;
}

static void take_back(struct line *line, uint64_t to)
{
    if (line->ours == 0 || line->n != line->ours)
        return; /* somebody was given one after it */
    line->n = to;
    line->ours = to > line->low ? to : 0;
}

void ids_undo(struct ids *ids)
{
    bool held = ids->held;

    if (ids->newest == NULL || begin(ids) != STATUS_OK)
        return;
    take_back(find(ids, bytes_of(ids->newest)), ids->newest_was);
    ids->newest = NULL;
    if (!held)
        (void)ids_let_go(ids);
}

void ids_end(struct ids *ids, bool used)
{
    bool any = false;

    if (ids == NULL)
        return;
    for (size_t i = 0; i < ids->n; i++)
        any |= ids->lines[i].ours > 0;
    if (!used && any && begin(ids) == STATUS_OK)
        for (size_t i = 0; i < ids->n; i++)
            take_back(&ids->lines[i], ids->lines[i].low);
    (void)ids_let_go(ids);
    for (size_t i = 0; i < ids->n; i++)
        free(ids->lines[i].name);
    free(ids->lines);
    free(ids->path);
    free(ids);
}
