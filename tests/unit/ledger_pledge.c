/* Pledges: made, joined, paid, received; and the totals that follow. */
#include "unit/scribe.h"

#define MADE                                                                   \
    "{'is':'pledge.made','id':'%s','title':'T','donor':'%s','recipient':'%s'," \
    "'basis':'announced',%s}"
#define MONEY(amount, currency) \
    "'money':{'amount':'" amount "','currency':'" currency "'}"
#define USD(amount) MONEY(amount, "USD")
#define STEP "{'is':'pledge.%s','id':'%s','tx':'%s',%s}"
#define ACCEPT "{'is':'pledge.accepted','id':'%s','rev':'%s'}"

#define FR1 "FR-3:1"
#define KE1 "KE-GOV:1"

struct cast {
    struct stage *s;
    struct scribe *fr, *ke; /* a donor and a recipient, members of spiac-b */
};

static struct cast cast_new(void)
{
    struct cast c = { .s = stage_new() };

    c.fr = stage_join(c.s, "FR-3");
    c.ke = stage_join(c.s, "KE-GOV");
    return c;
}

static const char *rev(struct stage *s, const char *id)
{
    static char text[128];

    stage_commit(s);
    snprintf(text, sizeof(text), "%s", stage_rev(s, id));
    return text;
}

/* Of the committed state, a column of "<attested>" as text; "" where there is none. */
#define TOTAL_IS(s, key, path, text) \
    assert_string_equal(stage_text((s), STORE_TOTAL, (key), (path)), (text))

TEST(a_pledge_runs_its_course)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV",
                 USD("700000.00") ",'networks':['spiac-b'],'countries':['KE']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "announced");
    SUBJECT_IS(s, FR1, "attested", "donor");
    SUBJECT_IS(s, FR1, "flags", "[\"one-sided\"]");
    SUBJECT_IS(s, FR1, "money.pledged", "70000000");
    SUBJECT_IS(s, FR1, "money.new", "70000000");
    TOTAL_IS(s, "all all USD", "donor.pledged", "70000000");
    TOTAL_IS(s, "country KE USD", "donor.new", "70000000");

    ACCEPTED(say(s, c.ke, ACCEPT, FR1, rev(s, FR1)));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "attested", "both");
    SUBJECT_IS(s, FR1, "flags", "[]");
    TOTAL_IS(s, "all all USD", "donor", "");
    TOTAL_IS(s, "network spiac-b USD", "both.pledged", "70000000");
    TOTAL_IS(s, "all all USD", "both.pledges", "1");

    ACCEPTED(say(s, c.fr, STEP, "committed", FR1, "C1", USD("700000")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "committed");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D1", USD("300000")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "part-disbursed");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D2", USD("400000")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "disbursed");
    SUBJECT_IS(s, FR1, "facets.status", "disbursed");
    ACCEPTED(
        say(s, c.ke, STEP, "received", FR1, "R1",
            USD("699990") ",'of':['D1','D2'],'fees':{'amount':'10','currency':'USD'}"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "received");
    SUBJECT_IS(s, FR1, "flags", "[]");
    SUBJECT_IS(s, FR1, "money.fees", "1000");
    TOTAL_IS(
        s, "donor FR-3 USD", "both",
        "{\"pledged\":\"70000000\",\"new\":\"70000000\",\"own_funds\":\"0\","
        "\"committed\":\"70000000\","
        "\"disbursed\":\"70000000\",\"received\":\"69999000\","
        "\"refunded\":\"0\",\"spent\":\"0\",\"outstanding\":\"0\",\"disputed\":\"0\","
        "\"pledges\":1}");
    TOTAL_IS(s, "recipient KE-GOV USD", "both.received", "69999000");
    TOTAL_IS(s, "currency USD USD", "both.disbursed", "70000000");
    stage_free(s);
}

TEST(who_makes_and_joins_a_pledge)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    stage_list(s, "DE-1");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "XX-1", USD("1")), "org.unknown");
    REFUSED(say(s, c.fr, MADE, FR1, "XX-1", "KE-GOV", USD("1")), "org.unknown");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("1") ",'networks':['x1']"),
            "network.unknown");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "FR-3", USD("1")), "pledge.self");

    /* By a third party: either side joins, then the other. */
    ACCEPTED(say(s, &s->ilo, MADE, "XM-DAC-41302:1", "FR-3", "KE-GOV", USD("1")));
    rev(s, "XM-DAC-41302:1");
    SUBJECT_IS(s, "XM-DAC-41302:1", "attested", "third-party");
    TOTAL_IS(s, "all all USD", "third-party.pledged", "100");
    REFUSED(say(s, &s->ilo, ACCEPT, "XM-DAC-41302:1", stage_rev(s, "XM-DAC-41302:1")),
            "author.not-a-party");
    ACCEPTED(say(s, c.ke, ACCEPT, "XM-DAC-41302:1", stage_rev(s, "XM-DAC-41302:1")));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "attested", "recipient");
    TOTAL_IS(s, "all all USD", "recipient.pledged", "100");
    REFUSED(say(s, c.ke, ACCEPT, "XM-DAC-41302:1", stage_rev(s, "XM-DAC-41302:1")),
            "author.not-allowed");
    ACCEPTED(say(s, c.fr, ACCEPT, "XM-DAC-41302:1", stage_rev(s, "XM-DAC-41302:1")));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "attested", "both");
    TOTAL_IS(s, "all all USD", "third-party", "");
    REFUSED(say(s, c.fr, ACCEPT, "XM-DAC-41302:1", stage_rev(s, "XM-DAC-41302:1")),
            "life.state");

    /* Both at once, by the recipient for a keyless donor, from the public. */
    ACCEPTED(say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("1")));
    ACCEPTED(say(s, c.ke, MADE, KE1, "DE-1", "KE-GOV", USD("1")));
    ACCEPTED(say(s, c.ke, MADE, KE1 "2", "public", "KE-GOV", USD("1")));
    ACCEPTED(
        say(s, c.ke, MADE, KE1 "3", "KE-GOV", "KE-GOV", USD("1") ",'own_funds':true"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "attested", "both");
    SUBJECT_IS(s, KE1, "attested", "recipient");
    SUBJECT_IS(s, KE1, "parties.0.state", "keyless");
    SUBJECT_IS(s, KE1 "2", "facets.donor", "public");
    SUBJECT_IS(s, KE1 "3", "money.new", "0");
    SUBJECT_IS(s, KE1 "3", "flags", "[]");
    REFUSED(say(s, c.ke, ACCEPT, KE1,
                "0/1/0000000000000000000000000000000000000000000000000000000000000000"),
            "author.not-allowed");
    REFUSED(say(s, c.fr, ACCEPT, FR1,
                "0/1/0000000000000000000000000000000000000000000000000000000000000000"),
            "rev.stale");
    stage_free(s);
}

TEST(money_that_is_passed_on_is_counted_once)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "XM-DAC-41302", USD("1000")));
    ACCEPTED(say(s, &s->ilo, MADE, "XM-DAC-41302:1", "XM-DAC-41302", "KE-GOV",
                 USD("1500") ",'funded_by':[{'pledge':'" FR1 "'," USD("1000") "}]"));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "money.new", "50000");
    TOTAL_IS(s, "all all USD", "donor.pledged", "250000");
    TOTAL_IS(s, "all all USD", "donor.new", "150000");

    REFUSED(say(s, &s->ilo, MADE, "XM-DAC-41302:2", "XM-DAC-41302", "KE-GOV",
                USD("1") ",'funded_by':[{'pledge':'FR-3:9'," USD("1") "}]"),
            "ref.unknown");
    REFUSED(say(s, &s->unicef, MADE, "XM-DAC-41122:2", "XM-DAC-41122", "KE-GOV",
                USD("1") ",'funded_by':[{'pledge':'" FR1 "'," USD("1") "}]"),
            "pledge.funded-by"); /* it is to ILO */
    REFUSED(say(s, &s->ilo, MADE, "XM-DAC-41302:2", "XM-DAC-41302", "KE-GOV",
                MONEY("1", "EUR") ",'funded_by':[{'pledge':'" FR1 "'," USD("1") "}]"),
            "pledge.funded-by");
    REFUSED(say(s, &s->ilo, MADE, "XM-DAC-41302:2", "XM-DAC-41302", "KE-GOV",
                "'unstated':true,'funded_by':[{'pledge':'" FR1 "'," USD("1") "}]"),
            "pledge.funded-by");
    stage_free(s);
}

TEST(funds_and_purposes)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    static const char partnership[] =
        "{'is':'partnership.proposed','id':'%s','title':'W','kind':'%s',"
        "'parties':[{'org':'XM-DAC-41302'}]}";

    ACCEPTED(say(s, &s->ilo, partnership, "XM-DAC-41302:W", "fund-window"));
    ACCEPTED(say(s, &s->ilo, partnership, "XM-DAC-41302:M", "mou"));
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("9") ",'from_fund':'XX-1'"),
            "org.unknown");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("9") ",'from_fund':'FR-3:W'"),
            "ref.unknown");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV",
                USD("9") ",'from_fund':'XM-DAC-41302:M'"),
            "subject.kind");
    REFUSED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("9") ",'for':'FR-3:W'"),
            "ref.unknown");
    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV",
                 USD("9") ",'from_fund':'XM-DAC-41302:W','for':'XM-DAC-41302:M'"));
    ACCEPTED(say(s, c.fr, MADE, FR1 "2", "FR-3", "KE-GOV",
                 USD("9") ",'from_fund':'XM-DAC-41122'"));
    REFUSED(say(s, c.fr, MADE, FR1 "3", "FR-3", "KE-GOV", USD("9") ",'for':'" FR1 "'"),
            "subject.kind");
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.new", "0");
    SUBJECT_IS(s, FR1 "2", "facets.orgs", "[\"FR-3\",\"KE-GOV\",\"XM-DAC-41122\"]");
    stage_free(s);
}

TEST(transactions_are_their_sides_to_state)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    REFUSED(say(s, c.fr, STEP, "disbursed", "FR-3:9", "D1", USD("1")), "subject.unknown");
    REFUSED(say(s, &s->ilo, STEP, "committed", FR1, "T", USD("1")), "author.not-a-party");
    REFUSED(say(s, c.ke, STEP, "disbursed", FR1, "T", USD("1")), "author.not-allowed");
    REFUSED(say(s, c.fr, STEP, "received", FR1, "T", USD("1")), "author.not-allowed");
    ACCEPTED(say(s, c.fr, STEP, "committed", FR1, "T", USD("1")));
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "T", USD("1")), "tx.twice");
    ACCEPTED(say(s, c.ke, STEP, "committed", FR1, "T", USD("1"))); /* of its own */
    REFUSED(say(s, c.ke, STEP, "received", FR1, "R", USD("1") ",'of':['D1']"),
            "tx.unknown");
    REFUSED(say(s, c.ke, STEP, "received", FR1, "R", USD("1") ",'of':['T']"),
            "tx.unknown"); /* it is no disbursement */
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R", USD("1")));
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "D1", USD("1") ",'matches':['R9']"),
            "tx.unknown");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D1", USD("1") ",'matches':['R']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.covered", "100");
    SUBJECT_IS(s, FR1, "money.covering", "100");
    assert_string_equal(stage_text(s, STORE_TRANSACTION, FR1 " ke-gov R", "minor"),
                        "100");
    assert_string_equal(stage_text(s, STORE_TRANSACTION, FR1 " fr-3 D1", "matches.0"),
                        "R");
    stage_free(s);
}

TEST(money_counts_in_the_pledges_currency)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", MONEY("100", "EUR")));
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "D1", USD("110")), "money.mismatch");
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "D1",
                USD("110") ",'counts':{'amount':'100','currency':'KES'}"),
            "money.mismatch");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D1",
                 USD("110") ",'counts':{'amount':'100','currency':'EUR'}"));
    REFUSED(say(s, c.ke, STEP, "received", FR1, "R1",
                MONEY("99", "EUR") ",'fees':{'amount':'1','currency':'USD'}"),
            "money.mismatch");
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.disbursed", "10000");
    SUBJECT_IS(s, FR1, "status", "disbursed");
    TOTAL_IS(s, "all all USD", "donor", "");

    /* An unstated one takes its first transaction's. */
    ACCEPTED(say(s, c.fr, MADE, FR1 "2", "FR-3", "KE-GOV", "'unstated':true"));
    stage_commit(s);
    SUBJECT_IS(s, FR1 "2", "currency", "");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1 "2", "D1", USD("50")));
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1 "2", "D2", MONEY("50", "EUR")),
            "money.mismatch");
    stage_commit(s);
    SUBJECT_IS(s, FR1 "2", "currency", "USD");
    TOTAL_IS(s, "all all USD", "donor.disbursed", "5000");
    TOTAL_IS(s, "all all USD", "donor.pledges", "1");
    stage_free(s);
}

TEST(what_is_odd_is_marked)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D1", USD("60")));
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R1", USD("50") ",'of':['D1']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"discrepancy\"]");
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R2", USD("10") ",'of':['D1']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[]");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D2", USD("60")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"exceeds\"]"); /* on its way, not yet discrepant */
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R3", USD("55")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"exceeds\",\"discrepancy\"]");

    /* A receipt stands alone where the donor has not joined. */
    ACCEPTED(say(s, c.ke, MADE, KE1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.ke, STEP, "received", KE1, "R1", USD("100")));
    stage_commit(s);
    SUBJECT_IS(s, KE1, "status", "received");
    SUBJECT_IS(s, KE1, "flags", "[\"one-sided\"]");
    stage_free(s);
}

TEST(goods_are_in_no_total)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    static const char goods[] =
        "'in_kind':{'description':'Rice','quantity':'5','unit':'t'}";

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", goods));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "worth", "in-kind");
    SUBJECT_IS(s, FR1, "status", "announced");
    ACCEPTED(say(s, c.fr, STEP, "committed", FR1, "C", goods));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "committed");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D", goods));
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R", goods));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "part-disbursed");
    assert_null(stage_row(s, STORE_TOTAL, "donor FR-3 USD"));
    stage_free(s);
}

TEST(several_countries_count_once_in_all)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(
        say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100") ",'countries':['KE','UG']"));
    stage_commit(s);
    TOTAL_IS(s, "country KE USD", "donor.pledged", "10000");
    TOTAL_IS(s, "country UG USD", "donor.pledged", "10000");
    TOTAL_IS(s, "all all USD", "donor.pledged", "10000");
    stage_free(s);
}

TEST(a_total_stays_within_128_bits)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    struct buf value = { 0 };
    uint64_t row;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    stage_commit(s);
    assert_status(
        store_row_find(s->store, STORE_TOTAL, bytes_of("all all USD"), &row, &value),
        STATUS_OK);
    buf_reset(&value);
    buf_text(&value,
             "{\"by\":\"all\",\"value\":\"all\",\"currency\":\"USD\",\"donor\":{"
             "\"pledged\":\"170141183460469231731687303715884105726\","
             "\"new\":\"0\",\"own_funds\":\"0\",\"committed\":\"0\",\"disbursed\":\"0\","
             "\"received\":\"0\",\"refunded\":\"0\",\"spent\":\"0\",\"outstanding\":"
             "\"0\",\"disputed\":\"0\","
             "\"pledges\":1}}");
    assert_status(store_begin(s->store), STATUS_OK);
    assert_status(store_row_set(s->store, STORE_TOTAL, row, buf_bytes(&value)),
                  STATUS_OK);
    assert_status(store_end(s->store, STATUS_OK), STATUS_OK);
    ledger_close(s->ledger);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);

    REFUSED(say(s, c.fr, MADE, FR1 "2", "FR-3", "KE-GOV", USD("0.02")), "total.limit");
    ACCEPTED(say(s, c.fr, MADE, FR1 "2", "FR-3", "KE-GOV", USD("0.01")));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "donor.pledged",
             "170141183460469231731687303715884105727");
    buf_clear(&value);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_pledge_runs_its_course),
    TEST_OF(who_makes_and_joins_a_pledge),
    TEST_OF(money_that_is_passed_on_is_counted_once),
    TEST_OF(funds_and_purposes),
    TEST_OF(transactions_are_their_sides_to_state),
    TEST_OF(money_counts_in_the_pledges_currency),
    TEST_OF(what_is_odd_is_marked),
    TEST_OF(goods_are_in_no_total),
    TEST_OF(several_countries_count_once_in_all),
    TEST_OF(a_total_stays_within_128_bits),
};
TEST_MAIN(tests)
