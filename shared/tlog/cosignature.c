/* Ed25519 cosignatures (C2SP tlog-cosignature, Ed25519 signed message):
 *     cosignature/v1
 *     time <timestamp>
 *     <the checkpoint's text>
 * What follows the key id in the line:
 *      0  u64     timestamp, big-endian, at most 2^63 - 1
 *      8  u8[64]  signature
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tlog/checkpoint.h"

#define TIMESTAMP_LEN 8

/* On the stack, so that no lack of memory looks like a bad signature. */
struct message {
    char text[64 + CHECKPOINT_MAX];
    size_t len;
};

/* False: longer than any checkpoint that is read, extension lines and all. */
static bool message_make(struct message *m, struct bytes checkpoint_text, uint64_t time)
{
    int head;

    if (checkpoint_text.len > CHECKPOINT_MAX)
        return false;
    head = snprintf(m->text, sizeof(m->text), "cosignature/v1\ntime %" PRIu64 "\n", time);
    memcpy(m->text + head, checkpoint_text.ptr, checkpoint_text.len);
    m->len = (size_t)head + checkpoint_text.len;
    return true;
}

static struct bytes message_bytes(const struct message *m)
{
    return (struct bytes){ (const uint8_t *)m->text, m->len };
}

void cosignature_sign(const struct secret_key *k, struct bytes checkpoint_text,
                      uint64_t timestamp, struct buf *out)
{
    const struct verifier_key *pub = secret_key_public(k);
    uint8_t sig[TIMESTAMP_LEN + SIGNATURE_LEN];
    struct message m;
    bool fits = message_make(&m, checkpoint_text, timestamp);

    assert(fits && timestamp <= INT64_MAX && pub->type == KEY_COSIGN);
    for (unsigned i = 0; i < TIMESTAMP_LEN; i++)
        sig[i] = (uint8_t)(timestamp >> (56 - 8 * i));
    secret_key_sign(k, message_bytes(&m), sig + TIMESTAMP_LEN);
    note_signature_print(bytes_of(pub->name), pub->id, (struct bytes){ sig, sizeof(sig) },
                         out);
}

bool cosignature_verify(const struct note_signature *s, struct bytes checkpoint_text,
                        const struct verifier_key *k, uint64_t *timestamp)
{
    struct reader r = reader_of((struct bytes){ s->sig, s->sig_len });
    uint64_t time = reader_u64(&r);
    struct message m;

    if (k->type != KEY_COSIGN || s->sig_len != TIMESTAMP_LEN + SIGNATURE_LEN ||
        !note_signature_by(s, k) || time > INT64_MAX)
        return false;
    if (!message_make(&m, checkpoint_text, time) ||
        !signature_verify(k->pub, message_bytes(&m), r.ptr))
        return false;
    if (timestamp != NULL)
        *timestamp = time;
    return true;
}

uint64_t cosignature_time(const struct note_signature *s)
{
    struct reader r = reader_of((struct bytes){ s->sig, s->sig_len });

    return s->sig_len == TIMESTAMP_LEN + SIGNATURE_LEN ? reader_u64(&r) : 0;
}

enum status cosignature_find(const struct note *note, const struct verifier_key *k,
                             size_t *line, uint64_t *timestamp)
{
    enum status st = STATUS_NOT_FOUND;
    uint64_t time, newest = 0;

    for (size_t i = 0; i < note->n; i++) {
        if (!note_signature_by(&note->sigs[i], k))
            continue;
        if (!cosignature_verify(&note->sigs[i], note->text, k, &time))
            return STATUS_BAD_SIG;
        if (st == STATUS_OK && time <= newest)
            continue;
        newest = time;
        if (line != NULL)
            *line = i;
        st = STATUS_OK;
    }
    if (st == STATUS_OK && timestamp != NULL)
        *timestamp = newest;
    return st;
}
