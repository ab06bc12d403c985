/* A checkpoint with those cosignatures that are served (docs/formats.md 3). */
#include "face/route_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/rows.h"
#include "sign/note.h"
#include "tlog/proof.h"

/* Who cosigned in a line, as far as it matters for the order. */
struct line {
    struct bytes text;
    uint64_t org; /* its row in the state; NO_ORG and above: of none, each its own */
    uint64_t key; /* its row */
    bool active;
    size_t round; /* how many of its organization stand before it */
};
#define NO_ORG ((uint64_t)1 << 62)

static enum status find_org(struct store *s, struct bytes org, struct line *l)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    rows_org_key(org, &key);
    st = rows_find(s, STORE_ORGANIZATION, buf_bytes(&key), &l->org, &row);
    buf_clear(&key);
    json_decref(row);
    return st;
}

/* A witness that the broker asks need not be known to the log. */
static enum status find_cosigner(struct store *s, size_t place, struct line *l)
{
    struct note_signature sig;
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st = note_signature_parse(l->text, &sig);

    if (st != STATUS_OK)
        return STATUS_ALTERED;
    rows_key_key(sig.name, sig.key_id, &key);
    st = rows_find(s, STORE_KEY, buf_bytes(&key), &l->key, &row);
    if (st == STATUS_OK) {
        l->active = rows_cosigns(row);
        st = find_org(s, json_member(row, "org"), l);
    } else if (st == STATUS_NOT_FOUND) {
        l->org = NO_ORG + place;
        st = STATUS_OK;
    }
    json_decref(row);
    buf_clear(&key);
    return st;
}

static int by_org(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->org != y->org)
        return x->org < y->org ? -1 : 1;
    if (x->active != y->active)
        return x->active ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_round(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->round != y->round)
        return x->round < y->round ? -1 : 1;
    return (x->org > y->org) - (x->org < y->org);
}

/* One of every organization before a second of any; those that were there first before
 * others, as in the policy. */
static enum status choose(struct store *s, struct line *lines, size_t n, size_t room,
                          struct buf *out)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        st = find_cosigner(s, i, &lines[i]);
    if (st != STATUS_OK)
        return st;
    qsort(lines, n, sizeof(*lines), by_org);
    for (size_t i = 1; i < n; i++)
        if (lines[i].org == lines[i - 1].org)
            lines[i].round = lines[i - 1].round + 1;
    qsort(lines, n, sizeof(*lines), by_round);
    for (size_t i = 0; i < room; i++)
        buf_add(out, lines[i].text);
    return buf_status(out);
}

static enum status add_cosignatures(struct store *s, struct bytes all, size_t n,
                                    size_t room, struct buf *out)
{
    struct reader r = reader_of(all);
    struct line *lines;
    enum status st;

    if (n <= room) {
        buf_add(out, all);
        return buf_status(out);
    }
    lines = calloc(n, sizeof(*lines));
    if (lines == NULL)
        return STATUS_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = r.ptr;

        lines[i].text = (struct bytes){ at, reader_line(&r).len + 1 };
    }
    st = r.bad || r.len > 0 ? STATUS_ALTERED : choose(s, lines, n, room, out);
    free(lines);
    return st;
}

/* The log's own lines are those of `note`; STATUS_ALTERED: more than it can have. */
static enum status own_lines(struct bytes note, size_t *n)
{
    struct reader r = reader_of(note);

    while (r.len > 0 && reader_line(&r).len > 0)
        ;
    for (*n = 0; r.len > 0 && !r.bad; ++*n)
        (void)reader_line(&r);
    return r.bad || *n > LOG_KEYS_MAX ? STATUS_ALTERED : STATUS_OK;
}

enum status route_checkpoint(struct store *s, uint64_t size, struct buf *out)
{
    struct buf note = { 0 }, cosignatures = { 0 };
    size_t own = 0, n = 0;
    enum status st = store_checkpoint_get(s, size, &note);

    if (st == STATUS_OK)
        st = own_lines(buf_bytes(&note), &own);
    if (st == STATUS_OK)
        st = store_cosignatures(s, size, &cosignatures, &n);
    if (st == STATUS_OK) {
        buf_add(out, buf_bytes(&note));
        st = add_cosignatures(s, buf_bytes(&cosignatures), n, CHECKPOINT_LINES_MAX - own,
                              out);
    }
    buf_clear(&note);
    buf_clear(&cosignatures);
    return st;
}

enum status route_receipt(struct store *s, uint64_t index, uint64_t size, struct buf *out)
{
    struct receipt receipt = { .index = index };
    struct buf checkpoint = { 0 };
    enum status st = proof_inclusion(store_tile_read, s, index, size, &receipt.proof);

    if (st == STATUS_OK)
        st = route_checkpoint(s, size, &checkpoint);
    if (st == STATUS_OK) {
        receipt.checkpoint = buf_bytes(&checkpoint);
        receipt_print(&receipt, out);
        st = buf_status(out);
    }
    buf_clear(&checkpoint);
    return st;
}
