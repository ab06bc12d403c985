/* shared/ledger/progress.h
 *
 * How far things are on a day: deliverables on their way to a target, payments of a
 * schedule. Nothing in the state depends on a clock, so whoever shows it brings the day.
 * Pure; numbers are exact decimals. Days as in base/clock.h; a coarse date means its last
 * day.
 */
#ifndef AVOW_LEDGER_PROGRESS_H
#define AVOW_LEDGER_PROGRESS_H

#include <jansson.h>

#include "record/money.h"

#define PROGRESS_SOON_DAYS 90
#define PROGRESS_PERCENT_MAX 1000000

/* --- deliverables ------------------------------------------------------------------ */

/* TRACK_NONE: nothing is due and nothing done, so there is nothing to say. */
enum track { TRACK_NONE, TRACK_ON_TRACK, TRACK_DUE_SOON, TRACK_OVERDUE, TRACK_DONE };
const char *track_name(enum track t); /* "on-track" …; "" of TRACK_NONE */

/* Nothing was reported for a year, for two. */
enum stale { STALE_NO, STALE_AMBER, STALE_RED };
const char *stale_name(enum stale s); /* "amber", "red"; "" of STALE_NO */

struct progress {
    int percent;      /* of the way from baseline to target, rounded down; -1: unknown */
    enum track track; /* by `due` */
    enum stale stale;
    /* What comes next: the earliest milestone, or the target itself, that is not reached
     * and has a date. `due` is empty: nothing has. Borrowed from the deliverable. */
    struct bytes due;     /* as stated */
    int64_t due_day;      /* its last */
    const json_t *target; /* of it; NULL: a target is not stated */
    bool milestone;       /* it is one */
};

/* `deliverable` as the terms state it; `report` its entry of the row's "progress"
 * (ledger/rows.h), NULL: there is none. `heard`: the day on which something was last
 * reported, else that of the proposal; INT64_MAX: not known, and then nothing is stale.
 * Of a dropped one nothing but the percentage is told. */
void progress_of(const json_t *deliverable, const json_t *report, int64_t heard,
                 int64_t on, struct progress *out);

/* --- payments ----------------------------------------------------------------------- */

/* PAYMENT_UNKNOWN: in another currency than what was paid. PAYMENT_VOID: the pledge was
 * withdrawn or declined before it. */
enum payment_state {
    PAYMENT_UNKNOWN,
    PAYMENT_PAID,
    PAYMENT_DUE,
    PAYMENT_OVERDUE,
    PAYMENT_VOID
};
const char *payment_state_name(enum payment_state s); /* "" of PAYMENT_UNKNOWN */

struct payment {
    size_t place;     /* in the schedule, from 0 */
    struct bytes due; /* as stated; borrowed from the schedule */
    int64_t due_day;
    struct money money;
    money_sum paid; /* of it */
    enum payment_state state;
};

/* The payments of a pledge's schedule, by day; what was sent pays the earliest first.
 * `pledge` is its row, `terms` those in force. *out is malloc'ed. STATUS_NOMEM;
 * STATUS_ALTERED: not such a row. */
enum status progress_payments(const json_t *pledge, const json_t *terms, int64_t on,
                              struct payment **out, size_t *n);
/* Whether one of them is overdue. */
bool progress_overdue(const struct payment *payments, size_t n);

/* What went on its way, by either side's word: disbursed, or received with fees. */
money_sum progress_sent(const json_t *pledge);
/* What is still to come of what was pledged, as the ledger has it; never below zero. */
money_sum progress_outstanding(const json_t *pledge);

/* --- days --------------------------------------------------------------------------- */

/* The day of a time, in seconds since 1970. */
int64_t progress_day(int64_t seconds);
/* "2026-11-23", appended. */
void progress_day_print(int64_t day, struct buf *out);

#endif
