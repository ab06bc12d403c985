#include "ledger/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "ledger/index.h"
#include "ledger/rows.h"
#include "ledger/totals.h"

/* A decoded row takes about this many times its text. Rows are forgotten above the limit
 * (32 MiB), the least recently used first. */
#define COST_FACTOR 6
#define COST_ROW 512
#define CACHE_COST_MAX ((size_t)32 << 20)
#define BUCKETS ((size_t)1 << 14)

struct state {
    struct store *store;
    enum status failed;
    struct row *buckets[BUCKETS];
    struct {
        struct row *first, *last;
    } list[LAYER_COUNT];
    struct row *oldest, *newest; /* the cache */
    size_t cost;
    uint64_t places[STORE_TABLE_COUNT]; /* the next free ones, with the batch */
    uint64_t seed;
    struct buf text;
};

/* --- values ------------------------------------------------------------------------ */

static enum status value_decode(enum store_table t, struct bytes text, void **out)
{
    json_t *json = NULL;
    enum status st;

    if (t == STORE_TOTAL)
        return total_decode(text, (struct total **)out);
    st = rows_parse(text, &json);
    *out = json;
    return st;
}

/* json_copy goes on when memory runs out, and so leaves out what had no room. */
static json_t *copy_json(const json_t *value)
{
    json_t *copy = json_copy((json_t *)value); /* takes no const, and changes nothing */

    if (json_object_size(copy) == json_object_size(value) &&
        json_array_size(copy) == json_array_size(value))
        return copy;
    json_decref(copy);
    return NULL;
}

static void *value_copy(enum store_table t, const void *value)
{
    if (t == STORE_TOTAL)
        return total_copy(value);
    return copy_json(value);
}

static void value_encode(const struct row *r, struct buf *out)
{
    if (r->table == STORE_TOTAL)
        total_encode(r->value[LAYER_BATCH], r->key, out);
    else
        rows_print(r->value[LAYER_BATCH], out);
}

static void value_free(enum store_table t, void *value)
{
    if (t == STORE_TOTAL)
        free(value);
    else
        json_decref(value);
}

static void row_clear(struct row *r, enum state_layer layer)
{
    if (r->value[layer] != NULL)
        value_free(r->table, r->value[layer]);
    r->value[layer] = NULL;
}

/* --- failures ---------------------------------------------------------------------- */

enum status state_failed(const struct state *s)
{
    return s->failed;
}

void state_fail(struct state *s, enum status st)
{
    if (s->failed == STATUS_OK)
        s->failed = st;
}

/* --- the cache --------------------------------------------------------------------- */

static void cache_unlink(struct state *s, struct row *r)
{
    *(r->older != NULL ? &r->older->newer : &s->oldest) = r->newer;
    *(r->newer != NULL ? &r->newer->older : &s->newest) = r->older;
    r->older = r->newer = NULL;
}

static void cache_link(struct state *s, struct row *r)
{
    r->older = s->newest;
    r->newer = NULL;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = r;
    s->newest = r;
}

static void row_free(struct row *r)
{
    for (enum state_layer l = 0; l < LAYER_COUNT; l++)
        row_clear(r, l);
    free(r);
}

static void cache_forget(struct state *s, struct row *r)
{
    struct row **at = &s->buckets[r->hash % BUCKETS];

    while (*at != r)
        at = &(*at)->next_in_bucket;
    *at = r->next_in_bucket;
    cache_unlink(s, r);
    s->cost -= r->cost;
    row_free(r);
}

/* Between statements only: rows that are being looked at stay. */
static void cache_trim(struct state *s)
{
    struct row *r = s->oldest, *newer;

    for (; r != NULL && s->cost > CACHE_COST_MAX; r = newer) {
        newer = r->newer;
        if (r->value[LAYER_BATCH] == NULL)
            cache_forget(s, r);
    }
}

static void row_cost(struct state *s, struct row *r, size_t text_len)
{
    s->cost -= r->cost;
    r->cost = COST_ROW + COST_FACTOR * text_len;
    s->cost += r->cost;
}

/* Keys are chosen by authors, so where a row lies depends on the process too. */
static uint32_t row_hash(const struct state *s, enum store_table t, struct bytes key)
{
    uint64_t h = s->seed ^ (uint64_t)t;

    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ key.ptr[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    return (uint32_t)(h ^ h >> 16);
}

static struct row *row_new(enum store_table t, struct bytes key, uint32_t hash)
{
    struct row *r = fault_here() ? NULL : calloc(1, sizeof(*r) + key.len);

    if (r == NULL)
        return NULL;
    r->table = t;
    r->hash = hash;
    if (key.len > 0)
        memcpy(r->key_bytes, key.ptr, key.len);
    r->key = (struct bytes){ r->key_bytes, key.len };
    return r;
}

static enum status row_load(struct state *s, struct row *r)
{
    enum status st = store_row_find(s->store, r->table, r->key, &r->place, &s->text);

    if (st == STATUS_NOT_FOUND) {
        r->place = 0;
        return STATUS_OK;
    }
    if (st != STATUS_OK)
        return st;
    return value_decode(r->table, buf_bytes(&s->text), &r->value[LAYER_COMMITTED]);
}

static struct row *row_add(struct state *s, enum store_table t, struct bytes key,
                           uint32_t hash)
{
    struct row *r = row_new(t, key, hash);
    enum status st = r == NULL ? STATUS_NOMEM : row_load(s, r);

    if (st != STATUS_OK) {
        state_fail(s, st);
        if (r != NULL)
            row_free(r);
        return NULL;
    }
    r->next_in_bucket = s->buckets[hash % BUCKETS];
    s->buckets[hash % BUCKETS] = r;
    cache_link(s, r);
    row_cost(s, r, r->value[LAYER_COMMITTED] != NULL ? s->text.len : 0);
    return r;
}

struct row *state_row(struct state *s, enum store_table t, struct bytes key)
{
    uint32_t hash = row_hash(s, t, key);
    struct row *r = s->buckets[hash % BUCKETS];

    while (r != NULL && !(r->hash == hash && r->table == t && bytes_eq(r->key, key)))
        r = r->next_in_bucket;
    if (r == NULL)
        return row_add(s, t, key, hash);
    if (r != s->newest) {
        cache_unlink(s, r);
        cache_link(s, r);
    }
    return r;
}

const void *state_value(const struct row *r)
{
    if (r == NULL)
        return NULL;
    for (int l = LAYER_DRAFT; l > LAYER_COMMITTED; l--)
        if (r->value[l] != NULL)
            return r->value[l];
    return r->value[LAYER_COMMITTED];
}

const json_t *state_json(const struct row *r)
{
    assert(r == NULL || r->table != STORE_TOTAL);
    return state_value(r);
}

/* --- changing ---------------------------------------------------------------------- */

static void list_add(struct state *s, enum state_layer layer, struct row *r)
{
    r->next_in[layer] = NULL;
    *(s->list[layer].last != NULL ? &s->list[layer].last->next_in[layer]
                                  : &s->list[layer].first) = r;
    s->list[layer].last = r;
}

void state_put(struct state *s, struct row *r, void *value)
{
    if (value == NULL)
        state_fail(s, STATUS_NOMEM);
    if (r == NULL || value == NULL) {
        if (r == NULL && value != NULL)
            json_decref(value); /* only totals are not JSON, and they have their row */
        return;
    }
    if (r->value[LAYER_DRAFT] == NULL)
        list_add(s, LAYER_DRAFT, r);
    row_clear(r, LAYER_DRAFT);
    r->value[LAYER_DRAFT] = value;
}

void *state_edit(struct state *s, struct row *r)
{
    if (r == NULL || r->value[LAYER_DRAFT] != NULL)
        return r == NULL ? NULL : r->value[LAYER_DRAFT];
    assert(state_value(r) != NULL || s->failed != STATUS_OK);
    state_put(s, r,
              state_value(r) == NULL || fault_here()
                  ? NULL
                  : value_copy(r->table, state_value(r)));
    return r->value[LAYER_DRAFT];
}

void state_set(struct state *s, json_t *object, const char *name, json_t *value)
{
    /* Names are our own, so they need no check for UTF-8. */
    if (json_object_set_new_nocheck(object, name, value) != 0)
        state_fail(s, STATUS_NOMEM);
}

void state_set_int(struct state *s, json_t *object, const char *name, uint64_t value)
{
    assert(value <= INT64_MAX);
    state_set(s, object, name, json_integer((json_int_t)value));
}

void state_share(struct state *s, json_t *object, const char *name, const json_t *from)
{
    json_t *value = json_object_get(from, name);

    if (value != NULL)
        state_set(s, object, name, json_incref(value));
}

void state_push(struct state *s, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        state_fail(s, STATUS_NOMEM);
}

json_t *state_own(struct state *s, json_t *object, const char *name)
{
    json_t *copy = copy_json(json_object_get(object, name));

    state_set(s, object, name, copy);
    return json_object_get(object, name);
}

json_t *state_own_at(struct state *s, json_t *array, size_t i)
{
    json_t *copy = copy_json(json_array_get(array, i));

    if (json_array_set_new(array, i, copy) != 0)
        state_fail(s, STATUS_NOMEM);
    return json_array_get(array, i);
}

/* --- statements and batches -------------------------------------------------------- */

void state_begin(struct state *s)
{
    assert(s->list[LAYER_DRAFT].first == NULL);
    s->failed = STATUS_OK;
    cache_trim(s);
}

/* Take the rows off the list of a layer, one by one: their order is that in which they
 * were first changed, so new rows are numbered alike however the log is cut in batches.
 */
static struct row *list_take(struct state *s, enum state_layer layer)
{
    struct row *r = s->list[layer].first;

    if (r == NULL)
        return NULL;
    s->list[layer].first = r->next_in[layer];
    if (s->list[layer].first == NULL)
        s->list[layer].last = NULL;
    r->next_in[layer] = NULL;
    return r;
}

void state_settle(struct state *s)
{
    struct row *r;

    assert(s->failed == STATUS_OK);
    while ((r = list_take(s, LAYER_DRAFT)) != NULL) {
        if (r->place == 0)
            r->place = s->places[r->table]++;
        if (r->value[LAYER_BATCH] == NULL)
            list_add(s, LAYER_BATCH, r);
        row_clear(r, LAYER_BATCH);
        r->value[LAYER_BATCH] = r->value[LAYER_DRAFT];
        r->value[LAYER_DRAFT] = NULL;
    }
}

void state_forget(struct state *s)
{
    struct row *r;

    while ((r = list_take(s, LAYER_DRAFT)) != NULL)
        row_clear(r, LAYER_DRAFT);
}

static enum status row_write(struct state *s, struct row *r)
{
    uint64_t place = r->place;
    enum status st;

    buf_reset(&s->text);
    value_encode(r, &s->text);
    st = buf_status(&s->text);
    if (st != STATUS_OK)
        return st;
    row_cost(s, r, s->text.len);
    if (r->value[LAYER_COMMITTED] != NULL)
        st = store_row_set(s->store, r->table, r->place, buf_bytes(&s->text));
    else
        st = store_row_add(s->store, r->table, r->key, buf_bytes(&s->text), &place);
    if (st == STATUS_OK && place != r->place)
        st = STATUS_ALTERED;
    if (st != STATUS_OK || r->table == STORE_TOTAL)
        return st;
    return index_row(s->store, r->table, r->place, r->value[LAYER_COMMITTED],
                     r->value[LAYER_BATCH]);
}

enum status state_write(struct state *s)
{
    enum status st = STATUS_OK;

    for (struct row *r = s->list[LAYER_BATCH].first; r != NULL && st == STATUS_OK;
         r = r->next_in[LAYER_BATCH])
        st = row_write(s, r);
    return st;
}

void state_flush(struct state *s)
{
    struct row *r;

    while ((r = list_take(s, LAYER_BATCH)) != NULL) {
        row_clear(r, LAYER_COMMITTED);
        r->value[LAYER_COMMITTED] = r->value[LAYER_BATCH];
        r->value[LAYER_BATCH] = NULL;
    }
}

void state_drop(struct state *s)
{
    struct row *r;

    state_forget(s);
    while ((r = list_take(s, LAYER_BATCH)) != NULL) {
        row_clear(r, LAYER_BATCH);
        if (r->value[LAYER_COMMITTED] == NULL) {
            r->place = 0;
            s->places[r->table]--;
        }
    }
}

enum status state_new(struct store *store, struct state **out)
{
    struct state *s = fault_here() ? NULL : calloc(1, sizeof(*s));
    enum status st = STATUS_OK;

    if (s == NULL)
        return STATUS_NOMEM;
    s->store = store;
    s->seed = (uint64_t)(uintptr_t)s * 0x9e3779b97f4a7c15u;
    for (enum store_table t = 0; t < STORE_TABLE_COUNT && st == STATUS_OK; t++) {
        st = store_row_count(store, t, &s->places[t]);
        s->places[t]++; /* rows count from 1 */
    }
    if (st != STATUS_OK) {
        state_free(s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

void state_free(struct state *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (s->buckets[i] != NULL) {
            struct row *r = s->buckets[i];

            s->buckets[i] = r->next_in_bucket;
            row_free(r);
        }
    }
    buf_clear(&s->text);
    free(s);
}

enum status state_batch_row(struct state *s, enum store_table t, struct bytes key,
                            uint64_t *place, struct buf *value)
{
    const struct row *r = state_row(s, t, key);

    if (r == NULL)
        return state_failed(s);
    if (r->value[LAYER_BATCH] == NULL)
        return STATUS_NOT_FOUND;
    buf_reset(value);
    value_encode(r, value);
    *place = r->place;
    return buf_status(value);
}
