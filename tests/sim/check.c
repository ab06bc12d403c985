/* tests/sim/check.c: what must hold always, and in the end. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static bool same(const struct simlog *a, const struct simlog *b, uint64_t from,
                 uint64_t to)
{
    if (to > a->size || to > b->size)
        return false;
    return from >= to ||
           memcmp(a->leaves + from, b->leaves + from, (to - from) * HASH_LEN) == 0;
}

/* Never a smaller tree, another root for the same size, or one that did not grow from it:
 * by what the node itself holds. */
void check_cosigned(struct sim *s, size_t node, const struct checkpoint *before,
                    const struct checkpoint *cp)
{
    const struct simlog *l = &s->parties[node].disk.log;
    struct hash root;

    if (cp->size < before->size || cp->size > l->size)
        sim_fail(s, "%s cosigns %llu after %llu, and holds %llu", sim_name(node),
                 (unsigned long long)cp->size, (unsigned long long)before->size,
                 (unsigned long long)l->size);
    root = simlog_root(l, cp->size);
    if (!hash_eq(&root, &cp->root))
        sim_fail(s, "%s cosigns a tree that it does not hold", sim_name(node));
    root = simlog_root(l, before->size);
    if (before->size > 0 && !hash_eq(&root, &before->root))
        sim_fail(s, "%s cosigns two histories", sim_name(node));
}

/* What nodes hold is what the broker signed; where that is one history, they are all
 * alike by that. */
void check_always(struct sim *s)
{
    const struct simlog *one = &s->parties[BROKER].disk.log;

    for (size_t i = 1; i < s->n; i++) {
        const struct simlog *l = &s->parties[i].disk.log;

        if (!same(l, one, 0, l->size) && !(s->forked && same(l, &s->other, 0, l->size)))
            sim_fail(s, "%s holds what was not signed", sim_name(i));
        for (uint64_t k = l->size > 8 ? l->size - 8 : 0; k < l->size; k++)
            if (l->entries[k].text[0] == '!')
                sim_fail(s, "%s keeps an invalid entry", sim_name(i));
    }
}

/* --- in the end -----------------------------------------------------------------------
 */

/* How far each is from `from`, going by sources through honest parties; 0: itself or not
 * reached. */
static size_t reach(const struct sim *s, size_t from, bool reached[PARTIES_MAX])
{
    size_t far = 0, list[PARTIES_MAX], hops[PARTIES_MAX] = { 0 }, n = 0;

    memset(reached, 0, PARTIES_MAX * sizeof(*reached));
    list[n++] = from;
    reached[from] = true;
    for (size_t i = 0; i < n; i++) {
        const struct party *p = &s->parties[list[i]];

        far = hops[list[i]];
        for (size_t k = 0; k < p->n && !p->disk.stopped; k++) {
            size_t next = p->sources[k];

            if (reached[next] || s->parties[next].type == PARTY_LIAR ||
                !s->parties[next].up)
                continue;
            reached[next] = true;
            hops[next] = hops[list[i]] + 1;
            list[n++] = next;
        }
    }
    return far;
}

static bool is_honest_node(const struct sim *s, size_t i)
{
    return s->parties[i].type == PARTY_NODE;
}

uint64_t check_bound_ms(const struct sim *s)
{
    bool reached[PARTIES_MAX];
    size_t hops = 1, bad = 0;

    for (size_t i = 1; i < s->n; i++) {
        size_t far = is_honest_node(s, i) ? reach(s, i, reached) : 0;

        hops = far > hops ? far : hops;
        bad += !is_honest_node(s, i);
    }
    /* docs/replication.md 6.3 */
    return 25000 + 6000 * (hops - 1) + 12000 * bad;
}

static uint64_t signed_size(const struct simlog *l)
{
    return simlog_newest(l) != NULL ? simlog_newest(l)->size : 0;
}

/* By what both can show that was signed. */
static bool contradict(const struct sim *s, size_t a, size_t b)
{
    const struct simlog *x = &s->parties[a].disk.log, *y = &s->parties[b].disk.log;
    uint64_t size = signed_size(x);

    if (signed_size(y) < size)
        size = signed_size(y);
    return !same(x, y, 0, size);
}

/* The log is two among those that it can hear of. */
static bool must_know(const struct sim *s, const bool reached[PARTIES_MAX])
{
    for (size_t a = 1; a < s->n; a++) {
        if (!reached[a] || !is_honest_node(s, a))
            continue;
        /* Evidence by the grace of a liar, who showed it late, has time to be passed on.
         */
        if (s->parties[a].disk.evidence.len > 0 &&
            s->parties[a].disk.found_ms + check_bound_ms(s) <= s->now_ms)
            return true;
        for (size_t b = 1; b < a; b++)
            if (reached[b] && is_honest_node(s, b) && contradict(s, a, b))
                return true;
    }
    return false;
}

static void check_reached(struct sim *s, size_t i)
{
    const struct party *p = &s->parties[i];
    bool reached[PARTIES_MAX];
    uint64_t most = 0;

    reach(s, i, reached);
    if (must_know(s, reached)) {
        if (p->disk.evidence.len == 0)
            sim_fail(s, "%s does not know of the fork", sim_name(i));
        return;
    }
    if (p->disk.evidence.len > 0 || p->disk.stopped || (s->forked && reached[BROKER]))
        return;
    for (size_t k = 0; k < s->n; k++) {
        const struct simlog *l = &s->parties[k].disk.log;

        if (reached[k] && !(k == BROKER && s->invalid) && signed_size(l) > most)
            most = signed_size(l);
    }
    if (signed_size(&p->disk.log) < most)
        sim_fail(s, "%s has %llu (%llu signed) of %llu", sim_name(i),
                 (unsigned long long)p->disk.log.size,
                 (unsigned long long)signed_size(&p->disk.log), (unsigned long long)most);
}

static void check_acked(struct sim *s)
{
    const struct simlog *l = &s->parties[BROKER].disk.log;

    for (size_t i = 0; i < s->n_acked; i++)
        if (s->acked[i].index >= l->size ||
            strcmp(l->entries[s->acked[i].index].text, s->acked[i].entry.text) != 0)
            sim_fail(s, "statement %s was acknowledged, and is lost",
                     s->acked[i].entry.text);
}

/* With the broker at hand, every node is cosigner of the newest. */
static void check_cosignatures(struct sim *s)
{
    const struct simlog *l = &s->parties[BROKER].disk.log;
    struct signed_at *newest = simlog_newest(l);
    size_t lines = 0, nodes = 0;

    if (newest == NULL || !s->parties[BROKER].up || s->invalid)
        return;
    for (size_t i = 0; i < newest->cosignatures.len; i++)
        lines += newest->cosignatures.ptr[i] == '\n';
    for (size_t i = 1; i < s->n; i++)
        nodes += s->parties[i].sources[0] == BROKER && is_honest_node(s, i);
    if (lines < nodes)
        sim_fail(s, "only %zu of %zu cosigned the newest checkpoint", lines, nodes);
}

void check_in_the_end(struct sim *s)
{
    check_always(s);
    if (s->honest_broker) {
        check_acked(s);
        check_cosignatures(s);
    }
    for (size_t i = 1; i < s->n; i++)
        if (is_honest_node(s, i))
            check_reached(s, i);
}
