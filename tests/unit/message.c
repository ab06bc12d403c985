/* tests/unit/message.c: what travels over the link. */
#include "test.h"

#include "link/message.h"
#include "tlog/bundle.h"

static struct bytes bytes_at(const struct buf *b)
{
    return buf_bytes(b);
}

/* Encodes, decodes, encodes again: the same bytes. Gives the decoded one, which borrows
 * from `out`. */
static struct message round_trip(const struct message *m, struct buf *out)
{
    struct message back;
    struct buf again = { 0 };

    buf_reset(out);
    message_encode(m, out);
    assert_status(message_decode(bytes_at(out), &back), STATUS_OK);
    assert_int_equal(back.type, m->type);
    message_encode(&back, &again);
    assert_same_bytes(bytes_at(&again), bytes_at(out));
    buf_clear(&again);
    return back;
}

TEST(requests_come_back_as_they_were_sent)
{
    struct buf out = { 0 };
    struct message m = { .type = MESSAGE_STATUS };

    round_trip(&m, &out);
    assert_int_equal(out.len, 2);

    m = (struct message){ .type = MESSAGE_ENTRIES };
    m.u.entries.from = 0x0102030405060708;
    m.u.entries.max_bytes = 77;
    m = round_trip(&m, &out);
    assert_int_equal(m.u.entries.from, 0x0102030405060708);
    assert_int_equal(m.u.entries.max_bytes, 77);
    assert_int_equal(out.ptr[2], 1); /* big-endian */

    m = (struct message){ .type = MESSAGE_SUBMIT };
    m.u.submit.dry = true;
    m.u.submit.statement = BYTES_LIT("a statement");
    m = round_trip(&m, &out);
    assert_true(m.u.submit.dry);
    assert_bytes_eq(m.u.submit.statement, "a statement");

    m = (struct message){ .type = MESSAGE_HINT };
    m.u.hint.size = 9;
    m = round_trip(&m, &out);
    assert_int_equal(m.u.hint.size, 9);
    buf_clear(&out);
}

TEST(proofs_and_evidence_come_back_as_they_were_sent)
{
    struct hash hashes[2] = { hash_leaf(BYTES_LIT("a")), hash_leaf(BYTES_LIT("b")) };
    struct buf out = { 0 };
    struct message m = { .type = MESSAGE_PROVE };
    struct proof proof;

    m.u.prove.size = 0x0102030405060708;
    m = round_trip(&m, &out);
    assert_int_equal(m.u.prove.size, 0x0102030405060708);

    m = (struct message){ .type = MESSAGE_PROVE_ANSWER };
    m.u.prove_answer.size = 7;
    m.u.prove_answer.root = hashes[1];
    m.u.prove_answer.proof = (struct bytes){ (const uint8_t *)hashes, sizeof(hashes) };
    m.u.prove_answer.checkpoint = BYTES_LIT("a checkpoint");
    m = round_trip(&m, &out);
    assert_int_equal(m.u.prove_answer.size, 7);
    assert_true(hash_eq(&m.u.prove_answer.root, &hashes[1]));
    proof = message_hashes(m.u.prove_answer.proof);
    assert_int_equal(proof.n, 2);
    assert_true(hash_eq(&proof.hashes[1], &hashes[1]));
    assert_bytes_eq(m.u.prove_answer.checkpoint, "a checkpoint");

    m = (struct message){ .type = MESSAGE_EVIDENCE };
    round_trip(&m, &out);
    assert_int_equal(out.len, 2);

    m = (struct message){ .type = MESSAGE_EVIDENCE_ANSWER };
    m.u.evidence.text = BYTES_LIT("{}");
    m = round_trip(&m, &out);
    assert_bytes_eq(m.u.evidence.text, "{}");
    buf_clear(&out);
}

TEST(answers_come_back_as_they_were_sent)
{
    struct buf out = { 0 }, bundle = { 0 };
    struct message m = { .type = MESSAGE_STATUS_ANSWER };
    uint8_t proof[2 * HASH_LEN] = { 1 };

    m.u.status.size = 12;
    m.u.status.hints_port = 7422;
    m.u.status.waiting = true;
    m.u.status.origin = BYTES_LIT("avow.example.org/spf");
    m.u.status.checkpoint = BYTES_LIT("a note");
    m = round_trip(&m, &out);
    assert_int_equal(m.u.status.hints_port, 7422);
    assert_true(m.u.status.waiting);
    assert_bytes_eq(m.u.status.origin, "avow.example.org/spf");
    assert_bytes_eq(m.u.status.checkpoint, "a note");

    bundle_add(&bundle, BYTES_LIT("one"));
    bundle_add(&bundle, BYTES_LIT("two"));
    proof[HASH_LEN] = 2;
    m = (struct message){ .type = MESSAGE_ENTRIES_ANSWER };
    m.u.entries_answer.from = 5;
    m.u.entries_answer.count = 2;
    m.u.entries_answer.proof = (struct bytes){ proof, sizeof(proof) };
    m.u.entries_answer.checkpoint = BYTES_LIT("a note");
    m.u.entries_answer.bundle = buf_bytes(&bundle);
    m = round_trip(&m, &out);
    assert_int_equal(message_hashes(m.u.entries_answer.proof).n, 2);
    assert_int_equal(message_hashes(m.u.entries_answer.proof).hashes[1].b[0], 2);
    assert_same_bytes(m.u.entries_answer.bundle, buf_bytes(&bundle));

    m.type = MESSAGE_RETURN; /* the same bytes, given back */
    m = round_trip(&m, &out);
    assert_int_equal(m.u.entries_answer.from, 5);

    m = (struct message){ .type = MESSAGE_TELL };
    m.u.tell.checkpoint = BYTES_LIT("a note");
    m = round_trip(&m, &out);
    assert_bytes_eq(m.u.tell.checkpoint, "a note");

    m = (struct message){ .type = MESSAGE_RETURN_ANSWER };
    m.u.told.waiting = true;
    m.u.told.size = 0x0102030405060708;
    m = round_trip(&m, &out);
    assert_true(m.u.told.waiting);
    assert_int_equal(m.u.told.size, 0x0102030405060708);

    m = (struct message){ .type = MESSAGE_SUBMIT_ANSWER };
    m.u.submit_answer.outcome = MESSAGE_REFUSED;
    m.u.submit_answer.line = 3;
    m.u.submit_answer.rule = BYTES_LIT("rev.stale");
    m.u.submit_answer.text = BYTES_LIT("expected 4/1");
    m = round_trip(&m, &out);
    assert_int_equal(m.u.submit_answer.line, 3);
    assert_bytes_eq(m.u.submit_answer.rule, "rev.stale");
    assert_bytes_eq(m.u.submit_answer.text, "expected 4/1");
    assert_int_equal(m.u.submit_answer.receipt.len, 0);
    buf_clear(&bundle);
    buf_clear(&out);
}

TEST(every_message_cut_short_is_malformed)
{
    struct buf out = { 0 };
    struct message m = { .type = MESSAGE_SUBMIT_ANSWER }, back;

    m.u.submit_answer.rule = BYTES_LIT("rev.stale");
    m.u.submit_answer.text = BYTES_LIT("expected");
    message_encode(&m, &out);
    for (size_t len = 0; len < out.len; len++)
        assert_status(message_decode((struct bytes){ out.ptr, len }, &back),
                      STATUS_MALFORMED);
    assert_status(message_decode(buf_bytes(&out), &back), STATUS_OK);
    buf_clear(&out);
}

static void refuse_bytes(const char *bytes, size_t len, enum status expected)
{
    struct message m;

    assert_status(message_decode((struct bytes){ (const uint8_t *)bytes, len }, &m),
                  expected);
}
#define REFUSE(literal, expected) refuse_bytes(literal, sizeof(literal) - 1, expected)

TEST(what_cannot_be_is_malformed)
{
    REFUSE("\x01\x01\x00", STATUS_MALFORMED);  /* something behind the end */
    REFUSE("\x01\x05", STATUS_MALFORMED);      /* no such type */
    REFUSE("\x00\x01", STATUS_MALFORMED);      /* no such version */
    REFUSE("\x02\x01", STATUS_NEWER);          /* a later one */
    REFUSE("\x01\x03\x02x", STATUS_MALFORMED); /* dry is 0 or 1 */
    REFUSE("\x01\x03\x00", STATUS_MALFORMED);  /* no statement */
    REFUSE("\x01\x04", STATUS_MALFORMED);      /* no cosignature */
    REFUSE("\x01\x83\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
           STATUS_MALFORMED); /* outcome */
}

TEST(a_bundle_holds_as_many_entries_as_it_says)
{
    struct buf out = { 0 }, bundle = { 0 };
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER }, back;

    bundle_add(&bundle, BYTES_LIT("one"));
    m.u.entries_answer.bundle = buf_bytes(&bundle);
    for (uint32_t count = 0; count < 3; count++) {
        buf_reset(&out);
        m.u.entries_answer.count = count;
        message_encode(&m, &out);
        assert_status(message_decode(buf_bytes(&out), &back),
                      count == 1 ? STATUS_OK : STATUS_MALFORMED);
    }
    m.u.entries_answer.count = 1;
    m.u.entries_answer.from = UINT64_MAX; /* from + count does not fit */
    buf_reset(&out);
    message_encode(&m, &out);
    assert_status(message_decode(buf_bytes(&out), &back), STATUS_MALFORMED);
    buf_clear(&bundle);
    buf_clear(&out);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(requests_come_back_as_they_were_sent),
    TEST_OF(proofs_and_evidence_come_back_as_they_were_sent),
    TEST_OF(answers_come_back_as_they_were_sent),
    TEST_OF(every_message_cut_short_is_malformed),
    TEST_OF(what_cannot_be_is_malformed),
    TEST_OF(a_bundle_holds_as_many_entries_as_it_says),
};
TEST_MAIN(tests)
