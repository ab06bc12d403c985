#include "node/unsent.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "node/output.h"

static enum status unsent_path(const char *dir, const struct statement *s,
                               struct buf *path)
{
    buf_printf(path, "%s/unsent-%08x-%llu.statement", dir, s->key_id,
               (unsigned long long)s->seq);
    return buf_status(path);
}

enum status unsent_keep(const char *dir, struct bytes note, const struct statement *s)
{
    struct buf path = { 0 };
    enum status st = unsent_path(dir, s, &path);

    if (st == STATUS_OK)
        st = file_create(buf_str(&path), note, 0644);
    if (st == STATUS_EXISTS) {
        say_error("%s is there already: another statement of that number was not sent",
                  buf_str(&path));
        say_hint("send it first, with `avow publish %s`", buf_str(&path));
    } else if (st != STATUS_OK) {
        output_failed(buf_str(&path), st);
    }
    buf_clear(&path);
    return st;
}

void unsent_forget(const char *dir, struct bytes note, const struct statement *s)
{
    struct buf path = { 0 }, kept = { 0 };

    if (unsent_path(dir, s, &path) == STATUS_OK &&
        file_read(buf_str(&path), NOTE_MAX, &kept) == STATUS_OK &&
        bytes_eq(buf_bytes(&kept), note) && unlink(buf_str(&path)) != 0)
        say_error("cannot remove %s: %s", buf_str(&path), strerror(errno));
    buf_clear(&kept);
    buf_clear(&path);
}

static void add_records(const char *dir, const char *name, json_t *records)
{
    struct buf path = { 0 }, note = { 0 };
    struct statement *s = NULL;
    struct refusal why;

    buf_printf(&path, "%s/%s", dir, name);
    if (!path.bad && file_read(buf_str(&path), NOTE_MAX, &note) == STATUS_OK &&
        statement_open(buf_bytes(&note), NULL, &s, &why) == STATUS_OK)
        for (size_t i = 0; i < s->n; i++)
            json_array_append(records, s->records[i].json);
    statement_free(s);
    buf_clear(&note);
    buf_clear(&path);
}

enum status unsent_records(const char *dir, json_t *records)
{
    DIR *d = opendir(dir);
    const struct dirent *e;

    if (d == NULL)
        return STATUS_IO;
    while ((e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name);

        if (strncmp(e->d_name, "unsent-", 7) == 0 && len > 10 &&
            strcmp(e->d_name + len - 10, ".statement") == 0)
            add_records(dir, e->d_name, records);
    }
    closedir(d);
    return STATUS_OK;
}

void unsent_hint(const char *dir, const struct statement *s)
{
    struct buf path = { 0 };

    if (unsent_path(dir, s, &path) == STATUS_OK)
        say_hint("the signed statement is kept; send it with `avow publish %s`",
                 buf_str(&path));
    buf_clear(&path);
}
