/* shared/io/audit_state.c: rows of the state and records, against those derived anew. */
#include "io/audit_internal.h"

#include <inttypes.h>

struct comparison {
    struct audit *a;
    enum store_table table;
    struct store *other;
    const char *missing; /* what to say of a row that the other has not */
    bool values;         /* compare values, too */
    struct buf value;
};

/* --- rows ------------------------------------------------------------------------- */

static enum status compare_row(void *ctx, uint64_t row, struct bytes key,
                               struct bytes value)
{
    struct comparison *c = ctx;
    uint64_t other;
    enum status st = store_row_find(c->other, c->table, key, &other, &c->value);

    (void)row;
    if (st == STATUS_NOT_FOUND) {
        audit_found(c->a, c->missing, "%s row " BYTES_FMT, store_table_name(c->table),
                    BYTES_ARG(key));
        return STATUS_OK;
    }
    if (st == STATUS_OK && c->values) {
        c->a->counts->rows++;
        if (!bytes_eq(value, buf_bytes(&c->value)))
            audit_found(c->a, "it is not what the entries say", "%s row " BYTES_FMT,
                        store_table_name(c->table), BYTES_ARG(key));
    }
    return st;
}

static enum status compare_table(struct audit *a, enum store_table t)
{
    struct comparison c = { .a = a,
                            .table = t,
                            .other = a->scratch,
                            .missing = "no entry says it",
                            .values = true };
    enum status st = store_rows(a->store, t, 1, false, compare_row, &c);

    c.other = a->store;
    c.missing = "it is missing";
    c.values = false;
    if (st == STATUS_OK)
        st = store_rows(a->scratch, t, 1, false, compare_row, &c);
    buf_clear(&c.value);
    return st;
}

/* --- records ---------------------------------------------------------------------- */

/* Rows have the same place in both only if they were made in the same order, which
 * batches decide: so the names count. */
static bool same_subject(struct audit *a, uint64_t theirs, uint64_t ours)
{
    struct buf x = { 0 }, y = { 0 }, value = { 0 };
    bool same = theirs == RECORD_NONE && ours == RECORD_NONE;

    if (theirs != RECORD_NONE && ours != RECORD_NONE)
        same = store_row_get(a->store, STORE_SUBJECT, theirs, &x, &value) == STATUS_OK &&
               store_row_get(a->scratch, STORE_SUBJECT, ours, &y, &value) == STATUS_OK &&
               bytes_eq(buf_bytes(&x), buf_bytes(&y));
    buf_clear(&x);
    buf_clear(&y);
    buf_clear(&value);
    return same;
}

static void record_found(struct audit *a, uint64_t number, const char *why)
{
    audit_found(a, why, "record %" PRIu64 "/%u", RECORD_INDEX(number), RECORD_N(number));
}

static enum status compare_record(void *ctx, const struct store_record *theirs)
{
    struct comparison *c = ctx;
    struct store_record ours;
    enum status st = store_record_get(c->other, theirs->number, &ours, &c->value);

    if (st == STATUS_NOT_FOUND) {
        record_found(c->a, theirs->number, c->missing);
        return STATUS_OK;
    }
    if (st != STATUS_OK || !c->values)
        return st;
    c->a->counts->records++;
    if (ours.prev != theirs->prev || !bytes_eq(ours.is, theirs->is) ||
        !bytes_eq(ours.facets, theirs->facets) ||
        !same_subject(c->a, theirs->subject, ours.subject))
        record_found(c->a, theirs->number, "its row is not what the entries say");
    if ((c->a->counts->records & 1023) == 0)
        audit_progress(c->a, "records", RECORD_INDEX(theirs->number), c->a->counts->size);
    return STATUS_OK;
}

static enum status compare_records(struct audit *a)
{
    struct comparison c = {
        .a = a, .other = a->scratch, .missing = "no entry has it", .values = true
    };
    enum status st = store_records(a->store, 0, UINT64_MAX, compare_record, &c);

    c.other = a->store;
    c.missing = "its row is missing";
    c.values = false;
    if (st == STATUS_OK)
        st = store_records(a->scratch, 0, UINT64_MAX, compare_record, &c);
    audit_progress(a, "records", a->counts->size, a->counts->size);
    buf_clear(&c.value);
    return st;
}

/* No part of the state, but what people find by it should be there. */
static enum status compare_index(struct audit *a, enum store_index i)
{
    struct hash theirs, ours;
    enum status st = store_index_digest(a->store, i, &theirs);

    if (st == STATUS_ALTERED) {
        audit_found(a, "it cannot be read", "index %s", store_index_name(i));
        return STATUS_OK;
    }
    if (st == STATUS_OK)
        st = store_index_digest(a->scratch, i, &ours);
    if (st == STATUS_OK && !hash_eq(&theirs, &ours))
        audit_found(a, "it is not what the entries say", "index %s", store_index_name(i));
    return st;
}

enum status audit_state(struct audit *a)
{
    enum status st = STATUS_OK;

    for (enum store_table t = 0; st == STATUS_OK && t < STORE_TABLE_COUNT; t++)
        st = compare_table(a, t);
    for (enum store_index i = 0; st == STATUS_OK && i < STORE_INDEX_COUNT; i++)
        st = compare_index(a, i);
    return st == STATUS_OK ? compare_records(a) : st;
}

/* --- digests ------------------------------------------------------------------------ */

bool audit_digests_differ(const struct audit_counts *counts)
{
    return counts->has_digest && counts->has_digest_anew &&
           !hash_eq(&counts->digest, &counts->digest_anew);
}

/* Rows that cannot be read were found before, and have no digest. */
enum status audit_digests(struct audit *a)
{
    struct audit_counts *c = a->counts;
    enum status st = ledger_digest(a->store, &c->digest);

    c->has_digest = st == STATUS_OK;
    if (st != STATUS_OK && st != STATUS_ALTERED && st != STATUS_MALFORMED)
        return st;
    if (!a->judging)
        return STATUS_OK;
    st = ledger_digest(a->scratch, &c->digest_anew);
    c->has_digest_anew = st == STATUS_OK;
    return st;
}
