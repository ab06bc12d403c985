/* pledge.made and pledge.accepted; what a pledge adds up to. */

#include "ledger/pledge.h"

#define NAME(constant, name) name,
static const char *const columns[PLEDGE_COUNT] = { PLEDGE_TABLE(NAME) };
#undef NAME

/* --- the row ------------------------------------------------------------------------ */

void pledge_money_read(struct judge *j, const json_t *subject, struct pledge_money *out)
{
    const json_t *money = json_object_get(subject, "money");

    for (int c = 0; c < PLEDGE_COUNT; c++) {
        out->sum[c] = 0;
        if (money != NULL &&
            money_sum_parse(json_member(money, columns[c]), &out->sum[c]) != STATUS_OK)
            state_fail(j->state, STATUS_ALTERED);
    }
}

void pledge_money_write(struct judge *j, json_t *subject, const struct pledge_money *m)
{
    json_t *money = json_object();
    struct buf text = { 0 };

    for (int c = 0; c < PLEDGE_COUNT; c++) {
        buf_reset(&text);
        money_sum_print(m->sum[c], &text);
        state_set(j->state, money, columns[c],
                  text.bad ? NULL : json_of(buf_bytes(&text)));
    }
    buf_clear(&text);
    state_set(j->state, subject, "money", money);
}

enum attested pledge_attested(const json_t *subject)
{
    return attested_find(json_member(subject, "attested"));
}

const char *pledge_currency(const json_t *subject)
{
    const char *currency = json_string_value(json_object_get(subject, "currency"));

    return currency != NULL ? currency : "";
}

enum status pledge_count(struct judge *j, const json_t *subject,
                         const struct pledge_money *m, int sign)
{
    struct total_share share = { .sum = { [TOTAL_PLEDGES] = 1 } };

    if (*pledge_currency(subject) == '\0')
        return STATUS_OK;
    if (pledge_attested(subject) == ATTESTED_COUNT) {
        state_fail(j->state, STATUS_ALTERED); /* later than what left it out, if so */
        return STATUS_OK;
    }
    share.sum[TOTAL_PLEDGED] = m->sum[PLEDGE_PLEDGED];
    share.sum[TOTAL_NEW] = m->sum[PLEDGE_NEW];
    share.sum[TOTAL_COMMITTED] = m->sum[PLEDGE_COMMITTED];
    share.sum[TOTAL_DISBURSED] = m->sum[PLEDGE_DISBURSED];
    share.sum[TOTAL_RECEIVED] = m->sum[PLEDGE_RECEIVED];
    if (totals_add(j->state, json_object_get(subject, "facets"), pledge_currency(subject),
                   pledge_attested(subject), &share, sign))
        return STATUS_OK;
    return REFUSE(j, RULE_TOTAL_LIMIT, "expected totals within 128 bits");
}

/* --- status and flags --------------------------------------------------------------- */

static money_sum larger(money_sum a, money_sum b)
{
    return a > b ? a : b;
}

/* What went on its way: a receipt may stand alone. */
static money_sum sent(const struct pledge_money *m)
{
    return larger(m->sum[PLEDGE_DISBURSED],
                  m->sum[PLEDGE_RECEIVED] + m->sum[PLEDGE_FEES]);
}

static const char *derive(const json_t *subject, const struct pledge_money *m)
{
    money_sum goal = m->sum[PLEDGE_PLEDGED];

    if (goal == 0) /* unstated: what is firm by now */
        goal = larger(m->sum[PLEDGE_COMMITTED], sent(m));
    if (goal > 0 && m->sum[PLEDGE_RECEIVED] + m->sum[PLEDGE_FEES] >= goal)
        return "received";
    if (goal > 0 && sent(m) >= goal)
        return "disbursed";
    if (sent(m) > 0 || json_object_get(subject, "goods_sent") != NULL)
        return "part-disbursed";
    if (m->sum[PLEDGE_COMMITTED] > 0 ||
        json_object_get(subject, "goods_committed") != NULL)
        return "committed";
    return "announced";
}

static bool exceeds(const struct pledge_money *m)
{
    return m->sum[PLEDGE_PLEDGED] > 0 &&
           larger(m->sum[PLEDGE_COMMITTED], sent(m)) > m->sum[PLEDGE_PLEDGED];
}

/* Received plus fees is not what was disbursed: where receipts name disbursements, these
 * are held against each other; the rest is, once both sides have told of any. */
static bool discrepant(const struct pledge_money *m)
{
    money_sum told = m->sum[PLEDGE_DISBURSED] - m->sum[PLEDGE_COVERED];
    money_sum got =
        m->sum[PLEDGE_RECEIVED] + m->sum[PLEDGE_FEES] - m->sum[PLEDGE_COVERING];

    return m->sum[PLEDGE_COVERED] != m->sum[PLEDGE_COVERING] ||
           (told > 0 && got > 0 && told != got);
}

/* One of two has said it. Own funds have no other side. */
static bool one_sided(const json_t *subject)
{
    enum attested a = pledge_attested(subject);

    return (a == ATTESTED_DONOR || a == ATTESTED_RECIPIENT) &&
           !json_is_true(json_object_get(subject, "own_funds"));
}

void pledge_settle(struct judge *j, json_t *subject, const struct pledge_money *m)
{
    json_t *flags = json_array();

    if (exceeds(m))
        state_push(j->state, flags, json_string("exceeds"));
    if (discrepant(m))
        state_push(j->state, flags, json_string("discrepancy"));
    if (one_sided(subject))
        state_push(j->state, flags, json_string("one-sided"));
    state_set(j->state, subject, "flags", flags);
    subject_set_status(j, subject, derive(subject, m));
}

/* --- pledge.made: what must be there -------------------------------------------------
 */

static enum status demand_sides(struct judge *j)
{
    struct bytes donor = judge_field(j, "donor");
    bool reserved = bytes_eq_text(donor, "public") || bytes_eq_text(donor, "anonymous");

    if (!reserved && judge_demand_org(j, donor, "donor") != STATUS_OK)
        return STATUS_REFUSED;
    return judge_demand_org(j, judge_field(j, "recipient"), "recipient");
}

static enum status demand_fund(struct judge *j, struct bytes fund)
{
    const json_t *subject = NULL;
    struct bytes org, local;

    if (!subject_id_split(fund, &org, &local))
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

static enum status demand_references(struct judge *j)
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

/* The other pledge's recipient is this one's donor, and all is in one currency. */
static enum status demand_funding(struct judge *j, const json_t *item)
{
    struct bytes id = json_member(item, "pledge"), donor = judge_field(j, "donor");
    const json_t *other = state_json(judge_row(j, STORE_SUBJECT, id));
    struct bytes recipient = json_member(json_object_get(other, "facets"), "recipient");
    struct bytes currency = json_member(judge_json(j, "money"), "currency");

    if (!bytes_eq(recipient, donor))
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

/* New money is the pledge's money less what other pledges cover. */
static enum status demand_amounts(struct judge *j, struct pledge_money *m)
{
    const json_t *item, *money = judge_json(j, "money");
    bool passed_on =
        judge_json(j, "from_fund") != NULL || json_is_true(judge_json(j, "own_funds"));
    money_sum covered = 0, one = 0;
    enum status st = STATUS_OK;

    *m = (struct pledge_money){ 0 };
    if (money != NULL)
        st = read_money(j, money, &m->sum[PLEDGE_PLEDGED]);
    judge_each(i, item, judge_json(j, "funded_by"))
    {
        if (st == STATUS_OK)
            st = demand_funding(j, item);
        if (st == STATUS_OK)
            st = read_money(j, json_object_get(item, "money"), &one);
        covered += one;
    }
    if (!passed_on && covered < m->sum[PLEDGE_PLEDGED])
        m->sum[PLEDGE_NEW] = m->sum[PLEDGE_PLEDGED] - covered;
    return st;
}

/* --- pledge.made: what follows -------------------------------------------------------
 */

static enum attested first_attested(struct judge *j)
{
    struct bytes donor = judge_field(j, "donor");
    struct bytes recipient = judge_field(j, "recipient");

    if (bytes_eq(donor, recipient)) /* own funds: there is no second to vouch */
        return judge_signs(j, donor) ? ATTESTED_DONOR : ATTESTED_THIRD_PARTY;
    if (judge_signs(j, donor))
        return judge_signs(j, recipient) ? ATTESTED_BOTH : ATTESTED_DONOR;
    return judge_signs(j, recipient) ? ATTESTED_RECIPIENT : ATTESTED_THIRD_PARTY;
}

static const char *worth(struct judge *j)
{
    if (judge_json(j, "money") != NULL)
        return "money";
    return judge_json(j, "unstated") != NULL ? "unstated" : "in-kind";
}

static void add_party(struct judge *j, json_t *subject, const char *role)
{
    struct bytes org = judge_field(j, role);
    json_t *word = json_string(role);

    if (word == NULL)
        state_fail(j->state, STATUS_NOMEM);
    if (subject_party(subject, org) == SIZE_MAX)
        subject_add_party(j, subject, org, word, NULL);
    state_share(j->state, json_object_get(subject, "facets"), role, j->record->json);
    json_decref(word);
}

static json_t *create(struct judge *j, const struct pledge_money *m)
{
    struct state *s = j->state;
    json_t *subject = subject_create(j, "announced");
    enum attested attested = first_attested(j);
    struct bytes fund = judge_field(j, "from_fund"), org, local;

    add_party(j, subject, "donor");
    add_party(j, subject, "recipient");
    if (fund.len > 0 && !subject_id_split(fund, &org, &local))
        subject_add_org(j, subject, fund);
    state_set(s, subject, "attested", json_string(attested_names[attested]));
    if (attested == ATTESTED_BOTH)
        state_set_int(s, subject, "agreed", j->number);
    state_share(s, subject, "currency", judge_json(j, "money"));
    state_set(s, subject, "worth", json_string(worth(j)));
    state_set(s, subject, "own_funds",
              json_boolean(json_is_true(judge_json(j, "own_funds"))));
    pledge_money_write(j, subject, m);
    return subject;
}

enum status pledge_made_judge(struct judge *j)
{
    enum status st = judge_demand_networks(j);
    struct pledge_money m;
    json_t *subject;

    if (st == STATUS_OK)
        st = demand_references(j);
    if (st == STATUS_OK)
        st = demand_amounts(j, &m);
    if (st != STATUS_OK)
        return st;
    subject = create(j, &m);
    pledge_settle(j, subject, &m);
    return pledge_count(j, subject, &m, 1);
}

/* --- pledge.accepted -----------------------------------------------------------------
 */

static enum status demand_other_side(struct judge *j, size_t *party)
{
    const json_t *subject = state_json(j->subject), *p;

    *party = subject_party(subject, j->st->org);
    if (*party == SIZE_MAX)
        return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                      "expected the donor or recipient of " BYTES_FMT
                      " as author, found " BYTES_FMT,
                      BYTES_ARG(judge_field(j, "id")), BYTES_ARG(j->st->org));
    p = json_array_get(json_object_get(subject, "parties"), *party);
    if (judge_is(p, "state", "signed") && json_object_get(subject, "agreed") == NULL)
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected the other side as author, " BYTES_FMT
                      " has signed already",
                      BYTES_ARG(j->st->org));
    return STATUS_OK;
}

static enum status demand_open(struct judge *j)
{
    if (json_object_get(state_json(j->subject), "agreed") == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected a pledge that one side has yet to sign, but both have "
                  "signed " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")));
}

static enum attested attested_with(const json_t *subject, struct bytes org)
{
    bool donor = bytes_eq(json_member(json_object_get(subject, "facets"), "donor"), org);

    switch (pledge_attested(subject)) {
    case ATTESTED_DONOR:
        return donor ? ATTESTED_DONOR : ATTESTED_BOTH;
    case ATTESTED_RECIPIENT:
        return donor ? ATTESTED_BOTH : ATTESTED_RECIPIENT;
    case ATTESTED_BOTH:
        return ATTESTED_BOTH;
    case ATTESTED_THIRD_PARTY:
    case ATTESTED_COUNT:
        break;
    }
    return donor ? ATTESTED_DONOR : ATTESTED_RECIPIENT;
}

/* The sums move to where they are attested now. */
static enum status accept(struct judge *j, size_t party)
{
    json_t *subject = subject_edit(j);
    enum attested attested = attested_with(subject, j->st->org);
    struct pledge_money m;

    pledge_money_read(j, subject, &m);
    if (pledge_count(j, subject, &m, -1) != STATUS_OK)
        return STATUS_REFUSED;
    state_set(j->state, subject, "attested", json_string(attested_names[attested]));
    subject_party_states(j, subject, party, "signed");
    if (attested == ATTESTED_BOTH)
        state_set_int(j->state, subject, "agreed", j->number);
    pledge_settle(j, subject, &m);
    return pledge_count(j, subject, &m, 1);
}

enum status pledge_accepted_judge(struct judge *j)
{
    size_t party;
    enum status st = demand_other_side(j, &party);

    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK)
        st = demand_open(j);
    return st == STATUS_OK ? accept(j, party) : st;
}
