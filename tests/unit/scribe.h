/* tests/unit/scribe.h
 *
 * Organizations with real keys, and a log on which they state things, so that tests read
 * like stories:
 *
 *     struct stage *s = stage_new();  // a charter: ILO and UNICEF convene "spiac-b"
 *     struct scribe *ke = stage_register(s, "KE-GOV");
 *
 *     ACCEPTED(say(s, &s->ilo, "{'is':'pledge.made','id':'XM-DAC-41302:PL-1', …}"));
 *     REFUSED(say(s, ke, "{'is':'pledge.disbursed', …}"), "author.not-allowed");
 *     stage_commit(s);
 *     assert_int_equal(stage_int(s, STORE_SUBJECT, "XM-DAC-41302:PL-1", "records"), 1);
 *     stage_free(s);
 *
 * Records are formats as of printf, one record a line; ' stands for ". Keys follow from
 * names, so that the same story gives the same log.
 */
#ifndef AVOW_TESTS_UNIT_SCRIBE_H
#define AVOW_TESTS_UNIT_SCRIBE_H

#include "unit/test.h"

#include "base/clock.h"
#include "base/codec.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "record/codes.h"
#include "tlog/checkpoint.h"

#define STAGE_ORIGIN "avow.example.org/spf"
#define STAGE_SCRIBES_MAX 64

/* --- one organization, one key ------------------------------------------------------ */

struct scribe {
    char org[ORG_ID_MAX + 1];
    struct secret_key *key;
    uint64_t seq; /* of its last statement */
};

/* The key that follows from this name and number. */
static inline struct secret_key *scribe_key(const char *name, enum key_type type,
                                            unsigned number)
{
    struct secret_key *key = NULL;
    struct buf text = { 0 };
    struct hash seed;

    assert_status(sign_init(), STATUS_OK);
    buf_printf(&text, "%s %d %u", name, (int)type, number);
    seed = hash_sha256(buf_bytes(&text));
    buf_clear(&text);
    assert_status(secret_key_from_seed(bytes_of(name), type, seed.b, &key), STATUS_OK);
    return key;
}

static inline void scribe_init(struct scribe *w, const char *org)
{
    memset(w, 0, sizeof(*w));
    snprintf(w->org, sizeof(w->org), "%s", org);
    w->key = scribe_key(org, KEY_ED25519, 0);
}

static inline void scribe_clear(struct scribe *w)
{
    secret_key_free(w->key);
}

/* 'key':'…','proof':'…' as members of a record: that `key` is held for `org`. */
static inline void scribe_state_key(const struct secret_key *key, const char *origin,
                                    const char *org, struct buf *out)
{
    uint8_t sig[SIGNATURE_LEN];

    buf_text(out, "'key':'");
    verifier_key_print(secret_key_public(key), out);
    buf_text(out, "','proof':'");
    key_proof_sign(key, bytes_of(origin), bytes_of(org), sig);
    base64_encode((struct bytes){ sig, sizeof(sig) }, out);
    buf_text(out, "'");
}

/* --- statements --------------------------------------------------------------------- */

struct draft {
    const char *origin;
    struct scribe *author;
    struct scribe *const *with; /* ends in NULL; NULL: none */
    uint64_t seq;
    int64_t at;
    uint64_t before; /* UINT64_MAX: none */
};

/* Records, one a line, ' for ", as a signed note. */
static inline void scribe_note(const struct draft *d, const char *records,
                               struct buf *note)
{
    struct bytes with[STATEMENT_SIGNATURES_MAX], lines[RECORDS_MAX + 8];
    struct statement_header h = { .log = bytes_of(d->origin),
                                  .org = bytes_of(d->author->org),
                                  .lang = bytes_of("en"),
                                  .key_id = secret_key_public(d->author->key)->id,
                                  .seq = d->seq,
                                  .at = d->at,
                                  .before = d->before,
                                  .with = with };
    char *text = strdup(records), *at = text, *line;
    struct buf body = { 0 };
    size_t n = 0;

    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    while ((line = strsep(&at, "\n")) != NULL)
        if (*line != '\0')
            lines[n++] = bytes_of(line);
    for (size_t i = 0; d->with != NULL && d->with[i] != NULL; i++)
        with[h.n_with++] = bytes_of(d->with[i]->org);
    statement_compose(&h, lines, n, &body);
    buf_add(note, buf_bytes(&body));
    buf_text(note, "\n");
    note_sign(d->author->key, buf_bytes(&body), note);
    for (size_t i = 0; i < h.n_with; i++)
        note_sign(d->with[i]->key, buf_bytes(&body), note);
    assert_false(note->bad);
    buf_clear(&body);
    free(text);
}

/* --- a log -------------------------------------------------------------------------- */

struct stage {
    struct store *store;
    struct ledger *ledger;
    struct secret_key *log_key;
    int64_t now;               /* of the next statement */
    struct scribe ilo, unicef; /* XM-DAC-41302, XM-DAC-41122: stewards, conveners */
    struct scribe others[STAGE_SCRIBES_MAX];
    size_t n_others;
    struct buf last; /* the last statement's note */
};

/* What came of a note; refusals by the format are told as the ledger tells its own. */
static inline struct outcome stage_hand_in(struct stage *s, struct bytes note)
{
    struct outcome out = { .type = OUTCOME_REFUSED };
    struct statement *st = NULL;

    if (statement_open(note, NULL, &st, &out.why) == STATUS_OK)
        assert_status(ledger_take(s->ledger, st, &out), STATUS_OK);
    statement_free(st);
    return out;
}

static inline struct outcome say_draft(struct stage *s, const struct draft *d,
                                       const char *records)
{
    buf_reset(&s->last);
    scribe_note(d, records, &s->last);
    return stage_hand_in(s, buf_bytes(&s->last));
}

static inline struct outcome say_formatted(struct stage *s, struct scribe *who,
                                           struct scribe *const *with, const char *format,
                                           va_list args)
{
    struct draft d = { .origin = STAGE_ORIGIN,
                       .author = who,
                       .with = with,
                       .seq = ++who->seq,
                       .at = s->now++,
                       .before = UINT64_MAX };
    char *records = NULL;
    struct outcome out;

    assert_true(vasprintf(&records, format, args) >= 0);
    out = say_draft(s, &d, records);
    free(records);
    return out;
}

__attribute__((format(printf, 3, 4))) static inline struct outcome
say(struct stage *s, struct scribe *who, const char *format, ...)
{
    struct outcome out;
    va_list args;

    va_start(args, format);
    out = say_formatted(s, who, NULL, format, args);
    va_end(args);
    return out;
}

/* Co-signed: WITH(&s->unicef, ke). */
#define WITH(...) ((struct scribe *const[]){ __VA_ARGS__, NULL })

__attribute__((format(printf, 4, 5))) static inline struct outcome
say_with(struct stage *s, struct scribe *who, struct scribe *const *with,
         const char *format, ...)
{
    struct outcome out;
    va_list args;

    va_start(args, format);
    out = say_formatted(s, who, with, format, args);
    va_end(args);
    return out;
}

static inline void stage_expect(struct outcome got, enum outcome_type type,
                                const char *rule, const char *file, int line)
{
    const char *found = got.why.rule == RULE_NONE ? "" : rule_name(got.why.rule);

    if (got.type == type && (type == OUTCOME_ACCEPTED || strcmp(found, rule) == 0))
        return;
    print_error("outcome %d %s (line %u): %s\nexpected %d %s\n", (int)got.type, found,
                got.why.line, got.why.text, (int)type, rule);
    _fail(file, line);
}

#define ACCEPTED(outcome) \
    stage_expect((outcome), OUTCOME_ACCEPTED, "", __FILE__, __LINE__)
#define REFUSED(outcome, rule) \
    stage_expect((outcome), OUTCOME_REFUSED, (rule), __FILE__, __LINE__)
#define KNOWN(outcome) \
    stage_expect((outcome), OUTCOME_KNOWN, "statement.known", __FILE__, __LINE__)

/* --- making a log ------------------------------------------------------------------- */

/* organization.registered of this scribe; network NULL: in entry 0. */
static inline void stage_registration(const struct scribe *w, const char *network,
                                      struct buf *out)
{
    buf_printf(out, "{'is':'organization.registered','org':'%s',", w->org);
    if (network != NULL)
        buf_printf(out, "'network':'%s',", network);
    buf_printf(out, "'name':'Organization %s','org_type':'40','keys':[{", w->org);
    scribe_state_key(w->key, STAGE_ORIGIN, w->org, out);
    buf_text(out, ",'label':'first'}]}\n");
}

/* The records of entry 0: ILO and UNICEF are stewards, and convene spiac-b; either of
 * them may admit. */
static inline void stage_charter(struct stage *s, struct buf *out)
{
    buf_printf(out, "{'is':'log.chartered','origin':'%s',", STAGE_ORIGIN);
    scribe_state_key(s->log_key, STAGE_ORIGIN, STAGE_ORIGIN, out);
    buf_printf(out,
               ",'rules':%d,'codes':'%s','stewards':['%s','%s'],'quorum':2,"
               "'title':'Statements on social protection'}\n",
               RULES_VERSION, codes_digest(), s->ilo.org, s->unicef.org);
    stage_registration(&s->ilo, NULL, out);
    stage_registration(&s->unicef, NULL, out);
    buf_printf(out,
               "{'is':'network.chartered','network':'spiac-b','name':'SPIAC-B',"
               "'conveners':[{'org':'%s','role':'chair'},{'org':'%s','role':'co-chair'}],"
               "'quorum':{'admit':1,'speak':2}}\n",
               s->ilo.org, s->unicef.org);
}

/* A ledger over a scratch store, before entry 0. */
static inline struct stage *stage_bare(void)
{
    struct stage *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    scribe_init(&s->ilo, "XM-DAC-41302");
    scribe_init(&s->unicef, "XM-DAC-41122");
    s->log_key = scribe_key(STAGE_ORIGIN, KEY_ED25519, 0);
    assert_status(time_parse(bytes_of("2026-11-23T10:00:00Z"), &s->now), STATUS_OK);
    assert_status(store_open(scratch_dir(), STORE_SCRATCH, &s->store), STATUS_OK);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
    return s;
}

static inline struct stage *stage_new(void)
{
    struct stage *s = stage_bare();
    struct buf charter = { 0 };

    stage_charter(s, &charter);
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), "%s", buf_str(&charter)));
    buf_clear(&charter);
    return s;
}

static inline void stage_free(struct stage *s)
{
    ledger_close(s->ledger);
    store_close(s->store);
    scribe_clear(&s->ilo);
    scribe_clear(&s->unicef);
    for (size_t i = 0; i < s->n_others; i++)
        scribe_clear(&s->others[i]);
    secret_key_free(s->log_key);
    buf_clear(&s->last);
    free(s);
}

/* A scribe of that name, whom the log does not know. */
static inline struct scribe *stage_stranger(struct stage *s, const char *org)
{
    assert_true(s->n_others < STAGE_SCRIBES_MAX);
    scribe_init(&s->others[s->n_others], org);
    return &s->others[s->n_others++];
}

/* Registered by ILO, not a member of anything. */
static inline struct scribe *stage_register(struct stage *s, const char *org)
{
    struct scribe *w = stage_stranger(s, org);
    struct buf record = { 0 };

    stage_registration(w, "spiac-b", &record);
    ACCEPTED(say(s, &s->ilo, "%s", buf_str(&record)));
    buf_clear(&record);
    return w;
}

/* ... and a member of spiac-b. */
static inline struct scribe *stage_join(struct stage *s, const char *org)
{
    struct scribe *w = stage_register(s, org);

    ACCEPTED(say_with(s, &s->ilo, WITH(w),
                      "{'is':'membership.granted','network':'spiac-b','org':'%s',"
                      "'role':'member'}",
                      org));
    return w;
}

/* Listed, so without a key. */
static inline void stage_list(struct stage *s, const char *org)
{
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'organization.listed','org':'%s','name':'%s','org_type':'10'}",
                 org, org));
}

/* The checkpoint of the log as it is, signed. */
static inline void stage_checkpoint(const struct stage *s, struct buf *out)
{
    struct checkpoint c = { .size = ledger_size(s->ledger),
                            .root = ledger_root(s->ledger) };
    const struct secret_key *keys[] = { s->log_key };

    snprintf(c.origin, sizeof(c.origin), "%s", ledger_origin(s->ledger));
    assert_status(checkpoint_sign(&c, keys, 1, out), STATUS_OK);
}

static inline enum status stage_try_commit(struct stage *s)
{
    struct buf note = { 0 };
    enum status st;

    stage_checkpoint(s, &note);
    st = ledger_commit(s->ledger, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

static inline void stage_commit(struct stage *s)
{
    assert_status(stage_try_commit(s), STATUS_OK);
}

/* --- looking -------------------------------------------------------------------------
 */

/* A committed row, to be json_decref'ed; NULL: there is none. */
static inline json_t *stage_row(struct stage *s, enum store_table t, const char *key)
{
    json_t *row = NULL;
    enum status st = rows_find(s->store, t, bytes_of(key), NULL, &row);

    assert_true(st == STATUS_OK || st == STATUS_NOT_FOUND);
    return row;
}

/* A member of a committed row, "money.pledged" or "parties.0.state", printed; strings
 * without their quotes. One of four buffers in turn; "" where there is none. */
static inline const char *stage_text(struct stage *s, enum store_table t, const char *key,
                                     const char *path)
{
    static char texts[4][4096];
    static unsigned next;
    char *text = texts[next++ % 4], *steps = strdup(path), *at = steps, *step;
    json_t *row = stage_row(s, t, key), *v = row;
    struct buf out = { 0 };

    while ((step = strsep(&at, ".")) != NULL)
        v = json_is_array(v) ? json_array_get(v, strtoul(step, NULL, 10))
                             : json_object_get(v, step);
    if (json_is_string(v))
        buf_add(&out, json_bytes(v));
    else if (v != NULL)
        json_print(v, &out);
    snprintf(text, sizeof(texts[0]), "%s", buf_str(&out));
    buf_clear(&out);
    json_decref(row);
    free(steps);
    return text;
}

static inline long long stage_int(struct stage *s, enum store_table t, const char *key,
                                  const char *path)
{
    return atoll(stage_text(s, t, key, path));
}

#define SUBJECT_IS(s, id, path, text) \
    assert_string_equal(stage_text((s), STORE_SUBJECT, (id), (path)), (text))

/* rev of a committed subject. */
static inline const char *stage_rev(struct stage *s, const char *id)
{
    return stage_text(s, STORE_SUBJECT, id, "rev");
}

#endif
