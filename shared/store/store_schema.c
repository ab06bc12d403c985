/* The tables, and how older files become newer ones (docs/store.md). */
#include <stdio.h>

#include "base/fault.h"
#include "store/store_internal.h"

/* "AVOW": what `PRAGMA application_id` says of every store. */
#define APPLICATION_ID 1096175447

#define STATE_TABLE(constant, name) \
    "CREATE TABLE " name            \
    " (row INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL) STRICT;"

/* Step i leads from user_version i to i + 1. Never edit one that was released: add. */
static const char *const migrations[] = {
    /* The note stands last in its row, so that walking a chain reads no overflow pages.
     */
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, key_row INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, depth INTEGER NOT NULL, prev INTEGER NOT NULL,"
    " jump INTEGER NOT NULL, note BLOB NOT NULL) STRICT;"
    "CREATE TABLE tile (place INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;"
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT;"
    "CREATE TABLE cosignature (size INTEGER NOT NULL, name TEXT NOT NULL,"
    " key_id INTEGER NOT NULL, line BLOB NOT NULL,"
    " PRIMARY KEY (size, name, key_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record (number INTEGER PRIMARY KEY, subject INTEGER, prev INTEGER,"
    " is_ TEXT NOT NULL, facets TEXT NOT NULL) STRICT;" STORE_TABLES(
        STATE_TABLE) "CREATE TABLE name (tbl INTEGER NOT NULL, key TEXT NOT NULL, row "
                     "INTEGER NOT NULL,"
                     " PRIMARY KEY (tbl, key)) STRICT, WITHOUT ROWID;"
                     "CREATE TABLE merged (tbl INTEGER PRIMARY KEY, upto INTEGER NOT "
                     "NULL) STRICT;"
                     "CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL)"
                     " STRICT, WITHOUT ROWID;"
                     "PRAGMA application_id = 1096175447;",
};

enum { VERSION = sizeof(migrations) / sizeof(migrations[0]) };

/* One statement, so one view: another process may be creating the tables just now. Asked
 * once, and so not among the named queries. */
static const char what_sql[] = "SELECT user_version, application_id,"
                               " (SELECT count(*) FROM sqlite_schema)"
                               " FROM pragma_user_version, pragma_application_id";

static enum status version_of(struct store *s, uint64_t *version)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_int64 id = 0, tables = 0;
    int rc = fault_here() ? SQLITE_IOERR
                          : sqlite3_prepare_v2(s->db, what_sql, -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *version = (uint64_t)sqlite3_column_int64(stmt, 0);
        id = sqlite3_column_int64(stmt, 1);
        tables = sqlite3_column_int64(stmt, 2);
    }
    sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW)
        return store_fail(s, rc);
    if (id == 0 && *version == 0 && tables == 0)
        return STATUS_NOT_FOUND; /* a creation that was cut off before it committed */
    if (id != APPLICATION_ID || *version == 0)
        return STATUS_MALFORMED;
    return *version > VERSION ? STATUS_NEWER : STATUS_OK;
}

enum status store_schema_check(struct store *s)
{
    uint64_t version = 0;
    enum status st = version_of(s, &version);

    if (st == STATUS_OK && s->mode == STORE_READ && version != VERSION)
        return STATUS_MALFORMED;
    return st;
}

static enum status step_up(struct store *s, uint64_t from)
{
    char sql[48];
    enum status st = store_exec(s, "BEGIN IMMEDIATE");

    if (st != STATUS_OK)
        return st;
    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", (int)from + 1);
    st = store_exec(s, migrations[from]);
    if (st == STATUS_OK)
        st = store_exec(s, sql);
    if (st == STATUS_OK)
        st = store_exec(s, "COMMIT");
    if (st != STATUS_OK && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return st;
}

enum status store_migrate(struct store *s)
{
    uint64_t version = 0;
    enum status st = version_of(s, &version);

    if (st == STATUS_NOT_FOUND)
        st = STATUS_OK;
    while (st == STATUS_OK && version < VERSION)
        st = step_up(s, version++);
    return st;
}
