/* Organizations, networks, memberships: who may say what of whom. */
#include "unit/scribe.h"

#define LISTED "{'is':'organization.listed','org':'%s','name':'N','org_type':'10'}"
#define GRANTED "{'is':'membership.granted','network':'%s','org':'%s','role':'member'}"
#define JOINED "{'is':'membership.accepted','network':'%s','org':'%s'}"
#define CHARTERED                                                               \
    "{'is':'network.chartered','network':'%s','name':'N',%s"                    \
    "'conveners':[{'org':'%s','role':'chair'},{'org':'%s','role':'convener'}]," \
    "'quorum':{'admit':%d,'speak':1}}"

TEST(a_member_lists_an_organization)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_register(s, "KE-GOV");

    REFUSED(say(s, ke, LISTED, "KE-1"), "author.not-a-member");
    ACCEPTED(say_with(s, &s->ilo, WITH(ke), GRANTED, "spiac-b", "KE-GOV"));
    ACCEPTED(say(s, ke, LISTED, "KE-1"));
    REFUSED(say(s, ke, LISTED, "ke-1"), "subject.exists"); /* whatever its case */
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "ke-1", "status"), "listed");
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "ke-1", "by"), "KE-GOV");
    stage_free(s);
}

TEST(a_convener_vouches_for_xv_ids)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    REFUSED(say(s, ke, LISTED, "XV.spiac-b.one"), "author.not-allowed");
    REFUSED(say(s, &s->ilo, LISTED, "XV.usp2030.one"), "network.unknown");
    ACCEPTED(say(s, &s->ilo, LISTED, "XV.spiac-b.one"));
    stage_free(s);
}

TEST(a_convener_registers)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_stranger(s, "FR-3");
    struct buf record = { 0 }, bare = { 0 }, elsewhere = { 0 };

    stage_registration(fr, "spiac-b", &record);
    stage_registration(fr, NULL, &bare);
    stage_registration(fr, "usp2030", &elsewhere);
    REFUSED(say(s, ke, "%s", buf_str(&record)), "author.not-allowed");
    REFUSED(say(s, &s->ilo, "%s", buf_str(&bare)), "field.missing");
    REFUSED(say(s, &s->ilo, "%s", buf_str(&elsewhere)), "network.unknown");
    REFUSED(say(s, fr, LISTED, "FR-9"), "key.unknown");
    stage_list(s, "FR-3");
    ACCEPTED(say(s, &s->unicef, "%s", buf_str(&record))); /* was listed only */
    REFUSED(say(s, &s->ilo, "%s", buf_str(&record)), "subject.exists");
    REFUSED(say(s, fr, LISTED, "FR-9"), "author.not-a-member"); /* its key is known */
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "fr-3", "status"),
                        "registered");
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "fr-3", "by"), "XM-DAC-41122");
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "fr-3", "network"), "spiac-b");
    assert_int_equal(stage_int(s, STORE_ORGANIZATION, "fr-3", "created"),
                     RECORD_NUMBER(3, 1));
    buf_clear(&record);
    buf_clear(&bare);
    buf_clear(&elsewhere);
    stage_free(s);
}

TEST(who_may_update_an_organization)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");
    static const char update[] = "{'is':'organization.updated','org':'%s','name':'New'}";

    stage_list(s, "FR-3"); /* by ILO */
    REFUSED(say(s, ke, update, "FR-3"), "author.not-allowed");
    ACCEPTED(say(s, &s->ilo, update, "FR-3"));
    REFUSED(say(s, &s->ilo, update, "KE-GOV"), "author.not-allowed");
    ACCEPTED(say(s, ke, update, "KE-GOV"));
    REFUSED(say(s, ke, update, "KE-OTHER"), "subject.unknown");
    REFUSED(say(s, ke, update, "ke-gov"), "subject.unknown"); /* by its own spelling */
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "ke-gov", "name"), "New");
    stage_free(s);
}

TEST(membership_is_granted_and_accepted)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_register(s, "KE-GOV");

    REFUSED(say(s, ke, JOINED, "spiac-b", "KE-GOV"), "subject.unknown");
    REFUSED(say(s, ke, GRANTED, "spiac-b", "KE-GOV"), "author.not-allowed");
    REFUSED(say(s, &s->ilo, GRANTED, "usp2030", "KE-GOV"), "network.unknown");
    REFUSED(say(s, &s->ilo, GRANTED, "spiac-b", "FR-3"), "org.unknown");
    ACCEPTED(say(s, &s->ilo, GRANTED, "spiac-b", "KE-GOV"));
    REFUSED(say(s, &s->ilo, GRANTED, "spiac-b", "KE-GOV"), "subject.exists");
    REFUSED(say(s, ke, LISTED, "KE-1"), "author.not-a-member"); /* granted only */
    REFUSED(say(s, &s->ilo, JOINED, "spiac-b", "KE-GOV"), "author.not-allowed");
    ACCEPTED(say(s, ke, JOINED, "spiac-b", "KE-GOV"));
    REFUSED(say(s, ke, JOINED, "spiac-b", "KE-GOV"), "life.state");
    ACCEPTED(say(s, ke, LISTED, "KE-1"));
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "ke-gov", "networks"),
                        "[\"spiac-b\"]");
    stage_free(s);
}

TEST(networks_have_conveners_and_quorums)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV"), *fr = stage_join(s, "FR-3");

    REFUSED(say(s, ke, CHARTERED, "usp2030", "", "KE-GOV", "FR-3", 2),
            "author.not-allowed"); /* no steward */
    REFUSED(say(s, &s->ilo, CHARTERED, "usp2030", "", "KE-GOV", "DE-1", 2),
            "org.unknown");
    REFUSED(say(s, &s->ilo, CHARTERED, "usp2030", "'member_networks':['nobody'],",
                "KE-GOV", "FR-3", 2),
            "network.unknown");
    ACCEPTED(
        say_with(s, &s->ilo, WITH(ke), CHARTERED, "usp2030", "", "KE-GOV", "FR-3", 2));
    REFUSED(say(s, &s->ilo, CHARTERED, "usp2030", "", "KE-GOV", "FR-3", 2),
            "subject.exists");

    /* FR-3 has not signed: it is no convener yet, and counts in no quorum. */
    stage_list(s, "DE-1");
    REFUSED(say(s, fr, GRANTED, "usp2030", "DE-1"), "author.not-allowed");
    REFUSED(say_with(s, ke, WITH(fr), GRANTED, "usp2030", "DE-1"), "quorum.missing");
    ACCEPTED(say(s, fr, JOINED, "usp2030", "FR-3"));
    REFUSED(say(s, ke, GRANTED, "usp2030", "DE-1"), "quorum.missing");
    ACCEPTED(say_with(s, ke, WITH(fr), GRANTED, "usp2030", "DE-1"));
    stage_free(s);
}

TEST(a_network_below_another_is_its_conveners_to_charter)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    stage_join(s, "FR-3");
    REFUSED(say(s, ke, CHARTERED, "task", "'parent':'spiac-b',", "KE-GOV", "FR-3", 1),
            "author.not-allowed");
    REFUSED(say(s, &s->ilo, CHARTERED, "task", "'parent':'nobody',", "KE-GOV", "FR-3", 1),
            "network.unknown");
    ACCEPTED(
        say(s, &s->ilo, CHARTERED, "task", "'parent':'spiac-b',", "KE-GOV", "FR-3", 1));
    /* ... and then its conveners for what is below that, once they are active. */
    REFUSED(say(s, ke, CHARTERED, "sub", "'parent':'task',", "KE-GOV", "FR-3", 1),
            "author.not-allowed");
    ACCEPTED(say(s, ke, JOINED, "task", "KE-GOV"));
    ACCEPTED(say(s, ke, CHARTERED, "sub", "'parent':'task',", "KE-GOV", "FR-3", 1));
    stage_free(s);
}

/* What the facets of a record tell, where it is about no subject. */
TEST(facets_of_the_directory)
{
    struct stage *s = stage_new();
    struct store_record r;
    struct buf text = { 0 };

    stage_list(s, "KE-1");
    stage_commit(s);
    assert_status(store_record_get(s->store, RECORD_NUMBER(1, 1), &r, &text), STATUS_OK);
    assert_bytes_eq(r.is, "organization.listed");
    assert_true(r.subject == RECORD_NONE && r.prev == RECORD_NONE);
    assert_bytes_eq(r.facets, "{\"networks\":[],\"countries\":[],\"themes\":[],"
                              "\"orgs\":[\"XM-DAC-41302\",\"KE-1\"]}");
    assert_status(store_record_get(s->store, RECORD_NUMBER(0, 4), &r, &text), STATUS_OK);
    assert_bytes_eq(r.facets,
                    "{\"networks\":[\"spiac-b\"],\"countries\":[],\"themes\":[],"
                    "\"orgs\":[\"XM-DAC-41302\",\"XM-DAC-41122\"]}");
    buf_clear(&text);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_member_lists_an_organization),
    TEST_OF(a_convener_vouches_for_xv_ids),
    TEST_OF(a_convener_registers),
    TEST_OF(who_may_update_an_organization),
    TEST_OF(membership_is_granted_and_accepted),
    TEST_OF(networks_have_conveners_and_quorums),
    TEST_OF(a_network_below_another_is_its_conveners_to_charter),
    TEST_OF(facets_of_the_directory),
};
TEST_MAIN(tests)
