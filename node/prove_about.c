#include "node/prove_about.h"

#include <stdlib.h>
#include <string.h>

#include "face/route.h"
#include "ledger/rows.h"
#include "link/portable.h"

/* --- which ------------------------------------------------------------------------ */

static enum status add(struct collection *c, uint64_t index, bool about)
{
    void *more;

    for (size_t i = 0; i < c->n; i++)
        if (c->items[i].index == index) {
            c->items[i].about = c->items[i].about || about;
            return STATUS_OK;
        }
    if (c->n == PORTABLE_ENTRIES_MAX)
        return STATUS_TOO_LARGE;
    more = reallocarray(c->items, c->n + 1, sizeof(*c->items));
    if (more == NULL)
        return STATUS_NOMEM;
    c->items = more;
    c->items[c->n].index = index;
    c->items[c->n].about = about;
    c->n++;
    return STATUS_OK;
}

static enum status add_record(struct collection *c, const json_t *row, const char *member,
                              bool about)
{
    const json_t *number = json_object_get(row, member);

    return number != NULL
               ? add(c, RECORD_INDEX((uint64_t)json_integer_value(number)), about)
               : STATUS_OK;
}

/* All records about it, from the newest back. */
static enum status add_chain(struct store *s, const json_t *row, struct collection *c)
{
    uint64_t at = (uint64_t)json_integer_value(json_object_get(row, "last"));
    struct buf text = { 0 };
    struct store_record r;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && at != RECORD_NONE) {
        st = add(c, RECORD_INDEX(at), true);
        if (st == STATUS_OK)
            st = store_record_get(s, at, &r, &text);
        if (st == STATUS_OK)
            at = r.prev;
    }
    buf_clear(&text);
    return st;
}

static enum status find(struct store *s, struct bytes id, json_t **row)
{
    struct buf key = { 0 };
    enum status st = rows_find(s, STORE_SUBJECT, id, NULL, row);

    if (st == STATUS_NOT_FOUND) {
        rows_org_key(id, &key);
        st = rows_find(s, STORE_ORGANIZATION, buf_bytes(&key), NULL, row);
    }
    buf_clear(&key);
    return st;
}

/* The entries that stated and that revoked a key. */
static enum status add_key(struct store *s, const struct statement_signature *sig,
                           struct collection *c)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    rows_key_key(sig->org, sig->key_id, &key);
    st = rows_find(s, STORE_KEY, buf_bytes(&key), NULL, &row);
    if (st == STATUS_OK)
        st = add_record(c, row, "created", false);
    if (st == STATUS_OK)
        st = add_record(c, json_object_get(row, "revoked"), "record", false);
    json_decref(row);
    buf_clear(&key);
    return st;
}

static enum status add_signers(struct store *s, uint64_t index, struct collection *c)
{
    struct statement *statement = NULL;
    struct store_entry e;
    struct refusal why;
    struct buf note = { 0 };
    enum status st = store_entry_get(s, index, &e, &note);

    if (st == STATUS_OK)
        st = statement_open(e.note, NULL, &statement, &why);
    for (size_t i = 0; st == STATUS_OK && i < statement->n_sigs; i++)
        st = add_key(s, &statement->sigs[i], c);
    statement_free(statement);
    buf_clear(&note);
    return st == STATUS_REFUSED ? STATUS_ALTERED : st;
}

/* The charter, and what changed the log's own keys. */
static enum status add_log_keys(struct store *s, struct collection *c)
{
    json_t *row = NULL;
    const json_t *item;
    size_t i;
    enum status st = rows_find(s, STORE_LOG, BYTES_LIT("log"), NULL, &row);

    if (st == STATUS_OK)
        st = add(c, 0, false);
    json_array_foreach(json_object_get(row, "keys"), i, item)
    {
        uint64_t since = (uint64_t)json_integer_value(json_object_get(item, "since"));
        uint64_t until = (uint64_t)json_integer_value(json_object_get(item, "until"));

        if (st == STATUS_OK && since > 0)
            st = add(c, since - 1, false);
        if (st == STATUS_OK && until > 0)
            st = add(c, until - 1, false);
    }
    json_decref(row);
    return st;
}

static int by_index(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b; /* its first member */

    return (x > y) - (x < y);
}

enum status collect_about(struct store *s, struct bytes id, struct collection *out)
{
    struct collection c = { 0 };
    json_t *row = NULL;
    enum status st = find(s, id, &row);

    if (st == STATUS_OK)
        st = add_chain(s, row, &c);
    if (st == STATUS_OK)
        st = add_log_keys(s, &c);
    /* What is added below is looked at in its turn, until it all leads to entry 0. */
    for (size_t i = 0; st == STATUS_OK && i < c.n; i++)
        st = add_signers(s, c.items[i].index, &c);
    json_decref(row);
    if (st == STATUS_OK) {
        qsort(c.items, c.n, sizeof(*c.items), by_index);
        *out = c;
    } else {
        collection_clear(&c);
    }
    return st;
}

void collection_clear(struct collection *c)
{
    free(c->items);
    *c = (struct collection){ 0 };
}

/* --- proving ---------------------------------------------------------------------- */

static enum status fill(struct store *s, const struct collection *c, uint64_t size,
                        struct portable *p, struct buf *notes)
{
    enum status st = STATUS_OK;

    for (; st == STATUS_OK && p->n < c->n; p->n++) {
        struct portable_entry *to = &p->entries[p->n];
        struct store_entry e;

        to->index = c->items[p->n].index;
        to->about = c->items[p->n].about;
        st = store_entry_get(s, to->index, &e, &notes[p->n]);
        if (st == STATUS_OK)
            st = proof_inclusion(store_tile_read, s, to->index, size, &to->proof);
        if (st == STATUS_OK)
            to->note = e.note;
    }
    return st;
}

enum status prove_collection(struct store *s, struct bytes id, const struct collection *c,
                             uint64_t size, struct buf *out)
{
    struct portable p = { .about = id };
    struct buf checkpoint = { 0 }, *notes = calloc(c->n, sizeof(*notes));
    enum status st = route_checkpoint(s, size, &checkpoint);

    p.entries = calloc(c->n, sizeof(*p.entries));
    p.checkpoint = buf_bytes(&checkpoint);
    if (st == STATUS_OK)
        st = notes != NULL && p.entries != NULL ? fill(s, c, size, &p, notes)
                                                : STATUS_NOMEM;
    if (st == STATUS_OK)
        st = portable_print(&p, out);
    for (size_t i = 0; notes != NULL && i < c->n; i++)
        buf_clear(&notes[i]);
    free(notes);
    portable_clear(&p);
    buf_clear(&checkpoint);
    return st;
}
