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
    bool woken;
};

/* Being made, by slow readers. */
static struct piece *pieces[FEED_PIECES_MAX];
static size_t n_pieces, n_made;

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

static void wake(struct watcher *w)
{
    ((struct viewer *)watcher_user(w))->woken = true;
}

/* As piece_make does from a store, some entries at a time; now and then it fails. */
static void end_piece(size_t which)
{
    struct piece *p = pieces[which];
    size_t a = log_find(p->from), b;
    enum status st = random_below(8) == 0 ? STATUS_IO : STATUS_OK;
    uint8_t *room;

    p->size = p->from + 1 + random_below(p->upto - p->from);
    b = log_find(p->size);
    if (st == STATUS_OK && atomic_load(&p->wanted)) {
        room = buf_space(&p->room_and_text, FEED_ROOM);
        assert_non_null(room);
        memset(room, 0, FEED_ROOM);
        if (events_message(log_events + a, b - a, p->filter, p->size, (struct bytes){ 0 },
                           &p->room_and_text) == 0)
            feed_idle_message(p->size, &p->room_and_text);
        p->made = true;
        n_made++;
    }
    pieces[which] = pieces[--n_pieces];
    piece_end(p, st, wake);
}

/* One step; false: it waits. A frame taken is read at the next step: a slow socket. */
static bool view_once(struct feed *f, struct viewer *v)
{
    struct piece *piece = NULL;

    if (v->unsent != NULL) {
        read_message(v, frame_text(v->unsent));
        frame_release(v->unsent);
        v->unsent = NULL;
        return true;
    }
    v->woken = false;
    switch (watcher_next(v->w, &v->unsent, &piece)) {
    case WATCHER_FRAME:
        return true;
    case WATCHER_PIECE:
        assert_true(n_pieces < FEED_PIECES_MAX);
        pieces[n_pieces++] = piece;
        return false;
    case WATCHER_BEHIND:
        assert_true(n_pieces > 0);
        return false;
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
    watcher_user_set(v->w, v);
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
    if (random_below(6) == 0) {
        feed_skip(f, size + entries);
        return;
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
        else if (n_pieces > 0 && random_below(4) == 0)
            end_piece(random_below(n_pieces));
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
        while (view_once(f, &viewers[i]) || watcher_position(viewers[i].w) < feed_size(f))
            if (n_pieces > 0)
                end_piece(random_below(n_pieces));
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
    while (n_pieces > 0)
        end_piece(0);
    feed_free(f);
    log_clear();
}

TEST(every_watcher_sees_each_event_once)
{
    for (uint64_t i = 0; i < 8; i++)
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
    struct piece *piece;

    seed = 7;
    assert_status(feed_new(5, &f), STATUS_OK);
    a = watch(f, UINT64_MAX);
    b = watch(f, 5);
    log_add(5, 1, 3);
    assert_status(feed_publish(f, log_events, 1, 6, bytes_of("cm9vdA==")), STATUS_OK);
    assert_int_equal(watcher_next(a, &one, &piece), WATCHER_FRAME);
    assert_int_equal(watcher_next(b, &other, &piece), WATCHER_FRAME);
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

/* Entries of 1 MiB each. */
static void publish_large(struct feed *f, uint64_t entries)
{
    uint64_t size = feed_size(f);

    for (uint64_t i = size; i < size + entries; i++) {
        log_add(i, 1, 1 << 20);
        assert_status(feed_publish(f, &log_events[i], 1, i + 1, (struct bytes){ 0 }),
                      STATUS_OK);
    }
}

TEST(a_slow_watcher_is_not_kept_for)
{
    struct viewer v = { 0 };
    struct feed *f;
    struct frame *frame = NULL;
    struct piece *piece = NULL;

    seed = 9;
    assert_status(feed_new(0, &f), STATUS_OK);
    v.w = watch(f, UINT64_MAX);
    watcher_user_set(v.w, &v);
    publish_large(f, 40);
    assert_int_equal(watcher_next(v.w, &frame, &piece), WATCHER_PIECE);
    assert_int_equal(piece->from, 0);
    /* Of 40 MiB and a little 32 are there: from entry 9 on. */
    assert_int_equal(piece->upto, 9);
    assert_int_equal(watcher_next(v.w, &frame, &piece), WATCHER_BEHIND);
    buf_space(&piece->room_and_text, FEED_ROOM);
    piece->size = piece->upto;
    piece->made = true;
    piece_end(piece, STATUS_OK, wake);
    assert_true(v.woken);
    assert_int_equal(watcher_next(v.w, &frame, &piece), WATCHER_FRAME);
    frame_release(frame);
    assert_int_equal(watcher_next(v.w, &frame, &piece), WATCHER_FRAME);
    assert_int_equal(watcher_position(v.w), 10);
    frame_release(frame);
    feed_unwatch(v.w);
    feed_free(f);
    log_clear();
}

TEST(what_many_miss_is_made_once)
{
    struct viewer all[WATCHERS_MAX] = { 0 };
    struct feed *f;
    struct frame *frame = NULL, *same = NULL;
    struct piece *piece = NULL, *other;

    seed = 10;
    assert_status(feed_new(0, &f), STATUS_OK);
    for (size_t i = 0; i < WATCHERS_MAX; i++) {
        all[i].w = watch(f, 0);
        watcher_user_set(all[i].w, &all[i]);
    }
    feed_skip(f, 64);
    assert_int_equal(watcher_next(all[0].w, &frame, &piece), WATCHER_PIECE);
    for (size_t i = 1; i < WATCHERS_MAX; i++)
        assert_int_equal(watcher_next(all[i].w, &frame, &other), WATCHER_BEHIND);
    /* Some go; the others are woken, and share one frame. */
    for (size_t i = 12; i < WATCHERS_MAX; i++)
        feed_unwatch(all[i].w);
    assert_true(atomic_load(&piece->wanted));
    buf_space(&piece->room_and_text, FEED_ROOM);
    piece->size = 32;
    piece->made = true;
    piece_end(piece, STATUS_OK, wake);
    for (size_t i = 0; i < 12; i++) {
        assert_true(all[i].woken);
        assert_int_equal(watcher_next(all[i].w, &frame, &piece), WATCHER_FRAME);
        assert_true(i == 0 || frame == same);
        same = frame;
        assert_int_equal(watcher_position(all[i].w), 32);
        frame_release(frame);
    }
    /* When the last who waits goes, nobody needs the piece any more. */
    assert_int_equal(watcher_next(all[0].w, &frame, &piece), WATCHER_PIECE);
    for (size_t i = 0; i < 12; i++)
        feed_unwatch(all[i].w);
    assert_false(atomic_load(&piece->wanted));
    piece_end(piece, STATUS_OK, wake);
    feed_free(f);
}

TEST(pieces_under_way_are_few_and_all_get_their_turn)
{
    struct viewer all[WATCHERS_MAX] = { 0 };
    struct feed *f;
    size_t there = 0;

    seed = 12;
    n_made = 0;
    assert_status(feed_new(1000, &f), STATUS_OK);
    for (size_t i = 0; i < WATCHERS_MAX; i++) {
        all[i].w = watch(f, i * 10); /* all elsewhere */
        all[i].woken = true;
        watcher_user_set(all[i].w, &all[i]);
    }
    feed_skip(f, 1001);
    for (int step = 0; there < WATCHERS_MAX; step++) {
        assert_true(step < 1000);
        there = 0;
        for (size_t i = 0; i < WATCHERS_MAX; i++) {
            struct frame *frame = NULL;
            struct piece *piece = NULL;
            enum watcher_state state = WATCHER_BEHIND;

            if (all[i].woken)
                state = watcher_next(all[i].w, &frame, &piece);
            all[i].woken = state == WATCHER_FRAME;
            if (state == WATCHER_FRAME)
                frame_release(frame);
            if (state == WATCHER_PIECE)
                pieces[n_pieces++] = piece;
            assert_true(n_pieces <= FEED_PIECES_MAX);
            there += watcher_position(all[i].w) == 1001;
        }
        if (n_pieces > 0) {
            struct piece *p = pieces[--n_pieces];
            uint64_t next = (p->from / 32 + 1) * 32;

            buf_space(&p->room_and_text, FEED_ROOM);
            p->size = next < p->upto ? next : p->upto;
            p->made = true;
            n_made++;
            piece_end(p, STATUS_OK, wake);
        }
    }
    /* 24 first ones, and each 32 entries once. */
    assert_in_range(n_made, 32, WATCHERS_MAX + 1001 / 32 + 1);
    for (size_t i = 0; i < WATCHERS_MAX; i++)
        feed_unwatch(all[i].w);
    feed_free(f);
}

TEST(a_batch_is_cut_into_messages_between_entries)
{
    struct feed *f;
    struct watcher *w;
    struct frame *frame = NULL;
    struct piece *piece;
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
    while (watcher_next(w, &frame, &piece) == WATCHER_FRAME) {
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
    TEST_OF(what_many_miss_is_made_once),
    TEST_OF(pieces_under_way_are_few_and_all_get_their_turn),
    TEST_OF(a_batch_is_cut_into_messages_between_entries),
    TEST_OF(hello_and_idle_messages),
};

TEST_MAIN(tests)
