/* Indexes over the rows: what is due by day, and what is found by word; they follow the
 * rows, and an altered one is told from these. */
#include "unit/scribe.h"

#define COMMITMENT                                                                    \
    "{'is':'commitment.proposed','id':'" C "','title':{'en':'A strategy','fr':'Une "  \
    "stratégie'},'parties':[{'org':'XM-DAC-41302','role':'lead'},{'org':'KE-GOV',"   \
    "'role':'national-authority'}],'deliverables':[{'id':'D1','title':'D','measure':" \
    "'unit','target':'100','due':'2027-03','milestones':[{'period':{'end':'2026'},"   \
    "'target':'40'}]},{'id':'D2','title':'E','measure':'qualitative','due':"          \
    "'2027-03-31'},{'id':'D3','title':'F','measure':'qualitative'}]}"
#define PROGRESS "{'is':'commitment.progressed','id':'" C "','deliverable':'%s',%s}"
#define MADE                                                                           \
    "{'is':'pledge.made','id':'" P "','title':'Water for all','donor':'KE-GOV',"       \
    "'recipient':'XM-DAC-41302','basis':'announced','money':{'amount':'100',"          \
    "'currency':'USD'},'schedule':[{'due':'2027-06','money':{'amount':'60','currency'" \
    ":'USD'}},{'due':'2026-12-01','money':{'amount':'40','currency':'USD'}}]}"
#define SENT                                                    \
    "{'is':'pledge.disbursed','id':'" P "','tx':'%s','money':{" \
    "'amount':'%s','currency':'USD'}}"
#define C "XM-DAC-41302:C"
#define P "KE-GOV:P"

static enum status print_due(void *ctx, const struct store_due *d)
{
    buf_printf(ctx, BYTES_FMT " %llu " BYTES_FMT "\n", BYTES_ARG(d->day),
               (unsigned long long)d->subject, BYTES_ARG(d->item));
    return STATUS_OK;
}

static void due_is(struct stage *s, const char *until, const char *text)
{
    struct store_due first = { 0 };
    struct buf out = { 0 };

    stage_commit(s);
    assert_status(store_due(s->store, &first, bytes_of(until), print_due, &out),
                  STATUS_OK);
    assert_string_equal(buf_str(&out), text);
    buf_clear(&out);
}

TEST(what_waits_for_a_day_is_found_by_it)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");
    struct store_due after = { BYTES_LIT("2027-03-31"), 1, BYTES_LIT("D1") };
    struct buf out = { 0 };

    due_is(s, "9999-12-31", "");
    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    ACCEPTED(say(s, ke, MADE));
    due_is(s, "9999-12-31",
           "2026-12-01 2 2\n2026-12-31 1 D1\n2027-03-31 1 D2\n2027-06-30 2 1\n");
    due_is(s, "2026-12-30", "2026-12-01 2 2\n");
    SUBJECT_IS(s, C, "due", "[[\"2026-12-31\",\"D1\"],[\"2027-03-31\",\"D2\"]]");

    /* A milestone reached, and then the next one waits; a payment, in part. */
    ACCEPTED(say(s, &s->ilo, PROGRESS, "D1", "'value':'50'"));
    ACCEPTED(say(s, ke, SENT, "1", "39.99"));
    due_is(s, "9999-12-31",
           "2026-12-01 2 2\n2027-03-31 1 D1\n2027-03-31 1 D2\n2027-06-30 2 1\n");
    assert_status(store_due(s->store, &after, BYTES_LIT("9999-12-31"), print_due, &out),
                  STATUS_OK);
    assert_string_equal(buf_str(&out), "2027-03-31 1 D2\n2027-06-30 2 1\n");
    ACCEPTED(say(s, ke, SENT, "2", "0.01"));
    ACCEPTED(say(s, &s->ilo, PROGRESS, "D2", "'state':'achieved'"));
    due_is(s, "9999-12-31", "2027-03-31 1 D1\n2027-06-30 2 1\n");

    /* What is over waits no more. */
    ACCEPTED(say(s, ke, "{'is':'pledge.withdrawn','id':'" P "','reason':'R'}"));
    ACCEPTED(say(s, &s->ilo, "{'is':'commitment.suspended','id':'" C "','reason':'R'}"));
    due_is(s, "9999-12-31", "");
    ACCEPTED(say(s, &s->ilo, "{'is':'commitment.resumed','id':'" C "','reason':'R'}"));
    due_is(s, "9999-12-31", "2027-03-31 1 D1\n");
    buf_clear(&out);
    stage_free(s);
}

static enum status print_found(void *ctx, enum store_table t, uint64_t row,
                               struct bytes snippet)
{
    buf_printf(ctx, "%s %llu " BYTES_FMT "\n", store_table_name(t),
               (unsigned long long)row, BYTES_ARG(snippet));
    return STATUS_OK;
}

static void found_is(struct stage *s, const char *words, uint64_t from, const char *text)
{
    struct buf out = { 0 };

    stage_commit(s);
    assert_status(store_text_find(s->store, bytes_of(words), from, print_found, &out),
                  STATUS_OK);
    assert_string_equal(buf_str(&out), text);
    buf_clear(&out);
}

TEST(what_has_a_name_is_found_by_its_words)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");

    ACCEPTED(say(s, &s->ilo, COMMITMENT));
    ACCEPTED(say(s, ke, MADE));
    found_is(s, "\"STRATEGIE\"", 0, "subject 1 A strategy\nUne stratégie\n");
    found_is(s, "\"strat\"*", store_text_number(STORE_SUBJECT, 2), "");
    found_is(s, "\"KE-GOV:P\"", 0, "subject 2 Water for all\n");
    found_is(s, "\"wat\"* AND \"all\"", 0, "subject 2 Water for all\n");
    ACCEPTED(say(s, ke,
                 "{'is':'pledge.amended','id':'" P "','rev':'%s','why':'correction',"
                 "'reason':'R','set':{'title':'Rivers'}}",
                 stage_rev(s, P)));
    found_is(s, "\"water\"", 0, "");
    found_is(s, "\"rivers\"", 0, "subject 2 Rivers\n");
    stage_free(s);
}

static void alter(struct stage *s, struct bytes day)
{
    struct store_due d = { day, 7, BYTES_LIT("1") };
    struct store_text words = { BYTES_LIT("x"), day, { 0 } };

    assert_status(store_begin(s->store), STATUS_OK);
    assert_status(store_due_put(s->store, &d), STATUS_OK);
    assert_status(store_text_put(s->store, STORE_NETWORK, 1, &words, false), STATUS_OK);
    assert_status(store_end(s->store, STATUS_OK), STATUS_OK);
}

TEST(an_index_that_differs_has_another_digest)
{
    struct stage *s = stage_new();
    struct hash before[STORE_INDEX_COUNT], after;

    stage_commit(s);
    for (int i = 0; i < STORE_INDEX_COUNT; i++) {
        assert_status(store_index_digest(s->store, (enum store_index)i, &before[i]),
                      STATUS_OK);
        assert_status(store_index_digest(s->store, (enum store_index)i, &after),
                      STATUS_OK);
        assert_true(hash_eq(&before[i], &after));
    }
    alter(s, BYTES_LIT("2027-01-01"));
    for (int i = 0; i < STORE_INDEX_COUNT; i++) {
        assert_status(store_index_digest(s->store, (enum store_index)i, &after),
                      STATUS_OK);
        assert_false(hash_eq(&before[i], &after));
    }
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(what_waits_for_a_day_is_found_by_it),
    TEST_OF(what_has_a_name_is_found_by_its_words),
    TEST_OF(an_index_that_differs_has_another_digest),
};
TEST_MAIN(tests)
