#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "node/command.h"
#include "node/cosigners.h"
#include "node/output.h"
#include "node/signer.h"
#include "node/witness.h"

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
    struct buf gathered; /* the cosigned checkpoint that was kept last */
    bool away;
};

/* The thread that signals come to. */
static void *wait_for_signal(void *arg)
{
    struct daemon *d = arg;
    int number;

    sigwait(&d->signals, &number);
    atomic_store(&d->stop, true);
    link_client_wake(follow_link(d->follow));
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
        st = witness_new(key, follow_store(d->follow), follow_link(d->follow),
                         &d->witness);
    return st;
}

static int say_ready(const struct daemon *d, bool json)
{
    struct buf out = { 0 };

    if (json)
        return output_json(json_pack("{s:b, s:s, s:I, s:s, s:b}", "ready", 1, "origin",
                                     d->config.log.name, "size",
                                     (json_int_t)follow_size(d->follow), "broker",
                                     d->config.broker, "cosigns", d->witness != NULL));
    buf_printf(&out, "ready: %s at size %llu, from %s%s\n", d->config.log.name,
               (unsigned long long)follow_size(d->follow), d->config.broker,
               d->witness != NULL ? ", cosigning" : "");
    return output_buf(&out);
}

static void say_progress_made(struct daemon *d, enum follow_state state)
{
    bool away = state == FOLLOW_AWAY;

    if (away && !d->away)
        say_unusual("cannot reach the broker at %s; trying for ever", d->config.broker);
    if (!away && d->away && state == FOLLOW_CURRENT)
        say_info("the broker at %s answers again", d->config.broker);
    if (away || state == FOLLOW_CURRENT)
        d->away = away;
    if (state == FOLLOW_CURRENT && follow_size(d->follow) != d->said_size) {
        d->said_size = follow_size(d->follow);
        say_info("current at size %llu", (unsigned long long)d->said_size);
    }
}

/* Cosignatures of others belong to proofs made here; they come with every answer that
 * has nothing newer. */
static enum status gather(struct daemon *d)
{
    struct bytes note = follow_cosigned(d->follow);
    enum status st;

    if (bytes_eq(note, buf_bytes(&d->gathered)))
        return STATUS_OK;
    buf_reset(&d->gathered);
    buf_add(&d->gathered, note);
    st = cosigners_keep(follow_store(d->follow), &d->config.log, note);
    if (st != STATUS_OK)
        say_error("cannot keep cosignatures: %s", status_text(st));
    return st;
}

static int wait_ms(const struct daemon *d)
{
    uint64_t now = clock_ms(), deadline;

    if (d->witness == NULL)
        return WAIT_MS;
    deadline = witness_deadline_ms(d->witness);
    if (deadline <= now)
        return 1;
    return deadline - now < WAIT_MS ? (int)(deadline - now) : WAIT_MS;
}

static enum status serve(struct daemon *d)
{
    enum follow_state state = FOLLOW_ON;
    enum status st = STATUS_OK;

    while (st == STATUS_OK && !atomic_load(&d->stop)) {
        st = follow_step(d->follow, wait_ms(d), &state);
        if (st == STATUS_OK && state == FOLLOW_STOPPED)
            return STATUS_REFUSED;
        say_progress_made(d, state);
        if (st == STATUS_OK && d->witness != NULL && state != FOLLOW_AWAY)
            st = witness_step(d->witness, follow_checkpoint(d->follow), clock_ms());
        if (st == STATUS_OK && state == FOLLOW_CURRENT)
            st = gather(d);
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
    const char *dir = NULL;
    bool json = false;
    const struct option options[] = {
        DIR_OPTION(&dir),
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
    pthread_sigmask(SIG_BLOCK, &d.signals, NULL);
    st = config_load(dir, &d.config);
    if (st != STATUS_OK)
        return status_exit_code(STATUS_IO);
    st = open_follow(&d);
    if (st == STATUS_OK)
        st = open_witness(&d, &src);
    if (st == STATUS_OK)
        st = with_signals(&d, json);
    if (st == STATUS_OK)
        say_info("stopped at size %llu", (unsigned long long)follow_size(d.follow));
    buf_clear(&d.gathered);
    witness_free(d.witness);
    follow_close(d.follow);
    config_clear(&d.config);
    return status_exit_code(st);
}
