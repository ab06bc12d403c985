/* A store of an earlier version: nothing opens it as it is, and its state is derived anew
 * from its entries, all or nothing. */
#include "unit/scribe.h"

#include <sqlite3.h>

#include "base/fault.h"
#include "ledger/renew.h"

#define ENTRIES 40

/* As somebody with a tool of their own would. */
static void sqlite_says(const char *path, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A log in a file: its charter, a subject with records, and others. */
static void tell(struct stage *s, const char *path)
{
    struct buf charter = { 0 };

    ledger_close(s->ledger);
    store_close(s->store);
    assert_status(store_open(path, STORE_CREATE, &s->store), STATUS_OK);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
    stage_charter(s, &charter);
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), "%s", buf_str(&charter)));
    buf_clear(&charter);
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'pledge.made','id':'XM-DAC-41302:1','title':'T','donor':"
                 "'XM-DAC-41302','recipient':'XM-DAC-41122','basis':'announced',"
                 "'money':{'amount':'500','currency':'USD'}}"));
    stage_commit(s);
    for (int i = 2; i < ENTRIES; i++) {
        ACCEPTED(say(s, &s->ilo,
                     "{'is':'pledge.disbursed','id':'XM-DAC-41302:1','tx':'T%d',"
                     "'money':{'amount':'%d.25','currency':'USD'}}",
                     i, i));
        if (i % 7 == 0)
            stage_commit(s);
    }
    stage_commit(s);
    assert_status(store_setting_put(s->store, "mine", bytes_of("kept")), STATUS_OK);
}

static void close_stage(struct stage *s)
{
    ledger_close(s->ledger);
    store_close(s->store);
    s->ledger = NULL;
    s->store = NULL;
}

/* What version 1 of the state is said to have been: a table less, a table more, other
 * rows. */
static void make_older(const char *path)
{
    sqlite_says(path, "DROP TABLE mark; CREATE TABLE \"an \"\"old\"\" one\" (a);"
                      "UPDATE subject SET value = '{}'; DELETE FROM total;"
                      "UPDATE entry SET depth = 0, jump = idx, prev = idx;"
                      "PRAGMA user_version = 1");
}

static struct hash look(const char *path, enum status expected)
{
    struct store *s = NULL;
    struct hash digest = { { 0 } };

    assert_status(store_open(path, STORE_READ, &s), expected);
    if (s != NULL)
        assert_status(ledger_digest(s, &digest), STATUS_OK);
    store_close(s);
    return digest;
}

static void count(void *ctx, uint64_t done, uint64_t total)
{
    assert_int_equal(total, ENTRIES);
    *(uint64_t *)ctx = done;
}

TEST(the_state_is_derived_anew)
{
    const char *path = scratch_path("older.db");
    struct stage *s = stage_bare();
    struct store_entry before, after;
    struct buf note = { 0 };
    struct hash digest, again;
    uint64_t done = 0, size;
    char error[640];

    tell(s, path);
    digest = look(path, STATUS_OK);
    assert_status(store_entry_get(s->store, 30, &before, &note), STATUS_OK);
    close_stage(s);
    make_older(path);
    look(path, STATUS_OLDER);
    assert_status(store_open(path, STORE_WRITE, &s->store), STATUS_OLDER);

    assert_status(ledger_renew(path, count, &done, error), STATUS_OK);
    assert_int_equal(done, ENTRIES);
    again = look(path, STATUS_OK);
    assert_true(hash_eq(&digest, &again));
    assert_status(store_open(path, STORE_WRITE, &s->store), STATUS_OK);
    assert_status(store_entry_get(s->store, 30, &after, &note), STATUS_OK);
    assert_true(before.depth == after.depth && before.jump == after.jump &&
                before.prev == after.prev && before.seq == after.seq);
    assert_status(store_check(s->store), STATUS_OK);
    assert_status(store_checkpoint_newest(s->store, &size, &note), STATUS_OK);
    assert_int_equal(size, ENTRIES); /* what no rule derives is there as it was */
    assert_status(store_setting_get(s->store, "mine", &note), STATUS_OK);
    assert_string_equal(buf_str(&note), "kept");
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK); /* and it goes on */
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'pledge.disbursed','id':'XM-DAC-41302:1','tx':'U',"
                 "'money':{'amount':'1','currency':'USD'}}"));
    stage_commit(s);
    buf_clear(&note);
    stage_free(s);
}

TEST(a_failure_leaves_the_file_as_it_was)
{
    const char *path = scratch_path("faults.db");
    struct stage *s = stage_bare();
    struct hash digest, again;
    char error[640];
    bool fired = true;
    int nth = 1;

    tell(s, path);
    digest = look(path, STATUS_OK);
    close_stage(s);
    make_older(path);
    /* Further and further in, and each time with a file that was not touched. */
    while (fired) {
        enum status st;

        fault_arm(nth);
        st = ledger_renew(path, NULL, NULL, error);
        fired = fault_disarm();
        if (st == STATUS_OK)
            break;
        assert_true(fired);
        look(path, STATUS_OLDER);
        nth += nth / 8 + 1;
    }
    assert_true(nth > 1000);
    again = look(path, STATUS_OK);
    assert_true(hash_eq(&digest, &again));
    stage_free(s);
}

TEST(what_does_not_stand_up_is_told)
{
    const char *path = scratch_path("altered.db");
    struct stage *s = stage_bare();
    char error[640];

    tell(s, path);
    close_stage(s);
    make_older(path);
    sqlite_says(path, "UPDATE entry SET note = CAST(replace(CAST(note AS TEXT), '30.25',"
                      " '31.25') AS BLOB) WHERE idx = 30");
    assert_status(ledger_renew(path, NULL, NULL, error), STATUS_ALTERED);
    assert_non_null(strstr(error, "entry 30"));
    look(path, STATUS_OLDER);
    /* Another entry that its author did sign is another tree. */
    sqlite_says(path, "DELETE FROM entry WHERE idx = 39;"
                      "UPDATE entry SET note = CAST(replace(CAST(note AS TEXT), '31.25',"
                      " '30.25') AS BLOB) WHERE idx = 30;"
                      "UPDATE tile SET hashes = CAST(substr(hashes, 1, 32 * 38)"
                      " || zeroblob(32) AS BLOB)");
    assert_status(ledger_renew(path, NULL, NULL, error), STATUS_ALTERED);
    look(path, STATUS_OLDER);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_state_is_derived_anew),
    TEST_OF(a_failure_leaves_the_file_as_it_was),
    TEST_OF(what_does_not_stand_up_is_told),
};
TEST_MAIN(tests)
