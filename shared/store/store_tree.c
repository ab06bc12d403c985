/* Tiles, checkpoints, cosignatures. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/store_internal.h"
#include "tlog/checkpoint.h"

enum {
    /* Pruning looks through the table, so it waits until this many have gathered. */
    CHECKPOINTS_MAX = 4096,
    /* store.h states these two. Cosigners answer once a second at most: a quarter of an
     * hour of them for a slow quorum to complete. */
    COSIGNED_KEPT = 1024,
    UNCOSIGNED_KEPT = 2048,
};

/* Tiles lie in one table, level by level. */
static uint64_t place_of(unsigned level, uint64_t n)
{
    return ((uint64_t)level << 56) + n;
}

static bool place_valid(unsigned level, uint64_t n)
{
    return level < 64 && n < UINT64_C(1) << 56;
}

enum status store_tile_put(struct store *s, unsigned level, uint64_t n,
                           const struct hash hashes[], unsigned width)
{
    struct query q = query_of(s, Q_TILE_PUT);

    assert(s->in_tx && place_valid(level, n) && width >= 1 && width <= TILE_WIDTH);
    query_u64(&q, place_of(level, n));
    query_blob(&q, (struct bytes){ hashes[0].b, width * sizeof(hashes[0]) });
    return query_run(&q);
}

static enum status copy_hashes(struct bytes from, unsigned width, struct hash out[])
{
    if (from.len % HASH_LEN != 0 || from.len > TILE_WIDTH * HASH_LEN)
        return STATUS_ALTERED;
    if (from.len < width * sizeof(out[0]))
        return STATUS_NOT_FOUND;
    memcpy(out, from.ptr, width * sizeof(out[0]));
    return STATUS_OK;
}

enum status store_tile_get(struct store *s, unsigned level, uint64_t n, unsigned width,
                           struct hash out[TILE_WIDTH])
{
    struct query q;
    enum status st;

    assert(width >= 1 && width <= TILE_WIDTH);
    if (!place_valid(level, n))
        return STATUS_NOT_FOUND;
    q = query_of(s, Q_TILE_GET);
    query_u64(&q, place_of(level, n));
    st = query_one(&q);
    if (st == STATUS_OK)
        st = copy_hashes(query_get_bytes(&q, 0), width, out);
    return query_end(&q, st);
}

/* Who writes has checked what it has when it opened it, and is in the midst of changing
 * it. */
enum status store_tile_read(void *ctx, unsigned level, uint64_t n, unsigned width,
                            struct hash out[TILE_WIDTH])
{
    struct store *s = ctx;

    return store_writes(s) ? store_tile_get(s, level, n, width, out)
                           : store_verify_tile(s, level, n, width, out);
}

enum status store_checkpoint_put(struct store *s, uint64_t size, struct bytes note)
{
    struct query q;
    bool own;
    enum status st = store_own_begin(s, &own);

    if (st != STATUS_OK)
        return st;
    q = query_of(s, Q_CHECKPOINT_PUT);
    query_u64(&q, size);
    query_blob(&q, note);
    st = query_run(&q);
    if (st == STATUS_OK)
        s->now.checkpoints++; /* or one replaced: the next pruning counts anew */
    return store_own_end(s, own, st);
}

static enum status take_blob(struct query *q, int column, struct buf *out)
{
    enum status st = query_one(q);

    if (st == STATUS_OK) {
        buf_add(out, query_get_bytes(q, column));
        st = buf_status(out);
    }
    return st;
}

enum status store_checkpoint_keep(struct store *s, uint64_t size)
{
    char name[64];

    snprintf(name, sizeof(name), CHECKPOINT_KEPT "%" PRIu64, size);
    return store_setting_put(s, name, BYTES_LIT("1"));
}

enum status store_checkpoint_get(struct store *s, uint64_t size, struct buf *note)
{
    struct query q;

    buf_reset(note);
    if (size > INT64_MAX)
        return STATUS_NOT_FOUND;
    q = query_of(s, Q_CHECKPOINT_GET);
    query_u64(&q, size);
    return query_end(&q, take_blob(&q, 0, note));
}

enum status store_checkpoint_newest(struct store *s, uint64_t *size, struct buf *note)
{
    struct query q = query_of(s, Q_CHECKPOINT_NEWEST);
    enum status st;

    buf_reset(note);
    st = take_blob(&q, 1, note);
    *size = st == STATUS_OK ? query_get_u64(&q, 0) : 0;
    return query_end(&q, st);
}

enum status store_checkpoints_load(struct store *s)
{
    struct query q = query_of(s, Q_CHECKPOINT_COUNT);

    return query_number(&q, &s->now.checkpoints);
}

bool store_checkpoints_prune_due(const struct store *s)
{
    return s->now.checkpoints > CHECKPOINTS_MAX;
}

/* One query with one number. */
static enum status prune_below(struct store *s, int name, uint64_t size)
{
    struct query q = query_of(s, name);

    query_u64(&q, size);
    return query_run(&q);
}

/* The size below which nothing cosigned is kept; 0: all is. */
static enum status cosigned_edge(struct store *s, uint64_t *size)
{
    struct query q = query_of(s, Q_COSIGNED_SIZES);

    query_u64(&q, 1);
    query_u64(&q, COSIGNED_KEPT - 1);
    return query_number(&q, size);
}

static enum status edge(struct store *s, uint64_t place, uint64_t *size)
{
    struct query q = query_of(s, Q_CHECKPOINT_EDGE);

    query_u64(&q, place);
    return query_number(&q, size);
}

enum status store_checkpoints_prune(struct store *s)
{
    uint64_t cosigned = 0, newest = 0;
    enum status st = cosigned_edge(s, &cosigned);

    if (st == STATUS_OK)
        st = edge(s, UNCOSIGNED_KEPT - 1, &newest);
    if (st == STATUS_OK)
        st = prune_below(s, Q_CHECKPOINT_PRUNE, newest);
    if (st == STATUS_OK)
        st = prune_below(s, Q_CHECKPOINT_PRUNE_COSIGNED, cosigned);
    if (st == STATUS_OK)
        st = prune_below(s, Q_COSIGNATURE_PRUNE, cosigned);
    return st == STATUS_OK ? store_checkpoints_load(s) : st;
}

static uint64_t line_time(struct bytes line)
{
    struct note_signature sig;

    return note_signature_parse(line, &sig) == STATUS_OK ? cosignature_time(&sig) : 0;
}

/* STATUS_EXISTS: a newer line by this key is here: somebody says again what it said. */
static enum status is_newest(struct store *s, uint64_t size, struct bytes name,
                             uint32_t key_id, struct bytes line)
{
    struct query q = query_of(s, Q_COSIGNATURE_GET);
    enum status st;

    query_u64(&q, size);
    query_text(&q, name);
    query_u64(&q, key_id);
    st = query_one(&q);
    if (st == STATUS_OK && line_time(query_get_bytes(&q, 0)) > line_time(line))
        st = STATUS_EXISTS;
    st = query_end(&q, st);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status store_cosignature_put(struct store *s, uint64_t size, struct bytes name,
                                  uint32_t key_id, struct bytes line)
{
    struct query q;
    bool own;
    enum status st = store_own_begin(s, &own);

    if (st != STATUS_OK)
        return st;
    st = is_newest(s, size, name, key_id, line);
    if (st != STATUS_OK)
        return store_own_end(s, own, st == STATUS_EXISTS ? STATUS_OK : st);
    q = query_of(s, Q_COSIGNATURE_PUT);
    query_u64(&q, size);
    query_text(&q, name);
    query_u64(&q, key_id);
    query_blob(&q, line);
    return store_own_end(s, own, query_run(&q));
}

enum status store_cosignatures(struct store *s, uint64_t size, struct buf *out,
                               size_t *count)
{
    struct query q;

    *count = 0;
    if (size > INT64_MAX)
        return STATUS_OK;
    q = query_of(s, Q_COSIGNATURES);
    query_u64(&q, size);
    while (query_step(&q) == STEP_ROW) {
        buf_add(out, query_get_bytes(&q, 0));
        ++*count;
    }
    return query_end(&q, buf_status(out));
}

enum status store_cosigned_sizes(struct store *s, uint64_t sizes[], size_t *n)
{
    struct query q = query_of(s, Q_COSIGNED_SIZES);
    size_t room = *n;

    *n = 0;
    query_u64(&q, room);
    query_u64(&q, 0);
    while (*n < room && query_step(&q) == STEP_ROW)
        sizes[(*n)++] = query_get_u64(&q, 0);
    return query_end(&q, STATUS_OK);
}
