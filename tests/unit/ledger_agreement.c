/* Partnerships and commitments: proposed, signed, agreed; declined; reported on. */
#include "unit/scribe.h"

#define PARTNERSHIP                                                              \
    "{'is':'partnership.proposed','id':'%s','title':'T','kind':'mou','parties':" \
    "[{'org':'XM-DAC-41302'},{'org':'KE-GOV'},{'org':'%s'%s}]%s}"
#define COMMITMENT                                                            \
    "{'is':'commitment.proposed','id':'%s','title':'T','parties':"            \
    "[{'org':'XM-DAC-41302','role':'lead'},{'org':'KE-GOV','role':'national-" \
    "authority'}],'deliverables':[{'id':'D1','title':'D','measure':'unit',"   \
    "'target':'100'},{'id':'D2','title':'E','measure':'qualitative'}]%s}"
#define ACCEPT "{'is':'%s.accepted','id':'%s','rev':'%s','signed_on':'2026-11'}"
#define DECLINE "{'is':'%s.declined','id':'%s','rev':'%s','reason':'R'}"
#define PROGRESS \
    "{'is':'commitment.progressed','id':'XM-DAC-41302:C','deliverable':'%s'%s}"
#define ELSEWHERE \
    ",'signed_elsewhere':{'on':'2026-01-01','evidence':[{'url':'https://a.example/'}]}"

#define P "XM-DAC-41302:P"
#define C "XM-DAC-41302:C"

static char rev_text[128];

/* Commits, so that rev can be read; valid until the next call. */
static const char *rev(struct stage *s, const char *id)
{
    stage_commit(s);
    snprintf(rev_text, sizeof(rev_text), "%s", stage_rev(s, id));
    return rev_text;
}

TEST(all_parties_sign_one_after_the_other)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_join(s, "FR-3");

    ACCEPTED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", "", ",'networks':['spiac-b']"));
    rev(s, P);
    SUBJECT_IS(s, P, "status", "proposed");
    SUBJECT_IS(s, P, "parties.0.state", "signed");
    SUBJECT_IS(s, P, "parties.1.state", "open");
    SUBJECT_IS(s, P, "facets",
               "{\"networks\":[\"spiac-b\"],\"countries\":[],\"themes\":[],\"orgs\":"
               "[\"XM-DAC-41302\",\"KE-GOV\",\"FR-3\"],\"status\":\"proposed\"}");
    REFUSED(say(s, &s->unicef, ACCEPT, "partnership", P, rev_text), "author.not-a-party");
    REFUSED(say(s, ke, ACCEPT, "partnership", "KE-GOV:P", rev_text), "subject.unknown");
    REFUSED(say(s, ke, ACCEPT, "commitment", P, rev_text), "subject.kind");
    ACCEPTED(say(s, ke, ACCEPT, "partnership", P, rev_text));
    ACCEPTED(say(s, ke, ACCEPT, "partnership", P, rev_text)); /* the newest counts */
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "proposed");
    SUBJECT_IS(s, P, "signed", "2");
    ACCEPTED(say(s, fr, ACCEPT, "partnership", P, rev_text));
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "agreed");
    SUBJECT_IS(s, P, "facets.status", "agreed");
    SUBJECT_IS(s, P, "parties.2.signed_on", "2026-11");
    SUBJECT_IS(s, P, "records", "4");
    REFUSED(say(s, fr, ACCEPT, "partnership", P, rev_text), "life.state");
    REFUSED(say(s, ke, DECLINE, "partnership", P, rev_text), "life.state");
    stage_free(s);
}

TEST(all_parties_sign_at_one_ceremony)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_join(s, "FR-3");

    ACCEPTED(say_with(s, &s->ilo, WITH(ke, fr), PARTNERSHIP, P, "FR-3", "", ""));
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "agreed");
    SUBJECT_IS(s, P, "signed", "3");
    stage_free(s);
}

TEST(keyless_parties_sign_on_paper)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    stage_list(s, "FR-3");
    ACCEPTED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", ELSEWHERE, ""));
    ACCEPTED(say(s, ke, ACCEPT, "partnership", P, rev(s, P)));
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "agreed");
    SUBJECT_IS(s, P, "signed", "2");
    SUBJECT_IS(s, P, "paper", "1");

    /* Without the paper it is not. */
    ACCEPTED(say_with(s, &s->ilo, WITH(ke), PARTNERSHIP, P "2", "FR-3", "", ""));
    stage_commit(s);
    SUBJECT_IS(s, P "2", "status", "proposed");
    SUBJECT_IS(s, P "2", "parties.2.state", "keyless");
    stage_free(s);
}

TEST(paper_of_one_who_has_a_key_does_not_count)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    stage_join(s, "FR-3");
    ACCEPTED(say_with(s, &s->ilo, WITH(ke), PARTNERSHIP, P, "FR-3", ELSEWHERE, ""));
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "proposed");
    SUBJECT_IS(s, P, "parties.2.state", "open");
    stage_free(s);
}

TEST(one_with_parties_that_cannot_sign_is_declared)
{
    struct stage *s = stage_new();
    struct scribe *ke;
    struct buf record = { 0 };

    stage_list(s, "KE-GOV");
    stage_list(s, "FR-3");
    ACCEPTED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", ELSEWHERE, ""));
    rev(s, P);
    SUBJECT_IS(s, P, "status", "declared");

    /* A party that gets a key later on may sign, and then it is agreed. */
    ke = stage_stranger(s, "KE-GOV");
    stage_registration(ke, "spiac-b", &record);
    ACCEPTED(say(s, &s->ilo, "%s", buf_str(&record)));
    ACCEPTED(say(s, ke, ACCEPT, "partnership", P, rev_text));
    stage_commit(s);
    SUBJECT_IS(s, P, "status", "agreed");
    buf_clear(&record);
    stage_free(s);
}

TEST(declining_and_thinking_again)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    ACCEPTED(say(s, &s->ilo, COMMITMENT, C, ""));
    REFUSED(say(s, ke, ACCEPT, "commitment", C,
                "9/1/0000000000000000000000000000000000000000000000000000000000000000"),
            "rev.stale");
    ACCEPTED(say(s, ke, DECLINE, "commitment", C, rev(s, C)));
    REFUSED(say(s, &s->ilo, PROGRESS, "D1", ""), "life.state");
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "declined");
    ACCEPTED(say(s, ke, ACCEPT, "commitment", C, rev_text));
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "agreed");
    stage_free(s);
}

TEST(what_terms_must_say)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_register(s, "FR-3");

    REFUSED(say(s, &s->unicef, PARTNERSHIP, "XM-DAC-41122:P", "FR-3", "", ""),
            "author.not-a-party");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, "KE-GOV:P", "FR-3", "", ""), "id.author");
    REFUSED(say(s, fr, PARTNERSHIP, "FR-3:P", "FR-3", "", ",'networks':['spiac-b']"),
            "author.not-a-member");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", "", ",'networks':['usp2030']"),
            "network.unknown");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, P, "DE-1", "", ""), "org.unknown");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, P, "fr-3", "", ""), "org.unknown");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", "", ",'parent':'" P "0'"),
            "ref.unknown");
    REFUSED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", "", ",'administrative_agent':'X-1'"),
            "org.unknown");
    ACCEPTED(say(s, ke, PARTNERSHIP, "KE-GOV:P", "FR-3", "", ""));
    REFUSED(say(s, ke, PARTNERSHIP, "KE-GOV:P", "FR-3", "", ""), "subject.exists");
    ACCEPTED(say(s, &s->ilo, PARTNERSHIP, P, "FR-3", "",
                 ",'parent':'KE-GOV:P','administrative_agent':'XM-DAC-41122'"));
    REFUSED(say(s, &s->ilo, COMMITMENT, C, ",'partnership':'XM-DAC-41302:Q'"),
            "ref.unknown");
    ACCEPTED(say(s, &s->ilo, COMMITMENT, C, ",'partnership':'" P "'"));
    REFUSED(say(s, &s->ilo, COMMITMENT, C "2", ",'partnership':'" C "'"), "subject.kind");
    stage_free(s);
}

TEST(the_first_fault_of_a_record_is_told)
{
    struct stage *s = stage_new();

    stage_join(s, "KE-GOV");
    ACCEPTED(say(s, &s->ilo, COMMITMENT, C, ""));
    /* subject, author, networks, references */
    REFUSED(say(s, &s->ilo,
                "{'is':'partnership.proposed','id':'" C "','title':'T','kind':'mou',"
                "'parties':[{'org':'X-1'}],'networks':['nobody'],'parent':'" P "'}"),
            "subject.exists");
    REFUSED(say(s, &s->ilo,
                "{'is':'partnership.proposed','id':'" P "','title':'T','kind':'mou',"
                "'parties':[{'org':'X-1'}],'networks':['nobody'],'parent':'" P "'}"),
            "author.not-a-party");
    REFUSED(say(s, &s->ilo,
                "{'is':'partnership.proposed','id':'" P "','title':'T','kind':'mou',"
                "'parties':[{'org':'X-1'},{'org':'XM-DAC-41302'}],'networks':['nobody'],"
                "'parent':'" P "'}"),
            "network.unknown");
    REFUSED(say(s, &s->ilo,
                "{'is':'partnership.proposed','id':'" P "','title':'T','kind':'mou',"
                "'parties':[{'org':'X-1'},{'org':'XM-DAC-41302'}],"
                "'parent':'" P "'}"),
            "org.unknown");
    stage_free(s);
}

TEST(progress_is_reported)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    /* Also in the statement that proposes. */
    ACCEPTED(say(s, &s->ilo, COMMITMENT "\n" PROGRESS, C, "", "D1",
                 ",'period':{'end':'2027'},'value':'40'"));
    REFUSED(say(s, &s->unicef, PROGRESS, "D1", ""), "author.not-a-party");
    REFUSED(say(s, ke, PROGRESS, "D3", ""), "deliverable.unknown");
    REFUSED(say(s, ke, PROGRESS, "D1", ",'with':['X-1']"), "org.unknown");
    REFUSED(say(s, ke, PROGRESS, "D1", ",'funded_by':['X-1']"), "org.unknown");
    REFUSED(say(s, ke, PROGRESS, "D1", ",'value':'a lot'"), "quantity.form");
    stage_commit(s);
    SUBJECT_IS(s, C, "status", "in-progress");
    SUBJECT_IS(s, C, "progress.D1.value", "40");

    /* Of an earlier period: counted, not current. */
    ACCEPTED(say(s, ke, PROGRESS, "D1", ",'period':{'end':'2027-06'},'value':'20'"));
    stage_commit(s);
    SUBJECT_IS(s, C, "progress.D1.value", "40");
    SUBJECT_IS(s, C, "progress.D1.reports", "2");
    /* A coarse date is its last day; among equals the later one. */
    ACCEPTED(say(s, ke, PROGRESS, "D1",
                 ",'period':{'end':'2027-12-31'},'value':'55','state':'advanced'"));
    ACCEPTED(say(s, ke, PROGRESS, "D2", ",'value':'a lot','funded_by':['KE-GOV']"));
    stage_commit(s);
    SUBJECT_IS(s, C, "progress.D1.value", "55");
    SUBJECT_IS(s, C, "progress.D1.state", "advanced");
    SUBJECT_IS(s, C, "progress.D1.reports", "3");
    SUBJECT_IS(s, C, "progress.D2.day", "20780"); /* of `at`: 2026-11-23 */
    stage_free(s);
}

TEST(terms_are_found_in_batch_and_store)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    ACCEPTED(say(s, &s->ilo, COMMITMENT, C, ""));
    ACCEPTED(say(s, ke, PROGRESS, "D1", "")); /* in the batch */
    stage_commit(s);
    ACCEPTED(say(s, ke, PROGRESS, "D1", ""));
    ledger_drop(s->ledger);

    /* What was dropped is forgotten, terms too: these have another deliverable. */
    ACCEPTED(say(s, ke,
                 "{'is':'commitment.proposed','id':'KE-GOV:C','title':'T','parties':"
                 "[{'org':'KE-GOV','role':'lead'}],'deliverables':"
                 "[{'id':'A','title':'D','measure':'unit'}]}"));
    ACCEPTED(
        say(s, ke, "{'is':'commitment.progressed','id':'KE-GOV:C','deliverable':'A'}"));
    ledger_drop(s->ledger);
    ACCEPTED(say(s, ke,
                 "{'is':'commitment.proposed','id':'KE-GOV:C','title':'T','parties':"
                 "[{'org':'KE-GOV','role':'lead'}],'deliverables':"
                 "[{'id':'B','title':'D','measure':'unit'}]}"));
    REFUSED(
        say(s, ke, "{'is':'commitment.progressed','id':'KE-GOV:C','deliverable':'A'}"),
        "deliverable.unknown");
    ACCEPTED(say(s, ke, PROGRESS, "D1", "")); /* in the store */
    stage_commit(s);
    SUBJECT_IS(s, C, "progress.D1.reports", "2");
    stage_free(s);
}

TEST(records_of_a_subject_are_chained)
{
    struct stage *s = stage_new();
    struct store_record r;
    struct buf text = { 0 };
    uint64_t number, count = 0;

    stage_join(s, "KE-GOV");
    ACCEPTED(say(s, &s->ilo, COMMITMENT "\n" PROGRESS, C, "", "D1", ""));
    ACCEPTED(say(s, &s->ilo, PROGRESS, "D2", ""));
    stage_commit(s);
    ACCEPTED(say(s, &s->ilo, PROGRESS, "D2", ""));
    stage_commit(s);
    number = (uint64_t)stage_int(s, STORE_SUBJECT, C, "last");
    while (number != RECORD_NONE) {
        assert_status(store_record_get(s->store, number, &r, &text), STATUS_OK);
        assert_int_equal(r.subject, 1);
        number = r.prev;
        count++;
    }
    assert_bytes_eq(r.is, "commitment.proposed");
    assert_int_equal(count, stage_int(s, STORE_SUBJECT, C, "records"));
    assert_int_equal(count, 4);
    buf_clear(&text);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(all_parties_sign_one_after_the_other),
    TEST_OF(all_parties_sign_at_one_ceremony),
    TEST_OF(keyless_parties_sign_on_paper),
    TEST_OF(paper_of_one_who_has_a_key_does_not_count),
    TEST_OF(one_with_parties_that_cannot_sign_is_declared),
    TEST_OF(declining_and_thinking_again),
    TEST_OF(what_terms_must_say),
    TEST_OF(the_first_fault_of_a_record_is_told),
    TEST_OF(progress_is_reported),
    TEST_OF(terms_are_found_in_batch_and_store),
    TEST_OF(records_of_a_subject_are_chained),
};
TEST_MAIN(tests)
