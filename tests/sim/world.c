/* tests/sim/world.c: virtual time, chance, and a network. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* A heap by time, then by order of planning. */
struct queue {
    struct event *list;
    size_t n, room;
    uint64_t planned;
};

uint64_t sim_random(struct sim *s, uint64_t below)
{
    uint64_t z = (s->random += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return below > 0 ? (z ^ (z >> 31)) % below : 0;
}

bool sim_chance(struct sim *s, unsigned of_1000)
{
    return of_1000 > 0 && sim_random(s, 1000) < of_1000;
}

const char *sim_name(size_t party)
{
    static char names[8][24];
    static unsigned next;
    char *name = names[next++ % 8];

    if (party == BROKER)
        return "broker";
    snprintf(name, sizeof(names[0]), "%zu", party);
    return name;
}

static void print_line(struct sim *s, FILE *out, const char *fmt, va_list args)
{
    fprintf(out, "[%7llu] ", (unsigned long long)s->now_ms);
    vfprintf(out, fmt, args);
    fputc('\n', out);
}

void sim_trace(struct sim *s, const char *fmt, ...)
{
    char line[256];
    va_list args;

    if (s->loud) {
        va_start(args, fmt);
        print_line(s, stdout, fmt, args);
        va_end(args);
    }
    if (s->trace != NULL) {
        va_start(args, fmt);
        vsnprintf(line, sizeof(line), fmt, args);
        va_end(args);
        buf_printf(s->trace, "[%7llu] %s\n", (unsigned long long)s->now_ms, line);
    }
}

void sim_fail(struct sim *s, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    printf("# seed %llu: ", (unsigned long long)s->seed);
    print_line(s, stdout, fmt, args);
    va_end(args);
    printf("# replay: sim --seed %llu\n", (unsigned long long)s->seed);
    fflush(stdout);
    _Exit(1);
}

struct sim *sim_new(uint64_t seed)
{
    struct sim *s = calloc(1, sizeof(*s));

    if (s == NULL || (s->queue = calloc(1, sizeof(*s->queue))) == NULL)
        abort();
    s->seed = s->random = seed;
    s->honest_broker = true;
    s->delay_min_ms = s->delay_max_ms = 10;
    for (size_t a = 0; a < PARTIES_MAX; a++)
        for (size_t b = 0; b < PARTIES_MAX; b++)
            s->linked[a][b] = true;
    return s;
}

void sim_free(struct sim *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct party *p = &s->parties[i];

        replica_free(p->replica);
        simlog_clear(&p->disk.log);
        buf_clear(&p->disk.anchor);
        buf_clear(&p->disk.evidence);
        free(p->waiting);
    }
    for (size_t i = 0; i < s->queue->n; i++)
        buf_clear(&s->queue->list[i].frame);
    simlog_clear(&s->other);
    free(s->queue->list);
    free(s->queue);
    free(s->acked);
    free(s);
}

/* --- time -----------------------------------------------------------------------------
 */

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

void sim_plan(struct sim *s, uint64_t in_ms, struct event ev)
{
    struct queue *q = s->queue;
    size_t i = q->n++;

    if (q->n > q->room) {
        q->room = q->room > 0 ? q->room * 2 : 256;
        q->list = reallocarray(q->list, q->room, sizeof(*q->list));
        if (q->list == NULL)
            abort();
    }
    ev.at_ms = s->now_ms + in_ms;
    ev.order = q->planned++;
    for (; i > 0 && is_before(&ev, &q->list[(i - 1) / 2]); i = (i - 1) / 2)
        q->list[i] = q->list[(i - 1) / 2];
    q->list[i] = ev;
}

static struct event take(struct queue *q)
{
    struct event first = q->list[0], last = q->list[--q->n];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < q->n) {
        if (child + 1 < q->n && is_before(&q->list[child + 1], &q->list[child]))
            child++;
        if (!is_before(&q->list[child], &last))
            break;
        q->list[i] = q->list[child];
        i = child;
    }
    q->list[i] = last;
    return first;
}

void sim_run(struct sim *s, uint64_t until_ms, sim_act_fn *act)
{
    while (s->queue->n > 0 && s->queue->list[0].at_ms <= until_ms) {
        struct event ev = take(s->queue);

        s->now_ms = ev.at_ms;
        if (++s->events > 2000000)
            sim_fail(s, "it never rests");
        if (ev.type == EVENT_ACT)
            act(s, &ev);
        else
            sim_handle(s, &ev);
        buf_clear(&ev.frame);
    }
    s->now_ms = until_ms;
}

/* --- the network ----------------------------------------------------------------------
 */

static void deliver(struct sim *s, enum event_type type, size_t from, size_t to,
                    uint64_t ticket, struct bytes frame)
{
    struct event ev = { .type = type, .party = to, .from = from, .ticket = ticket };

    uint64_t in_ms =
        s->delay_min_ms + sim_random(s, s->delay_max_ms - s->delay_min_ms + 1);

    if (sim_chance(s, s->slow)) /* it is overtaken by many */
        in_ms += sim_random(s, 8000);
    buf_add(&ev.frame, frame);
    sim_plan(s, in_ms, ev);
}

void sim_send(struct sim *s, enum event_type type, size_t from, size_t to,
              uint64_t ticket, struct bytes frame)
{
    if (!s->linked[from][to] || sim_chance(s, s->loss))
        return;
    deliver(s, type, from, to, ticket, frame);
    if (sim_chance(s, s->twice))
        deliver(s, type, from, to, ticket, frame);
}

void sim_cut(struct sim *s, size_t a, size_t b)
{
    sim_trace(s, "%s and %s are cut apart", sim_name(a), sim_name(b));
    s->linked[a][b] = s->linked[b][a] = false;
}

void sim_heal(struct sim *s, size_t a, size_t b)
{
    sim_trace(s, "%s and %s are together again", sim_name(a), sim_name(b));
    s->linked[a][b] = s->linked[b][a] = true;
}
