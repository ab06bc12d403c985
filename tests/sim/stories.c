/* tests/sim/stories.c: the main stories, event by event, against golden traces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "sim.h"

static void no_act(struct sim *s, const struct event *ev)
{
    (void)s;
    (void)ev;
}

static void until(struct sim *s, uint64_t ms)
{
    sim_run(s, ms, no_act);
}

/* A broker with three statements, and so many nodes that all follow it. */
static void begin(struct sim *s, size_t nodes)
{
    sim_add(s, PARTY_BROKER);
    sim_start(s, BROKER);
    for (size_t i = 0; i < nodes; i++)
        sim_add(s, PARTY_NODE);
    for (int i = 1; i <= 3; i++)
        sim_handle(s, &(struct event){ .type = EVENT_SUBMIT });
    until(s, 50);
}

static void say(struct sim *s)
{
    sim_handle(s, &(struct event){ .type = EVENT_SUBMIT });
}

static void away_and_back(struct sim *s)
{
    begin(s, 2);
    sim_start(s, 1);
    sim_start(s, 2);
    until(s, 1000);
    sim_cut(s, BROKER, 2);
    say(s);
    until(s, 3000);
    sim_heal(s, BROKER, 2);
    until(s, 7000);
}

static void new_node(struct sim *s)
{
    begin(s, 1);
    for (int i = 0; i < 9; i++)
        say(s);
    until(s, 100);
    sim_start(s, 1);
    until(s, 2000);
}

static void peer_only(struct sim *s)
{
    begin(s, 3);
    sim_peers(s, 2, 1);
    sim_peers(s, 3, 2);
    sim_start(s, 1);
    until(s, 1000);
    sim_crash(s, BROKER);
    s->parties[BROKER].gone = true;
    s->refuse = 1000;
    sim_start(s, 2);
    until(s, 1500);
    sim_start(s, 3);
    until(s, 2500);
}

static void fork_found(struct sim *s)
{
    begin(s, 3);
    s->sees_other[2] = true;
    sim_peers(s, 1, 2);
    sim_peers(s, 2, 1);
    sim_peers(s, 3, 1);
    for (size_t i = 1; i <= 3; i++)
        sim_start(s, i);
    until(s, 1000);
    sim_fork(s);
    until(s, 12000);
}

static void old_backup(struct sim *s)
{
    begin(s, 1);
    sim_start(s, 1);
    until(s, 1000);
    sim_restore(s, 1);
    until(s, 6000);
    say(s);
    say(s);
    until(s, 12000);
}

static void lying_peer(struct sim *s)
{
    begin(s, 2);
    s->parties[2].type = PARTY_LIAR;
    sim_peers(s, 1, 2);
    s->parties[1].sources[0] = 2;
    s->parties[1].sources[1] = BROKER;
    sim_start(s, 2);
    until(s, 500);
    sim_start(s, 1);
    until(s, 12000);
}

static const struct story {
    const char *name;
    void (*tell)(struct sim *s);
} stories[] = {
    { "away-and-back", away_and_back }, { "new-node", new_node },
    { "peer-only", peer_only },         { "fork-found", fork_found },
    { "old-backup", old_backup },       { "lying-peer", lying_peer },
};

/* Shows where it differs first. */
static bool compare(const struct buf *got, const struct buf *golden)
{
    struct reader a = reader_of(buf_bytes(got)), b = reader_of(buf_bytes(golden));

    for (unsigned line = 1; a.len > 0 || b.len > 0; line++) {
        struct bytes x = reader_line(&a), y = reader_line(&b);

        if (bytes_eq(x, y) && a.bad == b.bad)
            continue;
        printf("# line %u is   " BYTES_FMT "\n# and should be " BYTES_FMT "\n", line,
               BYTES_ARG(x), BYTES_ARG(y));
        return false;
    }
    return true;
}

int stories_run(const char *folder, bool write)
{
    int failed = 0;

    for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
        struct sim *s = sim_new(i + 1);
        struct buf path = { 0 }, got = { 0 }, golden = { 0 };
        bool good = true;

        s->trace = &got;
        stories[i].tell(s);
        buf_printf(&path, "%s/%s.txt", folder, stories[i].name);
        if (write)
            good = file_replace(buf_str(&path), buf_bytes(&got), 0644) == STATUS_OK;
        else
            good = file_read(buf_str(&path), 1 << 20, &golden) == STATUS_OK &&
                   compare(&got, &golden);
        printf("%s - story: %s\n", good ? "ok" : "not ok", stories[i].name);
        failed += !good;
        sim_free(s);
        buf_clear(&path);
        buf_clear(&got);
        buf_clear(&golden);
    }
    return failed;
}
