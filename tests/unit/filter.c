/* tests/unit/filter.c: query strings, and filters over facets */
#include "test.h"

#include "face/filter.h"
#include "record/json.h"

static struct filter *parsed(const char *query)
{
    struct filter *f = NULL;
    char why[200];

    assert_status(filter_parse(bytes_of(query), &f, why), STATUS_OK);
    return f;
}

static void refused(const char *query, const char *word)
{
    struct filter *f = NULL;
    char why[200];

    assert_status(filter_parse(bytes_of(query), &f, why), STATUS_REFUSED);
    assert_non_null(strstr(why, word));
    assert_null(f);
}

static bool matches(const char *query, const char *is, const char *facets)
{
    struct filter *f = parsed(query);
    json_t *json = NULL;
    bool yes;

    assert_status(json_parse(bytes_of(facets), &json), STATUS_OK);
    yes = filter_match(f, bytes_of(is), json);
    json_decref(json);
    filter_free(f);
    return yes;
}

TEST(a_parameter_is_decoded)
{
    struct bytes query = bytes_of("q=a+b%2Fc&x&country=PS&q=%C3%A9&=3&q");
    struct buf out = { 0 };

    assert_status(query_param(query, "q", 0, &out), STATUS_OK);
    assert_buf_eq(&out, "a b/c");
    assert_status(query_param(query, "q", 1, &out), STATUS_OK);
    assert_buf_eq(&out, "é");
    assert_status(query_param(query, "q", 2, &out), STATUS_OK);
    assert_buf_eq(&out, "");
    assert_status(query_param(query, "q", 3, &out), STATUS_NOT_FOUND);
    assert_status(query_param(query, "x", 0, &out), STATUS_OK);
    assert_buf_eq(&out, "");
    assert_status(query_param(query, "", 0, &out), STATUS_OK);
    assert_buf_eq(&out, "3");
    assert_status(query_param(bytes_of(""), "q", 0, &out), STATUS_NOT_FOUND);
    buf_clear(&out);
}

TEST(a_bad_escape_is_malformed)
{
    static const char *const bad[] = { "q=%",   "q=%4",        "q=%zz",    "q=%00",
                                       "q=%ff", "q=%ed%a0%80", "q=%c0%af", "q=a%2" };
    struct buf out = { 0 };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_status(query_param(bytes_of(bad[i]), "q", 0, &out), STATUS_MALFORMED);
        assert_int_equal(out.len, 0);
    }
    /* Somebody else's bad value is not our matter. */
    assert_status(query_param(bytes_of("x=%ff&q=1"), "q", 0, &out), STATUS_OK);
    buf_clear(&out);
}

TEST(a_segment_comes_back_as_it_went)
{
    struct bytes id = bytes_of("KE-NCB-OP.218/051/95/010:PL 1+é%");
    struct buf text = { 0 }, again = { 0 };

    query_encode_segment(id, &text);
    assert_buf_eq(&text, "KE-NCB-OP.218%2F051%2F95%2F010:PL%201%2B%C3%A9%25");
    assert_status(query_decode_segment(buf_bytes(&text), &again), STATUS_OK);
    assert_same_bytes(buf_bytes(&again), id);
    buf_reset(&again);
    assert_status(query_decode_segment(bytes_of("a+b"), &again), STATUS_OK);
    assert_buf_eq(&again, "a+b");
    buf_clear(&text);
    buf_clear(&again);
}

TEST(equal_filters_have_equal_texts)
{
    static const char *const same[] = {
        "country=PS&network=spiac-b&donor=KW-KFAED",
        "since=4&donor=kw-kfaed&network=spiac-b&country=PS&country=PS",
        "network=spiac%2Db&country=%50S&donor=KW-kfaed&wait=3",
    };

    for (size_t i = 0; i < 3; i++) {
        struct filter *f = parsed(same[i]), *dup = NULL;

        assert_string_equal(filter_text(f), "country=PS&donor=kw-kfaed&network=spiac-b");
        assert_false(filter_empty(f));
        assert_status(filter_dup(f, &dup), STATUS_OK);
        assert_string_equal(filter_text(f), filter_text(dup));
        filter_free(dup);
        filter_free(f);
    }
}

TEST(nothing_said_is_an_empty_filter)
{
    struct filter *f = parsed("since=3&limit=5");

    assert_true(filter_empty(f));
    assert_string_equal(filter_text(f), "");
    assert_null(filter_sole(f, "country"));
    filter_free(f);
    f = parsed("country=PS");
    assert_string_equal(filter_sole(f, "country"), "PS");
    assert_null(filter_sole(f, "network"));
    filter_free(f);
    filter_free(NULL);
}

TEST(a_value_that_cannot_be_one_is_refused)
{
    struct buf many = { 0 };

    refused("country=Atlantis", "country");
    refused("country=ps", "country cannot be \"ps\"");
    refused("network=Spiac_B", "network");
    refused("org=", "org");
    refused("org=%20", "org");
    refused("theme=football", "theme");
    refused("is=PLEDGE", "is");
    refused("is=pled", "is cannot be \"pled\"");
    refused("is=pledge.", "is");
    refused("is=nonsense", "is cannot be \"nonsense\"");
    refused("status=%ff", "status");
    refused("status=recieved", "status");
    for (int i = 0; i < FILTER_VALUES_MAX; i++)
        buf_printf(&many, "network=n-%d&", i);
    filter_free(parsed(buf_str(&many)));
    buf_text(&many, "country=PS");
    refused(buf_str(&many), "64");
    buf_clear(&many);
}

static const char *const pledge =
    "{\"networks\":[\"spiac-b\"],\"countries\":[\"PS\",\"KE\"],\"themes\":[\"health\"],"
    "\"orgs\":[\"XM-DAC-41302\",\"KW-KFAED\"],\"donor\":\"KW-KFAED\","
    "\"recipient\":\"XM-DAC-41302\",\"status\":\"announced\"}";

static void unknown(const char *query, const char *said)
{
    char why[200];

    assert_status(filter_names_known(bytes_of(query), why), STATUS_REFUSED);
    assert_string_equal(why, said);
}

TEST(a_name_that_nothing_takes_is_refused_and_the_nearest_told)
{
    char why[200];

    assert_status(filter_names_known(bytes_of(""), why), STATUS_OK);
    assert_status(
        filter_names_known(bytes_of("donor=44000&limit=3&lang=fr&&after=c1&"), why),
        STATUS_OK);
    unknown("donr=44000", "there is no parameter \"donr\"; did you mean donor?");
    unknown("limit=3&countries=KE",
            "there is no parameter \"countries\"; did you mean country?");
    unknown("zzzzzzzzzz", "there is no parameter \"zzzzzzzzzz\"");
    unknown("%0A=1", "a parameter has a name that no path takes");
    unknown("=1", "a parameter has a name that no path takes");
}

TEST(repeated_values_mean_or_and_names_mean_and)
{
    assert_true(matches("", "pledge.made", pledge));
    assert_true(matches("country=PS", "pledge.made", pledge));
    assert_true(matches("country=FR&country=KE", "pledge.made", pledge));
    assert_false(matches("country=FR", "pledge.made", pledge));
    assert_true(matches("country=PS&network=spiac-b", "pledge.made", pledge));
    assert_false(matches("country=PS&network=usp2030", "pledge.made", pledge));
    assert_true(matches("donor=kw-kfaed", "pledge.made", pledge));
    assert_false(matches("recipient=KW-KFAED", "pledge.made", pledge));
    assert_true(matches("org=xm-dac-41302", "pledge.made", pledge));
    assert_true(matches("status=announced&theme=health", "pledge.made", pledge));
    assert_false(matches("status=received", "pledge.made", pledge));
}

TEST(a_kind_is_matched_by_itself_or_its_prefix)
{
    assert_true(matches("is=pledge", "pledge.made", pledge));
    assert_true(matches("is=pledge", "pledge", pledge));
    assert_true(matches("is=pledge.made", "pledge.made", pledge));
    assert_false(matches("is=pledge.made", "pledge.made_up", pledge));
    assert_false(matches("is=pledge.made", "pledge", pledge));
    assert_false(matches("is=commitment", "pledge.made", pledge));
}

TEST(nothing_known_matches_only_no_filter)
{
    assert_true(matches("", "key.added", "{}"));
    assert_false(matches("country=PS", "key.added", "{}"));
    assert_false(matches("status=announced", "key.added", "{}"));
}

static void words_are(const char *query, const char *words)
{
    struct filter *f = NULL;
    struct buf out = { 0 };
    char why[200];

    assert_status(filter_parse(bytes_of(query), &f, why), STATUS_OK);
    filter_words(f, &out);
    assert_string_equal(buf_str(&out), words);
    buf_clear(&out);
    filter_free(f);
}

TEST(a_filter_is_looked_up_by_what_the_index_has)
{
    words_are("", "");
    words_are("is=pledge", "");
    words_are("status=in-progress&is=pledge", "(facets : \"statusinprogress\")");
    words_are("country=PS&status=agreed&country=KE",
              "(facets : \"countryke\" OR facets : \"countryps\") AND (facets : "
              "\"statusagreed\")");
    words_are("network=spiac-b&donor=KE-NCB-OP.218/051",
              "(facets : \"donorkencbop218051\") AND (facets : \"networkspiacb\")");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_filter_is_looked_up_by_what_the_index_has),
    TEST_OF(a_parameter_is_decoded),
    TEST_OF(a_bad_escape_is_malformed),
    TEST_OF(a_segment_comes_back_as_it_went),
    TEST_OF(equal_filters_have_equal_texts),
    TEST_OF(nothing_said_is_an_empty_filter),
    TEST_OF(a_value_that_cannot_be_one_is_refused),
    TEST_OF(a_name_that_nothing_takes_is_refused_and_the_nearest_told),
    TEST_OF(repeated_values_mean_or_and_names_mean_and),
    TEST_OF(a_kind_is_matched_by_itself_or_its_prefix),
    TEST_OF(nothing_known_matches_only_no_filter),
};

TEST_MAIN(tests)
