/* The clauses of docs/replication.md 2 and 3, on the machine alone: events in, actions
 * told in words. tests/sim/ has the rest. */
#include "link/replica.h"

#include <inttypes.h>

#include "test.h"

#include "tlog/bundle.h"
#include "unit/tlog_source.h"

#define ORIGIN "avow.example.org/test"

/* The log (leaves 0, 1, 2...), and another that it signed as well (leaves all alike). */
static struct source tree, other;
static struct replica *machine;
static uint64_t now_ms, tickets[2];
static struct buf told, frame;

/* "signed" stands in for a signature. */
static enum status open_note(void *ctx, struct bytes note, struct checkpoint *out)
{
    static const char line[] = "\nsigned\n";
    size_t text = note.len - (sizeof(line) - 1);

    (void)ctx;
    if (note.len < sizeof(line) ||
        !bytes_eq_text(bytes_slice(note, text, note.len), line))
        return STATUS_BAD_SIG;
    return checkpoint_parse(bytes_slice(note, 0, text), out);
}

static bool retired; /* whoever signs now */

static enum status accuse_note(void *ctx, struct bytes note, struct checkpoint *out)
{
    return retired ? STATUS_BAD_SIG : open_note(ctx, note, out);
}

static void sign(const struct source *s, uint64_t size, struct buf *out)
{
    struct checkpoint cp = { .origin = ORIGIN, .size = size };

    cp.root = source_mth(s, 0, size);
    checkpoint_print(&cp, out);
    buf_text(out, "\nsigned\n");
}

static enum status vouch(void *ctx, uint64_t size, struct replica_vouch *out)
{
    (void)ctx;
    out->at = size;
    out->proof.n = 0;
    sign(&tree, size, &out->checkpoint);
    return STATUS_OK;
}

static void tell_request(const struct replica_action *a)
{
    static const char *const who[] = { "broker", "peer" };
    struct message m;

    tickets[a->source] = a->ticket;
    assert_status(message_decode(a->frame, &m), STATUS_OK);
    buf_printf(&told, "%s: ", who[a->source]);
    if (m.type == MESSAGE_STATUS)
        buf_text(&told, "status?\n");
    else if (m.type == MESSAGE_ENTRIES)
        buf_printf(&told, "entries from %" PRIu64 "?\n", m.u.entries.from);
    else if (m.type == MESSAGE_PROVE)
        buf_printf(&told, "proof of %" PRIu64 "?\n", m.u.prove.size);
    else if (m.type == MESSAGE_EVIDENCE)
        buf_text(&told, "evidence?\n");
    else
        buf_printf(&told, "cosignature " BYTES_FMT "\n", BYTES_ARG(m.u.cosign.body));
}

static void tell(const struct replica_actions *acts)
{
    for (size_t i = 0; i < acts->n; i++) {
        const struct replica_action *a = &acts->list[i];

        if (a->type == REPLICA_SEND)
            tell_request(a);
        else if (a->type == REPLICA_HINTS)
            buf_printf(&told, "subscribe to %u\n", a->port);
        else if (a->type == REPLICA_STORE)
            buf_printf(&told, "store %" PRIu64 "+%u\n", acts->part.from,
                       acts->part.count);
        else if (a->type == REPLICA_HEARD)
            buf_printf(&told, "heard %" PRIu64 "\n", a->size);
        else if (a->type == REPLICA_COSIGN)
            buf_text(&told, "cosign\n");
        else if (a->type == REPLICA_REPLIED)
            buf_printf(&told, "replied %u\n", a->status);
        else if (a->type == REPLICA_FORK)
            buf_printf(&told, "fork at %" PRIu64 ": %s\n", a->size,
                       status_name(fork_verify(a->frame, open_note, NULL, NULL)));
        else if (a->type == REPLICA_SHORTER)
            buf_printf(&told, "shorter: %" PRIu64 "\n", a->size);
        else if (a->type == REPLICA_WAITING)
            buf_printf(&told, "waiting at %" PRIu64 "\n", a->size);
        else
            buf_printf(&told, "trouble: %s\n", a->text);
    }
}

static void step(struct replica_event ev)
{
    struct replica_actions acts;

    ev.now_ms = now_ms;
    assert_status(replica_step(machine, &ev, &acts), STATUS_OK);
    tell(&acts);
}

/* What was told since the last time. */
static void expect(const char *text)
{
    assert_buf_eq(&told, text);
    buf_reset(&told);
}

static void begin(uint64_t stored, bool cosigns)
{
    struct replica_options o = {
        .origin = ORIGIN,
        .view = { .open = open_note,
                  .accuse = accuse_note,
                  .read = source_read,
                  .read_ctx = &tree,
                  .vouch = vouch },
        .sources = { REPLICA_BROKER, REPLICA_PEER },
        .n = 2,
        .stored = stored,
        .cosigns = cosigns,
    };

    source_small(&tree, 40);
    source_alike(&other, 40);
    now_ms = 1000;
    assert_status(replica_new(&o, &machine), STATUS_OK);
    step((struct replica_event){ .type = REPLICA_UP });
    expect("broker: status?\npeer: status?\n");
}

static void end(void)
{
    replica_free(machine);
    source_clear(&tree);
    buf_clear(&told);
    buf_clear(&frame);
}

static void answer(size_t source, const struct message *m)
{
    buf_reset(&frame);
    message_encode(m, &frame);
    step((struct replica_event){ .type = REPLICA_ANSWER,
                                 .source = source,
                                 .ticket = tickets[source],
                                 .frame = buf_bytes(&frame) });
}

static void answer_status(size_t source, const struct source *of, uint64_t size)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };
    struct buf note = { 0 };

    sign(of, size, &note);
    m.u.status.size = size;
    m.u.status.origin = bytes_of(ORIGIN);
    m.u.status.checkpoint = buf_bytes(&note);
    answer(source, &m);
    buf_clear(&note);
}

static void answer_entries(size_t source, uint64_t from, uint32_t count, uint64_t size)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    struct buf note = { 0 }, bundle = { 0 };
    struct proof proof;

    for (uint64_t i = from; i < from + count; i++) {
        char text[24];

        snprintf(text, sizeof(text), "%" PRIu64, i);
        bundle_add(&bundle, bytes_of(text));
    }
    sign(&tree, size, &note);
    assert_status(proof_consistency(source_read, &tree, from + count, size, &proof),
                  STATUS_OK);
    m.u.entries_answer.from = from;
    m.u.entries_answer.count = count;
    m.u.entries_answer.proof =
        (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
    m.u.entries_answer.checkpoint = buf_bytes(&note);
    m.u.entries_answer.bundle = buf_bytes(&bundle);
    answer(source, &m);
    buf_clear(&note);
    buf_clear(&bundle);
}

static void answer_proof(size_t source, struct source *of, uint64_t of_size,
                         uint64_t size)
{
    struct message m = { .type = MESSAGE_PROVE_ANSWER };
    struct buf note = { 0 };
    struct proof proof;

    sign(of, size, &note);
    assert_status(proof_consistency(source_read, of, of_size, size, &proof), STATUS_OK);
    m.u.prove_answer.size = of_size;
    m.u.prove_answer.root = source_mth(of, 0, of_size);
    m.u.prove_answer.proof =
        (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
    m.u.prove_answer.checkpoint = buf_bytes(&note);
    answer(source, &m);
    buf_clear(&note);
}

static void answer_evidence(size_t source, const char *text)
{
    struct message m = { .type = MESSAGE_EVIDENCE_ANSWER };

    m.u.evidence.text = bytes_of(text);
    answer(source, &m);
}

static void tick_at(uint64_t ms)
{
    now_ms = ms;
    step((struct replica_event){ .type = REPLICA_TICK });
}

TEST(entries_come_part_by_part_from_one_source)
{
    begin(0, false);
    answer_status(0, &tree, 9);
    expect("broker: entries from 0?\n");
    answer_status(1, &tree, 9);
    expect("peer: evidence?\n");
    answer_entries(0, 0, 4, 9);
    expect("store 0+4\n");
    assert_int_equal(replica_state(machine), REPLICA_FOLLOWING);
    step((struct replica_event){ .type = REPLICA_STORED, .size = 4 });
    expect("broker: entries from 4?\n");
    answer_entries(0, 4, 5, 9);
    expect("store 4+5\n");
    step((struct replica_event){ .type = REPLICA_STORED, .size = 9 });
    expect("heard 9\nheard 9\nheard 9\n"); /* the part's, and what each had shown */
    assert_int_equal(replica_state(machine), REPLICA_CURRENT);
    end();
}

TEST(who_stalls_is_left_for_another)
{
    begin(0, false);
    answer_status(0, &tree, 9);
    answer_status(1, &tree, 9);
    answer_evidence(1, "");
    expect("broker: entries from 0?\npeer: evidence?\n");
    tick_at(5999);
    expect("");
    tick_at(11000); /* ten seconds without an answer */
    expect("peer: entries from 0?\n");
    answer_entries(0, 0, 9, 9); /* too late */
    expect("");
    answer_entries(1, 0, 9, 9);
    expect("store 0+9\n");
    end();
}

TEST(silence_is_asked_again_later_and_later)
{
    uint64_t last = 0, pause = 0;

    begin(3, false);
    for (int i = 0; i < 10; i++) {
        step((struct replica_event){
            .type = REPLICA_FAILED, .source = 0, .ticket = tickets[0] });
        step((struct replica_event){
            .type = REPLICA_FAILED, .source = 1, .ticket = tickets[1] });
        pause = replica_deadline_ms(machine) - now_ms;
        assert_true(pause >= last && pause <= 5000);
        last = pause;
        tick_at(now_ms + pause);
    }
    assert_int_equal(pause, 5000);
    assert_int_equal(replica_state(machine), REPLICA_AWAY);
    end();
}

TEST(a_false_hint_makes_us_ask_once)
{
    begin(9, false);
    answer_status(0, &tree, 9);
    answer_status(1, &tree, 9);
    answer_evidence(1, "");
    expect("heard 9\nheard 9\npeer: evidence?\n");
    step((struct replica_event){ .type = REPLICA_HINT, .source = 1, .size = 30 });
    expect("peer: entries from 9?\n");
    answer_entries(1, 9, 0, 9);
    expect("heard 9\n");
    end();
}

TEST(another_log_is_not_followed)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };

    begin(3, false);
    m.u.status.size = 1;
    m.u.status.origin = bytes_of("another.example/log");
    m.u.status.checkpoint = bytes_of("something");
    answer(0, &m);
    expect("trouble: it serves another log\n");
    end();
}

TEST(a_larger_checkpoint_must_be_proved)
{
    begin(5, false);
    answer_status(0, &tree, 9);
    answer_status(1, &tree, 12);
    expect("broker: entries from 5?\npeer: proof of 5?\n");
    answer_proof(1, &tree, 5, 12);
    expect("peer: evidence?\n");
    end();
    begin(5, false);
    answer_status(0, &tree, 9);
    answer_status(1, &other, 12);
    expect("broker: entries from 5?\npeer: proof of 5?\n");
    answer_proof(1, &other, 5, 12);
    expect("fork at 5: OK\n");
    assert_int_equal(replica_state(machine), REPLICA_STOPPED);
    answer_entries(0, 5, 4, 9); /* nothing follows any more */
    tick_at(100000);
    expect("");
    end();
}

TEST(a_smaller_checkpoint_must_be_of_our_tree)
{
    begin(9, false);
    answer_status(1, &other, 4);
    expect("fork at 4: OK\n");
    end();
    begin(0, false); /* what waited is compared once we hold as much */
    answer_status(1, &other, 4);
    expect("peer: entries from 0?\n");
    answer_status(0, &tree, 9);
    step((struct replica_event){
        .type = REPLICA_FAILED, .source = 1, .ticket = tickets[1] });
    expect("broker: entries from 0?\n");
    answer_entries(0, 0, 9, 9);
    step((struct replica_event){ .type = REPLICA_STORED, .size = 9 });
    expect("store 0+9\nheard 9\nheard 9\nfork at 4: OK\n");
    end();
}

TEST(what_is_thrown_away_asks_for_a_proof)
{
    begin(5, false);
    answer_status(0, &other, 9);
    expect("broker: entries from 5?\n");
    answer_entries(0, 5, 4, 9);
    expect("store 5+4\n");
    step((struct replica_event){ .type = REPLICA_DISCARDED });
    expect("");
    tick_at(now_ms + 100);
    expect("broker: proof of 5?\n");
    answer_proof(0, &other, 5, 9);
    expect("fork at 5: OK\n");
    end();
}

TEST(what_a_retired_key_signed_convicts_nobody)
{
    begin(9, false);
    retired = true;
    answer_status(1, &other, 6);
    expect("trouble: it shows what no key of the log signs any more\n");
    answer_status(0, &tree, 9);
    expect("heard 9\n");
    retired = false;
    end();
}

TEST(only_a_broker_can_be_too_short)
{
    begin(9, false);
    answer_status(1, &tree, 4);
    expect("heard 4\npeer: evidence?\n");
    answer_status(0, &tree, 7);
    expect("heard 7\nshorter: 7\n");
    end();
}

TEST(evidence_is_checked_and_believed)
{
    struct replica_view view = { .open = open_note,
                                 .accuse = accuse_note,
                                 .read = source_read,
                                 .read_ctx = &tree,
                                 .vouch = vouch };
    struct checkpoint cp;
    struct buf note = { 0 }, text = { 0 };

    begin(9, false);
    answer_status(1, &tree, 9);
    answer_evidence(1, "{}");
    expect("heard 9\npeer: evidence?\n"
           "trouble: its evidence against the log shows nothing\n");
    sign(&other, 6, &note);
    assert_status(open_note(NULL, buf_bytes(&note), &cp), STATUS_OK);
    assert_status(replica_contradiction(&view, buf_bytes(&note), &cp, &text), STATUS_OK);
    tick_at(2000);
    answer_status(1, &tree, 9);
    answer_evidence(1, buf_str(&text));
    expect("peer: status?\nheard 9\npeer: evidence?\nfork at 6: OK\n");
    buf_clear(&note);
    buf_clear(&text);
    end();
}

TEST(what_we_hold_is_cosigned_once_a_second)
{
    struct message m = { .type = MESSAGE_COSIGN_ANSWER };

    begin(9, true);
    answer_status(0, &tree, 9);
    expect("heard 9\ncosign\n");
    step((struct replica_event){
        .type = REPLICA_COSIGNED, .size = 9, .frame = BYTES_LIT("of nine") });
    expect("broker: cosignature of nine\n");
    m.u.answer.status = 403;
    answer(0, &m);
    expect("replied 403\n");
    tick_at(10999);
    buf_reset(&told); /* its status was asked meanwhile */
    answer_status(0, &tree, 9);
    expect("heard 9\n");
    tick_at(11000); /* perhaps it is a cosigner by now */
    expect("broker: cosignature of nine\n");
    m.u.answer.status = 200;
    answer(0, &m);
    expect("replied 200\n");
    end();
}

TEST(nothing_is_cosigned_after_it_must_not_be)
{
    begin(9, true);
    answer_status(0, &tree, 9);
    expect("heard 9\ncosign\n");
    step((struct replica_event){ .type = REPLICA_UNSIGNED });
    tick_at(5000);
    expect("");
    end();
}

TEST(a_cosignature_is_never_of_less_nor_of_another_root)
{
    struct checkpoint last = { .size = 0 }, cp = { .size = 9, .root = { { 1 } } };

    assert_status(replica_may_cosign(&last, &cp), STATUS_OK);
    last = cp;
    assert_status(replica_may_cosign(&last, &cp), STATUS_EXISTS);
    cp.root.b[0] = 2;
    assert_status(replica_may_cosign(&last, &cp), STATUS_FORK);
    cp.size = 8;
    assert_status(replica_may_cosign(&last, &cp), STATUS_FORK);
    cp.size = 10;
    assert_status(replica_may_cosign(&last, &cp), STATUS_OK);
}

TEST(garbage_is_survived)
{
    begin(9, false);
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t noise[64];

        for (size_t k = 0; k < sizeof(noise); k++)
            noise[k] = (uint8_t)hash_sha256((struct bytes){ (uint8_t *)&i, 4 }).b[k % 32];
        noise[0] = 1;
        noise[1] = (uint8_t)(0x80 + i % 8);
        step((struct replica_event){ .type = REPLICA_ANSWER,
                                     .source = i % 2,
                                     .ticket = tickets[i % 2],
                                     .frame = { noise, i % sizeof(noise) } });
        if (replica_deadline_ms(machine) > now_ms)
            tick_at(replica_deadline_ms(machine));
    }
    assert_int_not_equal(replica_state(machine), REPLICA_STOPPED);
    end();
}

static const struct CMUnitTest tests[] = {
    TEST_OF(entries_come_part_by_part_from_one_source),
    TEST_OF(who_stalls_is_left_for_another),
    TEST_OF(silence_is_asked_again_later_and_later),
    TEST_OF(a_false_hint_makes_us_ask_once),
    TEST_OF(another_log_is_not_followed),
    TEST_OF(a_larger_checkpoint_must_be_proved),
    TEST_OF(a_smaller_checkpoint_must_be_of_our_tree),
    TEST_OF(what_is_thrown_away_asks_for_a_proof),
    TEST_OF(what_a_retired_key_signed_convicts_nobody),
    TEST_OF(only_a_broker_can_be_too_short),
    TEST_OF(evidence_is_checked_and_believed),
    TEST_OF(what_we_hold_is_cosigned_once_a_second),
    TEST_OF(nothing_is_cosigned_after_it_must_not_be),
    TEST_OF(a_cosignature_is_never_of_less_nor_of_another_root),
    TEST_OF(garbage_is_survived),
};
TEST_MAIN(tests)
