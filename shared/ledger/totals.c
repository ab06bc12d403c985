#include "ledger/totals.h"

#include <assert.h>
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/rows.h"

#define NAME(constant, name) name,
const char *const attested_names[ATTESTED_COUNT] = { ATTESTED_TABLE(NAME) };
static const char *const columns[TOTAL_COUNT] = { TOTAL_TABLE(NAME) };
#undef NAME

enum attested attested_find(struct bytes name)
{
    enum attested a = 0;

    while (a < ATTESTED_COUNT && !bytes_eq_text(name, attested_names[a]))
        a++;
    return a;
}

/* --- rows -------------------------------------------------------------------------- */

static struct total *total_new(void)
{
    return fault_here() ? NULL : calloc(1, sizeof(struct total));
}

void *total_copy(const struct total *t)
{
    struct total *copy = total_new();

    if (copy != NULL)
        *copy = *t;
    return copy;
}

static bool read_sums(const json_t *object, money_sum sums[TOTAL_COUNT])
{
    for (int c = 0; c < TOTAL_COUNT; c++) {
        const json_t *v = json_object_get(object, columns[c]);

        if (c == TOTAL_PLEDGES)
            sums[c] = json_integer_value(v);
        else if (money_sum_parse(json_bytes(v), &sums[c]) != STATUS_OK)
            return false;
    }
    return true;
}

enum status total_decode(struct bytes text, struct total **out)
{
    struct total *t = total_new();
    json_t *json = NULL;
    enum status st = t == NULL ? STATUS_NOMEM : rows_parse(text, &json);

    for (int a = 0; st == STATUS_OK && a < ATTESTED_COUNT; a++) {
        const json_t *sums = json_object_get(json, attested_names[a]);

        if (sums != NULL && !read_sums(sums, t->sum[a]))
            st = STATUS_ALTERED;
    }
    json_decref(json);
    if (st == STATUS_OK)
        *out = t;
    else
        free(t);
    return st;
}

static bool is_empty(const money_sum sums[TOTAL_COUNT])
{
    for (int c = 0; c < TOTAL_COUNT; c++)
        if (sums[c] != 0)
            return false;
    return true;
}

static void print_sums(const money_sum sums[TOTAL_COUNT], struct buf *out)
{
    for (int c = 0; c < TOTAL_COUNT; c++) {
        const char *quote = c == TOTAL_PLEDGES ? "" : "\"";

        buf_printf(out, "%s\"%s\":%s", c > 0 ? "," : "", columns[c], quote);
        money_sum_print(sums[c], out);
        buf_text(out, quote);
    }
}

void total_encode(const struct total *t, struct bytes key, struct buf *out)
{
    size_t by = 0, currency = key.len;

    /* "<by> <value> <currency>": none of them has a space, or needs an escape. */
    (void)bytes_find(key, ' ', &by);
    while (currency > 0 && key.ptr[currency - 1] != ' ')
        currency--;
    assert(by > 0 && currency > by + 1);
    buf_printf(out,
               "{\"by\":\"" BYTES_FMT "\",\"value\":\"" BYTES_FMT
               "\",\"currency\":\"" BYTES_FMT "\"",
               BYTES_ARG(bytes_slice(key, 0, by)),
               BYTES_ARG(bytes_slice(key, by + 1, currency - 1)),
               BYTES_ARG(bytes_slice(key, currency, key.len)));
    for (int a = 0; a < ATTESTED_COUNT; a++) {
        if (is_empty(t->sum[a]))
            continue;
        buf_printf(out, ",\"%s\":{", attested_names[a]);
        print_sums(t->sum[a], out);
        buf_u8(out, '}');
    }
    buf_u8(out, '}');
}

/* --- adding ------------------------------------------------------------------------ */

struct addition {
    struct state *state;
    const char *currency;
    enum attested attested;
    const struct total_share *share;
    int sign;
    bool overflow;
    struct buf key;
};

static struct total *total_edit(struct state *s, struct row *r)
{
    if (r != NULL && state_value(r) == NULL) {
        struct total *fresh = total_new();

        state_put(s, r, fresh);
        return fresh;
    }
    return state_edit(s, r);
}

static void add_one(struct addition *a, const char *by, struct bytes value)
{
    struct total *t;

    buf_reset(&a->key);
    buf_printf(&a->key, "%s " BYTES_FMT " %s", by, BYTES_ARG(value), a->currency);
    if (a->key.bad) {
        state_fail(a->state, STATUS_NOMEM);
        return;
    }
    t = total_edit(a->state, state_row(a->state, STORE_TOTAL, buf_bytes(&a->key)));
    for (int c = 0; t != NULL && c < TOTAL_COUNT; c++)
        if (!money_sum_add(&t->sum[a->attested][c], a->sign * a->share->sum[c]))
            a->overflow = true;
}

static void add_each(struct addition *a, const char *by, const json_t *values)
{
    for (size_t i = 0; i < json_array_size(values); i++)
        add_one(a, by, json_bytes(json_array_get(values, i)));
}

bool totals_add(struct state *s, const json_t *facets, const char *currency,
                enum attested attested, const struct total_share *share, int sign)
{
    struct addition a = { .state = s,
                          .currency = currency,
                          .attested = attested,
                          .share = share,
                          .sign = sign };

    assert(attested < ATTESTED_COUNT && (sign == 1 || sign == -1));
    add_one(&a, "all", BYTES_LIT("all"));
    add_one(&a, "currency", bytes_of(currency));
    add_one(&a, "donor", json_member(facets, "donor"));
    add_one(&a, "recipient", json_member(facets, "recipient"));
    add_each(&a, "network", json_object_get(facets, "networks"));
    add_each(&a, "country", json_object_get(facets, "countries"));
    buf_clear(&a.key);
    return !a.overflow;
}
