/* Pledges on: declined, amended, withdrawn; money taken back, voided, disputed. What
 * counts is exact at every step. */
#include "unit/scribe.h"

#define MADE                                                                   \
    "{'is':'pledge.made','id':'%s','title':'T','donor':'%s','recipient':'%s'," \
    "'basis':'announced',%s}"
#define MONEY(amount, currency) \
    "'money':{'amount':'" amount "','currency':'" currency "'}"
#define USD(amount) MONEY(amount, "USD")
#define STEP "{'is':'pledge.%s','id':'%s','tx':'%s',%s}"
#define ACCEPT "{'is':'pledge.accepted','id':'%s','rev':'%s'}"
#define DECLINE "{'is':'pledge.declined','id':'%s','rev':'%s','reason':'R'}"
#define AMENDED                                                                 \
    "{'is':'pledge.amended','id':'%s','rev':'%s','why':'%s','reason':'R','set'" \
    ":{%s}}"
#define WITHDRAWN "{'is':'pledge.withdrawn','id':'%s','reason':'R'}"
#define VOID "{'is':'record.voided','ref':'%s','reason':'R'}"
#define DISPUTE "{'is':'record.disputed','ref':'%s','reason':'R'%s}"
#define SETTLE "{'is':'record.settled','ref':'%s','reason':'R'%s}"
#define CONFIRM "{'is':'record.confirmed','ref':'%s'}"

#define FR1 "FR-3:1"
#define KE1 "KE-GOV:1"

#define TOTAL_IS(s, key, path, text) \
    assert_string_equal(stage_text((s), STORE_TOTAL, (key), (path)), (text))

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

/* The reference of the only record of the statement that was accepted just now; one of
 * four buffers in turn. */
static const char *ref_of(struct stage *s, struct outcome out)
{
    static struct buf texts[4];
    static char copies[4][128];
    static unsigned next;
    struct buf *text = &texts[next % 4];
    const char *end = strstr(buf_str(&s->last), "\n\n");
    struct hash h;

    ACCEPTED(out);
    h = hash_sha256((struct bytes){ s->last.ptr, (size_t)(end - buf_str(&s->last)) + 1 });
    buf_reset(text);
    buf_printf(text, "%llu/1/", (unsigned long long)out.index);
    hex_encode((struct bytes){ h.b, HASH_LEN }, text);
    snprintf(copies[next % 4], sizeof(copies[0]), "%s", buf_str(text));
    buf_clear(text);
    return copies[next++ % 4];
}

/* --- taken back ----------------------------------------------------------------------
 */

TEST(money_is_decommitted_and_refunded)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.fr, STEP, "committed", FR1, "C", USD("80")));
    REFUSED(say(s, &s->ilo, STEP, "decommitted", FR1, "X", USD("30")),
            "author.not-a-party");
    ACCEPTED(say(s, c.ke, STEP, "decommitted", FR1, "X", USD("30"))); /* either side */
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.committed", "5000");
    SUBJECT_IS(s, FR1, "money.firm", "8000");
    TOTAL_IS(s, "all all USD", "both.committed", "5000");
    ACCEPTED(say(s, c.fr, STEP, "decommitted", FR1, "Y", USD("60")));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.committed", "0");
    SUBJECT_IS(s, FR1, "flags", "[\"exceeds\"]");
    SUBJECT_IS(s, FR1, "status", "announced");

    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D", USD("100")));
    REFUSED(say(s, c.fr, STEP, "refunded", FR1, "F", USD("40")), "author.not-allowed");
    REFUSED(say(s, c.ke, STEP, "refunded", FR1, "F", USD("40") ",'of':['Z']"),
            "tx.unknown");
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "disbursed");
    ACCEPTED(say(s, c.ke, STEP, "refunded", FR1, "F", USD("40") ",'of':['D']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "part-disbursed");
    TOTAL_IS(s, "all all USD", "both.disbursed", "10000");
    TOTAL_IS(s, "all all USD", "both.refunded", "4000");
    stage_free(s);
}

/* --- declined, withdrawn -------------------------------------------------------------
 */

TEST(a_declined_pledge_counts_nothing)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    REFUSED(say(s, c.fr, DECLINE, FR1, rev(s, FR1)), "author.not-allowed");
    REFUSED(say(s, &s->ilo, DECLINE, FR1, rev(s, FR1)), "author.not-a-party");
    /* Another's correction makes nobody else their maker. */
    ACCEPTED(say(s, c.ke, AMENDED, FR1, rev(s, FR1), "correction", "'title':'New'"));
    REFUSED(say(s, c.fr, DECLINE, FR1, rev(s, FR1)), "author.not-allowed");
    ACCEPTED(say(s, c.ke, DECLINE, FR1, rev(s, FR1)));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "declined");
    TOTAL_IS(s, "all all USD", "donor.pledged", "0");
    TOTAL_IS(s, "all all USD", "donor.pledges", "1");
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "D", USD("100")), "life.state");
    ACCEPTED(say(s, c.ke, ACCEPT, FR1, rev(s, FR1))); /* the newest counts */
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "announced");
    TOTAL_IS(s, "all all USD", "both.pledged", "10000");
    REFUSED(say(s, c.ke, DECLINE, FR1, rev(s, FR1)), "life.state");

    /* What a third party told, one side accepts and then does not. */
    ACCEPTED(say(s, &s->ilo, MADE, "XM-DAC-41302:1", "FR-3", "KE-GOV", USD("7")));
    ACCEPTED(say(s, c.ke, ACCEPT, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1")));
    ACCEPTED(say(s, c.ke, DECLINE, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1")));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "attested", "third-party");
    SUBJECT_IS(s, "XM-DAC-41302:1", "status", "declined");
    stage_free(s);
}

TEST(what_was_disbursed_stays)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.fr, STEP, "committed", FR1, "C", USD("90")));
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D", USD("40")));
    REFUSED(say(s, c.ke, WITHDRAWN, FR1), "author.not-allowed");
    REFUSED(say(s, &s->ilo, WITHDRAWN, FR1), "author.not-a-party");
    ACCEPTED(say(s, c.fr, WITHDRAWN, FR1));
    REFUSED(say(s, c.fr, WITHDRAWN, FR1), "life.state");
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "withdrawn");
    SUBJECT_IS(s, FR1, "money.promised", "10000");
    TOTAL_IS(
        s, "all all USD", "donor",
        "{\"pledged\":\"4000\",\"new\":\"4000\",\"own_funds\":\"0\",\"committed\":"
        "\"4000\","
        "\"disbursed\":\"4000\",\"received\":\"0\",\"refunded\":\"0\",\"spent\":\"0\","
        "\"outstanding\":\"0\",\"disputed\":\"0\",\"pledges\":1}");
    REFUSED(say(s, c.fr, STEP, "disbursed", FR1, "E", USD("1")), "life.state");
    REFUSED(say(s, c.fr, STEP, "committed", FR1, "E", USD("1")), "life.state");
    REFUSED(say(s, c.ke, ACCEPT, FR1, rev(s, FR1)), "life.state");
    REFUSED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", USD("5")), "life.state");
    ACCEPTED(say(s, c.ke, STEP, "received", FR1, "R", USD("40") ",'of':['D']"));
    ACCEPTED(say(s, c.ke, STEP, "refunded", FR1, "F", USD("40")));

    /* Who may: its maker, until the other side has accepted; then the donor. */
    ACCEPTED(say(s, c.ke, MADE, KE1, "FR-3", "KE-GOV", USD("9")));
    ACCEPTED(say(s, c.fr, ACCEPT, KE1, rev(s, KE1)));
    REFUSED(say(s, c.ke, WITHDRAWN, KE1), "author.not-allowed");
    ACCEPTED(say(s, c.fr, WITHDRAWN, KE1));
    ACCEPTED(say(s, &s->ilo, MADE, "XM-DAC-41302:1", "FR-3", "KE-GOV", USD("7")));
    REFUSED(say(s, c.fr, WITHDRAWN, "XM-DAC-41302:1"), "author.not-allowed");
    ACCEPTED(say(s, &s->ilo, WITHDRAWN, "XM-DAC-41302:1"));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "third-party.pledged", "0");
    TOTAL_IS(s, "all all USD", "both.pledged", "0");
    stage_free(s);
}

/* --- amended -------------------------------------------------------------------------
 */

TEST(either_side_amends)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    /* While only its maker stands by it, the maker's word is enough. */
    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    REFUSED(say(s, &s->ilo, AMENDED, FR1, rev(s, FR1), "amendment", USD("5")),
            "author.not-a-party");
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment",
                 USD("150") ",'countries':['KE']"));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "donor.pledged", "15000");
    TOTAL_IS(s, "country KE USD", "donor.new", "15000");

    /* The other side's is a proposal. */
    ACCEPTED(say(s, c.ke, AMENDED, FR1, rev(s, FR1), "amendment", USD("200")));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "donor.pledged", "15000");
    SUBJECT_IS(s, FR1, "proposed.parties.0.state", "open");
    SUBJECT_IS(s, FR1, "proposed.by", "KE-GOV");
    REFUSED(say(s, c.ke, ACCEPT, FR1, rev(s, FR1)), "author.not-allowed");
    REFUSED(say(s, c.ke, DECLINE, FR1, rev(s, FR1)), "author.not-allowed");
    ACCEPTED(say(s, c.fr, DECLINE, FR1, rev(s, FR1)));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "announced");
    TOTAL_IS(s, "all all USD", "donor.pledged", "15000");
    ACCEPTED(say(s, c.fr, ACCEPT, FR1, rev(s, FR1)));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "attested", "both");
    TOTAL_IS(s, "all all USD", "both.pledged", "20000");
    TOTAL_IS(s, "all all USD", "donor", "");

    /* Agreed: both, and it moves where it counts. */
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment",
                 USD("50") ",'countries':['UG']"));
    stage_commit(s);
    TOTAL_IS(s, "country KE USD", "both.pledged", "20000");
    ACCEPTED(say(s, c.ke, ACCEPT, FR1, rev(s, FR1)));
    stage_commit(s);
    TOTAL_IS(s, "country KE USD", "both", "");
    TOTAL_IS(s, "country UG USD", "both.pledged", "5000");
    REFUSED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", "'money':null"),
            "pledge.worth");
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "correction", "'title':'New'"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "title", "New");
    stage_free(s);
}

TEST(the_currency_is_fixed_by_a_transaction)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *first;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", MONEY("90", "EUR")));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "donor", "");
    TOTAL_IS(s, "all all EUR", "donor.pledged", "9000");
    first = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", MONEY("1", "EUR")));
    REFUSED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", USD("100")),
            "money.mismatch");
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", MONEY("80", "EUR")));
    ACCEPTED(say(s, c.fr, VOID, first)); /* then there is none */
    ACCEPTED(say(s, c.fr, AMENDED, FR1, rev(s, FR1), "amendment", USD("100")));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "donor.pledged", "10000");

    /* One that came while the amendment waited. */
    ACCEPTED(say(s, c.ke, AMENDED, FR1, rev(s, FR1), "amendment", MONEY("70", "EUR")));
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "E", USD("1")));
    REFUSED(say(s, c.fr, ACCEPT, FR1, rev(s, FR1)), "money.mismatch");

    /* An unstated one has it from its first, as long as there is one. */
    ACCEPTED(say(s, c.fr, MADE, FR1 "2", "FR-3", "KE-GOV", "'unstated':true"));
    first = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1 "2", "D", MONEY("5", "CHF")));
    stage_commit(s);
    TOTAL_IS(s, "all all CHF", "donor.disbursed", "500");
    ACCEPTED(say(s, c.fr, VOID, first));
    stage_commit(s);
    SUBJECT_IS(s, FR1 "2", "currency", "");
    TOTAL_IS(s, "all all CHF", "donor", "");
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1 "2", "E", USD("5")));
    stage_free(s);
}

TEST(funding_is_stated_once_and_goes_with_the_terms)
{
    struct cast c = cast_new();
    struct stage *s = c.s;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "XM-DAC-41302", USD("100")));
    ACCEPTED(say(s, &s->ilo, MADE, "XM-DAC-41302:1", "XM-DAC-41302", "KE-GOV",
                 USD("150") ",'funded_by':[{'pledge':'" FR1 "'," USD("100") "}]"));
    rev(s, "XM-DAC-41302:1");
    REFUSED(say(s, &s->ilo, AMENDED, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1"),
                "amendment", "'funded_by':[]"),
            "field.unknown");
    REFUSED(say(s, &s->ilo, AMENDED, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1"),
                "amendment", MONEY("150", "EUR")),
            "pledge.funded-by");
    ACCEPTED(say(s, &s->ilo, AMENDED, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1"),
                 "amendment", USD("170")));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "money.new", "7000");
    TOTAL_IS(s, "all all USD", "donor.new", "17000");
    ACCEPTED(say(s, &s->ilo, AMENDED, "XM-DAC-41302:1", rev(s, "XM-DAC-41302:1"),
                 "amendment", "'from_fund':'XM-DAC-41122'"));
    stage_commit(s);
    SUBJECT_IS(s, "XM-DAC-41302:1", "money.new", "0");
    SUBJECT_IS(s, "XM-DAC-41302:1", "from_fund", "XM-DAC-41122");
    stage_free(s);
}

/* --- voided --------------------------------------------------------------------------
 */

TEST(what_is_void_no_longer_counts)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *made, *disbursed, *received, *other;

    made =
        ref_of(s, say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    disbursed = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", USD("60")));
    received = ref_of(s, say(s, c.ke, STEP, "received", FR1, "R",
                             USD("55") ",'of':['D'],'fees':{'amount':'5','currency':"
                                       "'USD'}"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.covered", "6000");
    REFUSED(say(s, c.fr, VOID, made), "subject.kind");
    REFUSED(say(s, c.ke, VOID, made), "subject.kind"); /* before whose it is */
    REFUSED(say(s, c.ke, VOID, disbursed), "author.not-allowed");
    REFUSED(say(s, c.fr, VOID,
                "99/1/" /* no such entry */
                "0000000000000000000000000000000000000000000000000000000000"
                "000000"),
            "ref.unknown");
    REFUSED(say(s, c.fr, VOID,
                "1/1/" /* another statement's id */
                "0000000000000000000000000000000000000000000000000000000000"
                "000000"),
            "ref.unknown");
    ACCEPTED(say(s, c.ke, VOID, received));
    REFUSED(say(s, c.ke, VOID, received), "life.state");
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "part-disbursed");
    SUBJECT_IS(s, FR1, "money.received", "0");
    SUBJECT_IS(s, FR1, "money.fees", "0");
    SUBJECT_IS(s, FR1, "money.covered", "0");
    SUBJECT_IS(s, FR1, "money.covering", "0");
    SUBJECT_IS(s, FR1, "flags", "[]");
    TOTAL_IS(s, "all all USD", "both.received", "0");
    REFUSED(say(s, c.ke, STEP, "received", FR1, "R", USD("1")), "tx.twice");
    other = ref_of(s, say(s, c.ke, STEP, "received", FR1, "R2", USD("60") ",'of':['D']"));
    ACCEPTED(say(s, c.fr, VOID, disbursed));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "money.covering", "0"); /* it stands alone now */
    SUBJECT_IS(s, FR1, "money.received", "6000");
    SUBJECT_IS(s, FR1, "flags", "[]");
    ACCEPTED(say(s, c.ke, VOID, other));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "announced");
    TOTAL_IS(s, "all all USD", "both.pledged", "10000");
    TOTAL_IS(s, "all all USD", "both.disbursed", "0");
    stage_free(s);
}

TEST(goods_that_are_void_are_forgotten_too)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    static const char goods[] = "'in_kind':{'description':'Rice'}";
    const char *committed, *sent;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", goods));
    committed = ref_of(s, say(s, c.fr, STEP, "committed", FR1, "C", goods));
    sent = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", goods));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "part-disbursed");
    ACCEPTED(say(s, c.fr, VOID, sent));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "committed");
    ACCEPTED(say(s, c.fr, VOID, committed));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "status", "announced");
    stage_free(s);
}

/* --- confirmed, disputed, settled ----------------------------------------------------
 */

TEST(disputed_money_has_a_column_of_its_own)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *made, *disbursed;

    made =
        ref_of(s, say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    disbursed = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", USD("60")));
    REFUSED(say(s, c.fr, DISPUTE, disbursed, ""), "author.not-allowed"); /* its own */
    REFUSED(say(s, &s->ilo, DISPUTE, disbursed, ""), "author.not-a-party");
    REFUSED(say(s, c.ke, SETTLE, disbursed, ""), "life.state");
    ACCEPTED(say(s, c.ke, DISPUTE, disbursed, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"disputed\"]");
    SUBJECT_IS(s, FR1, "status", "announced");
    TOTAL_IS(s, "donor FR-3 USD", "both",
             "{\"pledged\":\"10000\",\"new\":\"10000\",\"own_funds\":\"0\",\"committed\":"
             "\"0\","
             "\"disbursed\":\"0\",\"received\":\"0\",\"refunded\":\"0\",\"spent\":\"0\","
             "\"outstanding\":\"10000\",\"disputed\":\"6000\",\"pledges\":1}");
    ACCEPTED(say(s, c.ke, DISPUTE, made, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "disputes", "2");
    TOTAL_IS(s, "donor FR-3 USD", "both",
             "{\"pledged\":\"0\",\"new\":\"0\",\"own_funds\":\"0\",\"committed\":\"0\","
             "\"disbursed\":\"0\",\"received\":\"0\",\"refunded\":\"0\",\"spent\":\"0\","
             "\"outstanding\":\"0\",\"disputed\":\"16000\",\"pledges\":1}");
    ACCEPTED(say(s, c.ke, DISPUTE, made, "")); /* once more is not twice */
    ACCEPTED(say(s, c.ke, SETTLE, made, ""));
    ACCEPTED(say(s, c.fr, VOID, disbursed)); /* void is void, disputed or not */
    stage_commit(s);
    TOTAL_IS(s, "donor FR-3 USD", "both.disputed", "0");
    TOTAL_IS(s, "donor FR-3 USD", "both.pledged", "10000");
    ACCEPTED(say(s, c.ke, SETTLE, disbursed, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[]");
    TOTAL_IS(s, "donor FR-3 USD", "both.disbursed", "0");
    stage_free(s);
}

TEST(a_disputed_receipt_covers_nothing)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *received;

    ACCEPTED(say_with(s, c.fr, WITH(c.ke), MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    ACCEPTED(say(s, c.fr, STEP, "disbursed", FR1, "D", USD("60")));
    received =
        ref_of(s, say(s, c.ke, STEP, "received", FR1, "R", USD("50") ",'of':['D']"));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"discrepancy\"]");
    ACCEPTED(say(s, c.fr, DISPUTE, received, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"disputed\"]");
    SUBJECT_IS(s, FR1, "money.covered", "0");
    ACCEPTED(say(s, c.fr, SETTLE, received, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "flags", "[\"discrepancy\"]");
    SUBJECT_IS(s, FR1, "money.covering", "5000");
    stage_free(s);
}

TEST(a_convener_speaks_for_who_has_no_key)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *made, *mark;
    static const char de[] = ",'on_behalf':'DE-1'", ke[] = ",'on_behalf':'KE-GOV'";
    char key[64];

    stage_list(s, "DE-1");
    made = ref_of(s, say(s, c.ke, MADE, KE1, "DE-1", "KE-GOV", USD("5")));
    REFUSED(say(s, c.fr, DISPUTE, made, de), "author.not-allowed");
    REFUSED(say(s, &s->ilo, DISPUTE, made, ke), "author.not-allowed"); /* it has keys */
    REFUSED(say(s, &s->ilo, DISPUTE, made, ",'on_behalf':'XX-1'"), "org.unknown");
    stage_list(s, "DE-2");
    REFUSED(say(s, &s->ilo, DISPUTE, made, ",'on_behalf':'DE-2'"), "author.not-a-party");
    ACCEPTED(say(s, &s->ilo, DISPUTE, made, de));
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "recipient.disputed", "500");
    REFUSED(say(s, &s->unicef, SETTLE, made, ""), "author.not-a-party");
    ACCEPTED(say(s, &s->unicef, SETTLE, made, de)); /* another convener may */
    stage_commit(s);
    TOTAL_IS(s, "all all USD", "recipient.pledged", "500");
    snprintf(key, sizeof(key), "%.*s", (int)(strrchr(made, '/') - made), made);
    mark = stage_text(s, STORE_MARK, key, "disputes.0.by");
    assert_string_equal(mark, "XM-DAC-41302");
    stage_free(s);
}

TEST(what_is_confirmed_is_shown_so)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *sent;
    char key[64];

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    sent = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", USD("60")));
    REFUSED(say(s, c.fr, CONFIRM, sent), "author.not-allowed");
    REFUSED(say(s, &s->ilo, CONFIRM, sent), "author.not-a-party");
    ACCEPTED(say(s, c.ke, CONFIRM, sent));
    ACCEPTED(say(s, c.ke, CONFIRM, sent));
    stage_commit(s);
    snprintf(key, sizeof(key), "%.*s", (int)(strrchr(sent, '/') - sent), sent);
    assert_string_equal(stage_text(s, STORE_MARK, key, "confirmed.0.org"), "KE-GOV");
    assert_string_equal(stage_text(s, STORE_MARK, key, "confirmed.1"), "");
    assert_string_equal(stage_text(s, STORE_MARK, key, "subject"), FR1);
    SUBJECT_IS(s, FR1, "records", "4");
    stage_free(s);
}

TEST(what_is_said_of_what_was_said_is_about_the_same)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *sent, *told;

    ACCEPTED(say(s, c.fr, MADE, FR1, "FR-3", "KE-GOV", USD("100")));
    sent = ref_of(s, say(s, c.fr, STEP, "disbursed", FR1, "D", USD("60")));
    told = ref_of(s, say(s, c.ke, CONFIRM, sent));
    told = ref_of(s, say(s, c.fr, CONFIRM, told));
    told = ref_of(s, say(s, c.ke, CONFIRM, told));
    ACCEPTED(say(s, c.fr, DISPUTE, told, ""));
    stage_commit(s);
    SUBJECT_IS(s, FR1, "records", "6");
    SUBJECT_IS(s, FR1, "disputes", "1");
    stage_free(s);
}

TEST(records_about_no_subject_are_disputed_too)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    const char *granted;
    char key[64];

    stage_register(s, "AA-1");
    granted = ref_of(s, say(s, &s->ilo,
                            "{'is':'membership.granted','network':'spiac-b','org':'AA-1',"
                            "'role':'member'}"));
    REFUSED(say(s, c.fr, DISPUTE, granted, ""), "author.not-a-party");
    ACCEPTED(say(s, &s->others[s->n_others - 1], DISPUTE, granted, ""));
    stage_commit(s);
    snprintf(key, sizeof(key), "%.*s", (int)(strrchr(granted, '/') - granted), granted);
    assert_string_equal(stage_text(s, STORE_MARK, key, "disputes.0.org"), "AA-1");
    assert_string_equal(stage_text(s, STORE_MARK, key, "subject"), "");
    stage_free(s);
}

/* --- progress ------------------------------------------------------------------------
 */

TEST(a_void_report_gives_way_to_the_one_before)
{
    struct cast c = cast_new();
    struct stage *s = c.s;
    static const char progress[] =
        "{'is':'commitment.progressed','id':'FR-3:C','deliverable':'D','value':'%s',"
        "'period':{'end':'%s'}}";
    const char *early, *late, *middle;

    ACCEPTED(say(s, c.fr,
                 "{'is':'commitment.proposed','id':'FR-3:C','title':'T','parties':"
                 "[{'org':'FR-3','role':'lead'},{'org':'KE-GOV','role':'participating'}],"
                 "'deliverables':[{'id':'D','title':'D','measure':'unit'}]}"));
    early = ref_of(s, say(s, c.fr, progress, "1", "2025-01"));
    late = ref_of(s, say(s, c.fr, progress, "3", "2026-01"));
    middle = ref_of(s, say(s, c.ke, progress, "2", "2025-06"));
    stage_commit(s);
    SUBJECT_IS(s, "FR-3:C", "progress.D.value", "3");
    SUBJECT_IS(s, "FR-3:C", "progress.D.reports", "3");
    REFUSED(say(s, c.ke, VOID, late), "author.not-allowed");
    ACCEPTED(say(s, c.ke, DISPUTE, late, "")); /* shown so, and current still */
    stage_commit(s);
    SUBJECT_IS(s, "FR-3:C", "flags", "[\"disputed\"]");
    ACCEPTED(say(s, c.fr, VOID, late));
    stage_commit(s);
    SUBJECT_IS(s, "FR-3:C", "progress.D.value", "2");
    ACCEPTED(say(s, c.fr, VOID, early));
    stage_commit(s);
    SUBJECT_IS(s, "FR-3:C", "progress.D.value", "2");
    SUBJECT_IS(s, "FR-3:C", "status", "in-progress");
    ACCEPTED(say(s, c.ke, VOID, middle));
    stage_commit(s);
    SUBJECT_IS(s, "FR-3:C", "progress", "{}");
    SUBJECT_IS(s, "FR-3:C", "status", "proposed");
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(money_is_decommitted_and_refunded),
    TEST_OF(a_declined_pledge_counts_nothing),
    TEST_OF(what_was_disbursed_stays),
    TEST_OF(either_side_amends),
    TEST_OF(the_currency_is_fixed_by_a_transaction),
    TEST_OF(funding_is_stated_once_and_goes_with_the_terms),
    TEST_OF(what_is_void_no_longer_counts),
    TEST_OF(goods_that_are_void_are_forgotten_too),
    TEST_OF(disputed_money_has_a_column_of_its_own),
    TEST_OF(a_disputed_receipt_covers_nothing),
    TEST_OF(a_convener_speaks_for_who_has_no_key),
    TEST_OF(what_is_confirmed_is_shown_so),
    TEST_OF(what_is_said_of_what_was_said_is_about_the_same),
    TEST_OF(records_about_no_subject_are_disputed_too),
    TEST_OF(a_void_report_gives_way_to_the_one_before),
};
TEST_MAIN(tests)
