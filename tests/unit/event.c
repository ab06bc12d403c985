/* tests/unit/event.c: what the feed says of entries, and catching up from a store */
#include "unit/face_story.h"

#include "face/event.h"
#include "face/feed.h"
#include "face/view.h"
#include "record/kind.h"

static json_t *event_at(const struct event *events, size_t n, const char *is)
{
    json_t *json = NULL;

    for (size_t i = 0; i < n && json == NULL; i++) {
        if (strcmp(events[i].is, is) == 0)
            assert_status(json_parse(buf_bytes(&events[i].json), &json), STATUS_OK);
    }
    assert_non_null(json);
    return json;
}

TEST(an_event_says_it_all)
{
    struct story t = story_new();
    struct event *events = NULL;
    const json_t *record;
    json_t *ev;
    size_t n = 0;

    assert_status(events_make(t.stage->store, NULL, 0, ledger_committed(t.stage->ledger),
                              &events, &n),
                  STATUS_OK);
    ev = event_at(events, n, "pledge.made");
    record = json_object_get(ev, "record");
    assert_bytes_eq(json_member(ev, "org"), "XM-DAC-41302");
    assert_bytes_eq(json_member(ev, "id"), "XM-DAC-41302:PL-1");
    assert_bytes_eq(json_member(json_object_get(record, "money"), "amount"), "700000.00");
    assert_bytes_eq(json_bytes(json_array_get(json_object_get(ev, "countries"), 0)),
                    "PS");
    assert_bytes_eq(json_bytes(json_array_get(json_object_get(ev, "networks"), 0)),
                    "spiac-b");
    assert_bytes_eq(json_member(ev, "text"),
                    "Organization XM-DAC-41302 reported a pledge of USD 700,000 by "
                    "Organization KW-KFAED to Organization XM-DAC-41302 (State of "
                    "Palestine)");
    json_decref(ev);
    events_free(events, n);
    story_free(&t);
}

static void tells(struct story *t, const char *is, const char *text)
{
    struct event *events = NULL;
    json_t *ev;
    size_t n = 0;

    assert_status(events_make(t->stage->store, NULL, 0,
                              ledger_committed(t->stage->ledger), &events, &n),
                  STATUS_OK);
    ev = event_at(events, n, is);
    assert_bytes_eq(json_member(ev, "text"), text);
    json_decref(ev);
    events_free(events, n);
}

static void says(struct story *t, const char *is, const char *part)
{
    struct event *events = NULL;
    size_t n = 0, found = 0;

    assert_status(events_make(t->stage->store, NULL, 0,
                              ledger_committed(t->stage->ledger), &events, &n),
                  STATUS_OK);
    for (size_t i = 0; i < n; i++)
        found += strcmp(events[i].is, is) == 0 &&
                 strstr(buf_str(&events[i].json), part) != NULL;
    assert_int_equal(found, 1);
    events_free(events, n);
}

TEST(each_kind_has_a_sentence)
{
    struct story t = story_new();

    tells(&t, "log.chartered",
          "Organization XM-DAC-41302 chartered the log avow.example.org/spf");
    tells(&t, "network.chartered",
          "Organization XM-DAC-41302 chartered the network “SPIAC-B”");
    tells(&t, "organization.listed",
          "Organization XM-DAC-41302 listed JP-8 in the directory");
    tells(
        &t, "membership.granted",
        "Organization XM-DAC-41302 granted Organization KW-KFAED membership of SPIAC-B");
    tells(&t, "pledge.accepted",
          "Organization KW-KFAED confirmed the pledge “Social protection in Palestine”");
    tells(&t, "pledge.committed",
          "Organization KW-KFAED committed (firm agreement) USD 700,000 to Organization "
          "XM-DAC-41302 under “Social protection in Palestine”");
    tells(&t, "pledge.received",
          "Organization XM-DAC-41302 reported having received USD 300,000.50 from "
          "Organization KW-KFAED under “Social protection in Palestine”");
    tells(&t, "commitment.proposed",
          "Organization XM-DAC-41302 proposed the joint programming commitment “A floor "
          "for Kenya” with Organization XM-DAC-41122 and Government of Kenya (Kenya)");
    tells(&t, "commitment.progressed",
          "Organization XM-DAC-41122 reported progress on “A floor for Kenya”, "
          "deliverable D-1: about 4000");
    story_free(&t);
}

/* None falls back on its name. */
TEST(every_kind_of_the_vocabulary_has_words)
{
    struct story t = story_new();
    struct names *names = NULL;
    json_t *record = json_pack("{s:s, s:s, s:{s:s}, s:s}", "id", "XM-DAC-41302:PL-1",
                               "reason", "so", "set", "title", "x", "origin", "other");

    assert_status(names_new(t.stage->store, (struct bytes){ 0 }, &names), STATUS_OK);
    for (int k = 0; k < KIND_COUNT; k++) {
        const char *is = kind_name((enum kind)k);
        struct buf text = { 0 };

        assert_status(event_sentence(names, is, record, bytes_of("JP-8"), &text),
                      STATUS_OK);
        assert_int_equal(strncmp(buf_str(&text), "JP-8 ", 5), 0);
        assert_null(strstr(buf_str(&text), is));
        assert_null(strstr(buf_str(&text), " stated "));
        buf_clear(&text);
    }
    json_decref(record);
    names_free(names);
    story_free(&t);
}

static const char *newest(struct story *t, const char *id)
{
    static char reference[128];
    json_t *row = stage_row(t->stage, STORE_SUBJECT, id);
    uint64_t last = (uint64_t)json_integer_value(json_object_get(row, "last"));
    json_t *record = NULL;

    assert_status(view_record(t->stage->store, RECORD_INDEX(last), RECORD_N(last),
                              (struct bytes){ 0 }, &record),
                  STATUS_OK);
    snprintf(reference, sizeof(reference), "%s",
             json_string_value(json_object_get(record, "reference")));
    json_decref(record);
    json_decref(row);
    return reference;
}

#define PL1 "XM-DAC-41302:PL-1"

TEST(what_is_said_of_records_and_of_keys)
{
    struct story t = story_new();
    struct stage *s = t.stage;

    ACCEPTED(say(s, t.kuwait,
                 "{'is':'pledge.amended','id':'" PL1 "','rev':'%s','why':'amendment',"
                 "'reason':'more','set':{'money':{'amount':'1000000','currency':"
                 "'USD'}}}",
                 story_rev(&t, PL1)));
    ACCEPTED(say(s, &s->ilo, "{'is':'pledge.accepted','id':'" PL1 "','rev':'%s'}",
                 story_rev(&t, PL1)));
    ACCEPTED(say(s, t.kuwait,
                 "{'is':'pledge.disbursed','id':'" PL1 "','tx':'D2','money':{'amount':"
                 "'10','currency':'USD'}}"));
    stage_commit(s);
    ACCEPTED(say(s, &s->ilo, "{'is':'record.disputed','ref':'%s','reason':'not here'}",
                 newest(&t, PL1)));
    stage_commit(s);
    tells(&t, "pledge.amended",
          "Organization KW-KFAED amended “Social protection in Palestine” (money): more");
    tells(&t, "record.disputed",
          "Organization XM-DAC-41302 disputed record 16/1 (the disbursement of USD 10 "
          "under “Social protection in Palestine”): not here");
    says(&t, "record.disputed", "\"id\":\"" PL1 "\"");
    says(&t, "record.disputed", "\"countries\":[\"PS\"]");
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'organization.signing','org':'XM-DAC-41302','rules':[{'kinds':"
                 "['pledge','key.added'],'signatures':2}]}"));
    stage_commit(s);
    tells(&t, "organization.signing",
          "Organization XM-DAC-41302 demands 2 signatures of its own for pledge, "
          "key.added");
    story_free(&t);
}

TEST(a_scan_stops_at_its_limits_between_entries)
{
    static const struct events_limit one = { 1, 1, 1 }, all = { 1000, 1000, 1 << 20 };
    struct story t = story_new();
    uint64_t size = ledger_committed(t.stage->ledger), at = 0, reached;
    size_t seen = 0, total = 0, n;
    struct event *events;

    assert_status(
        events_scan(t.stage->store, NULL, 0, size, &all, &events, &total, &reached),
        STATUS_OK);
    assert_int_equal(reached, size);
    events_free(events, total);
    while (at < size) {
        assert_status(
            events_scan(t.stage->store, NULL, at, size, &one, &events, &n, &reached),
            STATUS_OK);
        assert_int_equal(reached, at + 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(events[i].index, at);
        seen += n;
        at = reached;
        events_free(events, n);
    }
    assert_int_equal(seen, total);
    story_free(&t);
}

TEST(catching_up_is_what_was_live)
{
    struct story t = story_new();
    uint64_t size = ledger_committed(t.stage->ledger), reached = 0;
    struct event *events = NULL;
    struct filter *f = NULL;
    struct buf live = { 0 }, later = { 0 }, root = { 0 };
    char why[200];
    size_t n = 0;

    assert_status(filter_parse(bytes_of("country=PS"), &f, why), STATUS_OK);
    assert_status(events_make(t.stage->store, NULL, 0, size, &events, &n), STATUS_OK);
    assert_status(events_root(t.stage->store, size, &root), STATUS_OK);
    assert_int_equal(root.len, 44);
    assert_int_equal(events_message(events, n, f, size, buf_bytes(&root), &live), 6);
    assert_status(feed_catchup(t.stage->store, f, 0, size, &reached, &later), STATUS_OK);
    assert_int_equal(reached, size);
    assert_same_bytes(buf_bytes(&later), buf_bytes(&live));
    events_free(events, n);
    filter_free(f);

    assert_status(filter_parse(bytes_of("country=FR"), &f, why), STATUS_OK);
    buf_reset(&later);
    assert_status(feed_catchup(t.stage->store, f, 3, size, &reached, &later), STATUS_OK);
    assert_int_equal(later.len, 0);
    assert_int_equal(reached, size);
    filter_free(f);
    buf_clear(&live);
    buf_clear(&later);
    buf_clear(&root);
    story_free(&t);
}

/* What is remembered from one batch to the next does not show, but in what it costs. */
TEST(remembered_names_are_todays)
{
    struct story t = story_new();
    uint64_t size = ledger_committed(t.stage->ledger);
    struct names *names = NULL;
    struct event *events = NULL, *anew = NULL;
    size_t n = 0, m = 0;

    assert_status(names_new(t.stage->store, (struct bytes){ 0 }, &names), STATUS_OK);
    for (uint64_t at = 0; at < size; at++) {
        assert_status(events_make(t.stage->store, names, at, at + 1, &events, &n),
                      STATUS_OK);
        assert_status(events_make(t.stage->store, NULL, at, at + 1, &anew, &m),
                      STATUS_OK);
        assert_int_equal(n, m);
        for (size_t i = 0; i < n; i++)
            assert_same_bytes(buf_bytes(&events[i].json), buf_bytes(&anew[i].json));
        events_free(events, n);
        events_free(anew, m);
    }
    ACCEPTED(say(t.stage, &t.stage->ilo,
                 "{'is':'organization.updated','org':'XM-DAC-41302','name':'ILO'}"));
    ACCEPTED(say(t.stage, &t.stage->ilo,
                 "{'is':'pledge.committed','id':'XM-DAC-41302:PL-1','tx':'C9',"
                 "'money':{'amount':'1','currency':'USD'}}"));
    stage_commit(t.stage);
    for (uint64_t at = size; at < size + 2; at++) {
        assert_status(events_make(t.stage->store, names, at, at + 1, &events, &n),
                      STATUS_OK);
        assert_non_null(strstr(buf_str(&events[0].json), "\"text\":\"ILO "));
        events_free(events, n);
    }
    names_free(names);
    story_free(&t);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(an_event_says_it_all),
    TEST_OF(each_kind_has_a_sentence),
    TEST_OF(every_kind_of_the_vocabulary_has_words),
    TEST_OF(what_is_said_of_records_and_of_keys),
    TEST_OF(a_scan_stops_at_its_limits_between_entries),
    TEST_OF(catching_up_is_what_was_live),
    TEST_OF(remembered_names_are_todays),
};

TEST_MAIN(tests)
