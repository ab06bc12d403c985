/* shared/ledger/pledge.h
 *
 * What a pledge's row holds of money, and what is derived from it. Whoever changes a
 * pledge takes it out of the totals first and puts it back when done:
 *
 *     st = pledge_open(j, &p);
 *     … change p.subject, p.m …
 *     st = pledge_close(j, &p);
 */
#ifndef AVOW_LEDGER_PLEDGE_H
#define AVOW_LEDGER_PLEDGE_H

#include "ledger/judge.h"
#include "ledger/totals.h"

/* X(constant, name): in minor units of the pledge's currency. First what was told and is
 * neither void nor disputed: terms (`funded` is what other pledges cover) and
 * transactions (`firm`: committed). `contested` are the disputed transactions. `covered`
 * are disbursements that a receipt names, `covering` what these receipts say, fees
 * included. Then what follows from these, and is what counts. */
#define PLEDGE_TABLE(X)           \
    X(PROMISED, "promised")       \
    X(FUNDED, "funded")           \
    X(FIRM, "firm")               \
    X(DECOMMITTED, "decommitted") \
    X(DISBURSED, "disbursed")     \
    X(RECEIVED, "received")       \
    X(FEES, "fees")               \
    X(REFUNDED, "refunded")       \
    X(SPENT, "spent")             \
    X(CONTESTED, "contested")     \
    X(COVERED, "covered")         \
    X(COVERING, "covering")       \
    X(PLEDGED, "pledged")         \
    X(NEW, "new")                 \
    X(COMMITTED, "committed")     \
    X(OUTSTANDING, "outstanding") \
    X(DISPUTED, "disputed")

#define PLEDGE_ENUM(constant, name) PLEDGE_##constant,
enum pledge_column { PLEDGE_TABLE(PLEDGE_ENUM) PLEDGE_COUNT };
#undef PLEDGE_ENUM

struct pledge_money {
    money_sum sum[PLEDGE_COUNT];
};

struct pledge {
    json_t *subject; /* the draft of j->subject */
    struct pledge_money m;
};

/* Take j->subject out of the totals. RULE_TOTAL_LIMIT. */
enum status pledge_open(struct judge *j, struct pledge *p);
/* Derive what counts, status and flags, and put it into the totals. RULE_TOTAL_LIMIT. */
enum status pledge_close(struct judge *j, struct pledge *p);

enum attested pledge_attested(const json_t *subject);
/* Its three letters, or "" while it has none. */
const char *pledge_currency(const json_t *subject);
/* The donor or recipient of the terms in force. */
struct bytes pledge_side(const json_t *subject, const char *role);

/* Sums as rows have them. */
void pledge_set_sum(struct judge *j, json_t *object, const char *name, money_sum sum);
money_sum pledge_get_sum(struct judge *j, const json_t *row, const char *name);

/* What the terms promise, and what of it other pledges cover. */
enum status pledge_read_terms(struct judge *j, const json_t *terms,
                              struct pledge_money *m);
/* Who vouches for it, and whether that is both: from the states of its parties. */
void pledge_attest(struct judge *j, json_t *subject);
/* The row as these terms and its parties say. */
void pledge_take_terms(struct judge *j, struct pledge *p, const json_t *terms);
/* What a pledge, or an amendment's set, refers to is there. */
rule_fn pledge_references;
/* What these terms say is `wanted` is asked for by the newest terms of what they are for.
 */
enum status pledge_demand_wanted(struct judge *j, const json_t *terms);
/* The parties of terms: donor, recipient. */
void pledge_add_sides(struct judge *j, json_t *owner, const json_t *terms);
/* The author is the donor or the recipient. */
enum status pledge_demand_side(struct judge *j);

/* The row of a transaction of j->subject. */
struct row *pledge_transaction(struct judge *j, struct bytes author, struct bytes tx);
/* Set a member of a transaction's row ("voided", "disputed"; NULL: take it away), and
 * derive all anew. `tx` may be NULL: then only what is disputed of the terms changed. */
enum status pledge_restate(struct judge *j, struct row *tx, const char *member,
                           json_t *value);

#endif
