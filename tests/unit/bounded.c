/* Calls that may never return. */
#include "io/bounded.h"

#include <pthread.h>

#include "base/clock.h"
#include "unit/test.h"

static void quick(void *arg)
{
    *(int *)arg = 7;
}

TEST(one_that_returns_has_returned)
{
    int seven = 0;

    assert_true(bounded_call(quick, &seven, 60000));
    assert_int_equal(seven, 7);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open, passed;
};

static void wait_at(void *arg)
{
    struct gate *g = arg;

    pthread_mutex_lock(&g->lock);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    g->passed = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

TEST(one_that_does_not_is_left_alone_and_may_go_on)
{
    struct gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false };
    uint64_t begin_ms = clock_ms();

    assert_false(bounded_call(wait_at, &g, 50));
    assert_true(clock_ms() - begin_ms >= 50);
    pthread_mutex_lock(&g.lock);
    assert_false(g.passed);
    g.open = true;
    pthread_cond_broadcast(&g.changed);
    while (!g.passed)
        pthread_cond_wait(&g.changed, &g.lock);
    pthread_mutex_unlock(&g.lock);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(one_that_returns_has_returned),
    TEST_OF(one_that_does_not_is_left_alone_and_may_go_on),
};

TEST_MAIN(tests)
