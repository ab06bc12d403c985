#include "ledger/totals.h"

#include <assert.h>
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/rows.h"

#define NAME(constant, name) name,
const char *const attested_names[ATTESTED_COUNT] = { ATTESTED_TABLE(NAME) };
const char *const total_names[TOTAL_COUNT] = { TOTAL_TABLE(NAME) };
const char *const total_by_names[TOTAL_BY_COUNT] = { TOTAL_BY_TABLE(NAME) };
#undef NAME

enum attested attested_find(struct bytes name)
{
    enum attested a = 0;

    while (a < ATTESTED_COUNT && !bytes_eq_text(name, attested_names[a]))
        a++;
    return a;
}

enum total_by total_by_find(struct bytes name)
{
    enum total_by by = 0;

    while (by < TOTAL_BY_COUNT && !bytes_eq_text(name, total_by_names[by]))
        by++;
    return by;
}

static void each_of(const json_t *list, total_value_fn *each, void *ctx)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        each(ctx, json_bytes(json_array_get(list, i)));
}

static void one_of(const json_t *object, const char *name, total_value_fn *each,
                   void *ctx)
{
    if (json_object_get(object, name) != NULL)
        each(ctx, json_member(object, name));
}

void total_values(const json_t *pledge, enum total_by by, total_value_fn *each, void *ctx)
{
    const json_t *facets = json_object_get(pledge, "facets");

    switch (by) {
    case TOTAL_BY_NETWORK:
        each_of(json_object_get(facets, "networks"), each, ctx);
        break;
    case TOTAL_BY_COUNTRY:
        each_of(json_object_get(facets, "countries"), each, ctx);
        break;
    case TOTAL_BY_DONOR:
    case TOTAL_BY_RECIPIENT:
    case TOTAL_BY_STATUS:
        one_of(facets, total_by_names[by], each, ctx);
        break;
    case TOTAL_BY_FUND:
        one_of(pledge, "from_fund", each, ctx);
        break;
    case TOTAL_BY_CURRENCY:
    case TOTAL_BY_YEAR:
    case TOTAL_BY_FOR:
        one_of(pledge, total_by_names[by], each, ctx);
        break;
    case TOTAL_BY_COUNT:
        break;
    }
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
        const json_t *v = json_object_get(object, total_names[c]);

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

        buf_printf(out, "%s\"%s\":%s", c > 0 ? "," : "", total_names[c], quote);
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
    struct bytes currency;
    const char *by;
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

/* A total_value_fn. */
static void add_one(void *ctx, struct bytes value)
{
    struct addition *a = ctx;
    struct total *t;

    buf_reset(&a->key);
    buf_printf(&a->key, "%s " BYTES_FMT " " BYTES_FMT, a->by, BYTES_ARG(value),
               BYTES_ARG(a->currency));
    if (a->key.bad) {
        state_fail(a->state, STATUS_NOMEM);
        return;
    }
    t = total_edit(a->state, state_row(a->state, STORE_TOTAL, buf_bytes(&a->key)));
    for (int c = 0; t != NULL && c < TOTAL_COUNT; c++)
        if (!money_sum_add(&t->sum[a->attested][c], a->sign * a->share->sum[c]))
            a->overflow = true;
}

bool totals_add(struct state *s, const json_t *pledge, enum attested attested,
                const struct total_share *share, int sign)
{
    struct addition a = { .state = s,
                          .currency = json_member(pledge, "currency"),
                          .by = "all",
                          .attested = attested,
                          .share = share,
                          .sign = sign };

    assert(attested < ATTESTED_COUNT && (sign == 1 || sign == -1));
    add_one(&a, BYTES_LIT("all"));
    for (enum total_by by = 0; by < TOTAL_BY_COUNT; by++) {
        a.by = total_by_names[by];
        total_values(pledge, by, add_one, &a);
    }
    buf_clear(&a.key);
    return !a.overflow;
}
