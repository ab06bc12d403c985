/* tests/unit/recount.h
 *
 * The totals of all pledges, added up from nothing: from terms as they stand, from
 * transactions and from what is disputed, in the plainest way. What the ledger keeps
 * while the log grows has to be the same.
 */
#ifndef AVOW_TESTS_UNIT_RECOUNT_H
#define AVOW_TESTS_UNIT_RECOUNT_H

#include "unit/scribe.h"

#include "record/money.h"

struct recount {
    struct stage *s;
    json_t *totals;       /* "<key> <attested> <column>": minor units */
    json_t *transactions; /* rows */
    size_t compared;
    size_t covered; /* pledges that have such */
};

static inline long long recount_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text != NULL ? atoll(text) : 0;
}

static inline long long recount_money(const json_t *object)
{
    struct money m = { 0 };
    struct refusal why;

    if (object != NULL)
        assert_status(money_parse(object, 1, &m, &why), STATUS_OK);
    return m.minor;
}

/* A row's record of terms: line n + 2 of its entry's note. To be json_decref'ed. */
static inline json_t *recount_record(struct stage *s, uint64_t number)
{
    struct store_entry e;
    struct buf note = { 0 };
    struct bytes line = { 0 };
    struct reader r;
    json_t *json = NULL;

    assert_status(store_entry_get(s->store, RECORD_INDEX(number), &e, &note), STATUS_OK);
    r = reader_of(buf_bytes(&note));
    for (unsigned i = 0; i < RECORD_N(number) + 2; i++)
        line = reader_line(&r);
    assert_status(rows_parse(line, &json), STATUS_OK);
    buf_clear(&note);
    return json;
}

static inline bool recount_disputed(struct stage *s, uint64_t number)
{
    char key[48];
    json_t *mark, *item;
    bool open = false;
    size_t i;

    snprintf(key, sizeof(key), "%llu/%u", (unsigned long long)RECORD_INDEX(number),
             RECORD_N(number));
    mark = stage_row(s, STORE_MARK, key);
    json_array_foreach(json_object_get(mark, "disputes"), i, item) open =
        open || json_object_get(item, "settled") == NULL;
    json_decref(mark);
    return open;
}

/* One of the records that state the terms, now or before. */
static inline bool recount_terms_disputed(struct stage *s, const json_t *row)
{
    const json_t *item;
    size_t i;

    if (recount_disputed(s, (uint64_t)json_integer_value(json_object_get(row, "terms"))))
        return true;
    json_array_foreach(json_object_get(row, "earlier"), i, item)
    {
        json_t *record = json_object_get(item, "record");

        if (json_is_true(json_object_get(item, "held")) &&
            recount_disputed(s, (uint64_t)json_integer_value(record)))
            return true;
    }
    return false;
}

static inline void recount_add(struct recount *c, const char *by, const char *value,
                               const json_t *row, const char *column, long long n)
{
    char key[512];

    snprintf(key, sizeof(key), "%s %s %s %s %s", by, value,
             json_string_value(json_object_get(row, "currency")),
             json_string_value(json_object_get(row, "attested")), column);
    n += json_integer_value(json_object_get(c->totals, key));
    json_object_set_new(c->totals, key, json_integer(n));
}

/* The year of the terms, or that in which it was made (until the next call). */
static inline const char *recount_year(struct stage *s, const json_t *row,
                                       const json_t *terms)
{
    static char year[5];
    struct store_entry e;
    struct buf note = { 0 };
    uint64_t created = (uint64_t)json_integer_value(json_object_get(row, "created"));
    const char *on = json_string_value(json_object_get(terms, "on"));

    if (on == NULL)
        on =
            json_string_value(json_object_get(json_object_get(terms, "period"), "start"));
    if (on == NULL) {
        assert_status(store_entry_get(s->store, RECORD_INDEX(created), &e, &note),
                      STATUS_OK);
        on = strstr(buf_str(&note), "\"at\":\"");
        assert_non_null(on);
        on += strlen("\"at\":\"");
    }
    snprintf(year, sizeof(year), "%.4s", on);
    buf_clear(&note);
    return year;
}

/* In every total to which the pledge belongs. */
static inline void recount_share(struct recount *c, const json_t *row,
                                 const json_t *terms, const char *column, long long n)
{
    const json_t *facets = json_object_get(row, "facets"), *item;
    size_t i;

    recount_add(c, "all", "all", row, column, n);
    recount_add(c, "currency", json_string_value(json_object_get(row, "currency")), row,
                column, n);
    recount_add(c, "donor", json_string_value(json_object_get(facets, "donor")), row,
                column, n);
    recount_add(c, "recipient", json_string_value(json_object_get(facets, "recipient")),
                row, column, n);
    recount_add(c, "status", json_string_value(json_object_get(row, "status")), row,
                column, n);
    recount_add(c, "year", recount_year(c->s, row, terms), row, column, n);
    if (json_object_get(terms, "from_fund") != NULL)
        recount_add(c, "fund", json_string_value(json_object_get(terms, "from_fund")),
                    row, column, n);
    if (json_object_get(terms, "for") != NULL)
        recount_add(c, "for", json_string_value(json_object_get(terms, "for")), row,
                    column, n);
    json_array_foreach(json_object_get(facets, "networks"), i, item)
        recount_add(c, "network", json_string_value(item), row, column, n);
    json_array_foreach(json_object_get(facets, "countries"), i, item)
        recount_add(c, "country", json_string_value(item), row, column, n);
}

struct recount_sums {
    long long committed, decommitted, disbursed, received, fees, refunded, disputed;
};

static inline void recount_transaction(const json_t *t, struct recount_sums *m)
{
    const char *is = json_string_value(json_object_get(t, "is"));
    long long minor = recount_of(t, "minor");

    if (json_object_get(t, "voided") != NULL)
        return;
    if (json_object_get(t, "disputed") != NULL)
        m->disputed += minor;
    else if (strcmp(is, "pledge.committed") == 0)
        m->committed += minor;
    else if (strcmp(is, "pledge.decommitted") == 0)
        m->decommitted += minor;
    else if (strcmp(is, "pledge.disbursed") == 0)
        m->disbursed += minor;
    else if (strcmp(is, "pledge.refunded") == 0)
        m->refunded += minor;
    else
        m->received += minor, m->fees += recount_of(t, "fees");
}

static inline bool recount_names(const json_t *row, const char *member,
                                 const json_t *other)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(row, member), i, item)
    {
        if (json_equal(item, json_object_get(other, "tx")))
            return true;
    }
    return false;
}

static inline bool recount_is(const json_t *row, const char *pledge, const char *is)
{
    return bytes_eq_text(json_member(row, "pledge"), pledge) &&
           bytes_eq_text(json_member(row, "is"), is) &&
           json_object_get(row, "voided") == NULL &&
           json_object_get(row, "disputed") == NULL;
}

/* A transaction of that kind, and another of the pledge names it or is named by it. */
static inline bool recount_linked(struct recount *c, const char *pledge, const json_t *t,
                                  const char *other)
{
    const json_t *u;
    size_t i;

    json_array_foreach(c->transactions, i, u)
    {
        if (recount_is(u, pledge, other) &&
            (recount_names(u, "of", t) || recount_names(u, "matches", t) ||
             recount_names(t, "of", u) || recount_names(t, "matches", u)))
            return true;
    }
    return false;
}

/* Disbursements and receipts that are held against each other. */
static inline void recount_cover(struct recount *c, const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));
    const json_t *money = json_object_get(row, "money"), *t;
    long long covered = 0, covering = 0;
    size_t i;

    json_array_foreach(c->transactions, i, t)
    {
        if (recount_is(t, id, "pledge.disbursed") &&
            recount_linked(c, id, t, "pledge.received"))
            covered += recount_of(t, "minor");
        if (recount_is(t, id, "pledge.received") &&
            recount_linked(c, id, t, "pledge.disbursed"))
            covering += recount_of(t, "minor") + recount_of(t, "fees");
    }
    assert_int_equal(recount_of(money, "covered"), covered);
    assert_int_equal(recount_of(money, "covering"), covering);
    c->covered += covered > 0;
}

static inline long long recount_at_most(long long n, long long most)
{
    return n < most ? n : most;
}

static inline long long recount_at_least(long long least, long long n)
{
    return n > least ? n : least;
}

/* What other pledges cover of it. */
static inline long long recount_funded(const json_t *terms)
{
    const json_t *item;
    long long sum = 0;
    size_t i;

    json_array_foreach(json_object_get(terms, "funded_by"), i, item) sum +=
        recount_money(json_object_get(item, "money"));
    return sum;
}

static inline void recount_pledge(struct recount *c, const json_t *row)
{
    struct recount_sums m = { 0 };
    json_t *terms = json_incref(json_object_get(row, "amended")), *t;
    const char *id = json_string_value(json_object_get(row, "id"));
    const char *status = json_string_value(json_object_get(row, "status"));
    long long promised, committed, sent;
    long long contested;
    bool disputed = recount_terms_disputed(c->s, row), own;
    size_t i;

    if (terms == NULL)
        terms = recount_record(
            c->s, (uint64_t)json_integer_value(json_object_get(row, "created")));
    promised = recount_money(json_object_get(terms, "money"));
    json_array_foreach(c->transactions, i, t)
    {
        if (strcmp(json_string_value(json_object_get(t, "pledge")), id) == 0)
            recount_transaction(t, &m);
    }
    committed = m.committed > m.decommitted ? m.committed - m.decommitted : 0;
    sent = m.disbursed > m.received + m.fees ? m.disbursed : m.received + m.fees;
    if (strcmp(status, "withdrawn") == 0 || strcmp(status, "declined") == 0) {
        promised = recount_at_most(promised, sent);
        committed = recount_at_most(committed, sent);
    }
    contested = disputed ? promised : 0;
    own = json_is_true(json_object_get(terms, "own_funds"));
    promised = disputed ? 0 : promised;
    recount_share(c, row, terms, "pledged", promised);
    recount_share(c, row, terms, "new",
                  own || json_object_get(terms, "from_fund") != NULL
                      ? 0
                      : recount_at_least(0, promised - recount_funded(terms)));
    recount_share(c, row, terms, "own_funds", own ? promised : 0);
    recount_share(c, row, terms, "committed", committed);
    recount_share(c, row, terms, "disbursed", m.disbursed);
    recount_share(c, row, terms, "received", m.received);
    recount_share(c, row, terms, "refunded", m.refunded);
    recount_share(c, row, terms, "outstanding",
                  recount_at_least(0, promised - m.decommitted - sent));
    recount_share(c, row, terms, "disputed", m.disputed + contested);
    recount_share(c, row, terms, "pledges", 1);
    json_decref(terms);
}

static inline enum status recount_subject(void *ctx, uint64_t place, struct bytes key,
                                          struct bytes value)
{
    json_t *row = NULL;

    (void)place;
    (void)key;
    assert_status(rows_parse(value, &row), STATUS_OK);
    if (bytes_eq_text(json_member(row, "kind"), "pledge") &&
        json_object_get(row, "currency") != NULL)
        recount_pledge(ctx, row);
    /* Who its sides were is told by its terms, where they never changed. */
    if (bytes_eq_text(json_member(row, "kind"), "pledge") &&
        json_object_get(row, "earlier") == NULL)
        recount_cover(ctx, row);
    json_decref(row);
    return STATUS_OK;
}

static inline enum status recount_collect(void *ctx, uint64_t place, struct bytes key,
                                          struct bytes value)
{
    struct recount *c = ctx;
    json_t *row = NULL;

    (void)place;
    (void)key;
    assert_status(rows_parse(value, &row), STATUS_OK);
    json_array_append_new(c->transactions, row);
    return STATUS_OK;
}

/* A kept total: each of its columns is what was counted, and is then crossed out. */
static inline enum status recount_compare(void *ctx, uint64_t place, struct bytes key,
                                          struct bytes value)
{
    struct recount *c = ctx;
    const char *attested, *column;
    json_t *row = NULL, *sums, *kept;
    char name[512];

    (void)place;
    assert_status(rows_parse(value, &row), STATUS_OK);
    json_object_foreach(row, attested, sums)
    {
        if (!json_is_object(sums))
            continue;
        json_object_foreach(sums, column, kept)
        {
            long long n = json_is_string(kept) ? atoll(json_string_value(kept))
                                               : json_integer_value(kept);

            snprintf(name, sizeof(name), BYTES_FMT " %s %s", BYTES_ARG(key), attested,
                     column);
            if (n != json_integer_value(json_object_get(c->totals, name)))
                print_error("%s: kept %lld\n", name, n);
            assert_int_equal(n, json_integer_value(json_object_get(c->totals, name)));
            json_object_del(c->totals, name);
            c->compared++;
        }
    }
    json_decref(row);
    return STATUS_OK;
}

/* Valid until the next call. */
static inline const char *recount_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline const char *recount_text(const char *format, ...)
{
    static char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return text;
}

/* What waits for a day, as subject rows have it, is what the index has. */
static inline enum status recount_due_row(void *ctx, uint64_t place, struct bytes key,
                                          struct bytes value)
{
    json_t *row = NULL, *pair, *due = ctx;
    size_t i;

    (void)key;
    assert_status(rows_parse(value, &row), STATUS_OK);
    json_array_foreach(json_object_get(row, "due"), i, pair) json_object_set_new(
        due,
        recount_text("%s %llu %s", json_string_value(json_array_get(pair, 0)),
                     (unsigned long long)place,
                     json_string_value(json_array_get(pair, 1))),
        json_true());
    json_decref(row);
    return STATUS_OK;
}

static inline enum status recount_due_index(void *ctx, const struct store_due *d)
{
    assert_int_equal(
        json_object_del(ctx,
                        recount_text(BYTES_FMT " %llu " BYTES_FMT, BYTES_ARG(d->day),
                                     (unsigned long long)d->subject, BYTES_ARG(d->item))),
        0);
    return STATUS_OK;
}

/* How many wait. */
static inline size_t recount_due(struct stage *s)
{
    static const struct store_due first;
    json_t *due = json_object();
    size_t n;

    assert_status(store_rows(s->store, STORE_SUBJECT, 1, false, recount_due_row, due),
                  STATUS_OK);
    n = json_object_size(due);
    assert_status(
        store_due(s->store, &first, BYTES_LIT("9999-12-31"), recount_due_index, due),
        STATUS_OK);
    assert_int_equal(json_object_size(due), 0);
    json_decref(due);
    return n;
}

/* Of the committed state. How many columns were compared; *covered grows by the pledges
 * that had receipts for disbursements. */
static inline size_t recount_check(struct stage *s, size_t *covered)
{
    struct recount c = { .s = s, .totals = json_object(), .transactions = json_array() };
    const char *name;
    json_t *left;

    assert_status(store_rows(s->store, STORE_TRANSACTION, 1, false, recount_collect, &c),
                  STATUS_OK);
    assert_status(store_rows(s->store, STORE_SUBJECT, 1, false, recount_subject, &c),
                  STATUS_OK);
    assert_status(store_rows(s->store, STORE_TOTAL, 1, false, recount_compare, &c),
                  STATUS_OK);
    json_object_foreach(c.totals, name, left)
    {
        if (json_integer_value(left) != 0)
            print_error("%s: not kept\n", name);
        assert_int_equal(json_integer_value(left), 0);
    }
    json_decref(c.totals);
    json_decref(c.transactions);
    *covered += c.covered;
    return c.compared;
}

#endif
