/* tests/unit/alike.c: names that others have, too */
#include "face/event.h"
#include "face/names.h"
#include "unit/face_look.h"
#include "unit/face_story.h"

static void list(struct story *t, const char *org, const char *name, const char *country)
{
    ACCEPTED(say(t->stage, &t->stage->ilo,
                 "{'is':'organization.listed','org':'%s','name':'%s','org_type':'10',"
                 "'country':'%s'}",
                 org, name, country));
    stage_commit(t->stage);
}

static void expect_name(struct story *t, const char *lang, const char *org,
                        const char *name)
{
    struct names *names;

    assert_status(names_new(t->stage->store, bytes_of(lang), &names), STATUS_OK);
    assert_bytes_eq(names_org(names, bytes_of(org)), name);
    names_free(names);
}

TEST(a_name_of_two_is_shown_with_country_and_identifier)
{
    struct story t = story_new();
    json_t *view = NULL;

    list(&t, "IE-1", "Irish Aid", "IE");
    expect_name(&t, "", "IE-1", "Irish Aid"); /* it alone is called so */
    list(&t, "XM-DAC-99", "Irish Aid", "US");
    list(&t, "KE-NCB-7", "Gouvernement du Kenya", "CD");
    expect_name(&t, "", "IE-1", "Irish Aid (IE, IE-1)");
    expect_name(&t, "", "XM-DAC-99", "Irish Aid (US, XM-DAC-99)");
    expect_name(&t, "en", KENYA, "Government of Kenya");
    expect_name(&t, "fr", KENYA, "Gouvernement du Kenya (KE, " KENYA ")");

    ACCEPTED(say(t.stage, &t.stage->ilo,
                 "{'is':'pledge.made','id':'XM-DAC-41302:PL-9','title':'Cash','donor':'"
                 "IE-1','recipient':'XM-DAC-41302','basis':'reported',"
                 "'money':{'amount':'5.00','currency':'EUR'}}"));
    stage_commit(t.stage);
    assert_status(view_item(t.stage->store, VIEW_PLEDGES, BYTES_LIT("XM-DAC-41302:PL-9"),
                            50, none, none, day, &view),
                  STATUS_OK);
    IS(view, "history.items.0.text",
       "Organization XM-DAC-41302 reported a pledge of EUR 5 by Irish Aid (IE, IE-1) to "
       "Organization XM-DAC-41302");
    json_decref(view);
    story_free(&t);
}

TEST(a_name_that_looks_alike_is_no_name_alone)
{
    struct story t = story_new();

    list(&t, "IE-1", "Irish Aid", "IE");
    list(&t, "US-1", "Iri\xd1\x95h Aid", "US"); /* a Cyrillic letter */
    list(&t, "US-2", "Save the Children", "US");
    expect_name(&t, "", "IE-1", "Irish Aid (IE, IE-1)");
    expect_name(&t, "", "US-1", "Iri\xd1\x95h Aid (US, US-1)");
    expect_name(&t, "", "US-2", "Save the Children");
    story_free(&t);
}

TEST(who_is_renamed_leaves_the_name_to_the_other)
{
    struct story t = story_new();

    list(&t, "IE-1", "Irish Aid", "IE");
    list(&t, "US-1", "lrish aid", "US");
    expect_name(&t, "", "IE-1", "Irish Aid (IE, IE-1)");
    ACCEPTED(say(t.stage, &t.stage->ilo,
                 "{'is':'organization.updated','org':'US-1','name':'American Aid'}"));
    stage_commit(t.stage);
    expect_name(&t, "", "IE-1", "Irish Aid");
    expect_name(&t, "", "US-1", "American Aid");
    story_free(&t);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_name_of_two_is_shown_with_country_and_identifier),
    TEST_OF(a_name_that_looks_alike_is_no_name_alone),
    TEST_OF(who_is_renamed_leaves_the_name_to_the_other),
};

TEST_MAIN(tests)
