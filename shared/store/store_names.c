#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/fault.h"
#include "store/store_names.h"

enum { FIRST_SLOTS = 64 };

/* Keys are chosen by whoever publishes: a seed that they don't know keeps them from
 * choosing keys that collide. Each table of names has its own, since the store it belongs
 * to may be handed from one thread to another. */
static void seed_once(struct store_names *names)
{
    while (names->seed[0] == 0 || names->seed[1] == 0)
        if (getrandom(names->seed, sizeof(names->seed), 0) !=
            (ssize_t)sizeof(names->seed))
            abort(); /* no kernel that we run on refuses 16 bytes */
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    u128 product = (u128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(const struct store_names *names, struct bytes key)
{
    uint64_t h = names->seed[0] ^ key.len;

    for (size_t i = 0; i < key.len; i += 8) {
        uint64_t word = 0;

        memcpy(&word, key.ptr + i, key.len - i < 8 ? key.len - i : 8);
        h = fold(h ^ names->seed[1], word ^ 0x9e3779b97f4a7c15u);
    }
    return fold(h ^ names->seed[1], 0xd6e8feb86659fd93u);
}

struct bytes store_names_key(const struct store_names *names, size_t i)
{
    const struct store_name *name = &names->list[i];

    return (struct bytes){ names->text.ptr + name->at, name->len };
}

/* Where the key stands, or the free slot where it would. */
static size_t slot_of(const struct store_names *names, struct bytes key, uint64_t hash)
{
    size_t mask = names->slot_count - 1;
    size_t slot = hash & mask;

    while (names->slots[slot] != 0) {
        size_t i = names->slots[slot] - 1;

        if (names->list[i].hash == hash && bytes_eq(store_names_key(names, i), key))
            break;
        slot = (slot + 1) & mask;
    }
    return slot;
}

bool store_names_find(const struct store_names *names, struct bytes key, uint64_t *row)
{
    size_t slot;

    if (names->n == 0)
        return false;
    slot = slot_of(names, key, hash_of(names, key));
    if (names->slots[slot] == 0)
        return false;
    *row = names->list[names->slots[slot] - 1].row;
    return true;
}

/* In order of the list, so that taking out from its end leaves the slots as they were. */
static enum status grow_slots(struct store_names *names)
{
    size_t count = names->slot_count == 0 ? FIRST_SLOTS : names->slot_count * 2;
    uint32_t *slots = fault_here() ? NULL : calloc(count, sizeof(*slots));

    if (slots == NULL)
        return STATUS_NOMEM;
    free(names->slots);
    names->slots = slots;
    names->slot_count = count;
    for (size_t i = 0; i < names->n; i++) {
        size_t slot = slot_of(names, store_names_key(names, i), names->list[i].hash);

        names->slots[slot] = (uint32_t)i + 1;
    }
    return STATUS_OK;
}

static enum status grow_list(struct store_names *names)
{
    size_t cap = names->cap == 0 ? FIRST_SLOTS : names->cap * 2;
    struct store_name *list =
        fault_here() ? NULL : realloc(names->list, cap * sizeof(*list));

    if (list == NULL)
        return STATUS_NOMEM;
    names->list = list;
    names->cap = cap;
    return STATUS_OK;
}

enum status store_names_add(struct store_names *names, struct bytes key, uint64_t row)
{
    struct store_name name = { names->text.len, key.len, 0, row };
    enum status st = STATUS_OK;
    size_t slot;

    seed_once(names);
    if (names->n == names->cap)
        st = grow_list(names);
    if (st == STATUS_OK && names->n * 2 >= names->slot_count)
        st = grow_slots(names);
    if (st != STATUS_OK)
        return st;
    name.hash = hash_of(names, key);
    slot = slot_of(names, key, name.hash);
    assert(names->slots[slot] == 0);
    buf_add(&names->text, key);
    if (names->text.bad) {
        names->text.bad = false; /* what it holds is whole; only this key did not fit */
        buf_truncate(&names->text, name.at);
        return STATUS_NOMEM;
    }
    names->list[names->n] = name;
    names->slots[slot] = (uint32_t)++names->n;
    return STATUS_OK;
}

void store_names_truncate(struct store_names *names, size_t n)
{
    while (names->n > n) {
        size_t last = names->n - 1;
        size_t slot =
            slot_of(names, store_names_key(names, last), names->list[last].hash);

        assert(names->slots[slot] == last + 1);
        names->slots[slot] = 0;
        buf_truncate(&names->text, names->list[last].at);
        names->n = last;
    }
}

static int by_key(const void *a, const void *b, void *ctx)
{
    const struct store_names *names = ctx;

    return bytes_cmp(store_names_key(names, *(const uint32_t *)a),
                     store_names_key(names, *(const uint32_t *)b));
}

uint32_t *store_names_sorted(const struct store_names *names)
{
    uint32_t *order = fault_here() ? NULL : malloc(names->n * sizeof(*order));

    if (order == NULL)
        return NULL;
    for (size_t i = 0; i < names->n; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, names->n, sizeof(*order), by_key, (void *)names);
    return order;
}

void store_names_clear(struct store_names *names)
{
    free(names->list);
    free(names->slots);
    buf_clear(&names->text);
    *names = (struct store_names){ 0 };
}
