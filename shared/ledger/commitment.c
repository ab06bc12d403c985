/* commitment.proposed and commitment.progressed; the answers are agreement.c's. */

#include "ledger/agreement.h"
#include "record/date.h"
#include "record/field.h"

#define DAY_SECONDS 86400

static enum status demand_references(struct judge *j)
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
        st = demand_references(j);
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

static json_t *report_json(struct judge *j, int64_t day, json_int_t reports)
{
    struct state *s = j->state;
    json_t *report = json_object();

    state_set_int(s, report, "record", j->number);
    state_share(s, report, "value", j->record->json);
    state_share(s, report, "state", j->record->json);
    state_set(s, report, "day", json_integer(day));
    state_set(s, report, "reports", json_integer(reports));
    return report;
}

/* The report of the latest day is the current one; among equals the later in the log. */
static void apply(struct judge *j)
{
    json_t *subject = subject_edit(j);
    json_t *progress = state_own(j->state, subject, "progress");
    char name[LOCAL_ID_MAX + 1];
    struct bytes id = judge_field(j, "deliverable");
    int64_t day = report_day(j);
    json_t *current;
    json_int_t reports;

    snprintf(name, sizeof(name), BYTES_FMT, BYTES_ARG(id));
    current = json_object_get(progress, name);
    reports = json_integer_value(json_object_get(current, "reports")) + 1;
    if (current == NULL || day >= json_integer_value(json_object_get(current, "day")))
        state_set(j->state, progress, name, report_json(j, day, reports));
    else
        state_set(j->state, state_own(j->state, progress, name), "reports",
                  json_integer(reports));
    agreement_settle(j, subject);
}

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
