#include "link/fork.h"

#include <stdlib.h>

#include "base/codec.h"
#include "link/proof_json.h"

/* --- printing --------------------------------------------------------------------- */

static json_t *step_json(const struct fork_step *s)
{
    return json_pack("{s:I, s:o, s:o}", "to", (json_int_t)s->to, "root",
                     hash_json(&s->root), "consistency", proof_json(&s->proof));
}

static json_t *side_json(const struct fork_side *s)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < s->n; i++)
        json_array_append_new(steps, step_json(&s->steps[i]));
    return json_pack("{s:o, s:o, s:o}", "root", hash_json(&s->root), "steps", steps,
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

static enum status verify_step(const json_t *step, uint64_t *size, struct hash *root)
{
    struct hash next;
    struct proof proof;
    uint64_t to = 0;
    enum status st = proof_json_read_size(json_object_get(step, "to"), &to);

    if (st == STATUS_OK)
        st = hash_json_read(json_object_get(step, "root"), &next);
    if (st == STATUS_OK)
        st = proof_json_read(json_object_get(step, "consistency"), &proof);
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
    enum status st = hash_json_read(json_object_get(side, "root"), root);

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
        st = proof_json_read_size(json_object_get(json, "size"), &at);
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
