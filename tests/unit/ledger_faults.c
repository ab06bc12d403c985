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
static const char progress[] =
    "{'is':'commitment.progressed','id':'XM-DAC-41302:C','deliverable':'D'}";

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
    struct statement *first, *second;
};

static struct scene scene_new(void)
{
    struct scene c = { .s = stage_new() };

    stage_join(c.s, "KE-GOV");
    stage_commit(c.s);
    c.first = open_statement(c.s, &c.s->ilo, story);
    c.second = open_statement(c.s, &c.s->ilo, progress);
    return c;
}

static void scene_end(struct scene *c)
{
    statement_free(c->first);
    statement_free(c->second);
    stage_free(c->s);
}

/* Take both and commit. STATUS_OK: done. */
static enum status play(struct scene *c, struct bytes checkpoint)
{
    struct outcome out;
    enum status st = ledger_take(c->s->ledger, c->first, &out);

    if (st != STATUS_OK)
        return st;
    ACCEPTED(out);
    st = ledger_take(c->s->ledger, c->second, &out);
    if (st != STATUS_OK)
        return st;
    ACCEPTED(out);
    return ledger_commit(c->s->ledger, checkpoint);
}

static struct hash digest_after_all(struct buf *checkpoint)
{
    struct scene c = scene_new();
    struct outcome out;
    struct hash h;

    assert_status(ledger_take(c.s->ledger, c.first, &out), STATUS_OK);
    ACCEPTED(out);
    assert_status(ledger_take(c.s->ledger, c.second, &out), STATUS_OK);
    ACCEPTED(out);
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

/* Every allocation of JSON fails once, while nothing is read: the rows are in the cache.
 */
TEST(memory_that_runs_out_is_no_verdict)
{
    struct scene c = scene_new();
    struct outcome out;
    json_malloc_t allocate;
    json_free_t release;
    bool fired = true;
    int nth;

    json_get_alloc_funcs(&allocate, &release);
    assert_status(ledger_judge(c.s->ledger, c.first, &out), STATUS_OK);
    ACCEPTED(out);
    json_set_alloc_funcs(failing_malloc, release);
    for (nth = 1; fired; nth++) {
        enum status st;

        fault_arm(nth);
        st = ledger_judge(c.s->ledger, c.first, &out);
        fired = fault_disarm();
        assert_int_equal(st, fired ? STATUS_NOMEM : STATUS_OK);
    }
    json_set_alloc_funcs(allocate, release);
    ACCEPTED(out);
    assert_true(nth > 100); /* it did reach them */
    assert_status(ledger_take(c.s->ledger, c.first, &out), STATUS_OK);
    ACCEPTED(out);
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
