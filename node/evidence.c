#include "node/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

static void print_proof(const struct sync_part *p, struct buf *out)
{
    for (size_t i = 0; i < message_proof_count(&p->answer); i++) {
        struct hash h = message_proof(&p->answer, i);

        base64_encode((struct bytes){ h.b, sizeof(h.b) }, out);
        buf_u8(out, '\n');
    }
}

/* Inside a transaction. The anchor of what we hold now steps back. */
static enum status keep_anchor_before(struct store *s, uint64_t held)
{
    struct buf text = { 0 };
    struct reader r;
    uint64_t size;
    enum status st = store_setting_get(s, "anchor", &text);

    r = reader_of(buf_bytes(&text));
    if (st == STATUS_OK && decimal_parse(reader_line(&r), &size) == STATUS_OK &&
        size == held)
        st = store_setting_put(s, "anchor-before", buf_bytes(&text));
    buf_clear(&text);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status evidence_anchor(struct store *s, const struct sync_part *p)
{
    struct buf text = { 0 };
    enum status st;

    buf_printf(&text, "%llu\n", (unsigned long long)(p->from + p->count));
    print_proof(p, &text);
    buf_u8(&text, '\n');
    buf_add(&text, p->checkpoint);
    st = text.bad ? STATUS_NOMEM : store_begin(s);
    if (st == STATUS_OK) {
        st = keep_anchor_before(s, p->from);
        if (st == STATUS_OK)
            st = store_setting_put(s, "anchor", buf_bytes(&text));
        st = store_end(s, st);
    }
    buf_clear(&text);
    return st;
}

/* The tree that a part would make: the tiles we hold, and the part's leaves behind them.
 */
struct would_be {
    struct store *store;
    uint64_t held;
    struct hash *leaves;
};

static enum status read_leaves(struct would_be *w, uint64_t n, unsigned width,
                               struct hash out[TILE_WIDTH])
{
    uint64_t first = n * TILE_WIDTH;
    unsigned have = 0;
    enum status st = STATUS_OK;

    if (first < w->held)
        have = w->held - first < width ? (unsigned)(w->held - first) : width;
    if (have > 0)
        st = store_tile_read(w->store, 0, n, have, out);
    for (unsigned i = have; i < width; i++)
        out[i] = w->leaves[first + i - w->held];
    return st;
}

static enum status read_would_be(void *ctx, unsigned level, uint64_t n, unsigned width,
                                 struct hash out[TILE_WIDTH])
{
    struct would_be *w = ctx;
    unsigned have = tile_width(level, n, w->held);
    struct hash *below;
    enum status st = STATUS_OK;

    if (level == 0)
        return read_leaves(w, n, width, out);
    if (have > width)
        have = width;
    if (have > 0)
        st = store_tile_read(w->store, level, n, have, out);
    below = malloc(TILE_WIDTH * sizeof(*below));
    if (below == NULL)
        return STATUS_NOMEM;
    for (unsigned i = have; st == STATUS_OK && i < width; i++) {
        st = read_would_be(w, level - 1, n * TILE_WIDTH + i, TILE_WIDTH, below);
        for (unsigned step = TILE_WIDTH; step > 1; step /= 2)
            for (unsigned k = 0; k < step / 2; k++)
                below[k] = hash_node(&below[2 * k], &below[2 * k + 1]);
        out[i] = below[0];
    }
    free(below);
    return st;
}

static enum status part_leaves(const struct sync_part *p, struct would_be *w)
{
    struct reader r = reader_of(p->bundle);
    enum status st = STATUS_OK;

    w->leaves = calloc(p->count, sizeof(*w->leaves));
    if (w->leaves == NULL)
        return STATUS_NOMEM;
    for (uint32_t i = 0; st == STATUS_OK && i < p->count; i++) {
        struct bytes entry;

        st = bundle_next(&r, &entry);
        if (st == STATUS_OK)
            w->leaves[i] = hash_leaf(entry);
    }
    return st;
}

/* Does the log's signed checkpoint really cover the whole part, the bad entry with it? */
static enum status covered(const struct checkpoint *cp, const struct sync_part *p,
                           struct would_be *w)
{
    struct proof proof;
    struct tree tree;
    struct hash root;
    enum status st = tile_tree(store_tile_read, w->store, w->held, &tree);

    if (st != STATUS_OK)
        return st;
    for (uint32_t i = 0; i < p->count; i++)
        tree_append(&tree, &w->leaves[i]);
    root = tree_root(&tree);
    if (cp->size == tree.size)
        return hash_eq(&root, &cp->root) ? STATUS_OK : STATUS_BAD_PROOF;
    proof.n = message_proof_count(&p->answer);
    for (size_t i = 0; i < proof.n; i++)
        proof.hashes[i] = message_proof(&p->answer, i);
    return proof_consistency_verify(&proof, tree.size, cp->size, &root, &cp->root);
}

static json_t *hash_text(const struct hash *h)
{
    struct buf text = { 0 };
    json_t *out;

    base64_encode((struct bytes){ h->b, HASH_LEN }, &text);
    out = json_of(buf_bytes(&text));
    buf_clear(&text);
    return out;
}

static json_t *hash_list(const struct hash *hashes, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, hash_text(&hashes[i]));
    return list;
}

static json_t *evidence_json(const struct sync_part *p, uint64_t index,
                             struct bytes entry, const struct proof *inclusion,
                             const struct refusal *why)
{
    struct hash consistency[PROOF_HASHES_MAX];
    size_t n = message_proof_count(&p->answer);

    for (size_t i = 0; i < n; i++)
        consistency[i] = message_proof(&p->answer, i);
    return json_pack("{s:s, s:I, s:s, s:i, s:s, s:o, s:I, s:o, s:o, s:o}", "evidence",
                     "avow/evidence/v1", "index", (json_int_t)index, "rule",
                     rule_name(why->rule), "line", (int)why->line, "text", why->text,
                     "entry", json_of(entry), "size", (json_int_t)(p->from + p->count),
                     "inclusion", hash_list(inclusion->hashes, inclusion->n),
                     "consistency", hash_list(consistency, n), "checkpoint",
                     json_of(p->checkpoint));
}

static enum status write_file(const char *dir, const char *what, uint64_t number,
                              const json_t *evidence)
{
    struct buf path = { 0 }, text = { 0 };
    enum status st;

    if (evidence == NULL)
        return STATUS_NOMEM;
    buf_printf(&path, "%s/evidence-%s%llu.json", dir, what, (unsigned long long)number);
    json_print_pretty(evidence, &text);
    buf_u8(&text, '\n');
    st = path.bad || text.bad ? STATUS_NOMEM
                              : file_replace(buf_str(&path), buf_bytes(&text), 0644);
    if (st != STATUS_OK)
        say_error("cannot write %s: %s", buf_str(&path), strerror(errno));
    buf_clear(&path);
    buf_clear(&text);
    return st;
}

/* The proof from the tree of `size` to our newest checkpoint, which vouches for it; where
 * there is none so large, the anchor stands in its place. */
static enum status our_side(struct store *s, uint64_t size, struct buf *note,
                            struct proof *proof)
{
    uint64_t newest = 0;
    enum status st = store_checkpoint_newest(s, &newest, note);

    proof->n = 0;
    if (st == STATUS_OK && newest >= size)
        return proof_consistency(store_tile_read, s, size, newest, proof);
    if (st != STATUS_OK && st != STATUS_NOT_FOUND)
        return st;
    buf_reset(note);
    st = store_setting_get(s, "anchor", note);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status evidence_fork(const char *dir, struct store *s, struct bytes theirs,
                          uint64_t size)
{
    struct buf ours = { 0 };
    struct proof proof;
    struct tree tree;
    struct hash root;
    json_t *evidence;
    enum status st = tile_tree(store_tile_read, s, size, &tree);

    if (st == STATUS_OK)
        st = our_side(s, size, &ours, &proof);
    if (st == STATUS_OK) {
        root = tree_root(&tree);
        evidence =
            json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "evidence",
                      "avow/evidence-fork/v1", "size", (json_int_t)size, "root",
                      hash_text(&root), "consistency", hash_list(proof.hashes, proof.n),
                      "ours", json_of(buf_bytes(&ours)), "theirs", json_of(theirs));
        st = write_file(dir, "fork-", size, evidence);
        json_decref(evidence);
    }
    buf_clear(&ours);
    return st;
}

enum status evidence_write(const char *dir, const struct checkpoint *cp, struct store *s,
                           const struct sync_part *p, uint64_t index, struct bytes entry,
                           const struct refusal *why)
{
    struct would_be w = { .store = s, .held = p->from };
    struct proof inclusion;
    json_t *evidence = NULL;
    enum status st = part_leaves(p, &w);

    if (st == STATUS_OK)
        st = covered(cp, p, &w);
    if (st == STATUS_OK)
        st = proof_inclusion(read_would_be, &w, index, p->from + p->count, &inclusion);
    if (st == STATUS_OK && dir != NULL) {
        evidence = evidence_json(p, index, entry, &inclusion, why);
        st = write_file(dir, "", index, evidence);
    }
    json_decref(evidence);
    free(w.leaves);
    return st;
}
