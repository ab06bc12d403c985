/* broker/admission.h
 *
 * Who may send how much, now: what a broker may refuse and replicas never re-judge
 * (docs/formats.md 2). Thread-safe.
 *
 * What was accepted is paid for by its author: statements by the key, records and bytes
 * by the organization, whatever keys it gives itself. What was not (known already,
 * refused, a dry run) is paid for by whoever sent it: so nobody spends another's share.
 */
#ifndef AVOW_BROKER_ADMISSION_H
#define AVOW_BROKER_ADMISSION_H

#include "base/peer.h"
#include "record/statement.h"

/* docs/formats.md 2: `at` may be so far ahead. */
#define ADMISSION_AHEAD_S 600

/* So many at once, and so many a second in the long run; rate 0: any number. */
struct admission_share {
    uint64_t rate, burst;
};

struct admission_options {
    struct admission_share statements;     /* of a key */
    struct admission_share records, bytes; /* of an organization */
    struct admission_share sender;         /* of an address: what is not accepted */
};

struct admission;

enum status admission_new(const struct admission_options *o, struct admission **out);
void admission_free(struct admission *a); /* accepts NULL */

/* STATUS_REFUSED with `why`: too far ahead. */
enum status admission_at(const struct statement *st, int64_t now_s, struct refusal *why);

/* Has the author room for it? Nothing is spent. Call only with a statement whose
 * signature verified. STATUS_REFUSED with `why`, and *retry_after_s. */
enum status admission_check(struct admission *a, const struct statement *st,
                            uint64_t now_ms, struct refusal *why,
                            unsigned *retry_after_s);
/* It was accepted. */
void admission_spend(struct admission *a, const struct statement *st, uint64_t now_ms);
/* Might the log have it already? No, where its number is beyond all that were spent. */
bool admission_may_be_known(struct admission *a, const struct statement *st);

/* Somebody sends a statement; programs on this machine have no limit. STATUS_REFUSED
 * with `why`, and *retry_after_s. */
enum status admission_send(struct admission *a, const struct address *from,
                           uint64_t now_ms, struct refusal *why, unsigned *retry_after_s);
/* ... and it was accepted, or could not be judged: it cost nothing. */
void admission_sent(struct admission *a, const struct address *from);

#endif
