/* The clauses of docs/replication.md 2, on the state machine alone: events in, actions
 * told in words. */
#include "link/sync.h"

#include <inttypes.h>

#include "test.h"
#include "tlog/bundle.h"

#define ORIGIN "avow.example.org/test"

static struct buf told;    /* what the steps so far made the machine do */
static struct buf answers; /* the frame given last */

static void tell(const struct sync_action *a)
{
    struct message m;

    switch (a->type) {
    case SYNC_SEND:
        assert_status(message_decode(a->frame, &m), STATUS_OK);
        if (m.type == MESSAGE_STATUS)
            buf_text(&told, "ask status\n");
        else
            buf_printf(&told, "ask entries from %" PRIu64 "\n", m.u.entries.from);
        break;
    case SYNC_HINTS:
        buf_printf(&told, "subscribe to port %u\n", a->port);
        break;
    case SYNC_STORE:
        buf_printf(&told, "store %" PRIu64 "+%u\n", a->part.from, a->part.count);
        break;
    case SYNC_CURRENT:
        buf_printf(&told, "current at %" PRIu64 ", " BYTES_FMT "\n", a->size,
                   BYTES_ARG(a->frame));
        break;
    case SYNC_BEHIND:
        buf_printf(&told, "server behind: %" PRIu64 "\n", a->size);
        break;
    case SYNC_NONSENSE:
        buf_printf(&told, "nonsense: %s\n", a->text);
        break;
    }
}

static void step(struct sync *s, struct sync_event ev)
{
    struct sync_actions acts;

    assert_status(sync_step(s, &ev, &acts), STATUS_OK);
    for (size_t i = 0; i < acts.n; i++)
        tell(&acts.list[i]);
}

static void answer(struct sync *s, const struct message *m, uint64_t now_ms)
{
    buf_reset(&answers);
    message_encode(m, &answers);
    step(s, (struct sync_event){
                .type = SYNC_ANSWER, .now_ms = now_ms, .frame = buf_bytes(&answers) });
}

static void answer_status(struct sync *s, const char *origin, uint64_t size,
                          uint64_t now_ms)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };

    m.u.status.size = size;
    m.u.status.hints_port = 7422;
    m.u.status.origin = bytes_of(origin);
    m.u.status.checkpoint = size > 0 ? BYTES_LIT("a checkpoint") : (struct bytes){ 0 };
    answer(s, &m, now_ms);
}

static void answer_entries(struct sync *s, uint64_t from, uint32_t count, uint64_t now_ms)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    struct buf bundle = { 0 };

    for (uint32_t i = 0; i < count; i++)
        bundle_add(&bundle, BYTES_LIT("entry"));
    m.u.entries_answer.from = from;
    m.u.entries_answer.count = count;
    m.u.entries_answer.checkpoint = BYTES_LIT("a checkpoint");
    m.u.entries_answer.bundle = buf_bytes(&bundle);
    answer(s, &m, now_ms);
    buf_clear(&bundle);
}

static void event(struct sync *s, enum sync_event_type type, uint64_t size,
                  uint64_t now_ms)
{
    step(s, (struct sync_event){ .type = type, .now_ms = now_ms, .size = size });
}

/* A machine with `stored` entries, greeted by a server of `size` and asking for more. */
static struct sync *greeted(uint64_t stored, uint64_t size)
{
    struct sync *s;

    buf_clear(&told);
    assert_status(sync_new(ORIGIN, stored, &s), STATUS_OK);
    event(s, SYNC_UP, 0, 0);
    answer_status(s, ORIGIN, size, 0);
    return s;
}

static void end(struct sync *s)
{
    sync_free(s);
    buf_clear(&told);
    buf_clear(&answers);
}

TEST(it_asks_from_the_first_entry_it_lacks)
{
    struct sync *s = greeted(3, 5);

    answer_entries(s, 3, 2, 10);
    event(s, SYNC_STORED, 5, 20);
    answer_entries(s, 5, 0, 30);
    assert_buf_eq(&told, "ask status\n"
                         "subscribe to port 7422\n"
                         "ask entries from 3\n"
                         "store 3+2\n"
                         "ask entries from 5\n"
                         "current at 5, a checkpoint\n");
    assert_int_equal(sync_server_size(s), 5);
    end(s);
}

TEST(it_asks_nothing_of_a_server_of_another_log)
{
    struct sync *s;

    assert_status(sync_new(ORIGIN, 0, &s), STATUS_OK);
    event(s, SYNC_UP, 0, 0);
    answer_status(s, "other.example.org", 5, 0);
    assert_buf_eq(&told, "ask status\n"
                         "nonsense: it serves another log\n");
    end(s);
}

TEST(without_an_origin_it_takes_the_servers)
{
    struct sync *s;

    assert_status(sync_new("", 0, &s), STATUS_OK);
    event(s, SYNC_UP, 0, 0);
    answer_status(s, ORIGIN, 0, 0);
    event(s, SYNC_FAILED, 0, 0);
    event(s, SYNC_TICK, 0, 100);
    answer_status(s, "other.example.org", 0, 100);
    assert_buf_eq(&told, "ask status\n"
                         "subscribe to port 7422\n"
                         "ask entries from 0\n"
                         "ask status\n"
                         "nonsense: it serves another log\n");
    end(s);
}

TEST(a_part_is_stored_before_the_next_is_asked_for)
{
    struct sync *s = greeted(0, 5);

    answer_entries(s, 0, 2, 0);
    buf_reset(&told);
    event(s, SYNC_HINT, 9, 0);
    event(s, SYNC_TICK, 0, 1000000);
    assert_buf_eq(&told, "");
    assert_true(sync_deadline_ms(s) == UINT64_MAX);
    event(s, SYNC_STORED, 2, 0);
    assert_buf_eq(&told, "ask entries from 2\n");
    assert_int_equal(sync_server_size(s), 9);
    end(s);
}

TEST(without_an_answer_it_asks_later_and_later)
{
    static const uint64_t waits[] = { 100, 200, 400, 800, 1600, 3200, 5000, 5000 };
    struct sync *s = greeted(1, 5);
    uint64_t now = 0;

    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        event(s, SYNC_FAILED, 0, now);
        assert_int_equal(sync_deadline_ms(s), now + waits[i]);
        buf_reset(&told);
        event(s, SYNC_TICK, 0, now + waits[i] - 1);
        assert_buf_eq(&told, "");
        now += waits[i];
        event(s, SYNC_TICK, 0, now);
        assert_buf_eq(&told, "ask status\n");
    }
    answer_status(s, ORIGIN, 5, now);
    answer_entries(s, 1, 4, now);
    event(s, SYNC_STORED, 5, now);
    event(s, SYNC_FAILED, 0, now);
    assert_int_equal(sync_deadline_ms(s), now + 100);
    end(s);
}

TEST(what_was_not_the_log_is_asked_for_again_later)
{
    struct sync *s = greeted(1, 5);

    answer_entries(s, 1, 4, 0);
    event(s, SYNC_DISCARDED, 0, 0);
    buf_reset(&told);
    event(s, SYNC_TICK, 0, 99);
    assert_buf_eq(&told, "");
    event(s, SYNC_TICK, 0, 100);
    assert_buf_eq(&told, "ask entries from 1\n");
    end(s);
}

TEST(after_a_wrong_part_it_asks_nothing_any_more)
{
    struct sync *s = greeted(1, 5);

    answer_entries(s, 1, 4, 0);
    event(s, SYNC_WRONG, 0, 0);
    buf_reset(&told);
    event(s, SYNC_HINT, 9, 0);
    event(s, SYNC_TICK, 0, 1000000);
    event(s, SYNC_UP, 0, 1000000);
    assert_buf_eq(&told, "");
    assert_true(sync_deadline_ms(s) == UINT64_MAX);
    end(s);
}

TEST(it_asks_by_itself_every_five_seconds)
{
    struct sync *s = greeted(5, 5);

    answer_entries(s, 5, 0, 1000);
    assert_int_equal(sync_deadline_ms(s), 6000);
    buf_reset(&told);
    event(s, SYNC_TICK, 0, 5999);
    assert_buf_eq(&told, "");
    event(s, SYNC_TICK, 0, 6000);
    assert_buf_eq(&told, "ask entries from 5\n");
    end(s);
}

TEST(a_hint_is_followed_at_once)
{
    struct sync *s = greeted(5, 5);

    answer_entries(s, 5, 0, 0);
    buf_reset(&told);
    event(s, SYNC_HINT, 5, 1);
    assert_buf_eq(&told, "");
    event(s, SYNC_HINT, 6, 1);
    assert_buf_eq(&told, "ask entries from 5\n");
    end(s);
}

TEST(a_hint_while_an_answer_is_awaited_is_not_lost)
{
    struct sync *s = greeted(5, 5);

    buf_reset(&told);
    event(s, SYNC_HINT, 6, 0);
    answer_entries(s, 5, 0, 0);
    assert_buf_eq(&told, "ask entries from 5\n");
    answer_entries(s, 5, 0, 0); /* the hint was false: once is enough */
    assert_buf_eq(&told, "ask entries from 5\ncurrent at 5, a checkpoint\n");
    assert_int_equal(sync_server_size(s), 5);
    end(s);
}

TEST(a_shorter_server_is_told)
{
    struct sync *s = greeted(5, 3);

    assert_buf_eq(&told, "ask status\n"
                         "server behind: 3\n"
                         "subscribe to port 7422\n"
                         "ask entries from 5\n");
    end(s);
}

TEST(what_is_no_answer_is_nonsense)
{
    struct message busy = { .type = MESSAGE_ERROR };
    struct message hint = { .type = MESSAGE_HINT };
    struct sync *s = greeted(5, 9);

    buf_reset(&told);
    answer_entries(s, 4, 1, 0);
    event(s, SYNC_TICK, 0, 100);
    step(s, (struct sync_event){
                .type = SYNC_ANSWER, .now_ms = 100, .frame = BYTES_LIT("\x01\x82...") });
    event(s, SYNC_TICK, 0, 300);
    step(s, (struct sync_event){
                .type = SYNC_ANSWER, .now_ms = 300, .frame = BYTES_LIT("\x02\x82") });
    event(s, SYNC_TICK, 0, 700);
    busy.u.answer.status = 503;
    answer(s, &busy, 700);
    event(s, SYNC_TICK, 0, 1500);
    answer(s, &hint, 1500);
    assert_buf_eq(&told, "nonsense: it sent other entries than asked\n"
                         "ask entries from 5\n"
                         "nonsense: its answer is malformed\n"
                         "ask entries from 5\n"
                         "nonsense: it speaks a newer version of the link\n"
                         "ask entries from 5\n"
                         "nonsense: it is busy\n"
                         "ask entries from 5\n"
                         "nonsense: its answer is of another type\n");
    end(s);
}

TEST(entries_are_taken_only_from_a_server_that_said_what_it_serves)
{
    struct sync *s;

    buf_clear(&told);
    assert_status(sync_new(ORIGIN, 0, &s), STATUS_OK);
    event(s, SYNC_UP, 0, 0);
    answer_entries(s, 0, 1, 0);
    assert_buf_eq(&told, "ask status\n"
                         "nonsense: its answer is of another type\n");
    end(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(it_asks_from_the_first_entry_it_lacks),
    TEST_OF(it_asks_nothing_of_a_server_of_another_log),
    TEST_OF(without_an_origin_it_takes_the_servers),
    TEST_OF(a_part_is_stored_before_the_next_is_asked_for),
    TEST_OF(without_an_answer_it_asks_later_and_later),
    TEST_OF(what_was_not_the_log_is_asked_for_again_later),
    TEST_OF(after_a_wrong_part_it_asks_nothing_any_more),
    TEST_OF(it_asks_by_itself_every_five_seconds),
    TEST_OF(a_hint_is_followed_at_once),
    TEST_OF(a_hint_while_an_answer_is_awaited_is_not_lost),
    TEST_OF(a_shorter_server_is_told),
    TEST_OF(what_is_no_answer_is_nonsense),
    TEST_OF(entries_are_taken_only_from_a_server_that_said_what_it_serves),
};
TEST_MAIN(tests)
