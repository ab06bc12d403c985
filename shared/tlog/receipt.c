/* A tlog-proof v1 file (C2SP tlog-proof):
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>              at most once
 *     index <decimal>
 *     <base64 of a hash>          any number, from the leaf's sibling up
 *                                 an empty line
 *     <the signed checkpoint>
 */
#include <assert.h>
#include <inttypes.h>

#include "base/codec.h"
#include "tlog/proof.h"

/* What a line says behind `word`; false: it begins otherwise, or says nothing. */
static bool line_says(struct bytes line, struct bytes word, struct bytes *what)
{
    if (!bytes_starts(line, word) || line.len == word.len)
        return false;
    *what = bytes_slice(line, word.len, line.len);
    return true;
}

static enum status check_base64(struct bytes text)
{
    struct buf scratch = { 0 };
    size_t len = text.len / 4 * 3;
    uint8_t *room = buf_space(&scratch, len);
    enum status st = room == NULL ? STATUS_NOMEM : base64_decode(text, room, &len);

    buf_clear(&scratch);
    return st;
}

static enum status parse_index(struct bytes line, uint64_t *index)
{
    struct bytes text;

    /* An index is below a size, which is at most 2^63 - 1. */
    if (!line_says(line, BYTES_LIT("index "), &text) ||
        decimal_parse(text, index) != STATUS_OK || *index >= INT64_MAX)
        return STATUS_MALFORMED;
    return STATUS_OK;
}

static enum status parse_hashes(struct reader *r, struct proof *p)
{
    struct bytes line;

    p->n = 0;
    while ((line = reader_line(r)).len > 0) {
        if (p->n == PROOF_HASHES_MAX ||
            base64_decode_exact(line, p->hashes[p->n].b, HASH_LEN) != STATUS_OK)
            return STATUS_MALFORMED;
        p->n++;
    }
    return r->bad ? STATUS_MALFORMED : STATUS_OK;
}

enum status receipt_parse(struct bytes text, struct receipt *out)
{
    struct reader r = reader_of(text);
    struct receipt rc = { .index = 0 };
    struct bytes line;
    enum status st;

    if (!bytes_eq_text(reader_line(&r), "c2sp.org/tlog-proof@v1"))
        return STATUS_MALFORMED;
    line = reader_line(&r);
    if (line_says(line, BYTES_LIT("extra "), &rc.extra)) {
        st = check_base64(rc.extra);
        if (st != STATUS_OK)
            return st;
        line = reader_line(&r);
    }
    st = parse_index(line, &rc.index);
    if (st == STATUS_OK)
        st = parse_hashes(&r, &rc.proof);
    if (st != STATUS_OK)
        return st;
    rc.checkpoint = reader_rest(&r);
    if (rc.checkpoint.len == 0)
        return STATUS_MALFORMED;
    *out = rc;
    return STATUS_OK;
}

void receipt_print(const struct receipt *r, struct buf *out)
{
    assert(r->proof.n <= PROOF_HASHES_MAX);
    buf_text(out, "c2sp.org/tlog-proof@v1\n");
    if (r->extra.len > 0) {
        buf_text(out, "extra ");
        buf_add(out, r->extra);
        buf_text(out, "\n");
    }
    buf_printf(out, "index %" PRIu64 "\n", r->index);
    for (size_t i = 0; i < r->proof.n; i++) {
        base64_encode((struct bytes){ r->proof.hashes[i].b, HASH_LEN }, out);
        buf_text(out, "\n");
    }
    buf_text(out, "\n");
    buf_add(out, r->checkpoint);
}

enum status receipt_verify(const struct receipt *r, const struct hash *leaf)
{
    struct note note;
    struct checkpoint cp;
    enum status st = note_parse(r->checkpoint, &note);

    if (st == STATUS_OK)
        st = checkpoint_parse(note.text, &cp);
    if (st != STATUS_OK)
        return st;
    return proof_inclusion_verify(&r->proof, r->index, cp.size, leaf, &cp.root);
}
