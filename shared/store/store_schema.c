/* The tables, and how older files become newer ones (docs/store.md). */
#include <stdio.h>

#include "base/fault.h"
#include "store/store_internal.h"

/* "AVOW": what `PRAGMA application_id` says of every store. */
#define APPLICATION_ID 1096175447

#define STATE_TABLE(constant, name) \
    "CREATE TABLE " name            \
    " (row INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL) STRICT;"

/* What is not derived, and so must never be lost. Step i leads from version i to i + 1;
 * an empty one says that only what is derived changed. Never edit one that was released:
 * add. */
static const char *const lasting[] = {
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
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = 1096175447;",
    "",
    "",
    "",
};

_Static_assert(sizeof(lasting) / sizeof(lasting[0]) == STORE_VERSION, "a step for each");

/* What the rules derive from the entries: made anew in a file of another version. */
static const char derived[] =
    "CREATE TABLE record (number INTEGER PRIMARY KEY, subject INTEGER, prev INTEGER,"
    " is_ TEXT NOT NULL, facets TEXT NOT NULL) STRICT;" STORE_TABLES(
        STATE_TABLE) "CREATE TABLE name (tbl INTEGER NOT NULL, key TEXT NOT NULL, row "
                     "INTEGER NOT NULL,"
                     " PRIMARY KEY (tbl, key)) STRICT, WITHOUT ROWID;"
                     "CREATE TABLE merged (tbl INTEGER PRIMARY KEY, upto INTEGER NOT "
                     "NULL) STRICT;"
                     /* Indexes over rows; what they hold can be told from these. `word`
                      * shows the words of search one by one, and holds nothing. */
                     "CREATE TABLE due (day TEXT NOT NULL, subject INTEGER NOT NULL, "
                     "item TEXT NOT NULL,"
                     " PRIMARY KEY (day, subject, item)) STRICT, WITHOUT ROWID;"
                     "CREATE VIRTUAL TABLE search USING fts5(id, text, facets,"
                     " tokenize = 'unicode61 remove_diacritics 2', prefix = '2', "
                     "columnsize = 0);"
                     "CREATE VIRTUAL TABLE word USING fts5vocab(search, instance);";

/* All tables that an earlier version may have derived, as one text of SQL. Those named
 * search_… go with the table search, of which they are parts. */
static const char stale_sql[] =
    "SELECT group_concat('DROP TABLE \"' || replace(name, '\"', '\"\"') || '\"', ';')"
    " FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " AND name NOT LIKE 'search\\_%' ESCAPE '\\'"
    " AND name NOT IN ('entry', 'tile', 'checkpoint', 'cosignature', 'setting')";

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
    if (*version == STORE_VERSION)
        return STATUS_OK;
    return *version > STORE_VERSION ? STATUS_NEWER : STATUS_OLDER;
}

enum status store_schema_check(struct store *s)
{
    uint64_t version = 0;

    return version_of(s, &version);
}

/* Inside the caller's transaction. */
static enum status make(struct store *s, uint64_t from)
{
    char sql[48];
    enum status st = STATUS_OK;

    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", STORE_VERSION);
    for (uint64_t i = from; st == STATUS_OK && i < STORE_VERSION; i++)
        st = store_exec(s, lasting[i]);
    if (st == STATUS_OK)
        st = store_exec(s, derived);
    return st == STATUS_OK ? store_exec(s, sql) : st;
}

static void roll_back(struct store *s)
{
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

enum status store_schema_create(struct store *s)
{
    uint64_t version = 0;
    enum status st = version_of(s, &version);

    if (st != STATUS_NOT_FOUND)
        return st;
    st = store_exec(s, "BEGIN IMMEDIATE");
    if (st != STATUS_OK)
        return st;
    st = make(s, 0);
    if (st == STATUS_OK)
        st = store_exec(s, "COMMIT");
    roll_back(s);
    return st;
}

static enum status drop_stale(struct store *s)
{
    sqlite3_stmt *stmt = NULL;
    struct buf sql = { 0 };
    int rc = fault_here() ? SQLITE_IOERR
                          : sqlite3_prepare_v2(s->db, stale_sql, -1, &stmt, NULL);
    enum status st;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW && sqlite3_column_text(stmt, 0) != NULL)
        buf_text(&sql, (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    st = rc == SQLITE_ROW ? buf_status(&sql) : store_fail(s, rc);
    if (st == STATUS_OK)
        st = store_exec(s, buf_str(&sql));
    buf_clear(&sql);
    return st;
}

enum status store_schema_renew(struct store *s)
{
    uint64_t version = 0;
    enum status st = store_exec(s, "BEGIN IMMEDIATE");

    if (st != STATUS_OK)
        return st;
    st = version_of(s, &version);
    if (st == STATUS_OK || st == STATUS_OLDER)
        st = drop_stale(s);
    if (st == STATUS_OK)
        st = make(s, version);
    if (st != STATUS_OK)
        roll_back(s);
    return st;
}
