/* shared/io/audit_tiles.c: tiles, checkpoints, cosignatures. */
#include "io/audit_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "ledger/rows.h"
#include "tlog/checkpoint.h"

/* --- tiles ------------------------------------------------------------------------ */

static enum status compare_tile(struct audit *a, unsigned level)
{
    struct hash theirs[TILE_WIDTH];
    unsigned width = a->tiles.level[level].width;
    uint64_t n = a->tiles.level[level].n;
    enum status st = store_tile_read(a->store, level, n, width, theirs);

    a->counts->tiles++;
    if (st == STATUS_NOT_FOUND || st == STATUS_ALTERED) {
        audit_found(a, "it is missing or cut short", "tile %u/%" PRIu64, level, n);
        return STATUS_OK;
    }
    for (unsigned i = 0; st == STATUS_OK && i < width; i++) {
        if (hash_eq(&theirs[i], &a->tiles.level[level].hashes[i]))
            continue;
        if (level == 0)
            audit_found(a, "its hash is not the one in the tree", "entry %" PRIu64,
                        n * TILE_WIDTH + i);
        else
            audit_found(a, "a hash is not that of the tile below it",
                        "tile %u/%" PRIu64 " hash %u", level, n, i);
    }
    return st;
}

/* Under level 0 come the leaves; a full tile's root goes one level up. */
enum status audit_leaf(struct audit *a, uint64_t index, const struct hash *leaf)
{
    struct hash h = *leaf;
    enum status st = STATUS_OK;

    (void)index;
    tree_append(&a->tree, leaf);
    for (unsigned level = 0; level < AUDIT_LEVELS; level++) {
        a->tiles.level[level].hashes[a->tiles.level[level].width++] = h;
        if (a->tiles.level[level].width < TILE_WIDTH)
            break;
        st = compare_tile(a, level);
        if (st != STATUS_OK)
            break;
        h = tile_root(a->tiles.level[level].hashes);
        a->tiles.level[level].width = 0;
        a->tiles.level[level].n++;
    }
    return st;
}

enum status audit_tiles_end(struct audit *a)
{
    enum status st = STATUS_OK;

    for (unsigned level = 0; st == STATUS_OK && level < AUDIT_LEVELS; level++)
        if (a->tiles.level[level].width > 0)
            st = compare_tile(a, level);
    return st;
}

/* --- checkpoints ------------------------------------------------------------------ */

/* The keys that the entries state; the pinned one must stand in entry 0. */
static enum status log_keys(struct audit *a, struct log_keys *out)
{
    const struct verifier_key *pinned = a->o->log_key;
    const struct log_key *first;
    enum status st = ledger_log_keys(a->ledger, out);

    if (st != STATUS_OK)
        return st;
    first = pinned != NULL ? log_keys_find(out, pinned) : out->list;
    if (out->n > 0 && first != NULL && first->since == 0)
        return STATUS_OK;
    audit_found(a,
                out->n == 0 ? "entry 0 states no key of the log"
                            : "entry 0 does not state the key that is pinned",
                "log key");
    log_keys_clear(out);
    return pinned != NULL ? log_keys_pinned(pinned, out) : STATUS_OK;
}

/* Its signature, and its root by the tree as we derived it; for an older one by the
 * tiles, which were compared with it. */
static enum status check_checkpoint(struct audit *a, uint64_t size, struct bytes note,
                                    const struct log_keys *keys)
{
    struct checkpoint cp;
    struct tree tree = a->tree;
    struct hash root;
    enum status st = log_keys_open(keys, UINT64_MAX, note, &cp);

    a->counts->checkpoints++;
    if (st != STATUS_OK) {
        audit_found(a,
                    st == STATUS_BAD_SIG ? "the log's signature does not verify"
                                         : "it is not one of this log",
                    "checkpoint %" PRIu64, size);
        return STATUS_OK;
    }
    st = size == a->counts->size ? STATUS_OK
                                 : tile_tree(store_tile_read, a->store, size, &tree);
    if (st == STATUS_OK) {
        root = tree_root(&tree);
        if (cp.size != size || !hash_eq(&cp.root, &root))
            audit_found(a, "its root is not that of the entries", "checkpoint %" PRIu64,
                        size);
    }
    return st;
}

/* The cosigner's key, as the log states it. */
static bool cosigner_key(struct audit *a, const struct note_signature *sig,
                         struct verifier_key *out)
{
    struct buf name = { 0 };
    json_t *row = NULL;
    uint64_t number;
    bool found = false;

    rows_key_key(sig->name, sig->key_id, &name);
    if (rows_find(a->scratch, STORE_KEY, buf_bytes(&name), &number, &row) == STATUS_OK)
        found = verifier_key_parse(json_member(row, "key"), out) == STATUS_OK;
    json_decref(row);
    buf_clear(&name);
    return found;
}

static enum status check_cosignatures(struct audit *a, uint64_t size, struct bytes text)
{
    struct buf note = { 0 };
    struct note *parsed = calloc(1, sizeof(*parsed));
    struct verifier_key key;
    size_t n = 0;
    enum status st = parsed == NULL ? STATUS_NOMEM : STATUS_OK;

    buf_add(&note, text);
    buf_text(&note, "\n");
    if (st == STATUS_OK)
        st = store_cosignatures(a->store, size, &note, &n);
    if (st == STATUS_OK && n > 0) {
        if (note_parse(buf_bytes(&note), parsed) != STATUS_OK)
            audit_found(a, "they are no signature lines", "cosignatures of %" PRIu64,
                        size);
        for (size_t i = 0; i < parsed->n; i++) {
            /* By a witness that the log does not know: for those who know it. */
            if (!cosigner_key(a, &parsed->sigs[i], &key))
                continue;
            a->counts->cosignatures++;
            if (!cosignature_verify(&parsed->sigs[i], text, &key, NULL))
                audit_found(a, "it does not verify by a cosigner that the log knows",
                            "cosignature of %" PRIu64 " by " BYTES_FMT, size,
                            BYTES_ARG(parsed->sigs[i].name));
        }
    }
    free(parsed);
    buf_clear(&note);
    return st;
}

static enum status check_one(struct audit *a, uint64_t size, const struct log_keys *keys)
{
    struct buf note = { 0 };
    size_t end;
    enum status st = store_checkpoint_get(a->store, size, &note);

    if (st == STATUS_NOT_FOUND) {
        if (size != a->counts->size || !audit_anchored(a, keys))
            audit_found(a, "it is missing", "checkpoint %" PRIu64, size);
        st = STATUS_OK;
    } else if (st == STATUS_OK) {
        struct bytes text = buf_bytes(&note);
        uint8_t *blank = memmem(note.ptr, note.len, "\n\n", 2);

        st = check_checkpoint(a, size, text, keys);
        end = blank == NULL ? note.len : (size_t)(blank - note.ptr) + 1;
        if (st == STATUS_OK)
            st = check_cosignatures(a, size, bytes_slice(text, 0, end));
    }
    buf_clear(&note);
    return st;
}

/* Where the log's keys change; a replica may lack some. */
static enum status check_changes(struct audit *a, const struct log_keys *keys)
{
    struct buf note = { 0 };
    uint64_t at = 0;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && log_keys_change(keys, at, &at) && at < a->counts->size) {
        st = store_checkpoint_get(a->store, at, &note);
        if (st == STATUS_OK)
            st = check_checkpoint(a, at, buf_bytes(&note), keys);
        else if (st == STATUS_NOT_FOUND)
            st = STATUS_OK;
        buf_reset(&note);
    }
    buf_clear(&note);
    return st;
}

enum status audit_checkpoints(struct audit *a)
{
    uint64_t sizes[256];
    size_t n = sizeof(sizes) / sizeof(*sizes);
    struct log_keys keys = { 0 };
    enum status st;

    if (a->counts->size == 0)
        return STATUS_OK;
    st = log_keys(a, &keys);
    if (st == STATUS_OK && keys.n == 0)
        return STATUS_OK;
    if (st == STATUS_OK)
        st = check_one(a, a->counts->size, &keys);
    if (st == STATUS_OK)
        st = store_cosigned_sizes(a->store, sizes, &n);
    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        if (sizes[i] < a->counts->size)
            st = check_one(a, sizes[i], &keys);
    if (st == STATUS_OK)
        st = check_changes(a, &keys);
    log_keys_clear(&keys);
    return st;
}
