#include "sign/note.h"

#include <assert.h>
#include <string.h>

#include "base/codec.h"

#define ID_LEN 4
/* Other people's notes may have post-quantum signatures, of nearly 5 kB. */
#define SIGNATURE_ANY_MAX 8192

static const struct bytes dash = { (const uint8_t *)"\xe2\x80\x94 ", 4 };

/* UTF-8 without a control character but newline? */
static bool is_text(struct bytes in)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.ptr[i] < 0x20 && in.ptr[i] != '\n')
            return false;
    }
    return utf8_valid(in);
}

/* Where the last empty line begins: there the text ends. It is not the first line,
 * as a text ends in a newline. */
static bool find_end_of_text(struct bytes in, size_t *at)
{
    size_t len = in.len;
    const uint8_t *newline;

    while (len > 1 && (newline = memrchr(in.ptr, '\n', len)) != NULL) {
        len = (size_t)(newline - in.ptr);
        if (len > 0 && newline[-1] == '\n') {
            *at = len;
            return true;
        }
    }
    return false;
}

/* The key id and the signature: "base64(key id || signature)". */
static enum status parse_base64(struct bytes text, struct note_signature *s)
{
    uint8_t any[ID_LEN + SIGNATURE_ANY_MAX];
    size_t len = sizeof(any);
    enum status st = base64_decode(text, any, &len);

    if (st != STATUS_OK || len <= ID_LEN)
        return STATUS_MALFORMED;
    s->key_id =
        (uint32_t)any[0] << 24 | (uint32_t)any[1] << 16 | (uint32_t)any[2] << 8 | any[3];
    len -= ID_LEN;
    s->sig_len = len == SIGNATURE_LEN || len == sizeof(s->sig) ? len : 0;
    memcpy(s->sig, any + ID_LEN, s->sig_len);
    return STATUS_OK;
}

/* "— <name> <base64>", without its newline. */
static enum status parse_line(struct bytes line, struct note_signature *s)
{
    struct bytes rest = bytes_slice(line, dash.len, line.len);
    size_t space;

    if (!bytes_starts(line, dash) || !bytes_find(rest, ' ', &space))
        return STATUS_MALFORMED;
    s->name = bytes_slice(rest, 0, space);
    s->line = (struct bytes){ line.ptr, line.len + 1 };
    if (!note_name_valid(s->name))
        return STATUS_MALFORMED;
    return parse_base64(bytes_slice(rest, space + 1, rest.len), s);
}

enum status note_signature_parse(struct bytes line, struct note_signature *out)
{
    struct reader r = reader_of(line);
    struct bytes text = reader_line(&r);

    return r.bad || r.len > 0 ? STATUS_MALFORMED : parse_line(text, out);
}

enum status note_parse(struct bytes in, struct note *out)
{
    struct reader r;
    size_t end, n = 0;

    if (!is_text(in) || !find_end_of_text(in, &end))
        return STATUS_MALFORMED;
    r = reader_of(bytes_slice(in, end + 1, in.len));
    if (r.len == 0)
        return STATUS_MALFORMED;
    while (r.len > 0) {
        struct bytes line = reader_line(&r);

        if (r.bad || n == NOTE_SIGNATURES_MAX ||
            parse_line(line, &out->sigs[n]) != STATUS_OK)
            return STATUS_MALFORMED;
        n++;
    }
    out->text = bytes_slice(in, 0, end);
    out->n = n;
    return STATUS_OK;
}

void note_signature_print(struct bytes name, uint32_t key_id, struct bytes sig,
                          struct buf *out)
{
    uint8_t raw[ID_LEN + 8 + SIGNATURE_LEN];

    assert(sig.len <= sizeof(raw) - ID_LEN);
    raw[0] = (uint8_t)(key_id >> 24);
    raw[1] = (uint8_t)(key_id >> 16);
    raw[2] = (uint8_t)(key_id >> 8);
    raw[3] = (uint8_t)key_id;
    memcpy(raw + ID_LEN, sig.ptr, sig.len);
    buf_add(out, dash);
    buf_add(out, name);
    buf_u8(out, ' ');
    base64_encode((struct bytes){ raw, ID_LEN + sig.len }, out);
    buf_u8(out, '\n');
}

void note_sign(const struct secret_key *k, struct bytes text, struct buf *out)
{
    const struct verifier_key *pub = secret_key_public(k);
    uint8_t sig[SIGNATURE_LEN];

    assert(pub->type == KEY_ED25519);
    assert(text.len > 0 && text.ptr[text.len - 1] == '\n');
    secret_key_sign(k, text, sig);
    note_signature_print(bytes_of(pub->name), pub->id, (struct bytes){ sig, sizeof(sig) },
                         out);
}

bool note_signature_by(const struct note_signature *s, const struct verifier_key *k)
{
    return s->key_id == k->id && bytes_eq_text(s->name, k->name);
}

bool note_signature_verify(const struct note_signature *s, struct bytes text,
                           const struct verifier_key *k)
{
    return k->type == KEY_ED25519 && s->sig_len == SIGNATURE_LEN &&
           note_signature_by(s, k) && signature_verify(k->pub, text, s->sig);
}
