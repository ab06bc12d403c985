/* shared/io/link_http_tiles.c: entries and consistency proofs over HTTP, from bundles and
 * tiles (C2SP tlog-tiles; docs/replication.md 7.2 to 7.4). */
#include "io/link_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/log_keys.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

#define STATUS_MAX ((size_t)1024 * 1024)
/* Of an ENTRIES answer, all but the bundle: numbers, proof, checkpoint. */
#define AROUND_BUNDLE_MAX (64 + PROOF_HASHES_MAX * HASH_LEN + CHECKPOINT_MAX)

void link_http_forget(struct http_link *l)
{
    for (size_t i = 0; i < LINK_HTTP_LEVELS; i++)
        l->tiles[i].width = 0;
    l->bundle_width = 0;
    buf_clear(&l->bundle);
}

static enum status get_tile(struct http_link *l, const struct tile_name *name, size_t max,
                            struct buf *out)
{
    struct buf path = { 0 };
    enum status st;

    buf_text(&path, "/log/tile/");
    tile_name_print(name, &path);
    st = buf_status(&path);
    if (st == STATUS_OK)
        st = link_http_get(l, buf_str(&path), max, l->until_ms, out);
    buf_clear(&path);
    return st;
}

/* A tile_read_fn: of the tree of l->size. */
static enum status read_tile(void *ctx, unsigned level, uint64_t n, unsigned width,
                             struct hash out[TILE_WIDTH])
{
    struct http_link *l = ctx;
    struct tile_name name = { level, n, tile_width(level, n, l->size) };
    struct link_http_tile *tile;
    struct buf body = { 0 };
    enum status st = STATUS_OK;

    if (level >= LINK_HTTP_LEVELS || name.width < width)
        return STATUS_NOT_FOUND;
    tile = &l->tiles[level];
    if (tile->width < width || tile->n != n) {
        st = get_tile(l, &name, TILE_WIDTH * HASH_LEN, &body);
        if (st == STATUS_OK && body.len != (size_t)name.width * HASH_LEN)
            st = STATUS_MALFORMED;
        if (st == STATUS_OK) {
            memcpy(tile->hashes, body.ptr, body.len);
            tile->n = n;
            tile->width = name.width;
        }
        buf_clear(&body);
    }
    if (st == STATUS_OK)
        memcpy(out, tile->hashes, width * sizeof(*out));
    return st;
}

/* --- the checkpoint --------------------------------------------------------------- */

/* The first size above `from` at which the log's keys change, where that is below *size.
 * Asked for only after the checkpoint of *size was shown, so that none is missed. */
static enum status look_for_change(struct http_link *l, uint64_t from, uint64_t *size)
{
    struct log_keys keys = { 0 };
    struct buf body = { 0 };
    json_t *json = NULL;
    uint64_t change;
    enum status st = link_http_get(l, "/api/v1/status", STATUS_MAX, l->until_ms, &body);

    if (st == STATUS_OK)
        st = json_parse(buf_bytes(&body), &json);
    if (st == STATUS_OK)
        st = log_keys_of(json, &keys);
    if (st == STATUS_OK && log_keys_change(&keys, from, &change) && change < *size)
        *size = change;
    log_keys_clear(&keys);
    json_decref(json);
    buf_clear(&body);
    return st == STATUS_ALTERED ? STATUS_MALFORMED : st;
}

/* docs/replication.md 5.2:
 *   A part ends at the latest where the log's keys change, and comes with the checkpoint
 *   of just that size. */
static enum status choose_checkpoint(struct http_link *l, uint64_t from, struct buf *note)
{
    struct buf path = { 0 };
    uint64_t newest = 0;
    enum status st =
        link_http_get(l, "/log/checkpoint", CHECKPOINT_MAX, l->until_ms, note);

    l->size = 0;
    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* an empty log */
    st = link_http_size(buf_bytes(note), &newest);
    l->size = newest;
    if (st == STATUS_OK && from < newest)
        st = look_for_change(l, from, &l->size);
    if (st != STATUS_OK || l->size == newest)
        return st;
    buf_reset(note);
    buf_printf(&path, "/log/checkpoint/%llu", (unsigned long long)l->size);
    st = buf_status(&path);
    if (st == STATUS_OK)
        st = link_http_get(l, buf_str(&path), CHECKPOINT_MAX, l->until_ms, note);
    buf_clear(&path);
    return st;
}

/* --- entries ---------------------------------------------------------------------- */

static enum status fetch_bundle(struct http_link *l, uint64_t n)
{
    struct tile_name name = { TILE_ENTRIES, n, tile_width(0, n, l->size) };
    enum status st;

    if (l->bundle_n == n && l->bundle_width >= name.width)
        return STATUS_OK;
    l->bundle_width = 0;
    buf_reset(&l->bundle);
    st = get_tile(l, &name, BUNDLE_MAX, &l->bundle);
    if (st == STATUS_OK) {
        l->bundle_n = n;
        l->bundle_width = name.width;
    }
    return st;
}

/* Of the bundle that was fetched, entries from *at on, as far as the tree goes and there
 * is room. *full: no more goes in. */
static enum status add_from_bundle(struct http_link *l, uint64_t *at, size_t room,
                                   struct buf *out, bool *full)
{
    struct reader r = reader_of(buf_bytes(&l->bundle));
    uint64_t i = l->bundle_n * TILE_WIDTH, end = i + l->bundle_width;
    enum status st = STATUS_OK;

    for (; st == STATUS_OK && i < end && i < l->size; i++) {
        struct bytes entry;

        st = r.len > 0 ? bundle_next(&r, &entry) : STATUS_MALFORMED;
        if (st != STATUS_OK || i < *at)
            continue;
        *full = out->len > 0 && out->len + 2 + entry.len > room;
        if (*full)
            return STATUS_OK;
        bundle_add(out, entry);
        ++*at;
    }
    return st == STATUS_OK ? buf_status(out) : st;
}

/* From *at on, which goes on with each entry. Where half of the time is over, what there
 * is has to do. */
static enum status add_entries(struct http_link *l, size_t room, struct buf *bundle,
                               uint64_t *at)
{
    uint64_t now = clock_ms();
    uint64_t enough_ms = now + (l->until_ms > now ? (l->until_ms - now) / 2 : 0);
    bool full = false;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && !full && *at < l->size &&
           (bundle->len == 0 || clock_ms() < enough_ms)) {
        st = fetch_bundle(l, *at / TILE_WIDTH);
        if (st == STATUS_OK)
            st = add_from_bundle(l, at, room, bundle, &full);
    }
    return st;
}

enum status link_http_entries(struct http_link *l, const struct message *rq,
                              uint64_t until_ms, struct buf *out)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    uint64_t from = rq->u.entries.from, at = from;
    size_t room = LINK_FRAME_MAX - AROUND_BUNDLE_MAX;
    struct buf note = { 0 }, bundle = { 0 };
    struct proof proof = { .n = 0 };
    enum status st;

    l->until_ms = until_ms;
    if (from <= l->from)
        link_http_forget(l); /* what was given then was not kept */
    l->from = from;
    if (rq->u.entries.max_bytes < room)
        room = rq->u.entries.max_bytes;
    st = choose_checkpoint(l, from, &note);
    if (st == STATUS_OK)
        st = add_entries(l, room, &bundle, &at);
    if (st == STATUS_OK && at <= l->size)
        st = proof_consistency(read_tile, l, at, l->size, &proof);
    if (st == STATUS_OK) {
        m.u.entries_answer.from = from;
        m.u.entries_answer.count = (uint32_t)(at - from);
        m.u.entries_answer.proof =
            (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
        m.u.entries_answer.checkpoint = buf_bytes(&note);
        m.u.entries_answer.bundle = buf_bytes(&bundle);
        message_encode(&m, out);
    } else {
        link_http_forget(l);
    }
    buf_clear(&note);
    buf_clear(&bundle);
    return link_http_end(st, out);
}

/* --- proofs ----------------------------------------------------------------------- */

enum status link_http_prove(struct http_link *l, const struct message *rq,
                            uint64_t until_ms, struct buf *out)
{
    struct message m = { .type = MESSAGE_PROVE_ANSWER };
    uint64_t size = rq->u.prove.size;
    struct proof proof = { .n = 0 };
    struct buf note = { 0 };
    struct tree tree;
    enum status st;

    l->until_ms = until_ms;
    link_http_forget(l);
    m.u.prove_answer.size = size;
    st = choose_checkpoint(l, size, &note);
    if (st == STATUS_OK && size <= l->size && l->size > 0) {
        st = tile_tree(read_tile, l, size, &tree);
        if (st == STATUS_OK)
            st = proof_consistency(read_tile, l, size, l->size, &proof);
        if (st == STATUS_OK)
            m.u.prove_answer.root = tree_root(&tree);
    }
    if (st == STATUS_OK) {
        m.u.prove_answer.proof =
            (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
        m.u.prove_answer.checkpoint = buf_bytes(&note);
        message_encode(&m, out);
    }
    buf_clear(&note);
    return link_http_end(st, out);
}
