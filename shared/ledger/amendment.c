#include "ledger/amendment.h"

#include "record/terms.h"

/* --- reading -------------------------------------------------------------------------
 */

bool amendment_corrects(const struct judge *j)
{
    const json_t *set = judge_json(j, "set");
    static const char *const names[] = { "title", "description", "evidence", "refs" };
    size_t n = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        n += json_object_get(set, names[i]) != NULL;
    return judge_is(j->record->json, "why", "correction") && n == json_object_size(set);
}

/* STATUS_REFUSED where the world failed, as of all rules. */
static enum status apply_set(struct judge *j, const json_t *terms, const json_t *set,
                             json_t **out)
{
    enum status st = terms != NULL ? terms_apply(terms, set, out) : STATUS_ALTERED;

    if (st == STATUS_OK)
        return st;
    state_fail(j->state, st);
    return STATUS_REFUSED;
}

/* Its parts are well formed, record/ has seen; now the whole, as its proposal was. */
static enum status check_whole(struct judge *j, const json_t *terms)
{
    struct record_context ctx = { .log = j->st->log,
                                  .org = json_member(state_json(j->subject), "author"),
                                  .line = j->record->n + 2 };
    enum kind kind;

    return kind_check(terms, &ctx, &kind, j->why);
}

enum status amendment_read(struct judge *j, struct amendment *a)
{
    const json_t *subject = state_json(j->subject);
    const json_t *pending = amendment_pending(subject);
    const json_t *newest =
        pending != NULL ? json_object_get(pending, "terms") : judge_terms(j, subject);
    enum status st;

    *a = (struct amendment){ .set = judge_json(j, "set") };
    a->correction = amendment_corrects(j);
    st = apply_set(j, newest, a->set, &a->terms);
    return st == STATUS_OK ? check_whole(j, a->terms) : st;
}

void amendment_clear(struct amendment *a)
{
    json_decref(a->terms);
    a->terms = NULL;
}

/* --- what takes the place of what ----------------------------------------------------
 */

/* Nothing replaced is forgotten. */
static void add_earlier(struct judge *j, json_t *subject, const json_t *terms, bool held)
{
    struct state *s = j->state;
    json_t *earlier = json_object();

    state_set(s, earlier, "record", json_incref((json_t *)terms)); /* shared */
    state_set(s, earlier, "held", json_boolean(held));
    if (json_object_get(subject, "earlier") == NULL)
        state_set(s, subject, "earlier", json_array());
    state_push(s, state_own(s, subject, "earlier"), earlier);
}

static void set_rev(struct judge *j, json_t *subject)
{
    state_set(j->state, subject, "rev", judge_reference(j));
}

/* The terms in force, and what is derived from them for all kinds. */
static void set_terms(struct judge *j, json_t *subject, const json_t *terms,
                      json_t *record)
{
    struct state *s = j->state;

    add_earlier(j, subject, json_object_get(subject, "terms"), true);
    state_set(s, subject, "amended", json_incref((json_t *)terms)); /* shared */
    state_set(s, subject, "terms", record);
    state_share(s, subject, "title", terms);
    subject_classify(j, subject, terms);
}

static json_t *this_record(const struct judge *j)
{
    return json_integer((json_int_t)j->number);
}

void amendment_correct(struct judge *j, json_t *subject, const struct amendment *a)
{
    json_t *terms = NULL;

    if (apply_set(j, judge_terms(j, subject), a->set, &terms) != STATUS_OK)
        return;
    if (amendment_pending(subject) != NULL)
        state_set(j->state, amendment_edit(j, subject), "terms", json_incref(a->terms));
    set_terms(j, subject, terms, this_record(j));
    json_decref(terms);
    set_rev(j, subject);
}

static void add_orgs(struct judge *j, json_t *subject, const json_t *owner)
{
    const json_t *party;

    judge_each(i, party, json_object_get(owner, "parties"))
    {
        subject_add_org(j, subject, json_member(party, "org"));
    }
}

/* What was pending is replaced, and was never in force. */
static void drop_pending(struct judge *j, json_t *subject)
{
    const json_t *pending = amendment_pending(subject);

    if (pending == NULL)
        return;
    add_earlier(j, subject, json_object_get(pending, "record"), false);
    (void)json_object_del(subject, "proposed");
}

void amendment_replace(struct judge *j, json_t *subject, const struct amendment *a,
                       amendment_parties_fn *parties)
{
    struct state *s = j->state;
    json_t *fresh = json_object();

    state_set(s, fresh, "parties", json_array());
    parties(j, fresh, subject, a);
    drop_pending(j, subject);
    set_terms(j, subject, a->terms, this_record(j));
    state_share(s, subject, "parties", fresh);
    subject_count_signatures(j, subject);
    (void)json_object_del(subject, "signers");
    add_orgs(j, subject, subject);
    json_decref(fresh);
    set_rev(j, subject);
}

/* --- pending -------------------------------------------------------------------------
 */

/* Parties of the terms in force that the new ones leave out accept it too, if they can.
 */
static void add_dropped(struct judge *j, json_t *fresh, const json_t *subject)
{
    const json_t *party;

    judge_each(i, party, json_object_get(subject, "parties"))
    {
        struct bytes org = json_member(party, "org");
        const json_t *row = judge_org(j, org);
        size_t at;

        if (judge_is(party, "state", "left") || row == NULL || judge_keyless(row) ||
            subject_party(fresh, org) != SIZE_MAX)
            continue;
        subject_add_party(j, fresh, org, json_object_get(party, "role"), NULL);
        at = subject_party(fresh, org);
        if (at != SIZE_MAX)
            state_set(j->state, json_array_get(json_object_get(fresh, "parties"), at),
                      "dropped", json_true());
    }
}

void amendment_propose(struct judge *j, json_t *subject, const struct amendment *a,
                       amendment_parties_fn *parties)
{
    struct state *s = j->state;
    json_t *fresh = json_object();

    state_set_int(s, fresh, "record", j->number);
    state_set(s, fresh, "by", json_of(j->st->org));
    state_set(s, fresh, "terms", json_incref(a->terms));
    state_set(s, fresh, "parties", json_array());
    state_set_int(s, fresh, "signed", 0);
    state_set_int(s, fresh, "paper", 0);
    parties(j, fresh, subject, a);
    add_dropped(j, fresh, subject);
    drop_pending(j, subject);
    state_set(s, subject, "proposed", fresh);
    add_orgs(j, subject, fresh);
    set_rev(j, subject);
}

const json_t *amendment_pending(const json_t *subject)
{
    return json_object_get(subject, "proposed");
}

json_t *amendment_edit(struct judge *j, json_t *subject)
{
    return state_own(j->state, subject, "proposed");
}

bool amendment_complete(const json_t *subject)
{
    const json_t *pending = amendment_pending(subject);
    size_t done = subject_count(pending, "signed") + subject_count(pending, "elsewhere") +
                  subject_count(pending, "left");

    return pending != NULL &&
           done == json_array_size(json_object_get(pending, "parties"));
}

void amendment_hold(struct judge *j, json_t *subject)
{
    struct state *s = j->state;
    json_t *pending = json_incref(json_object_get(subject, "proposed"));
    json_t *parties = json_array();
    json_t *party;

    judge_each(i, party, json_object_get(pending, "parties"))
    {
        if (json_object_get(party, "dropped") == NULL)
            state_push(s, parties, json_incref(party));
    }
    (void)json_object_del(subject, "proposed");
    set_terms(j, subject, json_object_get(pending, "terms"),
              json_incref(json_object_get(pending, "record")));
    state_set(s, subject, "parties", parties);
    subject_count_signatures(j, subject);
    (void)json_object_del(subject, "signers"); /* declaration.c: of the terms before */
    state_set_int(s, subject, "agreed", j->number);
    json_decref(pending);
}

const json_t *amendment_answered(const json_t *subject, struct bytes org, size_t *party)
{
    const json_t *owner = amendment_pending(subject);

    if (owner == NULL)
        owner = subject;
    *party = subject_party(owner, org);
    if (*party == SIZE_MAX || judge_is(subject_party_at(owner, *party), "state", "left"))
        return NULL;
    return owner;
}
