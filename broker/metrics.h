/* broker/metrics.h
 *
 * What the broker counts, in atomics that any thread adds to, and prints as Prometheus
 * text.
 */
#ifndef AVOW_BROKER_METRICS_H
#define AVOW_BROKER_METRICS_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "record/refusal.h"

#define BUCKETS_MAX 12

struct histogram {
    const uint64_t *bounds; /* ascending; the last bucket has none */
    size_t n;
    atomic_ullong counts[BUCKETS_MAX + 1];
    atomic_ullong sum, total;
};

struct metrics {
    atomic_ullong accepted, known, dry_runs, busy;
    atomic_ullong refused[RULE_COUNT];
    atomic_ullong size, cosignatures, commit_failures;
    atomic_bool needs_upgrade, succeeded; /* the log, as far as we have it */
    atomic_bool waiting;        /* until it is told that its log is the newest */
    atomic_bool forked;         /* the log's key has signed another history */
    atomic_ullong damages;      /* times that what is stored was not what was signed */
    atomic_bool lacks_key;      /* a key that signs the next checkpoint is not here */
    atomic_bool ready;          /* the last commit succeeded */
    struct histogram batch;     /* statements in a commit */
    struct histogram commit_us; /* until it is on disk */
};

/* What others know at the moment of asking. */
struct metrics_now {
    size_t waiting, reading;
    unsigned connections, watchers, nodes;
    uint64_t requests, frames_sent, watchers_cut, catchups;
    size_t link_bytes;
    uint64_t link_refused, link_cut, link_busy;
    uint64_t answer_bytes, connections_cut, connections_refused, answers_refused;
};

void metrics_init(struct metrics *m);
void histogram_add(struct histogram *h, uint64_t value);
void metrics_print(struct metrics *m, const struct metrics_now *now, struct buf *out);

#endif
