/* Statements that are accepted and not committed yet. */

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "ledger/ledger_internal.h"

/* --- adding ------------------------------------------------------------------------- */

/* A store_link_fn over the batch and the store. */
static enum status read_link(void *ctx, uint64_t index, struct store_link *out)
{
    struct ledger *l = ctx;

    if (index < l->committed)
        return store_link_get(l->store, index, out);
    if (index - l->committed >= l->n)
        return STATUS_ALTERED;
    *out = l->entries[index - l->committed].link;
    return STATUS_OK;
}

/* The new entry's place in the chain of its key; the key's row is as before it. */
static enum status link_entry(struct ledger *l, const struct statement *s,
                              const struct row *key, struct store_link *out)
{
    const json_t *before = key->value[LAYER_BATCH] != NULL ? key->value[LAYER_BATCH]
                                                           : key->value[LAYER_COMMITTED];
    const json_t *head = json_object_get(before, "head");
    struct store_link link;
    enum status st = STATUS_OK;

    if (head != NULL)
        st = read_link(l, (uint64_t)json_integer_value(head), &link);
    if (st != STATUS_OK)
        return st;
    return store_link_next(head != NULL ? &link : NULL, ledger_size(l), s->seq, read_link,
                           l, out);
}

static enum status grow(struct ledger *l)
{
    size_t cap = l->cap == 0 ? 64 : l->cap * 2;
    struct entry *more;

    if (l->n < l->cap)
        return STATUS_OK;
    more = fault_here() ? NULL : realloc(l->entries, cap * sizeof(*more));
    if (more == NULL)
        return STATUS_NOMEM;
    l->entries = more;
    l->cap = cap;
    return STATUS_OK;
}

static void entry_clear(struct entry *e)
{
    buf_clear(&e->note);
    buf_clear(&e->facets);
    free(e->effects);
}

static enum status entry_fill(struct ledger *l, const struct statement *s,
                              struct entry *e)
{
    e->leaf = s->leaf;
    e->n = s->n;
    buf_add(&e->note, s->note);
    buf_add(&e->facets, buf_bytes(&l->judge.facets));
    e->effects = fault_here() ? NULL : malloc(s->n * sizeof(*e->effects));
    if (e->effects == NULL || e->note.bad || e->facets.bad)
        return STATUS_NOMEM;
    memcpy(e->effects, l->judge.effects, s->n * sizeof(*e->effects));
    e->key = judge_key_row(&l->judge, s->org, s->key_id);
    return e->key == NULL ? state_failed(l->state) : link_entry(l, s, e->key, &e->link);
}

enum status batch_add(struct ledger *l, const struct statement *s)
{
    struct entry e = { 0 };
    enum status st = grow(l);

    if (st == STATUS_OK)
        st = entry_fill(l, s, &e);
    if (st != STATUS_OK) {
        entry_clear(&e);
        return st;
    }
    l->entries[l->n++] = e;
    tree_append(&l->tree, &e.leaf);
    return STATUS_OK;
}

void batch_clear(struct ledger *l)
{
    for (size_t i = 0; i < l->n; i++)
        entry_clear(&l->entries[i]);
    l->n = 0;
}

/* --- reading back ------------------------------------------------------------------- */

enum status batch_find(void *ledger, const struct row *key, uint64_t seq, uint64_t *index,
                       struct buf *note)
{
    struct ledger *l = ledger;
    const json_t *head = json_object_get(key->value[LAYER_COMMITTED], "head");
    struct store_entry stored;
    enum status st;

    for (size_t i = l->n; i > 0; i--) {
        struct entry *e = &l->entries[i - 1];

        if (e->key != key || e->link.seq != seq)
            continue;
        *index = e->link.index;
        buf_add(note, buf_bytes(&e->note));
        return buf_status(note);
    }
    if (head == NULL)
        return STATUS_NOT_FOUND;
    st = store_entry_by_seq(l->store, (uint64_t)json_integer_value(head), seq, &stored,
                            note);
    if (st == STATUS_OK)
        *index = stored.index;
    return st;
}

/* The text: all up to the blank line. */
static struct bytes text_of(struct bytes note)
{
    size_t end = note.len;

    for (size_t i = 0; i + 1 < note.len && end == note.len; i++)
        if (note.ptr[i] == '\n' && note.ptr[i + 1] == '\n')
            end = i + 1;
    return bytes_slice(note, 0, end);
}

/* Version line, header, and record n on line n + 2. */
static enum status parse_told(struct ledger *l, size_t at, struct bytes note, unsigned n)
{
    struct bytes text = text_of(note), header, line = { 0 };
    struct reader r = reader_of(text);
    enum status st;

    (void)reader_line(&r);
    header = reader_line(&r);
    for (unsigned i = 0; i < n; i++)
        line = reader_line(&r);
    if (r.bad)
        return STATUS_NOT_FOUND;
    st = rows_parse(header, &l->told[at].header);
    if (st == STATUS_OK)
        st = rows_parse(line, &l->told[at].record);
    l->told[at].id = hash_sha256(text);
    return st;
}

static enum status read_told(struct ledger *l, size_t at, uint64_t number)
{
    uint64_t index = RECORD_INDEX(number);
    struct store_entry stored;
    enum status st;

    if (index >= l->committed) {
        if (index - l->committed >= l->n)
            return STATUS_NOT_FOUND;
        return parse_told(l, at, buf_bytes(&l->entries[index - l->committed].note),
                          RECORD_N(number));
    }
    st = store_entry_get(l->store, index, &stored, &l->text);
    return st == STATUS_OK ? parse_told(l, at, buf_bytes(&l->text), RECORD_N(number))
                           : st;
}

static void forget_one(struct ledger *l, size_t at)
{
    json_decref(l->told[at].record);
    json_decref(l->told[at].header);
    l->told[at].record = l->told[at].header = NULL;
}

enum status batch_told(void *ledger, uint64_t number, struct told *out)
{
    struct ledger *l = ledger;
    size_t at = (size_t)((number ^ number >> 8) % TOLD_KEPT);
    enum status st = STATUS_OK;

    if (l->told[at].record == NULL || l->told[at].number != number) {
        forget_one(l, at);
        l->told[at].number = number;
        st = read_told(l, at, number);
    }
    if (st != STATUS_OK) {
        forget_one(l, at);
        return st;
    }
    *out = (struct told){ l->told[at].record, l->told[at].header, l->told[at].id };
    return STATUS_OK;
}

void batch_forget_told(struct ledger *l)
{
    for (size_t i = 0; i < TOLD_KEPT; i++)
        forget_one(l, i);
}

/* --- writing ------------------------------------------------------------------------ */

static enum status write_records(struct ledger *l, const struct entry *e)
{
    size_t from = 0;
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < e->n; i++) {
        const struct effect *f = &e->effects[i];
        struct store_record r = {
            .number = RECORD_NUMBER(e->link.index, i + 1),
            .subject = f->subject != NULL ? f->subject->place : RECORD_NONE,
            .prev = f->prev,
            .is = bytes_of(kind_name(f->kind)),
            .facets = bytes_slice(buf_bytes(&e->facets), from, f->facets_end),
        };

        st = store_record_put(l->store, &r);
        from = f->facets_end;
    }
    return st;
}

static enum status write_entry(struct ledger *l, const struct entry *e)
{
    struct store_entry stored = { .index = e->link.index,
                                  .note = buf_bytes(&e->note),
                                  .key_row = e->key->place,
                                  .seq = e->link.seq,
                                  .depth = e->link.depth,
                                  .prev = e->link.prev,
                                  .jump = e->link.jump };
    enum status st = store_entry_put(l->store, &stored);

    if (st == STATUS_OK)
        st = write_records(l, e);
    return st == STATUS_OK ? tiles_append(&l->tiles, l->store, &e->leaf) : st;
}

enum status batch_write(struct ledger *l)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < l->n; i++)
        st = write_entry(l, &l->entries[i]);
    if (st == STATUS_OK)
        st = state_write(l->state);
    return st == STATUS_OK ? tiles_write(&l->tiles, l->store) : st;
}

/* --- looking at it ------------------------------------------------------------------ */

enum status ledger_batch_row(struct ledger *l, enum store_table t, struct bytes key,
                             uint64_t *row, struct buf *value)
{
    return state_batch_row(l->state, t, key, row, value);
}

enum status ledger_batch_entry(struct ledger *l, uint64_t index, struct store_entry *e,
                               struct buf *note)
{
    const struct entry *of;

    if (index < l->committed || index - l->committed >= l->n)
        return STATUS_NOT_FOUND;
    of = &l->entries[index - l->committed];
    buf_reset(note);
    buf_add(note, buf_bytes(&of->note));
    *e = (struct store_entry){ .index = index,
                               .note = buf_bytes(note),
                               .key_row = of->key->place,
                               .seq = of->link.seq,
                               .depth = of->link.depth,
                               .prev = of->link.prev,
                               .jump = of->link.jump };
    return buf_status(note);
}
