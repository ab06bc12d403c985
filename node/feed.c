#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/say.h"
#include "base/shown.h"
#include "face/event.h"
#include "node/command.h"
#include "node/filters.h"
#include "node/output.h"
#include "node/session.h"
#include "record/json.h"

#define WAIT_MS 500
#define LOOK_MS 100

static const struct events_limit limit = { 10000, 500, 1024 * 1024 };

struct watch {
    struct session session;
    struct filter *filter;
    uint64_t at; /* the next entry to show */
    bool json, colour;
};

static const char *colour_of(const char *is)
{
    if (strncmp(is, "pledge.", 7) == 0)
        return "\033[32m";
    if (strncmp(is, "commitment.", 11) == 0)
        return "\033[36m";
    if (strncmp(is, "partnership.", 12) == 0)
        return "\033[35m";
    return "\033[2m";
}

static void add_line(const struct watch *w, const struct event *ev, struct buf *out)
{
    json_t *json = NULL;
    struct bytes at;

    if (w->json) {
        buf_add(out, buf_bytes(&ev->json));
        buf_u8(out, '\n');
        return;
    }
    if (json_parse(buf_bytes(&ev->json), &json) != STATUS_OK) {
        out->bad = true;
        return;
    }
    at = json_member(json, "at");
    buf_printf(out, BYTES_FMT " " BYTES_FMT "  #%llu/%u  %s",
               BYTES_ARG(bytes_slice(at, 0, 10)), BYTES_ARG(bytes_slice(at, 11, 16)),
               (unsigned long long)ev->index, ev->n, w->colour ? colour_of(ev->is) : "");
    shown_text(json_member(json, "text"), out);
    buf_text(out, w->colour ? "\033[0m\n" : "\n");
    json_decref(json);
}

/* Show what the replica has from `at` on. */
static enum status catch_up(struct watch *w)
{
    uint64_t size = session_size(&w->session);
    enum status st = STATUS_OK;

    while (st == STATUS_OK && w->at < size) {
        struct event *events = NULL;
        struct buf out = { 0 };
        size_t n = 0;

        st = events_scan(w->session.store, w->filter, w->at, size, &limit, &events, &n,
                         &w->at);
        if (st != STATUS_OK) {
            say_error("cannot read %s: %s", w->session.config.replica, status_text(st));
            break;
        }
        for (size_t i = 0; i < n; i++)
            add_line(w, &events[i], &out);
        events_free(events, n);
        if (output_buf(&out) != 0)
            st = STATUS_IO;
    }
    return st;
}

/* Until something may be new: follow, or let the daemon. */
static enum status wait_for_more(struct watch *w)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L };
    enum follow_state state;
    enum status st;

    if (w->session.follow == NULL) {
        nanosleep(&look, NULL);
        return STATUS_OK;
    }
    st = follow_step(w->session.follow, WAIT_MS, &state);
    return st == STATUS_OK && state == FOLLOW_STOPPED ? STATUS_REFUSED : st;
}

static enum status watch(struct watch *w, uint64_t since, bool once)
{
    enum status st = STATUS_OK;

    if (once && w->session.follow != NULL)
        st = session_catch_up(&w->session, 0, PATIENCE_MS);
    w->at = since != UINT64_MAX ? since : once ? 0 : session_size(&w->session);
    if (st == STATUS_OK && w->at > session_size(&w->session) && once) {
        say_error("--since %llu is beyond the replica, which has %llu entries",
                  (unsigned long long)w->at,
                  (unsigned long long)session_size(&w->session));
        return STATUS_REFUSED;
    }
    if (st == STATUS_OK)
        st = catch_up(w);
    while (st == STATUS_OK && !once) {
        st = wait_for_more(w);
        if (st == STATUS_OK)
            st = catch_up(w);
    }
    return st;
}

int cmd_feed(struct args *a)
{
    struct watch w = { 0 };
    struct filter_options filters = { 0 };
    const char *dir = NULL;
    uint64_t since = UINT64_MAX;
    bool once = false, offline = false;
    const struct option options[] = {
        DIR_OPTION(&dir),
        { "since", "N", "begin with entry N (default: what comes from now on)",
          .number = &since },
        { "once", NULL, "print what there is (from entry 0, or --since), and end",
          .flag = &once },
        { "offline", NULL, "with --once: do not ask the broker for more",
          .flag = &offline },
        FILTER_OPTIONS(&filters),
        FILTER_IS_OPTION(&filters),
        JSON_OPTION(&w.json),
        { 0 },
    };
    enum status st;

    if (!args_parse(a, options, 0, 0))
        return a->exit_code;
    if (offline && !once)
        return args_wrong(a, "--offline goes with --once");
    w.colour = say_colour(STDOUT_FILENO);
    st = filter_of_options(a, &filters, &w.filter);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = session_open(dir, offline ? SESSION_READ : SESSION_FOLLOW, &w.session);
    if (st == STATUS_OK) {
        st = watch(&w, since, once);
        session_close(&w.session);
    }
    filter_free(w.filter);
    return status_exit_code(st);
}
