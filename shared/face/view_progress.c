/* A commitment's deliverables, and the money for a commitment or a partnership. */
#include "face/view_internal.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/progress.h"
#include "ledger/rows.h"
#include "ledger/totals.h"
#include "record/codes.h"

/* --- deliverables ------------------------------------------------------------------- */

/* The day on which that entry says it was written. */
static int64_t day_of(struct view *v, uint64_t number)
{
    const struct entry *e = view_entry(v, RECORD_INDEX(number));
    int64_t at;

    if (e == NULL || time_parse(entry_at(e), &at) != STATUS_OK)
        return INT64_MAX;
    return progress_day(at);
}

/* When something was last said of it: the newest report, whatever day it speaks of. */
static int64_t heard_of(struct view *v, const json_t *row, const json_t *report)
{
    uint64_t newest = view_number(row, "created");
    const json_t *pair;
    size_t i;

    json_array_foreach(json_object_get(report, "order"), i, pair)
    {
        uint64_t number = (uint64_t)json_integer_value(json_array_get(pair, 0));

        if (number > newest)
            newest = number;
    }
    return day_of(v, newest);
}

static void put_report(struct view *v, json_t *out, const json_t *report)
{
    json_t *told = view_record_told(v, view_number(report, "record"));
    struct buf day = { 0 };

    progress_day_print(json_integer_value(json_object_get(report, "day")), &day);
    view_put_bytes(v, told, "as_of", buf_bytes(&day));
    view_copy(v, told, "value", report);
    view_copy(v, told, "qualifier", report);
    view_copy(v, told, "state", report);
    view_put(v, out, "current", told);
    buf_clear(&day);
}

static void put_next(struct view *v, json_t *out, const struct progress *p)
{
    json_t *next;

    if (p->due.len == 0)
        return;
    next = json_object();
    view_put(v, next, "is", json_string(p->milestone ? "milestone" : "target"));
    view_put_bytes(v, next, "due", p->due);
    if (p->target != NULL)
        view_put_text(v, next, "target", p->target);
    view_put(v, out, "next", next);
}

/* What came to its end is neither late nor stale. */
static bool is_over(const json_t *row)
{
    struct bytes life = json_member(json_object_get(row, "life"), "is");

    return (life.len > 0 && !bytes_eq_text(life, "suspended")) ||
           bytes_eq_text(json_member(row, "status"), "declined");
}

static void put_progress(struct view *v, json_t *out, const json_t *row,
                         const json_t *deliverable, const json_t *report)
{
    struct progress p;

    progress_of(deliverable, report, heard_of(v, row, report), v->on, &p);
    if (p.percent >= 0)
        view_put(v, out, "percent", json_integer(p.percent));
    if (is_over(row) && p.track != TRACK_DONE)
        return;
    put_next(v, out, &p);
    if (p.track != TRACK_NONE)
        view_put(v, out, "track", json_string(track_name(p.track)));
    if (p.stale != STALE_NO)
        view_put(v, out, "stale", json_string(stale_name(p.stale)));
}

/* What the terms say of a deliverable, and what was last reported of it. */
json_t *view_deliverable(struct view *v, const json_t *deliverable, const json_t *row)
{
    json_t *out = json_copy((json_t *)(uintptr_t)deliverable);
    const char *id = json_string_value(json_object_get(deliverable, "id"));
    const json_t *report =
        id != NULL ? json_object_get(json_object_get(row, "progress"), id) : NULL;
    static const char *const texts[] = { "title", "indicator", "unit", "baseline",
                                         "target" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        view_put_text(v, out, texts[i], json_object_get(deliverable, texts[i]));
    view_put(v, out, "reports",
             json_integer(json_integer_value(json_object_get(report, "reports"))));
    put_progress(v, out, row, deliverable, report);
    if (report != NULL)
        put_report(v, out, report);
    return out;
}

void view_put_deliverables(struct view *v, json_t *out, const json_t *row,
                           const json_t *terms)
{
    const json_t *deliverable;
    json_t *list = json_array();
    size_t i;

    json_array_foreach(json_object_get(terms, "deliverables"), i, deliverable)
    {
        if (v->st == STATUS_OK)
            view_add(v, list, view_deliverable(v, deliverable, row));
    }
    view_put(v, out, "deliverables", list);
}

/* --- money for it ------------------------------------------------------------------- */

/* What was pledged for it in this currency; false: nothing. Reports by third parties do
 * not secure anything. */
static bool sums_for(struct view *v, const json_t *row, const char *currency,
                     money_sum sums[TOTAL_COUNT])
{
    struct buf key = { 0 }, text = { 0 };
    struct total *total = NULL;
    uint64_t place;
    enum status st;

    memset(sums, 0, TOTAL_COUNT * sizeof(sums[0]));
    buf_printf(&key, "for " BYTES_FMT " %s", BYTES_ARG(json_member(row, "id")), currency);
    st = store_row_find(v->s, STORE_TOTAL, buf_bytes(&key), &place, &text);
    if (st == STATUS_OK)
        st = total_decode(buf_bytes(&text), &total);
    for (int a = 0; st == STATUS_OK && a < ATTESTED_COUNT; a++)
        for (int c = 0; a != ATTESTED_THIRD_PARTY && c < TOTAL_COUNT; c++)
            (void)money_sum_add(&sums[c], total->sum[a][c]);
    free(total);
    buf_clear(&key);
    buf_clear(&text);
    if (st != STATUS_OK && st != STATUS_NOT_FOUND && v->st == STATUS_OK)
        v->st = st;
    return st == STATUS_OK && sums[TOTAL_PLEDGES] > 0;
}

/* `budget` NULL: none in this currency, so there is no gap either. */
static json_t *funding_in(struct view *v, const char *currency,
                          const struct money *budget, const money_sum sums[TOTAL_COUNT])
{
    json_t *out = json_object();
    money_sum gap;

    view_put(v, out, "currency", json_string(currency));
    if (budget != NULL)
        view_put_sum(v, out, "budget", budget->minor, currency);
    view_put_sum(v, out, "pledged", sums[TOTAL_PLEDGED], currency);
    view_put_sum(v, out, "committed", sums[TOTAL_COMMITTED], currency);
    view_put_sum(v, out, "disbursed", sums[TOTAL_DISBURSED], currency);
    view_put_sum(v, out, "received", sums[TOTAL_RECEIVED], currency);
    if (budget != NULL) {
        gap = budget->minor - sums[TOTAL_PLEDGED];
        view_put_sum(v, out, "gap", gap > 0 ? gap : 0, currency);
    }
    view_put(v, out, "pledges", json_integer((json_int_t)sums[TOTAL_PLEDGES]));
    return out;
}

/* Its totals are found by name, so each currency there is asked for: the page of one
 * thing can afford two hundred look-ups. */
void view_put_funding(struct view *v, json_t *out, const json_t *row, const json_t *terms)
{
    struct money budget = { 0 };
    money_sum sums[TOTAL_COUNT];
    json_t *list = json_array();
    const char *currency;
    bool stated =
        money_parse(json_object_get(terms, "budget"), 0, &budget, NULL) == STATUS_OK;

    if (stated) {
        (void)sums_for(v, row, budget.currency, sums);
        view_add(v, list, funding_in(v, budget.currency, &budget, sums));
    }
    for (size_t i = 0; (currency = code_at(CODE_CURRENCY, i)) != NULL; i++) {
        if (stated && strcmp(currency, budget.currency) == 0)
            continue;
        if (v->st == STATUS_OK && sums_for(v, row, currency, sums))
            view_add(v, list, funding_in(v, currency, NULL, sums));
    }
    view_put(v, out, "funding", list);
    view_copy(v, out, "budget_lines", terms);
}
