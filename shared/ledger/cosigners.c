#include "ledger/cosigners.h"

#include <stdlib.h>

#include "ledger/rows.h"

enum status cosigners_add(struct cosigners *c, const struct verifier_key *key)
{
    struct verifier_key *more = reallocarray(c->keys, c->n + 1, sizeof(*more));

    if (more == NULL)
        return STATUS_NOMEM;
    c->keys = more;
    c->keys[c->n++] = *key;
    return STATUS_OK;
}

static enum status add(struct cosigners *c, struct bytes vkey)
{
    struct verifier_key key;

    return verifier_key_parse(vkey, &key) == STATUS_OK ? cosigners_add(c, &key)
                                                       : STATUS_ALTERED;
}

static enum status take_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    enum status st = STATUS_OK;
    json_t *json;

    (void)row;
    (void)key;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    if (rows_cosigns(json))
        st = add(ctx, json_member(json, "key"));
    json_decref(json);
    return st;
}

enum status cosigners_load(struct store *s, struct cosigners *out)
{
    enum status st;

    *out = (struct cosigners){ 0 };
    st = store_rows(s, STORE_KEY, 1, false, take_row, out);
    if (st != STATUS_OK)
        cosigners_clear(out);
    return st;
}

void cosigners_clear(struct cosigners *c)
{
    free(c->keys);
    *c = (struct cosigners){ 0 };
}
