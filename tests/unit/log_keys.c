/* Which keys of the log sign and are believed for the checkpoint of which size. */
#include "unit/test.h"

#include "unit/tlog_keys.h"

#include "base/fault.h"
#include "ledger/log_keys.h"
#include "ledger/standing.h"
#include "record/codes.h"

#define ORIGIN "avow.example.org/keys"

static struct secret_key *make(uint8_t seed)
{
    uint8_t bytes[SEED_LEN];
    struct secret_key *k;

    memset(bytes, seed, sizeof(bytes));
    assert_status(secret_key_from_seed(BYTES_LIT(ORIGIN), KEY_ED25519, bytes, &k),
                  STATUS_OK);
    return k;
}

static struct buf checkpoint(uint64_t size, const struct secret_key *const keys[],
                             size_t n)
{
    struct checkpoint cp = { .origin = ORIGIN, .size = size };
    struct buf note = { 0 };

    assert_status(checkpoint_sign(&cp, keys, n, &note), STATUS_OK);
    return note;
}

static enum status believed(const struct log_keys *k, uint64_t known, uint64_t size,
                            const struct secret_key *by)
{
    struct buf note = checkpoint(size, &by, 1);
    struct checkpoint cp;
    enum status st = log_keys_open(k, known, buf_bytes(&note), &cp);

    assert_true(st != STATUS_OK || cp.size == size);
    buf_clear(&note);
    return st;
}

/* The first until 20, the second from 10 on, the third in place of the second at 30. */
struct three {
    struct secret_key *keys[3];
    struct log_key list[3];
    struct log_keys all;
};

static void begin(struct three *t)
{
    *t = (struct three){ .all = { t->list, 3 } };
    for (uint8_t i = 0; i < 3; i++) {
        t->keys[i] = make((uint8_t)(i + 1));
        t->list[i].key = *secret_key_public(t->keys[i]);
    }
    t->list[0].until = 20;
    t->list[1].since = 10;
    t->list[1].until = t->list[2].since = 30;
    t->list[2].until = UINT64_MAX;
}

static void end(struct three *t)
{
    for (size_t i = 0; i < 3; i++)
        secret_key_free(t->keys[i]);
}

TEST(every_active_key_signs_and_the_last_one_its_successors_too)
{
    static const struct {
        uint64_t size;
        bool signs[3];
    } table[] = {
        { 1, { true, false, false } },    { 9, { true, false, false } },
        { 10, { true, true, false } },    { 19, { true, true, false } },
        { 20, { false, true, false } },   { 29, { false, true, false } },
        { 30, { false, true, true } },    { 31, { false, false, true } },
        { 1000, { false, false, true } },
    };
    struct three t;

    begin(&t);
    for (size_t row = 0; row < sizeof(table) / sizeof(*table); row++)
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(log_keys_signs(&t.all, i, table[row].size),
                             table[row].signs[i]);
    end(&t);
}

TEST(the_sizes_at_which_keys_change)
{
    struct three t;
    uint64_t size = 0;

    begin(&t);
    assert_true(log_keys_change(&t.all, 0, &size) && size == 10);
    assert_true(log_keys_change(&t.all, 10, &size) && size == 20);
    assert_true(log_keys_change(&t.all, 29, &size) && size == 30);
    assert_false(log_keys_change(&t.all, 30, &size));
    end(&t);
}

TEST(a_checkpoint_is_believed_by_the_keys_of_its_size)
{
    struct three t;

    begin(&t);
    assert_status(believed(&t.all, UINT64_MAX, 5, t.keys[0]), STATUS_OK);
    assert_status(believed(&t.all, UINT64_MAX, 25, t.keys[0]), STATUS_BAD_SIG);
    assert_status(believed(&t.all, UINT64_MAX, 5, t.keys[1]), STATUS_BAD_SIG);
    assert_status(believed(&t.all, UINT64_MAX, 30, t.keys[1]), STATUS_OK);
    assert_status(believed(&t.all, UINT64_MAX, 31, t.keys[1]), STATUS_BAD_SIG);
    /* Keys that are stated beyond what one knows vouch for nothing yet. */
    assert_status(believed(&t.all, 9, 10, t.keys[1]), STATUS_BAD_SIG);
    assert_status(believed(&t.all, 9, 10, t.keys[0]), STATUS_OK);
    assert_status(believed(&t.all, 10, 11, t.keys[1]), STATUS_OK);
    end(&t);
}

/* A key that got into wrong hands, and was retired for that, stops nobody who knows. */
TEST(a_retired_key_accuses_nobody)
{
    struct three t;

    begin(&t);
    for (uint64_t size = 1; size < 60; size++) {
        for (size_t i = 0; i < 3; i++) {
            const struct secret_key *by = t.keys[i];
            struct buf note = checkpoint(size, &by, 1);
            struct checkpoint cp;

            assert_status(log_keys_accuse(&t.all, buf_bytes(&note), &cp),
                          i == 2 && size >= 30 ? STATUS_OK : STATUS_BAD_SIG);
            buf_clear(&note);
        }
    }
    t.all.n = 1; /* as one who knows no more yet */
    t.list[0].until = UINT64_MAX;
    t.all.only = &t.list[0].key;
    assert_status(believed(&t.all, UINT64_MAX, 50, t.keys[0]), STATUS_OK);
    end(&t);
}

/* What others put there in the log's name is not handed on. */
TEST(only_lines_by_which_the_log_signed_are_kept)
{
    struct three t;
    struct secret_key *stranger = make(9);
    const struct secret_key *by[3];
    struct buf note, kept = { 0 }, own;

    begin(&t);
    by[0] = stranger;
    by[1] = t.keys[1];
    by[2] = t.keys[2];
    note = checkpoint(31, by, 3);
    own = checkpoint(31, by + 2, 1);
    assert_status(log_keys_lines(&t.all, buf_bytes(&note), &kept), STATUS_OK);
    assert_buf_eq(&kept, buf_str(&own));
    buf_clear(&note);
    buf_clear(&own);
    buf_clear(&kept);
    secret_key_free(stranger);
    end(&t);
}

TEST(a_line_by_a_key_of_the_log_verifies)
{
    struct three t;
    struct buf note;
    struct checkpoint cp;

    begin(&t);
    note = checkpoint(15, (const struct secret_key *const *)t.keys, 2);
    assert_status(log_keys_open(&t.all, UINT64_MAX, buf_bytes(&note), &cp), STATUS_OK);
    note.ptr[note.len - 10] ^= 1; /* in the second's */
    assert_true(log_keys_open(&t.all, UINT64_MAX, buf_bytes(&note), &cp) != STATUS_OK);
    buf_clear(&note);
    end(&t);
}

TEST(believing_says_when_memory_runs_out)
{
    struct secret_key *key = make(1);
    const struct secret_key *by = key;
    struct buf note = checkpoint(3, &by, 1);
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        struct log_keys all = { 0 };
        struct checkpoint cp;
        enum status st;

        fault_arm(nth);
        st = log_keys_pinned(secret_key_public(key), &all);
        if (st == STATUS_OK)
            st = log_keys_open(&all, UINT64_MAX, buf_bytes(&note), &cp);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        log_keys_clear(&all);
    }
    buf_clear(&note);
    secret_key_free(key);
}

/* --- whether the log goes on ---------------------------------------------------------
 */

static json_t *log_row(int rules, const char *codes)
{
    return json_pack("{s:s, s:i, s:s, s:i, s:I}", "origin", ORIGIN, "rules", rules,
                     "codes", codes, "record", 0, "changed",
                     (json_int_t)RECORD_NUMBER(17, 1));
}

static void expect_standing(json_t *row, enum standing_type type, const char *text)
{
    struct standing standing;
    struct buf out = { 0 };

    assert_status(standing_of(row, &standing), STATUS_OK);
    assert_int_equal(standing.type, type);
    standing_print(&standing, &out);
    if (strstr(buf_str(&out), text) == NULL)
        fail_msg("%s is not in: %s", text, buf_str(&out));
    standing_clear(&standing);
    buf_clear(&out);
    json_decref(row);
}

TEST(a_log_goes_on_or_says_where)
{
    json_t *over = log_row(RULES_VERSION, codes_digest());

    json_object_set_new(over, "succeeded",
                        json_pack("{s:s, s:s, s:I}", "origin", "avow.example.org/next",
                                  "url", "https://avow.example.org/next", "record",
                                  (json_int_t)RECORD_NUMBER(40, 2)));
    expect_standing(NULL, STANDING_ON, "");
    expect_standing(log_row(RULES_VERSION, codes_digest()), STANDING_ON, "");
    expect_standing(log_row(RULES_VERSION + 1, codes_digest()), STANDING_RULES,
                    "rules version 2 at entry 17");
    expect_standing(log_row(RULES_VERSION, "00"), STANDING_CODES, "entry 17");
    expect_standing(over, STANDING_SUCCEEDED,
                    "ended at entry 40, and goes on as avow.example.org/next");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(every_active_key_signs_and_the_last_one_its_successors_too),
    TEST_OF(the_sizes_at_which_keys_change),
    TEST_OF(a_checkpoint_is_believed_by_the_keys_of_its_size),
    TEST_OF(a_retired_key_accuses_nobody),
    TEST_OF(only_lines_by_which_the_log_signed_are_kept),
    TEST_OF(a_line_by_a_key_of_the_log_verifies),
    TEST_OF(believing_says_when_memory_runs_out),
    TEST_OF(a_log_goes_on_or_says_where),
};

TEST_MAIN_SIGNING(tests)
