/* pledge.committed, pledge.disbursed, pledge.received: the steps of money. */

#include "ledger/pledge.h"

/* One transaction on its way in. */
struct step {
    struct row *row;
    enum pledge_column column;
    money_sum minor; /* what counts; 0: goods */
    money_sum fees;
    char currency[4]; /* of what counts; "" for goods */
};

static struct bytes side(const struct judge *j, const char *role)
{
    return json_member(json_object_get(state_json(j->subject), "facets"), role);
}

static struct row *transaction_row(struct judge *j, struct bytes author, struct bytes tx)
{
    struct buf key = { 0 };
    struct row *r = NULL;

    rows_transaction_key(judge_field(j, "id"), author, tx, &key);
    if (key.bad)
        state_fail(j->state, STATUS_NOMEM);
    else
        r = judge_row(j, STORE_TRANSACTION, buf_bytes(&key));
    buf_clear(&key);
    return r;
}

/* --- author, life, references --------------------------------------------------------
 */

static enum status demand_side(struct judge *j, const char *role, const char *other)
{
    struct bytes author = j->st->org;

    if (!bytes_eq(author, side(j, "donor")) && !bytes_eq(author, side(j, "recipient")))
        return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                      "expected the donor or recipient of " BYTES_FMT
                      " as author, found " BYTES_FMT,
                      BYTES_ARG(judge_field(j, "id")), BYTES_ARG(author));
    if (bytes_eq(author, side(j, role)) ||
        (other != NULL && bytes_eq(author, side(j, other))))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                  "expected the %s, " BYTES_FMT ", as author, found " BYTES_FMT, role,
                  BYTES_ARG(side(j, role)), BYTES_ARG(author));
}

static enum status demand_new(struct judge *j, struct step *step)
{
    struct bytes tx = judge_field(j, "tx");

    step->row = transaction_row(j, j->st->org, tx);
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

        if (!judge_is(state_json(transaction_row(j, side(j, role), tx)), "is", is))
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
        return REFUSE(j, RULE_MONEY_MISMATCH,
                      "fees: expected the currency that counts, %s, found %s",
                      *step->currency != '\0' ? step->currency : "of money", m.currency);
    step->fees = m.minor;
    return STATUS_OK;
}

/* --- what follows ---------------------------------------------------------------------
 */

static void set_sum(struct judge *j, json_t *object, const char *name, money_sum sum)
{
    struct buf text = { 0 };

    money_sum_print(sum, &text);
    state_set(j->state, object, name, text.bad ? NULL : json_of(buf_bytes(&text)));
    buf_clear(&text);
}

static money_sum get_sum(struct judge *j, const json_t *row, const char *name)
{
    money_sum sum = 0;

    if (json_object_get(row, name) != NULL &&
        money_sum_parse(json_member(row, name), &sum) != STATUS_OK)
        state_fail(j->state, STATUS_ALTERED);
    return sum;
}

static void create(struct judge *j, const struct step *step)
{
    struct state *s = j->state;
    json_t *row = json_object();

    state_set(s, row, "pledge", json_of(judge_field(j, "id")));
    state_set(s, row, "author", json_of(j->st->org));
    state_share(s, row, "tx", j->record->json);
    state_share(s, row, "is", j->record->json);
    state_set_int(s, row, "record", j->number);
    if (step->minor > 0) {
        set_sum(j, row, "minor", step->minor);
        state_set(s, row, "currency", json_string(step->currency));
    }
    state_share(s, row, "of", j->record->json);
    state_share(s, row, "matches", j->record->json);
    if (step->fees > 0)
        set_sum(j, row, "fees", step->fees);
    state_put(s, step->row, row);
}

/* Count the row's transaction among those that are held against each other, once. */
static void cover(struct judge *j, struct row *r, struct pledge_money *m)
{
    const json_t *row = state_json(r);
    bool receipt = judge_is(row, "is", "pledge.received");

    if (row == NULL || json_object_get(row, "covered") != NULL)
        return;
    m->sum[receipt ? PLEDGE_COVERING : PLEDGE_COVERED] +=
        get_sum(j, row, "minor") + get_sum(j, row, "fees");
    state_set(j->state, state_edit(j->state, r), "covered", json_true());
}

static void cover_all(struct judge *j, const struct step *step, const char *member,
                      const char *role, struct pledge_money *m)
{
    const json_t *item, *others = judge_json(j, member);

    if (json_array_size(others) == 0)
        return;
    cover(j, step->row, m);
    judge_each(i, item, others)
    {
        cover(j, transaction_row(j, side(j, role), json_bytes(item)), m);
    }
}

static void mark_goods(struct judge *j, json_t *subject, const struct step *step)
{
    if (step->minor == 0)
        state_set(j->state, subject,
                  step->column == PLEDGE_COMMITTED ? "goods_committed" : "goods_sent",
                  json_true());
}

/* Take the pledge out of the totals, change it, and put it back. */
static enum status apply(struct judge *j, const struct step *step)
{
    json_t *subject = subject_edit(j);
    struct pledge_money m;

    pledge_money_read(j, subject, &m);
    if (pledge_count(j, subject, &m, -1) != STATUS_OK)
        return STATUS_REFUSED;
    create(j, step);
    m.sum[step->column] += step->minor;
    m.sum[PLEDGE_FEES] += step->fees;
    cover_all(j, step, "of", "donor", &m);
    cover_all(j, step, "matches", "recipient", &m);
    pledge_money_write(j, subject, &m);
    mark_goods(j, subject, step);
    if (*step->currency != '\0')
        state_set(j->state, subject, "currency", json_string(step->currency));
    pledge_settle(j, subject, &m);
    return pledge_count(j, subject, &m, 1);
}

/* --- the kinds ------------------------------------------------------------------------
 */

enum status pledge_committed_judge(struct judge *j)
{
    struct step step = { .column = PLEDGE_COMMITTED };
    enum status st = demand_side(j, "donor", "recipient");

    if (st == STATUS_OK)
        st = demand_new(j, &step);
    if (st == STATUS_OK)
        st = demand_money(j, &step);
    return st == STATUS_OK ? apply(j, &step) : st;
}

enum status pledge_disbursed_judge(struct judge *j)
{
    struct step step = { .column = PLEDGE_DISBURSED };
    enum status st = demand_side(j, "donor", NULL);

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
    struct step step = { .column = PLEDGE_RECEIVED };
    enum status st = demand_side(j, "recipient", NULL);

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
