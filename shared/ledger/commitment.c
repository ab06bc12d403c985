/* commitment.proposed and commitment.progressed; the answers are agreement.c's.
 *
 * Of the reports on a deliverable that of the latest day is the current one; among equals
 * the later in the log. */

#include "ledger/agreement.h"
#include "record/date.h"
#include "record/field.h"

#define DAY_SECONDS 86400

enum status commitment_references(struct judge *j)
{
    struct bytes partnership = judge_field(j, "partnership");
    const json_t *item;

    if (partnership.len > 0 &&
        judge_demand_subject(j, partnership, "partnership", "partnership", NULL, NULL) !=
            STATUS_OK)
        return STATUS_REFUSED;
    judge_each(i, item, judge_json(j, "deliverables"))
    {
        if (judge_demand_orgs(j, json_object_get(item, "responsible"), NULL,
                              "responsible") != STATUS_OK)
            return STATUS_REFUSED;
    }
    return STATUS_OK;
}

enum status commitment_proposed_judge(struct judge *j)
{
    enum status st = agreement_demand_terms(j);
    json_t *subject;

    if (st == STATUS_OK)
        st = commitment_references(j);
    if (st != STATUS_OK)
        return st;
    subject = agreement_create(j);
    state_set(j->state, subject, "progress", json_object());
    agreement_settle(j, subject);
    return STATUS_OK;
}

/* --- progress ----------------------------------------------------------------------- */

static enum status demand_deliverable(struct judge *j, const json_t **out)
{
    struct bytes id = judge_field(j, "deliverable");
    const json_t *item, *terms = judge_terms(j, state_json(j->subject));

    judge_each(i, item, json_object_get(terms, "deliverables"))
    {
        if (!bytes_eq(json_member(item, "id"), id))
            continue;
        *out = item;
        return STATUS_OK;
    }
    return REFUSE(j, RULE_DELIVERABLE_UNKNOWN,
                  "deliverable: expected one of the terms of " BYTES_FMT
                  ", found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")), BYTES_ARG(id));
}

/* What is counted is reported as a quantity. */
static enum status demand_value(struct judge *j, const json_t *deliverable)
{
    static const struct field value = FIELD("value", field_quantity, 0);
    const json_t *stated = judge_json(j, "value");
    struct record_context ctx = { .log = j->st->log,
                                  .org = j->st->org,
                                  .line = j->record->n + 2 };
    struct check c = { .ctx = &ctx,
                       .record = j->record->json,
                       .why = j->why,
                       .path = { { .name = "value" } },
                       .depth = 1 };

    if (stated == NULL || !(judge_is(deliverable, "measure", "unit") ||
                            judge_is(deliverable, "measure", "percentage")))
        return STATUS_OK;
    return value.check(&c, &value, stated);
}

/* The day a report speaks of: the end of its period, else its start, else that of `at`;
 * a coarse date is its last day. */
static int64_t report_day(const struct judge *j)
{
    const json_t *period = judge_json(j, "period");
    int64_t day;

    if (date_parse(json_member(period, "end"), NULL, &day) == STATUS_OK ||
        date_parse(json_member(period, "start"), NULL, &day) == STATUS_OK)
        return day;
    day = j->st->at / DAY_SECONDS;
    return j->st->at % DAY_SECONDS < 0 ? day - 1 : day;
}

/* --- the reports in their order -------------------------------------------------------
 */

static json_int_t day_at(const json_t *order, size_t i)
{
    return json_integer_value(json_array_get(json_array_get(order, i), 1));
}

/* By day, and among equals by their place in the log: a new one stands behind. */
static size_t place_of(const json_t *order, int64_t day)
{
    size_t from = 0, to = json_array_size(order);

    while (from < to) {
        size_t mid = from + (to - from) / 2;

        if (day_at(order, mid) <= day)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static void insert(struct judge *j, json_t *order, size_t at, int64_t day)
{
    json_t *pair = json_array();

    state_push(j->state, pair, json_integer((json_int_t)j->number));
    state_push(j->state, pair, json_integer(day));
    if (json_array_insert_new(order, at, pair) != 0)
        state_fail(j->state, STATUS_NOMEM);
}

/* The last one in order is the current one; it says `record`. */
static void set_current(struct judge *j, json_t *entry, const json_t *record)
{
    const json_t *order = json_object_get(entry, "order");
    const json_t *last = json_array_get(order, json_array_size(order) - 1);

    state_set(j->state, entry, "record", json_incref(json_array_get(last, 0)));
    (void)json_object_del(entry, "value");
    (void)json_object_del(entry, "qualifier");
    (void)json_object_del(entry, "state");
    state_share(j->state, entry, "value", record);
    state_share(j->state, entry, "qualifier", record);
    state_share(j->state, entry, "state", record);
    state_set(j->state, entry, "day", json_incref(json_array_get(last, 1)));
}

static void name_of(const json_t *record, char name[LOCAL_ID_MAX + 1])
{
    struct bytes id = json_member(record, "deliverable");

    snprintf(name, LOCAL_ID_MAX + 1, BYTES_FMT, BYTES_ARG(id));
}

static json_t *entry_edit(struct judge *j, json_t *progress, const char *name)
{
    if (json_object_get(progress, name) == NULL) {
        json_t *fresh = json_object();

        state_set(j->state, fresh, "order", json_array());
        state_set(j->state, progress, name, fresh);
    }
    return state_own(j->state, progress, name);
}

static void apply(struct judge *j)
{
    json_t *subject = subject_edit(j), *entry, *order;
    char name[LOCAL_ID_MAX + 1];
    int64_t day = report_day(j);
    size_t at;

    name_of(j->record->json, name);
    entry = entry_edit(j, state_own(j->state, subject, "progress"), name);
    order = state_own(j->state, entry, "order");
    at = place_of(order, day);
    insert(j, order, at, day);
    if (at + 1 == json_array_size(order))
        set_current(j, entry, j->record->json);
    state_set_int(j->state, entry, "reports", json_array_size(order));
    agreement_settle(j, subject);
}

static size_t find_report(const json_t *order, uint64_t number)
{
    const json_t *pair;

    judge_each(i, pair, order)
    {
        if (json_integer_value(json_array_get(pair, 0)) == (json_int_t)number)
            return i;
    }
    return SIZE_MAX;
}

void commitment_forget_report(struct judge *j, json_t *subject, const json_t *report,
                              uint64_t number)
{
    json_t *progress = state_own(j->state, subject, "progress"), *entry, *order;
    char name[LOCAL_ID_MAX + 1];
    struct told told;
    size_t at, n;

    name_of(report, name);
    entry = entry_edit(j, progress, name);
    order = state_own(j->state, entry, "order");
    at = find_report(order, number);
    if (at == SIZE_MAX) {
        state_fail(j->state, STATUS_ALTERED);
        return;
    }
    (void)json_array_remove(order, at);
    n = json_array_size(order);
    state_set_int(j->state, entry, "reports", n);
    if (n == 0)
        (void)json_object_del(progress, name);
    else if (at == n && judge_told(j,
                                   (uint64_t)json_integer_value(
                                       json_array_get(json_array_get(order, n - 1), 0)),
                                   &told) != NULL)
        set_current(j, entry, told.record);
    agreement_settle(j, subject);
}

/* --- what amendments keep ------------------------------------------------------------
 */

static const json_t *find_deliverable(const json_t *terms, const char *id)
{
    const json_t *item;

    judge_each(i, item, json_object_get(terms, "deliverables"))
    {
        if (bytes_eq_text(json_member(item, "id"), id))
            return item;
    }
    return NULL;
}

static bool is_kept(const json_t *before, const json_t *after)
{
    return after != NULL &&
           bytes_eq(json_member(before, "measure"), json_member(after, "measure")) &&
           (json_object_get(before, "unit") == NULL
                ? json_object_get(after, "unit") == NULL
                : json_equal(json_object_get(before, "unit"),
                             json_object_get(after, "unit")));
}

enum status commitment_demand_kept(struct judge *j, const json_t *terms)
{
    const json_t *subject = state_json(j->subject), *before = judge_terms(j, subject);
    json_t *progress = json_object_get(subject, "progress");

    for (void *it = json_object_iter(progress); it != NULL;
         it = json_object_iter_next(progress, it)) {
        const char *id = json_object_iter_key(it);

        if (!is_kept(find_deliverable(before, id), find_deliverable(terms, id)))
            return REFUSE(
                j, RULE_DELIVERABLE_REPORTED,
                "deliverables: expected %s, of which was reported, with its "
                "measure and unit, perhaps dropped, found it left out or changed",
                id);
    }
    return STATUS_OK;
}

/* --- progress ------------------------------------------------------------------------
 */

enum status commitment_progressed_judge(struct judge *j)
{
    const json_t *deliverable = NULL;
    size_t party;
    enum status st = agreement_demand_party(j, &party);

    if (st == STATUS_OK)
        st = agreement_demand_alive(j);
    if (st == STATUS_OK)
        st = demand_deliverable(j, &deliverable);
    if (st == STATUS_OK)
        st = judge_demand_orgs(j, judge_json(j, "with"), NULL, "with");
    if (st == STATUS_OK)
        st = judge_demand_orgs(j, judge_json(j, "funded_by"), NULL, "funded_by");
    if (st == STATUS_OK)
        st = demand_value(j, deliverable);
    if (st == STATUS_OK)
        apply(j);
    return st;
}
