#include "unit/test.h"

#include "base/fault.h"
#include "record/json.h"

static enum status parse(struct bytes line, struct refusal *why)
{
    json_t *value = NULL;
    enum status st = json_line_parse(line, 4, &value, why);

    assert_int_equal(st == STATUS_OK, value != NULL);
    json_decref(value);
    return st;
}

static void assert_accepted(const char *line)
{
    struct refusal why = { 0 };

    if (parse(bytes_of(line), &why) != STATUS_OK)
        fail_msg("%s: %s: %s", line, rule_name(why.rule), why.text);
}

static void assert_refused(const char *line, enum rule rule)
{
    struct refusal why = { 0 };

    assert_status(parse(bytes_of(line), &why), STATUS_REFUSED);
    if (why.rule != rule)
        fail_msg("%s: %s (%s), expected %s", line, rule_name(why.rule), why.text,
                 rule_name(rule));
    assert_int_equal(why.line, 4);
}

TEST(objects_are_accepted)
{
    assert_accepted("{}");
    assert_accepted("{ \"a\" : [ 1 , true , null , { } ] }");
    assert_accepted("{\"a\":0,\"b\":-1,\"c\":9007199254740991,\"d\":-9007199254740991}");
    assert_accepted("{\"a\":\"-0 1.5 1e5 { [ [ [ [ [ [ [ [ [ \\\" \\\\\"}");
    assert_accepted("{\"a\":\"\\n\\u000a\\/\\u00e9\\ud83c\\udf0d\xf0\x9f\x8c\x8d\"}");
    assert_accepted("{\"a\":\"\\u2027\\u202f\\u2065\\u206a\\u00a0\\u007e\"}");
}

TEST(what_is_not_json_is_refused)
{
    static const char *const bad[] = { "",
                                       "{",
                                       "}",
                                       "[]",
                                       "5",
                                       "\"a\"",
                                       "null",
                                       "{}{}",
                                       "{} x",
                                       "{\"a\":1,}",
                                       "{a:1}",
                                       "{'a':1}",
                                       "{\"a\"}",
                                       "{\"a\":01}",
                                       "{\"a\":+1}",
                                       "{\"a\":.5}",
                                       "{\"a\":NaN}",
                                       "{\"a\":tru}",
                                       "{\"a\":\"",
                                       "{\"a\":\"\\",
                                       "{\"a\":\"\\u12",
                                       "{\"a\":\"\\u12xy\"}",
                                       "{\"a\":\"\\x\"}",
                                       "{\"a\":1}//",
                                       "\xef\xbb\xbf{}",
                                       "{\"a\":\"\\ud83c\\udf0",
                                       "{\"a\":\"\\\xc3\xa4\"}" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct refusal why = { 0 };

        assert_status(parse(bytes_of(bad[i]), &why), STATUS_REFUSED);
        if (why.rule != RULE_JSON_SYNTAX && why.rule != RULE_JSON_CHARACTER)
            fail_msg("%s: %s", bad[i], rule_name(why.rule));
    }
    assert_refused("{\"a\":1,}", RULE_JSON_SYNTAX);
    assert_refused("[{}]", RULE_JSON_SYNTAX);
    assert_status(parse((struct bytes){ (const uint8_t *)"{\"a\":1}\0", 8 }, NULL),
                  STATUS_REFUSED);
}

TEST(invalid_utf8_is_refused)
{
    assert_refused("{\"a\":\"\xff\"}", RULE_NOTE_UTF8);
    assert_refused("{\"a\":\"\xed\xa0\x80\"}", RULE_NOTE_UTF8);
    assert_refused("{\"a\":\"\xc0\xaf\"}", RULE_NOTE_UTF8);
}

TEST(names_are_unique_after_unescaping)
{
    assert_refused("{\"a\":1,\"a\":1}", RULE_JSON_DUPLICATE);
    assert_refused("{\"a\":1,\"\\u0061\":2}", RULE_JSON_DUPLICATE);
    assert_refused("{\"x\":[{\"b\":1,\"c\":2,\"b\":3}]}", RULE_JSON_DUPLICATE);
    assert_accepted("{\"a\":{\"a\":1},\"b\":{\"a\":1},\"A\":1}");
}

TEST(depth_is_eight)
{
    assert_accepted("{\"a\":[[[[[[[1]]]]]]]}");
    assert_refused("{\"a\":[[[[[[[[1]]]]]]]]}", RULE_JSON_DEPTH);
    assert_accepted("{\"a\":[[],[],[],[],[],[],[],[],[],[]]}");
    assert_refused(
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}",
        RULE_JSON_DEPTH);
}

TEST(numbers_are_integers)
{
    static const char *const bad[] = { "-0",
                                       "0.0",
                                       "1.0",
                                       "1e2",
                                       "1E2",
                                       "-1.5",
                                       "0e0",
                                       "9007199254740992",
                                       "-9007199254740992",
                                       "1e400",
                                       "99999999999999999999999999",
                                       "-00" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[64];

        snprintf(line, sizeof(line), "{\"a\":%s}", bad[i]);
        assert_refused(line, RULE_JSON_NUMBER);
        snprintf(line, sizeof(line), "{\"a\":[1, %s ,2]}", bad[i]);
        assert_refused(line, RULE_JSON_NUMBER);
    }
}

TEST(some_characters_stand_in_no_string)
{
    static const char *const bad[] = { "\\u0000",
                                       "\\u0009",
                                       "\\u000d",
                                       "\\u001F",
                                       "\\u007f",
                                       "\\u0080",
                                       "\\u009f",
                                       "\\u2028",
                                       "\\u202e",
                                       "\\u2066",
                                       "\\u2069",
                                       "\\ud800",
                                       "\\udc00",
                                       "\\udc00\\ud800",
                                       "\\ud83cx",
                                       "\\ud83c\\n",
                                       "\\ud83c\\u0041",
                                       "\\t",
                                       "\\r",
                                       "\\b",
                                       "\\f",
                                       "\t",
                                       "\n",
                                       "\x7f",
                                       "\xc2\x85",
                                       "\xe2\x80\xa8",
                                       "\xe2\x80\xae",
                                       "\xe2\x81\xa6" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[64];

        snprintf(line, sizeof(line), "{\"a\":\"x%sy\"}", bad[i]);
        assert_refused(line, RULE_JSON_CHARACTER);
        snprintf(line, sizeof(line), "{\"x%sy\":1}", bad[i]); /* names are strings too */
        assert_refused(line, RULE_JSON_CHARACTER);
    }
}

TEST(without_memory_nothing_is_refused)
{
    json_t *value = NULL;

    fault_arm(1);
    assert_status(json_line_parse(BYTES_LIT("{\"a\":1}"), 1, &value, NULL), STATUS_NOMEM);
    assert_true(fault_disarm());
    fault_arm(1);
    assert_status(json_parse(BYTES_LIT("{\"a\":1}"), &value), STATUS_NOMEM);
    assert_true(fault_disarm());
    assert_null(value);
}

/* Our own rows. */
TEST(parse_and_print_go_together)
{
    struct buf text = { 0 };
    json_t *value = NULL;

    assert_status(json_parse(BYTES_LIT("[{\"b\": 1, \"a\": \"\xc3\xa9\"}]"), &value),
                  STATUS_OK);
    json_print(value, &text);
    assert_buf_eq(&text, "[{\"b\":1,\"a\":\"\xc3\xa9\"}]");
    buf_reset(&text);
    json_print_sorted(value, &text);
    assert_buf_eq(&text, "[{\"a\":\"\xc3\xa9\",\"b\":1}]");
    buf_reset(&text);
    json_print_pretty(value, &text);
    assert_buf_eq(&text, "[\n  {\n    \"b\": 1,\n    \"a\": \"\xc3\xa9\"\n  }\n]");
    json_decref(value);

    assert_status(json_parse(BYTES_LIT("{\"a\":1,\"a\":1}"), &value), STATUS_MALFORMED);
    assert_status(json_parse(BYTES_LIT("{"), &value), STATUS_MALFORMED);

    buf_reset(&text);
    json_print(NULL, &text);
    assert_int_equal(buf_status(&text), STATUS_NOMEM);
    buf_clear(&text);
}

TEST(strings_are_borrowed_and_made)
{
    json_t *object = json_object();

    assert_int_equal(json_object_set_new(object, "a", json_of(BYTES_LIT("x"))), 0);
    assert_int_equal(json_object_set_new(object, "n", json_integer(1)), 0);
    assert_bytes_eq(json_member(object, "a"), "x");
    assert_bytes_eq(json_member(object, "n"), "");
    assert_bytes_eq(json_member(object, "none"), "");
    assert_bytes_eq(json_bytes(NULL), "");
    assert_int_equal(json_object_set_new(object, "e", json_of((struct bytes){ 0 })), 0);
    assert_null(json_of(BYTES_LIT("\xff")));
    json_decref(object);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(objects_are_accepted),
    TEST_OF(what_is_not_json_is_refused),
    TEST_OF(invalid_utf8_is_refused),
    TEST_OF(names_are_unique_after_unescaping),
    TEST_OF(depth_is_eight),
    TEST_OF(numbers_are_integers),
    TEST_OF(some_characters_stand_in_no_string),
    TEST_OF(without_memory_nothing_is_refused),
    TEST_OF(parse_and_print_go_together),
    TEST_OF(strings_are_borrowed_and_made),
};
TEST_MAIN(tests)
