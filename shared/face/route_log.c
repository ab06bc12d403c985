/* What stands below /log/: checkpoints, tiles, proofs, policy (docs/formats.md 3). */
#include "face/route_internal.h"

#include <stdlib.h>
#include <string.h>

#include "tlog/bundle.h"

/* --- answers ---------------------------------------------------------------------- */

static enum status answer_checkpoint(struct store *s, struct http_response *out)
{
    struct buf note = { 0 };
    uint64_t size;
    enum status st = store_checkpoint_newest(s, &size, &note);

    if (st == STATUS_OK)
        st = route_checkpoint(s, size, &out->body);
    buf_clear(&note);
    route_ok(out, ROUTE_TEXT, "no-store");
    return st;
}

/* Of this size, where it is kept: the newest ones, and those where the log's keys change
 * (docs/replication.md 5.2). */
static enum status answer_kept(struct store *s, struct bytes path,
                               struct http_response *out)
{
    uint64_t size;

    if (decimal_parse(path, &size) != STATUS_OK)
        return STATUS_NOT_FOUND;
    route_ok(out, ROUTE_TEXT, ROUTE_REVALIDATE);
    return route_checkpoint(s, size, &out->body);
}

static enum status answer_bundle(struct store *s, const struct tile_name *t,
                                 struct http_response *out)
{
    struct store_entry e;
    struct buf note = { 0 };
    enum status st = STATUS_OK;

    for (uint64_t i = 0; st == STATUS_OK && i < t->width; i++) {
        st = store_entry_get(s, t->n * TILE_WIDTH + i, &e, &note);
        if (st == STATUS_OK)
            bundle_add(&out->body, e.note);
    }
    buf_clear(&note);
    return st;
}

static enum status answer_hashes(struct store *s, const struct tile_name *t,
                                 struct http_response *out)
{
    struct hash *hashes = malloc(TILE_WIDTH * sizeof(*hashes));
    enum status st = STATUS_NOMEM;

    if (hashes != NULL)
        st = store_tile_read(s, t->level, t->n, t->width, hashes);
    for (unsigned i = 0; st == STATUS_OK && i < t->width; i++)
        buf_append(&out->body, hashes[i].b, HASH_LEN);
    free(hashes);
    return st;
}

static enum status answer_tile(struct store *s, struct bytes path,
                               struct http_response *out)
{
    struct tile_name tile;
    uint64_t size = 0;
    enum status st;

    if (tile_name_parse(path, &tile) != STATUS_OK)
        return STATUS_NOT_FOUND;
    st = store_size(s, &size);
    if (st == STATUS_OK && tile.width > tile_width(tile.level, tile.n, size))
        return STATUS_NOT_FOUND;
    route_ok(out, "application/octet-stream", ROUTE_IMMUTABLE);
    if (st == STATUS_OK)
        st = tile.level == TILE_ENTRIES ? answer_bundle(s, &tile, out)
                                        : answer_hashes(s, &tile, out);
    return st;
}

/* In the cosigned checkpoint where that covers the entry: so it proves most. */
static enum status answer_proof(struct store *s, struct bytes path,
                                struct http_response *out)
{
    struct buf note = { 0 };
    uint64_t index, size = 0;
    enum status st;

    if (decimal_parse(path, &index) != STATUS_OK)
        return STATUS_NOT_FOUND;
    st = route_cosigned(s, &size, &note);
    if (st == STATUS_NOT_FOUND || (st == STATUS_OK && index >= size)) {
        buf_reset(&note);
        st = store_checkpoint_newest(s, &size, &note);
    }
    buf_clear(&note);
    if (st == STATUS_OK)
        st = route_receipt(s, index, size, &out->body);
    route_ok(out, ROUTE_TEXT, ROUTE_REVALIDATE);
    return st;
}

static enum status answer_cosigned(struct store *s, struct http_response *out)
{
    uint64_t size;

    route_ok(out, ROUTE_TEXT, "no-store");
    return route_cosigned(s, &size, &out->body);
}

static enum status answer(struct store *s, struct bytes path, struct http_response *out)
{
    static const struct bytes tile = { (const uint8_t *)"tile/", 5 };
    static const struct bytes proof = { (const uint8_t *)"proof/", 6 };
    static const struct bytes checkpoint = { (const uint8_t *)"checkpoint/", 11 };

    if (bytes_eq_text(path, "checkpoint"))
        return answer_checkpoint(s, out);
    if (bytes_eq_text(path, "checkpoint.cosigned"))
        return answer_cosigned(s, out);
    if (bytes_eq_text(path, "policy")) {
        route_ok(out, ROUTE_TEXT, ROUTE_REVALIDATE);
        return route_policy(s, &out->body);
    }
    if (bytes_starts(path, tile))
        return answer_tile(s, bytes_slice(path, tile.len, path.len), out);
    if (bytes_starts(path, checkpoint))
        return answer_kept(s, bytes_slice(path, checkpoint.len, path.len), out);
    if (bytes_starts(path, proof))
        return answer_proof(s, bytes_slice(path, proof.len, path.len), out);
    return STATUS_NOT_FOUND;
}

enum status route_log(struct store *s, struct bytes path, struct http_response *out)
{
    enum status st = store_snapshot(s);

    if (st != STATUS_OK)
        return st;
    st = answer(s, path, out);
    store_release(s);
    if (st == STATUS_NOT_FOUND) {
        route_not_found(out, "the log has nothing at this path (yet)");
        return STATUS_OK;
    }
    return st == STATUS_OK ? buf_status(&out->body) : st;
}
