/* tests/unit/progress.c: what a day makes of deliverables and schedules */
#include "unit/test.h"

#include "base/clock.h"
#include "ledger/progress.h"
#include "record/json.h"

/* ' stands for " */
static json_t *json(const char *text)
{
    char *copy = strdup(text);
    json_t *out = NULL;

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    assert_status(json_parse(bytes_of(copy), &out), STATUS_OK);
    free(copy);
    return out;
}

#define ON day_number(2026, 11, 23)

/* Its texts are those of static strings' copies: only what lasts is returned. */
static struct progress progress(const char *deliverable, const char *report,
                                int64_t heard, int64_t on, char due[16])
{
    json_t *d = json(deliverable), *r = report != NULL ? json(report) : NULL;
    struct progress p;

    progress_of(d, r, heard, on, &p);
    snprintf(due, 16, BYTES_FMT, BYTES_ARG(p.due));
    json_decref(d);
    json_decref(r);
    return p;
}

static int percent(const char *deliverable, const char *report)
{
    char due[16];

    return progress(deliverable, report, INT64_MAX, ON, due).percent;
}

TEST(percent_is_of_the_way_from_baseline_to_target)
{
    static const char *const up = "{'measure':'unit','baseline':'1000','target':'5000'}";
    static const char *const down =
        "{'measure':'percentage','baseline':'30','target':'10','descending':true}";

    assert_int_equal(percent(up, "{'value':'4000'}"), 75);
    assert_int_equal(percent(up, "{'value':'1000'}"), 0);
    assert_int_equal(percent(up, "{'value':'500'}"), 0);
    assert_int_equal(percent(up, "{'value':'9000'}"), 200);
    assert_int_equal(percent(up, "{'value':'4999.999999999999'}"), 99);
    assert_int_equal(percent(down, "{'value':'25'}"), 25);
    assert_int_equal(percent(down, "{'value':'10.00'}"), 100);
    assert_int_equal(percent(down, "{'value':'35'}"), 0);
    assert_int_equal(percent("{'measure':'unit','target':'3'}", "{'value':'1'}"), 33);
    assert_int_equal(percent("{'measure':'unit','target':'0.3'}", "{'value':'0.1'}"), 33);
    assert_int_equal(
        percent("{'measure':'unit','baseline':'-2','target':'2'}", "{'value':'-1'}"), 25);
    assert_int_equal(
        percent("{'measure':'unit','baseline':'7','target':'7.0'}", "{'value':'7.00'}"),
        100);
    assert_int_equal(
        percent("{'measure':'unit','baseline':'7','target':'7'}", "{'value':'6'}"), 0);
}

/* Ten times 0.1 is 1, and 18 digits are 18 digits. */
TEST(percent_is_exact)
{
    assert_int_equal(percent("{'measure':'unit','target':'0.7'}", "{'value':'0.07'}"),
                     10);
    assert_int_equal(percent("{'measure':'unit','target':'1.1'}", "{'value':'0.011'}"),
                     1);
    assert_int_equal(percent("{'measure':'unit','target':'999999999999999999'}",
                             "{'value':'999999999999999998'}"),
                     99);
    assert_int_equal(percent("{'measure':'unit','target':'999999999999999999'}",
                             "{'value':'999999999999999999'}"),
                     100);
    assert_int_equal(percent("{'measure':'unit','baseline':'-999999999999999999',"
                             "'target':'0.00000000000000001'}",
                             "{'value':'999999999999999999'}"),
                     199);
    assert_int_equal(percent("{'measure':'unit','target':'0.00000000000000001'}",
                             "{'value':'999999999999999999'}"),
                     PROGRESS_PERCENT_MAX);
}

TEST(percent_is_unknown_where_the_way_is)
{
    assert_int_equal(percent("{'measure':'unit','target':'5'}", NULL), -1);
    assert_int_equal(percent("{'measure':'unit'}", "{'value':'5'}"), -1);
    assert_int_equal(percent("{'measure':'nominal','target':'5'}", "{'value':'5'}"), -1);
    assert_int_equal(
        percent("{'measure':'unit','target':'5','descending':true}", "{'value':'5'}"),
        -1);
    assert_int_equal(percent("{'measure':'unit','target':'0'}", "{'value':'5'}"), -1);
}

static void track_is(const char *deliverable, const char *report, int64_t on,
                     const char *track, const char *due)
{
    char next[16];
    struct progress p = progress(deliverable, report, INT64_MAX, on, next);

    assert_string_equal(track_name(p.track), track);
    assert_string_equal(next, due);
    assert_string_equal(stale_name(p.stale), "");
}

TEST(track_follows_from_the_day)
{
    static const char *const d = "{'measure':'unit','target':'5','due':'2026-12'}";

    track_is(d, NULL, day_number(2026, 10, 1), "on-track", "2026-12");
    track_is(d, NULL, day_number(2026, 10, 2), "due-soon", "2026-12");
    track_is(d, NULL, day_number(2026, 12, 31), "due-soon", "2026-12");
    track_is(d, NULL, day_number(2027, 1, 1), "overdue", "2026-12");
    track_is(d, "{'value':'4.9'}", day_number(2027, 1, 1), "overdue", "2026-12");
    track_is(d, "{'value':'5'}", day_number(2027, 1, 1), "done", "");
    track_is(d, "{'value':'5','qualifier':'forecast'}", ON, "due-soon", "2026-12");
    track_is(d, "{'value':'1','state':'achieved'}", ON, "done", "");
    track_is("{'measure':'unit','target':'5'}", "{'value':'1'}", ON, "", "");
    track_is("{'measure':'nominal','target':'in force','due':'2025'}",
             "{'value':'drafted'}", ON, "overdue", "2025");
    track_is("{'measure':'nominal','target':'in force','due':'2025'}",
             "{'value':'in force'}", ON, "done", "");
    track_is("{'measure':'unit','target':'5','descending':true,'due':'2027'}",
             "{'value':'4'}", ON, "done", "");
    track_is("{'measure':'unit','target':'5','due':'2025','dropped':true}", NULL, ON, "",
             "");
}

TEST(milestones_come_before_the_target)
{
    static const char *const d =
        "{'measure':'unit','baseline':'0','target':'90','due':'2028','milestones':["
        "{'period':{'start':'2027','end':'2027-06'},'target':'60'},"
        "{'period':{'end':'2026'},'target':'30'},{'period':{'end':'2020'}}]}";
    char due[16];

    track_is(d, NULL, ON, "due-soon", "2026");
    track_is(d, "{'value':'29'}", day_number(2027, 1, 1), "overdue", "2026");
    track_is(d, "{'value':'30'}", day_number(2027, 1, 1), "on-track", "2027-06");
    track_is(d, "{'value':'60'}", day_number(2027, 7, 1), "on-track", "2028");
    track_is(d, "{'value':'90'}", day_number(2027, 7, 1), "done", "");
    assert_true(progress(d, NULL, INT64_MAX, ON, due).milestone);
    assert_false(progress(d, "{'value':'60'}", INT64_MAX, ON, due).milestone);
}

static enum stale stale(const char *report, int64_t heard, int64_t on)
{
    char due[16];

    return progress("{'measure':'unit','target':'5'}", report, heard, on, due).stale;
}

TEST(what_is_not_heard_of_grows_stale)
{
    int64_t heard = day_number(2024, 2, 29);

    assert_int_equal(stale(NULL, heard, day_number(2025, 2, 28)), STALE_NO);
    assert_int_equal(stale(NULL, heard, day_number(2025, 3, 1)), STALE_AMBER);
    assert_int_equal(stale(NULL, heard, day_number(2026, 2, 28)), STALE_AMBER);
    assert_int_equal(stale(NULL, heard, day_number(2026, 3, 1)), STALE_RED);
    assert_int_equal(stale("{'value':'5'}", heard, day_number(2029, 3, 1)), STALE_NO);
    assert_int_equal(stale(NULL, INT64_MAX, day_number(2029, 3, 1)), STALE_NO);
}

/* "place state paid" of each, by day */
static void payments_are(const char *pledge, const char *schedule, const char *expected)
{
    json_t *row = json(pledge), *terms = json(schedule);
    struct payment *list = NULL;
    struct buf out = { 0 };
    size_t n = 0;

    assert_status(progress_payments(row, terms, ON, &list, &n), STATUS_OK);
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%zu %s %lld\n", list[i].place,
                   payment_state_name(list[i].state), (long long)list[i].paid);
    assert_buf_eq(&out, expected);
    assert_int_equal(progress_overdue(list, n), strstr(expected, "overdue") != NULL);
    buf_clear(&out);
    free(list);
    json_decref(row);
    json_decref(terms);
}

#define USD(amount) "'money':{'amount':'" amount "','currency':'USD'}"
static const char schedule[] =
    "{'schedule':[{'due':'2027'," USD("10") "},{'due':'2025'," USD(
        "20.50") "},{'due':'2026-11'," USD("5") "},{'due':"
                                                "'2025','money':{'amount':'7','currency':"
                                                "'JPY'}}]}";

TEST(what_was_sent_pays_the_earliest_first)
{
    payments_are("{'status':'announced','currency':'USD','money':{'disbursed':'0'}}",
                 schedule, "1 overdue 0\n3  0\n2 due 0\n0 due 0\n");
    payments_are("{'status':'part-disbursed','currency':'USD','money':{'disbursed':"
                 "'2049'}}",
                 schedule, "1 overdue 2049\n3  0\n2 due 0\n0 due 0\n");
    payments_are("{'status':'part-disbursed','currency':'USD','money':{'disbursed':'0',"
                 "'received':'2000','fees':'100'}}",
                 schedule, "1 paid 2050\n3  0\n2 due 50\n0 due 0\n");
    payments_are("{'status':'withdrawn','currency':'USD','money':{'disbursed':'2600'}}",
                 schedule, "1 paid 2050\n3  0\n2 paid 500\n0 void 50\n");
}

TEST(an_unstated_pledge_owes_what_its_schedule_says)
{
    payments_are("{'status':'announced','money':{}}", schedule,
                 "1 overdue 0\n3 overdue 0\n2 due 0\n0 due 0\n");
    payments_are("{'status':'announced','money':{}}", "{}", "");
}

TEST(outstanding_is_what_is_still_to_come)
{
    json_t *row = json("{'money':{'pledged':'100','disbursed':'30','received':'39',"
                       "'fees':'1','outstanding':'60'}}");

    assert_int_equal(progress_sent(row), 40);
    assert_int_equal(progress_outstanding(row), 60);
    json_decref(row);
}

TEST(days_of_times)
{
    struct buf out = { 0 };

    assert_int_equal(progress_day(86399), 0);
    assert_int_equal(progress_day(-1), -1);
    progress_day_print(progress_day(86400), &out);
    assert_buf_eq(&out, "1970-01-02");
    buf_clear(&out);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(percent_is_of_the_way_from_baseline_to_target),
    TEST_OF(percent_is_exact),
    TEST_OF(percent_is_unknown_where_the_way_is),
    TEST_OF(track_follows_from_the_day),
    TEST_OF(milestones_come_before_the_target),
    TEST_OF(what_is_not_heard_of_grows_stale),
    TEST_OF(what_was_sent_pays_the_earliest_first),
    TEST_OF(an_unstated_pledge_owes_what_its_schedule_says),
    TEST_OF(outstanding_is_what_is_still_to_come),
    TEST_OF(days_of_times),
};

TEST_MAIN(tests)
