/* The n-th call that can fail does: a statement is taken whole or not at all, a commit is
 * whole or dropped, and afterwards all goes on as if nothing had been. */
#include "unit/scribe.h"

#include "base/fault.h"

/* One of each sort of row: a subject, totals, a transaction, progress, a network. */
static const char story[] =
    "{'is':'partnership.proposed','id':'XM-DAC-41302:W','title':'W','kind':'fund-window',"
    "'parties':[{'org':'XM-DAC-41302'},{'org':'KE-GOV'}],'networks':['spiac-b']}\n"
    "{'is':'commitment.proposed','id':'XM-DAC-41302:C','title':'C','parties':"
    "[{'org':'XM-DAC-41302','role':'lead'},{'org':'KE-GOV','role':'beneficiary'}],"
    "'deliverables':[{'id':'D','title':'D','measure':'unit'}]}\n"
    "{'is':'pledge.made','id':'XM-DAC-41302:1','title':'T','donor':'XM-DAC-41302',"
    "'recipient':'KE-GOV','basis':'announced','countries':['KE','UG'],"
    "'networks':['spiac-b'],'money':{'amount':'5','currency':'USD'}}\n"
    "{'is':'pledge.disbursed','id':'XM-DAC-41302:1','tx':'T',"
    "'money':{'amount':'5','currency':'USD'}}\n"
    "{'is':'organization.listed','org':'A-1','name':'N','org_type':'10'}\n"
    "{'is':'network.chartered','network':'usp2030','name':'U','conveners':"
    "[{'org':'XM-DAC-41302','role':'chair'}],'quorum':{'admit':1,'speak':1}}";
/* Later, by the same: %1$s is "<entry>", %2$s the id of the story's statement. */
static const char later[] =
    "{'is':'commitment.progressed','id':'XM-DAC-41302:C','deliverable':'D'}\n"
    "{'is':'pledge.amended','id':'XM-DAC-41302:1','rev':'%1$s/3/%2$s','why':'amendment',"
    "'reason':'R','set':{'money':{'amount':'7','currency':'USD'},'countries':['TZ']}}\n"
    "{'is':'pledge.committed','id':'XM-DAC-41302:1','tx':'C',"
    "'money':{'amount':'5','currency':'USD'}}\n"
    "{'is':'record.voided','ref':'%1$s/4/%2$s','reason':'R'}\n"
    "{'is':'partnership.amended','id':'XM-DAC-41302:W','rev':'%1$s/1/%2$s','why':"
    "'correction','reason':'R','set':{'title':'V'}}\n"
    "{'is':'commitment.withdrawn','id':'XM-DAC-41302:C','reason':'R'}";
/* ... and by the other side. */
static const char answer[] =
    "{'is':'partnership.accepted','id':'XM-DAC-41302:W','rev':'%1$s/5/%2$s'}\n"
    "{'is':'record.disputed','ref':'%3$s/3/%4$s','reason':'R'}\n"
    "{'is':'organization.signing','org':'KE-GOV','rules':[{'kinds':['pledge'],"
    "'signatures':2}]}";

static struct statement *open_statement(struct stage *s, struct scribe *who,
                                        const char *records)
{
    struct statement *st = NULL;
    struct refusal why;
    struct draft d = { .origin = STAGE_ORIGIN,
                       .author = who,
                       .seq = ++who->seq,
                       .at = s->now++,
                       .before = UINT64_MAX };

    buf_reset(&s->last);
    scribe_note(&d, records, &s->last);
    assert_status(statement_open(buf_bytes(&s->last), STAGE_ORIGIN, &st, &why),
                  STATUS_OK);
    return st;
}

static struct hash digest_of(struct stage *s)
{
    struct hash h;

    assert_status(ledger_digest(s->store, &h), STATUS_OK);
    return h;
}

struct scene {
    struct stage *s;
    struct statement *first, *second, *third;
};

static void print_id(const struct statement *st, char out[65])
{
    struct buf id = { 0 };

    statement_id_print(st, &id);
    snprintf(out, 65, "%s", buf_str(&id));
    buf_clear(&id);
}

static struct scene scene_new(void)
{
    struct scene c = { .s = stage_new() };

    struct scribe *ke = stage_join(c.s, "KE-GOV");
    char first[65], second[65], records[4096];

    stage_commit(c.s);
    c.first = open_statement(c.s, &c.s->ilo, story);
    print_id(c.first, first);
    snprintf(records, sizeof(records), later, "3", first);
    c.second = open_statement(c.s, &c.s->ilo, records);
    print_id(c.second, second);
    snprintf(records, sizeof(records), answer, "4", second, "3", first);
    c.third = open_statement(c.s, ke, records);
    return c;
}

static void scene_end(struct scene *c)
{
    statement_free(c->first);
    statement_free(c->second);
    statement_free(c->third);
    stage_free(c->s);
}

/* Take all and commit. STATUS_OK: done. */
static enum status play(struct scene *c, struct bytes checkpoint)
{
    struct statement *all[] = { c->first, c->second, c->third };

    for (int i = 0; i < 3; i++) {
        struct outcome out;
        enum status st = ledger_take(c->s->ledger, all[i], &out);

        if (st != STATUS_OK)
            return st;
        ACCEPTED(out);
    }
    return ledger_commit(c->s->ledger, checkpoint);
}

static struct hash digest_after_all(struct buf *checkpoint)
{
    struct scene c = scene_new();
    struct statement *all[] = { c.first, c.second, c.third };
    struct outcome out;
    struct hash h;

    for (int i = 0; i < 3; i++) {
        assert_status(ledger_take(c.s->ledger, all[i], &out), STATUS_OK);
        ACCEPTED(out);
    }
    stage_checkpoint(c.s, checkpoint);
    assert_status(ledger_commit(c.s->ledger, buf_bytes(checkpoint)), STATUS_OK);
    h = digest_of(c.s);
    scene_end(&c);
    return h;
}

TEST(taking_and_committing_is_all_or_none)
{
    struct buf checkpoint = { 0 };
    struct hash after = digest_after_all(&checkpoint);
    bool fired = true;

    for (int nth = 1; fired; nth++) {
        struct scene c = scene_new();
        struct hash before = digest_of(c.s), now;
        enum status st;

        /* The caches are cold. */
        ledger_close(c.s->ledger);
        assert_status(ledger_open(c.s->store, &c.s->ledger), STATUS_OK);
        fault_arm(nth);
        st = play(&c, buf_bytes(&checkpoint));
        fired = fault_disarm();
        if (st != STATUS_OK)
            ledger_drop(c.s->ledger);
        now = digest_of(c.s);
        assert_true(hash_eq(&now, st == STATUS_OK ? &after : &before));
        if (st != STATUS_OK) { /* and it is no verdict: the same is accepted now */
            assert_true(st == STATUS_NOMEM || st == STATUS_IO);
            assert_status(play(&c, buf_bytes(&checkpoint)), STATUS_OK);
            now = digest_of(c.s);
            assert_true(hash_eq(&now, &after));
        }
        scene_end(&c);
    }
    buf_clear(&checkpoint);
}

static void *failing_malloc(size_t n)
{
    return fault_here() ? NULL : malloc(n);
}

/* Every allocation of JSON that judging it takes fails once, while nothing is read: the
 * rows are in the cache. */
static int judge_without_memory(struct stage *s, struct statement *st)
{
    struct outcome out;
    json_malloc_t allocate;
    json_free_t release;
    bool fired = true;
    int nth;

    json_get_alloc_funcs(&allocate, &release);
    assert_status(ledger_judge(s->ledger, st, &out), STATUS_OK);
    ACCEPTED(out);
    json_set_alloc_funcs(failing_malloc, release);
    for (nth = 1; fired; nth++) {
        enum status got;

        fault_arm(nth);
        got = ledger_judge(s->ledger, st, &out);
        fired = fault_disarm();
        assert_int_equal(got, fired ? STATUS_NOMEM : STATUS_OK);
    }
    json_set_alloc_funcs(allocate, release);
    ACCEPTED(out);
    assert_status(ledger_take(s->ledger, st, &out), STATUS_OK);
    ACCEPTED(out);
    return nth;
}

TEST(memory_that_runs_out_is_no_verdict)
{
    struct scene c = scene_new();

    assert_true(judge_without_memory(c.s, c.first) > 100); /* it did reach them */
    assert_true(judge_without_memory(c.s, c.second) > 100);
    assert_true(judge_without_memory(c.s, c.third) > 30);
    stage_commit(c.s);
    scene_end(&c);
}

TEST(opening_fails_cleanly)
{
    struct stage *s = stage_new();
    bool fired = true;

    stage_commit(s);
    for (int nth = 1; fired; nth++) {
        enum status st;

        ledger_close(s->ledger);
        s->ledger = NULL;
        fault_arm(nth);
        st = ledger_open(s->store, &s->ledger);
        fired = fault_disarm();
        assert_true(st == STATUS_OK || (fired && s->ledger == NULL));
    }
    assert_string_equal(ledger_origin(s->ledger), STAGE_ORIGIN);
    stage_free(s);
}

TEST(the_digest_fails_cleanly)
{
    struct stage *s = stage_new();
    struct hash whole, h;
    bool fired = true;

    stage_commit(s);
    whole = digest_of(s);
    for (int nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = ledger_digest(s->store, &h);
        fired = fault_disarm();
        if (st == STATUS_OK)
            assert_true(hash_eq(&h, &whole));
        else
            assert_true(fired);
    }
    stage_free(s);
}

/* A row that does not parse is not a missing one. */
TEST(altered_rows_are_told)
{
    struct stage *s = stage_new();
    struct buf value = { 0 };
    struct statement *st;
    struct outcome out;
    uint64_t row;

    stage_commit(s);
    assert_status(
        store_row_find(s->store, STORE_NETWORK, bytes_of("spiac-b"), &row, &value),
        STATUS_OK);
    assert_status(store_begin(s->store), STATUS_OK);
    assert_status(store_row_set(s->store, STORE_NETWORK, row, bytes_of("{")), STATUS_OK);
    assert_status(store_end(s->store, STATUS_OK), STATUS_OK);
    ledger_close(s->ledger);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
    st = open_statement(s, &s->ilo,
                        "{'is':'membership.granted','network':'spiac-b','org':'A-1',"
                        "'role':'member'}");
    assert_status(ledger_take(s->ledger, st, &out), STATUS_ALTERED);
    statement_free(st);
    buf_clear(&value);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(taking_and_committing_is_all_or_none),
    TEST_OF(memory_that_runs_out_is_no_verdict),
    TEST_OF(opening_fails_cleanly),
    TEST_OF(the_digest_fails_cleanly),
    TEST_OF(altered_rows_are_told),
};
TEST_MAIN(tests)
