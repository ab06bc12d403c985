/* tests/unit/feed.c: whatever happens to a watcher, it sees each matching event once */
#include "test.h"

#include "face/feed.h"
#include "record/json.h"

#define WATCHERS_MAX 24
#define EVENTS_MAX 20000

/* xorshift: the same story on every machine. */
static uint64_t seed;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

/* The log as a list, and the truth that frames are held against. */
static struct event log_events[EVENTS_MAX];
static size_t n_events;

static const char *const countries[] = { "PS", "KE", "FR", "JP" };

static void log_add(uint64_t index, unsigned n, size_t padding)
{
    struct event *ev = &log_events[n_events++];
    char facets[64];

    assert_true(n_events <= EVENTS_MAX);
    memset(ev, 0, sizeof(*ev));
    ev->index = index;
    ev->n = n;
    strcpy(ev->is, "pledge.made");
    snprintf(facets, sizeof(facets), "{\"countries\":[\"%s\"]}",
             countries[random_below(4)]);
    assert_status(json_parse(bytes_of(facets), &ev->facets), STATUS_OK);
    buf_printf(&ev->json, "{\"index\":%llu,\"n\":%u,\"text\":\"",
               (unsigned long long)index, n);
    for (size_t i = 0; i < padding; i++)
        buf_u8(&ev->json, 'x');
    buf_text(&ev->json, "\"}");
}

static void log_clear(void)
{
    for (size_t i = 0; i < n_events; i++) {
        json_decref(log_events[i].facets);
        buf_clear(&log_events[i].json);
    }
    n_events = 0;
}

static size_t log_find(uint64_t index)
{
    size_t at = 0;

    while (at < n_events && log_events[at].index < index)
        at++;
    return at;
}

struct viewer {
    struct watcher *w;
    uint64_t since;
    size_t expected; /* in log_events: what has to come next is here or behind */
    uint64_t size;   /* the last one told */
    struct frame *unsent;
};

/* The message holds exactly the next matching events, and all of them below its size. */
static void read_message(struct viewer *v, struct bytes text)
{
    json_t *message = NULL;
    const json_t *event;
    size_t i;
    uint64_t size;

    assert_status(json_parse(text, &message), STATUS_OK);
    size = (uint64_t)json_integer_value(json_object_get(message, "size"));
    assert_true(size >= v->size);
    json_array_foreach(json_object_get(message, "events"), i, event)
    {
        while (v->expected < n_events &&
               !filter_match(watcher_filter(v->w), bytes_of("pledge.made"),
                             log_events[v->expected].facets))
            v->expected++;
        assert_true(v->expected < n_events);
        assert_int_equal(json_integer_value(json_object_get(event, "index")),
                         log_events[v->expected].index);
        assert_int_equal(json_integer_value(json_object_get(event, "n")),
                         log_events[v->expected].n);
        assert_true(log_events[v->expected].index < size);
        v->expected++;
    }
    /* Nothing that matches is left below the size: no gap. */
    for (size_t at = v->expected; at < n_events && log_events[at].index < size; at++)
        assert_false(filter_match(watcher_filter(v->w), bytes_of("pledge.made"),
                                  log_events[at].facets));
    v->size = size;
    json_decref(message);
}

/* As feed_catchup does from a store, some entries at a time. */
static void catch_up(struct feed *f, struct viewer *v)
{
    uint64_t from = watcher_position(v->w);
    uint64_t to = from + 1 + random_below(feed_size(f) - from);
    size_t a = log_find(from), b = log_find(to);
    struct buf text = { 0 };

    if (events_message(log_events + a, b - a, watcher_filter(v->w), to,
                       (struct bytes){ 0 }, &text) > 0)
        read_message(v, buf_bytes(&text));
    watcher_caught_up(v->w, to);
    buf_clear(&text);
}

/* One step; false: it waits. A frame taken is read at the next step: a slow socket. */
static bool view_once(struct feed *f, struct viewer *v)
{
    if (v->unsent != NULL) {
        read_message(v, frame_text(v->unsent));
        frame_release(v->unsent);
        v->unsent = NULL;
        return true;
    }
    switch (watcher_next(v->w, &v->unsent)) {
    case WATCHER_FRAME:
        return true;
    case WATCHER_BEHIND:
        catch_up(f, v);
        return true;
    case WATCHER_WAIT:
        assert_int_equal(watcher_position(v->w), feed_size(f));
        break;
    }
    return false;
}

static void viewer_open(struct feed *f, struct viewer *v)
{
    static const char *const filters[] = { "", "country=PS", "country=KE&country=FR",
                                           "country=FR&country=KE", "network=nobody" };
    struct filter *filter;
    char why[200];

    memset(v, 0, sizeof(*v));
    v->since = random_below(3) == 0 ? UINT64_MAX : random_below(feed_size(f) + 1);
    assert_status(filter_parse(bytes_of(filters[random_below(5)]), &filter, why),
                  STATUS_OK);
    assert_status(feed_watch(f, filter, v->since, &v->w), STATUS_OK);
    if (v->since == UINT64_MAX)
        v->since = feed_size(f);
    v->size = v->since;
    v->expected = log_find(v->since);
}

static void viewer_close(struct viewer *v)
{
    if (v->unsent != NULL)
        frame_release(v->unsent);
    feed_unwatch(v->w);
    memset(v, 0, sizeof(*v));
}

static void publish(struct feed *f)
{
    uint64_t size = feed_size(f), entries = 1 + random_below(30);
    size_t from = n_events;
    /* Now and then entries so large that little of it is kept. */
    size_t padding = random_below(10) == 0 ? 20000 : random_below(200);

    for (uint64_t i = size; i < size + entries; i++) {
        unsigned records = (unsigned)random_below(4);

        for (unsigned n = 1; n <= records; n++)
            log_add(i, n, padding);
    }
    assert_status(feed_publish(f, log_events + from, n_events - from, size + entries,
                               bytes_of("cm9vdA==")),
                  STATUS_OK);
}

static void tell_a_story(uint64_t number)
{
    struct viewer viewers[WATCHERS_MAX] = { 0 };
    struct feed *f;

    seed = number * 0x9e3779b97f4a7c15u + 1;
    assert_status(feed_new(0, &f), STATUS_OK);
    for (int step = 0; step < 600; step++) {
        struct viewer *v = &viewers[random_below(WATCHERS_MAX)];

        if (random_below(8) == 0)
            publish(f);
        else if (v->w == NULL)
            viewer_open(f, v);
        else if (random_below(40) == 0)
            viewer_close(v);
        else
            for (uint64_t i = random_below(6); i > 0 && view_once(f, v); i--)
                ;
    }
    for (size_t i = 0; i < WATCHERS_MAX; i++) {
        if (viewers[i].w == NULL)
            continue;
        while (view_once(f, &viewers[i]))
            ;
        /* It saw all there is. */
        viewers[i].size = 0;
        {
            struct buf end = { 0 };

            feed_idle_message(feed_size(f), &end);
            read_message(&viewers[i], buf_bytes(&end));
            buf_clear(&end);
        }
        viewer_close(&viewers[i]);
    }
    assert_int_equal(feed_watchers(f), 0);
    feed_free(f);
    log_clear();
}

TEST(every_watcher_sees_each_event_once)
{
    for (uint64_t i = 0; i < 60; i++)
        tell_a_story(i);
}

static struct watcher *watch(struct feed *f, uint64_t since)
{
    struct filter *filter;
    struct watcher *w = NULL;
    char why[200];

    assert_status(filter_parse(bytes_of(""), &filter, why), STATUS_OK);
    assert_status(feed_watch(f, filter, since, &w), STATUS_OK);
    return w;
}

TEST(watchers_of_one_filter_share_a_frame)
{
    struct feed *f;
    struct watcher *a, *b;
    struct frame *one = NULL, *other = NULL;

    seed = 7;
    assert_status(feed_new(5, &f), STATUS_OK);
    a = watch(f, UINT64_MAX);
    b = watch(f, 5);
    log_add(5, 1, 3);
    assert_status(feed_publish(f, log_events, 1, 6, bytes_of("cm9vdA==")), STATUS_OK);
    assert_int_equal(watcher_next(a, &one), WATCHER_FRAME);
    assert_int_equal(watcher_next(b, &other), WATCHER_FRAME);
    assert_ptr_equal(one, other);
    assert_bytes_eq(frame_text(one), "{\"size\":6,\"root\":\"cm9vdA==\",\"events\":["
                                     "{\"index\":5,\"n\":1,\"text\":\"xxx\"}]}");
    /* A frame outlives its channel while somebody is sending it. */
    feed_unwatch(a);
    feed_unwatch(b);
    frame_release(one);
    assert_true(frame_text(other).len > 0);
    frame_release(other);
    feed_free(f);
    log_clear();
}

TEST(beyond_the_log_is_refused)
{
    struct feed *f;
    struct filter *filter;
    struct watcher *w = NULL;
    char why[200];

    assert_status(feed_new(5, &f), STATUS_OK);
    assert_status(filter_parse(bytes_of(""), &filter, why), STATUS_OK);
    assert_status(feed_watch(f, filter, 6, &w), STATUS_REFUSED);
    assert_null(w);
    assert_int_equal(feed_watchers(f), 0);
    feed_free(f);
}

TEST(a_slow_watcher_is_not_kept_for)
{
    struct feed *f;
    struct watcher *w;
    struct frame *frame = NULL;

    seed = 9;
    assert_status(feed_new(0, &f), STATUS_OK);
    w = watch(f, UINT64_MAX);
    for (uint64_t i = 0; i < 40; i++) {
        log_add(i, 1, 10000);
        assert_status(feed_publish(f, &log_events[i], 1, i + 1, (struct bytes){ 0 }),
                      STATUS_OK);
    }
    assert_int_equal(watcher_next(w, &frame), WATCHER_BEHIND);
    watcher_caught_up(w, 16);
    /* Of 40 times 10,000 bytes a quarter of a MiB is there: from entry 14 on. */
    assert_int_equal(watcher_next(w, &frame), WATCHER_FRAME);
    assert_int_equal(watcher_position(w), 17);
    frame_release(frame);
    feed_unwatch(w);
    feed_free(f);
    log_clear();
}

TEST(a_batch_is_cut_into_messages_between_entries)
{
    struct feed *f;
    struct watcher *w;
    struct frame *frame = NULL;
    uint64_t before = 0;
    size_t messages = 0;

    seed = 11;
    assert_status(feed_new(0, &f), STATUS_OK);
    w = watch(f, UINT64_MAX);
    for (uint64_t i = 0; i < 5; i++) {
        for (unsigned n = 1; n <= 4; n++)
            log_add(i, n, 10000);
    }
    assert_status(feed_publish(f, log_events, 20, 5, bytes_of("cm9vdA==")), STATUS_OK);
    while (watcher_next(w, &frame) == WATCHER_FRAME) {
        /* The root is the checkpoint's, so it goes with the last. */
        assert_int_equal(strstr((const char *)frame_text(frame).ptr, "root") != NULL,
                         frame->size == 5);
        assert_int_equal(frame->from, before);
        assert_true(frame_text(frame).len < FEED_MESSAGE_MAX + 41000);
        before = frame->size;
        messages++;
        frame_release(frame);
    }
    assert_int_equal(messages, 3);
    assert_int_equal(before, 5);
    feed_unwatch(w);
    feed_free(f);
    log_clear();
}

TEST(hello_and_idle_messages)
{
    struct feed *f;
    struct buf out = { 0 };

    assert_status(feed_new(1042, &f), STATUS_OK);
    feed_hello(f, "avow.example.org/spf", &out);
    assert_buf_eq(&out,
                  "{\"hello\":{\"origin\":\"avow.example.org/spf\",\"size\":1042}}");
    buf_reset(&out);
    feed_idle_message(1042, &out);
    assert_buf_eq(&out, "{\"size\":1042,\"events\":[]}");
    buf_clear(&out);
    feed_free(f);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(every_watcher_sees_each_event_once),
    TEST_OF(watchers_of_one_filter_share_a_frame),
    TEST_OF(beyond_the_log_is_refused),
    TEST_OF(a_slow_watcher_is_not_kept_for),
    TEST_OF(a_batch_is_cut_into_messages_between_entries),
    TEST_OF(hello_and_idle_messages),
};

TEST_MAIN(tests)
