/* shared/ledger/totals.h
 *
 * Totals of money, kept while the log grows: for all, and by each of TOTAL_BY_TABLE; per
 * currency and attestation; in 128 bits. rows.h has their rows.
 */
#ifndef AVOW_LEDGER_TOTALS_H
#define AVOW_LEDGER_TOTALS_H

#include "ledger/state.h"
#include "record/money.h"

/* X(constant, name): who vouches for a pledge, and what is summed. */
#define ATTESTED_TABLE(X)     \
    X(DONOR, "donor")         \
    X(RECIPIENT, "recipient") \
    X(BOTH, "both")           \
    X(THIRD_PARTY, "third-party")

#define TOTAL_TABLE(X)            \
    X(PLEDGED, "pledged")         \
    X(NEW, "new")                 \
    X(OWN, "own_funds")           \
    X(COMMITTED, "committed")     \
    X(DISBURSED, "disbursed")     \
    X(RECEIVED, "received")       \
    X(REFUNDED, "refunded")       \
    X(SPENT, "spent")             \
    X(OUTSTANDING, "outstanding") \
    X(DISPUTED, "disputed")       \
    X(PLEDGES, "pledges")

/* By what totals are kept, besides "all"; a pledge may have several values of the first
 * two, and none of the last three. */
#define TOTAL_BY_TABLE(X)     \
    X(NETWORK, "network")     \
    X(COUNTRY, "country")     \
    X(DONOR, "donor")         \
    X(RECIPIENT, "recipient") \
    X(CURRENCY, "currency")   \
    X(STATUS, "status")       \
    X(YEAR, "year")           \
    X(FUND, "fund")           \
    X(FOR, "for")

#define ATTESTED_ENUM(constant, name) ATTESTED_##constant,
enum attested { ATTESTED_TABLE(ATTESTED_ENUM) ATTESTED_COUNT };
#undef ATTESTED_ENUM
#define TOTAL_ENUM(constant, name) TOTAL_##constant,
enum total_column { TOTAL_TABLE(TOTAL_ENUM) TOTAL_COUNT };
#undef TOTAL_ENUM
#define TOTAL_BY_ENUM(constant, name) TOTAL_BY_##constant,
enum total_by { TOTAL_BY_TABLE(TOTAL_BY_ENUM) TOTAL_BY_COUNT };
#undef TOTAL_BY_ENUM

extern const char *const attested_names[ATTESTED_COUNT];
enum attested attested_find(struct bytes name); /* ATTESTED_COUNT: none */
extern const char *const total_names[TOTAL_COUNT];
extern const char *const total_by_names[TOTAL_BY_COUNT];
enum total_by total_by_find(struct bytes name); /* TOTAL_BY_COUNT: none */

/* Call `each` with every value that a pledge's row has of this. */
typedef void total_value_fn(void *ctx, struct bytes value);
void total_values(const json_t *pledge, enum total_by by, total_value_fn *each,
                  void *ctx);

/* What one pledge has in each column. */
struct total_share {
    money_sum sum[TOTAL_COUNT];
};

/* Add the share (or, with `sign` -1, take it away) wherever the pledge of this row
 * counts. False: a sum would leave 128 bits. */
bool totals_add(struct state *s, const json_t *pledge, enum attested attested,
                const struct total_share *share, int sign);

/* The value of a row of STORE_TOTAL. */
struct total {
    money_sum sum[ATTESTED_COUNT][TOTAL_COUNT];
};

/* malloc'ed. STATUS_ALTERED: not such a row. */
enum status total_decode(struct bytes text, struct total **out);
void *total_copy(const struct total *t);
void total_encode(const struct total *t, struct bytes key, struct buf *out);

#endif
