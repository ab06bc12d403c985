#include "unit/test.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/fault.h"
#include "record/statement.h"

#define LOG "avow.example.org/test"
#define ILO "XM-DAC-41302"
#define BANK "44000"

#define PLEDGE                                                                         \
    "{\"is\":\"pledge.made\",\"id\":\"XM-DAC-41302:PL-1\",\"title\":\"Contribution\"," \
    "\"donor\":\"44000\",\"recipient\":\"XM-DAC-41302\",\"basis\":\"announced\","      \
    "\"money\":{\"amount\":\"700000.00\",\"currency\":\"USD\"}}"
#define NOTHING "{\"is\":\"pledge.promised\"}"

static struct secret_key *ilo, *ilo2, *bank, *bank2, *france;

static struct secret_key *key_of(const char *name, uint8_t seed_byte)
{
    uint8_t seed[SEED_LEN];
    struct secret_key *k = NULL;

    memset(seed, seed_byte, sizeof(seed));
    assert_status(secret_key_from_seed(bytes_of(name), KEY_ED25519, seed, &k), STATUS_OK);
    return k;
}

static int make_keys(void **state)
{
    (void)state;
    assert_status(sign_init(), STATUS_OK);
    ilo = key_of(ILO, 1);
    ilo2 = key_of(ILO, 2);
    bank = key_of(BANK, 3);
    bank2 = key_of(BANK, 4);
    france = key_of("FR-3", 5);
    return 0;
}

static int free_keys(void **state)
{
    struct secret_key *keys[] = { ilo, ilo2, bank, bank2, france };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        secret_key_free(keys[i]);
    return 0;
}

static uint32_t id_of(const struct secret_key *k)
{
    return secret_key_public(k)->id;
}

static struct statement_header header(void)
{
    struct statement_header h = { .log = BYTES_LIT(LOG),
                                  .org = BYTES_LIT(ILO),
                                  .lang = BYTES_LIT("en"),
                                  .key_id = id_of(ilo),
                                  .seq = 17,
                                  .before = UINT64_MAX };

    assert_status(time_parse(BYTES_LIT("2026-11-23T10:00:00Z"), &h.at), STATUS_OK);
    return h;
}

/* A note of this text, signed by these in order; the list ends in NULL. */
static void sign(struct bytes text, struct secret_key *const keys[], struct buf *note)
{
    buf_add(note, text);
    buf_text(note, "\n");
    for (size_t i = 0; keys[i] != NULL; i++)
        note_sign(keys[i], text, note);
    assert_false(note->bad);
}

static void make_note(const struct statement_header *h, const char *record,
                      struct secret_key *const keys[], struct buf *note)
{
    struct bytes records[] = { bytes_of(record) };
    struct buf text = { 0 };

    statement_compose(h, records, 1, &text);
    sign(buf_bytes(&text), keys, note);
    buf_clear(&text);
}

#define KEYS(...) ((struct secret_key *const[]){ __VA_ARGS__, NULL })

static void expect_rule(struct bytes note, const char *origin, enum rule rule,
                        unsigned line)
{
    struct statement *s = NULL;
    struct refusal why = { 0 };

    assert_status(statement_open(note, origin, &s, &why), STATUS_REFUSED);
    assert_null(s);
    if (why.rule != rule || why.line != line)
        fail_msg("%s, line %u (%s), expected %s, line %u", rule_name(why.rule), why.line,
                 why.text, rule_name(rule), line);
    assert_status(statement_open(note, origin, &s, NULL), STATUS_REFUSED);
}

/* Signed by `ilo` alone. */
static void expect_text_rule(const char *text, enum rule rule, unsigned line)
{
    struct buf note = { 0 };

    sign(bytes_of(text), KEYS(ilo), &note);
    expect_rule(buf_bytes(&note), LOG, rule, line);
    buf_clear(&note);
}

static bool lookup(void *ctx, struct bytes org, uint32_t key_id,
                   uint8_t pub[PUBLIC_KEY_LEN])
{
    struct secret_key *const *keys = ctx;

    for (size_t i = 0; keys[i] != NULL; i++) {
        const struct verifier_key *k = secret_key_public(keys[i]);

        if (bytes_eq_text(org, k->name) && k->id == key_id) {
            memcpy(pub, k->pub, PUBLIC_KEY_LEN);
            return true;
        }
    }
    return false;
}

TEST(a_statement_opens)
{
    struct bytes with[] = { BYTES_LIT(BANK) };
    struct bytes records[] = { BYTES_LIT(PLEDGE), BYTES_LIT(PLEDGE) };
    struct statement_header h = header();
    struct buf text = { 0 }, note = { 0 }, id = { 0 };
    struct statement *s = NULL;
    struct refusal why = { 0 };
    struct hash expected;

    h.with = with;
    h.n_with = 1;
    h.before = 5000;
    statement_compose(&h, records, 2, &text);
    sign(buf_bytes(&text), KEYS(ilo, ilo2, bank, bank2), &note);
    if (statement_open(buf_bytes(&note), LOG, &s, &why) != STATUS_OK)
        fail_msg("%s: %s", rule_name(why.rule), why.text);

    assert_same_bytes(s->note, buf_bytes(&note));
    assert_true(s->note.ptr != note.ptr);
    assert_same_bytes(s->text, buf_bytes(&text));
    assert_bytes_eq(s->log, LOG);
    assert_bytes_eq(s->org, ILO);
    assert_bytes_eq(s->lang, "en");
    assert_int_equal(s->key_id, id_of(ilo));
    assert_int_equal(s->seq, 17);
    assert_int_equal(s->at, h.at);
    assert_int_equal(s->before, 5000);
    assert_int_equal(s->n_with, 1);
    assert_bytes_eq(s->with[0], BANK);
    assert_int_equal(s->n_sigs, 4);
    assert_bytes_eq(s->sigs[3].org, BANK);
    assert_int_equal(s->n, 2);
    assert_int_equal(s->records[1].kind, KIND_PLEDGE_MADE);
    assert_int_equal(s->records[1].n, 2);
    assert_bytes_eq(s->records[1].line, PLEDGE);
    assert_bytes_eq(json_member(s->records[0].json, "donor"), BANK);

    expected = hash_sha256(buf_bytes(&text));
    assert_true(hash_eq(&s->id, &expected));
    expected = hash_leaf(buf_bytes(&note));
    assert_true(hash_eq(&s->leaf, &expected));
    statement_id_print(s, &id);
    assert_int_equal(id.len, 64);

    statement_free(s);
    statement_free(NULL);
    buf_clear(&text);
    buf_clear(&note);
    buf_clear(&id);
}

TEST(a_composed_text_is_that_of_the_formats)
{
    struct bytes with[] = { BYTES_LIT(BANK), BYTES_LIT("FR-3") };
    struct bytes records[] = { BYTES_LIT("{}") };
    struct statement_header h = header();
    struct buf text = { 0 };

    h.key_id = 0x0a1b2c3d;
    statement_compose(&h, records, 1, &text);
    assert_buf_eq(&text,
                  "avow/statement/v1\n"
                  "{\"log\":\"avow.example.org/test\",\"org\":\"XM-DAC-41302\","
                  "\"key\":\"0a1b2c3d\",\"seq\":17,\"at\":\"2026-11-23T10:00:00Z\","
                  "\"lang\":\"en\"}\n"
                  "{}\n");
    buf_reset(&text);
    h.with = with;
    h.n_with = 2;
    h.before = 0;
    statement_compose(&h, records, 1, &text);
    assert_buf_eq(&text,
                  "avow/statement/v1\n"
                  "{\"log\":\"avow.example.org/test\",\"org\":\"XM-DAC-41302\","
                  "\"key\":\"0a1b2c3d\",\"seq\":17,\"at\":\"2026-11-23T10:00:00Z\","
                  "\"lang\":\"en\",\"with\":[\"44000\",\"FR-3\"],\"before\":0}\n"
                  "{}\n");
    buf_clear(&text);
}

TEST(signatures_verify_by_known_keys)
{
    struct bytes with[] = { BYTES_LIT(BANK) };
    struct statement_header h = header();
    struct statement *s = NULL;
    struct buf note = { 0 };

    h.with = with;
    h.n_with = 1;
    make_note(&h, PLEDGE, KEYS(ilo, ilo2, bank), &note);
    assert_status(statement_open(buf_bytes(&note), NULL, &s, NULL), STATUS_OK);
    assert_int_equal(s->sigs[0].verdict, VERDICT_UNCHECKED);

    s->sigs[2].sig[0] ^= 1;
    statement_verify(s, lookup, (void *)KEYS(ilo, bank));
    assert_int_equal(s->sigs[0].verdict, VERDICT_GOOD);
    assert_int_equal(s->sigs[1].verdict, VERDICT_UNCHECKED); /* not known */
    assert_int_equal(s->sigs[2].verdict, VERDICT_BAD);
    statement_free(s);
    buf_clear(&note);
}

TEST(the_note_is_judged_first)
{
    struct statement_header h = header();
    struct buf note = { 0 }, large = { 0 };

    make_note(&h, NOTHING, KEYS(ilo), &note);
    expect_rule(buf_bytes(&note), "other", RULE_HEADER_LOG, 2);
    expect_rule(buf_bytes(&note), LOG, RULE_KIND_UNKNOWN, 3);

    memset(buf_space(&large, NOTE_MAX + 1), 0xff, NOTE_MAX + 1);
    expect_rule(buf_bytes(&large), LOG, RULE_NOTE_SIZE, 0);
    buf_truncate(&large, NOTE_MAX);
    expect_rule(buf_bytes(&large), LOG, RULE_NOTE_UTF8, 1);
    memset(large.ptr, 'a', large.len);
    expect_rule(buf_bytes(&large), LOG, RULE_NOTE_SHAPE, 0);

    expect_rule((struct bytes){ 0 }, LOG, RULE_NOTE_SIZE, 0);
    expect_rule(BYTES_LIT("\n\n"), LOG, RULE_NOTE_SHAPE, 0);
    expect_rule(bytes_slice(buf_bytes(&note), 0, note.len - 1), LOG, RULE_NOTE_SHAPE, 0);
    buf_clear(&note);
    buf_clear(&large);
}

TEST(a_statement_of_the_largest_size_opens)
{
    struct statement_header h = header();
    struct buf record = { 0 }, note = { 0 };
    struct statement *s = NULL;
    struct refusal why = { 0 };

    buf_text(&record, "{\"is\":\"commitment.progressed\",\"id\":\"A:1\",\"deliverable\":"
                      "\"d\",\"with\":[\"o0\"");
    for (unsigned i = 1; record.len < NOTE_LINE_MAX - 10; i++)
        buf_printf(&record, ",\"o%u\"", i);
    buf_text(&record, "]}");
    while (record.len < NOTE_LINE_MAX) { /* spaces inside pad the line to its limit */
        buf_truncate(&record, record.len - 1);
        buf_text(&record, " }");
    }
    make_note(&h, buf_str(&record), KEYS(ilo), &note);
    if (statement_open(buf_bytes(&note), LOG, &s, &why) != STATUS_OK)
        fail_msg("%s: %s", rule_name(why.rule), why.text);
    statement_free(s);

    buf_truncate(&record, record.len - 1);
    buf_text(&record, " }");
    buf_reset(&note);
    make_note(&h, buf_str(&record), KEYS(ilo), &note);
    expect_rule(buf_bytes(&note), LOG, RULE_LINE_SIZE, 3);
    buf_clear(&record);
    buf_clear(&note);
}

#define HEADER_OF(key)                                                           \
    "{\"log\":\"avow.example.org/test\",\"org\":\"XM-DAC-41302\",\"key\":\"" key \
    "\",\"seq\":1,\"at\":\"2026-11-23T10:00:00Z\",\"lang\":\"en\"}\n"

TEST(lines_are_neither_blank_nor_padded)
{
    expect_text_rule("avow/statement/v2\n{}\n{}\n", RULE_HEADER_VERSION, 1);
    expect_text_rule(" avow/statement/v1\n{}\n{}\n", RULE_HEADER_VERSION, 1);
    expect_text_rule("\xef\xbb\xbf"
                     "avow/statement/v1\n{}\n{}\n",
                     RULE_HEADER_VERSION, 1);
    expect_text_rule("avow.example.org/test\n1\nAAAA\n", RULE_HEADER_VERSION, 1);
    expect_text_rule("avow/statement/v1\n", RULE_NOTE_RECORDS, 0);
    expect_text_rule("avow/statement/v1\n{}\n", RULE_NOTE_RECORDS, 0);
    expect_text_rule("avow/statement/v1\n {}\n{}\n", RULE_LINE_PADDED, 2);
    expect_text_rule("avow/statement/v1\n{} \n{}\n", RULE_LINE_PADDED, 2);
    expect_text_rule("avow/statement/v1\n{}\n\n{}\n", RULE_LINE_PADDED, 3);
    expect_text_rule("avow/statement/v1\n{}\n{}\n\n", RULE_LINE_PADDED, 4);
    expect_text_rule("avow/statement/v1\n[]\n{}\n", RULE_JSON_SYNTAX, 2);
    expect_text_rule("avow/statement/v1\n{}\n{}\n", RULE_HEADER_FIELD, 2);
    expect_text_rule("avow/statement/v1\n" HEADER_OF("00000000") "{}\n", RULE_HEADER_KEY,
                     2);
}

TEST(records_are_one_to_256)
{
    struct bytes records[RECORDS_MAX + 1];
    struct statement_header h = header();
    struct buf text = { 0 }, note = { 0 };
    struct statement *s = NULL;

    for (size_t i = 0; i <= RECORDS_MAX; i++)
        records[i] = BYTES_LIT("{\"is\":\"membership.accepted\",\"network\":\"spiac-b\","
                               "\"org\":\"XM-DAC-41302\"}");
    statement_compose(&h, records, RECORDS_MAX, &text);
    sign(buf_bytes(&text), KEYS(ilo), &note);
    assert_status(statement_open(buf_bytes(&note), LOG, &s, NULL), STATUS_OK);
    assert_int_equal(s->n, RECORDS_MAX);
    statement_free(s);

    buf_reset(&text);
    buf_reset(&note);
    statement_compose(&h, records, RECORDS_MAX + 1, &text);
    sign(buf_bytes(&text), KEYS(ilo), &note);
    expect_rule(buf_bytes(&note), LOG, RULE_NOTE_RECORDS, RECORDS_MAX + 3);
    buf_clear(&text);
    buf_clear(&note);
}

/* The first of two bad records is the one reported. */
TEST(records_are_judged_in_line_order)
{
    struct bytes records[] = { BYTES_LIT(PLEDGE), BYTES_LIT("{\"is\":5}"),
                               BYTES_LIT(NOTHING) };
    struct statement_header h = header();
    struct buf text = { 0 }, note = { 0 };

    statement_compose(&h, records, 3, &text);
    sign(buf_bytes(&text), KEYS(ilo), &note);
    expect_rule(buf_bytes(&note), LOG, RULE_FIELD_TYPE, 4);
    buf_clear(&text);
    buf_clear(&note);
}

TEST(the_header_has_its_fields_and_no_others)
{
    static const char *const bad[] = {
        "\"seq\":0",
        "\"seq\":-1",
        "\"seq\":\"1\"",
        "\"seq\":null",
        "\"seq\":1,\"extra\":1",
        "\"sek\":1",
        "\"seq\":1,\"before\":-1",
        "\"seq\":1,\"before\":\"5\"",
        "\"seq\":1,\"with\":\"44000\"",
        "\"seq\":1,\"with\":[\"public\"]",
    };
    static const char *const values[][2] = {
        { "avow.example.org/test", "avow example" },
        { "avow.example.org/test", "avow/x" },
        { "XM-DAC-41302", "XM DAC" },
        { "\"en\"", "\"english language\"" },
        { "\"en\"", "5" },
        { "10:00:00Z", "10:00:00+00:00" },
        { "10:00:00Z", "10:00:00.5Z" },
        { "2026-11-23T", "2026-11-31T" },
        { "\"key\":\"", "\"key\":\"0" },
    };
    struct statement_header h = header();
    struct buf good = { 0 }, text = { 0 };
    struct bytes record = BYTES_LIT(PLEDGE);

    statement_compose(&h, &record, 1, &good);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *at = strstr(buf_str(&good), "\"seq\":17");

        buf_reset(&text);
        buf_append(&text, good.ptr, (size_t)(at - buf_str(&good)));
        buf_printf(&text, "%s%s", bad[i], at + strlen("\"seq\":17"));
        expect_text_rule(buf_str(&text), RULE_HEADER_FIELD, 2);
    }
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *at = strstr(buf_str(&good), values[i][0]);

        buf_reset(&text);
        buf_append(&text, good.ptr, (size_t)(at - buf_str(&good)));
        buf_printf(&text, "%s%s", values[i][1], at + strlen(values[i][0]));
        expect_text_rule(buf_str(&text), RULE_HEADER_FIELD, 2);
    }
    buf_clear(&good);
    buf_clear(&text);
}

static void expect_signers(const char *const with[], struct secret_key *const keys[],
                           enum rule rule, unsigned line)
{
    struct bytes orgs[STATEMENT_SIGNATURES_MAX + 1];
    struct statement_header h = header();
    struct statement *s = NULL;
    struct refusal why = { 0 };
    struct buf note = { 0 };

    h.with = orgs;
    for (; with[h.n_with] != NULL; h.n_with++)
        orgs[h.n_with] = bytes_of(with[h.n_with]);
    make_note(&h, PLEDGE, keys, &note);
    if (rule != RULE_NONE) {
        expect_rule(buf_bytes(&note), LOG, rule, line);
    } else {
        if (statement_open(buf_bytes(&note), LOG, &s, &why) != STATUS_OK)
            fail_msg("%s: %s", rule_name(why.rule), why.text);
        statement_free(s);
    }
    buf_clear(&note);
}

#define WITH(...) ((const char *const[]){ __VA_ARGS__ })

TEST(signers_are_the_author_and_those_in_with_in_order)
{
    expect_signers(WITH(NULL), KEYS(ilo), RULE_NONE, 0);
    expect_signers(WITH(NULL), KEYS(ilo, ilo2), RULE_NONE, 0);
    expect_signers(WITH(BANK, "FR-3", NULL), KEYS(ilo, bank, france), RULE_NONE, 0);
    expect_signers(WITH(BANK, "FR-3", NULL), KEYS(ilo, ilo2, bank, bank2, france),
                   RULE_NONE, 0);

    expect_signers(WITH(NULL), KEYS(bank), RULE_HEADER_KEY, 2);
    expect_signers(WITH(NULL), KEYS(ilo2, ilo), RULE_HEADER_KEY, 2);
    expect_signers(WITH(NULL), KEYS(bank, ilo), RULE_HEADER_KEY, 2);
    expect_signers(WITH(NULL), KEYS(ilo, bank), RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, NULL), KEYS(ilo), RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, NULL), KEYS(ilo, france), RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, NULL), KEYS(ilo, bank, france), RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, NULL), KEYS(ilo, bank, ilo2), RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, "FR-3", NULL), KEYS(ilo, france, bank), RULE_HEADER_WITH,
                   2);
    expect_signers(WITH(BANK, "FR-3", NULL), KEYS(ilo, bank, france, bank2),
                   RULE_HEADER_WITH, 2);
    expect_signers(WITH(BANK, BANK, NULL), KEYS(ilo, bank, bank2), RULE_HEADER_WITH, 2);
    expect_signers(WITH(ILO, NULL), KEYS(ilo, ilo2), RULE_HEADER_WITH, 2);
    expect_signers(WITH(NULL), KEYS(ilo, ilo), RULE_NOTE_SIGNATURES, 0);
    expect_signers(WITH(BANK, NULL), KEYS(ilo, bank, bank), RULE_NOTE_SIGNATURES, 0);
    expect_signers(WITH("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2",
                        "b3", "b4", "b5", "b6", "b7", NULL),
                   KEYS(ilo), RULE_HEADER_WITH, 2);
    expect_signers(WITH("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2",
                        "b3", "b4", "b5", "b6", "b7", "b8", NULL),
                   KEYS(ilo), RULE_HEADER_WITH, 2);
}

TEST(signatures_are_at_most_16_of_68_bytes)
{
    struct statement_header h = header();
    struct bytes record = BYTES_LIT(PLEDGE);
    struct buf text = { 0 }, note = { 0 };
    uint8_t sig[8 + SIGNATURE_LEN] = { 0 };
    struct statement *s = NULL;

    statement_compose(&h, &record, 1, &text);
    sign(buf_bytes(&text), KEYS(ilo), &note);
    for (uint32_t i = 1; i < STATEMENT_SIGNATURES_MAX; i++)
        note_signature_print(h.org, i, (struct bytes){ sig, SIGNATURE_LEN }, &note);
    assert_status(statement_open(buf_bytes(&note), LOG, &s, NULL), STATUS_OK);
    assert_int_equal(s->n_sigs, STATEMENT_SIGNATURES_MAX);
    statement_free(s);
    note_signature_print(h.org, 99, (struct bytes){ sig, SIGNATURE_LEN }, &note);
    expect_rule(buf_bytes(&note), LOG, RULE_NOTE_SIGNATURES, 0);

    for (size_t len = SIGNATURE_LEN - 1; len <= sizeof(sig); len++) {
        buf_reset(&note);
        sign(buf_bytes(&text), KEYS(ilo), &note);
        note_signature_print(h.org, 1, (struct bytes){ sig, len }, &note);
        if (len != SIGNATURE_LEN)
            expect_rule(buf_bytes(&note), LOG, RULE_NOTE_SIGNATURES, 0);
    }
    buf_clear(&text);
    buf_clear(&note);
}

TEST(without_memory_nothing_opens_and_nothing_leaks)
{
    struct statement_header h = header();
    struct buf note = { 0 };
    bool fired = true;

    make_note(&h, PLEDGE, KEYS(ilo), &note);
    for (int nth = 1; fired; nth++) {
        struct statement *s = NULL;
        enum status st;

        fault_arm(nth);
        st = statement_open(buf_bytes(&note), LOG, &s, NULL);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        assert_int_equal(fired, s == NULL);
        statement_free(s);
        assert_true(nth < 100);
    }
    buf_clear(&note);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_statement_opens),
    TEST_OF(a_composed_text_is_that_of_the_formats),
    TEST_OF(signatures_verify_by_known_keys),
    TEST_OF(the_note_is_judged_first),
    TEST_OF(a_statement_of_the_largest_size_opens),
    TEST_OF(lines_are_neither_blank_nor_padded),
    TEST_OF(records_are_one_to_256),
    TEST_OF(records_are_judged_in_line_order),
    TEST_OF(the_header_has_its_fields_and_no_others),
    TEST_OF(signers_are_the_author_and_those_in_with_in_order),
    TEST_OF(signatures_are_at_most_16_of_68_bytes),
    TEST_OF(without_memory_nothing_opens_and_nothing_leaks),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name(__FILE__, tests, make_keys, free_keys);
}
