#include "ledger/keyring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "ledger/rows.h"

/* Open addressing; at most half full, so a probe ends soon. */
struct slot {
    char *name; /* NULL: free */
    uint32_t id;
    uint8_t pub[PUBLIC_KEY_LEN];
};

struct keyring {
    pthread_rwlock_t lock;
    struct slot *slots; /* guarded by lock, as n and cap are */
    size_t n, cap;
    uint64_t seen; /* rows of STORE_KEY taken; the refresher's own */
};

/* The id is the beginning of a SHA-256 over the name too, so it spreads well; whoever
 * searches for keys of equal ids pays 2^32 for each. */
static struct slot *probe(struct slot *slots, size_t cap, struct bytes name, uint32_t id)
{
    size_t at = id & (cap - 1);

    while (slots[at].name != NULL &&
           !(slots[at].id == id && bytes_eq_text(name, slots[at].name)))
        at = (at + 1) & (cap - 1);
    return &slots[at];
}

enum status keyring_new(struct keyring **out)
{
    struct keyring *k = fault_here() ? NULL : calloc(1, sizeof(*k));

    if (k == NULL)
        return STATUS_NOMEM;
    k->cap = 256;
    k->slots = fault_here() ? NULL : calloc(k->cap, sizeof(*k->slots));
    if (k->slots == NULL || pthread_rwlock_init(&k->lock, NULL) != 0) {
        free(k->slots);
        free(k);
        return STATUS_NOMEM;
    }
    *out = k;
    return STATUS_OK;
}

void keyring_free(struct keyring *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; i < k->cap; i++)
        free(k->slots[i].name);
    free(k->slots);
    pthread_rwlock_destroy(&k->lock);
    free(k);
}

static enum status grow(struct keyring *k)
{
    size_t cap = k->cap * 2;
    struct slot *slots;

    if (k->n < k->cap / 2)
        return STATUS_OK;
    slots = fault_here() ? NULL : calloc(cap, sizeof(*slots));
    if (slots == NULL)
        return STATUS_NOMEM;
    for (size_t i = 0; i < k->cap; i++)
        if (k->slots[i].name != NULL)
            *probe(slots, cap, bytes_of(k->slots[i].name), k->slots[i].id) = k->slots[i];
    free(k->slots);
    k->slots = slots;
    k->cap = cap;
    return STATUS_OK;
}

static enum status add(struct keyring *k, const struct verifier_key *key)
{
    struct slot *slot;
    char *name = fault_here() ? NULL : strdup(key->name);
    enum status st = STATUS_NOMEM;

    if (name == NULL)
        return STATUS_NOMEM;
    pthread_rwlock_wrlock(&k->lock);
    st = grow(k);
    slot = st == STATUS_OK ? probe(k->slots, k->cap, bytes_of(name), key->id) : NULL;
    if (slot != NULL && slot->name == NULL) {
        slot->name = name;
        slot->id = key->id;
        memcpy(slot->pub, key->pub, PUBLIC_KEY_LEN);
        k->n++;
        name = NULL;
    }
    pthread_rwlock_unlock(&k->lock);
    free(name); /* it is there already, or there is no room */
    return st;
}

static enum status take_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct keyring *k = ctx;
    struct verifier_key vk;
    json_t *json = NULL;
    enum status st = rows_parse(value, &json);

    (void)key;
    if (st == STATUS_OK && verifier_key_parse(json_member(json, "key"), &vk) != STATUS_OK)
        st = STATUS_ALTERED;
    if (st == STATUS_OK && vk.type == KEY_ED25519) /* cosigners sign no statements */
        st = add(k, &vk);
    json_decref(json);
    if (st == STATUS_OK)
        k->seen = row;
    return st;
}

enum status keyring_refresh(struct keyring *k, struct store *s)
{
    return store_rows(s, STORE_KEY, k->seen + 1, false, take_row, k);
}

bool keyring_lookup(void *keyring, struct bytes org, uint32_t key_id,
                    uint8_t pub[PUBLIC_KEY_LEN])
{
    struct keyring *k = keyring;
    const struct slot *slot;
    bool found;

    pthread_rwlock_rdlock(&k->lock);
    slot = probe(k->slots, k->cap, org, key_id);
    found = slot->name != NULL;
    if (found)
        memcpy(pub, slot->pub, PUBLIC_KEY_LEN);
    pthread_rwlock_unlock(&k->lock);
    return found;
}
