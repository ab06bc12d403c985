/* tests/unit/queue_link.c: the link's sockets: every request is answered, late ones too,
 * hints arrive, and what is not connected says so. */
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/link_client.h"
#include "io/link_nng.h"
#include "io/link_serve.h"
#include "link/message.h"

/* Echoes the submitted statement as a receipt; from another thread, as in earnest. */
struct late {
    struct link_request *rq;
    struct bytes statement;
};

static void *answer_late(void *arg)
{
    struct late *late = arg;
    struct message m = { .type = MESSAGE_SUBMIT_ANSWER };
    struct buf out = { 0 };

    if (bytes_eq_text(late->statement, "slow"))
        usleep(300000);
    m.u.submit_answer.receipt = late->statement;
    message_encode(&m, &out);
    link_request_answer(late->rq, buf_bytes(&out));
    buf_clear(&out);
    free(late);
    return NULL;
}

static void submit(void *ctx, struct link_request *rq, struct bytes statement, bool dry)
{
    struct late *late = malloc(sizeof(*late));
    pthread_t thread;

    (void)ctx;
    (void)dry;
    *late = (struct late){ rq, statement };
    if (pthread_create(&thread, NULL, answer_late, late) != 0)
        abort();
    pthread_detach(thread);
}

static struct link_serve serve = { .submit = submit };

static struct link_server *server_at(const char *url)
{
    struct link_server *s = NULL;
    struct link_server_options o = {
        .url = url, .hints_url = "tcp://127.0.0.1:0", .serve = link_serve, .ctx = &serve
    };

    assert_status(link_server_open(&o, &s), STATUS_OK);
    return s;
}

static enum status ask(struct link_client *c, const char *text, int timeout_ms,
                       struct buf *answer)
{
    struct message m = { .type = MESSAGE_SUBMIT };
    struct buf request = { 0 };
    enum status st;

    m.u.submit.statement = bytes_of(text);
    message_encode(&m, &request);
    st = link_client_call(c, buf_bytes(&request), timeout_ms, answer);
    buf_clear(&request);
    return st;
}

static void expect_echo(struct link_client *c, const char *text, struct buf *answer)
{
    struct message m;

    assert_status(ask(c, text, 10000, answer), STATUS_OK);
    assert_status(message_decode(buf_bytes(answer), &m), STATUS_OK);
    assert_int_equal(m.type, MESSAGE_SUBMIT_ANSWER);
    assert_bytes_eq(m.u.submit_answer.receipt, text);
}

struct asker {
    struct link_client *c;
    int failed;
};

static void *ask_often(void *arg)
{
    struct asker *a = arg;
    struct buf answer = { 0 };

    for (int i = 0; i < 100; i++)
        if (ask(a->c, "often", 10000, &answer) != STATUS_OK)
            a->failed++;
    buf_clear(&answer);
    return NULL;
}

TEST(requests_of_several_threads_are_all_answered)
{
    struct link_server *s = server_at("tcp://127.0.0.1:0");
    struct link_client *c = NULL;
    struct asker askers[4];
    pthread_t threads[4];

    assert_status(link_client_open(link_server_url(s), NULL, &c), STATUS_OK);
    for (int i = 0; i < 4; i++) {
        askers[i] = (struct asker){ c, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &askers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(askers[i].failed, 0);
    }
    link_client_close(c);
    link_server_close(s);
}

TEST(a_late_answer_spoils_nothing)
{
    struct link_server *s = server_at("tcp://127.0.0.1:0");
    struct link_client *c = NULL;
    struct buf answer = { 0 };

    assert_status(link_client_open(link_server_url(s), NULL, &c), STATUS_OK);
    expect_echo(c, "first", &answer);
    assert_status(ask(c, "slow", 50, &answer), STATUS_TIMEOUT);
    for (int i = 0; i < 30; i++)
        expect_echo(c, "next", &answer);
    buf_clear(&answer);
    link_client_close(c);
    link_server_close(s);
}

TEST(nonsense_is_answered_with_an_error)
{
    struct link_server *s = server_at("tcp://127.0.0.1:0");
    struct link_client *c = NULL;
    struct buf answer = { 0 };
    struct message m;

    assert_status(link_client_open(link_server_url(s), NULL, &c), STATUS_OK);
    assert_status(link_client_call(c, BYTES_LIT("nonsense"), 10000, &answer), STATUS_OK);
    assert_status(message_decode(buf_bytes(&answer), &m), STATUS_OK);
    assert_int_equal(m.type, MESSAGE_ERROR);
    assert_int_equal(m.u.answer.status, 400);
    buf_clear(&answer);
    link_client_close(c);
    link_server_close(s);
}

TEST(hints_arrive)
{
    struct link_server *s = server_at("tcp://127.0.0.1:0");
    struct link_client *c = NULL;
    uint64_t size = 0;
    enum status st = STATUS_TIMEOUT;

    assert_status(link_client_open(link_server_url(s), link_server_hints_url(s), &c),
                  STATUS_OK);
    assert_status(link_client_wait(c, 0, 10, &size), STATUS_TIMEOUT);
    /* Hints may be lost, and are while the subscription is under way. */
    for (int i = 0; i < 500 && st == STATUS_TIMEOUT; i++) {
        link_server_hint(s, 42);
        st = link_client_wait(c, 41, 20, &size);
    }
    assert_status(st, STATUS_OK);
    assert_int_equal(size, 42);
    link_client_wake(c);
    assert_status(link_client_wait(c, 1000, 10000, &size), STATUS_BUSY);
    link_client_close(c);
    link_server_close(s);
}

TEST(nobody_there_is_said_in_time_and_found_when_it_comes)
{
    struct link_server *s = server_at("tcp://127.0.0.1:0");
    struct link_client *c = NULL;
    struct buf answer = { 0 };
    char url[128];
    enum status st = STATUS_UNREACHABLE;

    snprintf(url, sizeof(url), "%s", link_server_url(s));
    link_server_close(s);
    assert_status(link_client_open(url, NULL, &c), STATUS_OK);
    assert_status(ask(c, "hello", 100, &answer), STATUS_UNREACHABLE);
    s = server_at(url);
    for (int i = 0; i < 100 && st != STATUS_OK; i++)
        st = ask(c, "hello", 200, &answer);
    assert_status(st, STATUS_OK);
    link_client_close(c);
    link_server_close(s);
    assert_status(link_client_open("nowhere", NULL, &c), STATUS_USAGE);
    buf_clear(&answer);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(requests_of_several_threads_are_all_answered),
    TEST_OF(a_late_answer_spoils_nothing),
    TEST_OF(nonsense_is_answered_with_an_error),
    TEST_OF(hints_arrive),
    TEST_OF(nobody_there_is_said_in_time_and_found_when_it_comes),
};
TEST_MAIN(tests)
