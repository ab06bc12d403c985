/* Amendments: corrected at once, proposed beside the terms in force, accepted, declined;
 * and what becomes of an agreement otherwise. */
#include "unit/scribe.h"

#define COMMITMENT                                                                \
    "{'is':'commitment.proposed','id':'" C "','title':'T','parties':"             \
    "[{'org':'XM-DAC-41302','role':'lead'},{'org':'KE-GOV','role':'participating" \
    "'}],'deliverables':[{'id':'D1','title':'D','measure':'unit','unit':'people'" \
    "},{'id':'D2','title':'E','measure':'unit'}],'countries':['KE'],'open':true}"
#define AMENDED                                                                  \
    "{'is':'commitment.amended','id':'" C "','rev':'%s','why':'%s','reason':'R'" \
    ",'set':{%s}}"
#define ACCEPT "{'is':'commitment.accepted','id':'" C "','rev':'%s'}"
#define DECLINE "{'is':'commitment.declined','id':'" C "','rev':'%s','reason':'R'}"
#define SIMPLE "{'is':'commitment.%s','id':'" C "'}"
#define REASONED "{'is':'commitment.%s','id':'" C "','reason':'R'}"
#define PROGRESS \
    "{'is':'commitment.progressed','id':'" C "','deliverable':'%s','value':'1'}"
#define THREE                                                  \
    "'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'" \
    "KE-GOV','role':'participating'},{'org':'FR-3','role':'funding'}]"

#define C "XM-DAC-41302:C"

struct cast {
    struct stage *s;
    struct scribe *fr, *ke;
};

/* A commitment of ILO and KE-GOV, agreed. */
static struct cast cast_agreed(void)
{
    struct cast c = { .s = stage_new() };

    c.fr = stage_join(c.s, "FR-3");
    c.ke = stage_join(c.s, "KE-GOV");
    ACCEPTED(say_with(c.s, &c.s->ilo, WITH(c.ke), COMMITMENT));
    stage_commit(c.s);
    SUBJECT_IS(c.s, C, "status", "agreed");
    return c;
}

static const char *rev(struct stage *s)
{
    static char text[128];

    stage_commit(s);
    snprintf(text, sizeof(text), "%s", stage_rev(s, C));
    return text;
}

TEST(a_correction_holds_at_once)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;
    char old[128];

    snprintf(old, sizeof(old), "%s", rev(s));
    REFUSED(say(s, c.ke, AMENDED, old, "correction", "'title':'Other'"),
            "author.not-allowed");
    REFUSED(say(s, c.fr, AMENDED, old, "correction", "'title':'Other'"),
            "author.not-a-party");
    ACCEPTED(say(s, &s->ilo, AMENDED, old, "correction",
                 "'title':'Other','description':'More'"));
    stage_commit(s);
    SUBJECT_IS(s, C, "title", "Other");
    SUBJECT_IS(s, C, "amended.description", "More");
    SUBJECT_IS(s, C, "status", "agreed");
    SUBJECT_IS(s, C, "proposed", "");
    SUBJECT_IS(s, C, "earlier.0.held", "true");
    REFUSED(say(s, &s->ilo, AMENDED, old, "correction", "'title':'T'"), "rev.stale");
    REFUSED(say(s, c.ke, ACCEPT, rev(s)), "life.state"); /* nothing waits */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "correction", "'description':null"));
    stage_commit(s);
    SUBJECT_IS(s, C, "amended.description", "");
    stage_free(s);
}

TEST(an_amendment_waits_for_all_and_then_holds)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                 "'countries':['UG'],'title':'New'," THREE));
    rev(s);
    SUBJECT_IS(s, C, "title", "T");
    SUBJECT_IS(s, C, "status", "agreed");
    SUBJECT_IS(s, C, "facets.countries", "[\"KE\"]");
    SUBJECT_IS(s, C, "facets.orgs", "[\"XM-DAC-41302\",\"KE-GOV\",\"FR-3\"]");
    SUBJECT_IS(s, C, "proposed.terms.title", "New");
    SUBJECT_IS(s, C, "proposed.parties.0.state", "signed");
    SUBJECT_IS(s, C, "proposed.parties.2.state", "open");
    SUBJECT_IS(s, C, "proposed.signed", "1");
    REFUSED(say(s, c.fr, PROGRESS, "D1"), "author.not-a-party"); /* not yet */
    ACCEPTED(say(s, c.fr, ACCEPT, rev(s)));
    ACCEPTED(say(s, c.ke, DECLINE, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "agreed");
    SUBJECT_IS(s, C, "title", "T");
    ACCEPTED(say(s, c.ke, ACCEPT, rev(s))); /* the newest counts */
    stage_commit(s);
    SUBJECT_IS(s, C, "title", "New");
    SUBJECT_IS(s, C, "facets.countries", "[\"UG\"]");
    SUBJECT_IS(s, C, "proposed", "");
    SUBJECT_IS(s, C, "signed", "3");
    SUBJECT_IS(s, C, "amended.deliverables.0.id", "D1");
    REFUSED(say(s, c.ke, DECLINE, rev(s)), "life.state");
    ACCEPTED(say(s, c.fr, PROGRESS, "D1"));
    stage_free(s);
}

TEST(nobody_is_dropped_in_silence)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                "'parties':[{'org':'KE-GOV','role':'lead'}]"),
            "author.not-a-party"); /* who leads hands over first */
    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                "'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'XX-1',"
                "'role':'funding'}]"),
            "org.unknown");
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                 "'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'FR-3',"
                 "'role':'funding'}]"));
    ACCEPTED(say(s, c.fr, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "proposed.parties.2.dropped", "true");
    SUBJECT_IS(s, C, "parties.1.org", "KE-GOV");
    ACCEPTED(say(s, c.ke, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "parties.1.org", "FR-3");
    SUBJECT_IS(s, C, "parties.2", "");
    SUBJECT_IS(s, C, "earlier.0.held", "true");
    REFUSED(say(s, c.ke, PROGRESS, "D1"), "author.not-a-party");
    stage_free(s);
}

TEST(one_that_waits_is_replaced_by_the_next)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'title':'A'"));
    /* A correction reaches both, and takes nothing from who accepted. */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "correction", "'description':'D'"));
    stage_commit(s);
    SUBJECT_IS(s, C, "amended.description", "D");
    SUBJECT_IS(s, C, "amended.title", "T");
    SUBJECT_IS(s, C, "proposed.terms.description", "D");
    SUBJECT_IS(s, C, "proposed.terms.title", "A");
    SUBJECT_IS(s, C, "proposed.signed", "1");
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'countries':['TZ']"));
    stage_commit(s);
    SUBJECT_IS(s, C, "proposed.terms.title", "A"); /* it builds on the newest */
    SUBJECT_IS(s, C, "earlier.1.held", "false");
    ACCEPTED(say_with(s, &s->ilo, WITH(c.ke), AMENDED, rev(s), "amendment",
                      "'title':'B'")); /* at one ceremony */
    stage_commit(s);
    SUBJECT_IS(s, C, "proposed", "");
    SUBJECT_IS(s, C, "title", "B");
    SUBJECT_IS(s, C, "facets.countries", "[\"TZ\"]");
    stage_free(s);
}

TEST(terms_that_are_not_agreed_are_replaced)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    ACCEPTED(say(s, ke, DECLINE, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "declined");
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'title':'A'"));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "proposed");
    SUBJECT_IS(s, C, "title", "A");
    SUBJECT_IS(s, C, "parties.1.state", "open");
    ACCEPTED(say(s, ke, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "agreed");
    stage_free(s);
}

TEST(what_was_reported_is_kept)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;
    static const char only_d2[] =
        "'deliverables':[{'id':'D2','title':'E','measure':'unit'}]";

    ACCEPTED(say(s, c.ke, PROGRESS, "D1"));
    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment", only_d2),
            "deliverable.reported");
    REFUSED(
        say(s, &s->ilo, AMENDED, rev(s), "amendment",
            "'deliverables':[{'id':'D1','title':'D','measure':'unit','unit':'homes'}]"),
        "deliverable.reported");
    ACCEPTED(say_with(s, &s->ilo, WITH(c.ke), AMENDED, rev(s), "amendment",
                      "'deliverables':[{'id':'D1','title':'X','measure':'unit','unit':"
                      "'people','dropped':true},{'id':'D2','title':'E','measure':"
                      "'unit'}]"));
    stage_commit(s);
    SUBJECT_IS(s, C, "amended.deliverables.0.dropped", "true");

    /* Reported while the amendment that removes it waits. */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                 "'deliverables':[{'id':'D1','title':'X','measure':'unit','unit':"
                 "'people'}]"));
    ACCEPTED(say(s, c.ke, PROGRESS, "D2"));
    REFUSED(say(s, c.ke, ACCEPT, rev(s)), "deliverable.reported");
    /* A correction holds at once, whatever waits. */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "correction", "'title':'Corrected'"));
    stage_commit(s);
    SUBJECT_IS(s, C, "title", "Corrected");
    stage_free(s);
}

TEST(the_whole_is_well_formed)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'deliverables':null"),
            "field.missing");
    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'networks':['x-1']"),
            "network.unknown");
    REFUSED(
        say(s, &s->ilo, AMENDED, rev(s), "amendment", "'partnership':'XM-DAC-41302:P'"),
        "ref.unknown");
    stage_free(s);
}

/* --- the rest of its life ------------------------------------------------------------
 */

TEST(who_comes_and_who_goes)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;
    static const char acceded[] =
        "{'is':'commitment.acceded','id':'" C "','role':'funding'}";

    ACCEPTED(say(s, c.fr, acceded));
    REFUSED(say(s, c.fr, acceded), "life.state");
    stage_commit(s);
    SUBJECT_IS(s, C, "parties.2.acceded", "true");
    SUBJECT_IS(s, C, "signed", "3");
    SUBJECT_IS(s, C, "facets.orgs", "[\"XM-DAC-41302\",\"KE-GOV\",\"FR-3\"]");

    /* What waits needs it too; who leaves is not waited for. */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'open':false"));
    ACCEPTED(say(s, c.ke, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "proposed.parties.2.state", "open");
    REFUSED(say(s, &s->ilo, REASONED, "left"), "author.not-allowed");
    REFUSED(say(s, &s->unicef, REASONED, "left"), "author.not-a-party");
    ACCEPTED(say(s, c.fr, REASONED, "left"));
    REFUSED(say(s, c.fr, REASONED, "left"), "author.not-a-party");
    stage_commit(s);
    SUBJECT_IS(s, C, "proposed", "");
    SUBJECT_IS(s, C, "parties.2.state", "left");
    SUBJECT_IS(s, C, "status", "agreed");
    REFUSED(say(s, c.fr, PROGRESS, "D1"), "author.not-a-party");
    REFUSED(say(s, c.fr, acceded), "author.not-allowed"); /* no longer open */
    stage_free(s);
}

TEST(leaving_what_is_not_agreed)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_join(s, "FR-3");

    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    REFUSED(say(s, ke, REASONED, "left"), "life.state"); /* it may decline */
    ACCEPTED(say(s, fr, "{'is':'commitment.acceded','id':'" C "','role':'funding'}"));
    ACCEPTED(say(s, fr, REASONED, "left"));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "proposed");
    ACCEPTED(say(s, ke, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "agreed");
    stage_free(s);
}

TEST(the_lead_is_handed_over)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;
    static const char changed[] =
        "{'is':'commitment.lead_changed','id':'" C "','lead':'%s'}";

    REFUSED(say(s, &s->ilo, changed, "KE-GOV"), "author.not-allowed"); /* unsigned */
    REFUSED(say_with(s, &s->ilo, WITH(c.fr), changed, "FR-3"), "author.not-a-party");
    REFUSED(say_with(s, c.ke, WITH(&s->ilo), changed, "KE-GOV"), "author.not-allowed");
    ACCEPTED(say_with(s, &s->ilo, WITH(c.ke), changed, "KE-GOV"));
    stage_commit(s);
    SUBJECT_IS(s, C, "lead", "KE-GOV");
    REFUSED(say(s, &s->ilo, SIMPLE, "suspended"), "author.not-allowed");
    ACCEPTED(say(s, c.ke, AMENDED, rev(s), "correction", "'title':'K'"));
    REFUSED(say(s, c.ke, changed, "KE-GOV"), "life.state");
    stage_free(s);
}

TEST(suspended_resumed_and_over)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    REFUSED(say(s, c.ke, SIMPLE, "suspended"), "author.not-allowed");
    REFUSED(say(s, &s->ilo, SIMPLE, "resumed"), "life.state");
    ACCEPTED(say(s, &s->ilo, SIMPLE, "suspended"));
    REFUSED(say(s, &s->ilo, SIMPLE, "suspended"), "life.state");
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "suspended");
    SUBJECT_IS(s, C, "facets.status", "suspended");
    ACCEPTED(say(s, c.ke, PROGRESS, "D1"));
    ACCEPTED(say(s, &s->ilo, SIMPLE, "resumed"));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "in-progress");
    ACCEPTED(say(s, &s->ilo, SIMPLE, "completed"));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "completed");
    REFUSED(say(s, &s->ilo, SIMPLE, "ended"), "life.state");
    REFUSED(say(s, &s->ilo, REASONED, "withdrawn"), "life.state");
    REFUSED(say(s, &s->ilo, AMENDED, rev(s), "amendment", "'title':'A'"), "life.state");
    REFUSED(say(s, c.ke, REASONED, "left"), "life.state");
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "correction", "'title':'A'"));
    ACCEPTED(say(s, c.ke, PROGRESS, "D1")); /* late reports are reports */
    stage_free(s);
}

TEST(what_is_suspended_may_be_declined_besides)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    ACCEPTED(say(s, ke, PROGRESS, "D1"));
    ACCEPTED(say(s, &s->ilo, SIMPLE, "suspended"));
    ACCEPTED(say(s, ke, DECLINE, rev(s)));
    REFUSED(say(s, &s->ilo, PROGRESS, "D1"), "life.state");
    stage_free(s);
}

TEST(a_proposal_is_withdrawn_not_completed)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_join(s, "FR-3");

    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    REFUSED(say(s, &s->ilo, SIMPLE, "completed"), "life.state");
    REFUSED(say(s, &s->ilo, SIMPLE, "ended"), "life.state");
    REFUSED(say(s, &s->ilo, SIMPLE, "suspended"), "life.state");
    ACCEPTED(say(s, &s->ilo, REASONED, "withdrawn"));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "withdrawn");
    REFUSED(say(s, ke, ACCEPT, rev(s)), "life.state");
    REFUSED(say(s, ke, PROGRESS, "D1"), "life.state");
    REFUSED(say(s, fr, "{'is':'commitment.acceded','id':'" C "','role':'funding'}"),
            "life.state");
    stage_free(s);
}

TEST(who_leads_is_a_party_of_what_comes_to_hold)
{
    struct cast c = cast_agreed();
    struct stage *s = c.s;

    /* An amendment that drops KE-GOV waits, and then KE-GOV takes over. */
    ACCEPTED(say(s, &s->ilo, AMENDED, rev(s), "amendment",
                 "'parties':[{'org':'XM-DAC-41302','role':'lead'}]"));
    ACCEPTED(say_with(s, &s->ilo, WITH(c.ke),
                      "{'is':'commitment.lead_changed','id':'" C "','lead':'KE-GOV'}"));
    REFUSED(say(s, c.ke, ACCEPT, rev(s)), "author.not-a-party");
    ACCEPTED(say(s, c.ke, AMENDED, rev(s), "amendment",
                 "'parties':[{'org':'KE-GOV','role':'lead'},{'org':'XM-DAC-41302',"
                 "'role':'participating'}]"));
    ACCEPTED(say(s, &s->ilo, ACCEPT, rev(s)));
    stage_commit(s);
    SUBJECT_IS(s, C, "lead", "KE-GOV");
    SUBJECT_IS(s, C, "parties.0.org", "KE-GOV");
    stage_free(s);
}

/* --- declarations --------------------------------------------------------------------
 */

TEST(a_network_speaks_by_its_quorum)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *xx = stage_register(s, "XX-1");
    static const char declared[] =
        "{'is':'declaration.proposed','id':'%s','title':'T','text':'We call for floors.',"
        "'networks':['spiac-b'],'parties':[{'org':'%s'}%s]}";
    static const char accepted[] = "{'is':'declaration.accepted','id':'%s','rev':'%s'}";

    REFUSED(say(s, xx, declared, "XX-1:D", "XX-1", ""), "author.not-a-member");
    ACCEPTED(say_with(s, ke, WITH(&s->ilo), declared, "KE-GOV:D", "KE-GOV", ""));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:D", "status", "declared");
    SUBJECT_IS(s, "KE-GOV:D", "speaks", "[]"); /* it takes two */
    ACCEPTED(say_with(s, ke, WITH(&s->ilo, &s->unicef), declared, "KE-GOV:E", "KE-GOV",
                      ",{'org':'XX-1'}"));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:E", "speaks", "[\"spiac-b\"]");
    SUBJECT_IS(s, "KE-GOV:E", "status", "proposed");

    /* One convener signs it, the other accepts it. */
    ACCEPTED(say_with(s, ke, WITH(&s->ilo), declared, "KE-GOV:F", "KE-GOV",
                      ",{'org':'XM-DAC-41122'}"));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:F", "speaks", "[]");
    ACCEPTED(say(s, &s->unicef, accepted, "KE-GOV:F", stage_rev(s, "KE-GOV:F")));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:F", "status", "agreed");
    SUBJECT_IS(s, "KE-GOV:F", "speaks", "[\"spiac-b\"]");

    /* New terms are signed anew. */
    ACCEPTED(say_with(s, ke, WITH(&s->unicef),
                      "{'is':'declaration.amended','id':'KE-GOV:F','rev':'%s','why':"
                      "'amendment','reason':'R','set':{'text':'We demand.'}}",
                      stage_rev(s, "KE-GOV:F")));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:F", "amended.text", "We demand.");
    SUBJECT_IS(s, "KE-GOV:F", "speaks", "[]");

    /* Who convenes later on takes nothing away; the next signature goes by it. */
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef),
                      "{'is':'convener.removed','network':'spiac-b','org':'XM-DAC-41302',"
                      "'role':'chair'}"));
    ACCEPTED(say_with(s, &s->unicef, WITH(&s->ilo),
                      "{'is':'convener.added','network':'spiac-b','org':'KE-GOV',"
                      "'role':'convener'}"));
    ACCEPTED(say_with(s, ke, WITH(xx),
                      "{'is':'declaration.lead_changed','id':'KE-GOV:E','lead':'XX-1'}"));
    stage_commit(s);
    SUBJECT_IS(s, "KE-GOV:E", "speaks", "[\"spiac-b\"]");
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_correction_holds_at_once),
    TEST_OF(an_amendment_waits_for_all_and_then_holds),
    TEST_OF(nobody_is_dropped_in_silence),
    TEST_OF(one_that_waits_is_replaced_by_the_next),
    TEST_OF(terms_that_are_not_agreed_are_replaced),
    TEST_OF(what_was_reported_is_kept),
    TEST_OF(who_leads_is_a_party_of_what_comes_to_hold),
    TEST_OF(the_whole_is_well_formed),
    TEST_OF(who_comes_and_who_goes),
    TEST_OF(leaving_what_is_not_agreed),
    TEST_OF(the_lead_is_handed_over),
    TEST_OF(suspended_resumed_and_over),
    TEST_OF(what_is_suspended_may_be_declined_besides),
    TEST_OF(a_proposal_is_withdrawn_not_completed),
    TEST_OF(a_network_speaks_by_its_quorum),
};
TEST_MAIN(tests)
