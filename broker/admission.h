/* broker/admission.h
 *
 * Who may send how much, now: what a broker may refuse and replicas never re-judge
 * (docs/formats.md 2). Thread-safe.
 */
#ifndef AVOW_BROKER_ADMISSION_H
#define AVOW_BROKER_ADMISSION_H

#include "record/statement.h"

/* docs/formats.md 2: `at` may be so far ahead. */
#define ADMISSION_AHEAD_S 600

struct admission;

/* Statements a second of one key, in the long run (0: any number), and at once. */
enum status admission_new(uint64_t rate, uint64_t burst, struct admission **out);
void admission_free(struct admission *a); /* accepts NULL */

/* STATUS_REFUSED with `why`: too far ahead. */
enum status admission_at(const struct statement *st, int64_t now_s, struct refusal *why);
/* Takes one from the key's share; call only with a statement whose signature verified.
 * STATUS_REFUSED with `why`, and *retry_after_s. */
enum status admission_rate(struct admission *a, const struct statement *st,
                           uint64_t now_ms, struct refusal *why, unsigned *retry_after_s);

#endif
