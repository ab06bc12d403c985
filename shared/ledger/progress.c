#include "ledger/progress.h"

#include <stdlib.h>

#include "base/clock.h"
#include "record/date.h"
#include "record/json.h"

#define DAY_SECONDS 86400

/* --- quantities --------------------------------------------------------------------- */

/* A decimal of at most 18 digits (docs/vocabulary.md), so that two brought to one scale,
 * their difference and a hundred times that fit into 128 bits. */
struct quantity {
    __int128 digits;
    unsigned scale; /* how many of the digits are behind the point */
};

static bool quantity_read(const json_t *text, struct quantity *out)
{
    struct bytes q = json_bytes(text);
    bool negative = q.len > 0 && q.ptr[0] == '-', point = false;
    size_t at = q.len > 0 && (negative || q.ptr[0] == '+') ? 1 : 0, n = 0;

    *out = (struct quantity){ 0 };
    for (; at < q.len; at++) {
        if (q.ptr[at] == '.' && !point) {
            point = true;
            continue;
        }
        if (q.ptr[at] < '0' || q.ptr[at] > '9' || n++ == 18)
            return false;
        out->digits = out->digits * 10 + (q.ptr[at] - '0');
        out->scale += point ? 1 : 0;
    }
    if (negative)
        out->digits = -out->digits;
    return n > 0;
}

static void quantity_scale(struct quantity *q, unsigned scale)
{
    for (; q->scale < scale; q->scale++)
        q->digits *= 10;
}

/* Brought to one scale. */
static void quantity_align(struct quantity *a, struct quantity *b)
{
    quantity_scale(a, b->scale);
    quantity_scale(b, a->scale);
}

static int quantity_cmp(struct quantity a, struct quantity b)
{
    quantity_align(&a, &b);
    return (a.digits > b.digits) - (a.digits < b.digits);
}

/* --- deliverables ------------------------------------------------------------------- */

const char *track_name(enum track t)
{
    switch (t) {
    case TRACK_NONE:
        break;
    case TRACK_ON_TRACK:
        return "on-track";
    case TRACK_DUE_SOON:
        return "due-soon";
    case TRACK_OVERDUE:
        return "overdue";
    case TRACK_DONE:
        return "done";
    }
    return "";
}

const char *stale_name(enum stale s)
{
    switch (s) {
    case STALE_NO:
        break;
    case STALE_AMBER:
        return "amber";
    case STALE_RED:
        return "red";
    }
    return "";
}

static bool is(const json_t *object, const char *member, const char *word)
{
    return bytes_eq_text(json_member(object, member), word);
}

static bool is_counted(const json_t *deliverable)
{
    return is(deliverable, "measure", "unit") || is(deliverable, "measure", "percentage");
}

/* Which way leads to the target: numbers say it better than the flag. */
static bool is_descending(const json_t *deliverable)
{
    struct quantity baseline, target;
    int order;

    if (quantity_read(json_object_get(deliverable, "baseline"), &baseline) &&
        quantity_read(json_object_get(deliverable, "target"), &target)) {
        order = quantity_cmp(baseline, target);
        if (order != 0)
            return order > 0;
    }
    return json_is_true(json_object_get(deliverable, "descending"));
}

/* What was forecast is not there yet. Values that are not counted are compared as text:
 * "adopted". */
static bool reaches(const json_t *deliverable, const json_t *report, const json_t *target)
{
    const json_t *value = json_object_get(report, "value");
    struct quantity have, want;
    int order;

    if (value == NULL || target == NULL || is(report, "qualifier", "forecast"))
        return false;
    if (!is_counted(deliverable))
        return json_equal(value, target);
    if (!quantity_read(value, &have) || !quantity_read(target, &want))
        return false;
    order = quantity_cmp(have, want);
    return is_descending(deliverable) ? order <= 0 : order >= 0;
}

static int clamped(__int128 percent)
{
    if (percent < 0)
        return 0;
    return percent > PROGRESS_PERCENT_MAX ? PROGRESS_PERCENT_MAX : (int)percent;
}

static int percent_of(const json_t *deliverable, const json_t *report)
{
    const json_t *from = json_object_get(deliverable, "baseline");
    struct quantity baseline = { 0 }, target, value;
    __int128 way, done;

    if (!is_counted(deliverable) ||
        !quantity_read(json_object_get(deliverable, "target"), &target) ||
        !quantity_read(json_object_get(report, "value"), &value))
        return -1;
    if (from != NULL && !quantity_read(from, &baseline))
        return -1;
    /* Where nothing is said of a beginning it is zero, and to that there is no way. */
    if (from == NULL && (is_descending(deliverable) || target.digits <= 0))
        return -1;
    quantity_align(&baseline, &target);
    quantity_align(&value, &target);
    quantity_scale(&baseline, target.scale);
    way = target.digits - baseline.digits;
    done = value.digits - baseline.digits;
    if (way == 0) /* to be kept as it was */
        return reaches(deliverable, report, json_object_get(deliverable, "target")) ? 100
                                                                                    : 0;
    return clamped((way < 0 ? -done : done) * 100 / (way < 0 ? -way : way));
}

static bool is_done(const json_t *deliverable, const json_t *report)
{
    return is(report, "state", "achieved") ||
           reaches(deliverable, report, json_object_get(deliverable, "target"));
}

/* Its last day is earlier than what is next until now. */
static void take_next(struct progress *p, struct bytes due, const json_t *target,
                      bool milestone)
{
    int64_t day;

    if (date_parse(due, NULL, &day) != STATUS_OK || (p->due.len > 0 && p->due_day <= day))
        return;
    p->due = due;
    p->due_day = day;
    p->target = target;
    p->milestone = milestone;
}

/* A milestone is reached by its value, so one without a target says nothing. */
static void find_next(struct progress *p, const json_t *deliverable, const json_t *report)
{
    const json_t *milestone;
    size_t i;

    take_next(p, json_member(deliverable, "due"), json_object_get(deliverable, "target"),
              false);
    json_array_foreach(json_object_get(deliverable, "milestones"), i, milestone)
    {
        const json_t *target = json_object_get(milestone, "target");
        const json_t *period = json_object_get(milestone, "period");
        struct bytes end = json_member(period, "end");

        if (target != NULL && !reaches(deliverable, report, target))
            take_next(p, end.len > 0 ? end : json_member(period, "start"), target, true);
    }
}

static enum track track_of(const struct progress *p, int64_t on)
{
    if (p->due.len == 0)
        return TRACK_NONE;
    if (p->due_day < on)
        return TRACK_OVERDUE;
    return p->due_day - on <= PROGRESS_SOON_DAYS ? TRACK_DUE_SOON : TRACK_ON_TRACK;
}

/* The same day of a later year; of February 29 the day after, where there is none. */
static int64_t years_later(int64_t from, int years)
{
    int year, month, day;

    day_split(from, &year, &month, &day);
    if (!day_valid(year + years, month, day))
        return year + years > 9999 ? INT64_MAX : day_number(year + years, 3, 1);
    return day_number(year + years, month, day);
}

static enum stale stale_of(int64_t heard, int64_t on)
{
    if (heard == INT64_MAX || on < years_later(heard, 1))
        return STALE_NO;
    return on < years_later(heard, 2) ? STALE_AMBER : STALE_RED;
}

void progress_of(const json_t *deliverable, const json_t *report, int64_t heard,
                 int64_t on, struct progress *out)
{
    *out = (struct progress){ .percent = percent_of(deliverable, report) };
    if (json_is_true(json_object_get(deliverable, "dropped")))
        return;
    if (is_done(deliverable, report)) {
        out->track = TRACK_DONE;
        return;
    }
    find_next(out, deliverable, report);
    out->track = track_of(out, on);
    out->stale = stale_of(heard, on);
}

/* --- payments ------------------------------------------------------------------------
 */

const char *payment_state_name(enum payment_state s)
{
    switch (s) {
    case PAYMENT_UNKNOWN:
        break;
    case PAYMENT_PAID:
        return "paid";
    case PAYMENT_DUE:
        return "due";
    case PAYMENT_OVERDUE:
        return "overdue";
    case PAYMENT_VOID:
        return "void";
    }
    return "";
}

static money_sum sum_of(const json_t *pledge, const char *column)
{
    money_sum sum;

    return money_sum_parse(json_member(json_object_get(pledge, "money"), column), &sum) ==
                   STATUS_OK
               ? sum
               : 0;
}

money_sum progress_sent(const json_t *pledge)
{
    money_sum there = sum_of(pledge, "disbursed");
    money_sum here = sum_of(pledge, "received") + sum_of(pledge, "fees");

    return here > there ? here : there;
}

money_sum progress_outstanding(const json_t *pledge)
{
    return sum_of(pledge, "outstanding");
}

static int by_day(const void *a, const void *b)
{
    const struct payment *left = a, *right = b;

    if (left->due_day != right->due_day)
        return left->due_day < right->due_day ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static enum status read_payments(const json_t *schedule, struct payment *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(schedule, i, item)
    {
        struct payment *p = &list[i];

        p->place = i;
        p->due = json_member(item, "due");
        if (date_parse(p->due, NULL, &p->due_day) != STATUS_OK ||
            money_parse(json_object_get(item, "money"), 0, &p->money, NULL) != STATUS_OK)
            return STATUS_ALTERED;
    }
    return STATUS_OK;
}

/* Until something was paid there is no currency but that of the schedule. */
static bool in_currency(const json_t *pledge, const struct payment *p)
{
    struct bytes currency = json_member(pledge, "currency");

    return currency.len == 0 || bytes_eq_text(currency, p->money.currency);
}

static void settle(struct payment *p, money_sum *left, bool over, int64_t on)
{
    p->paid = *left < p->money.minor ? *left : p->money.minor;
    *left -= p->paid;
    if (p->paid == p->money.minor)
        p->state = PAYMENT_PAID;
    else if (over)
        p->state = PAYMENT_VOID;
    else
        p->state = p->due_day < on ? PAYMENT_OVERDUE : PAYMENT_DUE;
}

enum status progress_payments(const json_t *pledge, const json_t *terms, int64_t on,
                              struct payment **out, size_t *n)
{
    const json_t *schedule = json_object_get(terms, "schedule");
    size_t count = json_array_size(schedule);
    struct payment *list = calloc(count + 1, sizeof(*list));
    bool over = is(pledge, "status", "withdrawn") || is(pledge, "status", "declined");
    money_sum left = progress_sent(pledge);
    enum status st;

    if (list == NULL)
        return STATUS_NOMEM;
    st = read_payments(schedule, list);
    if (st != STATUS_OK) {
        free(list);
        return st;
    }
    qsort(list, count, sizeof(*list), by_day);
    for (size_t i = 0; i < count; i++)
        if (in_currency(pledge, &list[i]))
            settle(&list[i], &left, over, on);
    *out = list;
    *n = count;
    return STATUS_OK;
}

bool progress_overdue(const struct payment *payments, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (payments[i].state == PAYMENT_OVERDUE)
            return true;
    return false;
}

/* --- days --------------------------------------------------------------------------- */

int64_t progress_day(int64_t seconds)
{
    int64_t day = seconds / DAY_SECONDS;

    return seconds % DAY_SECONDS < 0 ? day - 1 : day;
}

void progress_day_print(int64_t day, struct buf *out)
{
    int year, month, d;

    day_split(day, &year, &month, &d);
    buf_printf(out, "%04d-%02d-%02d", year, month, d);
}
