/* shared/store/store_internal.h
 *
 * What the files of the store share.
 *
 * Between calls:
 * 1. Outside a transaction `now` equals `committed`, for who writes.
 * 2. Every row of a state table has its name in table `name` (row <= merged) or in the
 *    pending names of its table (merged < row <= seen). For who writes, seen is the
 *    table's last row; a reader catches up before it looks.
 * 3. `tx_failed` is not STATUS_OK only inside a transaction, which can then only roll
 * back.
 */
#ifndef AVOW_STORE_STORE_INTERNAL_H
#define AVOW_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/store.h"
#include "store/store_names.h"

enum query_name {
    Q_BEGIN,
    Q_BEGIN_READ,
    Q_COMMIT,
    Q_ENTRY_PUT,
    Q_ENTRY_PUT_AGAIN,
    Q_ENTRY_GET,
    Q_ENTRY_LINK,
    Q_ENTRY_LAST,
    Q_TILE_PUT,
    Q_TILE_GET,
    Q_TILE_LEAF,
    Q_CHECKPOINT_PUT,
    Q_CHECKPOINT_GET,
    Q_CHECKPOINT_NEWEST,
    Q_CHECKPOINT_COUNT,
    Q_CHECKPOINT_EDGE,
    Q_CHECKPOINT_PRUNE,
    Q_CHECKPOINT_PRUNE_COSIGNED,
    Q_COSIGNATURE_PUT,
    Q_COSIGNATURE_GET,
    Q_COSIGNATURES,
    Q_COSIGNATURE_PRUNE,
    Q_COSIGNED_SIZES,
    Q_RECORD_PUT,
    Q_RECORD_GET,
    Q_RECORDS,
    Q_NAME_PUT,
    Q_NAME_GET,
    Q_NAME_COUNT,
    Q_MERGED_PUT,
    Q_MERGED_GET,
    Q_SETTING_PUT,
    Q_SETTING_GET,
    Q_CHECK,
    Q_DUE_PUT,
    Q_DUE_DROP,
    Q_DUE,
    Q_DUE_ALL,
    Q_TEXT_ADD,
    Q_TEXT_SET,
    Q_TEXT_FIND,
    Q_TEXT_ROWS,
    Q_TEXT_COUNT,
    Q_TEXT_ALL,
    Q_TEXT_WORDS,
    Q_ROWS_FIRST /* from here on ROW_QUERY(table, R_...) */
};

/* For each table of the state. */
enum row_query { R_ADD, R_SET, R_GET, R_UP, R_DOWN, R_KEYS, R_LAST, R_STRAY, R_COUNT };

/* The setting "checkpoint-<size>" keeps the checkpoint of that size. */
#define CHECKPOINT_KEPT "checkpoint-"
#define ROW_QUERY(table, r) ((int)Q_ROWS_FIRST + (int)(table)*R_COUNT + (int)(r))
#define QUERY_COUNT ROW_QUERY(STORE_TABLE_COUNT, 0)

/* What grows; kept in memory by who writes, so that no commit has to count. */
struct tally {
    uint64_t entries;
    uint64_t checkpoints;
    uint64_t rows[STORE_TABLE_COUNT];
};

/* Tiles are of so many levels: 256^8 leaves. */
#define STORE_TILE_LEVELS 8

/* A full tile that was verified: it never changes. */
struct store_kept_tile {
    bool valid;
    uint64_t n;
    struct hash hashes[TILE_WIDTH];
};

struct store {
    sqlite3 *db;
    struct store_file *file; /* NULL: nobody else can have it */
    enum store_mode mode;
    bool in_tx;
    uint64_t renew_size; /* STORE_RENEW: how many entries are to be put again */
    enum status tx_failed;
    const struct store_overlay *over; /* NULL: none */
    unsigned snapshots;               /* how many store_snapshot are not released */
    struct tally now;
    struct tally committed;
    struct store_names names[STORE_TABLE_COUNT]; /* pending ones */
    size_t names_committed[STORE_TABLE_COUNT];
    sqlite3_stmt *stmts[QUERY_COUNT]; /* prepared when first asked for */
    bool (*cancelled)(void *);        /* NULL: never */
    void *cancelled_ctx;
    void *remembered; /* NULL: nothing */
    void (*forget)(void *remembered);
    char error[256];

    /* Of who reads (store_verify.c). */
    struct store_kept_tile kept[STORE_TILE_LEVELS];
    uint64_t edge_size; /* the rightmost tiles give this root for this size */
    struct hash edge_root;
};

bool store_writes(const struct store *s);

/* --- store_query.c: one use of a prepared statement --------------------------------- */

/* An error must never look like the end of the rows. */
enum step { STEP_ROW, STEP_DONE, STEP_FAILED };

/* Parameters are bound in order; column 0 is the first. A query always ends with exactly
 * one of query_end, query_run. */
struct query {
    struct store *s;
    sqlite3_stmt *stmt;
    enum status st;
    int bound;
    bool extra; /* prepared for this use only: the shared one is busy further up */
};

struct query query_of(struct store *s, int name);
void query_u64(struct query *q, uint64_t v); /* below 2^63 */
void query_null(struct query *q);
void query_text(struct query *q, struct bytes v); /* bytes live until the query ends */
void query_blob(struct query *q, struct bytes v);
enum step query_step(struct query *q);
/* The only row: STATUS_OK, or STATUS_NOT_FOUND. */
enum status query_one(struct query *q);
uint64_t query_get_u64(struct query *q, int column);
bool query_is_null(struct query *q, int column);
struct bytes query_get_bytes(struct query *q, int column); /* until the next step */
/* Gives the first failure, or `st`. */
enum status query_end(struct query *q, enum status st);
/* Of what gives no rows. */
enum status query_run(struct query *q);
/* A single number; 0 where there is no row, or NULL. */
enum status query_number(struct query *q, uint64_t *out);

/* Remember what went wrong; gives the status for SQLite's answer `rc`. */
enum status store_fail(struct store *s, int rc);
/* SQL text as it stands: pragmas and migrations. */
enum status store_exec(struct store *s, const char *sql);

/* Begin a transaction of its own where none is open; store_own_end ends just that. */
enum status store_own_begin(struct store *s, bool *own);
enum status store_own_end(struct store *s, bool own, enum status st);

/* --- store_lock.c ---------------------------------------------------------------------
 */

struct store_file;

/* A handle on the file is about to be opened. STATUS_BUSY: another one writes it. */
enum status store_file_join(const char *path, bool write, struct store_file **out);
/* It is closed. Accepts NULL. */
void store_file_leave(struct store_file *f, bool wrote);

/* --- store_schema.c -------------------------------------------------------------------
 */

/* Make the tables in an empty file. */
enum status store_schema_create(struct store *s);
/* STATUS_NOT_FOUND: empty; STATUS_NEWER; STATUS_OLDER; STATUS_MALFORMED: not ours. */
enum status store_schema_check(struct store *s);
/* Begin a transaction in which what is derived is gone and the tables are of now. */
enum status store_schema_renew(struct store *s);

/* --- store_row.c ----------------------------------------------------------------------
 */

/* Counts, and the names that are pending. */
enum status store_rows_load(struct store *s);
/* Names into the index, in order; the caller's transaction. */
enum status store_rows_merge(struct store *s);
bool store_rows_merge_due(const struct store *s);
/* After a commit, after a rollback. */
void store_rows_settle(struct store *s, bool merged);
void store_rows_undo(struct store *s);

/* --- store_tree.c ---------------------------------------------------------------------
 */

/* As it is there. */
enum status store_tile_get(struct store *s, unsigned level, uint64_t n, unsigned width,
                           struct hash out[TILE_WIDTH]);

enum status store_checkpoints_load(struct store *s);
bool store_checkpoints_prune_due(const struct store *s);
enum status store_checkpoints_prune(struct store *s);

/* --- store_verify.c -------------------------------------------------------------------
 */

/* STATUS_ALTERED, and told (store_watch_damage): not what is signed. */
enum status store_verify_entry(struct store *s, uint64_t index, struct bytes note);
enum status store_verify_tile(struct store *s, unsigned level, uint64_t n, unsigned width,
                              struct hash out[TILE_WIDTH]);
void store_tell_damage(const char *what);

#endif
