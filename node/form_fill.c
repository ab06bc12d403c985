/* What nobody needs to type: ids, references and numbers that the replica knows. */
#include <stdlib.h>
#include <string.h>

#include "face/entry.h"
#include "ledger/rows.h"
#include "node/form.h"
#include "node/ids.h"

static enum status put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? STATUS_OK : STATUS_NOMEM;
}

static const struct field *field_of(const struct form_fill *f, const char *name)
{
    return form_member(kind_form(f->verb->kind), name);
}

static enum status unknown_subject(struct form_fill *f, const char *id)
{
    struct bytes whole = bytes_of(id), org, local;
    struct buf near = { 0 };

    if (!subject_id_split(whole, &org, &local))
        local = whole;
    form_nearest(f->store, STORE_SUBJECT, local, &near);
    if (near.len > 0)
        form_refuse(f, NULL, "nothing here is called %s", id);
    else
        form_refuse(f,
                    "is the replica current? `avow sync`; `avow list` shows what there "
                    "is",
                    "nothing here is called %s", id);
    if (near.len > 0)
        snprintf(f->hint, sizeof(f->hint), "did you mean %s?", buf_str(&near));
    buf_clear(&near);
    return STATUS_REFUSED;
}

/* --- the subject ------------------------------------------------------------------ */

/* "PL-1" is the own PL-1. */
static enum status whole_id(struct form_fill *f, const char *id, struct buf *out)
{
    if (strchr(id, ':') == NULL)
        buf_printf(out, "%s:", f->org);
    buf_text(out, id);
    return buf_status(out);
}

enum status form_terms(struct store *s, const json_t *subject, bool newest, json_t **out)
{
    const json_t *proposed = json_object_get(subject, "proposed");
    const json_t *terms = newest && proposed != NULL
                              ? json_object_get(proposed, "terms")
                              : json_object_get(subject, "amended");
    uint64_t number = (uint64_t)json_integer_value(json_object_get(subject, "created"));
    struct entry *e;
    enum status st;

    if (terms != NULL) {
        *out = json_incref((json_t *)(uintptr_t)terms);
        return STATUS_OK;
    }
    e = calloc(1, sizeof(*e));
    if (e == NULL)
        return STATUS_NOMEM;
    st = entry_read(s, RECORD_INDEX(number), e);
    if (st == STATUS_OK)
        st = entry_record(e, RECORD_N(number), out);
    entry_clear(e);
    free(e);
    return st;
}

static enum status read_subject(struct form_fill *f, const char *id)
{
    enum status st = rows_find(f->store, STORE_SUBJECT, bytes_of(id), NULL, &f->subject);

    if (st == STATUS_NOT_FOUND)
        return unknown_subject(f, id);
    if (st == STATUS_OK && field_of(f, "set") != NULL)
        st = form_terms(f->store, f->subject, true, &f->terms);
    return st;
}

enum status form_reference(struct store *s, struct bytes text, struct buf *out)
{
    struct reference whole;
    struct entry *e;
    uint64_t index, n = 1;
    size_t slash = text.len;
    enum status st;

    if (reference_parse(text, &whole) == STATUS_OK) {
        buf_add(out, text);
        return buf_status(out);
    }
    if (bytes_find(text, '/', &slash) &&
        (decimal_parse(bytes_slice(text, slash + 1, text.len), &n) != STATUS_OK ||
         n < 1 || n > RECORDS_MAX))
        return STATUS_NOT_FOUND;
    if (decimal_parse(bytes_slice(text, 0, slash), &index) != STATUS_OK)
        return STATUS_NOT_FOUND;
    e = calloc(1, sizeof(*e));
    if (e == NULL)
        return STATUS_NOMEM;
    st = entry_read(s, index, e);
    if (st == STATUS_OK && n > e->n)
        st = STATUS_NOT_FOUND;
    if (st == STATUS_OK && slash == text.len && e->n > 1)
        st = STATUS_NOT_FOUND; /* which of them? */
    if (st == STATUS_OK)
        entry_reference(e, (unsigned)n, out);
    entry_clear(e);
    free(e);
    return st == STATUS_OK ? buf_status(out) : st;
}

static enum status find_reference(struct form_fill *f, json_t *record)
{
    struct buf ref = { 0 };
    enum status st = form_reference(f->store, bytes_of(f->operand), &ref);

    if (st == STATUS_NOT_FOUND)
        st = form_refuse(f,
                         "a record is named by entry and place, \"17/2\": `avow show "
                         "ID` and `avow feed --once` show them behind #",
                         "no record here is %s", f->operand);
    if (st == STATUS_OK)
        st = put(record, "ref", json_of(buf_bytes(&ref)));
    buf_clear(&ref);
    return st;
}

enum status form_find_subject(struct form_fill *f, json_t *record)
{
    const struct form_option *o = form_option_of(f->options, FORM_OPERAND);
    struct buf id = { 0 };
    enum status st;

    if (o == NULL)
        return STATUS_OK;
    if (f->operand == NULL && o->json != NULL)
        f->operand = json_string_value(o->json);
    if (f->operand == NULL)
        f->operand = o->text;
    if (f->operand == NULL)
        return form_refuse(f, NULL, "%s is missing", o->value);
    if (strcmp(o->name, "ref") == 0)
        return find_reference(f, record);
    st = whole_id(f, f->operand, &id);
    if (st == STATUS_OK)
        st = read_subject(f, buf_str(&id));
    if (st == STATUS_OK)
        st = put(record, "id", json_of(buf_bytes(&id)));
    buf_clear(&id);
    return st;
}

/* --- numbers ---------------------------------------------------------------------- */

static enum status is_taken(struct store *s, enum store_table t, const struct buf *key,
                            bool *taken)
{
    struct buf value = { 0 };
    uint64_t row;
    enum status st =
        key->bad ? STATUS_NOMEM : store_row_find(s, t, buf_bytes(key), &row, &value);

    *taken = st == STATUS_OK;
    buf_clear(&value);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status local_taken(struct store *s, const char *org, const char *prefix,
                               uint64_t n, bool *taken)
{
    struct buf id = { 0 }, key = { 0 };
    enum status st;

    buf_printf(&id, "%s:%s%04llu", org, prefix, (unsigned long long)n);
    rows_subject_key(buf_bytes(&id), &key);
    st = id.bad ? STATUS_NOMEM : is_taken(s, STORE_SUBJECT, &key, taken);
    buf_clear(&id);
    buf_clear(&key);
    return st;
}

/* In steps that double while they are taken, then by halves: ids are given in order. */
enum status form_next_local(struct store *s, const char *org, const char *prefix,
                            uint64_t *used, struct buf *out)
{
    uint64_t low = *used, high = *used + 1, step = 1;
    bool taken = true;
    enum status st;

    while ((st = local_taken(s, org, prefix, high, &taken)) == STATUS_OK && taken) {
        low = high;
        high += step;
        step *= 2;
    }
    while (st == STATUS_OK && high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        st = local_taken(s, org, prefix, middle, &taken);
        if (taken)
            low = middle;
        else
            high = middle;
    }
    if (st != STATUS_OK)
        return st;
    *used = high;
    buf_printf(out, "%s%04llu", prefix, (unsigned long long)high);
    return buf_status(out);
}

/* One prefix a kind: "PL-" for pledges. */
static const char *prefix_of(enum kind k)
{
    switch (kind_name(k)[0]) {
    case 'c':
        return "JP-"; /* joint programming commitments */
    case 'd':
        return "DE-";
    default:
        return kind_name(k)[1] == 'l' ? "PL-" : "PA-";
    }
}

/* The highest number of this prefix that waits to be sent. */
static uint64_t unsent_id(const struct form_fill *f, const char *prefix)
{
    uint64_t highest = 0, n;
    const json_t *item;
    size_t i;

    json_array_foreach(f->unsent, i, item)
    {
        struct bytes org, local;

        if (!subject_id_split(json_member(item, "id"), &org, &local) ||
            !bytes_eq_text(org, f->org) || !bytes_starts(local, bytes_of(prefix)))
            continue;
        local = bytes_slice(local, strlen(prefix), local.len);
        while (local.len > 1 && local.ptr[0] == '0')
            local = bytes_slice(local, 1, local.len);
        if (decimal_parse(local, &n) == STATUS_OK && n > highest && n < UINT32_MAX)
            highest = n;
    }
    return highest;
}

/* A number, which nobody else of this folder is given then. */
static enum status give(struct form_fill *f, const struct buf *name, ids_free_fn *next,
                        void *ctx, uint64_t *n)
{
    enum status st = buf_status(name);

    if (st == STATUS_OK && f->ids == NULL)
        return next(ctx, *n, n);
    if (st == STATUS_OK)
        st = ids_next(f->ids, buf_bytes(name), next, ctx, n);
    f->given |= st == STATUS_OK;
    return st;
}

static enum status free_id(void *ctx, uint64_t above, uint64_t *n)
{
    struct form_fill *f = ctx;
    const char *prefix = prefix_of(f->verb->kind);
    uint64_t waits = unsent_id(f, prefix);
    struct buf id = { 0 };
    enum status st;

    *n = above > waits ? above : waits;
    st = form_next_local(f->store, f->org, prefix, n, &id);
    buf_clear(&id);
    return st;
}

static enum status own_id(struct form_fill *f, json_t *record)
{
    const char *prefix = prefix_of(f->verb->kind);
    struct bytes given = json_member(record, "id");
    struct buf id = { 0 }, name = { 0 };
    enum status st = STATUS_OK;
    size_t colon;

    if (bytes_find(given, ':', &colon))
        return STATUS_OK;
    buf_printf(&id, "%s:", f->org);
    buf_printf(&name, "%s:%s", f->org, prefix);
    if (given.len == 0)
        st = give(f, &name, free_id, f, &f->next_id);
    if (given.len > 0)
        buf_add(&id, given);
    else
        buf_printf(&id, "%s%04llu", prefix, (unsigned long long)f->next_id);
    if (st == STATUS_OK)
        st = buf_status(&id);
    if (st == STATUS_OK)
        st = put(record, "id", json_of(buf_bytes(&id)));
    buf_clear(&id);
    buf_clear(&name);
    return st;
}

static bool unsent_tx(const struct form_fill *f, struct bytes pledge, const char *tx)
{
    const json_t *item;
    size_t i;

    json_array_foreach(f->unsent, i, item)
    {
        if (bytes_eq(json_member(item, "id"), pledge) &&
            bytes_eq_text(json_member(item, "tx"), tx))
            return true;
    }
    return false;
}

struct tx_search {
    const struct form_fill *f;
    struct bytes pledge; /* that the record is about */
};

static enum status free_tx(void *ctx, uint64_t above, uint64_t *n)
{
    const struct tx_search *t = ctx;
    struct buf key = { 0 };
    bool taken = true;
    char tx[32];
    enum status st = STATUS_OK;

    for (*n = above; st == STATUS_OK && taken;) {
        snprintf(tx, sizeof(tx), "T%llu", (unsigned long long)++*n);
        buf_reset(&key);
        rows_transaction_key(t->pledge, bytes_of(t->f->org), bytes_of(tx), &key);
        st = is_taken(t->f->store, STORE_TRANSACTION, &key, &taken);
        taken |= unsent_tx(t->f, t->pledge, tx);
    }
    buf_clear(&key);
    return st;
}

static enum status next_tx(struct form_fill *f, json_t *record)
{
    struct tx_search t = { f, json_member(record, "id") };
    struct buf name = { 0 };
    char tx[32];
    enum status st;

    buf_printf(&name, "%s:" BYTES_FMT, f->org, BYTES_ARG(t.pledge));
    st = give(f, &name, free_tx, &t, &f->next_tx);
    buf_clear(&name);
    snprintf(tx, sizeof(tx), "T%llu", (unsigned long long)f->next_tx);
    return st == STATUS_OK ? put(record, "tx", json_string(tx)) : st;
}

/* --- the rest --------------------------------------------------------------------- */

/* What the statement of a pledge rests on, where it is not said: whoever gives announces,
 * anybody else reports. */
static enum status pledge_defaults(struct form_fill *f, json_t *record)
{
    enum status st = STATUS_OK;

    if (json_object_get(record, "donor") == NULL)
        st = put(record, "donor", json_string(f->org));
    if (st == STATUS_OK && json_object_get(record, "recipient") == NULL &&
        json_is_true(json_object_get(record, "own_funds")))
        st = put(record, "recipient",
                 json_object_get(record, "donor") != NULL
                     ? json_incref(json_object_get(record, "donor"))
                     : json_null());
    if (st == STATUS_OK && json_object_get(record, "basis") == NULL)
        st = put(record, "basis",
                 json_string(bytes_eq_text(json_member(record, "donor"), f->org)
                                 ? "announced"
                                 : "reported"));
    return st;
}

/* The author leads and is a party; of a commitment the others take part, where nothing
 * else is said. */
static enum status parties(struct form_fill *f, json_t *record, bool roles)
{
    json_t *list = json_object_get(record, "parties"), *party, *self;
    bool there = false;
    size_t i;

    if (list == NULL) {
        list = json_array();
        if (put(record, "parties", list) != STATUS_OK)
            return STATUS_NOMEM;
    }
    json_array_foreach(list, i, party)
    {
        bool own = bytes_eq_text(json_member(party, "org"), f->org);

        there |= own;
        if (roles && json_object_get(party, "role") == NULL)
            json_object_set_new(party, "role",
                                json_string(own ? "lead" : "participating"));
    }
    if (there)
        return STATUS_OK;
    self = roles ? json_pack("{s:s, s:s}", "org", f->org, "role", "lead")
                 : json_pack("{s:s}", "org", f->org);
    return json_array_insert_new(list, 0, self) == 0 ? STATUS_OK : STATUS_NOMEM;
}

enum status form_fill_defaults(struct form_fill *f, json_t *record)
{
    const struct field *id = field_of(f, "id");
    enum status st = STATUS_OK;

    if (id != NULL && id->check == field_own_subject)
        st = own_id(f, record);
    if (st == STATUS_OK && field_of(f, "rev") != NULL &&
        json_object_get(record, "rev") == NULL)
        st = put(record, "rev", json_incref(json_object_get(f->subject, "rev")));
    if (st == STATUS_OK && field_of(f, "tx") != NULL &&
        json_object_get(record, "tx") == NULL)
        st = next_tx(f, record);
    if (st == STATUS_OK && field_of(f, "why") != NULL &&
        json_object_get(record, "why") == NULL)
        st = put(record, "why", json_string("amendment"));
    if (st == STATUS_OK && f->verb->kind == KIND_PLEDGE_MADE)
        st = pledge_defaults(f, record);
    if (st == STATUS_OK && field_of(f, "parties") != NULL)
        st = parties(f, record, f->verb->kind == KIND_COMMITMENT_PROPOSED);
    return st;
}
