/* tests/unit/readers.c: who waits for whom, and what is dropped. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "io/readers.h"
#include "unit/store_fixture.h"

static int set_up(void **state)
{
    (void)state;
    store_close(store_at("readers.db", STORE_CREATE));
    return 0;
}

/* What jobs wrote, in the order in which they ran; capitals: dropped. A place is taken
 * before it is written, and counted after. */
static char ran[512];
static atomic_uint places, n_ran;
static atomic_bool gate_open;
static atomic_uint at_gate;

struct note {
    char letter;
    bool waits; /* at the gate, before it is done */
};

static void note_job(struct store *s, void *arg)
{
    const struct note *n = arg;

    if (n->waits && s != NULL) {
        atomic_fetch_add(&at_gate, 1);
        while (!atomic_load(&gate_open))
            usleep(500);
    }
    ran[atomic_fetch_add(&places, 1)] = s != NULL ? n->letter : (char)(n->letter - 32);
    atomic_fetch_add(&n_ran, 1);
}

static void wait_for(atomic_uint *count, unsigned n)
{
    for (uint64_t until = clock_ms() + 10000; atomic_load(count) < n;) {
        assert_true(clock_ms() < until);
        usleep(500);
    }
}

static struct readers *begin(unsigned threads, size_t room)
{
    struct readers *r = NULL;

    atomic_store(&places, 0);
    atomic_store(&n_ran, 0);
    atomic_store(&at_gate, 0);
    atomic_store(&gate_open, false);
    memset(ran, 0, sizeof(ran));
    assert_status(readers_new(scratch_path("readers.db"), threads, room, &r), STATUS_OK);
    return r;
}

static enum status push(struct readers *r, const struct note *n, uint64_t asker,
                        enum reader_cost cost)
{
    struct reader_job job = { note_job, (void *)(uintptr_t)n, asker, cost, NULL };

    return readers_push(r, &job);
}

TEST(who_asks_little_does_not_wait_for_who_asks_much)
{
    static const struct note gate = { 'g', true }, much = { 'm', false },
                             little = { 'l', false };
    struct readers *r = begin(1, 64);

    assert_status(push(r, &gate, 1, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    for (int i = 0; i < 20; i++)
        assert_status(push(r, &much, 1, READER_QUICK), STATUS_OK);
    assert_status(push(r, &little, 2, READER_QUICK), STATUS_OK);
    atomic_store(&gate_open, true);
    wait_for(&n_ran, 22);
    assert_memory_equal(ran, "gl", 2);
    readers_free(r);
}

TEST(quick_jobs_go_ahead_of_slow_ones_but_not_for_ever)
{
    static const struct note gate = { 'g', true }, slow = { 's', false },
                             quick = { 'q', false };
    struct readers *r = begin(1, 64);

    assert_status(push(r, &gate, 1, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    assert_status(push(r, &slow, 1, READER_SLOW), STATUS_OK);
    for (int i = 0; i < 20; i++)
        assert_status(push(r, &quick, 1, READER_QUICK), STATUS_OK);
    atomic_store(&gate_open, true);
    wait_for(&n_ran, 22);
    assert_string_equal(ran, "gqqqqqqqsqqqqqqqqqqqqq");
    readers_free(r);
}

TEST(slow_jobs_leave_a_thread_for_quick_ones)
{
    static const struct note slow = { 's', true }, quick = { 'q', false };
    struct readers *r = begin(3, 64);

    for (uint64_t i = 0; i < 5; i++)
        assert_status(push(r, &slow, i, READER_SLOW), STATUS_OK);
    wait_for(&at_gate, 2);
    assert_status(push(r, &quick, 9, READER_QUICK), STATUS_OK);
    wait_for(&n_ran, 1);
    assert_int_equal(ran[0], 'q');
    assert_int_equal(atomic_load(&at_gate), 2);
    atomic_store(&gate_open, true);
    wait_for(&n_ran, 6);
    readers_free(r);
}

TEST(one_asker_does_not_fill_the_room)
{
    static const struct note gate = { 'g', true }, other = { 'o', false };
    struct readers *r = begin(1, 64);
    unsigned slow = 0, quick = 0;

    assert_status(push(r, &gate, 1, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    while (push(r, &other, 1, READER_SLOW) == STATUS_OK)
        slow++;
    while (push(r, &other, 1, READER_QUICK) == STATUS_OK)
        quick++;
    assert_int_equal(slow, 64 / 8);
    assert_int_equal(slow + quick, 64 / 2);
    assert_status(push(r, &other, 2, READER_QUICK), STATUS_OK);
    assert_int_equal(readers_depth(r), 64 / 2 + 1);
    atomic_store(&gate_open, true);
    readers_free(r);
}

TEST(more_askers_than_are_told_apart_are_all_served)
{
    static const struct note gate = { 'g', true }, other = { 'o', false };
    struct readers *r = begin(1, 1024);

    assert_status(push(r, &gate, 0, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    for (uint64_t i = 1; i <= 300; i++)
        assert_status(push(r, &other, i << 32, READER_QUICK), STATUS_OK);
    atomic_store(&gate_open, true);
    wait_for(&n_ran, 301);
    for (uint64_t i = 1; i <= 50; i++)
        assert_status(push(r, &other, i, READER_QUICK), STATUS_OK);
    wait_for(&n_ran, 351);
    readers_free(r);
}

TEST(a_job_that_nobody_waits_for_is_dropped)
{
    static const struct note gate = { 'g', true }, dropped = { 'd', false };
    atomic_bool gone = false;
    struct reader_job job = { note_job, (void *)(uintptr_t)&dropped, 1, READER_QUICK,
                              &gone };
    struct readers *r = begin(1, 8);

    assert_status(push(r, &gate, 1, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    assert_status(readers_push(r, &job), STATUS_OK);
    atomic_store(&gone, true);
    atomic_store(&gate_open, true);
    wait_for(&n_ran, 2);
    assert_string_equal(ran, "gD");
    readers_free(r);
}

/* Opens the gate once all ends, which is seen by a push that is not taken. */
static void *open_gate(void *arg)
{
    static const struct note late = { 'l', false };

    while (push(arg, &late, 1, READER_QUICK) == STATUS_OK)
        usleep(500);
    atomic_store(&gate_open, true);
    return NULL;
}

TEST(at_the_end_what_waits_is_dropped_and_answered)
{
    static const struct note gate = { 'g', true }, waits = { 'w', false };
    struct readers *r = begin(1, 250);
    pthread_t opener;
    unsigned n;

    assert_status(push(r, &gate, 1, READER_QUICK), STATUS_OK);
    wait_for(&at_gate, 1);
    for (int i = 0; i < 5; i++)
        assert_status(push(r, &waits, 1, READER_QUICK), STATUS_OK);
    assert_int_equal(pthread_create(&opener, NULL, open_gate, r), 0);
    readers_finish(r);
    pthread_join(opener, NULL);
    n = atomic_load(&n_ran);
    assert_true(n >= 6);
    assert_memory_equal(ran, "gWWWWW", 6);
    for (unsigned i = 6; i < n; i++)
        assert_int_equal(ran[i], 'L');
    assert_status(push(r, &waits, 1, READER_QUICK), STATUS_BUSY);
    readers_free(r);
}

static bool always(void *ctx)
{
    return *(bool *)ctx;
}

static enum status next_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    (void)ctx, (void)row, (void)key, (void)value;
    return STATUS_OK;
}

TEST(a_long_call_to_the_store_ends_when_it_is_cancelled)
{
    struct store *s = store_at("long.db", STORE_CREATE);
    bool cancel = false;

    assert_status(store_begin(s), STATUS_OK);
    for (int i = 0; i < 2000; i++) {
        char key[16];
        uint64_t row;

        snprintf(key, sizeof(key), "org-%d", i);
        assert_status(
            store_row_add(s, STORE_ORGANIZATION, bytes_of(key), BYTES_LIT("{}"), &row),
            STATUS_OK);
    }
    assert_status(store_end(s, STATUS_OK), STATUS_OK);
    store_close(s);
    s = store_at("long.db", STORE_READ);
    store_cancel_when(s, always, &cancel);
    assert_status(store_rows(s, STORE_ORGANIZATION, 1, false, next_row, NULL), STATUS_OK);
    cancel = true;
    assert_status(store_rows(s, STORE_ORGANIZATION, 1, false, next_row, NULL),
                  STATUS_CANCELLED);
    cancel = false;
    assert_status(store_rows(s, STORE_ORGANIZATION, 1, false, next_row, NULL), STATUS_OK);
    store_close(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(who_asks_little_does_not_wait_for_who_asks_much),
    TEST_OF(quick_jobs_go_ahead_of_slow_ones_but_not_for_ever),
    TEST_OF(slow_jobs_leave_a_thread_for_quick_ones),
    TEST_OF(one_asker_does_not_fill_the_room),
    TEST_OF(more_askers_than_are_told_apart_are_all_served),
    TEST_OF(a_job_that_nobody_waits_for_is_dropped),
    TEST_OF(at_the_end_what_waits_is_dropped_and_answered),
    TEST_OF(a_long_call_to_the_store_ends_when_it_is_cancelled),
};
TEST_MAIN_WITH(tests, set_up)
