#include "tlog/checkpoint.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/codec.h"

/* Printable UTF-8: it is compared, copied into key names and shown. */
static bool origin_valid(struct bytes origin)
{
    if (origin.len == 0 || origin.len > ORIGIN_MAX || !utf8_valid(origin))
        return false;
    for (size_t i = 0; i < origin.len; i++)
        if (origin.ptr[i] < 0x20 || origin.ptr[i] == 0x7f)
            return false;
    return true;
}

enum status checkpoint_parse(struct bytes text, struct checkpoint *out)
{
    struct reader r = reader_of(text);
    struct bytes origin = reader_line(&r);
    struct bytes size = reader_line(&r);
    struct bytes root = reader_line(&r);
    struct checkpoint c = { .size = 0 };

    /* C2SP tlog-checkpoint, Note text:
     *   Extension lines, if any, MUST be non-empty. */
    while (!r.bad && r.len > 0)
        if (reader_line(&r).len == 0)
            return STATUS_MALFORMED;
    if (r.bad || text.len > CHECKPOINT_MAX || !origin_valid(origin) ||
        decimal_parse(size, &c.size) != STATUS_OK || c.size > INT64_MAX ||
        base64_decode_exact(root, c.root.b, HASH_LEN) != STATUS_OK)
        return STATUS_MALFORMED;
    memcpy(c.origin, origin.ptr, origin.len);
    *out = c;
    return STATUS_OK;
}

void checkpoint_print(const struct checkpoint *c, struct buf *out)
{
    assert(c->size <= INT64_MAX);
    buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
    base64_encode((struct bytes){ c->root.b, HASH_LEN }, out);
    buf_text(out, "\n");
}

enum status checkpoint_sign(const struct checkpoint *c,
                            const struct secret_key *const keys[], size_t n,
                            struct buf *out)
{
    struct buf text = { 0 };
    enum status st;

    assert(n > 0);
    checkpoint_print(c, &text);
    st = buf_status(&text);
    if (st == STATUS_OK) {
        buf_add(out, buf_bytes(&text));
        buf_text(out, "\n");
        for (size_t i = 0; i < n; i++) {
            /* A log key's name is the log's origin. */
            assert(secret_key_public(keys[i])->type == KEY_ED25519);
            assert(strcmp(secret_key_public(keys[i])->name, c->origin) == 0);
            note_sign(keys[i], buf_bytes(&text), out);
        }
        st = buf_status(out);
    }
    buf_clear(&text);
    return st;
}

/* C2SP signed-note, Signatures:
 *   If the key name and ID match a known key, verifiers MUST verify the signature. If a
 *   signature from a known key fails to verify, clients SHOULD reject the whole note. */
enum status checkpoint_signed(const struct note *note, const struct verifier_key *key)
{
    enum status st = STATUS_NOT_FOUND;

    for (size_t i = 0; i < note->n; i++) {
        if (!note_signature_by(&note->sigs[i], key))
            continue;
        if (!note_signature_verify(&note->sigs[i], note->text, key))
            return STATUS_BAD_SIG;
        st = STATUS_OK;
    }
    return st;
}

enum status checkpoint_open(struct bytes in, const struct verifier_key *key,
                            struct checkpoint *out)
{
    struct note note;
    struct checkpoint c;
    enum status st = note_parse(in, &note);

    if (st == STATUS_OK)
        st = checkpoint_parse(note.text, &c);
    if (st != STATUS_OK)
        return st;
    if (key->type != KEY_ED25519 || strcmp(key->name, c.origin) != 0 ||
        checkpoint_signed(&note, key) != STATUS_OK)
        return STATUS_BAD_SIG;
    *out = c;
    return STATUS_OK;
}
