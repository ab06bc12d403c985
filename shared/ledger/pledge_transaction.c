/* pledge.committed, .decommitted, .disbursed, .received, .refunded, .spent: the steps of
 * money.
 *
 * A receipt that names disbursements (or is named by them) and these are linked, each
 * row to the other. What is void or disputed does not count; links to it are there still,
 * and count again if it does. So whatever happens to one transaction, the sums follow
 * from it and from those it is linked to. */

#include "ledger/pledge.h"

struct column {
    const char *is;
    enum pledge_column sum;
    enum pledge_column matched; /* PLEDGE_COUNT: not held against others */
};

static const struct column columns[] = {
    { "pledge.committed", PLEDGE_FIRM, PLEDGE_COUNT },
    { "pledge.decommitted", PLEDGE_DECOMMITTED, PLEDGE_COUNT },
    { "pledge.disbursed", PLEDGE_DISBURSED, PLEDGE_COVERED },
    { "pledge.received", PLEDGE_RECEIVED, PLEDGE_COVERING },
    { "pledge.refunded", PLEDGE_REFUNDED, PLEDGE_COUNT },
    { "pledge.spent", PLEDGE_SPENT, PLEDGE_COUNT },
};

static const struct column *column_of(const json_t *row)
{
    size_t i = 0;

    while (i + 1 < sizeof(columns) / sizeof(columns[0]) &&
           !judge_is(row, "is", columns[i].is))
        i++;
    return &columns[i];
}

/* One transaction on its way in. */
struct step {
    struct row *row;
    money_sum minor; /* what counts; 0: goods */
    money_sum fees;
    char currency[4]; /* of what counts; "" for goods */
};

static struct bytes side(const struct judge *j, const char *role)
{
    return pledge_side(state_json(j->subject), role);
}

struct row *pledge_transaction(struct judge *j, struct bytes author, struct bytes tx)
{
    struct buf key = { 0 };
    struct row *r = NULL;

    rows_transaction_key(json_member(state_json(j->subject), "id"), author, tx, &key);
    if (key.bad)
        state_fail(j->state, STATUS_NOMEM);
    else
        r = judge_row(j, STORE_TRANSACTION, buf_bytes(&key));
    buf_clear(&key);
    return r;
}

/* --- author, life, references --------------------------------------------------------
 */

static enum status demand_role(struct judge *j, const char *role)
{
    if (pledge_demand_side(j) != STATUS_OK)
        return STATUS_REFUSED;
    if (bytes_eq(j->st->org, side(j, role)))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "expected the %s, " BYTES_FMT ", as author, found " BYTES_FMT, role,
                  BYTES_ARG(side(j, role)), BYTES_ARG(j->st->org));
}

/* Nothing follows from a pledge that was declined; from one that was withdrawn, what was
 * on its way arrives, or goes back. */
static enum status demand_alive(struct judge *j)
{
    const json_t *subject = state_json(j->subject);
    bool settles = j->record->kind == KIND_PLEDGE_RECEIVED ||
                   j->record->kind == KIND_PLEDGE_REFUNDED ||
                   j->record->kind == KIND_PLEDGE_SPENT;

    if (!judge_is(subject, "status", "declined") &&
        !(judge_is(subject, "status", "withdrawn") && !settles))
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected a pledge that stands, but " BYTES_FMT " is " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")),
                  BYTES_ARG(json_member(subject, "status")));
}

static enum status demand_new(struct judge *j, struct step *step)
{
    struct bytes tx = judge_field(j, "tx");

    if (demand_alive(j) != STATUS_OK)
        return STATUS_REFUSED;
    step->row = pledge_transaction(j, j->st->org, tx);
    if (state_json(step->row) == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_TX_TWICE,
                  "tx: expected one that is new to " BYTES_FMT " and its author, "
                  "found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")), BYTES_ARG(tx));
}

/* Each names a transaction of this kind by the other side. */
static enum status demand_others(struct judge *j, const char *member, const char *role,
                                 const char *is)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, member))
    {
        struct bytes tx = json_bytes(item);
        struct row *r = pledge_transaction(j, side(j, role), tx);

        if (!judge_is(state_json(r), "is", is))
            return REFUSE(j, RULE_TX_UNKNOWN,
                          "%s: expected a %s that the %s stated before, found " BYTES_FMT,
                          member, is, role, BYTES_ARG(tx));
    }
    return STATUS_OK;
}

/* --- amounts --------------------------------------------------------------------------
 */

/* In the pledge's currency, or it carries counts in it; the first one gives a pledge
 * without a currency its own. */
static enum status demand_money(struct judge *j, struct step *step)
{
    const char *currency = pledge_currency(state_json(j->subject));
    const json_t *money = judge_json(j, "money"), *counts = judge_json(j, "counts");
    struct money m;

    if (money == NULL)
        return STATUS_OK;
    if (money_parse(money, j->record->n + 2, &m, j->why) != STATUS_OK)
        return STATUS_REFUSED;
    if (*currency != '\0' && !bytes_eq_text(bytes_of(m.currency), currency) &&
        counts != NULL && money_parse(counts, j->record->n + 2, &m, j->why) != STATUS_OK)
        return STATUS_REFUSED;
    if (*currency != '\0' && !bytes_eq_text(bytes_of(m.currency), currency))
        return REFUSE(j, RULE_MONEY_MISMATCH,
                      "expected money in %s, or counts in it, found %s", currency,
                      m.currency);
    step->minor = m.minor;
    snprintf(step->currency, sizeof(step->currency), "%s", m.currency);
    return STATUS_OK;
}

static enum status demand_fees(struct judge *j, struct step *step)
{
    const json_t *fees = judge_json(j, "fees");
    struct money m;

    if (fees == NULL)
        return STATUS_OK;
    if (money_parse(fees, j->record->n + 2, &m, j->why) != STATUS_OK)
        return STATUS_REFUSED;
    if (!bytes_eq_text(bytes_of(m.currency), step->currency))
        return REFUSE(j, RULE_MONEY_MISMATCH, "fees: expected %s%s, found fees in %s",
                      *step->currency != '\0' ? "the currency that counts, "
                                              : "none with goods",
                      step->currency, m.currency);
    step->fees = m.minor;
    return STATUS_OK;
}

/* --- sums and links -------------------------------------------------------------------
 */

static bool counts(const json_t *row)
{
    return json_object_get(row, "voided") == NULL &&
           json_object_get(row, "disputed") == NULL;
}

static json_int_t integer(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

/* A count; there is none where it is zero. */
static void add_to(struct judge *j, json_t *row, const char *name, int more)
{
    json_int_t n = integer(row, name) + more;

    if (n > 0)
        state_set_int(j->state, row, name, (uint64_t)n);
    else
        (void)json_object_del(row, name);
}

/* Goods are in no sum; status goes by how often there were some. */
static void contribute_goods(struct judge *j, struct pledge *p, const json_t *row,
                             int sign)
{
    switch (column_of(row)->sum) {
    case PLEDGE_FIRM:
        add_to(j, p->subject, "goods_committed", sign);
        break;
    case PLEDGE_DISBURSED:
    case PLEDGE_RECEIVED:
        add_to(j, p->subject, "goods_sent", sign);
        break;
    default: /* taken or given back: the rest is not told */
        break;
    }
}

/* Add what the transaction counts for, or (sign -1) take it away. */
static void contribute(struct judge *j, struct pledge *p, const json_t *row, int sign)
{
    const struct column *column = column_of(row);
    money_sum minor = pledge_get_sum(j, row, "minor"),
              fees = pledge_get_sum(j, row, "fees");

    if (row == NULL || json_object_get(row, "voided") != NULL)
        return;
    if (minor > 0)
        add_to(j, p->subject, "transactions", sign);
    if (!counts(row)) {
        if (column->sum != PLEDGE_SPENT) /* it is no money between the two */
            p->m.sum[PLEDGE_CONTESTED] += sign * minor;
        return;
    }
    if (minor == 0)
        contribute_goods(j, p, row, sign);
    p->m.sum[column->sum] += sign * minor;
    p->m.sum[PLEDGE_FEES] += sign * fees;
    if (column->matched != PLEDGE_COUNT && json_object_get(row, "covered") != NULL)
        p->m.sum[column->matched] += sign * (minor + fees);
}

static struct row *linked(struct judge *j, const json_t *link)
{
    return pledge_transaction(j, json_member(link, "author"), json_member(link, "tx"));
}

/* Whoever is linked to the row has one more (or less) that counts. */
static void tell_links(struct judge *j, struct pledge *p, const json_t *row, int more)
{
    const json_t *link;

    judge_each(i, link, json_object_get(row, "links"))
    {
        struct row *other = linked(j, link);
        json_t *edited;

        contribute(j, p, state_json(other), -1);
        edited = state_edit(j->state, other);
        add_to(j, edited, "covered", more);
        contribute(j, p, edited, 1);
    }
}

static void add_link(struct judge *j, json_t *row, const json_t *to)
{
    json_t *link = json_object();

    state_share(j->state, link, "author", to);
    state_share(j->state, link, "tx", to);
    if (json_object_get(row, "links") == NULL)
        state_set(j->state, row, "links", json_array());
    state_push(j->state, state_own(j->state, row, "links"), link);
}

/* --- what follows ---------------------------------------------------------------------
 */

static json_t *create(struct judge *j, const struct step *step)
{
    struct state *s = j->state;
    json_t *row = json_object();

    state_set(s, row, "pledge", json_of(judge_field(j, "id")));
    state_set(s, row, "author", json_of(j->st->org));
    state_share(s, row, "tx", j->record->json);
    state_share(s, row, "is", j->record->json);
    state_set_int(s, row, "record", j->number);
    if (step->minor > 0) {
        pledge_set_sum(j, row, "minor", step->minor);
        state_set(s, row, "currency", json_string(step->currency));
    }
    state_share(s, row, "of", j->record->json);
    state_share(s, row, "matches", j->record->json);
    if (step->fees > 0)
        pledge_set_sum(j, row, "fees", step->fees);
    state_put(s, step->row, row);
    return row;
}

static void link_all(struct judge *j, json_t *row, const char *member, const char *role)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, member))
    {
        struct row *r = pledge_transaction(j, side(j, role), json_bytes(item));
        json_t *other = state_edit(j->state, r);

        add_link(j, row, other);
        add_link(j, other, row);
        if (counts(other))
            add_to(j, row, "covered", 1);
    }
}

static enum status apply(struct judge *j, const struct step *step)
{
    struct pledge p;
    json_t *row;
    enum status st = pledge_open(j, &p);

    if (st != STATUS_OK)
        return st;
    row = create(j, step);
    if (j->record->kind == KIND_PLEDGE_RECEIVED)
        link_all(j, row, "of", "donor");
    else if (j->record->kind == KIND_PLEDGE_DISBURSED)
        link_all(j, row, "matches", "recipient");
    contribute(j, &p, row, 1);
    tell_links(j, &p, row, 1);
    if (*step->currency != '\0')
        state_set(j->state, p.subject, "currency", json_string(step->currency));
    return pledge_close(j, &p);
}

static void restate(struct judge *j, struct pledge *p, struct row *tx, const char *member,
                    json_t *value)
{
    bool before = counts(state_json(tx)), after;
    json_t *row;

    contribute(j, p, state_json(tx), -1);
    row = state_edit(j->state, tx);
    if (value != NULL)
        state_set(j->state, row, member, value);
    else
        (void)json_object_del(row, member);
    contribute(j, p, row, 1);
    after = counts(row);
    if (before != after)
        tell_links(j, p, row, after ? 1 : -1);
    /* Its first transaction gave an unstated one its currency. */
    if (json_object_get(p->subject, "transactions") == NULL &&
        !judge_is(p->subject, "worth", "money"))
        (void)json_object_del(p->subject, "currency");
}

enum status pledge_restate(struct judge *j, struct row *tx, const char *member,
                           json_t *value)
{
    struct pledge p;
    enum status st = pledge_open(j, &p);

    if (st != STATUS_OK || tx == NULL)
        json_decref(value);
    if (st != STATUS_OK)
        return st;
    if (tx != NULL)
        restate(j, &p, tx, member, value);
    return pledge_close(j, &p);
}

/* --- the kinds ------------------------------------------------------------------------
 */

/* By either side. */
static enum status firm(struct judge *j)
{
    struct step step = { 0 };
    enum status st = pledge_demand_side(j);

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}

enum status pledge_committed_judge(struct judge *j)
{
    return firm(j);
}

enum status pledge_decommitted_judge(struct judge *j)
{
    return firm(j);
}

enum status pledge_disbursed_judge(struct judge *j)
{
    struct step step = { 0 };
    enum status st = demand_role(j, "donor");

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_others(j, "matches", "recipient", "pledge.received");
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}

enum status pledge_received_judge(struct judge *j)
{
    struct step step = { 0 };
    enum status st = demand_role(j, "recipient");

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_others(j, "of", "donor", "pledge.disbursed");
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    if (st == STATUS_OK)
        st = demand_fees(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}

enum status pledge_refunded_judge(struct judge *j)
{
    struct step step = { 0 };
    enum status st = demand_role(j, "recipient");

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_others(j, "of", "donor", "pledge.disbursed");
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}

/* What the recipient did with it; no side waits for that. */
enum status pledge_spent_judge(struct judge *j)
{
    struct step step = { 0 };
    enum status st = demand_role(j, "recipient");

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}
