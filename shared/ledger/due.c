#include "ledger/due.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/progress.h"

static void add(struct judge *j, json_t *list, int64_t day, struct bytes item)
{
    struct buf text = { 0 };
    json_t *pair = json_array();

    progress_day_print(day, &text);
    state_push(j->state, pair, text.bad ? NULL : json_of(buf_bytes(&text)));
    state_push(j->state, pair, json_of(item));
    state_push(j->state, list, pair);
    buf_clear(&text);
}

/* Takes `list`. A row without any has no such member; one that is as it was stays shared
 * with the row before. */
static void set(struct judge *j, json_t *subject, const char *name, json_t *list)
{
    const json_t *before = json_object_get(subject, name);

    if (list == NULL)
        state_fail(j->state, STATUS_NOMEM);
    else if (json_array_size(list) == 0)
        (void)json_object_del(subject, name);
    else if (before == NULL || !json_equal(before, list))
        state_set(j->state, subject, name, json_incref(list));
    json_decref(list);
}

/* --- deliverables ---------------------------------------------------------------------
 */

/* Its day is not known where no day is asked about. */
static void add_deliverable(struct judge *j, json_t *list, const json_t *deliverable,
                            const json_t *progress)
{
    const char *id = json_string_value(json_object_get(deliverable, "id"));
    struct progress p;

    if (id == NULL)
        return;
    progress_of(deliverable, json_object_get(progress, id), INT64_MAX, 0, &p);
    if (p.due.len > 0)
        add(j, list, p.due_day, bytes_of(id));
}

/* Countries of deliverables that the commitment's own do not name. */
static void add_place(struct judge *j, json_t *places, const json_t *subject,
                      const json_t *deliverable)
{
    struct bytes country = json_member(deliverable, "country");
    const json_t *item;

    judge_each(i, item, json_object_get(json_object_get(subject, "facets"), "countries"))
    {
        if (bytes_eq(json_bytes(item), country))
            return;
    }
    judge_each(k, item, places)
    {
        if (bytes_eq(json_bytes(item), country))
            return;
    }
    if (country.len > 0)
        state_push(j->state, places, json_of(country));
}

void due_settle_commitment(struct judge *j, json_t *subject)
{
    bool stands = json_object_get(subject, "life") == NULL &&
                  !judge_is(subject, "status", "declined");
    const json_t *terms = judge_terms(j, subject), *deliverable;
    json_t *list = json_array(), *places = json_array();

    judge_each(i, deliverable, json_object_get(terms, "deliverables"))
    {
        add_place(j, places, subject, deliverable);
        if (stands)
            add_deliverable(j, list, deliverable, json_object_get(subject, "progress"));
    }
    set(j, subject, "due", list);
    set(j, subject, "places", places);
}

/* --- payments -------------------------------------------------------------------------
 */

void due_settle_pledge(struct judge *j, json_t *subject)
{
    const json_t *terms = NULL;
    struct payment *payments = NULL;
    json_t *list = json_array();
    size_t n = 0;
    enum status st = STATUS_OK;

    /* Most have no schedule, and then their terms need not be read. */
    if (json_object_get(subject, "scheduled") != NULL)
        terms = judge_terms(j, subject);
    if (terms != NULL)
        st = progress_payments(subject, terms, 0, &payments, &n);
    if (st != STATUS_OK)
        state_fail(j->state, st);
    for (size_t i = 0; st == STATUS_OK && i < n; i++) {
        char place[24];

        if (payments[i].state != PAYMENT_DUE && payments[i].state != PAYMENT_OVERDUE)
            continue;
        snprintf(place, sizeof(place), "%zu", payments[i].place + 1);
        add(j, list, payments[i].due_day, bytes_of(place));
    }
    free(payments);
    set(j, subject, "due", list);
}
