#include "link/breach.h"

#include <string.h>

#include "base/codec.h"
#include "link/proof_json.h"

bool breach_is(struct bytes text)
{
    /* With its quotes it stands in no string: there they would be escaped. */
    static const char value[] = "\"" BREACH_NAME "\"";

    return bytes_starts(text, BYTES_LIT("{")) &&
           memmem(text.ptr, text.len, value, sizeof(value) - 1) != NULL;
}

/* Where an inclusion proof leads (RFC 9162, 2.1.3.2), and, as its hashes to the left are
 * the tree before the leaf, the root of that. */
static enum status climb(const struct proof *p, uint64_t index, uint64_t size,
                         const struct hash *leaf, struct hash *root, struct hash *before)
{
    uint64_t fn = index, sn = size - 1;
    bool any = false;

    *root = *leaf;
    *before = hash_empty();
    for (size_t i = 0; i < p->n; i++) {
        const struct hash *h = &p->hashes[i];

        if (sn == 0)
            return STATUS_BAD_PROOF;
        if ((fn & 1) || fn == sn) {
            *root = hash_node(h, root);
            *before = any ? hash_node(h, before) : *h;
            any = true;
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            *root = hash_node(root, h);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 ? STATUS_OK : STATUS_BAD_PROOF;
}

/* The text goes to terminals: refuse() cuts it, and takes control characters out. */
static enum status read_said(const json_t *json, struct refusal *out)
{
    const json_t *line = json_object_get(json, "line");
    struct bytes text = json_member(json, "text");

    if (!json_is_integer(line) || json_integer_value(line) < 0 ||
        json_integer_value(line) > NOTE_MAX)
        return STATUS_MALFORMED;
    refuse(out, rule_find(json_member(json, "rule")), (unsigned)json_integer_value(line),
           BYTES_FMT, BYTES_ARG(text));
    return STATUS_OK;
}

/* As text; in base64 where it is none, which is what may be wrong with it. */
static enum status read_bytes(struct breach *b)
{
    const json_t *text = json_object_get(b->json, "entry");
    struct bytes encoded = json_member(b->json, "entry_base64");
    size_t len = encoded.len / 4 * 3;
    uint8_t *room;
    enum status st;

    b->entry = json_member(b->json, "entry");
    if (json_is_string(text))
        return STATUS_OK;
    if (text != NULL || encoded.len == 0)
        return STATUS_MALFORMED;
    room = buf_space(&b->decoded, len);
    if (room == NULL)
        return STATUS_NOMEM;
    st = base64_decode(encoded, room, &len);
    buf_truncate(&b->decoded, len);
    b->entry = buf_bytes(&b->decoded);
    return st == STATUS_TOO_LARGE ? STATUS_MALFORMED : st;
}

static enum status read_entry(struct breach *b)
{
    enum status st;

    const json_t *index = json_object_get(b->json, "index");

    if (!bytes_eq_text(json_member(b->json, "evidence"), BREACH_NAME) ||
        !json_is_integer(index) || json_integer_value(index) < 0)
        return STATUS_MALFORMED;
    b->index = (uint64_t)json_integer_value(index);
    st = read_bytes(b);
    return st == STATUS_OK ? read_said(b->json, &b->said) : st;
}

static enum status read_proofs(struct breach *b, checkpoint_open_fn *open, void *ctx)
{
    struct hash leaf = hash_leaf(b->entry), root;
    struct proof inclusion, consistency;
    uint64_t size = 0;
    enum status st = proof_json_read_size(json_object_get(b->json, "size"), &size);

    if (st == STATUS_OK)
        st = proof_json_read(json_object_get(b->json, "inclusion"), &inclusion);
    if (st == STATUS_OK)
        st = proof_json_read(json_object_get(b->json, "consistency"), &consistency);
    if (st == STATUS_OK)
        st = open(ctx, json_member(b->json, "checkpoint"), &b->cp);
    if (st == STATUS_OK && (b->index >= size || size > b->cp.size))
        st = STATUS_BAD_PROOF;
    if (st == STATUS_OK)
        st = climb(&inclusion, b->index, size, &leaf, &root, &b->root_before);
    if (st == STATUS_OK)
        st = proof_consistency_verify(&consistency, size, b->cp.size, &root, &b->cp.root);
    return st;
}

enum status breach_verify(struct bytes text, checkpoint_open_fn *open, void *ctx,
                          struct breach *out)
{
    enum status st = STATUS_MALFORMED;

    *out = (struct breach){ 0 };
    if (text.len <= BREACH_TEXT_MAX)
        st = json_parse(text, &out->json);
    if (st == STATUS_OK)
        st = read_entry(out);
    if (st == STATUS_OK)
        st = read_proofs(out, open, ctx);
    if (st != STATUS_OK)
        breach_clear(out);
    return st == STATUS_NOT_FOUND ? STATUS_MALFORMED : st;
}

void breach_clear(struct breach *b)
{
    json_decref(b->json);
    buf_clear(&b->decoded);
    *b = (struct breach){ 0 };
}
