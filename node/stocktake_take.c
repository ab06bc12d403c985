/* What stands in a stocktake: members, reports of the year, and what is open. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face/entry.h"
#include "face/names.h"
#include "face/view.h"
#include "ledger/progress.h"
#include "ledger/rows.h"
#include "node/stocktake.h"

/* Where "overdue" and "due" come in pages. */
#define PAGE 1000

struct take {
    struct store *s;
    const struct stocktake_question *q;
    struct names *names;
    json_t *members; /* by organization, as it is written */
    json_t *stale, *due, *unreceived, *waiting;
    json_t *commitments; /* rows, for when all are read */
    struct entry entry;  /* read last */
    char year[16];
};

static enum status put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? STATUS_OK : STATUS_NOMEM;
}

static void count(json_t *member, const char *what)
{
    json_int_t n = json_integer_value(json_object_get(member, what));

    if (member != NULL)
        (void)put(member, what, json_integer(n + 1));
}

static json_t *member_of(struct take *t, struct bytes org)
{
    char name[ORG_ID_MAX + 1];

    if (org.len > ORG_ID_MAX)
        return NULL;
    snprintf(name, sizeof(name), BYTES_FMT, BYTES_ARG(org));
    return json_object_get(t->members, name);
}

/* --- members ------------------------------------------------------------------------ */

static enum status add_member(void *ctx, uint64_t number, struct bytes key,
                              struct bytes value)
{
    static const char *const counts[] = { "progress", "money", "other",      "stale",
                                          "overdue",  "due",   "unreceived", "waiting" };
    struct take *t = ctx;
    json_t *row = NULL, *member;
    enum status st = rows_parse(value, &row);
    struct bytes status = json_member(row, "status"), org = json_member(row, "org");

    (void)number;
    (void)key;
    if (st != STATUS_OK || !bytes_eq_text(json_member(row, "network"), t->q->network) ||
        bytes_eq_text(status, "ended")) {
        json_decref(row);
        return st;
    }
    member =
        json_pack("{s:O, s:o, s:O, s:O}", "org", json_object_get(row, "org"), "name",
                  json_of(names_org(t->names, org)), "role", json_object_get(row, "role"),
                  "status", json_object_get(row, "status"));
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        (void)put(member, counts[i], json_integer(0));
    (void)put(member, "silent", json_true());
    st = put(t->members, json_string_value(json_object_get(row, "org")), member);
    json_decref(row);
    return st;
}

/* --- reports ------------------------------------------------------------------------ */

static bool names_network_of(const json_t *facets, const char *network)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(facets, "networks"), i, item)
    {
        if (bytes_eq_text(json_bytes(item), network))
            return true;
    }
    return false;
}

static const char *sort_of(struct bytes is)
{
    static const char *const money[] = { "pledge.committed", "pledge.decommitted",
                                         "pledge.disbursed", "pledge.received",
                                         "pledge.refunded",  "pledge.spent" };

    if (bytes_eq_text(is, "commitment.progressed"))
        return "progress";
    for (size_t i = 0; i < sizeof(money) / sizeof(*money); i++)
        if (bytes_eq_text(is, money[i]))
            return "money";
    return "other";
}

static enum status read_entry(struct take *t, uint64_t index)
{
    if (t->entry.header != NULL && t->entry.index == index)
        return STATUS_OK;
    return entry_read(t->s, index, &t->entry);
}

static enum status count_record(void *ctx, const struct store_record *r)
{
    struct take *t = ctx;
    struct bytes at, last;
    json_t *facets = NULL, *member;
    bool ours;
    enum status st;

    /* Most are of other networks: not worth parsing. */
    if (memmem(r->facets.ptr, r->facets.len, t->q->network, strlen(t->q->network)) ==
        NULL)
        return STATUS_OK;
    st = rows_parse(r->facets, &facets);
    ours = st == STATUS_OK && names_network_of(facets, t->q->network);
    json_decref(facets);
    if (!ours)
        return st;
    st = read_entry(t, RECORD_INDEX(r->number));
    if (st != STATUS_OK)
        return st;
    at = entry_at(&t->entry);
    member = member_of(t, entry_author(&t->entry));
    if (member == NULL || !bytes_starts(at, bytes_of(t->year)))
        return STATUS_OK;
    count(member, sort_of(r->is));
    if (r->subject != RECORD_NONE)
        (void)put(member, "silent", json_false());
    at = bytes_slice(at, 0, 10);
    last = json_member(member, "last");
    return last.len == 0 || bytes_cmp(last, at) < 0 ? put(member, "last", json_of(at))
                                                    : STATUS_OK;
}

/* --- what is open ------------------------------------------------------------------- */

static bool is_over(const json_t *row)
{
    static const char *const over[] = { "withdrawn", "declined", "ended", "completed" };
    struct bytes status = json_member(row, "status");

    for (size_t i = 0; i < sizeof(over) / sizeof(*over); i++)
        if (bytes_eq_text(status, over[i]))
            return true;
    return false;
}

/* One thing of a list; the members that it concerns are counted. */
static enum status add(struct take *t, json_t *list, const char *what, json_t *item)
{
    const json_t *org;
    size_t i;

    json_array_foreach(json_object_get(item, "orgs"), i, org)
        count(member_of(t, json_bytes(org)), what);
    return json_array_append_new(list, item) == 0 ? STATUS_OK : STATUS_NOMEM;
}

static json_t *about(const json_t *row)
{
    struct bytes title = names_text(json_object_get(row, "title"), (struct bytes){ 0 });

    return json_pack("{s:O, s:o}", "id", json_object_get(row, "id"), "title",
                     json_of(title));
}

static enum status look_waiting(struct take *t, const json_t *row)
{
    const json_t *proposed = json_object_get(row, "proposed"), *party;
    json_t *orgs = json_array(), *item;
    size_t i;

    json_array_foreach(json_object_get(proposed != NULL ? proposed : row, "parties"), i,
                       party)
    {
        if (bytes_eq_text(json_member(party, "state"), "open"))
            json_array_append(orgs, json_object_get(party, "org"));
    }
    if (json_array_size(orgs) == 0) {
        json_decref(orgs);
        return STATUS_OK;
    }
    item = about(row);
    (void)put(item, "kind", json_incref(json_object_get(row, "kind")));
    (void)put(item, "for", json_string(proposed != NULL ? "amendment" : "terms"));
    (void)put(item, "orgs", orgs);
    return add(t, t->waiting, "waiting", item);
}

/* "0", or not there: no receipt counts. */
static bool nothing_received(const json_t *money)
{
    struct bytes received = json_member(money, "received");

    return received.len == 0 || bytes_eq_text(received, "0");
}

static enum status look_pledge(struct take *t, const json_t *row)
{
    const json_t *facets = json_object_get(row, "facets");
    struct bytes currency = json_member(row, "currency"), minor;
    struct buf amount = { 0 };
    money_sum sum;
    json_t *item;

    if (!nothing_received(json_object_get(row, "money")))
        return STATUS_OK;
    item = about(row);
    (void)put(item, "status", json_incref(json_object_get(row, "status")));
    (void)put(item, "donor", json_incref(json_object_get(facets, "donor")));
    (void)put(item, "recipient", json_incref(json_object_get(facets, "recipient")));
    minor = json_member(json_object_get(row, "money"), "pledged");
    if (currency.len > 0 && money_sum_parse(minor, &sum) == STATUS_OK) {
        char code[4] = "";

        snprintf(code, sizeof(code), BYTES_FMT, BYTES_ARG(currency));
        money_print(sum, code, &amount);
        (void)put(item, "currency", json_of(currency));
        (void)put(item, "pledged", json_of(buf_bytes(&amount)));
    }
    buf_clear(&amount);
    (void)put(item, "orgs",
              json_pack("[O, O]", json_object_get(facets, "donor"),
                        json_object_get(facets, "recipient")));
    return add(t, t->unreceived, "unreceived", item);
}

/* Who is named for a deliverable, else who leads. */
static json_t *responsible(const json_t *deliverable, const json_t *row)
{
    json_t *orgs = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(deliverable, "responsible"), i, item)
    {
        const json_t *org = json_is_object(item) ? json_object_get(item, "org") : item;

        json_array_append(orgs, (json_t *)(uintptr_t)org);
    }
    if (json_array_size(orgs) == 0)
        json_array_append(orgs, json_object_get(row, "lead"));
    return orgs;
}

static enum status look_commitment(struct take *t, const json_t *row)
{
    const json_t *deliverable;
    json_t *view = NULL;
    size_t i;
    enum status st = view_item(t->s, VIEW_COMMITMENTS, json_member(row, "id"), 1,
                               (struct bytes){ 0 }, (struct bytes){ 0 }, t->q->on, &view);

    json_array_foreach(json_object_get(view, "deliverables"), i, deliverable)
    {
        json_t *item;

        if (st != STATUS_OK || json_member(deliverable, "stale").len == 0)
            continue;
        item = about(row);
        (void)put(item, "item", json_incref(json_object_get(deliverable, "id")));
        (void)put(item, "deliverable_title",
                  json_incref(json_object_get(deliverable, "title")));
        (void)put(item, "stale", json_incref(json_object_get(deliverable, "stale")));
        (void)put(item, "orgs", responsible(deliverable, row));
        st = add(t, t->stale, "stale", item);
    }
    json_decref(view);
    return st;
}

static enum status look_subject(void *ctx, uint64_t number, struct bytes key,
                                struct bytes value)
{
    struct take *t = ctx;
    json_t *row = NULL;
    enum status st;

    (void)number;
    (void)key;
    if (memmem(value.ptr, value.len, t->q->network, strlen(t->q->network)) == NULL)
        return STATUS_OK;
    st = rows_parse(value, &row);
    if (st == STATUS_OK && !is_over(row) &&
        names_network_of(json_object_get(row, "facets"), t->q->network)) {
        st = look_waiting(t, row);
        if (st == STATUS_OK && bytes_eq_text(json_member(row, "kind"), "pledge"))
            st = look_pledge(t, row);
        else if (st == STATUS_OK && bytes_eq_text(json_member(row, "kind"), "commitment"))
            json_array_append(t->commitments, row);
    }
    json_decref(row);
    return st;
}

static enum status look_commitments(struct take *t)
{
    const json_t *row;
    enum status st = STATUS_OK;
    size_t i;

    json_array_foreach(t->commitments, i, row)
    {
        if (st == STATUS_OK)
            st = look_commitment(t, row);
    }
    return st;
}

/* --- what is due -------------------------------------------------------------------- */

static enum status add_due(struct take *t, const json_t *view)
{
    const json_t *item, *one;
    enum status st = STATUS_OK;
    size_t i, k;

    json_array_foreach(json_object_get(view, "items"), i, item)
    {
        json_t *copy = json_copy((json_t *)(uintptr_t)item), *orgs = json_array();

        json_array_foreach(json_object_get(item, "responsible"), k, one)
            json_array_append(orgs, json_object_get(one, "org"));
        (void)put(copy, "orgs", orgs);
        if (st == STATUS_OK)
            st = add(t, t->due,
                     bytes_eq_text(json_member(item, "state"), "due") ? "due" : "overdue",
                     copy);
        else
            json_decref(copy);
    }
    return st;
}

static enum status look_due(struct take *t)
{
    struct view_page page = { .limit = PAGE };
    struct filter *f = NULL;
    struct buf query = { 0 };
    json_t *view = NULL, *next = NULL;
    char why[200];
    enum status st;

    buf_printf(&query, "network=%s", t->q->network);
    st = query.bad ? STATUS_NOMEM : filter_parse(buf_bytes(&query), &f, why);
    do {
        json_t *before = view;

        if (st == STATUS_OK)
            st = view_due(t->s, f, t->q->on, &page, &view);
        json_decref(before); /* which the cursor pointed into */
        if (st == STATUS_OK)
            st = add_due(t, view);
        next = st == STATUS_OK ? json_object_get(view, "next") : NULL;
        page.after = json_bytes(next);
    } while (st == STATUS_OK && json_is_string(next));
    json_decref(view);
    filter_free(f);
    buf_clear(&query);
    return st;
}

/* --- the whole ---------------------------------------------------------------------- */

static enum status look(struct take *t, uint64_t *size)
{
    enum status st = store_size(t->s, size);

    if (st == STATUS_OK)
        st = names_new(t->s, (struct bytes){ 0 }, &t->names);
    if (st == STATUS_OK)
        st = store_rows(t->s, STORE_MEMBER, 1, false, add_member, t);
    if (st == STATUS_OK)
        st = store_records(t->s, 0, UINT64_MAX, count_record, t);
    if (st == STATUS_OK)
        st = store_rows(t->s, STORE_SUBJECT, 1, false, look_subject, t);
    if (st == STATUS_OK)
        st = look_commitments(t);
    return st == STATUS_OK ? look_due(t) : st;
}

static json_t *member_list(struct take *t)
{
    json_t *list = json_array(), *member;
    const char *org;

    json_object_foreach(t->members, org, member) json_array_append(list, member);
    return list;
}

static enum status report(struct take *t, uint64_t size, json_t **out)
{
    struct buf day = { 0 };

    progress_day_print(t->q->on, &day);
    *out = json_pack("{s:I, s:s, s:o, s:i, s:s, s:o, s:O, s:O, s:O, s:O}", "size",
                     (json_int_t)size, "network", t->q->network, "name",
                     json_of(names_network(t->names, bytes_of(t->q->network))), "year",
                     (int)t->q->year, "on", buf_str(&day), "members", member_list(t),
                     "stale", t->stale, "due", t->due, "unreceived", t->unreceived,
                     "waiting", t->waiting);
    buf_clear(&day);
    return *out != NULL ? STATUS_OK : STATUS_NOMEM;
}

enum status stocktake(struct store *s, const struct stocktake_question *q, json_t **out)
{
    struct take t = { .s = s,
                      .q = q,
                      .members = json_object(),
                      .stale = json_array(),
                      .due = json_array(),
                      .unreceived = json_array(),
                      .waiting = json_array(),
                      .commitments = json_array() };
    json_t *row = NULL;
    uint64_t size = 0;
    enum status st = rows_find(s, STORE_NETWORK, bytes_of(q->network), NULL, &row);

    snprintf(t.year, sizeof(t.year), "%04u-", q->year);
    if (st == STATUS_OK)
        st = look(&t, &size);
    if (st == STATUS_OK)
        st = report(&t, size, out);
    json_decref(row);
    names_free(t.names);
    entry_clear(&t.entry);
    json_decref(t.members);
    json_decref(t.stale);
    json_decref(t.due);
    json_decref(t.unreceived);
    json_decref(t.waiting);
    json_decref(t.commitments);
    return st;
}
