/* Terms: those in force, those that wait for acceptances and how they differ, and those
 * that were replaced; with their parties, and who signed how. */
#include "face/view_internal.h"

#include <stdlib.h>

#include "ledger/rows.h"
#include "record/terms.h"

/* --- the terms in force ------------------------------------------------------------- */

static json_t *record_at(struct view *v, uint64_t number)
{
    const struct entry *e = view_entry(v, RECORD_INDEX(number));
    json_t *record = NULL;

    if (e == NULL)
        return NULL;
    v->st = entry_record(e, RECORD_N(number), &record);
    return v->st == STATUS_OK ? record : NULL;
}

json_t *view_terms(struct view *v, const json_t *row)
{
    json_t *amended = json_object_get(row, "amended");

    if (amended != NULL)
        return json_incref(amended);
    return record_at(v, view_number(row, "created"));
}

/* What the subject says of itself already is left out. */
static json_t *without_names(const json_t *terms)
{
    json_t *plain = json_copy((json_t *)(uintptr_t)terms);

    json_object_del(plain, "is");
    json_object_del(plain, "id");
    return plain;
}

/* --- parties ------------------------------------------------------------------------ */

/* {"signed","of","on_paper","text":"signed 2 of 3, 1 on paper"}; who left is not asked
 * any more. */
json_t *view_signed_count(struct view *v, const json_t *owner)
{
    long long n = json_integer_value(json_object_get(owner, "signed")), of = 0;
    long long paper = json_integer_value(json_object_get(owner, "paper"));
    const json_t *party;
    json_t *count = json_object();
    size_t i;

    json_array_foreach(json_object_get(owner, "parties"), i, party) of +=
        !bytes_eq_text(json_member(party, "state"), "left");
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
    json_t *stamp = view_record_stamp(v, number);
    const struct entry *e = view_entry(v, RECORD_INDEX(number));

    if (e != NULL)
        view_put(v, stamp, "keys", view_signers(v, e, org));
    return stamp;
}

/* The party's item in the terms. */
static const json_t *stated_party(const json_t *terms, struct bytes org)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(terms, "parties"), i, item)
    {
        if (bytes_eq(json_member(item, "org"), org))
            return item;
    }
    return NULL;
}

static void put_answer(struct view *v, json_t *out, const json_t *party)
{
    struct bytes state = json_member(party, "state");
    uint64_t number = view_number(party, "record");

    if (number == RECORD_NONE)
        return;
    if (bytes_eq_text(state, "signed"))
        view_put(v, out, "signature", signature_of(v, number, json_member(party, "org")));
    else if (bytes_eq_text(state, "declined") || bytes_eq_text(state, "left"))
        view_put(v, out, "answer", view_record_reasoned(v, number));
}

static json_t *party_view(struct view *v, const json_t *party, const json_t *terms)
{
    struct bytes org = json_member(party, "org");
    const json_t *stated = stated_party(terms, org);
    const json_t *elsewhere = json_object_get(stated, "signed_elsewhere");
    json_t *out = json_object();

    view_put_bytes(v, out, "org", org);
    view_put_bytes(v, out, "name", names_org(v->names, org));
    view_put_text(v, out, "role", json_object_get(party, "role"));
    view_copy(v, out, "state", party);
    view_copy(v, out, "acceded", party);
    view_copy(v, out, "dropped", party);
    if (terms == NULL)
        return out;
    view_put_text(v, out, "capacity", json_object_get(party, "capacity"));
    view_copy(v, out, "signed_on", party);
    view_copy(v, out, "allocated", stated);
    put_answer(v, out, party);
    if (elsewhere != NULL)
        view_put(v, out, "elsewhere", json_incref((json_t *)(uintptr_t)elsewhere));
    return out;
}

json_t *view_parties(struct view *v, const json_t *owner, const json_t *terms)
{
    json_t *out = json_array();
    const json_t *party;
    size_t i;

    json_array_foreach(json_object_get(owner, "parties"), i, party)
        view_add(v, out, party_view(v, party, terms));
    return out;
}

/* --- proposed ----------------------------------------------------------------------- */

struct differences {
    struct view *v;
    json_t *list;
};

/* The members of the new or old value are shared with the terms. */
static enum status add_difference(void *ctx, const char *path, const json_t *before,
                                  const json_t *after)
{
    struct differences *d = ctx;
    json_t *one = json_object();

    view_put(d->v, one, "path", json_string(path));
    if (before != NULL)
        view_put(d->v, one, "before", json_incref((json_t *)(uintptr_t)before));
    if (after != NULL)
        view_put(d->v, one, "after", json_incref((json_t *)(uintptr_t)after));
    view_add(d->v, d->list, one);
    return d->v->st;
}

static json_t *differences(struct view *v, const json_t *before, const json_t *after)
{
    struct differences d = { v, json_array() };
    enum status st = terms_difference(before, after, add_difference, &d);

    if (v->st == STATUS_OK)
        v->st = st;
    return d.list;
}

/* "why" and "reason" of an amendment. */
static void put_why(struct view *v, json_t *out, const json_t *record)
{
    view_copy(v, out, "why", record);
    view_put_text(v, out, "reason", json_object_get(record, "reason"));
}

static void put_proposed(struct view *v, json_t *out, const json_t *row,
                         const json_t *in_force)
{
    const json_t *pending = json_object_get(row, "proposed");
    const json_t *terms = json_object_get(pending, "terms");
    uint64_t number = view_number(pending, "record");
    json_t *shown = json_object(), *record = record_at(v, number);

    view_put_org(v, shown, "by", json_member(pending, "by"));
    put_why(v, shown, record);
    view_put(v, shown, "differences", differences(v, in_force, terms));
    view_put(v, shown, "parties", view_parties(v, pending, terms));
    view_put(v, shown, "signed", view_signed_count(v, pending));
    view_put(v, shown, "terms", without_names(terms));
    view_put(v, shown, "record", view_record_stamp(v, number));
    view_put(v, out, "proposed", shown);
    json_decref(record);
}

/* --- earlier ------------------------------------------------------------------------ */

static json_t *earlier_view(struct view *v, const json_t *earlier)
{
    uint64_t number = view_number(earlier, "record");
    json_t *record = record_at(v, number), *out = view_record_stamp(v, number);

    view_copy(v, out, "held", earlier);
    if (json_object_get(record, "why") != NULL) {
        put_why(v, out, record);
        view_copy(v, out, "set", record);
    } else {
        view_put(v, out, "why", json_string("proposal"));
    }
    json_decref(record);
    return out;
}

static void put_earlier(struct view *v, json_t *out, const json_t *row)
{
    json_t *list = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(row, "earlier"), i, item)
    {
        if (v->st == STATUS_OK)
            view_add(v, list, earlier_view(v, item));
    }
    view_put(v, out, "earlier", list);
}

/* --- all of them -------------------------------------------------------------------- */

static bool is_kind(const json_t *row, const char *kind)
{
    return bytes_eq_text(json_member(row, "kind"), kind);
}

/* One organization, with parties that cannot sign (docs/vocabulary.md: declared, never
 * agreed). */
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

void view_put_terms(struct view *v, json_t *out, const json_t *row, const json_t *terms)
{
    uint64_t agreed = view_number(row, "agreed");

    view_put(v, out, "terms", without_names(terms));
    view_put(v, out, "terms_state", json_string(terms_state(row)));
    view_put(v, out, "terms_record", view_record_stamp(v, view_number(row, "terms")));
    if (agreed != RECORD_NONE)
        view_put(v, out, "agreed", view_record_stamp(v, agreed));
    if (json_object_get(row, "proposed") != NULL)
        put_proposed(v, out, row, terms);
    put_earlier(v, out, row);
}
