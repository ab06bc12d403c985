#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "node/command.h"
#include "node/output.h"
#include "node/peers.h"
#include "node/sender.h"
#include "node/serve.h"
#include "node/signer.h"
#include "node/witness_serve.h"

/* How long a step waits for a hint: a stop is noticed at once all the same. */
#define WAIT_MS 1000
/* Another command may hold the replica for a moment. */
#define LOCK_PATIENCE_MS 10000

struct daemon {
    struct config config;
    struct follow *follow;
    struct witness *witness; /* NULL: it does not cosign */
    atomic_bool stop;
    sigset_t signals;
    pthread_t waiter;
    uint64_t said_size;
    bool silent[REPLICA_SOURCES_MAX]; /* said of each source */
    struct sender *sender;            /* of the outbox; NULL: no broker is known */
    struct serve *serve;              /* NULL: it does not serve */
    struct witness_serve *asked;      /* as a tlog-witness; NULL: it is not */
    uint64_t served_size, served_ms;
    struct peers_file peers;
};

/* The thread that signals come to. Who sends SIGHUP wants a daemon to go on. */
static void *wait_for_signal(void *arg)
{
    struct daemon *d = arg;
    int number;

    while (sigwait(&d->signals, &number) != 0 || number == SIGHUP)
        say_info("SIGHUP: nothing is read anew; start again for changed settings");
    atomic_store(&d->stop, true);
    follow_wake(d->follow);
    return NULL;
}

static enum status open_follow(struct daemon *d)
{
    const struct timespec pause = { 0, 100 * 1000000L };
    uint64_t end_ms = clock_ms() + LOCK_PATIENCE_MS;
    enum status st;

    while ((st = follow_open(&d->config, &d->follow)) == STATUS_BUSY &&
           clock_ms() < end_ms)
        nanosleep(&pause, NULL);
    if (st == STATUS_BUSY)
        say_error("another process holds %s", d->config.replica);
    return st;
}

static enum status open_witness(struct daemon *d, const struct passphrase_source *src)
{
    struct secret_key *key;
    enum status st;

    if (d->config.cosigner == NULL)
        return STATUS_OK;
    st = signer_load(&d->config, NULL, KEY_COSIGN, src, &key);
    if (st == STATUS_OK)
        st = witness_new(key, follow_store(d->follow), &d->witness);
    if (st == STATUS_OK)
        follow_cosign_with(d->follow, d->witness);
    return st;
}

static int say_ready(const struct daemon *d, bool json)
{
    const char *broker = d->config.broker;
    struct buf out = { 0 };

    if (json) {
        json_t *ready = json_pack(
            "{s:b, s:s, s:I, s:b}", "ready", 1, "origin", d->config.log.name, "size",
            (json_int_t)follow_size(d->follow), "cosigns", d->witness != NULL);

        if (broker != NULL)
            json_object_set_new(ready, "broker", json_string(broker));
        if (d->serve != NULL)
            json_object_set_new(ready, "serves", json_string(serve_url(d->serve)));
        if (d->asked != NULL)
            json_object_set_new(ready, "witness_port",
                                json_integer(witness_serve_port(d->asked)));
        json_object_set_new(ready, "peers", json_integer((json_int_t)d->config.n_peers));
        return output_json(ready);
    }
    buf_printf(&out, "ready: %s at size %llu, from %s", d->config.log.name,
               (unsigned long long)follow_size(d->follow),
               broker != NULL ? broker : d->config.peers[0]);
    if (follow_sources(d->follow) > 1)
        buf_printf(&out, " and %zu more", follow_sources(d->follow) - 1);
    if (d->witness != NULL)
        buf_text(&out, ", cosigning");
    if (d->serve != NULL)
        buf_printf(&out, ", serving at %s", serve_url(d->serve));
    if (d->asked != NULL)
        buf_printf(&out, ", a witness at port %u", witness_serve_port(d->asked));
    buf_u8(&out, '\n');
    return output_buf(&out);
}

static void say_source(struct daemon *d, size_t i)
{
    struct replica_source look;
    const char *url = follow_source(d->follow, i, &look);
    const char *role = follow_role(d->follow, i);
    bool silent = look.state == REPLICA_SOURCE_SILENT;

    if (silent && !d->silent[i])
        say_unusual("cannot reach the %s at %s; trying for ever", role, url);
    if (!silent && d->silent[i] && look.state == REPLICA_SOURCE_ANSWERS)
        say_info("the %s at %s answers again", role, url);
    if (silent || look.state == REPLICA_SOURCE_ANSWERS)
        d->silent[i] = silent;
}

static void say_progress_made(struct daemon *d, enum follow_state state)
{
    for (size_t i = 0; i < follow_sources(d->follow); i++)
        say_source(d, i);
    if (state == FOLLOW_CURRENT && follow_size(d->follow) != d->said_size) {
        d->said_size = follow_size(d->follow);
        say_info("current at size %llu", (unsigned long long)d->said_size);
    }
}

static void serve_on(struct daemon *d, enum follow_state state)
{
    uint64_t now = clock_ms(), size = follow_size(d->follow);

    if (d->serve == NULL || (size == d->served_size && now < d->served_ms + WAIT_MS))
        return;
    d->served_size = size;
    d->served_ms = now;
    serve_step(d->serve);
    if (state == FOLLOW_STOPPED)
        serve_evidence(d->serve, follow_evidence(d->follow));
}

static enum status serve(struct daemon *d)
{
    enum follow_state state = FOLLOW_ON;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && !atomic_load(&d->stop)) {
        st = follow_step(d->follow, WAIT_MS, &state);
        /* docs/replication.md 2.8: what it verified is served on. */
        if (st == STATUS_OK && state == FOLLOW_STOPPED && d->serve == NULL)
            st = STATUS_REFUSED;
        if (st == STATUS_OK && state != FOLLOW_STOPPED)
            say_progress_made(d, state);
        serve_on(d, state);
        if (st == STATUS_OK && state != FOLLOW_STOPPED &&
            witness_serve_step(d->asked) == STATUS_FORK)
            st = STATUS_REFUSED; /* docs/replication.md 2.8, from the next start on */
        if (st == STATUS_OK || st == STATUS_REFUSED)
            peers_write(&d->peers, d->follow, clock_ms());
    }
    return st;
}

static enum status with_signals(struct daemon *d, bool json)
{
    enum status st;

    if (pthread_create(&d->waiter, NULL, wait_for_signal, d) != 0)
        return STATUS_NOMEM;
    st = say_ready(d, json) == 0 ? serve(d) : STATUS_IO;
    if (!atomic_load(&d->stop))
        pthread_kill(d->waiter, SIGTERM);
    pthread_join(d->waiter, NULL);
    return st;
}

int cmd_run(struct args *a)
{
    struct passphrase_source src = { 0 };
    struct daemon d = { 0 };
    const char *dir = NULL, *url = NULL, *witness = NULL;
    struct args_list peers = { 0 };
    bool json = false;
    const struct option options[] = {
        DIR_OPTION(&dir),
        PEER_OPTION(&peers),
        { "serve", "URL", "serve peers there: tcp://address:port (hints: the port after)",
          .text = &url },
        { "witness-listen", "ADDRESS:PORT", "be asked as a tlog-witness there (HTTP)",
          .text = &witness },
        PASSPHRASE_OPTIONS(&src),
        JSON_OPTION(&json),
        { 0 },
    };
    enum status st;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (passphrase_source_check(&src) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    /* Before the first thread is made, so that all inherit it. */
    sigemptyset(&d.signals);
    sigaddset(&d.signals, SIGTERM);
    sigaddset(&d.signals, SIGINT);
    sigaddset(&d.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &d.signals, NULL);
    st = config_load(dir, &d.config);
    if (st != STATUS_OK)
        return status_exit_code(st == STATUS_NOT_FOUND ? STATUS_IO : st);
    for (size_t i = 0; st == STATUS_OK && i < peers.n; i++)
        st = config_add_peer(&d.config, peers.items[i]);
    if (st == STATUS_OK)
        st = open_follow(&d);
    if (st == STATUS_OK)
        st = open_witness(&d, &src);
    if (st == STATUS_OK)
        st = sender_start(&d.config, &d.sender);
    if (st == STATUS_OK && url != NULL)
        st = serve_open(&d.config, url, &d.serve);
    if (st == STATUS_OK && witness != NULL)
        st = witness_serve_open(witness, d.follow, &d.config, d.witness, &d.asked);
    if (st == STATUS_OK)
        st = with_signals(&d, json);
    if (st == STATUS_OK)
        say_info("stopped at size %llu", (unsigned long long)follow_size(d.follow));
    sender_stop(d.sender);
    witness_serve_close(d.asked);
    serve_close(d.serve);
    peers_clear(&d.peers);
    witness_free(d.witness);
    follow_close(d.follow);
    config_clear(&d.config);
    return status_exit_code(st);
}
