/* Which keys of the log sign and are believed for the checkpoint of which size. */
#include "unit/test.h"

#include "unit/tlog_keys.h"

#include "ledger/log_keys.h"

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

static const struct CMUnitTest tests[] = {
    TEST_OF(every_active_key_signs_and_the_last_one_its_successors_too),
    TEST_OF(the_sizes_at_which_keys_change),
    TEST_OF(a_checkpoint_is_believed_by_the_keys_of_its_size),
    TEST_OF(a_line_by_a_key_of_the_log_verifies),
};

TEST_MAIN_SIGNING(tests)
