/* tests/unit/pipeline.c: work on several threads, results in order. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "io/pipeline.h"

#define JOBS 8000

struct job {
    unsigned from, number; /* of its pusher */
    unsigned square;
};

static void work(void *ctx, void *arg, unsigned thread)
{
    struct job *job = arg;

    (void)thread;
    /* Some take longer, so that they would overtake one another if they could. */
    for (volatile unsigned i = 0; i < job->number % 7 * 2000; i++)
        ;
    job->square = job->number * job->number;
    atomic_fetch_add((atomic_uint *)ctx, 1);
}

static struct job jobs[4][JOBS / 4];

struct pusher {
    struct pipeline *p;
    unsigned from;
};

static void *push_all(void *arg)
{
    struct pusher *pusher = arg;

    for (unsigned i = 0; i < JOBS / 4; i++) {
        jobs[pusher->from][i] = (struct job){ .from = pusher->from, .number = i };
        if (pipeline_push(pusher->p, &jobs[pusher->from][i], PIPELINE_WAIT) != STATUS_OK)
            abort();
    }
    return NULL;
}

TEST(results_come_in_the_order_of_each_pusher)
{
    atomic_uint worked = 0;
    struct pipeline *p = NULL;
    struct pusher pushers[4];
    pthread_t threads[4];
    unsigned next[4] = { 0 }, taken = 0;
    void *got[100];

    assert_status(pipeline_new(3, 64, work, &worked, &p), STATUS_OK);
    for (unsigned i = 0; i < 4; i++) {
        pushers[i] = (struct pusher){ p, i };
        assert_int_equal(pthread_create(&threads[i], NULL, push_all, &pushers[i]), 0);
    }
    while (taken < JOBS) {
        size_t n = pipeline_take(p, got, 100, 10000);

        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            struct job *job = got[i];

            assert_int_equal(job->number, next[job->from]++);
            assert_int_equal(job->square, job->number * job->number);
        }
        taken += (unsigned)n;
    }
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&worked), JOBS);
    assert_int_equal(pipeline_depth(p), 0);
    pipeline_free(p);
}

TEST(a_full_pipeline_says_so)
{
    atomic_uint worked = 0;
    struct pipeline *p = NULL;
    struct job job[5] = { { 0 } };
    void *got[5];
    size_t n = 0;

    assert_status(pipeline_new(1, 4, work, &worked, &p), STATUS_OK);
    for (int i = 0; i < 4; i++)
        assert_status(pipeline_push(p, &job[i], PIPELINE_NOWAIT), STATUS_OK);
    assert_status(pipeline_push(p, &job[4], PIPELINE_NOWAIT), STATUS_BUSY);
    assert_int_equal(pipeline_depth(p), 4);
    while (n < 4)
        n += pipeline_take(p, got + n, 4, 10000);
    assert_ptr_equal(got[3], &job[3]);
    assert_status(pipeline_push(p, &job[4], PIPELINE_NOWAIT), STATUS_OK);
    while (n < 5)
        n += pipeline_take(p, got, 5, 10000);
    pipeline_free(p);
}

TEST(what_was_pushed_before_the_end_comes_out)
{
    atomic_uint worked = 0;
    struct pipeline *p = NULL;
    struct job job[3] = { { 0 } };
    void *got[3];
    size_t n = 0;

    assert_status(pipeline_new(2, 4, work, &worked, &p), STATUS_OK);
    for (int i = 0; i < 3; i++)
        assert_status(pipeline_push(p, &job[i], PIPELINE_WAIT), STATUS_OK);
    pipeline_finish(p);
    assert_status(pipeline_push(p, &job[0], PIPELINE_WAIT), STATUS_BUSY);
    while (!pipeline_empty(p))
        n += pipeline_take(p, got + n, 3 - n, -1);
    assert_int_equal(n, 3);
    assert_int_equal(pipeline_take(p, got, 3, -1), 0);
    pipeline_free(p);
}

static void *wake(void *p)
{
    pipeline_wake(p);
    return NULL;
}

TEST(who_waits_is_woken)
{
    atomic_uint worked = 0;
    struct pipeline *p = NULL;
    pthread_t thread;
    void *got[1];

    assert_status(pipeline_new(1, 4, work, &worked, &p), STATUS_OK);
    assert_int_equal(pipeline_take(p, got, 1, 10), 0); /* the time is over */
    assert_int_equal(pthread_create(&thread, NULL, wake, p), 0);
    assert_int_equal(pipeline_take(p, got, 1, -1), 0);
    pthread_join(thread, NULL);
    pipeline_free(p);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(results_come_in_the_order_of_each_pusher),
    TEST_OF(a_full_pipeline_says_so),
    TEST_OF(what_was_pushed_before_the_end_comes_out),
    TEST_OF(who_waits_is_woken),
};
TEST_MAIN(tests)
