/* tests/unit/view_agreement.c: terms, who signed, deliverables, declarations, marks */
#include "unit/face_look.h"

#define C "XM-DAC-41302:C-1"
#define P "XM-DAC-41302:P-1"

#define PARTIES(role)                                                               \
    "'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'XM-DAC-41122','role':" \
    "'" role "'}]"

/* A commitment of ILO and UNICEF, agreed at once. */
static struct stage *agreed(void)
{
    struct stage *s = stage_new();

    ACCEPTED(say_with(
        s, &s->ilo, WITH(&s->unicef),
        "{'is':'commitment.proposed','id':'" C "','title':'A floor'," PARTIES(
            "participating") ",'networks':['spiac-b'],'countries':['KE'],"
                             "'budget':{'amount':'100.00','currency':'USD'},"
                             "'deliverables':[{'id':'D-1','title':{'en':'People','fr':"
                             "'Gens'},'measure':'unit','baseline':'0','target':'200',"
                             "'due':'2027-01','milestones':[{'period':{'end':'2026-06'},"
                             "'target':'50'}]},{'id':'D-2','title':'Law','measure':"
                             "'nominal','target':'in force'}]}"));
    stage_commit(s);
    return s;
}

TEST(an_amendment_waits_beside_the_terms_in_force)
{
    struct stage *s = agreed();
    json_t *json;

    ACCEPTED(say(s, &s->ilo,
                 "{'is':'commitment.amended','id':'" C "','rev':'%s','why':'amendment',"
                 "'reason':'more time','set':{'period':{'end':'2029'},'budget':null,"
                 "'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'XM-DAC-41122',"
                 "'role':'funding'}]}}",
                 stage_rev(s, C)));
    stage_commit(s);
    json = shown(s, VIEW_COMMITMENTS, C, "");
    IS(json, "waiting", "true");
    IS(json, "status", "agreed");
    IS(json, "terms_state", "in-force");
    IS(json, "terms.budget.amount", "100.00");
    IS(json, "terms.period", "");
    IS(json, "proposed.by", "XM-DAC-41302");
    IS(json, "proposed.why", "amendment");
    IS(json, "proposed.reason", "more time");
    IS(json, "proposed.terms.period.end", "2029");
    IS(json, "proposed.terms.id", "");
    IS(json, "proposed.signed.text", "signed 1 of 2");
    IS(json, "proposed.parties.0.state", "signed");
    IS(json, "proposed.parties.0.signature.index", "2");
    IS(json, "proposed.parties.1.state", "open");
    IS(json, "proposed.differences.0.path", "parties[XM-DAC-41122].role");
    IS(json, "proposed.differences.0.before", "participating");
    IS(json, "proposed.differences.0.after", "funding");
    IS(json, "proposed.differences.1.path", "budget");
    IS(json, "proposed.differences.1.after", "");
    IS(json, "proposed.differences.2.path", "period");
    IS(json, "proposed.differences.2.before", "");
    IS(json, "proposed.differences.3", "");
    IS(json, "signed.text", "signed 2 of 2");
    IS(json, "earlier", "[]");
    json_decref(json);
    stage_free(s);
}

TEST(terms_that_were_replaced_are_kept)
{
    struct stage *s = agreed();
    json_t *json;

    ACCEPTED(say(s, &s->ilo,
                 "{'is':'commitment.amended','id':'" C "','rev':'%s','why':'amendment',"
                 "'reason':'never agreed','set':{'period':{'end':'2029'}}}",
                 stage_rev(s, C)));
    stage_commit(s);
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef),
                      "{'is':'commitment.amended','id':'" C "','rev':'%s','why':"
                      "'amendment','reason':'agreed','set':{'period':{'end':'2030'}}}",
                      stage_rev(s, C)));
    stage_commit(s);
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'commitment.amended','id':'" C "','rev':'%s','why':'correction',"
                 "'reason':'a slip','set':{'title':'A floor for all'}}",
                 stage_rev(s, C)));
    stage_commit(s);
    json = shown(s, VIEW_COMMITMENTS, C, "");
    IS(json, "title", "A floor for all");
    IS(json, "waiting", "false");
    IS(json, "proposed", "");
    IS(json, "terms.period.end", "2030");
    IS(json, "earlier.0.why", "amendment");
    IS(json, "earlier.0.held", "false");
    IS(json, "earlier.0.reason", "never agreed");
    IS(json, "earlier.0.set.period.end", "2029");
    IS(json, "earlier.1.why", "proposal");
    IS(json, "earlier.1.held", "true");
    IS(json, "earlier.1.index", "1");
    IS(json, "earlier.2.why", "amendment");
    IS(json, "earlier.2.held", "true");
    IS(json, "earlier.3", "");
    IS(json, "terms_record.index", "4");
    IS(json, "agreed.index", "3");
    json_decref(json);
    stage_free(s);
}

TEST(deliverables_are_told_for_a_day)
{
    struct stage *s = agreed();
    json_t *json = shown(s, VIEW_COMMITMENTS, C, "fr");

    IS(json, "deliverables.0.title", "Gens");
    IS(json, "deliverables.0.track", "overdue"); /* its milestone is */
    IS(json, "deliverables.0.next.is", "milestone");
    IS(json, "deliverables.0.next.due", "2026-06");
    IS(json, "deliverables.0.next.target", "50");
    IS(json, "deliverables.0.percent", "");
    IS(json, "deliverables.1.track", "");
    json_decref(json);
    ACCEPTED(say(s, &s->unicef,
                 "{'is':'commitment.progressed','id':'" C "','deliverable':'D-1',"
                 "'period':{'end':'2026-10'},'value':'90','qualifier':'about'}"));
    stage_commit(s);
    json = shown(s, VIEW_COMMITMENTS, C, "");
    IS(json, "deliverables.0.percent", "45");
    IS(json, "deliverables.0.track", "due-soon");
    IS(json, "deliverables.0.next.is", "target");
    IS(json, "deliverables.0.current.qualifier", "about");
    IS(json, "deliverables.0.stale", "");
    json_decref(json);
    json = shown_on(s, VIEW_COMMITMENTS, C, "", day + 365);
    IS(json, "deliverables.0.track", "overdue");
    IS(json, "deliverables.0.stale", "amber");
    IS(json, "deliverables.1.stale", "amber");
    json_decref(json);
    json = shown_on(s, VIEW_COMMITMENTS, C, "", day + 800);
    IS(json, "deliverables.0.stale", "red");
    json_decref(json);
    ACCEPTED(
        say(s, &s->ilo, "{'is':'commitment.ended','id':'" C "','reason':'no money'}"));
    stage_commit(s);
    json = shown_on(s, VIEW_COMMITMENTS, C, "", day + 800);
    IS(json, "life.is", "ended");
    IS(json, "life.reason", "no money");
    IS(json, "deliverables.0.percent", "45");
    IS(json, "deliverables.0.track", "");
    IS(json, "deliverables.0.stale", "");
    json_decref(json);
    stage_free(s);
}

TEST(parties_show_how_they_signed_and_left)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *jp = stage_join(s, "JP-GOV");
    json_t *json;

    stage_list(s, "ZM-GOV");
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'partnership.proposed','id':'" P "','title':'MoU','kind':'mou',"
                 "'open':true,'parties':[{'org':'XM-DAC-41302'},{'org':'KE-GOV','role':"
                 "'host'},{'org':'ZM-GOV','signed_elsewhere':{'on':'2025-03','evidence':"
                 "[{'url':'https://example.org/mou.pdf'}]}}],'networks':['spiac-b'],"
                 "'countries':[]}"));
    stage_commit(s);
    ACCEPTED(say(s, ke,
                 "{'is':'partnership.accepted','id':'" P "','rev':'%s','capacity':"
                 "'Principal Secretary','signed_on':'2026-11-01'}",
                 stage_rev(s, P)));
    ACCEPTED(say(s, jp, "{'is':'partnership.acceded','id':'" P "','role':'donor'}"));
    stage_commit(s);
    json = shown(s, VIEW_PARTNERSHIPS, P, "");
    IS(json, "signed.text", "signed 3 of 4, 1 on paper");
    IS(json, "lead_name", "Organization XM-DAC-41302");
    IS(json, "parties.1.role", "host");
    IS(json, "parties.1.capacity", "Principal Secretary");
    IS(json, "parties.1.signed_on", "2026-11-01");
    IS(json, "parties.1.signature.keys.0.org", "KE-GOV");
    IS(json, "parties.2.state", "elsewhere");
    IS(json, "parties.2.elsewhere.on", "2025-03");
    IS(json, "parties.2.elsewhere.evidence.0.url", "https://example.org/mou.pdf");
    IS(json, "parties.3.acceded", "true");
    json_decref(json);
    ACCEPTED(
        say(s, jp, "{'is':'partnership.left','id':'" P "','reason':'a new government'}"));
    stage_commit(s);
    json = shown(s, VIEW_PARTNERSHIPS, P, "");
    IS(json, "parties.3.state", "left");
    IS(json, "parties.3.answer.reason", "a new government");
    IS(json, "parties.3.signature", "");
    IS(json, "signed.text", "signed 2 of 3, 1 on paper");
    json_decref(json);
    stage_free(s);
}

TEST(a_declaration_is_the_networks_own_when_its_conveners_sign)
{
    struct stage *s = stage_new();
    struct filter *f = NULL;
    json_t *json = NULL;
    char why[200];

    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef),
                      "{'is':'declaration.proposed','id':'XM-DAC-41302:D-1','title':"
                      "'Floors','text':{'en':'We call.','fr':'Nous appelons.'},"
                      "'networks':['spiac-b'],'parties':[{'org':'XM-DAC-41302'},{'org':"
                      "'XM-DAC-41122'}]}"));
    stage_commit(s);
    json = shown(s, VIEW_DECLARATIONS, "XM-DAC-41302:D-1", "fr");
    IS(json, "kind", "declaration");
    IS(json, "text", "Nous appelons.");
    IS(json, "speaks.0.network", "spiac-b");
    IS(json, "speaks.0.name", "SPIAC-B");
    IS(json, "status", "agreed");
    json_decref(json);
    assert_status(filter_parse(bytes_of("network=spiac-b"), &f, why), STATUS_OK);
    assert_status(view_list(s->store, VIEW_DECLARATIONS, f, 50, none, none, day, &json),
                  STATUS_OK);
    IS(json, "items.0.id", "XM-DAC-41302:D-1");
    IS(json, "items.0.speaks.0.network", "spiac-b");
    filter_free(f);
    json_decref(json);
    stage_free(s);
}

/* --- pledges ------------------------------------------------------------------------ */

static struct stage *pledged(struct scribe **kw)
{
    struct stage *s = stage_new();

    *kw = stage_join(s, "KW-GOV");
    ACCEPTED(say(s, *kw,
                 "{'is':'pledge.made','id':'KW-GOV:1','title':'Cash','donor':'KW-GOV',"
                 "'recipient':'XM-DAC-41302','basis':'agreement','money':{'amount':"
                 "'100.00','currency':'USD'},'schedule':[{'due':'2027-03','money':"
                 "{'amount':'70.00','currency':'USD'}},{'due':'2026-03','money':"
                 "{'amount':'30.00','currency':'USD'}}],'countries':[]}"));
    stage_commit(s);
    return s;
}

static void sent(struct stage *s, struct scribe *who, const char *is, const char *tx,
                 const char *amount, const char *more)
{
    ACCEPTED(say(s, who,
                 "{'is':'pledge.%s','id':'KW-GOV:1','tx':'%s','money':{'amount':'%s',"
                 "'currency':'USD'}%s}",
                 is, tx, amount, more));
    stage_commit(s);
}

TEST(payments_are_overdue_on_a_day)
{
    struct scribe *kw;
    struct stage *s = pledged(&kw);
    json_t *json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");

    IS(json, "flags", "[\"one-sided\",\"overdue\"]");
    IS(json, "schedule.0.due", "2026-03");
    IS(json, "schedule.0.state", "overdue");
    IS(json, "schedule.0.paid", "0.00");
    IS(json, "schedule.1.state", "due");
    json_decref(json);
    json = shown_on(s, VIEW_PLEDGES, "KW-GOV:1", "", day - 365);
    IS(json, "flags", "[\"one-sided\"]");
    json_decref(json);
    sent(s, kw, "disbursed", "D1", "40.00", "");
    json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    IS(json, "schedule.0.state", "paid");
    IS(json, "schedule.1.paid", "10.00");
    IS(json, "flags", "[\"one-sided\"]");
    IS(json, "money.outstanding", "60.00");
    json_decref(json);
    stage_free(s);
}

TEST(transactions_show_what_covers_what)
{
    struct scribe *kw;
    struct stage *s = pledged(&kw);
    json_t *json;

    sent(s, kw, "disbursed", "D1", "30.00", "");
    sent(s, kw, "disbursed", "D2", "20.00", "");
    sent(s, &s->ilo, "received", "R1", "47.00",
         ",'of':['D1','D2'],'fees':{'amount':'1.00','currency':'USD'}");
    sent(s, &s->ilo, "received", "R2", "5.00", "");
    json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    IS(json, "transactions.0.tx", "D1");
    IS(json, "transactions.0.is", "pledge.disbursed");
    IS(json, "transactions.0.counts", "30.00");
    IS(json, "transactions.0.state", "stands");
    IS(json, "transactions.0.discrepancy", "-2.00");
    IS(json, "transactions.1.links.0.tx", "R1");
    IS(json, "transactions.2.fees", "1.00");
    IS(json, "transactions.2.discrepancy", "-2.00");
    IS(json, "transactions.3.discrepancy", "");
    IS(json, "transactions.4", "");
    json_decref(json);
    stage_free(s);
}

static const char *reference_of(struct stage *s, const char *tx)
{
    json_t *json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    const char *found = "";

    for (int i = 0; i < 8; i++) {
        char path[64];

        snprintf(path, sizeof(path), "transactions.%d.tx", i);
        if (strcmp(at(json, path), tx) == 0) {
            snprintf(path, sizeof(path), "transactions.%d.reference", i);
            found = at(json, path);
        }
    }
    json_decref(json);
    return found;
}

TEST(records_show_what_was_said_of_them)
{
    struct scribe *kw;
    struct stage *s = pledged(&kw);
    json_t *json;

    sent(s, kw, "disbursed", "D1", "30.00", "");
    sent(s, kw, "disbursed", "D2", "20.00", "");
    ACCEPTED(
        say(s, &s->ilo, "{'is':'record.confirmed','ref':'%s'}", reference_of(s, "D1")));
    ACCEPTED(say(s, &s->ilo, "{'is':'record.disputed','ref':'%s','reason':'not here'}",
                 reference_of(s, "D2")));
    stage_commit(s);
    json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    IS(json, "transactions.0.confirmed.0.org", "XM-DAC-41302");
    IS(json, "transactions.1.state", "disputed");
    IS(json, "transactions.1.disputes.0.stated.reason", "not here");
    IS(json, "transactions.1.disputes.0.settled", "");
    IS(json, "money.disputed", "20.00");
    IS(json, "history.items.2.disputes.0.org", "XM-DAC-41302");
    json_decref(json);
    ACCEPTED(say(s, &s->ilo, "{'is':'record.settled','ref':'%s','reason':'found it'}",
                 reference_of(s, "D2")));
    ACCEPTED(say(s, kw, "{'is':'record.voided','ref':'%s','reason':'a mistake'}",
                 reference_of(s, "D1")));
    stage_commit(s);
    json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    IS(json, "transactions.0.state", "voided");
    IS(json, "transactions.0.voided.reason", "a mistake");
    IS(json, "transactions.1.state", "stands");
    IS(json, "transactions.1.disputes.0.settled.reason", "found it");
    json_decref(json);
    json = NULL;
    assert_status(view_record(s->store, 4, 1, none, &json), STATUS_OK);
    IS(json, "record.tx", "D1");
    IS(json, "line", at(json, "record"));
    IS(json, "voided.reason", "a mistake");
    IS(json, "confirmed.0.org", "XM-DAC-41302");
    json_decref(json);
    stage_free(s);
}

TEST(what_a_stolen_key_signed_is_repudiated)
{
    struct scribe *kw;
    struct stage *s = pledged(&kw);
    struct secret_key *spare = scribe_key("KW-GOV", KEY_ED25519, 1);
    struct buf key = { 0 };
    json_t *json;

    scribe_state_key(spare, STAGE_ORIGIN, "KW-GOV", &key);
    sent(s, kw, "disbursed", "D1", "30.00", "");
    ACCEPTED(say(s, kw, "{'is':'key.added','org':'KW-GOV',%s,'label':'spare'}",
                 buf_str(&key)));
    ACCEPTED(say(s, kw,
                 "{'is':'key.revoked','org':'KW-GOV','key_id':'%08x','reason':"
                 "'compromised','since':4}",
                 (unsigned)secret_key_public(kw->key)->id));
    stage_commit(s);
    json = shown(s, VIEW_PLEDGES, "KW-GOV:1", "");
    IS(json, "transactions.0.state", "repudiated");
    IS(json, "history.items.0.repudiated", "true");
    IS(json, "history.items.1.repudiated", "");
    IS(json, "flags", "[\"one-sided\"]"); /* its terms stand */
    json_decref(json);
    buf_clear(&key);
    secret_key_free(spare);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(an_amendment_waits_beside_the_terms_in_force),
    TEST_OF(terms_that_were_replaced_are_kept),
    TEST_OF(deliverables_are_told_for_a_day),
    TEST_OF(parties_show_how_they_signed_and_left),
    TEST_OF(a_declaration_is_the_networks_own_when_its_conveners_sign),
    TEST_OF(payments_are_overdue_on_a_day),
    TEST_OF(transactions_show_what_covers_what),
    TEST_OF(records_show_what_was_said_of_them),
    TEST_OF(what_a_stolen_key_signed_is_repudiated),
};

TEST_MAIN(tests)
