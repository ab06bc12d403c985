/* tests/unit/view.c: lists, items and totals of a small log */
#include "unit/face_look.h"
#include "unit/face_story.h"

static json_t *listed(struct story *t, enum view_kind k, const char *filter,
                      unsigned limit, const char *after)
{
    struct filter *f = NULL;
    json_t *json = NULL;
    char why[200];

    assert_status(filter_parse(bytes_of(filter), &f, why), STATUS_OK);
    assert_status(
        view_list(t->stage->store, k, f, limit, bytes_of(after), none, day, &json),
        STATUS_OK);
    filter_free(f);
    return json;
}

TEST(lists_are_of_their_kind_in_order_of_creation)
{
    struct story t = story_new();
    json_t *json = listed(&t, VIEW_PLEDGES, "", 50, "");

    IS(json, "items.0.id", "XM-DAC-41302:PL-1");
    IS(json, "items.1.id", "XM-DAC-41122:PL-2");
    IS(json, "items.2.id", "XM-DAC-41302:PL-3");
    IS(json, "items.3", "");
    IS(json, "next", "null");
    IS(json, "size", "14");
    json_decref(json);
    json = listed(&t, VIEW_COMMITMENTS, "", 50, "");
    IS(json, "items.0.id", "XM-DAC-41302:C-1");
    IS(json, "items.1", "");
    json_decref(json);
    json = listed(&t, VIEW_ORGANIZATIONS, "", 50, "");
    IS(json, "items.2.id", "KW-KFAED");
    IS(json, "items.2.signs", "true");
    IS(json, "items.4.country_name", "Kenya");
    IS(json, "items.4.signs", "false");
    json_decref(json);
    json = listed(&t, VIEW_NETWORKS, "", 50, "");
    IS(json, "items.0.id", "spiac-b");
    json_decref(json);
    story_free(&t);
}

TEST(pages_follow_each_other_without_gap)
{
    struct story t = story_new();
    json_t *json = listed(&t, VIEW_PLEDGES, "", 2, "");
    char next[64];

    IS(json, "items.1.id", "XM-DAC-41122:PL-2");
    IS(json, "items.2", "");
    snprintf(next, sizeof(next), "%s", at(json, "next"));
    json_decref(json);
    json = listed(&t, VIEW_PLEDGES, "", 2, next);
    IS(json, "items.0.id", "XM-DAC-41302:PL-3");
    IS(json, "items.1", "");
    IS(json, "next", "null");
    json_decref(json);
    json = NULL;
    assert_status(view_list(t.stage->store, VIEW_COMMITMENTS, NULL, 2, bytes_of(next),
                            none, day, &json),
                  STATUS_REFUSED);
    assert_status(view_list(t.stage->store, VIEW_PLEDGES, NULL, 2, bytes_of("l-1"), none,
                            day, &json),
                  STATUS_REFUSED);
    story_free(&t);
}

/* What the index finds goes on behind a cursor like what is read row by row, however far
 * a cursor leads. */
TEST(pages_of_what_a_filter_chose_follow_each_other)
{
    static const char filter[] = "org=XM-DAC-41302";
    struct story t = story_new();
    json_t *json = listed(&t, VIEW_PLEDGES, filter, 1, "");
    char next[64];

    IS(json, "items.0.id", "XM-DAC-41302:PL-1");
    snprintf(next, sizeof(next), "%s", at(json, "next"));
    json_decref(json);
    json = listed(&t, VIEW_PLEDGES, filter, 1, next);
    IS(json, "items.0.id", "XM-DAC-41302:PL-3");
    IS(json, "items.1", "");
    IS(json, "next", "null");
    json_decref(json);
    json = listed(&t, VIEW_PLEDGES, filter, 1, "l9223372036854775807");
    IS(json, "items.0", "");
    IS(json, "next", "null");
    json_decref(json);
    story_free(&t);
}

TEST(filters_choose)
{
    static const struct {
        enum view_kind kind;
        const char *filter, *first;
    } cases[] = {
        { VIEW_PLEDGES, "country=KE", "XM-DAC-41122:PL-2" },
        { VIEW_PLEDGES, "country=KE&donor=jp-8&recipient=KW-KFAED", "XM-DAC-41302:PL-3" },
        { VIEW_PLEDGES, "status=part-disbursed", "XM-DAC-41302:PL-1" },
        { VIEW_PLEDGES, "is=commitment", "" },
        { VIEW_PLEDGES, "network=usp2030", "" },
        { VIEW_COMMITMENTS, "org=KE-NCB-OP.218%2F051%2F95%2F010", "XM-DAC-41302:C-1" },
        { VIEW_ORGANIZATIONS, "country=KE", KENYA },
        { VIEW_ORGANIZATIONS, "network=spiac-b&org=KW-KFAED", "KW-KFAED" },
        { VIEW_NETWORKS, "org=XM-DAC-41122", "spiac-b" },
    };
    struct story t = story_new();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *json = listed(&t, cases[i].kind, cases[i].filter, 50, "");

        IS(json, "items.0.id", cases[i].first);
        json_decref(json);
    }
    story_free(&t);
}

TEST(a_pledge_shows_money_and_who_says_so)
{
    struct story t = story_new();
    json_t *json = shown(t.stage, VIEW_PLEDGES, "XM-DAC-41302:PL-1", "");

    IS(json, "status", "part-disbursed");
    IS(json, "attested", "both");
    IS(json, "donor_name", "Organization KW-KFAED");
    IS(json, "money.pledged", "700000.00");
    IS(json, "money.committed", "700000.00");
    IS(json, "money.disbursed", "300000.50");
    IS(json, "money.received", "300000.50");
    IS(json, "money.outstanding", "399999.50");
    IS(json, "terms_state", "in-force");
    IS(json, "terms.money.amount", "700000.00");
    IS(json, "terms.id", "");
    IS(json, "history.items.0.is", "pledge.received");
    IS(json, "history.items.4.is", "pledge.made");
    IS(json, "history.items.5", "");
    IS(json, "history.next", "null");
    IS(json, "history.items.4.reference", at(json, "rev"));
    json_decref(json);
    json = shown(t.stage, VIEW_PLEDGES, "XM-DAC-41302:PL-3", "");
    IS(json, "attested", "third-party");
    IS(json, "terms_state", "stated");
    IS(json, "money.pledged", "10.25");
    json_decref(json);
    story_free(&t);
}

TEST(a_commitment_shows_who_signed_and_how)
{
    struct story t = story_new();
    json_t *json = shown(t.stage, VIEW_COMMITMENTS, "XM-DAC-41302:C-1", "");
    char id[9];

    IS(json, "signed.text", "signed 2 of 3");
    IS(json, "parties.0.state", "signed");
    snprintf(id, sizeof(id), "%08x",
             (unsigned)secret_key_public(t.stage->unicef.key)->id);
    IS(json, "parties.1.signature.keys.0.key", id);
    IS(json, "parties.1.signature.org", "XM-DAC-41302"); /* co-signed its statement */
    IS(json, "parties.2.state", "keyless");
    IS(json, "status", "in-progress");
    IS(json, "terms_state", "proposed"); /* Kenya has not signed */
    IS(json, "parties.2.signature", "");
    IS(json, "parties.2.name", "Government of Kenya");
    IS(json, "deliverables.0.percent", "75");
    IS(json, "deliverables.0.current.org", "XM-DAC-41122");
    IS(json, "deliverables.0.current.as_of", "2026-06-30");
    IS(json, "deliverables.0.reports", "1");
    IS(json, "deliverables.1.current", "");
    json_decref(json);
    json = shown(t.stage, VIEW_COMMITMENTS, "XM-DAC-41302:C-1", "de, fr;q=0.5");
    IS(json, "title", "Un socle pour le Kenya");
    IS(json, "parties.2.name", "Gouvernement du Kenya");
    json_decref(json);
    story_free(&t);
}

TEST(history_is_paged_and_its_cursors_are_its_own)
{
    struct story t = story_new();
    json_t *json = NULL;
    char next[64];

    assert_status(view_item(t.stage->store, VIEW_PLEDGES, bytes_of("XM-DAC-41302:PL-1"),
                            2, none, none, day, &json),
                  STATUS_OK);
    IS(json, "history.items.1.is", "pledge.disbursed");
    IS(json, "history.items.2", "");
    snprintf(next, sizeof(next), "%s", at(json, "history.next"));
    json_decref(json);
    assert_status(view_item(t.stage->store, VIEW_PLEDGES, bytes_of("XM-DAC-41302:PL-1"),
                            50, bytes_of(next), none, day, &json),
                  STATUS_OK);
    IS(json, "history.items.0.is", "pledge.committed");
    IS(json, "history.items.2.is", "pledge.made");
    IS(json, "history.next", "null");
    json_decref(json);
    json = NULL;
    assert_status(view_item(t.stage->store, VIEW_PLEDGES, bytes_of("XM-DAC-41302:PL-3"),
                            50, bytes_of(next), none, day, &json),
                  STATUS_REFUSED);
    assert_status(view_item(t.stage->store, VIEW_PLEDGES, bytes_of("XM-DAC-41302:PL-1"),
                            50, bytes_of("h99999999"), none, day, &json),
                  STATUS_REFUSED);
    assert_status(view_item(t.stage->store, VIEW_COMMITMENTS,
                            bytes_of("XM-DAC-41302:PL-1"), 50, none, none, day, &json),
                  STATUS_NOT_FOUND);
    assert_null(json);
    story_free(&t);
}

TEST(the_directory_shows_keys_and_members)
{
    struct story t = story_new();
    json_t *json = shown(t.stage, VIEW_ORGANIZATIONS, "kw-kfaed", "");
    struct buf key = { 0 };

    verifier_key_print(secret_key_public(t.kuwait->key), &key);
    IS(json, "id", "KW-KFAED");
    IS(json, "keys.0.key", buf_str(&key));
    IS(json, "keys.0.label", "first");
    IS(json, "networks.0", "spiac-b");
    IS(json, "history.items.0.is", "organization.registered");
    buf_clear(&key);
    json_decref(json);
    json = shown(t.stage, VIEW_NETWORKS, "spiac-b", "");
    IS(json, "conveners.0.active", "true");
    IS(json, "members.2.org", "KW-KFAED");
    IS(json, "members.2.status", "member");
    json_decref(json);
    story_free(&t);
}

/* Members, conveners and keys are part of the history, however long ago. */
TEST(the_directory_has_whole_histories)
{
    struct story t = story_new();
    struct stage *s = t.stage;
    struct secret_key *spare = scribe_key("KW-KFAED", KEY_ED25519, 1);
    struct buf key = { 0 };
    json_t *json = NULL;
    char next[64];

    scribe_state_key(spare, STAGE_ORIGIN, "KW-KFAED", &key);
    ACCEPTED(say(s, t.kuwait,
                 "{'is':'key.added','org':'KW-KFAED',%s,'label':'spare','kinds':"
                 "['pledge']}",
                 buf_str(&key)));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'network.updated','network':'spiac-b','purpose':'floors'}"));
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef),
                      "{'is':'convener.added','network':'spiac-b','org':'KW-KFAED',"
                      "'role':'convener'}"));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'network.chartered','network':'part','name':'Part','parent':"
                 "'spiac-b','conveners':[{'org':'XM-DAC-41302','role':'chair'}],"
                 "'quorum':{'admit':1,'speak':1}}"));
    stage_commit(s);
    json = shown(s, VIEW_NETWORKS, "spiac-b", "");
    IS(json, "history.items.0.is", "convener.added");
    IS(json, "history.items.1.is", "network.updated");
    IS(json, "history.items.2.is", "membership.granted");
    IS(json, "history.items.3.is", "network.chartered");
    IS(json, "history.items.4", "");
    IS(json, "parts.0", "part");
    IS(json, "conveners.2.org", "KW-KFAED");
    json_decref(json);
    json = shown(s, VIEW_ORGANIZATIONS, "KW-KFAED", "");
    IS(json, "history.items.0.is", "key.added");
    IS(json, "history.items.1.is", "organization.registered");
    IS(json, "history.items.2", "");
    IS(json, "memberships.0.network", "spiac-b");
    IS(json, "memberships.0.status", "member");
    IS(json, "memberships.0.convenes", "convener");
    IS(json, "keys.1.kinds.0", "pledge");
    json_decref(json);
    assert_status(view_item(s->store, VIEW_NETWORKS, bytes_of("spiac-b"), 2, none, none,
                            day, &json),
                  STATUS_OK);
    snprintf(next, sizeof(next), "%s", at(json, "history.next"));
    json_decref(json);
    assert_status(view_item(s->store, VIEW_NETWORKS, bytes_of("spiac-b"), 2,
                            bytes_of(next), none, day, &json),
                  STATUS_OK);
    IS(json, "history.items.0.is", "membership.granted");
    IS(json, "history.next", "null");
    json_decref(json);
    json = NULL;
    assert_status(view_item(s->store, VIEW_NETWORKS, bytes_of("part"), 2, bytes_of(next),
                            none, day, &json),
                  STATUS_REFUSED);
    buf_clear(&key);
    secret_key_free(spare);
    story_free(&t);
}

static void name_is(struct story *t, const char *lang, const char *expected)
{
    json_t *json = shown(t->stage, VIEW_ORGANIZATIONS, KENYA, lang);

    IS(json, "name", expected);
    json_decref(json);
}

/* RFC 9110: of the languages there are, the one wanted most; tags in either case. */
TEST(texts_are_in_the_language_wanted_most)
{
    struct story t = story_new();

    name_is(&t, "fr", "Gouvernement du Kenya");
    name_is(&t, "FR-ca", "Gouvernement du Kenya");
    name_is(&t, "de, fr;q=0.8, en;q=0.5", "Gouvernement du Kenya");
    name_is(&t, "en;q=0.1, fr;q=0.9", "Gouvernement du Kenya");
    name_is(&t, "en, fr", "Government of Kenya");
    name_is(&t, "fr;q=0, en;q=0.001", "Government of Kenya");
    name_is(&t, "fr; q = x", "Gouvernement du Kenya");
    name_is(&t, "de", "Government of Kenya");
    story_free(&t);
}

static const struct view_page page = { .limit = VIEW_LIMIT_MAX };

static json_t *totals(struct story *t, const char *by, const char *filter, bool third)
{
    struct filter *f = NULL;
    json_t *json = NULL;
    char why[200];

    assert_status(filter_parse(bytes_of(filter), &f, why), STATUS_OK);
    assert_status(view_totals(t->stage->store, bytes_of(by), f, third, &page, &json),
                  STATUS_OK);
    filter_free(f);
    return json;
}

TEST(totals_keep_currencies_and_attestations_apart)
{
    struct story t = story_new();
    json_t *json = totals(&t, "country", "", false);

    IS(json, "overlaps", "true");
    IS(json, "items.0.value", "PS");
    IS(json, "items.0.name", "State of Palestine");
    IS(json, "items.0.currency", "USD");
    IS(json, "items.0.attested.both.pledged", "700000.00");
    IS(json, "items.0.attested.donor", "");
    IS(json, "items.0.outstanding", "399999.50");
    IS(json, "total.0.pledged", "700000.00");
    IS(json, "total.1.currency", "JPY");
    IS(json, "total.1.pledged", "5000"); /* in two countries, counted once */
    IS(json, "total.1.attested.recipient.pledges", "1");
    json_decref(json);
    json = totals(&t, "currency", "", true);
    IS(json, "items.0.attested.third-party.pledged", "10.25");
    IS(json, "items.0.pledged", "700010.25");
    IS(json, "overlaps", "false");
    json_decref(json);
    story_free(&t);
}

/* Whatever their order. */
static void same_items(const json_t *a, const json_t *b, const char *list)
{
    size_t n = json_array_size(json_object_get(a, list));

    assert_int_equal(json_array_size(json_object_get(b, list)), n);
    for (size_t k = 0; k < n; k++) {
        const json_t *one = json_array_get(json_object_get(a, list), k);
        bool found = false;

        for (size_t m = 0; m < n; m++)
            found = found || json_equal(one, json_array_get(json_object_get(b, list), m));
        assert_true(found);
    }
}

TEST(totals_under_a_filter_are_those_of_what_matches)
{
    static const char *const by[] = { "network",  "donor",  "recipient", "country",
                                      "currency", "status", "year" };
    struct story t = story_new();
    json_t *json = NULL;

    /* A filter that all pledges match: what is kept and what is added up agree. */
    for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
        json_t *kept = totals(&t, by[i], "", true),
               *added = totals(&t, by[i], "is=pledge", true);

        assert_true(json_array_size(json_object_get(kept, "items")) > 0);
        same_items(kept, added, "items");
        same_items(kept, added, "total");
        json_decref(kept);
        json_decref(added);
    }
    json = totals(&t, "currency", "country=KE", true);
    IS(json, "items.0.value", "JPY");
    IS(json, "items.1.pledged", "10.25");
    IS(json, "items.2", "");
    json_decref(json);
    json = NULL;
    assert_status(
        view_totals(t.stage->store, bytes_of("colour"), NULL, false, &page, &json),
        STATUS_NOT_FOUND);
    story_free(&t);
}

/* One filter by whose values totals are kept: the same as adding up what matches. */
TEST(totals_under_one_filter_are_kept)
{
    static const struct {
        const char *by, *filter;
    } cases[] = { { "currency", "country=KE" },         { "currency", "donor=fr-3" },
                  { "currency", "status=announced" },   { "donor", "donor=FR-3" },
                  { "currency", "network=spiac-b" },    { "status", "status=announced" },
                  { "currency", "recipient=XM-DAC-1" }, { "country", "country=KE" } };
    struct story t = story_new();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char again[64];
        json_t *kept, *added;

        snprintf(again, sizeof(again), "%s&is=pledge", cases[i].filter);
        kept = totals(&t, cases[i].by, cases[i].filter, true);
        added = totals(&t, cases[i].by, again, true);
        same_items(kept, added, "items");
        same_items(kept, added, "total");
        json_decref(kept);
        json_decref(added);
    }
    story_free(&t);
}

TEST(totals_come_in_pages)
{
    struct story t = story_new();
    struct view_page one = { .limit = 1 };
    json_t *all = totals(&t, "country", "", true), *json = NULL, *items = json_array();
    char after[32] = "";

    do {
        one.after = bytes_of(after);
        assert_status(
            view_totals(t.stage->store, bytes_of("country"), NULL, true, &one, &json),
            STATUS_OK);
        json_array_extend(items, json_object_get(json, "items"));
        snprintf(after, sizeof(after), "%s",
                 json_is_null(json_object_get(json, "next"))
                     ? ""
                     : json_string_value(json_object_get(json, "next")));
        json_decref(json);
    } while (*after != '\0');
    assert_true(json_array_size(items) > 1);
    assert_true(json_equal(items, json_object_get(all, "items")));
    one.after = bytes_of("x1");
    assert_status(
        view_totals(t.stage->store, bytes_of("country"), NULL, true, &one, &json),
        STATUS_REFUSED);
    json_decref(items);
    json_decref(all);
    story_free(&t);
}

TEST(a_record_shows_where_it_stands)
{
    struct story t = story_new();
    uint64_t size = ledger_committed(t.stage->ledger);
    json_t *json = NULL, *item = shown(t.stage, VIEW_PLEDGES, "XM-DAC-41302:PL-1", "");
    uint64_t index = strtoull(at(item, "history.items.1.index"), NULL, 10);

    assert_status(view_record(t.stage->store, index, 2, none, &json), STATUS_OK);
    IS(json, "is", "pledge.disbursed");
    IS(json, "reference", at(item, "history.items.1.reference"));
    IS(json, "records_in_statement", "2");
    IS(json, "line", at(json, "record"));
    IS(json, "signers.0.org", "KW-KFAED");
    IS(json, "countries.0", "PS");
    IS(json, "links.item", "/api/v1/pledges/XM-DAC-41302:PL-1");
    json_decref(json);
    json = NULL;
    assert_status(view_record(t.stage->store, index, 3, none, &json), STATUS_NOT_FOUND);
    assert_status(view_record(t.stage->store, index, 0, none, &json), STATUS_NOT_FOUND);
    assert_status(view_record(t.stage->store, size, 1, none, &json), STATUS_NOT_FOUND);
    json_decref(item);
    story_free(&t);
}

/* A replica may hold entries that no checkpoint of its own ends at (docs/replication.md
 * 1.5); or, once it stopped, checkpoints of a tree that it does not hold. */
TEST(the_root_told_is_that_of_the_size_told)
{
    struct story t = story_new();
    struct hash root;
    struct buf text = { 0 };
    json_t *json = NULL;

    stage_list(t.stage, "JP-9");
    root = ledger_root(t.stage->ledger);
    assert_status(ledger_commit(t.stage->ledger, (struct bytes){ 0 }), STATUS_OK);
    assert_status(view_status(t.stage->store, "1.0", &json), STATUS_OK);
    base64_encode((struct bytes){ root.b, HASH_LEN }, &text);
    IS(json, "size", "15");
    IS(json, "root", buf_str(&text));
    buf_clear(&text);
    json_decref(json);
    story_free(&t);
}

TEST(a_status_names_a_bounded_number_of_cosigners)
{
    struct story t = story_new();
    json_t *json = NULL;

    assert_status(store_begin(t.stage->store), STATUS_OK);
    for (int i = 0; i < 300; i++) {
        char name[32];
        uint64_t row;

        snprintf(name, sizeof(name), "org-%d/node", i);
        assert_status(store_row_add(t.stage->store, STORE_KEY, bytes_of(name),
                                    BYTES_LIT("{\"type\":4,\"org\":\"o\",\"key\":\"k\"}"),
                                    &row),
                      STATUS_OK);
    }
    assert_status(store_end(t.stage->store, STATUS_OK), STATUS_OK);
    assert_status(view_status(t.stage->store, "1.0", &json), STATUS_OK);
    assert_int_equal(json_array_size(json_object_get(json, "cosigners")), 256);
    IS(json, "cosigners_more", "true");
    json_decref(json);
    story_free(&t);
}

TEST(status_and_events)
{
    struct story t = story_new();
    struct filter *f = NULL;
    json_t *json = NULL;
    char why[200];

    assert_status(view_status(t.stage->store, "1.0", &json), STATUS_OK);
    IS(json, "origin", STAGE_ORIGIN);
    IS(json, "size", "14");
    IS(json, "version", "1.0");
    IS(json, "cosigners", "[]");
    assert_int_equal(strlen(at(json, "root")), 44);
    json_decref(json);
    assert_status(filter_parse(bytes_of("is=commitment"), &f, why), STATUS_OK);
    assert_status(view_events(t.stage->store, f, 0, 1, &json), STATUS_OK);
    IS(json, "items.0.is", "commitment.proposed");
    IS(json, "items.1", "");
    filter_free(f);
    json_decref(json);
    json = NULL;
    assert_status(view_events(t.stage->store, NULL, 14, 10, &json), STATUS_OK);
    IS(json, "items", "[]");
    IS(json, "size", "14");
    json_decref(json);
    json = NULL;
    assert_status(view_events(t.stage->store, NULL, 15, 10, &json), STATUS_REFUSED);
    story_free(&t);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(lists_are_of_their_kind_in_order_of_creation),
    TEST_OF(pages_follow_each_other_without_gap),
    TEST_OF(pages_of_what_a_filter_chose_follow_each_other),
    TEST_OF(filters_choose),
    TEST_OF(a_pledge_shows_money_and_who_says_so),
    TEST_OF(a_commitment_shows_who_signed_and_how),
    TEST_OF(history_is_paged_and_its_cursors_are_its_own),
    TEST_OF(the_directory_shows_keys_and_members),
    TEST_OF(the_directory_has_whole_histories),
    TEST_OF(texts_are_in_the_language_wanted_most),
    TEST_OF(totals_keep_currencies_and_attestations_apart),
    TEST_OF(totals_under_a_filter_are_those_of_what_matches),
    TEST_OF(totals_under_one_filter_are_kept),
    TEST_OF(totals_come_in_pages),
    TEST_OF(a_record_shows_where_it_stands),
    TEST_OF(the_root_told_is_that_of_the_size_told),
    TEST_OF(a_status_names_a_bounded_number_of_cosigners),
    TEST_OF(status_and_events),
};

TEST_MAIN(tests)
