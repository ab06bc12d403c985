/* pledge.made, and what follows from the terms of a pledge. */

#include "ledger/pledge.h"
#include "base/clock.h"

/* --- what must be there --------------------------------------------------------------
 */

/* An amendment names only what it changes. */
static enum status demand_sides(struct judge *j)
{
    struct bytes donor = judge_field(j, "donor"), recipient = judge_field(j, "recipient");

    if (donor.len > 0 && !org_reserved(donor) &&
        judge_demand_org(j, donor, "donor") != STATUS_OK)
        return STATUS_REFUSED;
    return recipient.len > 0 && !org_reserved(recipient)
               ? judge_demand_org(j, recipient, "recipient")
               : STATUS_OK;
}

/* An organization or a partnership: whichever is called so. */
static enum status demand_fund(struct judge *j, struct bytes fund)
{
    const json_t *subject = NULL;
    struct bytes org, local;

    if (state_json(judge_org_row(j, fund)) != NULL ||
        !subject_id_split(fund, &org, &local))
        return judge_demand_org(j, fund, "from_fund");
    if (judge_demand_subject(j, fund, "from_fund", "partnership", NULL, &subject) !=
        STATUS_OK)
        return STATUS_REFUSED;
    if (judge_is(judge_terms(j, subject), "kind", "fund-window"))
        return STATUS_OK;
    return REFUSE(
        j, RULE_SUBJECT_KIND,
        "from_fund: expected a partnership of kind fund-window, found " BYTES_FMT,
        BYTES_ARG(fund));
}

enum status pledge_references(struct judge *j)
{
    struct bytes purpose = judge_field(j, "for"), fund = judge_field(j, "from_fund");
    const json_t *item;
    enum status st = demand_sides(j);

    if (st == STATUS_OK && purpose.len > 0)
        st = judge_demand_subject(j, purpose, "for", "commitment", "partnership", NULL);
    if (st == STATUS_OK && fund.len > 0)
        st = demand_fund(j, fund);
    if (st != STATUS_OK)
        return st;
    judge_each(i, item, judge_json(j, "funded_by"))
    {
        if (judge_demand_subject(j, json_member(item, "pledge"), "funded_by", "pledge",
                                 NULL, NULL) != STATUS_OK)
            return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* The newest terms, agreed or not: who pledges answers what is asked for now. */
static const json_t *newest_terms(struct judge *j, const json_t *subject)
{
    const json_t *proposed = json_object_get(subject, "proposed");

    return proposed != NULL ? json_object_get(proposed, "terms")
                            : judge_terms(j, subject);
}

enum status pledge_demand_wanted(struct judge *j, const json_t *terms)
{
    struct bytes wanted = json_member(terms, "wanted"), id = json_member(terms, "for");
    const json_t *item;

    if (wanted.len == 0)
        return STATUS_OK;
    judge_each(i, item, json_object_get(newest_terms(j, judge_subject(j, id)), "wanted"))
    {
        if (bytes_eq(json_member(item, "id"), wanted))
            return STATUS_OK;
    }
    if (id.len == 0)
        return REFUSE(j, RULE_WANTED_UNKNOWN,
                      "wanted: expected what it is for beside it, found " BYTES_FMT
                      " alone",
                      BYTES_ARG(wanted));
    return REFUSE(j, RULE_WANTED_UNKNOWN,
                  "wanted: expected one of the newest terms of " BYTES_FMT
                  ", found " BYTES_FMT,
                  BYTES_ARG(id), BYTES_ARG(wanted));
}

/* The other pledge's recipient is this one's donor, and all is in one currency. */
static enum status demand_funding(struct judge *j, const json_t *terms,
                                  const json_t *item)
{
    struct bytes id = json_member(item, "pledge"), donor = json_member(terms, "donor");
    const json_t *other = judge_subject(j, id);
    struct bytes recipient = json_member(json_object_get(other, "facets"), "recipient");
    struct bytes currency = json_member(json_object_get(terms, "money"), "currency");

    if (!bytes_eq(recipient, donor) || org_reserved(donor))
        return REFUSE(j, RULE_FUNDED_BY,
                      "funded_by: expected a pledge to this donor, " BYTES_FMT
                      ", but " BYTES_FMT " is to " BYTES_FMT,
                      BYTES_ARG(donor), BYTES_ARG(id), BYTES_ARG(recipient));
    if (currency.len == 0 || !bytes_eq_text(currency, pledge_currency(other)) ||
        !bytes_eq(currency, json_member(json_object_get(item, "money"), "currency")))
        return REFUSE(j, RULE_FUNDED_BY,
                      "funded_by: expected one currency in this pledge, in " BYTES_FMT
                      " and in what it covers",
                      BYTES_ARG(id));
    return STATUS_OK;
}

static enum status read_money(struct judge *j, const json_t *object, money_sum *out)
{
    struct money money;
    enum status st = money_parse(object, j->record->n + 2, &money, j->why);

    if (st == STATUS_OK)
        *out = money.minor;
    return st;
}

enum status pledge_read_terms(struct judge *j, const json_t *terms,
                              struct pledge_money *m)
{
    const json_t *item, *money = json_object_get(terms, "money");
    money_sum one = 0;
    enum status st = STATUS_OK;

    m->sum[PLEDGE_PROMISED] = m->sum[PLEDGE_FUNDED] = 0;
    if (money != NULL)
        st = read_money(j, money, &m->sum[PLEDGE_PROMISED]);
    judge_each(i, item, json_object_get(terms, "funded_by"))
    {
        if (st == STATUS_OK)
            st = demand_funding(j, terms, item);
        if (st == STATUS_OK)
            st = read_money(j, json_object_get(item, "money"), &one);
        m->sum[PLEDGE_FUNDED] += one;
    }
    return st;
}

/* --- what follows from terms ---------------------------------------------------------
 */

static bool is_signed(const json_t *subject, const char *role)
{
    size_t party = subject_party(subject, pledge_side(subject, role));

    return judge_is(subject_party_at(subject, party), "state", "signed");
}

static enum attested attested_by(const json_t *subject)
{
    bool donor = is_signed(subject, "donor"), recipient = is_signed(subject, "recipient");

    /* Own funds: there is no second to vouch. */
    if (bytes_eq(pledge_side(subject, "donor"), pledge_side(subject, "recipient")))
        return donor ? ATTESTED_DONOR : ATTESTED_THIRD_PARTY;
    if (donor)
        return recipient ? ATTESTED_BOTH : ATTESTED_DONOR;
    return recipient ? ATTESTED_RECIPIENT : ATTESTED_THIRD_PARTY;
}

void pledge_attest(struct judge *j, json_t *subject)
{
    enum attested attested = attested_by(subject);

    state_set(j->state, subject, "attested", json_string(attested_names[attested]));
    if (attested == ATTESTED_BOTH && json_object_get(subject, "agreed") == NULL)
        state_set_int(j->state, subject, "agreed", j->number);
}

void pledge_add_sides(struct judge *j, json_t *owner, const json_t *terms)
{
    static const char *const roles[] = { "donor", "recipient" };

    for (size_t i = 0; i < 2; i++) {
        struct bytes org = json_member(terms, roles[i]);
        json_t *word = json_string(roles[i]);

        if (word == NULL)
            state_fail(j->state, STATUS_NOMEM);
        if (subject_party(owner, org) == SIZE_MAX)
            subject_add_party(j, owner, org, word, NULL);
        json_decref(word);
    }
}

static const char *worth(const json_t *terms)
{
    if (json_object_get(terms, "money") != NULL)
        return "money";
    return json_object_get(terms, "unstated") != NULL ? "unstated" : "in-kind";
}

/* Share it, or take it away. */
static void share(struct judge *j, json_t *subject, const char *name, const json_t *terms)
{
    (void)json_object_del(subject, name);
    state_share(j->state, subject, name, terms);
}

/* Facets hold organizations only as such; a fund may be a partnership. */
static void take_orgs(struct judge *j, json_t *subject, const json_t *terms)
{
    struct bytes fund = json_member(terms, "from_fund");
    json_t *facets = state_own(j->state, subject, "facets");

    state_share(j->state, facets, "donor", terms);
    state_share(j->state, facets, "recipient", terms);
    subject_add_org(j, subject, json_member(terms, "donor"));
    subject_add_org(j, subject, json_member(terms, "recipient"));
    if (fund.len > 0 && judge_org(j, fund) != NULL)
        subject_add_org(j, subject, fund);
}

/* The author's time of the record that made the pledge. */
static int64_t made_at(struct judge *j, const json_t *subject)
{
    struct told told;
    int64_t at = j->st->at;

    if (judge_told(j, (uint64_t)json_integer_value(json_object_get(subject, "created")),
                   &told) == NULL ||
        time_parse(json_member(told.header, "at"), &at) != STATUS_OK)
        state_fail(j->state, STATUS_ALTERED);
    return at;
}

/* Under which year it is counted: as these terms say, else when it was made. */
static void take_year(struct judge *j, json_t *subject, const json_t *terms)
{
    struct bytes on = json_member(terms, "on");
    struct buf text = { 0 };

    if (on.len == 0)
        on = json_member(json_object_get(terms, "period"), "start");
    if (on.len == 0) {
        time_print(made_at(j, subject), &text);
        on = buf_bytes(&text);
    }
    state_set(j->state, subject, "year",
              text.bad ? NULL : json_of(bytes_slice(on, 0, 4)));
    buf_clear(&text);
}

void pledge_take_terms(struct judge *j, struct pledge *p, const json_t *terms)
{
    struct state *s = j->state;

    take_orgs(j, p->subject, terms);
    share(j, p->subject, "from_fund", terms);
    share(j, p->subject, "for", terms);
    share(j, p->subject, "wanted", terms);
    take_year(j, p->subject, terms);
    (void)json_object_del(p->subject, "scheduled");
    if (json_array_size(json_object_get(terms, "schedule")) > 0)
        state_set(j->state, p->subject, "scheduled", json_true());
    if (json_object_get(p->subject, "transactions") == NULL)
        (void)json_object_del(p->subject, "currency");
    state_share(s, p->subject, "currency", json_object_get(terms, "money"));
    state_set(s, p->subject, "worth", json_string(worth(terms)));
    state_set(s, p->subject, "own_funds",
              json_boolean(json_is_true(json_object_get(terms, "own_funds"))));
    pledge_attest(j, p->subject);
}

/* --- pledge.made ---------------------------------------------------------------------
 */

enum status pledge_made_judge(struct judge *j)
{
    struct pledge p = { 0 };
    enum status st = judge_demand_networks(j);

    if (st == STATUS_OK)
        st = pledge_references(j);
    if (st == STATUS_OK)
        st = pledge_demand_wanted(j, j->record->json);
    if (st == STATUS_OK)
        st = pledge_read_terms(j, j->record->json, &p.m);
    if (st != STATUS_OK)
        return st;
    p.subject = subject_create(j, "announced");
    pledge_add_sides(j, p.subject, j->record->json);
    pledge_take_terms(j, &p, j->record->json);
    return pledge_close(j, &p);
}
