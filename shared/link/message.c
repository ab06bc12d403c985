/* shared/link/message.c: see the header for each message's bytes. */
#include "link/message.h"

#include <assert.h>
#include <string.h>

#include "tlog/bundle.h"

static bool header(struct reader *r, struct message *out, enum status *st)
{
    uint8_t version = reader_u8(r);

    out->type = (enum message_type)reader_u8(r);
    *st = r->bad || version == 0       ? STATUS_MALFORMED
          : version != MESSAGE_VERSION ? STATUS_NEWER
                                       : STATUS_OK;
    return *st == STATUS_OK;
}

static bool bundle_count_is(struct bytes bundle, uint32_t count)
{
    struct reader r = reader_of(bundle);
    struct bytes entry;
    uint32_t n = 0;

    while (r.len > 0) {
        if (bundle_next(&r, &entry) != STATUS_OK)
            return false;
        n++;
    }
    return n == count;
}

static bool decode_status_answer(struct reader *r, struct message *m)
{
    uint8_t waiting;
    size_t n;

    m->u.status.size = reader_u64(r);
    m->u.status.hints_port = reader_u16(r);
    waiting = reader_u8(r);
    m->u.status.waiting = waiting == 1;
    n = reader_u8(r);
    m->u.status.origin = reader_take(r, n);
    m->u.status.checkpoint = reader_rest(r);
    return waiting <= 1 && n <= ORIGIN_MAX &&
           m->u.status.checkpoint.len <= CHECKPOINT_MAX;
}

static bool decode_entries_answer(struct reader *r, struct message *m)
{
    size_t n;

    m->u.entries_answer.from = reader_u64(r);
    m->u.entries_answer.count = reader_u32(r);
    n = reader_u8(r);
    if (n > PROOF_HASHES_MAX)
        return false;
    m->u.entries_answer.proof = reader_take(r, n * HASH_LEN);
    n = reader_u32(r);
    if (n > CHECKPOINT_MAX)
        return false;
    m->u.entries_answer.checkpoint = reader_take(r, n);
    m->u.entries_answer.bundle = reader_rest(r);
    return !r->bad &&
           m->u.entries_answer.from <= UINT64_MAX - m->u.entries_answer.count &&
           bundle_count_is(m->u.entries_answer.bundle, m->u.entries_answer.count);
}

static bool decode_prove_answer(struct reader *r, struct message *m)
{
    struct bytes root;
    size_t n;

    m->u.prove_answer.size = reader_u64(r);
    root = reader_take(r, HASH_LEN);
    if (r->bad)
        return false;
    memcpy(m->u.prove_answer.root.b, root.ptr, HASH_LEN);
    n = reader_u8(r);
    if (n > PROOF_HASHES_MAX)
        return false;
    m->u.prove_answer.proof = reader_take(r, n * HASH_LEN);
    m->u.prove_answer.checkpoint = reader_rest(r);
    return m->u.prove_answer.checkpoint.len <= CHECKPOINT_MAX;
}

static bool decode_submit_answer(struct reader *r, struct message *m)
{
    uint8_t outcome = reader_u8(r);

    m->u.submit_answer.outcome = (enum message_outcome)outcome;
    m->u.submit_answer.rule_class = reader_u8(r);
    m->u.submit_answer.line = reader_u16(r);
    m->u.submit_answer.retry_after_s = reader_u16(r);
    m->u.submit_answer.index = reader_u64(r);
    m->u.submit_answer.rule = reader_take(r, reader_u8(r));
    m->u.submit_answer.text = reader_take(r, reader_u16(r));
    m->u.submit_answer.receipt = reader_rest(r);
    return outcome <= MESSAGE_BUSY;
}

static bool decode_submit(struct reader *r, struct message *m)
{
    uint8_t dry = reader_u8(r);

    m->u.submit.dry = dry == 1;
    m->u.submit.statement = reader_rest(r);
    return dry <= 1 && m->u.submit.statement.len >= 1 &&
           m->u.submit.statement.len <= NOTE_MAX;
}

static bool decode_told(struct reader *r, struct message *m)
{
    uint8_t waiting = reader_u8(r);

    m->u.told.waiting = waiting == 1;
    m->u.told.size = reader_u64(r);
    return waiting <= 1;
}

static bool body(struct reader *r, struct message *m)
{
    switch (m->type) {
    case MESSAGE_STATUS:
    case MESSAGE_EVIDENCE:
        return true;
    case MESSAGE_PROVE:
        m->u.prove.size = reader_u64(r);
        return true;
    case MESSAGE_PROVE_ANSWER:
        return decode_prove_answer(r, m);
    case MESSAGE_EVIDENCE_ANSWER:
        m->u.evidence.text = reader_rest(r);
        return true;
    case MESSAGE_ENTRIES:
        m->u.entries.from = reader_u64(r);
        m->u.entries.max_bytes = reader_u32(r);
        return true;
    case MESSAGE_SUBMIT:
        return decode_submit(r, m);
    case MESSAGE_COSIGN:
        m->u.cosign.body = reader_rest(r);
        return m->u.cosign.body.len >= 1 && m->u.cosign.body.len <= CHECKPOINT_MAX;
    case MESSAGE_HINT:
        m->u.hint.size = reader_u64(r);
        return true;
    case MESSAGE_STATUS_ANSWER:
        return decode_status_answer(r, m);
    case MESSAGE_TELL:
        m->u.tell.checkpoint = reader_rest(r);
        return m->u.tell.checkpoint.len >= 1 &&
               m->u.tell.checkpoint.len <= CHECKPOINT_MAX;
    case MESSAGE_TELL_ANSWER:
    case MESSAGE_RETURN_ANSWER:
        return decode_told(r, m);
    case MESSAGE_ENTRIES_ANSWER:
    case MESSAGE_RETURN:
        return decode_entries_answer(r, m);
    case MESSAGE_SUBMIT_ANSWER:
        return decode_submit_answer(r, m);
    case MESSAGE_COSIGN_ANSWER:
    case MESSAGE_ERROR:
        m->u.answer.status = reader_u16(r);
        m->u.answer.text = reader_rest(r);
        return true;
    }
    return false; /* a type that is none of ours */
}

enum status message_decode(struct bytes in, struct message *out)
{
    struct reader r = reader_of(in);
    enum status st;

    *out = (struct message){ 0 };
    if (in.len > LINK_FRAME_MAX)
        return STATUS_MALFORMED;
    if (!header(&r, out, &st))
        return st;
    return body(&r, out) && !r.bad && r.len == 0 ? STATUS_OK : STATUS_MALFORMED;
}

static void encode_entries_answer(const struct message *m, struct buf *out)
{
    size_t hashes = m->u.entries_answer.proof.len / HASH_LEN;

    assert(hashes <= PROOF_HASHES_MAX);
    buf_u64(out, m->u.entries_answer.from);
    buf_u32(out, m->u.entries_answer.count);
    buf_u8(out, (uint8_t)hashes);
    buf_add(out, m->u.entries_answer.proof);
    buf_u32(out, (uint32_t)m->u.entries_answer.checkpoint.len);
    buf_add(out, m->u.entries_answer.checkpoint);
    buf_add(out, m->u.entries_answer.bundle);
}

static void encode_submit_answer(const struct message *m, struct buf *out)
{
    struct bytes text = bytes_slice(m->u.submit_answer.text, 0, UINT16_MAX);

    assert(m->u.submit_answer.rule.len <= UINT8_MAX);
    buf_u8(out, (uint8_t)m->u.submit_answer.outcome);
    buf_u8(out, m->u.submit_answer.rule_class);
    buf_u16(out, m->u.submit_answer.line);
    buf_u16(out, m->u.submit_answer.retry_after_s);
    buf_u64(out, m->u.submit_answer.index);
    buf_u8(out, (uint8_t)m->u.submit_answer.rule.len);
    buf_add(out, m->u.submit_answer.rule);
    buf_u16(out, (uint16_t)text.len);
    buf_add(out, text);
    buf_add(out, m->u.submit_answer.receipt);
}

void message_encode(const struct message *m, struct buf *out)
{
    buf_u8(out, MESSAGE_VERSION);
    buf_u8(out, (uint8_t)m->type);
    switch (m->type) {
    case MESSAGE_STATUS:
    case MESSAGE_EVIDENCE:
        break;
    case MESSAGE_PROVE:
        buf_u64(out, m->u.prove.size);
        break;
    case MESSAGE_PROVE_ANSWER:
        buf_u64(out, m->u.prove_answer.size);
        buf_append(out, m->u.prove_answer.root.b, HASH_LEN);
        buf_u8(out, (uint8_t)(m->u.prove_answer.proof.len / HASH_LEN));
        buf_add(out, m->u.prove_answer.proof);
        buf_add(out, m->u.prove_answer.checkpoint);
        break;
    case MESSAGE_EVIDENCE_ANSWER:
        buf_add(out, m->u.evidence.text);
        break;
    case MESSAGE_ENTRIES:
        buf_u64(out, m->u.entries.from);
        buf_u32(out, m->u.entries.max_bytes);
        break;
    case MESSAGE_SUBMIT:
        buf_u8(out, m->u.submit.dry ? 1 : 0);
        buf_add(out, m->u.submit.statement);
        break;
    case MESSAGE_COSIGN:
        buf_add(out, m->u.cosign.body);
        break;
    case MESSAGE_HINT:
        buf_u64(out, m->u.hint.size);
        break;
    case MESSAGE_STATUS_ANSWER:
        assert(m->u.status.origin.len <= ORIGIN_MAX);
        buf_u64(out, m->u.status.size);
        buf_u16(out, m->u.status.hints_port);
        buf_u8(out, m->u.status.waiting ? 1 : 0);
        buf_u8(out, (uint8_t)m->u.status.origin.len);
        buf_add(out, m->u.status.origin);
        buf_add(out, m->u.status.checkpoint);
        break;
    case MESSAGE_TELL:
        buf_add(out, m->u.tell.checkpoint);
        break;
    case MESSAGE_TELL_ANSWER:
    case MESSAGE_RETURN_ANSWER:
        buf_u8(out, m->u.told.waiting ? 1 : 0);
        buf_u64(out, m->u.told.size);
        break;
    case MESSAGE_ENTRIES_ANSWER:
    case MESSAGE_RETURN:
        encode_entries_answer(m, out);
        break;
    case MESSAGE_SUBMIT_ANSWER:
        encode_submit_answer(m, out);
        break;
    case MESSAGE_COSIGN_ANSWER:
    case MESSAGE_ERROR:
        buf_u16(out, m->u.answer.status);
        buf_add(out, m->u.answer.text);
        break;
    }
}

void message_error(uint16_t status, const char *text, struct buf *out)
{
    struct message m = { .type = MESSAGE_ERROR };

    m.u.answer.status = status;
    m.u.answer.text = bytes_of(text);
    message_encode(&m, out);
}

struct proof message_hashes(struct bytes proof)
{
    struct proof out = { .n = proof.len / HASH_LEN };

    assert(out.n <= PROOF_HASHES_MAX);
    if (proof.len > 0)
        memcpy(out.hashes, proof.ptr, out.n * HASH_LEN);
    return out;
}
