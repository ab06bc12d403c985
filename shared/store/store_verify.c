/* What is read is what was signed: a note has the hash that the tree lists for it, and
 * the hashes of tiles lead up to the root of the newest checkpoint. So what a disk has
 * altered is never passed on. */
#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"
#include "tlog/checkpoint.h"

static struct {
    pthread_mutex_t lock;
    store_damaged_fn *found;
    void *ctx;
} watcher = { .lock = PTHREAD_MUTEX_INITIALIZER };

void store_watch_damage(store_damaged_fn *found, void *ctx)
{
    pthread_mutex_lock(&watcher.lock);
    watcher.found = found;
    watcher.ctx = ctx;
    pthread_mutex_unlock(&watcher.lock);
}

void store_tell_damage(const char *what)
{
    pthread_mutex_lock(&watcher.lock);
    if (watcher.found != NULL)
        watcher.found(watcher.ctx, what);
    pthread_mutex_unlock(&watcher.lock);
}

static enum status damaged(struct store *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(s->error, sizeof(s->error), fmt, args);
    va_end(args);
    store_tell_damage(s->error);
    return STATUS_ALTERED;
}

enum status store_verify_entry(struct store *s, uint64_t index, struct bytes note)
{
    struct query q = query_of(s, Q_TILE_LEAF);
    struct hash leaf = hash_leaf(note);
    struct bytes listed;
    enum status st;
    bool same = false;

    query_u64(&q, index / TILE_WIDTH);
    query_u64(&q, index % TILE_WIDTH * HASH_LEN + 1);
    st = query_one(&q);
    if (st == STATUS_OK) {
        listed = query_get_bytes(&q, 0);
        same = bytes_eq(listed, (struct bytes){ leaf.b, HASH_LEN });
    }
    st = query_end(&q, st);
    if (st == STATUS_NOT_FOUND || (st == STATUS_OK && !same))
        st = damaged(s, "entry %" PRIu64 " is not what the tree lists there", index);
    return st;
}

/* --- tiles ----------------------------------------------------------------------------
 */

/* Of the newest checkpoint; size 0: there is none. */
static enum status newest(struct store *s, struct checkpoint *cp)
{
    struct buf note = { 0 };
    struct reader r;
    uint64_t size = 0;
    size_t len = 0;
    enum status st = store_checkpoint_newest(s, &size, &note);

    *cp = (struct checkpoint){ .size = 0 };
    if (st == STATUS_OK) {
        r = reader_of(buf_bytes(&note));
        for (int i = 0; i < 3; i++)
            len += reader_line(&r).len + 1;
        if (r.bad ||
            checkpoint_parse(bytes_slice(buf_bytes(&note), 0, len), cp) != STATUS_OK ||
            cp->size != size)
            st = damaged(s, "the checkpoint of size %" PRIu64 " is none", size);
    }
    buf_clear(&note);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status verified(struct store *s, const struct checkpoint *cp, unsigned level,
                            uint64_t n, unsigned width, struct hash out[TILE_WIDTH]);

/* The tile above lists its root. */
static enum status verify_full(struct store *s, const struct checkpoint *cp,
                               unsigned level, uint64_t n)
{
    struct store_kept_tile *t = &s->kept[level];
    struct hash above[TILE_WIDTH], root;
    unsigned place = (unsigned)(n % TILE_WIDTH);
    enum status st;

    if (t->valid && t->n == n)
        return STATUS_OK;
    t->valid = false;
    st = store_tile_get(s, level, n, TILE_WIDTH, t->hashes);
    if (st == STATUS_OK)
        st = verified(s, cp, level + 1, n / TILE_WIDTH, place + 1, above);
    if (st != STATUS_OK)
        return st;
    root = tile_root(t->hashes);
    if (!hash_eq(&root, &above[place]))
        return damaged(s, "tile %u/%" PRIu64 " is not what the one above lists", level,
                       n);
    t->n = n;
    t->valid = true;
    return STATUS_OK;
}

static enum status get_tile(void *ctx, unsigned level, uint64_t n, unsigned width,
                            struct hash out[TILE_WIDTH])
{
    return store_tile_get(ctx, level, n, width, out);
}

/* The rightmost ones, together, give the root. */
static enum status verify_edge(struct store *s, const struct checkpoint *cp)
{
    struct tree tree;
    struct hash root;
    enum status st;

    if (s->edge_size == cp->size && hash_eq(&s->edge_root, &cp->root))
        return STATUS_OK;
    st = tile_tree(get_tile, s, cp->size, &tree);
    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    if (!hash_eq(&root, &cp->root))
        return damaged(
            s, "the tiles do not lead to the root that is signed for size %" PRIu64,
            cp->size);
    s->edge_size = cp->size;
    s->edge_root = cp->root;
    return STATUS_OK;
}

static enum status verified(struct store *s, const struct checkpoint *cp, unsigned level,
                            uint64_t n, unsigned width, struct hash out[TILE_WIDTH])
{
    unsigned covered = tile_width(level, n, cp->size);
    enum status st = STATUS_OK;

    assert(width >= 1 && width <= TILE_WIDTH);
    if (covered == TILE_WIDTH && level < STORE_TILE_LEVELS - 1) {
        st = verify_full(s, cp, level, n);
        if (st == STATUS_OK)
            memcpy(out, s->kept[level].hashes, width * sizeof(out[0]));
        return st;
    }
    if (covered >= width)
        st = verify_edge(s, cp);
    /* What no checkpoint covers yet a node has been vouched for, and reads as it is. */
    return st == STATUS_OK ? store_tile_get(s, level, n, width, out) : st;
}

enum status store_verify_tile(struct store *s, unsigned level, uint64_t n, unsigned width,
                              struct hash out[TILE_WIDTH])
{
    struct checkpoint cp;
    enum status st = newest(s, &cp);

    return st == STATUS_OK ? verified(s, &cp, level, n, width, out) : st;
}
