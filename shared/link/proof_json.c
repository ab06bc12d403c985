#include "link/proof_json.h"

#include "base/codec.h"

json_t *hash_json(const struct hash *h)
{
    struct buf text = { 0 };
    json_t *out;

    base64_encode((struct bytes){ h->b, HASH_LEN }, &text);
    out = json_of(buf_bytes(&text));
    buf_clear(&text);
    return out;
}

json_t *proof_json(const struct proof *p)
{
    json_t *list = json_array();

    for (size_t i = 0; i < p->n; i++)
        json_array_append_new(list, hash_json(&p->hashes[i]));
    return list;
}

enum status hash_json_read(const json_t *text, struct hash *out)
{
    return json_is_string(text) &&
                   base64_decode_exact(json_bytes(text), out->b, HASH_LEN) == STATUS_OK
               ? STATUS_OK
               : STATUS_MALFORMED;
}

enum status proof_json_read(const json_t *list, struct proof *out)
{
    out->n = 0;
    if (!json_is_array(list) || json_array_size(list) > PROOF_HASHES_MAX)
        return STATUS_MALFORMED;
    for (; out->n < json_array_size(list); out->n++)
        if (hash_json_read(json_array_get(list, out->n), &out->hashes[out->n]) !=
            STATUS_OK)
            return STATUS_MALFORMED;
    return STATUS_OK;
}

enum status proof_json_read_size(const json_t *number, uint64_t *out)
{
    if (!json_is_integer(number) || json_integer_value(number) <= 0)
        return STATUS_MALFORMED;
    *out = (uint64_t)json_integer_value(number);
    return STATUS_OK;
}
