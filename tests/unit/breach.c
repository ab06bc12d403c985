/* Evidence of an invalid entry: what shows that the log signed it, and what does not. */
#include "link/breach.h"

#include "test.h"

#include <stdlib.h>

#include "base/codec.h"
#include "sign/key.h"
#include "unit/tlog_source.h"

#define ORIGIN "avow.example.org/test"
#define ENTRY "no statement\n"

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

static json_t *hashes(const struct proof *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->n; i++) {
        struct buf text = { 0 };

        base64_encode((struct bytes){ p->hashes[i].b, HASH_LEN }, &text);
        json_array_append_new(list, json_of(buf_bytes(&text)));
        buf_clear(&text);
    }
    return list;
}

/* Of a log in which the entry is at `index`; `to`: what the checkpoint is of. */
static json_t *evidence(uint64_t index, uint64_t size, uint64_t to,
                        const struct secret_key *key, struct hash *before)
{
    struct source s;
    struct proof inclusion, consistency;
    struct checkpoint cp = { .origin = ORIGIN, .size = to };
    struct buf note = { 0 };
    json_t *out;

    source_small(&s, to);
    s.leaves[index] = hash_leaf(BYTES_LIT(ENTRY));
    assert_status(proof_inclusion(source_read, &s, index, size, &inclusion), STATUS_OK);
    assert_status(proof_consistency(source_read, &s, size, to, &consistency), STATUS_OK);
    cp.root = source_mth(&s, 0, to);
    *before = index > 0 ? source_mth(&s, 0, index) : hash_empty();
    assert_status(checkpoint_sign(&cp, &key, 1, &note), STATUS_OK);
    out = json_pack("{s:s, s:I, s:s, s:i, s:s, s:s, s:I, s:o, s:o, s:o}", "evidence",
                    BREACH_NAME, "index", (json_int_t)index, "rule", "note.shape", "line",
                    0, "text", "a \x1b[2Jtale", "entry", ENTRY, "size", (json_int_t)size,
                    "inclusion", hashes(&inclusion), "consistency", hashes(&consistency),
                    "checkpoint", json_of(buf_bytes(&note)));
    assert_non_null(out);
    buf_clear(&note);
    source_clear(&s);
    return out;
}

/* Takes the value. */
static enum status verify(json_t *json, struct breach *out)
{
    struct buf text = { 0 };
    enum status st;

    json_print_pretty(json, &text);
    assert_true(breach_is(buf_bytes(&text)));
    st = breach_verify(buf_bytes(&text), open_note, NULL, out);
    json_decref(json);
    buf_clear(&text);
    return st;
}

TEST(what_the_log_signed_is_shown)
{
    for (uint64_t to = 1; to <= 20; to++)
        for (uint64_t size = 1; size <= to; size++)
            for (uint64_t index = 0; index < size; index++) {
                struct breach b;
                struct hash before;

                assert_status(verify(evidence(index, size, to, log_key, &before), &b),
                              STATUS_OK);
                assert_int_equal(b.index, index);
                assert_int_equal(b.cp.size, to);
                assert_true(bytes_eq_text(b.entry, ENTRY));
                assert_true(hash_eq(&b.root_before, &before));
                assert_int_equal(b.said.rule, RULE_NOTE_SHAPE);
                assert_string_equal(b.said.text, "a ?[2Jtale");
                breach_clear(&b);
            }
}

/* With one member replaced (`value` NULL: taken away). */
static enum status changed(const char *member, json_t *value)
{
    struct breach b;
    struct hash before;
    json_t *json = evidence(5, 9, 13, log_key, &before);
    enum status st;

    if (value != NULL)
        json_object_set_new(json, member, value);
    else
        json_object_del(json, member);
    st = verify(json, &b);
    if (st == STATUS_OK)
        breach_clear(&b);
    return st;
}

TEST(what_is_altered_shows_nothing)
{
    struct breach b;
    struct hash before;

    assert_status(verify(evidence(5, 9, 13, other_key, &before), &b), STATUS_BAD_SIG);
    assert_status(changed("entry", json_string("other\n")), STATUS_BAD_PROOF);
    assert_status(changed("index", json_integer(4)), STATUS_BAD_PROOF);
    assert_status(changed("index", json_integer(9)), STATUS_BAD_PROOF);
    assert_status(changed("size", json_integer(10)), STATUS_BAD_PROOF);
    assert_status(changed("size", json_integer(14)), STATUS_BAD_PROOF);
    assert_status(changed("size", json_integer(INT64_MAX)), STATUS_BAD_PROOF);
    assert_status(changed("inclusion", json_array()), STATUS_BAD_PROOF);
    assert_status(changed("consistency", json_array()), STATUS_BAD_PROOF);
}

TEST(a_rule_of_another_time_is_not_known)
{
    struct breach b;
    struct hash before;
    json_t *json = evidence(5, 9, 13, log_key, &before);

    json_object_set_new(json, "rule", json_string("of.another-time"));
    assert_status(verify(json, &b), STATUS_OK);
    assert_int_equal(b.said.rule, RULE_NONE);
    breach_clear(&b);
}

static enum status encoded(const char *text)
{
    struct breach b;
    struct hash before;
    json_t *json = evidence(5, 9, 13, log_key, &before);
    enum status st;

    json_object_del(json, "entry");
    json_object_set_new(json, "entry_base64", json_string(text));
    st = verify(json, &b);
    if (st == STATUS_OK) {
        assert_true(bytes_eq_text(b.entry, ENTRY));
        breach_clear(&b);
    }
    return st;
}

TEST(an_entry_may_be_in_base64)
{
    struct buf text = { 0 };

    base64_encode(BYTES_LIT(ENTRY), &text);
    assert_status(encoded(buf_str(&text)), STATUS_OK);
    buf_clear(&text);
    assert_status(encoded("/wAA"), STATUS_BAD_PROOF);
    assert_status(encoded(""), STATUS_MALFORMED);
    assert_status(encoded("/w"), STATUS_MALFORMED);
    assert_status(encoded("????"), STATUS_MALFORMED);
}

TEST(what_is_no_evidence_is_malformed)
{
    static const char *const members[] = { "index",     "line",      "entry",
                                           "size",      "inclusion", "consistency",
                                           "checkpoint" };
    static const char *const texts[] = { "", "{}", "[]", "3",
                                         "{\"evidence\":\"avow/evidence/v1\"}" };
    json_t *many = json_array();
    struct breach b;
    char *large;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        enum status st = changed(members[i], NULL);

        assert_true(st == STATUS_MALFORMED || st == STATUS_BAD_SIG);
        st = changed(members[i], json_real(0.5));
        assert_true(st == STATUS_MALFORMED || st == STATUS_BAD_SIG);
    }
    assert_status(changed("index", json_integer(-1)), STATUS_MALFORMED);
    assert_status(changed("size", json_integer(0)), STATUS_MALFORMED);
    assert_status(changed("line", json_integer(-1)), STATUS_MALFORMED);
    for (int i = 0; i < PROOF_HASHES_MAX + 1; i++)
        json_array_append_new(many, json_string("x"));
    assert_status(changed("inclusion", many), STATUS_MALFORMED);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_status(breach_verify(bytes_of(texts[i]), open_note, NULL, &b),
                      STATUS_MALFORMED);
    large = calloc(1, BREACH_TEXT_MAX + 1);
    assert_non_null(large);
    assert_status(breach_verify((struct bytes){ (uint8_t *)large, BREACH_TEXT_MAX + 1 },
                                open_note, NULL, &b),
                  STATUS_MALFORMED);
    free(large);
    assert_false(breach_is(BYTES_LIT("{\"x\":\"\\\"avow/evidence/v1\\\"\"}")));
}

static const struct CMUnitTest tests[] = {
    TEST_OF(what_the_log_signed_is_shown),        TEST_OF(what_is_altered_shows_nothing),
    TEST_OF(a_rule_of_another_time_is_not_known), TEST_OF(an_entry_may_be_in_base64),
    TEST_OF(what_is_no_evidence_is_malformed),
};
TEST_MAIN_BETWEEN(tests, set_up, tear_down)
