#include "node/session.h"

#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "io/upgrade.h"

#define LOOK_MS 50    /* how often to look whether the daemon got something */
#define TAKE_LOOKS 10 /* so many looks between attempts to follow ourselves */

static enum status open_reader(struct session *s)
{
    enum status st = store_open(s->config.replica, STORE_READ, &s->store);

    if (st == STATUS_NOT_FOUND) {
        say_error("there is no replica in %s yet", s->config.dir);
        say_hint("fetch the log with `avow sync`");
        return STATUS_IO;
    }
    if (st != STATUS_OK)
        say_error("cannot open %s: %s", s->config.replica, status_text(st));
    upgrade_hint(st, "`avow sync`");
    return st;
}

static enum status open_link(struct session *s)
{
    enum status st;

    if (s->config.broker == NULL) {
        say_error("this node knows no broker, only peers");
        say_hint("name one in %s/node.conf: broker tcp://host:port", s->config.dir);
        return STATUS_USAGE;
    }
    st = link_client_open(s->config.broker, NULL, &s->link);
    s->own_link = st == STATUS_OK;
    if (st != STATUS_OK)
        say_error("cannot use the broker's address %s: %s", s->config.broker,
                  status_text(st));
    return st;
}

static enum status open_follow(struct session *s)
{
    enum status st = follow_open(&s->config, &s->follow);

    if (st == STATUS_OK) {
        if (s->own_link)
            link_client_close(s->link);
        s->own_link = false;
        s->link = follow_link(s->follow);
    }
    s->daemon = st == STATUS_BUSY;
    if (!s->daemon || s->link != NULL)
        return st;
    return s->config.broker != NULL ? open_link(s) : STATUS_OK;
}

enum status session_open(const char *dir, enum session_need need, struct session *s)
{
    return session_open_with(dir, need, &(struct args_list){ .n = 0 }, s);
}

enum status session_open_with(const char *dir, enum session_need need,
                              const struct args_list *peers, struct session *s)
{
    enum status st;

    *s = (struct session){ 0 };
    st = config_load(dir, &s->config);
    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_IO : st;
    for (size_t i = 0; st == STATUS_OK && i < peers->n; i++)
        st = config_add_peer(&s->config, peers->items[i]);
    if (st != STATUS_OK) {
        config_clear(&s->config);
        return st;
    }
    if (need == SESSION_LINK || (need == SESSION_ASK && s->config.broker != NULL))
        st = open_link(s);
    else if (need == SESSION_FOLLOW)
        st = open_follow(s);
    if (st == STATUS_OK)
        st = open_reader(s);
    if (st != STATUS_OK)
        session_close(s);
    return st;
}

void session_close(struct session *s)
{
    store_close(s->store);
    if (s->own_link)
        link_client_close(s->link);
    follow_close(s->follow);
    config_clear(&s->config);
    *s = (struct session){ 0 };
}

/* The writer's lock tells. */
bool session_daemon(const struct session *s)
{
    struct store *store = NULL;
    enum status st;

    if (s->follow != NULL)
        return false;
    st = store_open(s->config.replica, STORE_WRITE, &store);
    store_close(store);
    return st == STATUS_BUSY;
}

uint64_t session_size(const struct session *s)
{
    uint64_t size = 0;

    return store_size(s->store, &size) == STATUS_OK ? size : 0;
}

/* Until another process has brought the replica up, or has let go of it. */
static enum status wait_for_daemon(struct session *s, uint64_t size, int patience_ms)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L };
    uint64_t moved_ms = clock_ms(), seen = session_size(s);

    for (unsigned looks = 0; seen < size && s->follow == NULL; looks++) {
        uint64_t now;

        if (looks % TAKE_LOOKS == 0) {
            enum status st = open_follow(s);

            if (st != STATUS_BUSY && st != STATUS_OK)
                return st;
            continue;
        }
        nanosleep(&look, NULL);
        now = session_size(s);
        if (now > seen) {
            moved_ms = clock_ms();
            seen = now;
        } else if (clock_ms() - moved_ms > (uint64_t)patience_ms) {
            say_error("`avow run` holds the replica, and has %llu of %llu entries",
                      (unsigned long long)seen, (unsigned long long)size);
            say_hint("look at what it says; `avow status` tells more");
            return STATUS_TIMEOUT;
        }
    }
    return STATUS_OK;
}

enum status session_catch_up(struct session *s, uint64_t size, int patience_ms)
{
    uint64_t moved_ms = clock_ms();
    enum status st = STATUS_OK;

    if (s->in_daemon)
        return session_size(s) >= size ? STATUS_OK : STATUS_BUSY;
    if (s->follow == NULL)
        st = wait_for_daemon(s, size, patience_ms);
    if (s->follow == NULL)
        return st;
    while (st == STATUS_OK && (follow_size(s->follow) < size || size == 0)) {
        uint64_t before = follow_size(s->follow);

        st = follow_until_current(s->follow, patience_ms);
        if (size == 0)
            break;
        if (follow_size(s->follow) > before)
            moved_ms = clock_ms();
        else if (clock_ms() - moved_ms > (uint64_t)patience_ms && st == STATUS_OK) {
            say_error("those who answer have %llu entries, not %llu",
                      (unsigned long long)follow_size(s->follow),
                      (unsigned long long)size);
            st = STATUS_TIMEOUT;
        }
    }
    return st;
}
