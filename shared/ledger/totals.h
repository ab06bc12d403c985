/* shared/ledger/totals.h
 *
 * Totals of money, kept while the log grows: for all, and by network, donor, recipient,
 * country and currency; per currency and attestation; in 128 bits. rows.h has their rows.
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

#define TOTAL_TABLE(X)        \
    X(PLEDGED, "pledged")     \
    X(NEW, "new")             \
    X(COMMITTED, "committed") \
    X(DISBURSED, "disbursed") \
    X(RECEIVED, "received")   \
    X(REFUNDED, "refunded")   \
    X(DISPUTED, "disputed")   \
    X(PLEDGES, "pledges")

#define ATTESTED_ENUM(constant, name) ATTESTED_##constant,
enum attested { ATTESTED_TABLE(ATTESTED_ENUM) ATTESTED_COUNT };
#undef ATTESTED_ENUM
#define TOTAL_ENUM(constant, name) TOTAL_##constant,
enum total_column { TOTAL_TABLE(TOTAL_ENUM) TOTAL_COUNT };
#undef TOTAL_ENUM

extern const char *const attested_names[ATTESTED_COUNT];
enum attested attested_find(struct bytes name); /* ATTESTED_COUNT: none */

/* What one pledge has in each column. */
struct total_share {
    money_sum sum[TOTAL_COUNT];
};

/* Add the share (or, with `sign` -1, take it away) wherever a pledge of these facets
 * counts. False: a sum would leave 128 bits. */
bool totals_add(struct state *s, const json_t *facets, const char *currency,
                enum attested attested, const struct total_share *share, int sign);

/* The value of a row of STORE_TOTAL. */
struct total {
    money_sum sum[ATTESTED_COUNT][TOTAL_COUNT];
};

/* malloc'ed. STATUS_ALTERED: not such a row. */
enum status total_decode(struct bytes text, struct total **out);
void *total_copy(const struct total *t);
void total_encode(const struct total *t, struct bytes key, struct buf *out);

#endif
