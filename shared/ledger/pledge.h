/* shared/ledger/pledge.h
 *
 * What a pledge's row holds of money, and what is derived from it.
 */
#ifndef AVOW_LEDGER_PLEDGE_H
#define AVOW_LEDGER_PLEDGE_H

#include "ledger/judge.h"
#include "ledger/totals.h"

/* X(constant, name): in minor units of the pledge's currency. `covered` are disbursements
 * that a receipt names, `covering` what these receipts say, fees included. */
#define PLEDGE_TABLE(X)       \
    X(PLEDGED, "pledged")     \
    X(NEW, "new")             \
    X(COMMITTED, "committed") \
    X(DISBURSED, "disbursed") \
    X(RECEIVED, "received")   \
    X(FEES, "fees")           \
    X(COVERED, "covered")     \
    X(COVERING, "covering")

#define PLEDGE_ENUM(constant, name) PLEDGE_##constant,
enum pledge_column { PLEDGE_TABLE(PLEDGE_ENUM) PLEDGE_COUNT };
#undef PLEDGE_ENUM

struct pledge_money {
    money_sum sum[PLEDGE_COUNT];
};

void pledge_money_read(struct judge *j, const json_t *subject, struct pledge_money *out);
void pledge_money_write(struct judge *j, json_t *subject, const struct pledge_money *m);

enum attested pledge_attested(const json_t *subject);
/* Its three letters, or "" while it has none. */
const char *pledge_currency(const json_t *subject);

/* Add what the pledge has by now, `m`, to the totals, or take it away; nothing before it
 * has a currency. RULE_TOTAL_LIMIT. */
enum status pledge_count(struct judge *j, const json_t *subject,
                         const struct pledge_money *m, int sign);
/* Status and flags, from the sums. */
void pledge_settle(struct judge *j, json_t *subject, const struct pledge_money *m);

#endif
