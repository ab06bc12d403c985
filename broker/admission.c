/* broker/admission.c: a token bucket for each key, in a table of fixed size.
 *
 * Two keys that fall on one place share it: the table is far larger than the number of
 * organizations, and the shares are generous.
 */
#include "broker/admission.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 65536 /* a power of two */

struct bucket {
    uint64_t filled_ms; /* 0: never used */
    double tokens;
};

struct admission {
    pthread_mutex_t lock;
    double rate, burst;
    struct bucket *buckets;
};

enum status admission_new(uint64_t rate, uint64_t burst, struct admission **out)
{
    struct admission *a = calloc(1, sizeof(*a));

    if (a == NULL)
        return STATUS_NOMEM;
    a->rate = (double)rate;
    a->burst = burst > 0 ? (double)burst : 1;
    a->buckets = calloc(BUCKETS, sizeof(*a->buckets));
    pthread_mutex_init(&a->lock, NULL);
    if (a->buckets == NULL) {
        admission_free(a);
        return STATUS_NOMEM;
    }
    *out = a;
    return STATUS_OK;
}

void admission_free(struct admission *a)
{
    if (a == NULL)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a->buckets);
    free(a);
}

enum status admission_at(const struct statement *st, int64_t now_s, struct refusal *why)
{
    if (st->at <= now_s + ADMISSION_AHEAD_S)
        return STATUS_OK;
    return refuse(
        why, RULE_ADMISSION_AT, 2,
        "at: expected at most %d seconds ahead of the broker's clock, found %lld",
        ADMISSION_AHEAD_S, (long long)(st->at - now_s));
}

/* FNV-1a over the author and the key's id. */
static size_t place_of(const struct statement *st)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < st->org.len; i++)
        h = (h ^ st->org.ptr[i]) * 1099511628211u;
    for (unsigned shift = 0; shift < 32; shift += 8)
        h = (h ^ (st->key_id >> shift & 255)) * 1099511628211u;
    return (size_t)((h ^ h >> 32) & (BUCKETS - 1));
}

enum status admission_rate(struct admission *a, const struct statement *st,
                           uint64_t now_ms, struct refusal *why, unsigned *retry_after_s)
{
    struct bucket *b = &a->buckets[place_of(st)];
    bool admitted;

    *retry_after_s = 0;
    if (a->rate == 0)
        return STATUS_OK;
    pthread_mutex_lock(&a->lock);
    if (b->filled_ms == 0)
        b->tokens = a->burst;
    else if (now_ms > b->filled_ms)
        b->tokens += (double)(now_ms - b->filled_ms) * a->rate / 1000;
    if (b->tokens > a->burst)
        b->tokens = a->burst;
    b->filled_ms = now_ms > 0 ? now_ms : 1;
    admitted = b->tokens >= 1;
    if (admitted)
        b->tokens -= 1;
    pthread_mutex_unlock(&a->lock);
    if (admitted)
        return STATUS_OK;
    *retry_after_s = 1;
    return refuse(
        why, RULE_ADMISSION_RATE, 0,
        "expected at most %.0f statements of one key at once, and %.0f a second in "
        "the long run, found more",
        a->burst, a->rate);
}
