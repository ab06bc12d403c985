/* pledge.accepted, .declined, .amended, .withdrawn */

#include "ledger/amendment.h"
#include "ledger/pledge.h"

enum status pledge_demand_side(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    if (bytes_eq(j->st->org, pledge_side(subject, "donor")) ||
        bytes_eq(j->st->org, pledge_side(subject, "recipient")))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "expected the donor or recipient of " BYTES_FMT
                  " as author, found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")), BYTES_ARG(j->st->org));
}

static enum status demand_going(struct judge *j)
{
    if (json_object_get(state_json(j->subject), "life") == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected a pledge that is not withdrawn, but " BYTES_FMT " is",
                  BYTES_ARG(judge_field(j, "id")));
}

/* --- answers -------------------------------------------------------------------------
 */

/* A side of the terms that wait for an answer; *p is what it has said so far. */
static enum status demand_answerer(struct judge *j, size_t *party, const json_t **p)
{
    const json_t *subject = state_json(j->subject);
    const json_t *owner = amendment_answered(subject, j->st->org, party);

    *p = subject_party_at(owner, *party);
    if (owner != NULL)
        return STATUS_OK;
    return pledge_demand_side(j) == STATUS_OK
               ? REFUSE(
                     j, RULE_AUTHOR_NOT_A_PARTY,
                     "expected a party of the newest terms as author, found " BYTES_FMT,
                     BYTES_ARG(j->st->org))
               : STATUS_REFUSED;
}

/* Some terms wait for an answer. */
static enum status demand_open(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    if (json_object_get(subject, "agreed") == NULL || amendment_pending(subject) != NULL)
        return demand_going(j);
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected a pledge that one side has yet to sign, but both have "
                  "signed " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")));
}

/* The currency of a pledge with transactions stays. */
static enum status demand_currency(struct judge *j, const json_t *terms)
{
    const json_t *subject = state_json(j->subject);
    struct bytes currency = json_member(json_object_get(terms, "money"), "currency");

    if (json_object_get(subject, "transactions") == NULL || currency.len == 0 ||
        bytes_eq_text(currency, pledge_currency(subject)))
        return STATUS_OK;
    return REFUSE(j, RULE_MONEY_MISMATCH,
                  "money: expected %s, in which transactions were told, found " BYTES_FMT,
                  pledge_currency(subject), BYTES_ARG(currency));
}

/* The pending terms hold, if all have accepted them. They were judged by the state at
 * that time: what has happened since may forbid it. */
static enum status advance(struct judge *j, struct pledge *p)
{
    const json_t *terms;
    enum status st;

    if (!amendment_complete(p->subject)) {
        pledge_attest(j, p->subject);
        return STATUS_OK;
    }
    terms = json_object_get(amendment_pending(p->subject), "terms");
    st = demand_currency(j, terms);
    if (st == STATUS_OK)
        st = pledge_read_terms(j, terms, &p->m);
    if (st != STATUS_OK)
        return st;
    amendment_hold(j, p->subject);
    pledge_take_terms(j, p, json_object_get(p->subject, "amended"));
    return STATUS_OK;
}

/* The sums move to where they are attested now. */
static enum status answer(struct judge *j, size_t party, const char *state)
{
    struct pledge p;
    enum status st = pledge_open(j, &p);

    if (st != STATUS_OK)
        return st;
    subject_party_states(
        j,
        amendment_pending(p.subject) != NULL ? amendment_edit(j, p.subject) : p.subject,
        party, state);
    st = advance(j, &p);
    return st == STATUS_OK ? pledge_close(j, &p) : st;
}

enum status pledge_accepted_judge(struct judge *j)
{
    const json_t *subject = state_json(j->subject), *p;
    bool pending = amendment_pending(subject) != NULL;
    size_t party;
    enum status st = demand_answerer(j, &party, &p);

    if (st == STATUS_OK && judge_is(p, "state", "signed") &&
        (pending || json_object_get(subject, "agreed") == NULL))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "expected the other side as author, " BYTES_FMT " has signed already",
                    BYTES_ARG(j->st->org));
    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK)
        st = demand_open(j);
    return st == STATUS_OK ? answer(j, party, "signed") : st;
}

/* Who stated the terms that wait: it signed by stating them, not by accepting or with
 * another. A correction since then makes nobody else their maker. */
static bool is_maker(struct judge *j, const json_t *subject, const json_t *p)
{
    const json_t *pending = amendment_pending(subject);
    struct told told = { 0 };

    if (pending != NULL)
        return bytes_eq(json_member(pending, "by"), j->st->org);
    if (!judge_is(p, "state", "signed"))
        return false;
    if (judge_told(j, (uint64_t)json_integer_value(json_object_get(p, "record")),
                   &told) == NULL) {
        state_fail(j->state, STATUS_ALTERED);
        return false;
    }
    return !judge_is(told.record, "is", "pledge.accepted") &&
           bytes_eq(json_member(told.header, "org"), j->st->org);
}

enum status pledge_declined_judge(struct judge *j)
{
    const json_t *subject = state_json(j->subject), *p;
    size_t party;
    enum status st = demand_answerer(j, &party, &p);

    if (st == STATUS_OK && is_maker(j, subject, p))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "expected the other side as author, these terms are of " BYTES_FMT,
                    BYTES_ARG(j->st->org));
    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK)
        st = demand_open(j);
    return st == STATUS_OK ? answer(j, party, "declined") : st;
}

/* --- amended -------------------------------------------------------------------------
 */

static void new_sides(struct judge *j, json_t *owner, const json_t *subject,
                      const struct amendment *a)
{
    (void)subject;
    pledge_add_sides(j, owner, a->terms);
}

/* Another than who signs this stands by the terms in force. */
static bool others_stand(const struct judge *j, const json_t *subject)
{
    const json_t *party;

    judge_each(i, party, json_object_get(subject, "parties"))
    {
        if (judge_is(party, "state", "signed") &&
            !judge_signs(j, json_member(party, "org")))
            return true;
    }
    return json_object_get(subject, "agreed") != NULL;
}

static enum status amend(struct judge *j, const struct amendment *a)
{
    struct pledge p;
    enum status st = pledge_open(j, &p);

    if (st != STATUS_OK)
        return st;
    if (a->correction) {
        amendment_correct(j, p.subject, a);
    } else if (others_stand(j, p.subject)) {
        amendment_propose(j, p.subject, a, new_sides);
        st = advance(j, &p);
    } else {
        st = pledge_read_terms(j, a->terms, &p.m);
        if (st != STATUS_OK)
            return st;
        amendment_replace(j, p.subject, a, new_sides);
        pledge_take_terms(j, &p, a->terms);
    }
    return st == STATUS_OK ? pledge_close(j, &p) : st;
}

enum status pledge_amended_judge(struct judge *j)
{
    const json_t *set = judge_json(j, "set");
    struct pledge_money m;
    struct amendment a = { 0 };
    enum status st = pledge_demand_side(j);

    if (st == STATUS_OK)
        st = judge_as(j, j->record->kind, set, judge_demand_networks);
    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK && !amendment_corrects(j))
        st = demand_going(j);
    if (st == STATUS_OK)
        st = amendment_read(j, &a);
    if (st == STATUS_OK)
        st = judge_as(j, j->record->kind, set, pledge_references);
    if (st == STATUS_OK &&
        (json_object_get(set, "for") != NULL || json_object_get(set, "wanted") != NULL))
        st = pledge_demand_wanted(j, a.terms);
    if (st == STATUS_OK && !a.correction)
        st = demand_currency(j, a.terms);
    if (st == STATUS_OK && !a.correction)
        st =
            pledge_read_terms(j, a.terms, &m); /* what may refuse it later, does so now */
    if (st == STATUS_OK)
        st = amend(j, &a);
    amendment_clear(&a);
    return st;
}

/* --- withdrawn -----------------------------------------------------------------------
 */

/* A side other than its maker has accepted. */
static bool is_accepted(const json_t *subject)
{
    const json_t *party;

    judge_each(i, party, json_object_get(subject, "parties"))
    {
        if (judge_is(party, "state", "signed") &&
            !bytes_eq(json_member(party, "org"), json_member(subject, "author")))
            return true;
    }
    return false;
}

enum status pledge_withdrawn_judge(struct judge *j)
{
    const json_t *subject = state_json(j->subject);
    struct bytes may = is_accepted(subject) ? pledge_side(subject, "donor")
                                            : json_member(subject, "author");
    struct pledge p;
    json_t *life;
    enum status st = STATUS_OK;

    if (!bytes_eq(j->st->org, json_member(subject, "author")))
        st = pledge_demand_side(j);
    if (st == STATUS_OK && !bytes_eq(j->st->org, may))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "expected " BYTES_FMT " as author, found " BYTES_FMT, BYTES_ARG(may),
                    BYTES_ARG(j->st->org));
    if (st == STATUS_OK)
        st = demand_going(j);
    if (st == STATUS_OK)
        st = pledge_open(j, &p);
    if (st != STATUS_OK)
        return st;
    life = json_object();
    state_set(j->state, life, "is", json_string("withdrawn"));
    state_set_int(j->state, life, "record", j->number);
    state_set(j->state, p.subject, "life", life);
    return pledge_close(j, &p);
}
