/* Terms as amendments change them, and what differs between two versions of them. */
#include "unit/test.h"

#include "base/fault.h"
#include "base/file.h"
#include "record/json.h"
#include "record/kind.h"
#include "record/terms.h"

static json_t *json(const char *text)
{
    json_t *value = NULL;

    assert_status(json_parse(bytes_of(text), &value), STATUS_OK);
    return value;
}

static void assert_json(const json_t *value, const char *text)
{
    struct buf printed = { 0 };

    json_print(value, &printed);
    assert_buf_eq(&printed, text);
    buf_clear(&printed);
}

/* The three as text; both inputs must come out as they went in. */
static void assert_applied(const char *terms_text, const char *set_text,
                           const char *expected)
{
    json_t *terms = json(terms_text), *set = json(set_text), *out = NULL;

    assert_status(terms_apply(terms, set, &out), STATUS_OK);
    assert_json(out, expected);
    json_decref(out);
    assert_json(terms, terms_text);
    assert_json(set, set_text);
    json_decref(terms);
    json_decref(set);
}

TEST(an_amendment_changes_what_it_sets_and_nothing_else)
{
    assert_applied("{\"is\":\"x\",\"title\":\"A\",\"open\":true,\"note\":\"N\"}",
                   "{\"open\":false}",
                   "{\"is\":\"x\",\"title\":\"A\",\"open\":false,\"note\":\"N\"}");
    assert_applied("{\"title\":\"A\",\"note\":\"N\"}", "{\"note\":\"M\",\"title\":\"B\"}",
                   "{\"title\":\"B\",\"note\":\"M\"}");
}

TEST(null_removes_and_what_is_not_there_stays_away)
{
    assert_applied("{\"title\":\"A\",\"note\":\"N\",\"open\":true}",
                   "{\"note\":null,\"period\":null}", "{\"title\":\"A\",\"open\":true}");
    assert_applied("{\"note\":\"N\"}", "{\"note\":null}", "{}");
}

TEST(what_is_new_follows_in_the_order_of_the_amendment)
{
    assert_applied("{\"title\":\"A\",\"note\":\"N\"}",
                   "{\"period\":{\"end\":\"2027\"},\"note\":\"M\",\"budget\":{}}",
                   "{\"title\":\"A\",\"note\":\"M\",\"period\":{\"end\":\"2027\"},"
                   "\"budget\":{}}");
}

TEST(lists_and_objects_are_replaced_whole)
{
    assert_applied("{\"countries\":[\"KE\",\"PS\"],\"period\":{\"start\":\"2026\"}}",
                   "{\"countries\":[\"TG\"],\"period\":{\"end\":\"2027\"}}",
                   "{\"countries\":[\"TG\"],\"period\":{\"end\":\"2027\"}}");
    assert_applied("{\"countries\":[\"KE\"]}", "{\"countries\":[]}",
                   "{\"countries\":[]}");
}

TEST(amendments_follow_one_another)
{
    json_t *terms = json("{\"title\":\"A\",\"note\":\"N\"}");
    json_t *sets[] = { json("{\"note\":null}"), json("{\"title\":\"B\"}"),
                       json("{\"note\":\"back\"}") };

    for (size_t i = 0; i < 3; i++) {
        json_t *next = NULL;

        assert_status(terms_apply(terms, sets[i], &next), STATUS_OK);
        json_decref(terms);
        json_decref(sets[i]); /* what was shared lives on */
        terms = next;
    }
    assert_json(terms, "{\"title\":\"B\",\"note\":\"back\"}");
    json_decref(terms);
}

static json_t *read_examples(const char *kind)
{
    struct buf text = { 0 };
    json_t *examples = NULL;
    char path[256];

    snprintf(path, sizeof(path), "tests/record/examples/%s.json", kind);
    assert_status(file_read(path, 1 << 20, &text), STATUS_OK);
    assert_status(json_parse(buf_bytes(&text), &examples), STATUS_OK);
    buf_clear(&text);
    return examples;
}

/* As the ledger judges an amendment: the terms that come of it are checked whole. */
static enum status check_whole(const json_t *examples, const json_t *terms,
                               struct refusal *why)
{
    struct record_context ctx = { .log = json_member(examples, "log"),
                                  .org = json_member(examples, "author"),
                                  .line = 3 };
    enum kind kind;

    return kind_check(terms, &ctx, &kind, why);
}

TEST(what_examples_of_amendments_make_of_proposals_is_judged_as_a_whole)
{
    static const char *const kinds[][2] = {
        { "partnership.proposed", "partnership.amended" },
        { "commitment.proposed", "commitment.amended" },
        { "declaration.proposed", "declaration.amended" },
        { "pledge.made", "pledge.amended" },
    };
    unsigned accepted = 0, refused = 0;

    for (size_t k = 0; k < 4; k++) {
        json_t *proposals = read_examples(kinds[k][0]);
        json_t *amendments = read_examples(kinds[k][1]), *proposal, *amendment;
        size_t i, j;

        json_array_foreach(json_object_get(proposals, "accepted"), i, proposal)
        {
            json_array_foreach(json_object_get(amendments, "accepted"), j, amendment)
            {
                const json_t *record = json_object_get(amendment, "record");
                struct refusal why = { 0 };
                json_t *terms = NULL;

                assert_status(terms_apply(json_object_get(proposal, "record"),
                                          json_object_get(record, "set"), &terms),
                              STATUS_OK);
                if (check_whole(proposals, terms, &why) == STATUS_OK)
                    accepted++;
                else if (why.rule == RULE_PLEDGE_WORTH || why.rule == RULE_PLEDGE_SELF ||
                         why.rule == RULE_FIELD_MISSING || why.rule == RULE_SPLIT_SUM ||
                         why.rule == RULE_SPLIT_CODES)
                    refused++;
                else
                    fail_msg("%s: %s: %s", kinds[k][1], rule_name(why.rule), why.text);
                json_decref(terms);
            }
        }
        json_decref(proposals);
        json_decref(amendments);
    }
    assert_true(accepted > 50);
    assert_true(refused > 0); /* no worth left, a declaration of nothing */
}

static enum status tell(void *ctx, const char *path, const json_t *before,
                        const json_t *after)
{
    struct buf *told = ctx;

    buf_printf(told, "%s: ", path);
    if (before != NULL)
        json_print(before, told);
    buf_text(told, " -> ");
    if (after != NULL)
        json_print(after, told);
    buf_text(told, "\n");
    return buf_status(told);
}

static void assert_difference(const char *before_text, const char *after_text,
                              const char *expected)
{
    json_t *before = json(before_text), *after = json(after_text);
    struct buf told = { 0 };

    assert_status(terms_difference(before, after, tell, &told), STATUS_OK);
    assert_buf_eq(&told, expected);
    buf_clear(&told);
    json_decref(before);
    json_decref(after);
}

TEST(equal_terms_do_not_differ)
{
    assert_difference("{}", "{}", "");
    assert_difference("{\"title\":\"A\",\"period\":{\"start\":\"1\",\"end\":\"2\"}}",
                      "{\"period\":{\"end\":\"2\",\"start\":\"1\"},\"title\":\"A\"}", "");
}

TEST(changes_removals_and_additions_are_told_in_order)
{
    assert_difference("{\"title\":\"A\",\"note\":\"N\",\"open\":true}",
                      "{\"on\":\"2026\",\"open\":true,\"title\":\"B\"}",
                      "title: \"A\" -> \"B\"\n"
                      "note: \"N\" -> \n"
                      "on:  -> \"2026\"\n");
    assert_difference("{\"open\":true}", "{\"open\":\"yes\"}", "open: true -> \"yes\"\n");
}

TEST(texts_and_periods_differ_by_member)
{
    assert_difference(
        "{\"title\":{\"en\":\"A\",\"fr\":\"B\"},\"period\":{\"end\":\"1\"}}",
        "{\"title\":{\"en\":\"A\",\"fr\":\"C\"},\"period\":{\"end\":\"2\","
        "\"start\":\"1\"}}",
        "title.fr: \"B\" -> \"C\"\n"
        "period.end: \"1\" -> \"2\"\n"
        "period.start:  -> \"1\"\n");
    assert_difference("{\"title\":\"A\"}", "{\"title\":{\"en\":\"A\"}}",
                      "title: \"A\" -> {\"en\":\"A\"}\n");
}

TEST(money_differs_as_a_whole)
{
    assert_difference("{\"money\":{\"amount\":\"1\",\"currency\":\"USD\"}}",
                      "{\"money\":{\"amount\":\"2\",\"currency\":\"USD\"}}",
                      "money: {\"amount\":\"1\",\"currency\":\"USD\"} -> "
                      "{\"amount\":\"2\",\"currency\":\"USD\"}\n");
}

TEST(items_that_have_names_are_matched_by_them)
{
    assert_difference("{\"parties\":[{\"org\":\"a\",\"role\":\"x\"},{\"org\":\"b\"}]}",
                      "{\"parties\":[{\"org\":\"c\"},{\"org\":\"a\",\"role\":\"y\"}]}",
                      "parties[a].role: \"x\" -> \"y\"\n"
                      "parties[b]: {\"org\":\"b\"} -> \n"
                      "parties[c]:  -> {\"org\":\"c\"}\n");
    assert_difference("{\"deliverables\":[{\"id\":\"D1\",\"due\":\"2027\"}]}",
                      "{\"deliverables\":[{\"id\":\"D1\",\"due\":\"2028\"}]}",
                      "deliverables[D1].due: \"2027\" -> \"2028\"\n");
    assert_difference("{\"country_split\":[{\"code\":\"KE\",\"percent\":\"100\"}]}",
                      "{\"country_split\":[{\"code\":\"KE\",\"percent\":\"99\"}]}",
                      "country_split[KE].percent: \"100\" -> \"99\"\n");
    assert_difference(
        "{\"funded_by\":[{\"pledge\":\"a:1\",\"money\":{\"amount\":\"1\"}}]}",
        "{\"funded_by\":[{\"pledge\":\"a:1\",\"money\":{\"amount\":\"2\"}}]}",
        "funded_by[a:1].money: {\"amount\":\"1\"} -> {\"amount\":\"2\"}\n");
}

TEST(the_order_of_named_items_is_no_difference)
{
    assert_difference("{\"parties\":[{\"org\":\"a\"},{\"org\":\"b\"}]}",
                      "{\"parties\":[{\"org\":\"b\"},{\"org\":\"a\"}]}", "");
}

TEST(lists_without_names_differ_as_a_whole)
{
    assert_difference("{\"countries\":[\"KE\",\"PS\"]}", "{\"countries\":[\"KE\"]}",
                      "countries: [\"KE\",\"PS\"] -> [\"KE\"]\n");
    assert_difference("{\"schedule\":[{\"due\":\"1\"}]}",
                      "{\"schedule\":[{\"due\":\"2\"}]}",
                      "schedule: [{\"due\":\"1\"}] -> [{\"due\":\"2\"}]\n");
    /* Two of one name: which is which cannot be told. */
    assert_difference(
        "{\"refs\":[{\"id\":\"1\",\"scheme\":\"a\"}]}",
        "{\"refs\":[{\"id\":\"1\",\"scheme\":\"a\"},"
        "{\"id\":\"1\",\"scheme\":\"b\"}]}",
        "refs: [{\"id\":\"1\",\"scheme\":\"a\"}] -> "
        "[{\"id\":\"1\",\"scheme\":\"a\"},{\"id\":\"1\",\"scheme\":\"b\"}]\n");
}

TEST(an_absent_list_is_an_empty_one)
{
    assert_difference("{\"countries\":[]}", "{}", "");
    assert_difference("{}", "{\"countries\":[]}", "");
    assert_difference("{\"countries\":[]}", "{\"countries\":[\"KE\"]}",
                      "countries:  -> [\"KE\"]\n");
    assert_difference("{\"parties\":[{\"org\":\"a\"}]}", "{\"parties\":[]}",
                      "parties: [{\"org\":\"a\"}] -> \n");
}

static enum status stop_at_second(void *ctx, const char *path, const json_t *before,
                                  const json_t *after)
{
    unsigned *calls = ctx;

    (void)path;
    (void)before;
    (void)after;
    return ++*calls == 2 ? STATUS_USAGE : STATUS_OK;
}

TEST(who_is_told_can_end_it)
{
    json_t *before =
        json("{\"a\":1,\"parties\":[{\"org\":\"a\"},{\"org\":\"b\"}],\"c\":1}");
    json_t *after = json("{\"a\":2,\"parties\":[{\"org\":\"c\"}],\"c\":2}");
    unsigned calls = 0;

    assert_status(terms_difference(before, after, stop_at_second, &calls), STATUS_USAGE);
    assert_int_equal(calls, 2);
    json_decref(before);
    json_decref(after);
}

TEST(without_memory_nothing_is_made_up)
{
    json_t *terms =
        json("{\"title\":\"A\",\"parties\":[{\"org\":\"a\"},{\"org\":\"b\"}]}");
    json_t *set = json("{\"parties\":[{\"org\":\"a\",\"role\":\"x\"}],\"note\":\"N\"}");
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        json_t *out = NULL;
        enum status st;

        fault_arm(nth);
        st = terms_apply(terms, set, &out);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        assert_int_equal(out == NULL, fired);
        json_decref(out);
        assert_true(nth < 100);
    }
    fired = true;
    for (int nth = 1; fired; nth++) {
        struct buf told = { 0 };
        enum status st;

        fault_arm(nth);
        st = terms_difference(terms, set, tell, &told);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        buf_clear(&told);
        assert_true(nth < 100);
    }
    json_decref(terms);
    json_decref(set);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(an_amendment_changes_what_it_sets_and_nothing_else),
    TEST_OF(null_removes_and_what_is_not_there_stays_away),
    TEST_OF(what_is_new_follows_in_the_order_of_the_amendment),
    TEST_OF(lists_and_objects_are_replaced_whole),
    TEST_OF(amendments_follow_one_another),
    TEST_OF(what_examples_of_amendments_make_of_proposals_is_judged_as_a_whole),
    TEST_OF(equal_terms_do_not_differ),
    TEST_OF(changes_removals_and_additions_are_told_in_order),
    TEST_OF(texts_and_periods_differ_by_member),
    TEST_OF(money_differs_as_a_whole),
    TEST_OF(items_that_have_names_are_matched_by_them),
    TEST_OF(the_order_of_named_items_is_no_difference),
    TEST_OF(lists_without_names_differ_as_a_whole),
    TEST_OF(an_absent_list_is_an_empty_one),
    TEST_OF(who_is_told_can_end_it),
    TEST_OF(without_memory_nothing_is_made_up),
};
TEST_MAIN(tests)
