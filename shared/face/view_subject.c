/* Partnerships, commitments and pledges. */
#include "face/view_internal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ledger/rows.h"
#include "record/money.h"

/* --- who signed ------------------------------------------------------------------- */

/* {"signed","of","on_paper","text":"signed 2 of 3, 1 on paper"} */
static json_t *signed_count(struct view *v, const json_t *row)
{
    long long of = (long long)json_array_size(json_object_get(row, "parties"));
    long long n = json_integer_value(json_object_get(row, "signed"));
    long long paper = json_integer_value(json_object_get(row, "paper"));
    json_t *count = json_object();

    view_put(v, count, "signed", json_integer(n));
    view_put(v, count, "of", json_integer(of));
    view_put(v, count, "on_paper", json_integer(paper));
    view_put(v, count, "text",
             paper > 0 ? json_sprintf("signed %lld of %lld, %lld on paper", n, of, paper)
                       : json_sprintf("signed %lld of %lld", n, of));
    return count;
}

/* How a party signed: the record, and the keys of its signature lines there. */
static json_t *signature_of(struct view *v, uint64_t number, struct bytes org)
{
    json_t *stamp = view_record_stamp(v, number), *keys = NULL;
    const struct entry *e = view_entry(v, RECORD_INDEX(number));

    if (e == NULL)
        return stamp;
    v->st = entry_signers(e, org, &keys);
    if (v->st == STATUS_OK)
        view_put(v, stamp, "keys", keys);
    return stamp;
}

static json_t *party_view(struct view *v, const json_t *party, bool full)
{
    struct bytes org = json_member(party, "org");
    uint64_t number = view_number(party, "record");
    json_t *out = json_object();

    view_put_bytes(v, out, "org", org);
    view_put_bytes(v, out, "name", names_org(v->names, org));
    view_put_text(v, out, "role", json_object_get(party, "role"));
    view_copy(v, out, "state", party);
    if (!full)
        return out;
    view_put_text(v, out, "capacity", json_object_get(party, "capacity"));
    view_copy(v, out, "signed_on", party);
    if (number != RECORD_NONE)
        view_put(v, out, "signature", signature_of(v, number, org));
    return out;
}

static json_t *parties_view(struct view *v, const json_t *row, bool full)
{
    json_t *out = json_array();
    const json_t *party;
    size_t i;

    json_array_foreach(json_object_get(row, "parties"), i, party)
        view_add(v, out, party_view(v, party, full));
    return out;
}

/* --- money ------------------------------------------------------------------------ */

static money_sum sum_of(const json_t *money, const char *name)
{
    money_sum sum;

    return money_sum_parse(json_member(money, name), &sum) == STATUS_OK ? sum : 0;
}

/* What is still to come: of what was pledged, the part neither disbursed nor, where the
 * donor tells nothing, received. */
static void put_outstanding(struct view *v, json_t *out, const json_t *money,
                            const char *currency)
{
    money_sum there = sum_of(money, "disbursed");
    money_sum here = sum_of(money, "received") + sum_of(money, "fees");
    money_sum rest = sum_of(money, "pledged") - (here > there ? here : there);
    struct buf minor = { 0 };

    money_sum_print(rest > 0 ? rest : 0, &minor);
    view_put_money(v, out, "outstanding", buf_bytes(&minor), currency);
    buf_clear(&minor);
}

static void put_money(struct view *v, json_t *out, const json_t *row)
{
    static const char *const columns[] = { "pledged",   "new",      "committed",
                                           "disbursed", "received", "fees" };
    const char *currency = json_string_value(json_object_get(row, "currency"));
    const json_t *sums = json_object_get(row, "money");
    json_t *money;

    if (currency == NULL)
        return;
    view_copy(v, out, "currency", row);
    money = json_object();
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        view_put_money(v, money, columns[i], json_member(sums, columns[i]), currency);
    put_outstanding(v, money, sums, currency);
    view_put(v, out, "money", money);
}

/* --- summary ---------------------------------------------------------------------- */

static bool is_kind(const json_t *row, const char *kind)
{
    return bytes_eq_text(json_member(row, "kind"), kind);
}

static void put_pledge(struct view *v, json_t *out, const json_t *row)
{
    const json_t *facets = json_object_get(row, "facets");

    view_put_org(v, out, "donor", json_member(facets, "donor"));
    view_put_org(v, out, "recipient", json_member(facets, "recipient"));
    view_copy(v, out, "attested", row);
    view_copy(v, out, "worth", row);
    view_copy(v, out, "own_funds", row);
    put_money(v, out, row);
}

static json_t *summary(struct view *v, const json_t *row, bool full)
{
    const json_t *facets = json_object_get(row, "facets");
    json_t *out = json_object();

    view_copy(v, out, "id", row);
    view_copy(v, out, "kind", row);
    view_put_text(v, out, "title", json_object_get(row, "title"));
    view_copy(v, out, "status", row);
    view_copy(v, out, "flags", row);
    view_put_org(v, out, "author", json_member(row, "author"));
    view_copy(v, out, "networks", facets);
    view_copy(v, out, "countries", facets);
    view_copy(v, out, "themes", facets);
    view_put(v, out, "parties", parties_view(v, row, full));
    view_put(v, out, "signed", signed_count(v, row));
    if (is_kind(row, "pledge"))
        put_pledge(v, out, row);
    view_copy(v, out, "rev", row);
    view_copy(v, out, "records", row);
    view_put(v, out, "created", view_record_stamp(v, view_number(row, "created")));
    return out;
}

json_t *view_subject_summary(struct view *v, const json_t *row)
{
    return summary(v, row, false);
}

/* --- progress --------------------------------------------------------------------- */

static bool number_of(const json_t *object, const char *name, double *out)
{
    struct bytes text = json_member(object, name);
    char *copy = text.len > 0 ? bytes_to_text(text) : NULL;
    char *end;
    bool yes;

    if (copy == NULL)
        return false;
    *out = strtod(copy, &end);
    yes = end != copy && *end == '\0';
    free(copy);
    return yes;
}

/* How much of the way from baseline to target is done, in whole percent, rounded down.
 * Only for showing, so binary fractions will do. */
static void put_percent(struct view *v, json_t *out, const json_t *deliverable,
                        const json_t *current)
{
    struct bytes measure = json_member(deliverable, "measure");
    double baseline = 0, target, value, percent;

    if (!bytes_eq_text(measure, "unit") && !bytes_eq_text(measure, "percentage"))
        return;
    if (!number_of(deliverable, "target", &target) ||
        !number_of(current, "value", &value))
        return;
    if (!number_of(deliverable, "baseline", &baseline) &&
        json_is_true(json_object_get(deliverable, "descending")))
        return;
    if (target == baseline)
        return;
    percent = (value - baseline) / (target - baseline) * 100;
    if (percent < 0)
        percent = 0;
    if (percent > 1000000)
        percent = 1000000;
    view_put(v, out, "percent", json_integer((json_int_t)(percent + 1e-9)));
}

static void put_day(struct view *v, json_t *out, const json_t *current)
{
    int year, month, day;

    day_split(json_integer_value(json_object_get(current, "day")), &year, &month, &day);
    view_put(v, out, "as_of", json_sprintf("%04d-%02d-%02d", year, month, day));
}

/* What the terms say of a deliverable, and what was last reported of it. */
static json_t *deliverable_view(struct view *v, const json_t *deliverable,
                                const json_t *progress)
{
    json_t *out = json_copy((json_t *)(uintptr_t)deliverable), *report;
    const char *id = json_string_value(json_object_get(deliverable, "id"));
    const json_t *current = id != NULL ? json_object_get(progress, id) : NULL;

    view_put_text(v, out, "title", json_object_get(deliverable, "title"));
    view_put_text(v, out, "indicator", json_object_get(deliverable, "indicator"));
    view_put_text(v, out, "unit", json_object_get(deliverable, "unit"));
    view_put(v, out, "reports",
             json_integer(json_integer_value(json_object_get(current, "reports"))));
    if (current == NULL)
        return out;
    report = view_record_told(v, view_number(current, "record"));
    put_day(v, report, current);
    view_copy(v, report, "value", current);
    view_copy(v, report, "state", current);
    view_put(v, out, "current", report);
    put_percent(v, out, deliverable, current);
    return out;
}

static void put_deliverables(struct view *v, json_t *out, const json_t *row,
                             const json_t *terms)
{
    const json_t *progress = json_object_get(row, "progress");
    const json_t *deliverable;
    json_t *list = json_array();
    size_t i;

    json_array_foreach(json_object_get(terms, "deliverables"), i, deliverable)
        view_add(v, list, deliverable_view(v, deliverable, progress));
    view_put(v, out, "deliverables", list);
}

/* --- one of them, whole ----------------------------------------------------------- */

/* The fields of the record that states the terms. A new reference; NULL: failed. */
static json_t *terms_of(struct view *v, uint64_t number)
{
    const struct entry *e = view_entry(v, RECORD_INDEX(number));
    json_t *terms = NULL;

    if (e == NULL)
        return NULL;
    v->st = entry_record(e, RECORD_N(number), &terms);
    if (v->st != STATUS_OK)
        return NULL;
    json_object_del(terms, "is");
    json_object_del(terms, "id");
    return terms;
}

/* One organization, with parties that cannot sign (docs/vocabulary.md: declared, never
 * agreed).
 */
static bool is_declared(const json_t *row)
{
    const json_t *party;
    size_t i;

    json_array_foreach(json_object_get(row, "parties"), i, party)
    {
        struct bytes state = json_member(party, "state");

        if (bytes_eq_text(state, "open") || bytes_eq_text(state, "declined"))
            return false;
    }
    return json_integer_value(json_object_get(row, "signed")) == 1;
}

/* The status can be in-progress before all have signed, so it does not tell. A pledge is
 * its author's word: in force for both when both gave it. */
static const char *terms_state(const json_t *row)
{
    if (is_kind(row, "pledge"))
        return bytes_eq_text(json_member(row, "attested"), "both") ? "in-force"
                                                                   : "stated";
    if (json_object_get(row, "agreed") != NULL)
        return "in-force";
    if (bytes_eq_text(json_member(row, "status"), "declined"))
        return "declined";
    return is_declared(row) ? "declared" : "proposed";
}

/* Newest first: the chain runs backwards. */
static json_t *history(struct view *v, uint64_t from, unsigned limit, json_t *next)
{
    struct buf text = { 0 };
    json_t *items = json_array();
    uint64_t number = from;

    for (unsigned i = 0; i < limit && number != RECORD_NONE && v->st == STATUS_OK; i++) {
        struct store_record r;

        view_add(v, items, view_record_told(v, number));
        if (v->st == STATUS_OK)
            v->st = store_record_get(v->s, number, &r, &text);
        if (v->st == STATUS_OK)
            number = r.prev;
    }
    view_put(v, next, "next",
             number != RECORD_NONE ? view_cursor('h', number) : json_null());
    buf_clear(&text);
    return items;
}

/* A cursor must lead into this subject's chain, not into another's. */
static enum status history_start(struct view *v, const json_t *row, struct bytes after,
                                 uint64_t *from)
{
    struct store_record r;
    struct buf text = { 0 };
    uint64_t subject;
    json_t *again = NULL;
    enum status st = view_cursor_parse(after, 'h', view_number(row, "last"), from);

    if (st != STATUS_OK || after.len == 0)
        return st;
    st = store_record_get(v->s, *from, &r, &text);
    if (st == STATUS_OK)
        st = rows_find(v->s, STORE_SUBJECT, json_member(row, "id"), &subject, &again);
    if (st == STATUS_NOT_FOUND || (st == STATUS_OK && r.subject != subject))
        st = STATUS_REFUSED;
    json_decref(again);
    buf_clear(&text);
    return st;
}

json_t *view_subject_full(struct view *v, const json_t *row, unsigned limit,
                          struct bytes after)
{
    json_t *out = summary(v, row, true), *terms, *pages;
    uint64_t number = view_number(row, "terms"), from,
             agreed = view_number(row, "agreed");

    if (v->st == STATUS_OK)
        v->st = history_start(v, row, after, &from);
    terms = v->st == STATUS_OK ? terms_of(v, number) : NULL;
    if (terms == NULL)
        return out;
    view_put_text(v, out, "description", json_object_get(terms, "description"));
    if (is_kind(row, "commitment"))
        put_deliverables(v, out, row, terms);
    view_put(v, out, "terms", terms);
    view_put(v, out, "terms_state", json_string(terms_state(row)));
    view_put(v, out, "terms_record", view_record_stamp(v, number));
    if (agreed != RECORD_NONE)
        view_put(v, out, "agreed", view_record_stamp(v, agreed));
    pages = json_object();
    view_put(v, pages, "items", history(v, from, limit, pages));
    view_put(v, out, "history", pages);
    return out;
}
