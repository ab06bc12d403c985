#include "node/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "link/proof_json.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

static void print_proof(const struct replica_part *p, struct buf *out)
{
    for (size_t i = 0; i < p->proof.n; i++) {
        base64_encode((struct bytes){ p->proof.hashes[i].b, HASH_LEN }, out);
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

enum status evidence_anchor(struct store *s, const struct replica_part *p)
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

static enum status part_leaves(const struct replica_part *p, struct would_be *w)
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
static enum status covered(const struct checkpoint *cp, const struct replica_part *p,
                           struct would_be *w)
{
    struct tree tree;
    struct hash root;
    bool exact;
    enum status st = tile_tree(store_tile_read, w->store, w->held, &tree);

    if (st != STATUS_OK)
        return st;
    for (uint32_t i = 0; i < p->count; i++)
        tree_append(&tree, &w->leaves[i]);
    root = tree_root(&tree);
    return replica_part_vouched(p, cp, tree.size, &root, &exact);
}

/* UTF-8 without a control character but newline. */
static bool is_text(struct bytes entry)
{
    for (size_t i = 0; i < entry.len; i++)
        if (entry.ptr[i] < 0x20 && entry.ptr[i] != '\n')
            return false;
    return utf8_valid(entry);
}

/* What is no text is told in base64: that may be what is wrong with it. */
static int put_entry(json_t *out, struct bytes entry)
{
    struct buf encoded = { 0 };
    int rv;

    if (is_text(entry))
        return json_object_set_new(out, "entry", json_of(entry));
    base64_encode(entry, &encoded);
    rv = json_object_set_new(out, "entry_base64", json_of(buf_bytes(&encoded)));
    buf_clear(&encoded);
    return rv;
}

static json_t *evidence_json(const struct replica_part *p, uint64_t index,
                             struct bytes entry, const struct proof *inclusion,
                             const struct refusal *why)
{
    json_t *out = json_pack("{s:s, s:I, s:s, s:i, s:s, s:I, s:o, s:o, s:o}", "evidence",
                            "avow/evidence/v1", "index", (json_int_t)index, "rule",
                            rule_name(why->rule), "line", (int)why->line, "text",
                            why->text, "size", (json_int_t)(p->from + p->count),
                            "inclusion", proof_json(inclusion), "consistency",
                            proof_json(&p->proof), "checkpoint", json_of(p->checkpoint));

    if (put_entry(out, entry) == 0)
        return out;
    json_decref(out);
    return NULL;
}

static enum status write_file(const char *dir, const char *what, uint64_t number,
                              struct bytes text)
{
    struct buf path = { 0 };
    enum status st;

    buf_printf(&path, "%s/evidence-%s%llu.json", dir, what, (unsigned long long)number);
    st = path.bad ? STATUS_NOMEM : file_replace(buf_str(&path), text, 0644);
    if (st != STATUS_OK)
        say_error("cannot write %s: %s", buf_str(&path), strerror(errno));
    buf_clear(&path);
    return st;
}

static enum status write_json(const char *dir, uint64_t number, const json_t *evidence)
{
    struct buf text = { 0 };
    enum status st = STATUS_NOMEM;

    if (evidence != NULL) {
        json_print_pretty(evidence, &text);
        buf_u8(&text, '\n');
        st = buf_status(&text);
    }
    if (st == STATUS_OK)
        st = write_file(dir, "", number, buf_bytes(&text));
    buf_clear(&text);
    return st;
}

/* --- what vouches for us, and what convicts the log ------------------------------- */

static enum status read_anchor(struct store *s, const char *name, uint64_t size,
                               struct replica_vouch *out)
{
    struct buf text = { 0 };
    struct reader r;
    struct bytes line;
    uint64_t held = 0;
    enum status st = store_setting_get(s, name, &text);

    if (st == STATUS_OK)
        st = store_size(s, &held);
    r = reader_of(buf_bytes(&text));
    if (st == STATUS_OK)
        st = decimal_parse(reader_line(&r), &out->at);
    /* It is written before its part is: then it is of more than we hold. */
    if (st == STATUS_OK && (out->at < size || out->at > held))
        st = STATUS_NOT_FOUND;
    out->proof.n = 0;
    while (st == STATUS_OK && (line = reader_line(&r), line.len > 0)) {
        if (out->proof.n == PROOF_HASHES_MAX)
            st = STATUS_ALTERED;
        else
            st = base64_decode_exact(line, out->proof.hashes[out->proof.n++].b, HASH_LEN);
    }
    buf_reset(&out->checkpoint);
    buf_add(&out->checkpoint, reader_rest(&r));
    if (st == STATUS_OK)
        st = r.bad ? STATUS_ALTERED : buf_status(&out->checkpoint);
    buf_clear(&text);
    return st;
}

static enum status vouch(void *store, uint64_t size, struct replica_vouch *out)
{
    enum status st = store_checkpoint_newest(store, &out->at, &out->checkpoint);

    out->proof.n = 0;
    if (st == STATUS_OK && out->at >= size)
        return st;
    if (st == STATUS_OK || st == STATUS_NOT_FOUND)
        st = read_anchor(store, "anchor", size, out);
    if (st == STATUS_NOT_FOUND)
        st = read_anchor(store, "anchor-before", size, out);
    return st;
}

static enum status open_checkpoint(void *ctx, struct bytes note, struct checkpoint *out)
{
    const struct evidence_log *log = ctx;

    return log_keys_believe(log->store, log->pinned, note, out);
}

static enum status accuse(void *ctx, struct bytes note, struct checkpoint *out)
{
    const struct evidence_log *log = ctx;

    return log_keys_believe_accusing(log->store, log->pinned, note, out);
}

struct replica_view evidence_view(struct evidence_log *log)
{
    return (struct replica_view){ .open = open_checkpoint,
                                  .accuse = accuse,
                                  .open_ctx = log,
                                  .read = store_tile_read,
                                  .read_ctx = log->store,
                                  .vouch = vouch,
                                  .vouch_ctx = log->store };
}

enum status evidence_keep_fork(const char *dir, struct bytes text, uint64_t size)
{
    return write_file(dir, "fork-", size, text);
}

enum status evidence_fork(const char *dir, struct evidence_log *log, struct bytes theirs,
                          const struct checkpoint *cp)
{
    struct replica_view view = evidence_view(log);
    struct buf text = { 0 };
    enum status st = replica_contradiction(&view, theirs, cp, &text);

    if (st == STATUS_OK)
        st = evidence_keep_fork(dir, buf_bytes(&text), cp->size);
    buf_clear(&text);
    return st;
}

static int is_fork(const struct dirent *e)
{
    return strncmp(e->d_name, "evidence-fork-", 14) == 0;
}

enum status evidence_forked(const char *dir, struct evidence_log *log, struct buf *text,
                            uint64_t *size)
{
    struct dirent **all = NULL;
    int n = scandir(dir, &all, is_fork, alphasort);
    enum status st = STATUS_NOT_FOUND;

    for (int i = 0; i < n; i++) {
        struct buf path = { 0 };

        buf_printf(&path, "%s/%s", dir, all[i]->d_name);
        if (st != STATUS_OK &&
            file_read(buf_str(&path), FORK_TEXT_MAX, text) == STATUS_OK)
            st = fork_verify(buf_bytes(text), accuse, log, size);
        buf_clear(&path);
        free(all[i]);
    }
    free(all);
    return st == STATUS_OK ? st : STATUS_NOT_FOUND;
}

enum status evidence_write(const char *dir, const struct checkpoint *cp, struct store *s,
                           const struct replica_part *p, uint64_t index,
                           struct bytes entry, const struct refusal *why)
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
        st = write_json(dir, index, evidence);
    }
    json_decref(evidence);
    free(w.leaves);
    return st;
}
