/* Evidence of a fork: what convicts, and what does not. */
#include "link/fork.h"

#include "test.h"

#include "sign/key.h"
#include "unit/tlog_source.h"

#define ORIGIN "avow.example.org/test"

static struct secret_key *log_key, *other_key;

static int set_up(void **state)
{
    (void)state;
    return sign_init() != STATUS_OK ||
           secret_key_generate(bytes_of(ORIGIN), KEY_ED25519, &log_key) != STATUS_OK ||
           secret_key_generate(bytes_of(ORIGIN), KEY_ED25519, &other_key) != STATUS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    secret_key_free(log_key);
    secret_key_free(other_key);
    return 0;
}

static enum status open_note(void *ctx, struct bytes note, struct checkpoint *out)
{
    (void)ctx;
    return checkpoint_open(note, secret_key_public(log_key), out);
}

static void sign(const struct secret_key *key, uint64_t size, const struct hash *root,
                 struct buf *out)
{
    struct checkpoint cp = { .origin = ORIGIN, .size = size, .root = *root };

    assert_status(checkpoint_sign(&cp, &key, 1, out), STATUS_OK);
}

/* Two logs: of leaves 0, 1, 2... and of leaves all alike. */
struct two {
    struct source a, b;
    struct buf note_a, note_b;
    struct fork fork;
};

static void side(struct source *s, uint64_t size, uint64_t to,
                 const struct secret_key *key, struct buf *note, struct fork_side *out)
{
    struct hash root = source_mth(s, 0, to);

    *out = (struct fork_side){ .root = source_mth(s, 0, size) };
    sign(key, to, &root, note);
    out->checkpoint = buf_bytes(note);
    if (to == size)
        return;
    out->n = 1;
    out->steps[0].to = to;
    out->steps[0].root = root;
    assert_status(proof_consistency(source_read, s, size, to, &out->steps[0].proof),
                  STATUS_OK);
}

static void two_logs(struct two *t, const struct secret_key *key)
{
    *t = (struct two){ 0 };
    source_small(&t->a, 20);
    source_alike(&t->b, 20);
    t->fork.size = 6;
    side(&t->a, 6, 13, log_key, &t->note_a, &t->fork.ours);
    side(&t->b, 6, 6, key, &t->note_b, &t->fork.theirs);
}

static void clear(struct two *t)
{
    source_clear(&t->a);
    buf_clear(&t->note_a);
    buf_clear(&t->note_b);
}

static enum status verify(const struct fork *f, uint64_t *size)
{
    struct buf text = { 0 };
    enum status st;

    assert_status(fork_print(f, &text), STATUS_OK);
    st = fork_verify(buf_bytes(&text), open_note, NULL, size);
    buf_clear(&text);
    return st;
}

TEST(two_roots_for_one_size_convict)
{
    struct two t;
    uint64_t size = 0;

    two_logs(&t, log_key);
    assert_status(verify(&t.fork, &size), STATUS_OK);
    assert_int_equal(size, 6);
    clear(&t);
}

TEST(one_tree_convicts_nobody)
{
    struct two t;

    two_logs(&t, log_key);
    t.fork.theirs = t.fork.ours;
    assert_status(verify(&t.fork, NULL), STATUS_BAD_PROOF);
    clear(&t);
}

TEST(what_another_key_signed_convicts_nobody)
{
    struct two t;

    two_logs(&t, other_key);
    assert_status(verify(&t.fork, NULL), STATUS_BAD_SIG);
    clear(&t);
}

TEST(each_step_must_lead_on)
{
    struct two t;

    two_logs(&t, log_key);
    t.fork.ours.steps[0].proof.hashes[0].b[0] ^= 1;
    assert_status(verify(&t.fork, NULL), STATUS_BAD_PROOF);
    clear(&t);
    two_logs(&t, log_key);
    t.fork.ours.root = t.fork.theirs.root; /* not what leads to the checkpoint */
    assert_status(verify(&t.fork, NULL), STATUS_BAD_PROOF);
    clear(&t);
    two_logs(&t, log_key);
    t.fork.ours.steps[0].to = 12;
    assert_status(verify(&t.fork, NULL), STATUS_BAD_PROOF);
    clear(&t);
    two_logs(&t, log_key);
    t.fork.theirs.root.b[0] ^= 1;
    assert_status(verify(&t.fork, NULL), STATUS_BAD_PROOF);
    clear(&t);
}

TEST(what_is_no_evidence_is_malformed)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"evidence\":\"avow/evidence-fork/v1\"}",
        "{\"evidence\":\"avow/evidence-fork/v1\",\"size\":0}",
        "{\"evidence\":\"avow/evidence-fork/v1\",\"size\":1,\"ours\":3,\"theirs\":[]}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_status(fork_verify(bytes_of(texts[i]), open_note, NULL, NULL),
                      STATUS_MALFORMED);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(two_roots_for_one_size_convict),          TEST_OF(one_tree_convicts_nobody),
    TEST_OF(what_another_key_signed_convicts_nobody), TEST_OF(each_step_must_lead_on),
    TEST_OF(what_is_no_evidence_is_malformed),
};
TEST_MAIN_BETWEEN(tests, set_up, tear_down)
