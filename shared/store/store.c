/* The file: opening, locking, transactions, settings. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/store_internal.h"

enum {
    /* Another program's look at the file (sqlite3, a backup) may hold a lock briefly. */
    BUSY_TIMEOUT_MS = 5000,
    /* When we close, nothing is lost by leaving the rest in the write-ahead log. */
    CLOSE_TIMEOUT_MS = 1000,
};

/* Durable. A checkpoint of the write-ahead log every 4,000 pages (16 MB) keeps it in the
 * page cache and the stall at a few tens of milliseconds; after a long reader had made it
 * grow it is cut to 64 MB. 64 MB of cache: the upper pages of the tables, and the heads
 * that a thousand authors come back to. No mmap: a bad disk must be STATUS_IO, and not
 * SIGBUS. */
static const char write_pragmas[] = "PRAGMA journal_mode = WAL;"
                                    "PRAGMA synchronous = FULL;"
                                    "PRAGMA wal_autocheckpoint = 4000;"
                                    "PRAGMA journal_size_limit = 67108864;"
                                    "PRAGMA cache_size = -65536;";

/* There is a reading handle for every thread; the kernel's page cache is theirs too. */
static const char read_pragmas[] = "PRAGMA query_only = 1;"
                                   "PRAGMA cache_size = -8192;";

/* Nobody else has it, and it need not outlive us. The journal stays in memory: without
 * one, a rollback would leave the file half changed. */
static const char scratch_pragmas[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                      "PRAGMA journal_mode = MEMORY;"
                                      "PRAGMA synchronous = OFF;"
                                      "PRAGMA cache_size = -65536;";

/* For all: a damaged page is found when it is read, and nothing in the file, should
 * somebody have put it there, gets to call functions. */
static const char pragmas[] = "PRAGMA cell_size_check = 1;"
                              "PRAGMA trusted_schema = 0;"
                              "PRAGMA temp_store = MEMORY;";

bool store_writes(const struct store *s)
{
    return s->mode != STORE_READ;
}

static bool is_empty(const char *path, const char *end)
{
    char name[4200];
    struct stat st;
    int n = snprintf(name, sizeof(name), "%s%s", path, end);

    return n > 0 && (size_t)n < sizeof(name) && (stat(name, &st) != 0 || st.st_size == 0);
}

/* As a URI, in which nothing of it means anything. */
static void print_immutable(const char *path, struct buf *out)
{
    buf_text(out, "file:");
    for (const char *c = path; *c != '\0'; c++)
        if (strchr("?#%", *c) != NULL)
            buf_printf(out, "%%%02X", (unsigned char)*c);
        else
            buf_u8(out, (uint8_t)*c);
    buf_text(out, "?immutable=1");
}

/* SQLite reads what it may not write by the files beside it. Where these are not there
 * and cannot be made, nobody writes. */
static int open_database(const char *path, int flags, sqlite3 **db)
{
    struct buf uri = { 0 };
    int rc = sqlite3_open_v2(path, db,
                             flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc != SQLITE_OK || sqlite3_db_readonly(*db, "main") != 1 ||
        !is_empty(path, "-shm") || !is_empty(path, "-wal"))
        return rc;
    sqlite3_close(*db);
    *db = NULL;
    print_immutable(path, &uri);
    rc = uri.bad ? SQLITE_NOMEM
                 : sqlite3_open_v2(buf_str(&uri), db,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
                                       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                   NULL);
    buf_clear(&uri);
    return rc;
}

static enum status connect(struct store *s, const char *path, int flags)
{
    int on = 1;
    int rc = fault_here() ? SQLITE_CANTOPEN : open_database(path, flags, &s->db);

    if (rc != SQLITE_OK)
        return store_fail(s, rc);
    sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* -wal and -shm stay, so that who may not write the folder can still read. */
    sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &on);
    return STATUS_OK;
}

static enum status connect_scratch(struct store *s, const char *folder)
{
    enum status st = STATUS_IO;
    char *path = NULL;
    int fd;

    if (asprintf(&path, "%s/scratch-XXXXXX", folder) < 0)
        return STATUS_NOMEM;
    fd = fault_here() ? -1 : mkstemp(path);
    if (fd == -1)
        goto out;
    close(fd);
    st = connect(s, path, SQLITE_OPEN_READWRITE);
    unlink(path); /* at once: a crash leaves nothing behind */
out:
    free(path);
    return st;
}

static enum status configure(struct store *s)
{
    enum status st = store_exec(s, pragmas);

    if (st != STATUS_OK)
        return st;
    switch (s->mode) {
    case STORE_CREATE:
    case STORE_WRITE:
    case STORE_RENEW:
        return store_exec(s, write_pragmas);
    case STORE_READ:
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return store_exec(s, read_pragmas);
    case STORE_SCRATCH:
        return store_exec(s, scratch_pragmas);
    }
    return STATUS_OK;
}

/* What is there must fit the mode, before anything in it is changed. */
static enum status look(struct store *s)
{
    enum status st = store_schema_check(s);

    if (s->mode == STORE_WRITE || s->mode == STORE_READ)
        return st;
    if (s->mode == STORE_RENEW)
        return st == STATUS_OLDER ? STATUS_OK : st;
    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    return st == STATUS_OK || st == STATUS_NEWER || st == STATUS_OLDER ? STATUS_EXISTS
                                                                       : st;
}

static enum status make_file(const char *path)
{
    int fd = fault_here() ? -1 : open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);

    if (fd == -1)
        return STATUS_IO;
    close(fd);
    return STATUS_OK;
}

static enum status open_file(struct store *s, const char *path)
{
    enum status st = STATUS_OK;

    if (s->mode == STORE_SCRATCH)
        return connect_scratch(s, path);
    if (access(path, F_OK) != 0) {
        if (errno != ENOENT)
            return STATUS_IO;
        if (s->mode != STORE_CREATE)
            return STATUS_NOT_FOUND;
        st = make_file(path);
    }
    if (st == STATUS_OK)
        st = store_file_join(path, store_writes(s), &s->file);
    if (st == STATUS_BUSY && s->mode == STORE_CREATE)
        return STATUS_EXISTS; /* and in use */
    return st == STATUS_OK ? connect(s, path, SQLITE_OPEN_READWRITE) : st;
}

static enum status load(struct store *s)
{
    struct query q = query_of(s, Q_ENTRY_LAST);
    enum status st = query_number(&q, &s->now.entries);

    if (st == STATUS_OK)
        st = store_rows_load(s);
    if (st == STATUS_OK)
        st = store_checkpoints_load(s);
    if (s->mode == STORE_RENEW) {
        s->renew_size = s->now.entries;
        s->now.entries = 0;
    }
    s->committed = s->now;
    return st;
}

enum status store_open(const char *path, enum store_mode mode, struct store **out)
{
    enum status st;
    struct store *s = fault_here() ? NULL : calloc(1, sizeof(*s));

    assert(path != NULL);
    if (s == NULL)
        return STATUS_NOMEM;
    s->mode = mode;
    st = open_file(s, path);
    if (st == STATUS_OK)
        st = look(s);
    if (st == STATUS_OK)
        st = configure(s);
    if (st == STATUS_OK && (mode == STORE_CREATE || mode == STORE_SCRATCH))
        st = store_schema_create(s);
    else if (st == STATUS_OK && mode == STORE_RENEW)
        st = store_schema_renew(s);
    if (st == STATUS_OK && store_writes(s))
        st = load(s);
    if (st != STATUS_OK)
        goto fail;

    *out = s; /* written only on success */
    return STATUS_OK;
fail:
    store_close(s);
    return st;
}

/* Of SQLite's virtual machine, between two looks whether to go on: some tens of us. */
#define CANCEL_STEPS 1000

static int look_cancelled(void *store)
{
    struct store *s = store;

    return s->cancelled(s->cancelled_ctx);
}

void store_cancel_when(struct store *s, bool (*when)(void *ctx), void *ctx)
{
    assert(s->mode == STORE_READ && when != NULL);
    s->cancelled = when;
    s->cancelled_ctx = ctx;
    sqlite3_progress_handler(s->db, CANCEL_STEPS, look_cancelled, s);
}

static void roll_back(struct store *s)
{
    /* Should it fail, for want of memory, the next store_begin tries again. */
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* All into the file, and the write-ahead log emptied: SQLite itself does so only where
 * nobody else has the file open, and readers may outlive the writer. */
static void settle_file(struct store *s)
{
    sqlite3_busy_timeout(s->db, CLOSE_TIMEOUT_MS);
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    if (s->remembered != NULL)
        s->forget(s->remembered);
    for (int i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(s->stmts[i]);
    if (s->db != NULL && !sqlite3_get_autocommit(s->db))
        roll_back(s);
    if (s->db != NULL && s->mode != STORE_READ && s->mode != STORE_SCRATCH)
        settle_file(s);
    sqlite3_close(s->db);
    for (int t = 0; t < STORE_TABLE_COUNT; t++)
        store_names_clear(&s->names[t]);
    store_file_leave(s->file, store_writes(s));
    free(s);
}

void store_remember(struct store *s, void *what, void (*forget)(void *what))
{
    assert(s->remembered == NULL && what != NULL);
    s->remembered = what;
    s->forget = forget;
}

void *store_remembered(const struct store *s)
{
    return s->remembered;
}

const char *store_error(struct store *s)
{
    return s->error;
}

enum status store_begin(struct store *s)
{
    struct query q;
    enum status st;

    assert(store_writes(s) && !s->in_tx && s->snapshots == 0);
    if (s->mode == STORE_RENEW) { /* part of the one that store_renew_end ends */
        s->in_tx = !sqlite3_get_autocommit(s->db);
        return s->in_tx ? STATUS_OK : STATUS_IO;
    }
    roll_back(s);
    q = query_of(s, Q_BEGIN);
    st = query_run(&q);
    if (st != STATUS_OK)
        return st;
    s->in_tx = true;
    return STATUS_OK;
}

static enum status commit(struct store *s)
{
    struct query q = query_of(s, Q_COMMIT);

    return query_run(&q);
}

static void undo(struct store *s)
{
    roll_back(s);
    s->now = s->committed;
    store_rows_undo(s);
    s->in_tx = false;
    s->tx_failed = STATUS_OK;
}

enum status store_end(struct store *s, enum status st)
{
    bool merge = store_rows_merge_due(s);

    assert(s->in_tx);
    if (st == STATUS_OK)
        st = s->tx_failed;
    if (st == STATUS_OK && merge)
        st = store_rows_merge(s);
    if (st == STATUS_OK && store_checkpoints_prune_due(s))
        st = store_checkpoints_prune(s);
    if (st == STATUS_OK && s->mode != STORE_RENEW)
        st = commit(s);
    if (st != STATUS_OK) {
        undo(s);
        return st;
    }
    s->committed = s->now;
    store_rows_settle(s, merge);
    s->in_tx = false;
    return STATUS_OK;
}

uint64_t store_renew_size(const struct store *s)
{
    return s->renew_size;
}

enum status store_renew_end(struct store *s, enum status st)
{
    assert(s->mode == STORE_RENEW && !s->in_tx);
    if (st == STATUS_OK && sqlite3_get_autocommit(s->db))
        st = STATUS_IO; /* a part of it failed, and all was rolled back */
    if (st == STATUS_OK && s->committed.entries != s->renew_size)
        st = STATUS_ALTERED;
    if (st == STATUS_OK)
        st = commit(s);
    roll_back(s);
    return st;
}

enum status store_own_begin(struct store *s, bool *own)
{
    *own = !s->in_tx;
    return *own ? store_begin(s) : STATUS_OK;
}

enum status store_own_end(struct store *s, bool own, enum status st)
{
    return own ? store_end(s, st) : st;
}

/* SQLite takes its view at the first read, so there is one at once. */
static enum status take_view(struct store *s)
{
    uint64_t ignored;
    struct query q = query_of(s, Q_BEGIN_READ);
    enum status st = query_run(&q);

    if (st != STATUS_OK)
        return st;
    q = query_of(s, Q_ENTRY_LAST);
    st = query_number(&q, &ignored);
    if (st != STATUS_OK)
        roll_back(s);
    return st;
}

static void forget_view(struct store *s)
{
    for (int t = 0; t < STORE_TABLE_COUNT; t++)
        s->names[t].fresh = false;
}

enum status store_snapshot(struct store *s)
{
    enum status st = STATUS_OK;

    if (s->snapshots == 0 && !s->in_tx) {
        roll_back(s);
        forget_view(s);
        st = take_view(s);
    }
    if (st == STATUS_OK)
        s->snapshots++;
    return st;
}

void store_release(struct store *s)
{
    assert(s->snapshots > 0);
    if (--s->snapshots > 0 || s->in_tx)
        return;
    roll_back(s);
    forget_view(s);
}

enum status store_setting_put(struct store *s, const char *name, struct bytes value)
{
    struct query q;
    bool own;
    enum status st = store_own_begin(s, &own);

    if (st != STATUS_OK)
        return st;
    q = query_of(s, Q_SETTING_PUT);
    query_text(&q, bytes_of(name));
    query_blob(&q, value);
    return store_own_end(s, own, query_run(&q));
}

enum status store_setting_get(struct store *s, const char *name, struct buf *value)
{
    struct query q = query_of(s, Q_SETTING_GET);
    enum status st;

    buf_reset(value);
    query_text(&q, bytes_of(name));
    st = query_one(&q);
    if (st == STATUS_OK) {
        buf_add(value, query_get_bytes(&q, 0));
        st = buf_status(value);
    }
    return query_end(&q, st);
}

void store_overlay(struct store *s, const struct store_overlay *over)
{
    assert(s->mode == STORE_READ);
    s->over = over;
}
