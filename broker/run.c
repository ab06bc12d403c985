/* broker/run.c: avow-broker run */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/file.h"
#include "broker/broker.h"
#include "io/upgrade.h"
#include "sign/passphrase.h"

/* Reads that may wait; beyond, 503. */
#define READS_MAX 4096
/* For finishing what was taken, and for closing behind it. */
#define FINISH_MAX_S 60
#define CLOSE_MAX_S 15
#define LINK_CLOSE_MAX_S 3

/* --- starting --------------------------------------------------------------------- */

static void on_committed(void *ctx, uint64_t size, const struct hash *root)
{
    struct broker *b = ctx;

    feeder_committed(b->feeder, size, root);
    link_server_hint(b->link, size);
    witnesses_committed(b->witnesses, size);
}

static void on_damage(void *ctx, const char *what)
{
    struct broker *b = ctx;

    recovery_damaged(b->recovery, what);
}

static enum status open_log(struct broker *b, const char *store)
{
    struct sequencer_options o = { .store_path = store,
                                   .keys = b->keys,
                                   .metrics = &b->metrics,
                                   .recovery = b->recovery,
                                   .committed = on_committed,
                                   .ctx = b };
    enum status st = upgrade_store(store);

    if (st != STATUS_OK)
        return st;
    st = sequencer_new(&o, &b->sequencer);
    if (st == STATUS_BUSY)
        say_error("%s is in use: does another broker run on it?", store);
    else if (st == STATUS_NOT_FOUND)
        say_error("%s: there is none; avow-broker init makes it", store);
    else if (st != STATUS_OK)
        say_error("cannot open %s: %s", store, status_text(st));
    upgrade_hint(st, "starting again");
    return st;
}

static enum status open_inside(struct broker *b, const char *store)
{
    const struct config *c = &b->config;
    const struct admission_options limits = {
        .statements = { c->rate, c->burst },
        .records = { c->record_rate, c->record_burst },
        .bytes = { c->byte_rate, c->byte_burst },
        .sender = { c->sender_rate, c->sender_burst },
    };
    enum status st = admission_new(&limits, &b->admission);

    if (st == STATUS_OK)
        st = intake_new((unsigned)b->config.threads, sequencer_origin(b->sequencer),
                        sequencer_keyring(b->sequencer), b->admission, &b->intake);
    if (st == STATUS_OK)
        st = answerer_new(store, &b->answerer);
    if (st == STATUS_OK)
        st = readers_new(store, b->config.readers > 0 ? (unsigned)b->config.readers : 1,
                         READS_MAX, &b->readers);
    if (st == STATUS_OK)
        sequencer_attach(b->sequencer, b->intake, b->answerer, b->admission);
    if (st != STATUS_OK)
        say_error("cannot start: %s", status_text(st));
    return st;
}

static enum status open_link(struct broker *b)
{
    bool hints = strcmp(b->config.hints, "none") != 0;
    struct link_server_options o = { .url = b->config.link,
                                     .hints_url = hints ? b->config.hints : NULL,
                                     .peers_max = (unsigned)b->config.link_peers_max,
                                     .address_peers_max =
                                         (unsigned)b->config.address_link_peers_max,
                                     .serve = link_serve,
                                     .ctx = &b->link_serve };

    b->link_serve = (struct link_serve){
        .readers = b->readers,
        .ctx = b,
        .submit = serve_submit,
        .cosign = serve_cosign,
        .told = serve_told,
        .waiting = serve_waits,
    };
    return link_server_open(&o, &b->link);
}

static enum status open_face(struct broker *b, const char *store)
{
    uint64_t size = sequencer_size_at_start(b->sequencer);
    char address[64];
    struct face_options o = { .address = address,
                              .origin = sequencer_origin(b->sequencer),
                              .size = size,
                              .readers = b->readers,
                              .route = &b->route,
                              .connections_max = (unsigned)b->config.connections_max,
                              .watchers_max = (unsigned)b->config.watchers_max,
                              .address_max = (unsigned)b->config.address_max,
                              .answers_max = b->config.answers_mb * 1000000,
                              .stuck_s = (unsigned)b->config.stuck_s,
                              .proxies = &b->config.proxies,
                              .serve = serve_http,
                              .ctx = b };
    enum status st = config_http(&b->config, address, &o.port);

    if (st != STATUS_OK) {
        say_error("not an address to serve at: %s", b->config.http);
        return STATUS_USAGE;
    }
    b->route = (struct route_context){ .version = AVOW_VERSION,
                                       .public_url = b->config.public_url,
                                       .program = "avow-broker",
                                       .now_s = clock_now_s };
    st = face_open(&o, &b->face);
    return st == STATUS_OK ? feeder_new(store, b->face, size, &b->feeder) : st;
}

/* The link before the face: what the face serves speaks of both. Whatever comes in waits
 * in the pipeline until the sequencer starts. */
static enum status start(struct broker *b, const char *store)
{
    enum status st;

    descriptors_need(
        (unsigned)(b->config.connections_max + 2 * b->config.link_peers_max));
    st = open_log(b, store);
    if (st == STATUS_OK)
        st = open_inside(b, store);
    if (st == STATUS_OK)
        st = open_link(b);
    if (st == STATUS_OK)
        st = open_face(b, store);
    if (st == STATUS_OK)
        st = witnesses_new(&b->config, store, b->sequencer,
                           sequencer_size_at_start(b->sequencer), &b->witnesses);
    if (st == STATUS_OK)
        sequencer_start(b->sequencer);
    return st;
}

/* --- stopping --------------------------------------------------------------------- */

/* A library that does not let go of its thread does not keep us. Whatever was answered is
 * on disk, and what was not is asked again. */
static void on_deadline(int sig)
{
    static const char text[] = "avow-broker: broken: it did not stop in time; ended\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)sig;
    (void)n;
    _exit(3);
}

static void deadline(unsigned seconds)
{
    signal(SIGALRM, on_deadline);
    alarm(seconds);
}

/* nng 1.5.2 may wait for itself when it closes sockets that others keep busy
 * (nanomsg/nng 1543). By then all is on disk and closed but these: it is an end like any
 * other. */
static volatile sig_atomic_t end_code;

static void on_link_late(int sig)
{
    static const char text[] = "avow-broker: unusual: the link did not close in time\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)sig;
    (void)n;
    _exit(end_code);
}

/* Nothing new is taken; what was taken is finished and answered. Works for a broker that
 * did not start in full. */
static void stop(struct broker *b, int code)
{
    atomic_store(&b->stopping, true);
    deadline(FINISH_MAX_S);
    if (b->face != NULL)
        face_quiet(b->face);
    if (b->link != NULL)
        link_server_quiet(b->link);
    witnesses_quit(b->witnesses);
    if (b->intake != NULL)
        pipeline_finish(intake_pipeline(b->intake));
    if (b->sequencer != NULL)
        sequencer_join(b->sequencer);
    if (b->recovery != NULL)
        recovery_end(b->recovery); /* where the sequencer never began */
    answerer_free(b->answerer);
    if (b->readers != NULL)
        readers_finish(b->readers);
    deadline(CLOSE_MAX_S);
    feeder_free(b->feeder);
    face_close(b->face);
    intake_free(b->intake);
    readers_free(b->readers);
    witnesses_free(b->witnesses);
    sequencer_free(b->sequencer);
    store_watch_damage(NULL, NULL);
    recovery_free(b->recovery);
    admission_free(b->admission);
    keys_close(b->keys);
    end_code = code;
    signal(SIGALRM, on_link_late);
    alarm(LINK_CLOSE_MAX_S);
    link_server_close(b->link); /* last: what nng may do then harms nothing */
    if (b->folder >= 0)
        close(b->folder);
    alarm(0);
}

/* --- the command ------------------------------------------------------------------ */

static void http_url(const struct broker *b, struct buf *out)
{
    char address[64];
    uint16_t port;
    bool six;

    config_http(&b->config, address, &port);
    six = strchr(address, ':') != NULL;
    buf_printf(out, "http://%s%s%s:%u", six ? "[" : "", address, six ? "]" : "",
               face_port(b->face));
}

static void run_json(const struct broker *b, struct buf *out)
{
    buf_printf(out, "{\"origin\":\"%s\",\"http\":\"", sequencer_origin(b->sequencer));
    http_url(b, out);
    buf_printf(out, "\",\"link\":\"%s\",\"hints\":\"%s\",\"pid\":%ld}\n",
               link_server_url(b->link), link_server_hints_url(b->link), (long)getpid());
}

static enum status announce(const struct broker *b, const char *run_path, bool json)
{
    struct buf text = { 0 }, url = { 0 };
    enum status st;

    run_json(b, &text);
    http_url(b, &url);
    st = text.bad || url.bad ? STATUS_NOMEM : STATUS_OK;
    /* It is there for scripts; a broker whose disk is full serves what it has. */
    if (st == STATUS_OK && file_replace(run_path, buf_bytes(&text), 0644) != STATUS_OK)
        say_unusual("cannot write %s: %s", run_path, strerror(errno));
    if (st == STATUS_OK && json)
        fputs(buf_str(&text), stdout);
    else if (st == STATUS_OK)
        printf("ready: %s, %s, %s\n", sequencer_origin(b->sequencer), buf_str(&url),
               link_server_url(b->link));
    fflush(stdout);
    buf_clear(&text);
    buf_clear(&url);
    return st;
}

/* All threads that start from here on leave signals to us. */
static void hold_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* On SIGHUP: how much is logged may change while we run, nothing else. */
static void reload(const char *dir)
{
    struct config new;
    char path[4096];

    config_defaults(&new);
    if (!path_in(dir, CONFIG_FILE, path) || config_read(&new, path) != STATUS_OK) {
        say_unusual("SIGHUP: the settings cannot be read; going on with those we have");
        return;
    }
    say_info("SIGHUP: log_level is %s; start again for other changed settings",
             new.log_level);
    say_least(config_level(&new));
}

/* Until asked to stop; once a second, hang up on peers that take nothing. */
static void wait_signal(const sigset_t *set, struct link_server *link, const char *dir)
{
    static const struct timespec second = { .tv_sec = 1 };

    for (;;) {
        int number = sigtimedwait(set, NULL, &second);

        if (number == SIGHUP)
            reload(dir);
        else if (number > 0)
            return;
        link_server_sweep(link);
    }
}

/* Asked for any free port for HTTP and nothing else: a script, which wants no fixed port
 * at all. */
static void free_ports(struct config *c)
{
    size_t len = strlen(c->http);

    if (len < 2 || strcmp(c->http + len - 2, ":0") != 0)
        return;
    if (!c->link_given)
        strcpy(c->link, "tcp://127.0.0.1:0");
    if (!c->hints_given)
        strcpy(c->hints, "tcp://127.0.0.1:0");
}

struct run_flags {
    const char *http, *link, *hints, *log_level, *public_url;
    uint64_t threads;
    bool json, alone;
};

/* Gives the exit code; what is wrong is said. */
static int apply_flags(const struct args *a, struct config *c, const struct run_flags *f)
{
    const struct {
        const char *name, *value;
    } given[] = { { "http", f->http },
                  { "link", f->link },
                  { "hints", f->hints },
                  { "log_level", f->log_level },
                  { "public_url", f->public_url } };

    if (f->threads != UINT64_MAX)
        c->threads = f->threads;
    for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++) {
        enum status st = given[i].value == NULL ? STATUS_OK
                                                : config_set(c, bytes_of(given[i].name),
                                                             bytes_of(given[i].value));

        if (st == STATUS_MALFORMED)
            return args_wrong(a, "%s: it is too long", given[i].name);
        if (st != STATUS_OK)
            return status_exit_code(st);
    }
    return 0;
}

/* Which keys the log has retired is known before any passphrase is asked for. */
static enum status open_keys(struct broker *b, const char *dir, const char *store,
                             const struct passphrase_source *pass)
{
    struct log_keys stated = { 0 };
    struct store *s = NULL;
    enum status st;

    if (store_open(store, STORE_READ, &s) == STATUS_OK)
        (void)log_keys_load(s, &stated); /* who opens it for writing says what is wrong */
    store_close(s);
    st = keys_open(dir, pass, &stated, &b->keys);
    log_keys_clear(&stated);
    return st;
}

/* One broker a folder, whatever becomes of the files in it. */
static enum status lock_folder(struct broker *b, const char *dir)
{
    b->folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->folder < 0 && errno == ENOENT)
        return STATUS_OK; /* who opens the log says so */
    if (b->folder >= 0 && flock(b->folder, LOCK_EX | LOCK_NB) == 0)
        return STATUS_OK;
    if (b->folder >= 0 && errno == EWOULDBLOCK) {
        say_error("%s is in use: does another broker run on it?", dir);
        return STATUS_BUSY;
    }
    say_error("cannot open %s: %s", dir, strerror(errno));
    return STATUS_IO;
}

static int run(struct broker *b, const char *dir, const struct passphrase_source *pass,
               const struct run_flags *f)
{
    char store[4096], run_path[4096];
    sigset_t signals;
    enum status st;

    if (!path_in(dir, STORE_FILE, store) || !path_in(dir, RUN_FILE, run_path))
        return 2;
    say_init("avow-broker", config_level(&b->config));
    free_ports(&b->config);
    hold_signals(&signals);
    st = lock_folder(b, dir);
    if (st == STATUS_OK)
        st = recovery_new(store, f->alone, &b->metrics, &b->recovery);
    if (st == STATUS_OK) {
        store_watch_damage(on_damage, b);
        st = open_keys(b, dir, store, pass);
    }
    if (st == STATUS_OK) {
        st = start(b, store);
        if (st == STATUS_OK)
            st = announce(b, run_path, f->json);
    }
    if (st == STATUS_OK) {
        wait_signal(&signals, b->link, dir);
        say_info("stopping");
        unlink(run_path);
    }
    stop(b, status_exit_code(st));
    return status_exit_code(st);
}

int cmd_run(struct args *a)
{
    struct passphrase_source pass = { 0 };
    struct run_flags f = { .threads = UINT64_MAX };
    struct broker *b;
    char conf[4096];
    int code;
    const struct option options[] = {
        { "http", "ADDRESS:PORT", "serve pages, API and feed here (port 0: any free)",
          .text = &f.http },
        { "link", "URL", "serve nodes here (tcp://127.0.0.1:7421)", .text = &f.link },
        { "hints", "URL", "tell nodes of news here, or none", .text = &f.hints },
        { "threads", "N", "that verify signatures (0: one a processor)",
          .number = &f.threads },
        { "public-url", "URL", "what the world calls this server",
          .text = &f.public_url },
        { "log-level", "LEVEL", "debug, info, unusual or broken", .text = &f.log_level },
        { "alone", NULL, "do not wait to be told by a node that this log is the newest",
          .flag = &f.alone },
        { "json", NULL, "say the addresses as JSON", .flag = &f.json },
        PASSPHRASE_OPTIONS(&pass),
        { 0 },
    };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (passphrase_source_check(&pass) != STATUS_OK ||
        !path_in(a->words[0], CONFIG_FILE, conf))
        return 2;
    b = calloc(1, sizeof(*b));
    if (b == NULL)
        return 3;
    metrics_init(&b->metrics);
    config_defaults(&b->config);
    code = status_exit_code(config_read(&b->config, conf));
    if (code == 0)
        code = apply_flags(a, &b->config, &f);
    if (code == 0)
        code = run(b, a->words[0], &pass, &f);
    free(b);
    return code;
}
