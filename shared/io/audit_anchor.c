/* shared/io/audit_anchor.c: a replica that ends between two checkpoints.
 *
 * A follower keeps a part of the log before it has reached the checkpoint that covers it;
 * that checkpoint and the proof are its anchor (docs/replication.md 1.5).
 */
#include "io/audit_internal.h"

#include "base/codec.h"
#include "tlog/checkpoint.h"
#include "tlog/proof.h"

static enum status parse(struct bytes text, uint64_t *size, struct proof *proof,
                         struct bytes *checkpoint)
{
    struct reader r = reader_of(text);
    struct bytes line = reader_line(&r);

    proof->n = 0;
    if (decimal_parse(line, size) != STATUS_OK)
        return STATUS_MALFORMED;
    while ((line = reader_line(&r)).len > 0) {
        if (proof->n == PROOF_HASHES_MAX ||
            base64_decode_exact(line, proof->hashes[proof->n].b, HASH_LEN) != STATUS_OK)
            return STATUS_MALFORMED;
        proof->n++;
    }
    *checkpoint = reader_rest(&r);
    return r.bad ? STATUS_MALFORMED : STATUS_OK;
}

static enum status check_setting(struct audit *a, const struct log_keys *keys,
                                 const char *name)
{
    struct hash root = tree_root(&a->tree);
    struct buf text = { 0 };
    struct bytes note;
    struct checkpoint cp;
    struct proof proof;
    uint64_t size;
    enum status st = store_setting_get(a->store, name, &text);

    if (st == STATUS_OK)
        st = parse(buf_bytes(&text), &size, &proof, &note);
    if (st == STATUS_OK && size != a->counts->size)
        st = STATUS_NOT_FOUND;
    if (st == STATUS_OK)
        st = log_keys_open(keys, a->counts->size, note, &cp);
    if (st == STATUS_OK)
        st = proof_consistency_verify(&proof, size, cp.size, &root, &cp.root);
    buf_clear(&text);
    return st;
}

bool audit_anchored(struct audit *a, const struct log_keys *keys)
{
    if (check_setting(a, keys, "anchor") != STATUS_OK &&
        check_setting(a, keys, "anchor-before") != STATUS_OK)
        return false;
    a->counts->checkpoints++;
    return true;
}
