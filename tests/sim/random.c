/* tests/sim/random.c: a story by chance, all of it from one seed: a minute of trouble,
 * then everything heals, and after the bound all must be well or found out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define TROUBLE_MS 60000

enum act { ACT_CUT, ACT_HEAL, ACT_CRASH, ACT_START, ACT_CLOCK, ACT_LIE };
enum lie { LIE_NONE, LIE_FORK, LIE_RESTORE, LIE_GONE, LIE_INVALID, LIES };

static enum lie lie_of(const struct sim *s)
{
    uint64_t of_10 = s->seed * 0x9e3779b97f4a7c15 >> 32;

    of_10 %= 10;
    return of_10 < LIES ? (enum lie)of_10 : of_10 < 7 ? LIE_FORK : LIE_NONE;
}

static void lie(struct sim *s)
{
    struct party *b = &s->parties[BROKER];

    switch (lie_of(s)) {
    case LIE_NONE:
        break;
    case LIE_FORK:
        sim_fork(s);
        for (size_t i = 1; i < s->n; i++)
            s->sees_other[i] = sim_chance(s, 400);
        break;
    case LIE_RESTORE:
        if (b->disk.log.size > 1)
            sim_restore(s, 1 + sim_random(s, b->disk.log.size - 1));
        break;
    case LIE_GONE:
        sim_crash(s, BROKER);
        b->gone = true;
        break;
    case LIE_INVALID:
        s->invalid = true;
        sim_submit(s, "!invalid");
        break;
    case LIES:
        break;
    }
}

static void act(struct sim *s, const struct event *ev)
{
    size_t a = sim_random(s, s->n), b = sim_random(s, s->n);
    int64_t jump;

    switch ((enum act)ev->number) {
    case ACT_CUT:
        sim_cut(s, a, b);
        break;
    case ACT_HEAL:
        sim_heal(s, a, b);
        break;
    case ACT_CRASH:
        sim_crash(s, a);
        sim_plan(s, sim_random(s, 10000), (struct event){ .type = EVENT_UP, .party = a });
        break;
    case ACT_START:
        sim_start(s, a);
        break;
    case ACT_CLOCK:
        jump = (int64_t)sim_random(s, 7200000) - 3600000;
        sim_trace(s, "clock of %s jumps by %lld ms", sim_name(a), (long long)jump);
        if (jump > 0 || s->parties[a].clock_ms > 3600000)
            s->parties[a].clock_ms += (uint64_t)jump;
        s->parties[a].tick_ms = 0;
        break;
    case ACT_LIE:
        lie(s);
        break;
    }
}

static void populate(struct sim *s)
{
    size_t n = sim_chance(s, 80) ? 9 + sim_random(s, 12) : 2 + sim_random(s, 5);
    unsigned liars = sim_chance(s, 500) ? 250 : 0;

    sim_add(s, PARTY_BROKER);
    for (size_t i = 1; i <= n; i++)
        sim_add(s, sim_chance(s, liars) ? PARTY_LIAR : PARTY_NODE);
    for (size_t i = 1; i <= n; i++) {
        for (uint64_t k = sim_random(s, 4); k > 0; k--) {
            size_t peer = 1 + sim_random(s, n);

            sim_peers(s, i, peer);
            if (sim_chance(s, 700))
                sim_peers(s, peer, i);
        }
    }
    for (size_t i = 1; i <= n; i++) { /* some have no broker */
        struct party *p = &s->parties[i];

        if (p->n > 1 && sim_chance(s, 200))
            memmove(p->sources, p->sources + 1, --p->n * sizeof(*p->sources));
    }
}

static void plan_trouble(struct sim *s)
{
    static const enum act acts[] = { ACT_CUT,   ACT_CUT,   ACT_HEAL,  ACT_HEAL,
                                     ACT_CRASH, ACT_CRASH, ACT_CLOCK, ACT_START };

    s->loss = (unsigned)sim_random(s, 3) * (unsigned)sim_random(s, 100);
    s->twice = (unsigned)sim_random(s, 100);
    s->slow = (unsigned)sim_random(s, 2) * (unsigned)sim_random(s, 200);
    s->refuse = (unsigned)sim_random(s, 1000);
    s->disk_fault = (unsigned)sim_random(s, 40);
    s->delay_min_ms = 1;
    s->delay_max_ms = 1 + sim_random(s, (uint64_t)2 << sim_random(s, 11));
    for (uint64_t n = sim_random(s, 60); n > 0; n--)
        sim_plan(s, sim_random(s, TROUBLE_MS),
                 (struct event){
                     .type = EVENT_ACT,
                     .number = acts[sim_random(s, sizeof(acts) / sizeof(acts[0]))] });
    for (uint64_t n = 1 + sim_random(s, 200); n > 0; n--)
        sim_plan(s, sim_random(s, TROUBLE_MS), (struct event){ .type = EVENT_SUBMIT });
    sim_plan(s, 0, (struct event){ .type = EVENT_SUBMIT });
    sim_plan(s, TROUBLE_MS / 4 + sim_random(s, TROUBLE_MS / 2),
             (struct event){ .type = EVENT_ACT, .number = ACT_LIE });
}

static void heal(struct sim *s)
{
    sim_trace(s, "all heals");
    s->loss = s->twice = s->slow = s->disk_fault = 0;
    s->refuse = 1000;
    s->delay_min_ms = 1;
    s->delay_max_ms = 50;
    for (size_t a = 0; a < s->n; a++)
        for (size_t b = 0; b < s->n; b++)
            s->linked[a][b] = true;
    for (size_t i = 0; i < s->n; i++)
        sim_start(s, i);
}

void random_run(uint64_t seed, bool loud)
{
    struct sim *s = sim_new(seed);

    s->loud = loud;
    populate(s);
    plan_trouble(s);
    for (size_t i = 0; i < s->n; i++)
        sim_plan(s, i < 3 ? 0 : sim_random(s, TROUBLE_MS / 2),
                 (struct event){ .type = EVENT_UP, .party = i });
    sim_run(s, TROUBLE_MS, act);
    heal(s);
    sim_run(s, TROUBLE_MS + 15000, act); /* who was to come up later has */
    sim_run(s, s->now_ms + check_bound_ms(s), act);
    check_in_the_end(s);
    sim_free(s);
}
