/* Statements, batches, commits: a refused statement changes nothing, and the state
 * follows from the log alone, however it was cut into batches; so do the totals. */
#include "unit/recount.h"

#define LISTED "{'is':'organization.listed','org':'%s','name':'N','org_type':'10'}"

static struct hash digest_of(struct stage *s)
{
    struct hash h;

    assert_status(ledger_digest(s->store, &h), STATUS_OK);
    return h;
}

static bool same(struct hash a, struct hash b)
{
    return hash_eq(&a, &b);
}

TEST(a_refused_statement_changes_nothing)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");
    struct hash before;
    struct outcome out;

    stage_commit(s);
    before = digest_of(s);
    /* The first record would do; the second one is refused. */
    out = say(s, ke,
              "{'is':'pledge.made','id':'KE-GOV:1','title':'T','donor':'public',"
              "'recipient':'KE-GOV','basis':'reported','money':{'amount':'5',"
              "'currency':'USD'},'networks':['spiac-b']}\n" LISTED "\n" LISTED,
              "A-1", "A-1");
    REFUSED(out, "subject.exists");
    assert_int_equal(out.why.line, 5);
    stage_commit(s); /* of an empty batch */
    assert_true(same(before, digest_of(s)));
    ACCEPTED(say(s, ke, LISTED, "A-1"));
    stage_commit(s);
    assert_false(same(before, digest_of(s)));
    assert_null(stage_row(s, STORE_SUBJECT, "KE-GOV:1"));
    assert_null(stage_row(s, STORE_TOTAL, "all all USD"));
    stage_free(s);
}

TEST(a_dropped_batch_leaves_no_trace)
{
    struct stage *s = stage_new();
    struct hash root;
    struct buf note = { 0 };

    stage_commit(s);
    root = ledger_root(s->ledger);
    ACCEPTED(say(s, &s->ilo, LISTED, "A-1"));
    buf_add(&note, buf_bytes(&s->last));
    assert_false(same(root, ledger_root(s->ledger)));
    ledger_drop(s->ledger);
    assert_true(same(root, ledger_root(s->ledger)));
    assert_int_equal(ledger_size(s->ledger), 1);
    ACCEPTED(stage_hand_in(s, buf_bytes(&note)));
    stage_commit(s);
    assert_int_equal(stage_int(s, STORE_ORGANIZATION, "a-1", "created"),
                     RECORD_NUMBER(1, 1));
    buf_clear(&note);
    stage_free(s);
}

TEST(a_dropped_charter_leaves_an_empty_log)
{
    struct stage *s = stage_bare();
    struct buf charter = { 0 };

    stage_charter(s, &charter);
    for (int i = 0; i < 2; i++) {
        ledger_drop(s->ledger);
        assert_string_equal(ledger_origin(s->ledger), "");
        assert_int_equal(ledger_size(s->ledger), 0);
        ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), "%s", buf_str(&charter)));
    }
    stage_commit(s);
    buf_clear(&charter);
    stage_free(s);
}

TEST(a_ledger_opens_where_another_stopped)
{
    struct stage *s = stage_new();
    struct hash root;
    char org[16];

    for (int i = 0; i < 600; i++) { /* more than two tiles */
        snprintf(org, sizeof(org), "A-%d", i);
        ACCEPTED(say(s, &s->ilo, LISTED, org));
        if (i % 97 == 0)
            stage_commit(s);
        if (i % 250 == 0) {
            stage_commit(s);
            ledger_close(s->ledger);
            assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
            assert_int_equal(ledger_size(s->ledger), i + 2);
            assert_string_equal(ledger_origin(s->ledger), STAGE_ORIGIN);
        }
    }
    stage_commit(s);
    root = ledger_root(s->ledger);
    ledger_close(s->ledger);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
    assert_true(same(root, ledger_root(s->ledger)));
    stage_free(s);
}

/* --- random stories ------------------------------------------------------------------
 */

#define STEPS 600

struct story {
    struct buf notes[STEPS];
    bool accepted[STEPS];
    struct hash digest, root;
    struct hash indexes[STORE_INDEX_COUNT];
    uint64_t size;
};

/* xorshift: the same numbers everywhere. */
static uint64_t chance_state;

static unsigned chance(unsigned below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (unsigned)(chance_state % below);
}

struct teller {
    struct stage *s;
    struct scribe *cast[6];
    struct {
        char id[96], rev[128];
        char donor[64], recipient[64]; /* of a pledge */
    } made[STEPS];
    size_t n;
    struct {
        char ref[128], kind[48];
        const struct scribe *author;
    } told[STEPS]; /* first records of accepted statements */
    size_t n_told;
};

/* Some are cast more often, so that they have something to do with one another. */
static struct scribe *some(const struct teller *t)
{
    return t->cast[chance(chance(3) == 0 ? 6 : 2)];
}

/* A new id mostly, of who says it mostly. */
static void add_id(struct teller *t, const struct scribe *who, struct buf *out)
{
    unsigned n = chance(10) == 0 ? chance(20) : 1000 + chance(1000000);

    buf_printf(out, "'id':'%s:%u'", chance(20) == 0 ? some(t)->org : who->org, n);
}

/* One that was made, or none. */
static const char *known_id(const struct teller *t, const char **rev)
{
    size_t i = chance((unsigned)t->n + 1);

    *rev = i < t->n ? t->made[i].rev : t->made[0].rev;
    return i < t->n ? t->made[i].id : "FR-3:none";
}

static const char *worth(void)
{
    static char text[96];

    if (chance(6) == 0)
        return "'unstated':true";
    snprintf(text, sizeof(text), "'money':{'amount':'%u','currency':'%s'}",
             1 + chance(1000), chance(3) == 0 ? "EUR" : "USD");
    return text;
}

/* What decides in which totals it counts: year, fund, purpose. */
static void add_places(struct teller *t, struct buf *out)
{
    static const char *const when[] = { "'on':'2024-05-01'", "'period':{'start':'2027'}",
                                        "'period':{'end':'2028-01'}" };

    if (chance(2) == 0)
        buf_printf(out, ",%s", when[chance(3)]);
    if (chance(3) == 0)
        buf_text(out, ",'schedule':[{'due':'2026-12','money':{'amount':'3','currency':"
                      "'USD'}},{'due':'2027-12','money':{'amount':'3','currency':'USD'}"
                      "}]");
    if (chance(6) == 0)
        buf_printf(out, ",'from_fund':'%s'", some(t)->org);
    if (chance(6) == 0 && t->n > 0)
        buf_printf(out, ",'for':'%s'", t->made[chance((unsigned)t->n)].id);
}

static void add_pledge(struct teller *t, const struct scribe *who, struct buf *out)
{
    buf_text(out, "{'is':'pledge.made',");
    add_id(t, who, out);
    buf_printf(out,
               ",'title':'T','donor':'%s','recipient':'%s'%s,"
               "'basis':'announced',%s,'countries':['KE'%s]%s",
               chance(3) > 0 ? who->org : some(t)->org, some(t)->org,
               chance(2) == 0 ? ",'own_funds':true" : "", worth(),
               chance(2) == 0 ? ",'UG'" : "",
               chance(3) == 0 ? ",'networks':['spiac-b']" : "");
    add_places(t, out);
    buf_text(out, "}\n");
}

static void add_commitment(struct teller *t, const struct scribe *who, struct buf *out)
{
    const struct scribe *other = some(t);

    buf_text(out, "{'is':'commitment.proposed',");
    add_id(t, who, out);
    buf_printf(out, ",'title':'T','parties':[{'org':'%s','role':'lead'}", who->org);
    if (other != who)
        buf_printf(out, ",{'org':'%s','role':'participating'}", other->org);
    buf_printf(out,
               "],'deliverables':[{'id':'D%u','title':'D','measure':'unit','target':'5',"
               "'due':'2027'}],"
               "'open':true}\n",
               chance(2));
}

static void add_answer(struct teller *t, struct buf *out)
{
    static const char *const kinds[] = { "pledge.accepted", "commitment.accepted",
                                         "commitment.declined", "pledge.declined" };
    unsigned k = chance(4);
    const char *rev, *id = known_id(t, &rev);

    buf_printf(out, "{'is':'%s','id':'%s','rev':'%s'%s}\n", kinds[k], id, rev,
               k >= 2 ? ",'reason':'R'" : "");
}

static void add_amendment(struct teller *t, struct buf *out)
{
    const char *rev, *id = known_id(t, &rev);
    bool pledge = chance(4) > 0;

    buf_printf(out, "{'is':'%s.amended','id':'%s','rev':'%s','why':'%s','reason':'R',",
               pledge ? "pledge" : "commitment", id, rev,
               chance(3) == 0 ? "correction" : "amendment");
    if (chance(4) == 0)
        buf_printf(out, "'set':{'title':'T%u'}}\n", chance(9));
    else if (!pledge || chance(3) == 0)
        buf_text(out, "'set':{'countries':['TZ']}}\n");
    else if (chance(4) == 0)
        buf_printf(out, "'set':{'%s':'%s'}}\n", chance(2) == 0 ? "donor" : "recipient",
                   some(t)->org);
    else
        buf_printf(out, "'set':{'unstated':null,'money':null,%s}}\n", worth());
}

/* Of what was made, that it goes on or is over. */
static void add_life(struct teller *t, struct buf *out)
{
    static const char *const words[] = { "suspended", "resumed", "completed",
                                         "withdrawn", "left",    "acceded" };
    unsigned k = chance(6);
    const char *rev, *id = known_id(t, &rev);

    if (k == 3 && chance(2) == 0)
        buf_printf(out, "{'is':'pledge.withdrawn','id':'%s','reason':'R'}\n", id);
    else
        buf_printf(out, "{'is':'commitment.%s','id':'%s'%s}\n", words[k], id,
                   k == 5   ? ",'role':'funding'"
                   : k >= 3 ? ",'reason':'R'"
                            : "");
}

/* Of an earlier record: one of its own is voided, one of another confirmed, disputed. */
static void add_mark(struct teller *t, const struct scribe *who, struct buf *out)
{
    static const char *const words[] = { "confirmed", "disputed", "disputed", "settled" };
    unsigned k = chance(4);
    size_t i = t->n_told;

    for (unsigned tries = 0; t->n_told > 0 && tries < 40; tries++) {
        i = chance((unsigned)t->n_told);
        if (strncmp(t->told[i].kind, "pledge.", 7) == 0)
            break;
    }
    if (i == t->n_told)
        buf_printf(out, LISTED "\n", "A-9");
    else if (t->told[i].author == who)
        buf_printf(out, "{'is':'record.voided','ref':'%s','reason':'R'}\n",
                   t->told[i].ref);
    else
        buf_printf(out, "{'is':'record.%s','ref':'%s'%s}\n", words[k], t->told[i].ref,
                   k > 0 ? ",'reason':'R'" : "");
}

/* Of a pledge to which it is a side, if one turns up: donors disburse, recipients tell
 * receipts. The ids are few, so that they name one another. */
static void add_step(struct teller *t, const struct scribe *who, struct buf *out)
{
    static const char *const kinds[] = { "committed", "decommitted", "disbursed",
                                         "disbursed", "received",    "received",
                                         "refunded" };
    unsigned k = chance(7);
    const char *rev, *id = known_id(t, &rev);

    for (unsigned tries = 0; t->n > 0 && tries < 40; tries++) {
        size_t i = chance((unsigned)t->n);

        if (strcmp(k < 4 ? t->made[i].donor : t->made[i].recipient, who->org) == 0)
            id = t->made[i].id;
    }
    buf_printf(out,
               "{'is':'pledge.%s','id':'%s','tx':'T%u','money':{'amount':'%u',"
               "'currency':'%s'}%s%s%s}\n",
               kinds[k], id, chance(6), 1 + chance(500), chance(6) == 0 ? "EUR" : "USD",
               (k == 4 || k == 5) && chance(2) == 0 ? ",'of':['T1']" : "",
               (k == 2 || k == 3) && chance(3) == 0 ? ",'matches':['T1','T2']" : "",
               (k == 4 || k == 5) && chance(3) == 0
                   ? ",'fees':{'amount':'7','currency':'USD'}"
                   : "");
}

static void add_progress(struct teller *t, struct buf *out)
{
    const char *rev, *id = known_id(t, &rev);

    buf_printf(out,
               "{'is':'commitment.progressed','id':'%s','deliverable':'D%u',"
               "'value':'%u'}\n",
               id, chance(2), chance(100));
}

static void add_record(struct teller *t, const struct scribe *who, struct buf *out)
{
    unsigned what = chance(14);

    if ((what == 3 || what > 11) && t->n > 24 && chance(8) > 0)
        what = 10; /* enough of them */
    switch (what) {
    case 0:
        buf_printf(out, LISTED "\n", (const char *[]){ "A-1", "A-2", "a-3" }[chance(3)]);
        break;
    case 1:
        buf_printf(out, "{'is':'organization.updated','org':'%s','name':'N%u'}\n",
                   some(t)->org, chance(100));
        break;
    case 2:
        add_progress(t, out);
        break;
    case 3:
        add_commitment(t, who, out);
        break;
    case 4:
        add_answer(t, out);
        break;
    case 5:
        add_step(t, who, out);
        break;
    case 6:
        add_amendment(t, out);
        break;
    case 7:
        add_life(t, out);
        break;
    case 8:
    case 9:
        add_mark(t, who, out);
        break;
    case 10:
    case 11:
        add_step(t, who, out);
        break;
    default:
        add_pledge(t, who, out);
    }
}

/* Another rev of something that was made. */
static void note_rev(struct teller *t, const char *id, const char *rev)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->made[i].id, id) == 0)
            snprintf(t->made[i].rev, sizeof(t->made[i].rev), "%s", rev);
}

static void read_member(const char *record, const char *name, char out[64])
{
    const char *end = strchr(record, '\n'), *at;
    char quoted[32];

    snprintf(quoted, sizeof(quoted), "\"%s\":\"", name);
    at = strstr(record, quoted);
    out[0] = '\0';
    if (at != NULL && at < end)
        (void)sscanf(at + strlen(quoted), "%63[^\"]", out);
}

/* The newest statement's first record: told, made, amended. */
static void note_told(struct teller *t, const struct scribe *who,
                      const struct outcome *out)
{
    const char *text = buf_str(&t->s->last), *end = strstr(text, "\n\n");
    const char *record = strchr(strchr(text, '\n') + 1, '\n') + 1, *dot;
    struct hash h =
        hash_sha256((struct bytes){ t->s->last.ptr, (size_t)(end - text) + 1 });
    struct buf ref = { 0 };
    char *kind = t->told[t->n_told].kind, id[96] = "";

    buf_printf(&ref, "%llu/1/", (unsigned long long)out->index);
    hex_encode((struct bytes){ h.b, HASH_LEN }, &ref);
    snprintf(t->told[t->n_told].ref, sizeof(t->told[0].ref), "%s", buf_str(&ref));
    t->told[t->n_told++].author = who;
    (void)sscanf(record, "{\"is\":\"%47[^\"]\",\"id\":\"%90[^\"]", kind, id);
    dot = strchr(kind, '.');
    if (dot != NULL && strcmp(dot, ".amended") == 0)
        note_rev(t, id, buf_str(&ref));
    if (strcmp(kind, "pledge.made") == 0 || strcmp(kind, "commitment.proposed") == 0) {
        snprintf(t->made[t->n].id, sizeof(t->made[0].id), "%s", id);
        read_member(record, "donor", t->made[t->n].donor);
        read_member(record, "recipient", t->made[t->n].recipient);
        snprintf(t->made[t->n++].rev, sizeof(t->made[0].rev), "%s", buf_str(&ref));
    }
    buf_clear(&ref);
}

static struct teller teller_new(void)
{
    static const char *const orgs[] = { "FR-3", "KE-GOV", "44000", "DE-1" };
    struct teller t = { .s = stage_new() };

    t.cast[0] = &t.s->ilo;
    t.cast[1] = &t.s->unicef;
    for (int i = 0; i < 4; i++)
        t.cast[i + 2] = i < 2 ? stage_join(t.s, orgs[i]) : stage_register(t.s, orgs[i]);
    snprintf(t.made[0].rev, sizeof(t.made[0].rev), "0/1/%064d", 0);
    return t;
}

static void story_end(struct story *st, struct stage *s)
{
    stage_commit(s);
    st->digest = digest_of(s);
    for (int i = 0; i < STORE_INDEX_COUNT; i++)
        assert_status(store_index_digest(s->store, (enum store_index)i, &st->indexes[i]),
                      STATUS_OK);
    st->root = ledger_root(s->ledger);
    st->size = ledger_size(s->ledger);
    stage_free(s);
}

/* Tell it, committing now and then, and judging without taking in between. */
static unsigned story_tell(struct story *st, uint64_t seed, size_t *covered)
{
    static struct teller t; /* large */
    struct buf records = { 0 };
    unsigned accepted = 0;

    chance_state = seed;
    t = teller_new();
    for (int i = 0; i < STEPS; i++) {
        struct scribe *who = some(&t), *other = some(&t);
        struct outcome out;

        buf_reset(&records);
        for (unsigned n = 1 + chance(4) / 2; n > 0; n--)
            add_record(&t, who, &records);
        out = say_with(t.s, who, chance(3) == 0 && other != who ? WITH(other) : NULL,
                       "%s", buf_str(&records));
        st->accepted[i] = out.type == OUTCOME_ACCEPTED;
        accepted += st->accepted[i];
        if (st->accepted[i])
            note_told(&t, who, &out);
        buf_add(&st->notes[i], buf_bytes(&t.s->last));
        if (chance(20) == 0)
            stage_commit(t.s);
    }
    buf_clear(&records);
    stage_commit(t.s);
    assert_true(recount_check(t.s, covered) > 200);
    assert_true(recount_due(t.s) > 3);
    story_end(st, t.s);
    return accepted;
}

/* Hear the same notes again, cut otherwise: 0, one commit at the end; 1, one each;
 * 2, dropped now and then, and taken again; 3, the refused ones left out. */
static void story_hear(const struct story *st, int how, struct story *again)
{
    static struct teller t; /* large */
    int from = 0;           /* of what is not committed */

    t = teller_new();
    stage_commit(t.s);
    for (int i = 0; i < STEPS; i++) {
        struct outcome out = { .type = OUTCOME_REFUSED };

        if (how == 3 && !st->accepted[i])
            continue;
        if (how == 2 && chance(10) == 0) {
            ledger_drop(t.s->ledger);
            for (int k = from; k < i; k++)
                stage_hand_in(t.s, buf_bytes(&st->notes[k]));
        }
        out = stage_hand_in(t.s, buf_bytes(&st->notes[i]));
        assert_int_equal(out.type == OUTCOME_ACCEPTED, st->accepted[i]);
        if (how == 1 || (how == 2 && chance(15) == 0)) {
            stage_commit(t.s);
            from = i + 1;
        }
    }
    story_end(again, t.s);
}

TEST(the_state_follows_from_the_log_alone)
{
    size_t covered = 0;

    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct story *st = calloc(1, sizeof(*st)), *again = calloc(1, sizeof(*again));
        unsigned accepted = story_tell(st, seed * 0x9e3779b97f4a7c15u, &covered);

        /* Enough of both, or this says nothing. */
        assert_true(accepted > STEPS / 8 && accepted < STEPS * 7 / 8);
        for (int how = 0; how < 4; how++) {
            story_hear(st, how, again);
            assert_int_equal(again->size, st->size);
            assert_true(same(again->root, st->root));
            assert_true(same(again->digest, st->digest));
            for (int i = 0; i < STORE_INDEX_COUNT; i++)
                assert_true(same(again->indexes[i], st->indexes[i]));
        }
        for (int i = 0; i < STEPS; i++)
            buf_clear(&st->notes[i]);
        free(st);
        free(again);
    }
    assert_true(covered > 0);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_refused_statement_changes_nothing),
    TEST_OF(a_dropped_batch_leaves_no_trace),
    TEST_OF(a_dropped_charter_leaves_an_empty_log),
    TEST_OF(a_ledger_opens_where_another_stopped),
    TEST_OF(the_state_follows_from_the_log_alone),
};
TEST_MAIN(tests)
