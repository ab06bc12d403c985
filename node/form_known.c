#include "node/form_known.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "face/entry.h"
#include "ledger/rows.h"
#include "record/money.h"

struct form_known {
    struct store *store;
    const char *org;
    json_t *read;  /* a member for each scope that was read: "" or a pledge's id */
    json_t *named; /* "<kind> <scope> <scheme>:<id>": the record */
};

/* --- the same terms --------------------------------------------------------------- */

static bool same(const json_t *a, const json_t *b);

/* Does `b` have all that `a` has? An empty list is none. */
static bool has_all(const json_t *a, const json_t *b)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)a, name, value)
    {
        if (json_is_array(value) && json_array_size(value) == 0)
            continue;
        if (!same(value, json_object_get(b, name)))
            return false;
    }
    return true;
}

/* Of money only what it is worth; the rest of `b` is like that of `a`. */
static bool same_money(const json_t *a, const json_t *b)
{
    struct money one, other;
    struct refusal why;
    json_t *rest = json_copy((json_t *)(uintptr_t)a);
    bool result = json_object_size(a) == json_object_size(b) &&
                  money_parse(a, 0, &one, &why) == STATUS_OK &&
                  money_parse(b, 0, &other, &why) == STATUS_OK &&
                  one.minor == other.minor && strcmp(one.currency, other.currency) == 0;

    json_object_del(rest, "amount");
    result = result && has_all(rest, b);
    json_decref(rest);
    return result;
}

static bool same(const json_t *a, const json_t *b)
{
    if (json_is_object(a) && json_is_object(b)) {
        if (json_object_get(a, "amount") != NULL)
            return same_money(a, b);
        return has_all(a, b) && has_all(b, a);
    }
    if (!json_is_array(a) || json_array_size(a) != json_array_size(b))
        return json_equal(a, b);
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!same(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

/* What forms fill in to tell records apart is no part of what they say. */
static json_t *said(const json_t *record)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)record);

    json_object_del(copy, "id");
    json_object_del(copy, "tx");
    return copy;
}

static bool same_said(const json_t *a, const json_t *b)
{
    json_t *one = said(a), *other = said(b);
    bool result = one != NULL && other != NULL && same(one, other);

    json_decref(one);
    json_decref(other);
    return result;
}

/* --- names ------------------------------------------------------------------------ */

enum sort { OF_A_SUBJECT, A_TRANSACTION, NEITHER };

static enum sort sort_of(const json_t *record)
{
    enum kind k;
    const struct field *id;

    if (!kind_find(json_member(record, "is"), &k))
        return NEITHER;
    id = form_member(kind_form(k), "id");
    if (id != NULL && id->check == field_own_subject)
        return OF_A_SUBJECT;
    return form_member(kind_form(k), "tx") != NULL ? A_TRANSACTION : NEITHER;
}

static struct bytes scope_of(const json_t *record)
{
    return sort_of(record) == A_TRANSACTION ? json_member(record, "id") : bytes_of("");
}

static void print_ref(const json_t *ref, struct buf *out)
{
    buf_add(out, json_member(ref, "scheme"));
    buf_u8(out, ':');
    buf_add(out, json_member(ref, "id"));
}

static void print_name(const json_t *record, const json_t *ref, struct buf *out)
{
    buf_reset(out);
    buf_add(out, json_member(record, "is"));
    buf_u8(out, ' ');
    buf_add(out, scope_of(record));
    buf_u8(out, ' ');
    print_ref(ref, out);
}

enum status form_known_add(struct form_known *k, const json_t *record)
{
    struct buf name = { 0 };
    const json_t *ref;
    size_t i;
    enum status st = STATUS_OK;

    if (sort_of(record) == NEITHER)
        return STATUS_OK;
    json_array_foreach(json_object_get(record, "refs"), i, ref)
    {
        print_name(record, ref, &name);
        if (name.bad ||
            json_object_set(k->named, buf_str(&name), (json_t *)(uintptr_t)record) != 0)
            st = STATUS_NOMEM;
    }
    buf_clear(&name);
    return st;
}

/* --- what the replica has --------------------------------------------------------- */

/* Takes the terms. */
static enum status add_terms(struct form_known *k, enum status st, json_t *terms)
{
    if (st == STATUS_OK)
        st = form_known_add(k, terms);
    json_decref(terms);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* it waits: among the unsent */
}

static enum status each_subject(void *ctx, uint64_t row, struct bytes key,
                                struct bytes value)
{
    struct form_known *k = ctx;
    json_t *subject = NULL, *terms = NULL;
    struct bytes org, local, status;
    size_t own = strlen(k->org);
    enum status st;

    (void)row;
    if (key.len < own || strncasecmp((const char *)key.ptr, k->org, own) != 0)
        return STATUS_OK; /* keys are in lower case, and those of others not worth parsing
                           */
    st = rows_parse(value, &subject);
    if (st == STATUS_OK && (!subject_id_split(json_member(subject, "id"), &org, &local) ||
                            !bytes_eq_text(org, k->org))) {
        json_decref(subject);
        return STATUS_OK;
    }
    status = json_member(subject, "status");
    if (st == STATUS_OK && !bytes_eq_text(status, "withdrawn") &&
        !bytes_eq_text(status, "declined")) {
        st = form_terms(k->store, subject, true, &terms);
        st = add_terms(k, st, terms);
    }
    json_decref(subject);
    return st;
}

static bool is_void(struct form_known *k, uint64_t number)
{
    struct buf key = { 0 };
    json_t *mark = NULL;
    bool result;

    buf_printf(&key, "%llu/%u", (unsigned long long)RECORD_INDEX(number),
               RECORD_N(number));
    (void)rows_find(k->store, STORE_MARK, buf_bytes(&key), NULL, &mark);
    result = json_object_get(mark, "voided") != NULL;
    json_decref(mark);
    buf_clear(&key);
    return result;
}

static enum status read_transaction(struct form_known *k, uint64_t number)
{
    struct entry *e = calloc(1, sizeof(*e));
    json_t *record = NULL;
    enum status st =
        e != NULL ? entry_read(k->store, RECORD_INDEX(number), e) : STATUS_NOMEM;

    if (st == STATUS_OK && bytes_eq_text(entry_author(e), k->org))
        st = entry_record(e, RECORD_N(number), &record);
    if (e != NULL)
        entry_clear(e);
    free(e);
    return add_terms(k, st, record);
}

/* All transactions on a pledge, from the newest on. */
static enum status read_pledge(struct form_known *k, struct bytes id)
{
    struct buf text = { 0 };
    struct store_record r;
    json_t *subject = NULL;
    uint64_t number = RECORD_NONE;
    enum kind kind;
    enum status st = rows_find(k->store, STORE_SUBJECT, id, NULL, &subject);

    if (st == STATUS_OK)
        number = (uint64_t)json_integer_value(json_object_get(subject, "last"));
    for (; st == STATUS_OK && number != RECORD_NONE; number = r.prev) {
        st = store_record_get(k->store, number, &r, &text);
        if (st == STATUS_OK && kind_find(r.is, &kind) &&
            form_member(kind_form(kind), "tx") != NULL && !is_void(k, number))
            st = read_transaction(k, number);
    }
    json_decref(subject);
    buf_clear(&text);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status read_scope(struct form_known *k, struct bytes scope)
{
    char *name = bytes_to_text(scope);
    enum status st = STATUS_NOMEM;

    if (name == NULL)
        return st;
    if (json_object_get(k->read, name) != NULL)
        st = STATUS_OK;
    else if (json_object_set_new(k->read, name, json_true()) == 0)
        st = scope.len == 0
                 ? store_rows(k->store, STORE_SUBJECT, 1, false, each_subject, k)
                 : read_pledge(k, scope);
    free(name);
    return st;
}

/* --- all of it -------------------------------------------------------------------- */

static json_t *find(struct form_known *k, const json_t *record, const json_t *ref)
{
    struct buf name = { 0 };
    json_t *found;

    print_name(record, ref, &name);
    found = json_object_get(k->named, buf_str(&name));
    buf_clear(&name);
    return found;
}

enum status form_known_find(struct form_known *k, const json_t *record,
                            enum form_known_as *as, struct buf *ref, struct buf *id)
{
    const json_t *refs = json_object_get(record, "refs"), *item, *found;
    size_t i;
    enum status st;

    *as = FORM_NEW;
    if (json_array_size(refs) == 0 || sort_of(record) == NEITHER)
        return STATUS_OK;
    st = read_scope(k, scope_of(record));
    if (st != STATUS_OK)
        return st;
    json_array_foreach(refs, i, item)
    {
        found = find(k, record, item);
        if (found == NULL)
            continue;
        print_ref(item, ref);
        buf_add(id, json_member(found, "id"));
        *as = same_said(record, found) ? FORM_UNCHANGED : FORM_CHANGED;
        break;
    }
    return ref->bad ? STATUS_NOMEM : buf_status(id);
}

enum status form_known_new(struct store *s, const char *org, const json_t *unsent,
                           struct form_known **out)
{
    struct form_known *k = calloc(1, sizeof(*k));
    const json_t *record;
    size_t i;
    enum status st = k != NULL ? STATUS_OK : STATUS_NOMEM;

    if (st != STATUS_OK)
        return st;
    k->store = s;
    k->org = org;
    k->read = json_object();
    k->named = json_object();
    json_array_foreach(unsent, i, record)
    {
        if (st == STATUS_OK)
            st = form_known_add(k, record);
    }
    if (st == STATUS_OK)
        *out = k;
    else
        form_known_free(k);
    return st;
}

void form_known_free(struct form_known *k)
{
    if (k == NULL)
        return;
    json_decref(k->read);
    json_decref(k->named);
    free(k);
}
