/* shared/store/store.h
 *
 * SQLite's one door: entries, tiles, checkpoints, cosignatures, and the rows of the
 * state, in one file (docs/store.md has the schema). WAL, synchronous=FULL: what a call
 * reports as committed survives a power cut.
 *
 * A store is used by one thread at a time, and may be handed over. One process writes (an
 * advisory lock on the file; STATUS_BUSY for a second), any number read.
 *
 * Everything grows at its end. A row of the state has an integer place in its table, in
 * order of creation, and a key; keys are found through one name index into which new
 * names are merged in bulk, in order, so that cost stays flat with many authors.
 */
#ifndef AVOW_STORE_STORE_H
#define AVOW_STORE_STORE_H

#include "tlog/tile.h"

struct store;

/* What a file says of itself. Raise it whenever a table is new or changed, or what stands
 * in the rows of the state is (ledger/rows.h), and add a step in store_schema.c: programs
 * then derive the state of older files anew (ledger/renew.h). */
#define STORE_VERSION 4

enum store_mode {
    STORE_CREATE, /* STATUS_EXISTS if there is one */
    STORE_WRITE,
    STORE_READ,
    STORE_RENEW,  /* to derive the state anew; see store_renew_end */
    STORE_SCRATCH /* a temporary one, not durable, removed on close; path: its folder */
};

/* STATUS_NEWER: written by a later version. STATUS_OLDER: by an earlier one, and not
 * opened STORE_RENEW. STATUS_NOT_FOUND: none there (or only what a
 * creation left that was cut off; STORE_CREATE completes it). STATUS_BUSY: another one
 * writes. STATUS_MALFORMED: not a store. STATUS_ALTERED: damaged. A file that cannot be
 * written, as on a disk that is mounted read-only, opens for STORE_WRITE too; then
 * store_begin gives STATUS_IO. */
enum status store_open(const char *path, enum store_mode mode, struct store **out);
void store_close(struct store *s); /* accepts NULL; rolls back what is not committed */

/* A store opened STORE_RENEW has, in one transaction that nobody else sees, no state and
 * no records, and its size is 0. The notes are there still, store_renew_size of them:
 * who puts each entry again, in order, with the note that it has (else STATUS_ALTERED),
 * makes the rest anew. Tiles, checkpoints, cosignatures and settings stay.
 * store_renew_end commits all that on STATUS_OK, and returns what came of it; otherwise,
 * or when the store is closed without it, the file is as it was. */
uint64_t store_renew_size(const struct store *s);
enum status store_renew_end(struct store *s, enum status st);

/* Of a store that reads: a call that goes over rows looks now and then whether `when`
 * says so, and then ends with STATUS_CANCELLED. On the thread of the call. */
void store_cancel_when(struct store *s, bool (*when)(void *ctx), void *ctx);

/* What SQLite said last, for messages; valid until the next call. */
const char *store_error(struct store *s);

/* One write transaction at a time. store_end commits on STATUS_OK, and returns what
 * came of it; otherwise it rolls back and returns `st`. After a call inside it failed
 * for the world's sake, a transaction can only roll back. */
enum status store_begin(struct store *s);
enum status store_end(struct store *s, enum status st);

/* A reader's consistent view: all reads between the two see one committed state. They
 * nest. Short ones: the write-ahead log cannot shrink under a long one. */
enum status store_snapshot(struct store *s);
void store_release(struct store *s);

/* What stands over the rows and entries of a store opened STORE_READ, as if it were
 * committed: store_row_find and store_entry_get ask it first, all else does not.
 * STATUS_NOT_FOUND: the store's own stands. */
struct store_entry;
struct store_overlay {
    enum status (*row)(void *ctx, unsigned table, struct bytes key, uint64_t *row,
                       struct buf *value);
    enum status (*entry)(void *ctx, uint64_t index, struct store_entry *e,
                         struct buf *note);
    void *ctx;
};
/* Borrowed; NULL: none any more. */
void store_overlay(struct store *s, const struct store_overlay *over);

/* Read every page and every name: STATUS_ALTERED, and store_error says what. Minutes, for
 * a large one. */
enum status store_check(struct store *s);
/* Copy what is committed now to a new file at `to` (STATUS_EXISTS), while others write.
 * `progress` may be NULL. After a failure there is none at `to`. */
typedef void store_progress_fn(void *ctx, uint64_t done, uint64_t total);
enum status store_backup(struct store *s, const char *to, store_progress_fn *progress,
                         void *ctx);

/* What was found damaged while reading, by any store of this process and on its thread:
 * called each time, with what store_error says. NULL: nobody is told. */
typedef void store_damaged_fn(void *ctx, const char *what);
void store_watch_damage(store_damaged_fn *found, void *ctx);

/* --- entries ---------------------------------------------------------------------- */

/* A key's statements form a chain from the newest back; `jump` skips, so that any of n
 * is found in O(log n) steps (docs/store.md). */
struct store_entry {
    uint64_t index;
    struct bytes note;
    uint64_t key_row; /* of the first signature's key in STORE_KEY */
    uint64_t seq;
    uint64_t depth; /* how many came before by this key */
    uint64_t prev;  /* index of the one before; own index where there is none */
    uint64_t jump;
};

/* Where an entry stands in its key's chain: what a new one needs of those before. */
struct store_link {
    uint64_t index;
    uint64_t seq;
    uint64_t depth;
    uint64_t prev;
    uint64_t jump;
};

/* The link of entry `index`. Who builds a batch answers from the batch first, and leaves
 * the rest to store_link_get. */
typedef enum status store_link_fn(void *ctx, uint64_t index, struct store_link *out);
/* Of an entry in the store, its note left alone. A store_link_fn; ctx is the store. */
enum status store_link_get(void *ctx, uint64_t index, struct store_link *out);
/* The link of a new entry behind `head`, its key's newest until now (NULL: its first).
 * Calls `read` at most once, with head->jump. STATUS_ALTERED: the chain is broken. */
enum status store_link_next(const struct store_link *head, uint64_t index, uint64_t seq,
                            store_link_fn *read, void *ctx, struct store_link *out);

/* Inside a transaction; e->index is the number of entries until now. */
enum status store_entry_put(struct store *s, const struct store_entry *e);
/* The note is copied into `note` (reset first); e->note points there. STATUS_ALTERED: the
 * tree lists another hash for it, or none. */
enum status store_entry_get(struct store *s, uint64_t index, struct store_entry *e,
                            struct buf *note);
/* The entry of this key with this seq, from `head` back. STATUS_NOT_FOUND. */
enum status store_entry_by_seq(struct store *s, uint64_t head, uint64_t seq,
                               struct store_entry *e, struct buf *note);
/* How many entries are committed. */
enum status store_size(struct store *s, uint64_t *size);

/* --- the tree --------------------------------------------------------------------- */

/* Inside a transaction; the rightmost tiles are written anew as they grow. */
enum status store_tile_put(struct store *s, unsigned level, uint64_t n,
                           const struct hash hashes[], unsigned width);
/* A tile_read_fn; ctx is the store. A store opened STORE_READ gives only hashes that lead
 * to the root of its newest checkpoint, as far as that covers them; else STATUS_ALTERED.
 */
enum status store_tile_read(void *ctx, unsigned level, uint64_t n, unsigned width,
                            struct hash out[TILE_WIDTH]);

/* The signed checkpoint of the log at `size`, without cosignatures. Old ones are pruned
 * now and then; the newest 1,024 cosigned ones stay, and what is newer than all of these,
 * up to 2,048, and those that were asked to be kept. */
enum status store_checkpoint_put(struct store *s, uint64_t size, struct bytes note);
/* Never prune that of this size. */
enum status store_checkpoint_keep(struct store *s, uint64_t size);
enum status store_checkpoint_get(struct store *s, uint64_t size, struct buf *note);
/* The newest one; size 0 and STATUS_NOT_FOUND where there is none. */
enum status store_checkpoint_newest(struct store *s, uint64_t *size, struct buf *note);

/* A verified cosignature line for the checkpoint of `size`; one of a later time by the
 * same cosigner name and key replaces, one of an earlier time does not. */
enum status store_cosignature_put(struct store *s, uint64_t size, struct bytes name,
                                  uint32_t key_id, struct bytes line);
/* All lines for that size, in order of name, appended to `out`. */
enum status store_cosignatures(struct store *s, uint64_t size, struct buf *out,
                               size_t *count);
/* The newest sizes that have cosignatures, descending; *n: in room, out found. */
enum status store_cosigned_sizes(struct store *s, uint64_t sizes[], size_t *n);

/* --- records ---------------------------------------------------------------------- */

/* A record's number: entry index * 256 + (n - 1). */
#define RECORD_NUMBER(index, n) (((uint64_t)(index) << 8) | ((uint64_t)(n)-1))
#define RECORD_INDEX(number) ((number) >> 8)
#define RECORD_N(number) ((unsigned)((number)&255) + 1)
#define RECORD_NONE UINT64_MAX

struct store_record {
    uint64_t number;
    uint64_t subject; /* row in STORE_SUBJECT; RECORD_NONE: about none */
    uint64_t prev;    /* the subject's record before; RECORD_NONE: the first */
    struct bytes is;
    struct bytes facets; /* JSON, see ledger/rows.h: of the subject at that entry */
};

enum status store_record_put(struct store *s, const struct store_record *r);
/* `text` owns what r->is and r->facets point to. */
enum status store_record_get(struct store *s, uint64_t number, struct store_record *r,
                             struct buf *text);
/* From `from` on, in order, until `each` returns other than STATUS_OK (which is then
 * returned) or `limit` were given. */
typedef enum status store_record_fn(void *ctx, const struct store_record *r);
enum status store_records(struct store *s, uint64_t from, uint64_t limit,
                          store_record_fn *each, void *ctx);

/* --- rows of the state ------------------------------------------------------------ */

#define STORE_TABLES(X)                                                       \
    X(LOG, "log")                   /* one row, key "log" */                  \
    X(ORGANIZATION, "organization") /* key: identifier, ASCII lower case */   \
    X(KEY, "key")                   /* "<name>+<8 hex>" */                    \
    X(PUBLIC_KEY, "public_key")     /* 64 hex digits: stated once for ever */ \
    X(NETWORK, "network")           /* network id */                          \
    X(MEMBER, "member")             /* "<network> <org>" */                   \
    X(SUBJECT, "subject")           /* "ORG:LOCAL", ASCII lower case */       \
    X(TRANSACTION, "transaction_")  /* "<pledge> <author> <tx>" */            \
    X(MARK, "mark")                 /* "<entry index>/<n>" of a record */     \
    X(TOTAL, "total")               /* "<by> <value> <currency>" */

#define STORE_ENUM(constant, name) STORE_##constant,
enum store_table { STORE_TABLES(STORE_ENUM) STORE_TABLE_COUNT };
#undef STORE_ENUM

const char *store_table_name(enum store_table t);

/* Find by key; the value is copied into `value` (reset first). Rows count from 1. */
enum status store_row_find(struct store *s, enum store_table t, struct bytes key,
                           uint64_t *row, struct buf *value);
/* By place. `key` may be NULL. */
enum status store_row_get(struct store *s, enum store_table t, uint64_t row,
                          struct buf *key, struct buf *value);
/* Inside a transaction: a new row at the end (STATUS_EXISTS is the caller's mistake). */
enum status store_row_add(struct store *s, enum store_table t, struct bytes key,
                          struct bytes value, uint64_t *row);
enum status store_row_set(struct store *s, enum store_table t, uint64_t row,
                          struct bytes value);
/* In order of creation from `from` (descending from it where `back`), until `each`
 * returns other than STATUS_OK, which is then returned. */
typedef enum status store_row_fn(void *ctx, uint64_t row, struct bytes key,
                                 struct bytes value);
enum status store_rows(struct store *s, enum store_table t, uint64_t from, bool back,
                       store_row_fn *each, void *ctx);
enum status store_row_count(struct store *s, enum store_table t, uint64_t *count);

/* --- indexes over the rows ---------------------------------------------------------- */

/* Made from rows of the state, in the transaction that changes these; no part of the
 * state themselves, so its digest does not cover them: store_index_digest does. */

/* One deliverable or scheduled payment that waits for its day ("YYYY-MM-DD"). */
struct store_due {
    struct bytes day;
    uint64_t subject; /* row in STORE_SUBJECT */
    struct bytes item;
};
enum status store_due_put(struct store *s, const struct store_due *d);
enum status store_due_drop(struct store *s, const struct store_due *d);
/* Behind `after` (all empty: from the first) up to the day `until`, in order of day,
 * subject, item; as store_rows. */
typedef enum status store_due_fn(void *ctx, const struct store_due *d);
enum status store_due(struct store *s, const struct store_due *after, struct bytes until,
                      store_due_fn *each, void *ctx);

/* Words by which a row of STORE_NETWORK, STORE_ORGANIZATION or STORE_SUBJECT is found, in
 * three columns of these names. */
struct store_text {
    struct bytes id, text, facets;
};
/* `fresh`: it had none before. */
enum status store_text_put(struct store *s, enum store_table t, uint64_t row,
                           const struct store_text *text, bool fresh);
/* Its place among all that can be found: networks, organizations, subjects. */
uint64_t store_text_number(enum store_table t, uint64_t row);
/* What matches `words`, an expression of SQLite's FTS5, by that number from `from` on;
 * with a piece of the text that matches. As store_rows. */
typedef enum status store_text_fn(void *ctx, enum store_table t, uint64_t row,
                                  struct bytes snippet);
enum status store_text_find(struct store *s, struct bytes words, uint64_t from,
                            store_text_fn *each, void *ctx);
/* What matches of a table and those behind it, from `row` on, without the pieces of text,
 * which cost more than all else. */
enum status store_text_rows(struct store *s, struct bytes words, enum store_table t,
                            uint64_t row, store_text_fn *each, void *ctx);
/* How many match. */
enum status store_text_count(struct store *s, struct bytes words, uint64_t *out);

/* Two stores of the same rows have the same digests: of what is due, of the texts, and of
 * the words by which these are found. */
enum store_index {
    STORE_INDEX_DUE,
    STORE_INDEX_TEXT,
    STORE_INDEX_WORDS,
    STORE_INDEX_COUNT
};
const char *store_index_name(enum store_index i);
enum status store_index_digest(struct store *s, enum store_index i, struct hash *out);

/* --- what a reader remembers ------------------------------------------------------- */

/* One thing that whoever reads by this handle has made of it and can make again;
 * `forget` frees it when the store is closed. */
void store_remember(struct store *s, void *what, void (*forget)(void *what));
void *store_remembered(const struct store *s); /* NULL: nothing */

/* --- small settings of this replica (not of the log) ------------------------------- */

enum status store_setting_put(struct store *s, const char *name, struct bytes value);
enum status store_setting_get(struct store *s, const char *name, struct buf *value);

#endif
