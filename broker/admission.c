/* broker/admission.c: token buckets in tables of fixed size.
 *
 * Two that fall on one place share it: the tables are far larger than the number of
 * organizations, and the shares are generous.
 */
#include "broker/admission.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 65536 /* a power of two */
#define RETRY_MAX_S 3600

struct bucket {
    uint64_t filled_ms; /* 0: never used */
    double tokens;
};

struct key_place {
    struct bucket statements;
    uint64_t seq; /* the largest that was spent */
};

struct org_place {
    struct bucket records, bytes;
};

struct admission {
    struct admission_options o;
    pthread_mutex_t lock; /* of what follows */
    struct key_place *keys;
    struct org_place *orgs;
    struct bucket *senders;
};

enum status admission_new(const struct admission_options *o, struct admission **out)
{
    struct admission *a = calloc(1, sizeof(*a));

    if (a == NULL)
        return STATUS_NOMEM;
    a->o = *o;
    pthread_mutex_init(&a->lock, NULL);
    a->keys = calloc(PLACES, sizeof(*a->keys));
    a->orgs = calloc(PLACES, sizeof(*a->orgs));
    a->senders = calloc(PLACES, sizeof(*a->senders));
    if (a->keys == NULL || a->orgs == NULL || a->senders == NULL) {
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
    free(a->keys);
    free(a->orgs);
    free(a->senders);
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

/* --- buckets ---------------------------------------------------------------------- */

static double burst_of(const struct admission_share *s)
{
    return s->burst > 0 ? (double)s->burst : 1;
}

static void fill(struct bucket *b, const struct admission_share *s, uint64_t now_ms)
{
    if (b->filled_ms == 0)
        b->tokens = burst_of(s);
    else if (now_ms > b->filled_ms)
        b->tokens += (double)(now_ms - b->filled_ms) * (double)s->rate / 1000;
    if (b->tokens > burst_of(s))
        b->tokens = burst_of(s);
    b->filled_ms = now_ms > 0 ? now_ms : 1;
}

/* What costs more than there can ever be is had for all that there can be. */
static bool has(struct bucket *b, const struct admission_share *s, double cost,
                uint64_t now_ms, unsigned *retry_after_s)
{
    double cost_most = cost < burst_of(s) ? cost : burst_of(s), lacks;

    if (s->rate == 0)
        return true;
    fill(b, s, now_ms);
    lacks = cost_most - b->tokens;
    if (lacks <= 0)
        return true;
    lacks /= (double)s->rate;
    *retry_after_s = lacks < RETRY_MAX_S ? (unsigned)lacks + 1 : RETRY_MAX_S;
    return false;
}

static void spend(struct bucket *b, const struct admission_share *s, double cost,
                  uint64_t now_ms)
{
    if (s->rate == 0)
        return;
    fill(b, s, now_ms);
    b->tokens -= cost;
}

/* --- authors ---------------------------------------------------------------------- */

/* FNV-1a over the author, and the key's id. */
static uint64_t hash_of(struct bytes org, const uint32_t *key_id)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < org.len; i++)
        h = (h ^ org.ptr[i]) * 1099511628211u;
    for (unsigned shift = 0; key_id != NULL && shift < 32; shift += 8)
        h = (h ^ (*key_id >> shift & 255)) * 1099511628211u;
    return h ^ h >> 32;
}

static struct key_place *key_place(struct admission *a, const struct statement *st)
{
    return &a->keys[hash_of(st->org, &st->key_id) & (PLACES - 1)];
}

static struct org_place *org_place(struct admission *a, const struct statement *st)
{
    return &a->orgs[hash_of(st->org, NULL) & (PLACES - 1)];
}

static enum status refuse_share(struct refusal *why, const char *what,
                                const struct admission_share *s)
{
    return refuse(why, RULE_ADMISSION_RATE, 0,
                  "expected at most %.0f %s at once, and %llu a second in the long run, "
                  "found more",
                  burst_of(s), what, (unsigned long long)s->rate);
}

enum status admission_check(struct admission *a, const struct statement *st,
                            uint64_t now_ms, struct refusal *why, unsigned *retry_after_s)
{
    struct key_place *key = key_place(a, st);
    struct org_place *org = org_place(a, st);
    const struct admission_options *o = &a->o;
    enum status result = STATUS_OK;

    *retry_after_s = 0;
    if (o->statements.rate == 0)
        return STATUS_OK;
    pthread_mutex_lock(&a->lock);
    if (!has(&key->statements, &o->statements, 1, now_ms, retry_after_s))
        result = refuse_share(why, "statements of one key", &o->statements);
    else if (!has(&org->records, &o->records, (double)st->n, now_ms, retry_after_s))
        result = refuse_share(why, "records of one organization", &o->records);
    else if (!has(&org->bytes, &o->bytes, (double)st->note.len, now_ms, retry_after_s))
        result = refuse_share(why, "bytes of one organization", &o->bytes);
    pthread_mutex_unlock(&a->lock);
    return result;
}

void admission_spend(struct admission *a, const struct statement *st, uint64_t now_ms)
{
    struct key_place *key = key_place(a, st);
    struct org_place *org = org_place(a, st);

    pthread_mutex_lock(&a->lock);
    spend(&key->statements, &a->o.statements, 1, now_ms);
    spend(&org->records, &a->o.records, (double)st->n, now_ms);
    spend(&org->bytes, &a->o.bytes, (double)st->note.len, now_ms);
    if (st->seq > key->seq)
        key->seq = st->seq;
    pthread_mutex_unlock(&a->lock);
}

bool admission_may_be_known(struct admission *a, const struct statement *st)
{
    struct key_place *key = key_place(a, st);
    bool may;

    pthread_mutex_lock(&a->lock);
    may = st->seq <= key->seq;
    pthread_mutex_unlock(&a->lock);
    return may;
}

/* --- senders ---------------------------------------------------------------------- */

static struct bucket *sender_place(struct admission *a, const struct address *from)
{
    struct bytes key = { from->b, sizeof(from->b) };

    return &a->senders[hash_of(key, NULL) & (PLACES - 1)];
}

enum status admission_send(struct admission *a, const struct address *from,
                           uint64_t now_ms, struct refusal *why, unsigned *retry_after_s)
{
    struct bucket *b = sender_place(a, from);
    const struct admission_share *s = &a->o.sender;
    bool room;

    *retry_after_s = 0;
    pthread_mutex_lock(&a->lock);
    room = has(b, s, 1, now_ms, retry_after_s);
    if (room)
        spend(b, s, 1, now_ms);
    pthread_mutex_unlock(&a->lock);
    if (room)
        return STATUS_OK;
    return refuse_share(why, "statements of one address that are not accepted", s);
}

void admission_sent(struct admission *a, const struct address *from)
{
    pthread_mutex_lock(&a->lock);
    sender_place(a, from)->tokens += a->o.sender.rate > 0 ? 1 : 0;
    pthread_mutex_unlock(&a->lock);
}
