/* broker/metrics.c */
#include "broker/metrics.h"

#include <inttypes.h>

static const uint64_t batch_bounds[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024 };
static const uint64_t us_bounds[] = { 250,   500,   1000,   2000,   5000,   10000,
                                      20000, 50000, 100000, 200000, 500000, 1000000 };

void metrics_init(struct metrics *m)
{
    m->batch.bounds = batch_bounds;
    m->batch.n = sizeof(batch_bounds) / sizeof(*batch_bounds);
    m->commit_us.bounds = us_bounds;
    m->commit_us.n = sizeof(us_bounds) / sizeof(*us_bounds);
    atomic_store(&m->ready, true);
}

void histogram_add(struct histogram *h, uint64_t value)
{
    size_t i = 0;

    while (i < h->n && value > h->bounds[i])
        i++;
    atomic_fetch_add(&h->counts[i], 1);
    atomic_fetch_add(&h->sum, value);
    atomic_fetch_add(&h->total, 1);
}

static void one(struct buf *out, const char *type, const char *name, const char *help,
                uint64_t value)
{
    buf_printf(out, "# HELP avow_%s %s\n# TYPE avow_%s %s\navow_%s %" PRIu64 "\n", name,
               help, name, type, name, value);
}

/* `divide`: by how much values are divided for print, 1 or a million. */
static void print_histogram(struct buf *out, const char *name, const char *help,
                            struct histogram *h, double divide)
{
    uint64_t sum = 0;

    buf_printf(out, "# HELP avow_%s %s\n# TYPE avow_%s histogram\n", name, help, name);
    for (size_t i = 0; i < h->n; i++) {
        sum += atomic_load(&h->counts[i]);
        buf_printf(out, "avow_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                   (double)h->bounds[i] / divide, sum);
    }
    sum += atomic_load(&h->counts[h->n]);
    buf_printf(out, "avow_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
    buf_printf(out, "avow_%s_sum %.6f\navow_%s_count %" PRIu64 "\n", name,
               (double)atomic_load(&h->sum) / divide, name, sum);
}

static void print_statements(struct metrics *m, struct buf *out)
{
    buf_text(out, "# HELP avow_statements_total statements judged, by outcome\n"
                  "# TYPE avow_statements_total counter\n");
    buf_printf(out, "avow_statements_total{outcome=\"accepted\"} %llu\n",
               atomic_load(&m->accepted));
    buf_printf(out, "avow_statements_total{outcome=\"known\"} %llu\n",
               atomic_load(&m->known));
    buf_printf(out, "avow_statements_total{outcome=\"busy\"} %llu\n",
               atomic_load(&m->busy));
    buf_printf(out, "avow_statements_total{outcome=\"dry-run\"} %llu\n",
               atomic_load(&m->dry_runs));
    buf_text(out, "# HELP avow_refused_total statements refused, by rule\n"
                  "# TYPE avow_refused_total counter\n");
    for (enum rule r = RULE_NONE + 1; r < RULE_COUNT; r++)
        if (atomic_load(&m->refused[r]) > 0)
            buf_printf(out, "avow_refused_total{rule=\"%s\"} %llu\n", rule_name(r),
                       atomic_load(&m->refused[r]));
}

void metrics_print(struct metrics *m, const struct metrics_now *now, struct buf *out)
{
    one(out, "gauge", "log_size", "entries in the log", atomic_load(&m->size));
    one(out, "gauge", "ready", "1 if the last commit succeeded", atomic_load(&m->ready));
    one(out, "gauge", "log_keys_missing", "1 if an active key of the log is not here",
        atomic_load(&m->lacks_key));
    one(out, "gauge", "waiting",
        "1 until a cosigning node has told that the log is the newest",
        atomic_load(&m->waiting));
    one(out, "gauge", "forked", "1 if the log's key has signed another history",
        atomic_load(&m->forked));
    one(out, "gauge", "store_damaged",
        "1 if something stored was found not to be what was signed",
        atomic_load(&m->damages) > 0);
    one(out, "counter", "store_damages_total",
        "times that something stored was found not to be what was signed",
        atomic_load(&m->damages));
    one(out, "gauge", "upgrade_needed",
        "1 if the log went on to rules that this program does not know",
        atomic_load(&m->needs_upgrade));
    one(out, "gauge", "succeeded", "1 if the log ended in favour of another",
        atomic_load(&m->succeeded));
    print_statements(m, out);
    one(out, "counter", "cosignatures_total", "cosignatures kept",
        atomic_load(&m->cosignatures));
    one(out, "counter", "commit_failures_total", "batches that could not be written",
        atomic_load(&m->commit_failures));
    print_histogram(out, "batch_statements", "statements in a commit", &m->batch, 1);
    print_histogram(out, "commit_seconds", "time until a batch is on disk", &m->commit_us,
                    1e6);
    one(out, "gauge", "statements_waiting", "statements that wait to be judged",
        now->waiting);
    one(out, "gauge", "reads_waiting", "requests that wait for a reader", now->reading);
    one(out, "gauge", "connections", "HTTP and feed connections", now->connections);
    one(out, "gauge", "answer_bytes", "bytes of answers in memory", now->answer_bytes);
    one(out, "counter", "connections_cut_total",
        "connections closed to make room, or because they took nothing",
        now->connections_cut);
    one(out, "counter", "connections_refused_total",
        "connections beyond connections_max or address_max", now->connections_refused);
    one(out, "counter", "answers_refused_total", "requests refused beyond answers_mb",
        now->answers_refused);
    one(out, "gauge", "watchers", "watchers of the feed", now->watchers);
    one(out, "gauge", "link_peers", "nodes connected by the link", now->nodes);
    one(out, "gauge", "link_bytes", "bytes of answers that may be on their way to nodes",
        now->link_bytes);
    one(out, "counter", "link_refused_total", "connections by the link beyond the limits",
        now->link_refused);
    one(out, "counter", "link_cut_total",
        "connections by the link closed as they took nothing, or asked for too much",
        now->link_cut);
    one(out, "counter", "link_busy_total", "requests by the link told to come again",
        now->link_busy);
    one(out, "counter", "http_requests_total", "HTTP requests", now->requests);
    one(out, "counter", "feed_frames_total", "feed messages sent", now->frames_sent);
    one(out, "counter", "feed_catchups_total", "feed messages made from the store",
        now->catchups);
    one(out, "counter", "feed_cut_total", "watchers closed because they took nothing",
        now->watchers_cut);
}
