/* The whole file at once: checked, and copied. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/store_internal.h"

/* Small enough to show progress on a slow disk: 4 MB. */
enum { BACKUP_PAGES = 1024 };

static enum status found(struct store *s, const char *what, const char *where)
{
    snprintf(s->error, sizeof(s->error), "%s: %s", where, what);
    return STATUS_ALTERED;
}

static enum status check_pages(struct store *s)
{
    struct query q = query_of(s, Q_CHECK);
    enum status st = query_one(&q);

    if (st == STATUS_OK && !bytes_eq_text(query_get_bytes(&q, 0), "ok")) {
        snprintf(s->error, sizeof(s->error), BYTES_FMT,
                 BYTES_ARG(query_get_bytes(&q, 0)));
        st = STATUS_ALTERED;
    }
    return query_end(&q, st);
}

static enum status count_of(struct store *s, int name, enum store_table t, uint64_t *out)
{
    struct query q = query_of(s, name);

    query_u64(&q, (uint64_t)t);
    return query_number(&q, out);
}

/* As many names as merged rows, and each of them that row's: so each row has its own. */
static enum status check_names(struct store *s, enum store_table t)
{
    uint64_t merged = 0, count = 0, stray = 0;
    enum status st = count_of(s, Q_MERGED_GET, t, &merged);

    if (st == STATUS_OK)
        st = count_of(s, Q_NAME_COUNT, t, &count);
    if (st == STATUS_OK)
        st = count_of(s, ROW_QUERY(t, R_STRAY), t, &stray);
    if (st != STATUS_OK)
        return st;
    if (count != merged || stray != 0)
        return found(s, "names and rows differ", store_table_name(t));
    return STATUS_OK;
}

enum status store_check(struct store *s)
{
    enum status st = store_snapshot(s);

    if (st != STATUS_OK)
        return st;
    st = check_pages(s);
    for (enum store_table t = 0; st == STATUS_OK && t < STORE_TABLE_COUNT; t++)
        st = check_names(s, t);
    store_release(s);
    return st;
}

static int copy_pages(struct store *s, sqlite3 *to, store_progress_fn *progress,
                      void *ctx)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", s->db, "main");
    int rc = copy == NULL ? sqlite3_extended_errcode(to) : SQLITE_OK;

    while (rc == SQLITE_OK) {
        rc = fault_here() ? SQLITE_IOERR : sqlite3_backup_step(copy, BACKUP_PAGES);
        if (progress != NULL && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
            uint64_t total = (uint64_t)sqlite3_backup_pagecount(copy);

            progress(ctx, total - (uint64_t)sqlite3_backup_remaining(copy), total);
        }
    }
    if (copy != NULL)
        sqlite3_backup_finish(copy);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum status copy_to(struct store *s, const char *path, store_progress_fn *progress,
                           void *ctx)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(
        path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        NULL);

    /* The file has another name until it is whole: it needs no journal. */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;",
                          NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = copy_pages(s, to, progress, ctx);
    sqlite3_close(to);
    return rc == SQLITE_OK ? STATUS_OK : store_fail(s, rc);
}

static enum status sync_path(const char *path, int flags)
{
    int fd = fault_here() ? -1 : open(path, flags | O_RDONLY | O_CLOEXEC);
    int rc;

    if (fd == -1)
        return STATUS_IO;
    rc = fsync(fd);
    close(fd);
    return rc == 0 ? STATUS_OK : STATUS_IO;
}

static enum status sync_folder_of(const char *path)
{
    char *copy = strdup(path);
    enum status st = copy == NULL ? STATUS_NOMEM : sync_path(dirname(copy), O_DIRECTORY);

    free(copy);
    return st;
}

static enum status give_name(const char *part, const char *to)
{
    enum status st;

    if (fault_here())
        return STATUS_IO;
    if (link(part, to) != 0) /* which, unlike rename, never replaces */
        return errno == EEXIST ? STATUS_EXISTS : STATUS_IO;
    st = sync_folder_of(to);
    if (st != STATUS_OK)
        unlink(to);
    return st;
}

enum status store_backup(struct store *s, const char *to, store_progress_fn *progress,
                         void *ctx)
{
    enum status st;
    char *part = NULL;
    int fd;

    assert(!s->in_tx); /* it would copy what is not committed */
    if (access(to, F_OK) == 0)
        return STATUS_EXISTS;
    if (asprintf(&part, "%s.part-XXXXXX", to) < 0)
        return STATUS_NOMEM;
    fd = fault_here() ? -1 : mkstemp(part);
    if (fd == -1) {
        free(part);
        return STATUS_IO;
    }
    fchmod(fd, 0644); /* as other stores: what is in it is public */
    close(fd);
    st = store_snapshot(s);
    if (st == STATUS_OK) {
        st = copy_to(s, part, progress, ctx);
        store_release(s);
    }
    if (st == STATUS_OK)
        st = sync_path(part, 0);
    if (st == STATUS_OK)
        st = give_name(part, to);
    unlink(part);
    free(part);
    return st;
}
