/* Each kind against the examples in tests/record/examples, which the JSON Schemas are
 * held against too. */
#include "unit/test.h"

#include "base/fault.h"
#include "base/file.h"
#include "record/json.h"
#include "record/kind.h"
#include "sign/key.h"

#define EXAMPLES "tests/record/examples/"

static bool rule_seen[RULE_COUNT];

static json_t *read_examples(enum kind kind)
{
    struct buf text = { 0 };
    json_t *examples = NULL;
    char path[256];

    snprintf(path, sizeof(path), EXAMPLES "%s.json", kind_name(kind));
    assert_status(file_read(path, 1 << 20, &text), STATUS_OK);
    assert_status(json_parse(buf_bytes(&text), &examples), STATUS_OK);
    buf_clear(&text);
    return examples;
}

/* As it stands in a statement: printed and parsed as a line. */
static enum status check(const json_t *examples, const json_t *record, enum kind *kind,
                         struct refusal *why)
{
    struct record_context ctx = {
        .log = json_member(examples, "log"),
        .org = json_member(examples, "author"),
        .line = 7,
    };
    struct buf line = { 0 };
    json_t *parsed = NULL;
    enum status st;

    json_print(record, &line);
    assert_false(line.bad);
    st = json_line_parse(buf_bytes(&line), ctx.line, &parsed, why);
    if (st == STATUS_OK)
        st = kind_check(parsed, &ctx, kind, why);
    json_decref(parsed);
    buf_clear(&line);
    return st;
}

TEST(each_kind_accepts_its_examples)
{
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        json_t *examples = read_examples(k), *example;
        size_t i;

        assert_true(json_array_size(json_object_get(examples, "accepted")) > 0);
        json_array_foreach(json_object_get(examples, "accepted"), i, example)
        {
            struct refusal why = { 0 };
            enum kind found = KIND_COUNT;
            enum status st =
                check(examples, json_object_get(example, "record"), &found, &why);

            if (st != STATUS_OK)
                fail_msg("%s, %s: refused by %s: %s", kind_name(k),
                         json_string_value(json_object_get(example, "name")),
                         rule_name(why.rule), why.text);
            assert_int_equal(found, k);
        }
        json_decref(examples);
    }
}

TEST(each_kind_refuses_by_the_rule_named)
{
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        json_t *examples = read_examples(k), *example;
        size_t i;

        assert_true(json_array_size(json_object_get(examples, "refused")) > 0);
        json_array_foreach(json_object_get(examples, "refused"), i, example)
        {
            const char *name = json_string_value(json_object_get(example, "name"));
            struct bytes rule = json_member(example, "rule");
            struct refusal why = { 0 };
            enum kind found;
            enum status st =
                check(examples, json_object_get(example, "record"), &found, &why);

            if (st != STATUS_REFUSED || !bytes_eq_text(rule, rule_name(why.rule)))
                fail_msg("%s, %s: STATUS_%s, %s (%s), expected " BYTES_FMT, kind_name(k),
                         name, status_name(st), rule_name(why.rule), why.text,
                         BYTES_ARG(rule));
            assert_int_equal(why.line, 7);
            assert_true(strlen(why.text) > 0);
            rule_seen[why.rule] = true;
        }
        json_decref(examples);
    }
}

/* Runs after the examples: all that a record alone can break is among them. */
TEST(each_rule_about_records_has_an_example)
{
    for (enum rule r = RULE_KIND_UNKNOWN; r <= RULE_PLEDGE_WORTH; r++)
        if (!rule_seen[r])
            fail_msg("no example is refused by %s", rule_name(r));
    assert_true(rule_seen[RULE_JSON_NULL]);
}

static const struct record_context context = {
    .log = { (const uint8_t *)"avow.example.org/test", 21 },
    .org = { (const uint8_t *)"XM-DAC-41302", 12 },
    .line = 3,
};

static enum status check_text(const char *text, struct refusal *why)
{
    enum kind kind;
    json_t *record = NULL;
    enum status st;

    assert_status(json_parse(bytes_of(text), &record), STATUS_OK);
    st = kind_check(record, &context, &kind, why);
    json_decref(record);
    return st;
}

TEST(is_must_name_a_kind)
{
    static const struct {
        const char *text;
        enum rule rule;
    } cases[] = {
        { "{}", RULE_FIELD_MISSING },
        { "{\"is\":null}", RULE_JSON_NULL },
        { "{\"is\":5}", RULE_FIELD_TYPE },
        { "{\"is\":\"pledge.promised\"}", RULE_KIND_UNKNOWN },
        { "{\"is\":\"pledge\"}", RULE_KIND_UNKNOWN },
        { "{\"is\":\"\"}", RULE_KIND_UNKNOWN },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct refusal why = { 0 };

        assert_status(check_text(cases[i].text, &why), STATUS_REFUSED);
        assert_string_equal(rule_name(why.rule), rule_name(cases[i].rule));
        assert_status(check_text(cases[i].text, NULL), STATUS_REFUSED);
    }
}

TEST(a_refusal_says_where)
{
    struct refusal why = { 0 };

    assert_status(check_text("{\"is\":\"commitment.proposed\",\"id\":\"XM-DAC-41302:C\","
                             "\"title\":\"T\",\"parties\":[{\"org\":\"44000\",\"role\":"
                             "\"lead\"}],\"deliverables\":[{\"id\":\"a\",\"title\":\"A\","
                             "\"measure\":\"unit\"},{\"id\":\"b\",\"title\":\"B\","
                             "\"measure\":\"unit\",\"milestones\":[{\"period\":{\"end\":"
                             "\"soon\"}}]}]}",
                             &why),
                  STATUS_REFUSED);
    assert_string_equal(why.text, "deliverables[2].milestones[1].period.end: expected "
                                  "YYYY, YYYY-MM or YYYY-MM-DD, found \"soon\"");
    assert_string_equal(rule_name(why.rule), "date.form");
}

TEST(a_refusal_of_an_amendment_says_where)
{
    static const struct {
        const char *set, *text;
    } cases[] = {
        { "{\"deliverables\":[{\"id\":\"a\",\"title\":\"A\",\"measure\":null}]}",
          "set.deliverables[1].measure: expected a value, found null" },
        { "{\"note\":null,\"id\":\"44000:C\"}",
          "set.id: is stated with the proposal, and not amended" },
        { "{\"parties\":null}", "set.parties: is required, and cannot be removed" },
        { "{\"duration\":null}",
          "set: expected a field of the proposal, found \"duration\"" },
        { "{}", "set: expected at least one field, found none" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct refusal why = { 0 };
        char text[512];

        snprintf(
            text, sizeof(text),
            "{\"is\":\"commitment.amended\",\"id\":\"44000:C\",\"rev\":\"1/1/%064d\","
            "\"why\":\"amendment\",\"reason\":\"R\",\"set\":%s}",
            0, cases[i].set);
        assert_status(check_text(text, &why), STATUS_REFUSED);
        assert_string_equal(why.text, cases[i].text);
    }
}

TEST(a_long_list_is_judged_in_time_and_its_twins_found)
{
    struct buf text = { 0 };
    struct refusal why = { 0 };

    buf_text(&text, "{\"is\":\"commitment.progressed\",\"id\":\"A:1\",\"deliverable\":"
                    "\"d\",\"with\":[\"o0\"");
    for (unsigned i = 1; i < 9000; i++)
        buf_printf(&text, ",\"o%u\"", i);
    buf_text(&text, "]}");
    assert_status(check_text(buf_str(&text), &why), STATUS_OK);

    buf_truncate(&text, text.len - 2);
    buf_text(&text, ",\"o17\"]}");
    assert_status(check_text(buf_str(&text), &why), STATUS_REFUSED);
    assert_string_equal(rule_name(why.rule), "list.twice");
    assert_string_equal(why.text, "with: expected each once, found \"o17\" twice");
    buf_clear(&text);
}

TEST(without_memory_a_list_is_not_judged)
{
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        json_t *record = NULL;
        enum kind kind;
        enum status st;

        assert_status(json_parse(BYTES_LIT("{\"is\":\"commitment.progressed\",\"id\":"
                                           "\"A:1\",\"deliverable\":\"d\",\"with\":"
                                           "[\"a\",\"b\"],\"funded_by\":[\"a\",\"b\"]}"),
                                 &record),
                      STATUS_OK);
        fault_arm(nth);
        st = kind_check(record, &context, &kind, NULL);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        json_decref(record);
        assert_true(nth < 100);
    }
}

TEST(names_lead_to_kinds_and_back)
{
    for (enum kind k = 0; k < KIND_COUNT; k++) {
        enum kind found = KIND_COUNT;

        assert_true(kind_find(bytes_of(kind_name(k)), &found));
        assert_int_equal(found, k);
    }
}

TEST(references_are_exact)
{
    static const char hash[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *front;
        bool good;
    } cases[] = {
        { "0/1/", true },       { "1041/256/", true },
        { "1041/257/", false }, { "1/0/", false },
        { "01/1/", false },     { "1/01/", false },
        { "-1/1/", false },     { "1/1/0", false },
        { "1/1//", false },     { "/1/", false },
        { "1//", false },       { "1/", false },
        { " 1/1/", false },     { "18446744073709551616/1/", false },
    };
    struct reference r;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[128];

        snprintf(text, sizeof(text), "%s%s", cases[i].front, hash);
        assert_status(reference_parse(bytes_of(text), &r),
                      cases[i].good ? STATUS_OK : STATUS_MALFORMED);
    }
    assert_status(reference_parse(BYTES_LIT(""), &r), STATUS_MALFORMED);
    assert_status(reference_parse(BYTES_LIT("1/2/"
                                            "00ff000000000000000000000000000000000000"
                                            "0000000000000000000000000000"),
                                  &r),
                  STATUS_MALFORMED); /* two digits short */
    assert_status(reference_parse(BYTES_LIT("7/2/"
                                            "00ff00000000000000000000000000000000000000"
                                            "0000000000000000000001"),
                                  &r),
                  STATUS_OK);
    assert_int_equal(r.index, 7);
    assert_int_equal(r.n, 2);
    assert_int_equal(r.statement[1], 0xff);
    assert_int_equal(r.statement[31], 0x01);
}

TEST(identifiers_have_their_forms)
{
    static const char *const good[] = {
        "XM-DAC-41302", "44000",       "FR-3",    "a",   "KE-NCB-OP.218/051/95/010",
        "XV.spiac-b.x", "XV.a-.b.c/d", "Publics", "a:b", "360G-Fund:org:1",
        "public:x"
    };
    static const char *const bad[] = { "",       "-a",        ".a",      "/a",
                                       "a b",    "a:",        "a+b",     "public",
                                       "PUBLIC", "Anonymous", "XV.",     "XV.a.b",
                                       "XV.ab",  "XV.ab.",    "XV.AB.c", "xv.ab.c",
                                       "Xv.x",   "é" };
    struct bytes org, local, network;
    char longest[ORG_ID_MAX + 2];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(org_id_valid(bytes_of(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(org_id_valid(bytes_of(bad[i])));
    memset(longest, 'a', sizeof(longest));
    assert_true(org_id_valid((struct bytes){ (uint8_t *)longest, ORG_ID_MAX }));
    assert_false(org_id_valid((struct bytes){ (uint8_t *)longest, ORG_ID_MAX + 1 }));

    assert_true(org_id_vouched(BYTES_LIT("XV.spiac-b.x.y"), &network));
    assert_bytes_eq(network, "spiac-b");
    assert_false(org_id_vouched(BYTES_LIT("XM-DAC-41302"), &network));

    assert_true(subject_id_split(BYTES_LIT("XM-DAC-41302:PL-1"), &org, &local));
    assert_bytes_eq(org, "XM-DAC-41302");
    assert_bytes_eq(local, "PL-1");
    assert_true(subject_id_split(BYTES_LIT("a:b:c"), &org, &local));
    assert_bytes_eq(org, "a:b");
    assert_bytes_eq(local, "c");
    assert_false(subject_id_split(BYTES_LIT("a::c"), &org, &local));
    assert_false(subject_id_split(BYTES_LIT(":b"), &org, &local));
    assert_false(subject_id_split(BYTES_LIT("a:"), &org, &local));
    assert_false(subject_id_split(BYTES_LIT("a"), &org, &local));
    assert_false(subject_id_split(BYTES_LIT(""), &org, &local));
}

static const struct CMUnitTest tests[] = {
    TEST_OF(each_kind_accepts_its_examples),
    TEST_OF(each_kind_refuses_by_the_rule_named),
    TEST_OF(each_rule_about_records_has_an_example),
    TEST_OF(is_must_name_a_kind),
    TEST_OF(a_refusal_says_where),
    TEST_OF(a_refusal_of_an_amendment_says_where),
    TEST_OF(a_long_list_is_judged_in_time_and_its_twins_found),
    TEST_OF(without_memory_a_list_is_not_judged),
    TEST_OF(names_lead_to_kinds_and_back),
    TEST_OF(references_are_exact),
    TEST_OF(identifiers_have_their_forms),
};
TEST_MAIN(tests)
