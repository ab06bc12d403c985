#include "link/fork.h"

#include <stdlib.h>

#include "base/codec.h"
#include "link/evidence_internal.h"

/* --- printing --------------------------------------------------------------------- */

static json_t *hash_text(const struct hash *h)
{
    struct buf text = { 0 };
    json_t *out;

    base64_encode((struct bytes){ h->b, HASH_LEN }, &text);
    out = json_of(buf_bytes(&text));
    buf_clear(&text);
    return out;
}

static json_t *step_json(const struct fork_step *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->proof.n; i++)
        json_array_append_new(list, hash_text(&s->proof.hashes[i]));
    return json_pack("{s:I, s:o, s:o}", "to", (json_int_t)s->to, "root",
                     hash_text(&s->root), "consistency", list);
}

static json_t *side_json(const struct fork_side *s)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(steps, step_json(&s->steps[i]));
    return json_pack("{s:o, s:o, s:o}", "root", hash_text(&s->root), "steps", steps,
                     "checkpoint", json_of(s->checkpoint));
}

enum status fork_print(const struct fork *f, struct buf *out)
{
    json_t *json = json_pack("{s:s, s:I, s:o, s:o}", "evidence", FORK_NAME, "size",
                             (json_int_t)f->size, "ours", side_json(&f->ours), "theirs",
                             side_json(&f->theirs));

    if (json == NULL)
        return STATUS_NOMEM;
    json_print_pretty(json, out);
    buf_u8(out, '\n');
    json_decref(json);
    return buf_status(out);
}

/* --- verifying -------------------------------------------------------------------- */

static enum status read_hash(const json_t *text, struct hash *out)
{
    return json_is_string(text) &&
                   base64_decode_exact(json_bytes(text), out->b, HASH_LEN) == STATUS_OK
               ? STATUS_OK
               : STATUS_MALFORMED;
}

enum status evidence_read_size(const json_t *number, uint64_t *out)
{
    if (!json_is_integer(number) || json_integer_value(number) <= 0)
        return STATUS_MALFORMED;
    *out = (uint64_t)json_integer_value(number);
    return STATUS_OK;
}

enum status evidence_read_proof(const json_t *list, struct proof *out)
{
    out->n = 0;
    if (!json_is_array(list) || json_array_size(list) > PROOF_HASHES_MAX)
        return STATUS_MALFORMED;
    for (; out->n < json_array_size(list); out->n++)
        if (read_hash(json_array_get(list, out->n), &out->hashes[out->n]) != STATUS_OK)
            return STATUS_MALFORMED;
    return STATUS_OK;
}

static enum status verify_step(const json_t *step, uint64_t *size, struct hash *root)
{
    struct hash next;
    struct proof proof;
    uint64_t to = 0;
    enum status st = evidence_read_size(json_object_get(step, "to"), &to);

    if (st == STATUS_OK)
        st = read_hash(json_object_get(step, "root"), &next);
    if (st == STATUS_OK)
        st = evidence_read_proof(json_object_get(step, "consistency"), &proof);
    if (st == STATUS_OK && to < *size)
        st = STATUS_BAD_PROOF;
    if (st == STATUS_OK)
        st = proof_consistency_verify(&proof, *size, to, root, &next);
    *size = to;
    *root = next;
    return st;
}

/* From the root that this side has for `size` to what the log signed. */
static enum status verify_side(const json_t *side, uint64_t size,
                               checkpoint_open_fn *open, void *ctx, struct hash *root)
{
    const json_t *steps = json_object_get(side, "steps");
    struct checkpoint cp;
    struct hash at;
    enum status st = read_hash(json_object_get(side, "root"), root);

    if (st == STATUS_OK &&
        (!json_is_array(steps) || json_array_size(steps) > FORK_STEPS_MAX))
        st = STATUS_MALFORMED;
    if (st == STATUS_OK)
        at = *root;
    for (size_t i = 0; st == STATUS_OK && i < json_array_size(steps); i++)
        st = verify_step(json_array_get(steps, i), &size, &at);
    if (st == STATUS_OK)
        st = open(ctx, json_member(side, "checkpoint"), &cp);
    if (st == STATUS_OK && (cp.size != size || !hash_eq(&cp.root, &at)))
        st = STATUS_BAD_PROOF;
    return st;
}

enum status fork_verify(struct bytes text, checkpoint_open_fn *open, void *ctx,
                        uint64_t *size)
{
    struct hash ours, theirs;
    json_t *json = NULL;
    uint64_t at = 0;
    enum status st = STATUS_MALFORMED;

    if (text.len <= FORK_TEXT_MAX)
        st = json_parse(text, &json);
    if (st == STATUS_OK && !bytes_eq_text(json_member(json, "evidence"), FORK_NAME))
        st = STATUS_MALFORMED;
    if (st == STATUS_OK)
        st = evidence_read_size(json_object_get(json, "size"), &at);
    if (st == STATUS_OK)
        st = verify_side(json_object_get(json, "ours"), at, open, ctx, &ours);
    if (st == STATUS_OK)
        st = verify_side(json_object_get(json, "theirs"), at, open, ctx, &theirs);
    if (st == STATUS_OK && hash_eq(&ours, &theirs))
        st = STATUS_BAD_PROOF;
    if (st == STATUS_OK && size != NULL)
        *size = at;
    json_decref(json);
    return st == STATUS_NOT_FOUND ? STATUS_MALFORMED : st;
}
