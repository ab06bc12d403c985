#include "face/alike.h"

#include <stdlib.h>
#include <string.h>

#include "base/unicode_icu.h"
#include "ledger/rows.h"
#include "record/json.h"

/* Between calls: `by_key` has an organization under a key exactly if `of_org` has the key
 * under the organization. Organizations are named by their key in the store. */
struct alike {
    json_t *by_key; /* skeleton: {organization: true} */
    json_t *of_org; /* organization: {skeleton: true} */
    uint64_t next;  /* number of the record from which on nothing is known; 0: of none */
    uint64_t row;   /* behind the last organization that was read */
};

static void alike_free(void *p)
{
    struct alike *a = p;

    json_decref(a->by_key);
    json_decref(a->of_org);
    free(a);
}

/* The two keys of a name; what looks like a name of the one kind may not of the other. */
static enum status keys_of(struct bytes name, struct buf *a, struct buf *b)
{
    buf_text(a, "a ");
    buf_text(b, "b ");
    return unicode_skeletons(name, a, b);
}

static enum status set_in(json_t *of, const char *name, const char *member)
{
    json_t *set = json_object_get(of, name);

    if (set == NULL && (set = json_object()) != NULL &&
        json_object_set_new(of, name, set) != 0)
        set = NULL;
    return set != NULL && json_object_set_new(set, member, json_true()) == 0
               ? STATUS_OK
               : STATUS_NOMEM;
}

static enum status add_name(struct alike *a, const char *org, struct bytes name)
{
    struct buf keys[2] = { 0 };
    enum status st = keys_of(name, &keys[0], &keys[1]);

    for (size_t i = 0; st == STATUS_OK && i < 2; i++) {
        st = set_in(a->by_key, buf_str(&keys[i]), org);
        if (st == STATUS_OK)
            st = set_in(a->of_org, org, buf_str(&keys[i]));
    }
    buf_clear(&keys[0]);
    buf_clear(&keys[1]);
    return st == STATUS_NOMEM ? st : STATUS_OK; /* no text that a name can be */
}

static void forget_org(struct alike *a, const char *org)
{
    const char *key;
    json_t *yes;

    json_object_foreach(json_object_get(a->of_org, org), key, yes)
        json_object_del(json_object_get(a->by_key, key), org);
    json_object_del(a->of_org, org);
}

static enum status take_row(struct alike *a, struct bytes key, struct bytes value)
{
    char *org = bytes_to_text(key);
    json_t *row = NULL, *text;
    enum status st = org != NULL ? json_parse(value, &row) : STATUS_NOMEM;
    const json_t *name = json_object_get(row, "name");
    const char *lang;

    if (st == STATUS_OK)
        forget_org(a, org);
    if (st == STATUS_OK && json_is_string(name))
        st = add_name(a, org, json_bytes(name));
    json_object_foreach((json_t *)(uintptr_t)name, lang, text)
    {
        if (st == STATUS_OK)
            st = add_name(a, org, json_bytes(text));
    }
    json_decref(row);
    free(org);
    return st;
}

static enum status each_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct alike *a = ctx;

    if (row >= a->row)
        a->row = row + 1;
    return take_row(a, key, value);
}

/* --- what was stated since ------------------------------------------------------- */

struct since {
    uint64_t next;
    bool listed;  /* organizations came that were not there */
    bool renamed; /* those that were have other names, perhaps */
};

static enum status each_record(void *ctx, const struct store_record *r)
{
    struct since *since = ctx;

    since->next = r->number + 1;
    since->listed |= bytes_eq_text(r->is, "organization.listed");
    since->renamed |= bytes_eq_text(r->is, "organization.registered") ||
                      bytes_eq_text(r->is, "organization.updated");
    return STATUS_OK;
}

static enum status read_all(struct store *s, struct alike *a)
{
    uint64_t size = 0;
    enum status st = store_size(s, &size);

    if (st == STATUS_OK)
        st = store_rows(s, STORE_ORGANIZATION, 1, false, each_row, a);
    if (st == STATUS_OK)
        a->next = RECORD_NUMBER(size, 1);
    return st;
}

/* Names change seldom, so all rows are read anew then. */
static enum status bring_up(struct store *s, struct alike *a)
{
    struct since since = { .next = a->next };
    enum status st;

    if (a->next == 0)
        return read_all(s, a);
    st = store_records(s, a->next, UINT32_MAX, each_record, &since);
    if (st == STATUS_OK && (since.renamed || since.listed))
        st = store_rows(s, STORE_ORGANIZATION, since.renamed ? 1 : a->row, false,
                        each_row, a);
    if (st == STATUS_OK)
        a->next = since.next;
    return st;
}

static struct alike *alike_of(struct store *s)
{
    struct alike *a = store_remembered(s);

    if (a != NULL)
        return a;
    a = calloc(1, sizeof(*a));
    if (a == NULL)
        return NULL;
    a->by_key = json_object();
    a->of_org = json_object();
    if (a->by_key == NULL || a->of_org == NULL) {
        alike_free(a);
        return NULL;
    }
    store_remember(s, a, alike_free);
    return a;
}

static bool another(const struct alike *a, const char *org, const struct buf *key)
{
    const json_t *set = json_object_get(a->by_key, buf_str(key));
    size_t n = json_object_size(set);

    return n > 1 || (n == 1 && json_object_get(set, org) == NULL);
}

bool alike_any(struct store *s, struct bytes org, struct bytes name)
{
    struct alike *a = alike_of(s);
    struct buf key = { 0 }, keys[2] = { 0 };
    bool yes = true;

    rows_org_key(org, &key);
    if (a != NULL && !key.bad && bring_up(s, a) == STATUS_OK &&
        keys_of(name, &keys[0], &keys[1]) == STATUS_OK)
        yes = another(a, buf_str(&key), &keys[0]) || another(a, buf_str(&key), &keys[1]);
    buf_clear(&key);
    buf_clear(&keys[0]);
    buf_clear(&keys[1]);
    return yes;
}
