/* tests/bench/bound.c: what the parts can do that everything else is made of, on this
 * machine, now: the bounds that the figures are set against.
 *
 *   bound verify FILE [SECONDS]        signatures verified a second, on all processors
 *   bound store FILE DB ROWS COMMITS   durable commits a second of ROWS statements each
 *
 * FILE holds parcels (bench.h): the very bytes that the benchmark publishes. `store` is
 * bare SQLite, set as durable as Avow's store is (WAL, synchronous=FULL): rows of an
 * integer key and the statement, nothing else.
 */
#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/codec.h"
#include "tests/bench/bench.h"

#define THREADS_MAX 64

struct part {
    struct bytes text;
    uint8_t sig[64], pub[32];
};

struct worker {
    pthread_t thread;
    const struct part *parts;
    size_t n, from;
    uint64_t deadline_ns, done;
};

/* The same texts, signed anew: which key it is makes no difference to the time. */
static struct part *make_parts(struct bytes file, size_t *n)
{
    static const size_t enough = 1000;
    struct part *parts = must_calloc(enough, sizeof(*parts));
    struct reader r = reader_of(file);
    unsigned char secret[crypto_sign_SECRETKEYBYTES];

    for (*n = 0; *n < enough && r.len > 0; ++*n) {
        struct part *p = &parts[*n];

        p->text = parcel_next(&r).note;
        crypto_sign_keypair(p->pub, secret);
        crypto_sign_detached(p->sig, NULL, p->text.ptr, p->text.len, secret);
    }
    must(*n > 0, "no statements");
    return parts;
}

static void *verify_main(void *arg)
{
    struct worker *w = arg;

    for (size_t i = w->from; now_ns() < w->deadline_ns; i++, w->done++) {
        const struct part *p = &w->parts[i % w->n];

        must(crypto_sign_verify_detached(p->sig, p->text.ptr, p->text.len, p->pub) == 0,
             "a good signature does not verify");
    }
    return NULL;
}

static void verify(struct bytes file, uint64_t seconds)
{
    struct worker workers[THREADS_MAX] = { 0 };
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = processors > 0 && processors <= THREADS_MAX ? (size_t)processors : 1;
    uint64_t begin, done = 0;
    struct part *parts;
    size_t n;

    must(sodium_init() >= 0, "no randomness");
    parts = make_parts(file, &n);
    begin = now_ns();
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){ .parts = parts, .n = n, .from = i * n / threads };
        workers[i].deadline_ns = begin + seconds * 1000000000u;
        must(pthread_create(&workers[i].thread, NULL, verify_main, &workers[i]) == 0,
             "no thread");
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
    }
    printf("{\"threads\":%zu,\"per_second\":%.0f}\n", threads,
           (double)done * 1e9 / (double)(now_ns() - begin));
    free(parts);
}

static void run_sql(sqlite3 *db, const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
         sqlite3_errmsg(db));
}

static void insert(sqlite3 *db, sqlite3_stmt *stmt, uint64_t i, struct bytes note)
{
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)i);
    sqlite3_bind_blob(stmt, 2, note.ptr, (int)note.len, SQLITE_STATIC);
    must(sqlite3_step(stmt) == SQLITE_DONE && sqlite3_reset(stmt) == SQLITE_OK, "%s",
         sqlite3_errmsg(db));
}

static void store(struct bytes file, const char *path, uint64_t rows, uint64_t commits)
{
    struct reader r = reader_of(file);
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt;
    uint64_t begin, n = 0;
    double seconds;

    must(sqlite3_open(path, &db) == SQLITE_OK, "cannot open %s", path);
    run_sql(db, "PRAGMA journal_mode=WAL");
    run_sql(db, "PRAGMA synchronous=FULL");
    run_sql(db, "CREATE TABLE entry (idx INTEGER PRIMARY KEY, note BLOB) STRICT");
    must(sqlite3_prepare_v2(db, "INSERT INTO entry VALUES (?1, ?2)", -1, &stmt, NULL) ==
             SQLITE_OK,
         "%s", sqlite3_errmsg(db));
    begin = now_ns();
    for (uint64_t i = 0; i < commits; i++) {
        run_sql(db, "BEGIN");
        for (uint64_t k = 0; k < rows; k++) {
            if (r.len == 0)
                r = reader_of(file);
            insert(db, stmt, n++, parcel_next(&r).note);
        }
        run_sql(db, "COMMIT");
    }
    seconds = (double)(now_ns() - begin) / 1e9;
    sqlite3_finalize(stmt);
    must(sqlite3_close(db) == SQLITE_OK, "cannot close %s", path);
    printf("{\"rows_a_commit\":%" PRIu64 ",\"commits_per_second\":%.0f"
           ",\"rows_per_second\":%.0f}\n",
           rows, (double)commits / seconds, (double)n / seconds);
}

int main(int argc, char **argv)
{
    struct buf file = { 0 };

    must(argc > 2,
         "usage: bound verify FILE [SECONDS] | bound store FILE DB ROWS COMMITS");
    must_be_ok(file_read(argv[2], SIZE_MAX / 2, &file), argv[2]);
    if (strcmp(argv[1], "verify") == 0) {
        verify(buf_bytes(&file), argc > 3 ? number_of(argv[3], "SECONDS") : 3);
    } else {
        must(strcmp(argv[1], "store") == 0 && argc == 6, "store FILE DB ROWS COMMITS");
        store(buf_bytes(&file), argv[3], number_of(argv[4], "ROWS"),
              number_of(argv[5], "COMMITS"));
    }
    buf_clear(&file);
    return 0;
}
