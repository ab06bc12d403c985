/* What a pledge adds up to: what counts, status, flags, and its part in the totals. */

#include "ledger/due.h"
#include "ledger/mark.h"
#include "ledger/pledge.h"

#define NAME(constant, name) name,
static const char *const columns[PLEDGE_COUNT] = { PLEDGE_TABLE(NAME) };
#undef NAME

/* --- the row ------------------------------------------------------------------------ */

void pledge_set_sum(struct judge *j, json_t *object, const char *name, money_sum sum)
{
    struct buf text = { 0 };

    money_sum_print(sum, &text);
    state_set(j->state, object, name, text.bad ? NULL : json_of(buf_bytes(&text)));
    buf_clear(&text);
}

money_sum pledge_get_sum(struct judge *j, const json_t *row, const char *name)
{
    money_sum sum = 0;

    if (json_object_get(row, name) != NULL &&
        money_sum_parse(json_member(row, name), &sum) != STATUS_OK)
        state_fail(j->state, STATUS_ALTERED);
    return sum;
}

static void read_money(struct judge *j, const json_t *subject, struct pledge_money *out)
{
    const json_t *money = json_object_get(subject, "money");

    for (int c = 0; c < PLEDGE_COUNT; c++)
        out->sum[c] = pledge_get_sum(j, money, columns[c]);
}

/* What few pledges have is left out where there is none. */
static bool is_rare(int c)
{
    return c == PLEDGE_FUNDED || c == PLEDGE_DECOMMITTED || c == PLEDGE_REFUNDED ||
           c == PLEDGE_CONTESTED || c == PLEDGE_DISPUTED || c == PLEDGE_SPENT;
}

static void write_money(struct judge *j, json_t *subject, const struct pledge_money *m)
{
    json_t *money = json_object();

    for (int c = 0; c < PLEDGE_COUNT; c++)
        if (m->sum[c] != 0 || !is_rare(c))
            pledge_set_sum(j, money, columns[c], m->sum[c]);
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

struct bytes pledge_side(const json_t *subject, const char *role)
{
    return json_member(json_object_get(subject, "facets"), role);
}

/* --- what counts ---------------------------------------------------------------------
 */

static money_sum larger(money_sum a, money_sum b)
{
    return a > b ? a : b;
}

static money_sum smaller(money_sum a, money_sum b)
{
    return a < b ? a : b;
}

/* What went on its way: a receipt may stand alone. */
static money_sum sent(const struct pledge_money *m)
{
    return larger(m->sum[PLEDGE_DISBURSED],
                  m->sum[PLEDGE_RECEIVED] + m->sum[PLEDGE_FEES]);
}

static bool is_withdrawn(const json_t *subject)
{
    return json_object_get(subject, "life") != NULL;
}

static bool is_declined(const json_t *subject)
{
    return json_object_get(subject, "agreed") == NULL &&
           subject_count(subject, "declined") > 0;
}

/* Of a pledge that was withdrawn or declined, what was disbursed stays; the rest is void.
 * Disputed money is in no other column. */
static void derive_money(struct judge *j, const json_t *subject, struct pledge_money *m)
{
    money_sum promised = m->sum[PLEDGE_PROMISED];
    money_sum firm = larger(0, m->sum[PLEDGE_FIRM] - m->sum[PLEDGE_DECOMMITTED]);
    bool disputed = mark_terms_disputed(j, subject);

    if (is_withdrawn(subject) || is_declined(subject)) {
        promised = smaller(promised, sent(m));
        firm = smaller(firm, sent(m));
    }
    m->sum[PLEDGE_DISPUTED] = m->sum[PLEDGE_CONTESTED] + (disputed ? promised : 0);
    m->sum[PLEDGE_PLEDGED] = disputed ? 0 : promised;
    m->sum[PLEDGE_NEW] = 0;
    if (!json_is_true(json_object_get(subject, "own_funds")) &&
        json_object_get(subject, "from_fund") == NULL)
        m->sum[PLEDGE_NEW] = larger(0, m->sum[PLEDGE_PLEDGED] - m->sum[PLEDGE_FUNDED]);
    m->sum[PLEDGE_COMMITTED] = firm;
    m->sum[PLEDGE_OUTSTANDING] =
        larger(0, m->sum[PLEDGE_PLEDGED] - m->sum[PLEDGE_DECOMMITTED] - sent(m));
}

/* --- status and flags --------------------------------------------------------------- */

static bool has(const json_t *subject, const char *name)
{
    return json_object_get(subject, name) != NULL;
}

static const char *derive(const json_t *subject, const struct pledge_money *m)
{
    money_sum refunded = m->sum[PLEDGE_REFUNDED], went = sent(m) - refunded;
    money_sum got = m->sum[PLEDGE_RECEIVED] + m->sum[PLEDGE_FEES] - refunded;
    money_sum goal = m->sum[PLEDGE_PROMISED];

    if (is_withdrawn(subject))
        return "withdrawn";
    if (is_declined(subject))
        return "declined";
    if (goal == 0) /* unstated: what is firm by now */
        goal = larger(m->sum[PLEDGE_COMMITTED], sent(m));
    if (goal > 0 && got >= goal)
        return "received";
    if (goal > 0 && went >= goal)
        return "disbursed";
    if (went > 0 || has(subject, "goods_sent"))
        return "part-disbursed";
    if (m->sum[PLEDGE_COMMITTED] > 0 || has(subject, "goods_committed"))
        return "committed";
    return "announced";
}

/* More than was promised, or taken back or spent than there was. */
static bool exceeds(const struct pledge_money *m)
{
    money_sum firm = m->sum[PLEDGE_FIRM] - m->sum[PLEDGE_DECOMMITTED];
    money_sum kept = sent(m) - m->sum[PLEDGE_REFUNDED];

    return firm < 0 || kept < 0 ||
           m->sum[PLEDGE_SPENT] >
               larger(0, m->sum[PLEDGE_RECEIVED] - m->sum[PLEDGE_REFUNDED]) ||
           (m->sum[PLEDGE_PROMISED] > 0 && larger(firm, kept) > m->sum[PLEDGE_PROMISED]);
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

/* One of two has said it. Own funds have no other side, and nobody says nothing. */
static bool one_sided(const json_t *subject)
{
    enum attested a = pledge_attested(subject);

    return (a == ATTESTED_DONOR || a == ATTESTED_RECIPIENT) &&
           !json_is_true(json_object_get(subject, "own_funds")) &&
           !org_reserved(pledge_side(subject, "donor")) &&
           !org_reserved(pledge_side(subject, "recipient"));
}

static void settle(struct judge *j, json_t *subject, const struct pledge_money *m)
{
    const char *flags[4];
    size_t n = 0;

    if (exceeds(m))
        flags[n++] = "exceeds";
    if (discrepant(m))
        flags[n++] = "discrepancy";
    if (has(subject, "disputes"))
        flags[n++] = "disputed";
    if (one_sided(subject))
        flags[n++] = "one-sided";
    subject_set_flags(j, subject, flags, n);
    subject_set_status(j, subject, derive(subject, m));
}

/* --- totals --------------------------------------------------------------------------
 */

/* Nothing before it has a currency. */
static enum status count(struct judge *j, const json_t *subject,
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
    if (json_is_true(json_object_get(subject, "own_funds")))
        share.sum[TOTAL_OWN] = m->sum[PLEDGE_PLEDGED];
    share.sum[TOTAL_COMMITTED] = m->sum[PLEDGE_COMMITTED];
    share.sum[TOTAL_DISBURSED] = m->sum[PLEDGE_DISBURSED];
    share.sum[TOTAL_RECEIVED] = m->sum[PLEDGE_RECEIVED];
    share.sum[TOTAL_REFUNDED] = m->sum[PLEDGE_REFUNDED];
    share.sum[TOTAL_SPENT] = m->sum[PLEDGE_SPENT];
    share.sum[TOTAL_OUTSTANDING] = m->sum[PLEDGE_OUTSTANDING];
    share.sum[TOTAL_DISPUTED] = m->sum[PLEDGE_DISPUTED];
    if (totals_add(j->state, subject, pledge_attested(subject), &share, sign))
        return STATUS_OK;
    return REFUSE(j, RULE_TOTAL_LIMIT,
                  "expected totals within 128 bits, found one beyond");
}

enum status pledge_open(struct judge *j, struct pledge *p)
{
    p->subject = subject_edit(j);
    read_money(j, p->subject, &p->m);
    return count(j, p->subject, &p->m, -1);
}

enum status pledge_close(struct judge *j, struct pledge *p)
{
    derive_money(j, p->subject, &p->m);
    write_money(j, p->subject, &p->m);
    settle(j, p->subject, &p->m);
    due_settle_pledge(j, p->subject);
    return count(j, p->subject, &p->m, 1);
}
