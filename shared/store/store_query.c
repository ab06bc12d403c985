/* Named queries. Each is prepared once, when first asked for. */
#include <assert.h>
#include <stdio.h>

#include "base/fault.h"
#include "store/store_internal.h"

#define CHECKPOINT_NOT_KEPT             \
    "NOT EXISTS (SELECT 1 FROM setting" \
    " WHERE name = '" CHECKPOINT_KEPT "' || checkpoint.size)"

static const char *const sql[Q_ROWS_FIRST] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_BEGIN_READ] = "BEGIN",
    [Q_COMMIT] = "COMMIT",

    [Q_ENTRY_PUT] = "INSERT INTO entry (idx, key_row, seq, depth, prev, jump, note)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [Q_ENTRY_PUT_AGAIN] = "UPDATE entry SET key_row = ?2, seq = ?3, depth = ?4,"
                          " prev = ?5, jump = ?6 WHERE idx = ?1 AND note = ?7",
    [Q_ENTRY_GET] = "SELECT idx, key_row, seq, depth, prev, jump, note FROM entry"
                    " WHERE idx = ?1",
    [Q_ENTRY_LINK] = "SELECT seq, depth, prev, jump FROM entry WHERE idx = ?1",
    [Q_ENTRY_LAST] = "SELECT max(idx) + 1 FROM entry",

    [Q_TILE_PUT] = "INSERT INTO tile (place, hashes) VALUES (?1, ?2)"
                   " ON CONFLICT (place) DO UPDATE SET hashes = excluded.hashes",
    [Q_TILE_GET] = "SELECT hashes FROM tile WHERE place = ?1",
    [Q_TILE_LEAF] = "SELECT substr(hashes, ?2, 32) FROM tile WHERE place = ?1",

    [Q_CHECKPOINT_PUT] = "INSERT INTO checkpoint (size, note) VALUES (?1, ?2)"
                         " ON CONFLICT (size) DO UPDATE SET note = excluded.note",
    [Q_CHECKPOINT_GET] = "SELECT note FROM checkpoint WHERE size = ?1",
    [Q_CHECKPOINT_NEWEST] = "SELECT size, note FROM checkpoint"
                            " ORDER BY size DESC LIMIT 1",
    [Q_CHECKPOINT_COUNT] = "SELECT count(*) FROM checkpoint",
    /* The size that stands at place ?1, counted from the newest. */
    [Q_CHECKPOINT_EDGE] = "SELECT size FROM checkpoint ORDER BY size DESC"
                          " LIMIT 1 OFFSET ?1",
    /* Not cosigned, and below the newest cosigned one, or below ?1. */
    [Q_CHECKPOINT_PRUNE] =
        "DELETE FROM checkpoint"
        " WHERE size < max(?1, coalesce((SELECT max(size) FROM cosignature), 0))"
        " AND NOT EXISTS (SELECT 1 FROM cosignature AS c WHERE c.size = checkpoint.size)"
        " AND " CHECKPOINT_NOT_KEPT,
    [Q_CHECKPOINT_PRUNE_COSIGNED] =
        "DELETE FROM checkpoint WHERE size < ?1 AND " CHECKPOINT_NOT_KEPT,

    [Q_COSIGNATURE_PUT] = "INSERT INTO cosignature (size, name, key_id, line)"
                          " VALUES (?1, ?2, ?3, ?4)"
                          " ON CONFLICT (size, name, key_id)"
                          " DO UPDATE SET line = excluded.line",
    [Q_COSIGNATURE_GET] = "SELECT line FROM cosignature"
                          " WHERE size = ?1 AND name = ?2 AND key_id = ?3",
    [Q_COSIGNATURES] = "SELECT line FROM cosignature WHERE size = ?1"
                       " ORDER BY name, key_id",
    [Q_COSIGNATURE_PRUNE] = "DELETE FROM cosignature WHERE size < ?1",
    [Q_COSIGNED_SIZES] = "SELECT DISTINCT size FROM cosignature"
                         " ORDER BY size DESC LIMIT ?1 OFFSET ?2",

    [Q_RECORD_PUT] = "INSERT INTO record (number, subject, prev, is_, facets)"
                     " VALUES (?1, ?2, ?3, ?4, ?5)",
    [Q_RECORD_GET] = "SELECT number, subject, prev, is_, facets FROM record"
                     " WHERE number = ?1",
    [Q_RECORDS] = "SELECT number, subject, prev, is_, facets FROM record"
                  " WHERE number >= ?1 ORDER BY number LIMIT ?2",

    [Q_NAME_PUT] = "INSERT INTO name (tbl, key, row) VALUES (?1, ?2, ?3)",
    [Q_NAME_GET] = "SELECT row FROM name WHERE tbl = ?1 AND key = ?2",
    [Q_NAME_COUNT] = "SELECT count(*) FROM name WHERE tbl = ?1",
    [Q_MERGED_PUT] = "INSERT INTO merged (tbl, upto) VALUES (?1, ?2)"
                     " ON CONFLICT (tbl) DO UPDATE SET upto = excluded.upto",
    [Q_MERGED_GET] = "SELECT upto FROM merged WHERE tbl = ?1",

    [Q_SETTING_PUT] = "INSERT INTO setting (name, value) VALUES (?1, ?2)"
                      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [Q_SETTING_GET] = "SELECT value FROM setting WHERE name = ?1",

    [Q_CHECK] = "PRAGMA quick_check(1)",

    [Q_DUE_PUT] = "INSERT INTO due (day, subject, item) VALUES (?1, ?2, ?3)",
    [Q_DUE_DROP] = "DELETE FROM due WHERE day = ?1 AND subject = ?2 AND item = ?3",
    [Q_DUE] = "SELECT day, subject, item FROM due"
              " WHERE (day, subject, item) > (?1, ?2, ?3) AND day <= ?4"
              " ORDER BY day, subject, item",
    [Q_DUE_ALL] = "SELECT day, CAST(subject AS TEXT), item, '' FROM due"
                  " ORDER BY day, subject, item",

    [Q_TEXT_ADD] = "INSERT INTO search (rowid, id, text, facets)"
                   " VALUES (?1, ?2, ?3, ?4)",
    [Q_TEXT_SET] = "UPDATE search SET id = ?2, text = ?3, facets = ?4 WHERE rowid = ?1",
    [Q_TEXT_FIND] = "SELECT rowid, snippet(search, 1, '', '', '\u2026', 24) FROM search"
                    " WHERE search MATCH ?1 AND rowid >= ?2 ORDER BY rowid",
    [Q_TEXT_ROWS] = "SELECT rowid, '' FROM search"
                    " WHERE search MATCH ?1 AND rowid >= ?2 ORDER BY rowid",
    [Q_TEXT_COUNT] = "SELECT count(*) FROM search WHERE search MATCH ?1",
    [Q_TEXT_ALL] =
        "SELECT CAST(rowid AS TEXT), id, text, facets FROM search ORDER BY rowid",
    [Q_TEXT_WORDS] = "SELECT term, CAST(doc AS TEXT), col, CAST(offset AS TEXT)"
                     " FROM word",
};

#define ROW_SQL(constant, name)                                                       \
    [STORE_##constant] = {                                                            \
        [R_ADD] = "INSERT INTO " name " (row, key, value) VALUES (?1, ?2, ?3)",       \
        [R_SET] = "UPDATE " name " SET value = ?2 WHERE row = ?1",                    \
        [R_GET] = "SELECT key, value FROM " name " WHERE row = ?1",                   \
        [R_UP] = "SELECT row, key, value FROM " name " WHERE row >= ?1 ORDER BY row", \
        [R_DOWN] =                                                                    \
            "SELECT row, key, value FROM " name " WHERE row <= ?1 ORDER BY row DESC", \
        [R_KEYS] = "SELECT row, key FROM " name " WHERE row > ?1 ORDER BY row",       \
        [R_LAST] = "SELECT max(row) FROM " name,                                      \
        [R_STRAY] = "SELECT count(*) FROM name AS n WHERE n.tbl = ?1 AND NOT EXISTS"  \
                    " (SELECT 1 FROM " name " AS t WHERE t.row = n.row"               \
                    " AND t.key = n.key)",                                            \
    },

static const char *const row_sql[STORE_TABLE_COUNT][R_COUNT] = { STORE_TABLES(ROW_SQL) };

static const char *text_of(int name)
{
    int r = name - Q_ROWS_FIRST;

    return r < 0 ? sql[name] : row_sql[r / R_COUNT][r % R_COUNT];
}

static enum status status_of(int rc)
{
    if (rc == SQLITE_IOERR_NOMEM)
        return STATUS_NOMEM;
    if (rc == SQLITE_IOERR_CORRUPTFS)
        return STATUS_ALTERED;
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return STATUS_NOMEM;
    case SQLITE_INTERRUPT:
        return STATUS_CANCELLED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* our queries are right, so the tables are not what they were */
    case SQLITE_MISMATCH:
        return STATUS_ALTERED;
    case SQLITE_CONSTRAINT:
        return STATUS_EXISTS;
    case SQLITE_TOOBIG:
        return STATUS_TOO_LARGE;
    default:
        return STATUS_IO;
    }
}

enum status store_fail(struct store *s, int rc)
{
    const char *text = s->db != NULL && sqlite3_extended_errcode(s->db) == rc
                           ? sqlite3_errmsg(s->db)
                           : sqlite3_errstr(rc);
    int system = s->db != NULL ? sqlite3_system_errno(s->db) : 0;

    if (system != 0 && (rc & 0xff) != SQLITE_CONSTRAINT)
        snprintf(s->error, sizeof(s->error), "%s (code %d, errno %d)", text, rc, system);
    else
        snprintf(s->error, sizeof(s->error), "%s (code %d)", text, rc);
    if ((rc & 0xff) == SQLITE_CORRUPT)
        store_tell_damage(s->error);
    return status_of(rc);
}

enum status store_exec(struct store *s, const char *text)
{
    int rc = fault_here() ? SQLITE_IOERR : sqlite3_exec(s->db, text, NULL, NULL, NULL);

    return rc == SQLITE_OK ? STATUS_OK : store_fail(s, rc);
}

static enum status prepare(struct store *s, int name, bool keep, sqlite3_stmt **out)
{
    int rc = fault_here()
                 ? SQLITE_NOMEM
                 : sqlite3_prepare_v3(s->db, text_of(name), -1,
                                      keep ? SQLITE_PREPARE_PERSISTENT : 0, out, NULL);

    return rc == SQLITE_OK ? STATUS_OK : store_fail(s, rc);
}

struct query query_of(struct store *s, int name)
{
    struct query q = { .s = s, .stmt = s->stmts[name] };

    if (q.stmt == NULL) {
        q.st = prepare(s, name, true, &s->stmts[name]);
        q.stmt = s->stmts[name];
    } else if (sqlite3_stmt_busy(q.stmt)) {
        q.extra = true;
        q.stmt = NULL;
        q.st = prepare(s, name, false, &q.stmt);
    }
    return q;
}

static void bound(struct query *q, int rc)
{
    if (rc != SQLITE_OK)
        q->st = store_fail(q->s, rc);
}

void query_u64(struct query *q, uint64_t v)
{
    assert(v <= INT64_MAX);
    if (q->st == STATUS_OK)
        bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, (sqlite3_int64)v));
}

void query_null(struct query *q)
{
    if (q->st == STATUS_OK)
        bound(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

/* A NULL pointer would bind NULL, not empty. */
static const void *not_null(struct bytes v)
{
    return v.ptr == NULL ? "" : (const void *)v.ptr;
}

void query_text(struct query *q, struct bytes v)
{
    if (q->st == STATUS_OK)
        bound(q, sqlite3_bind_text64(q->stmt, ++q->bound, not_null(v), v.len,
                                     SQLITE_STATIC, SQLITE_UTF8));
}

void query_blob(struct query *q, struct bytes v)
{
    if (q->st == STATUS_OK)
        bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, not_null(v), v.len,
                                     SQLITE_STATIC));
}

/* SQLite may have rolled the transaction back by itself (disk full): what comes after
 * must not be committed piece by piece. */
static void spoil(struct store *s, enum status st)
{
    if (s->in_tx && s->tx_failed == STATUS_OK)
        s->tx_failed = st;
}

enum step query_step(struct query *q)
{
    int rc;

    if (q->st != STATUS_OK)
        return STEP_FAILED;
    if (q->s->in_tx && q->s->tx_failed != STATUS_OK) {
        q->st = q->s->tx_failed;
        return STEP_FAILED;
    }
    rc = fault_here() ? SQLITE_IOERR : sqlite3_step(q->stmt);
    if (rc == SQLITE_ROW)
        return STEP_ROW;
    if (rc == SQLITE_DONE)
        return STEP_DONE;
    q->st = store_fail(q->s, rc);
    return STEP_FAILED;
}

enum status query_one(struct query *q)
{
    switch (query_step(q)) {
    case STEP_ROW:
        return STATUS_OK;
    case STEP_DONE:
        return STATUS_NOT_FOUND;
    case STEP_FAILED:
        break;
    }
    return q->st;
}

uint64_t query_get_u64(struct query *q, int column)
{
    return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

bool query_is_null(struct query *q, int column)
{
    return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

struct bytes query_get_bytes(struct query *q, int column)
{
    /* As it lies there, text or not: nothing is converted, so nothing can fail. */
    const void *ptr = sqlite3_column_blob(q->stmt, column);
    int len = sqlite3_column_bytes(q->stmt, column);

    return (struct bytes){ ptr, ptr == NULL ? 0 : (size_t)len };
}

enum status query_end(struct query *q, enum status st)
{
    if (q->st != STATUS_OK) {
        st = q->st;
        spoil(q->s, st);
    }
    if (q->extra)
        sqlite3_finalize(q->stmt);
    else if (q->stmt != NULL)
        sqlite3_reset(q->stmt); /* repeats the step's error, which we have */
    return st;
}

enum status query_run(struct query *q)
{
    query_step(q);
    return query_end(q, STATUS_OK);
}

enum status query_number(struct query *q, uint64_t *out)
{
    enum status st = query_one(q);

    *out = st == STATUS_OK ? query_get_u64(q, 0) : 0;
    return query_end(q, st == STATUS_NOT_FOUND ? STATUS_OK : st);
}
