#include "io/link_peers.h"

#include <assert.h>
#include <stdlib.h>

struct peer {
    uint32_t id;
    unsigned requests; /* in hand */
    unsigned siblings; /* connections of its address, itself with them */
    size_t held;
    uint64_t asked_ms; /* when it asked last, or came */
    bool asked;
    bool local; /* on this machine: only the limits in all count */
    struct address from;
};

/* Between calls: n <= limits.peers; held is the sum of those of the list. */
struct link_peers {
    struct link_limits limits;
    size_t held;
    size_t n;
    struct peer list[];
};

enum status link_peers_new(const struct link_limits *l, struct link_peers **out)
{
    struct link_peers *p = calloc(1, sizeof(*p) + l->peers * sizeof(p->list[0]));

    if (p == NULL)
        return STATUS_NOMEM;
    p->limits = *l;
    *out = p;
    return STATUS_OK;
}

void link_peers_free(struct link_peers *p)
{
    free(p);
}

static struct peer *find(const struct link_peers *p, uint32_t id)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].id == id)
            return (struct peer *)&p->list[i];
    return NULL;
}

/* Connections of one address; *requests: what they have in hand. */
static unsigned count(const struct link_peers *p, const struct address *from,
                      unsigned *requests)
{
    unsigned n = 0;

    *requests = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!address_eq(&p->list[i].from, from))
            continue;
        *requests += p->list[i].requests;
        n++;
    }
    return n;
}

static bool is_quiet(const struct peer *one, uint64_t now_ms)
{
    return one->requests == 0 &&
           now_ms >= one->asked_ms + (one->asked ? LINK_QUIET_MS : LINK_NEW_MS);
}

/* Of an address (NULL: of any), the one that has been quiet longest. */
static struct peer *quietest(struct link_peers *p, const struct address *from,
                             uint64_t now_ms)
{
    struct peer *found = NULL;

    for (size_t i = 0; i < p->n; i++) {
        struct peer *one = &p->list[i];

        if (!is_quiet(one, now_ms) || (from != NULL && !address_eq(&one->from, from)))
            continue;
        if (found == NULL || one->asked_ms < found->asked_ms)
            found = one;
    }
    return found;
}

/* Of the address with the most connections, which must be more than `mine`. */
static struct peer *of_the_many(struct link_peers *p, unsigned mine)
{
    struct peer *found = NULL;
    unsigned most = mine + 1;

    for (size_t i = 0; i < p->n; i++) {
        struct peer *one = &p->list[i];

        if (one->siblings > most ||
            (found != NULL && one->siblings == most && one->asked_ms < found->asked_ms)) {
            most = one->siblings;
            found = one;
        }
    }
    return found;
}

static void set_siblings(struct link_peers *p, const struct address *from, unsigned n)
{
    for (size_t i = 0; i < p->n; i++)
        if (address_eq(&p->list[i].from, from))
            p->list[i].siblings = n;
}

static void drop(struct link_peers *p, struct peer *one)
{
    const struct peer gone = *one;

    p->held -= gone.held;
    *one = p->list[--p->n];
    set_siblings(p, &gone.from, gone.siblings - 1);
}

/* Who is to make room; NULL: nobody. */
static struct peer *loser(struct link_peers *p, const struct address *key, unsigned mine,
                          bool over, uint64_t now_ms)
{
    struct peer *one = over ? NULL : of_the_many(p, mine);

    return one != NULL ? one : quietest(p, over ? key : NULL, now_ms);
}

bool link_peers_add(struct link_peers *p, uint32_t id, const struct peer_address *from,
                    uint64_t now_ms, uint32_t *cut)
{
    struct address key = peer_key_of(from);
    bool local = peer_is_loopback(from);
    unsigned requests, mine = count(p, &key, &requests);
    bool over = mine >= p->limits.per_address && !local, full = p->n >= p->limits.peers;
    struct peer *other;

    assert(id != 0);
    *cut = 0;
    if (over || full) {
        other = loser(p, &key, mine, over, now_ms);
        if (other == NULL)
            return false;
        *cut = other->id;
        drop(p, other);
    }
    p->list[p->n++] =
        (struct peer){ .id = id, .asked_ms = now_ms, .local = local, .from = key };
    set_siblings(p, &key, count(p, &key, &requests));
    assert(p->n <= p->limits.peers);
    return true;
}

void link_peers_remove(struct link_peers *p, uint32_t id)
{
    struct peer *one = find(p, id);

    if (one != NULL)
        drop(p, one);
}

enum link_verdict link_peers_begin(struct link_peers *p, uint32_t id, uint64_t now_ms)
{
    struct peer *one = find(p, id);
    unsigned requests;

    if (one == NULL || one->requests >= LINK_PEER_REQUESTS_MAX)
        return LINK_CUT;
    one->requests++;
    one->asked_ms = now_ms;
    one->asked = true;
    count(p, &one->from, &requests);
    return requests > p->limits.requests && !one->local ? LINK_BUSY : LINK_TAKE;
}

/* Who holds something and has asked nothing for longest. */
static struct peer *holder(struct link_peers *p)
{
    struct peer *found = NULL;

    for (size_t i = 0; i < p->n; i++) {
        struct peer *one = &p->list[i];

        if (one->held > 0 && (found == NULL || one->asked_ms < found->asked_ms))
            found = one;
    }
    return found;
}

uint32_t link_peers_end(struct link_peers *p, uint32_t id, size_t held)
{
    struct peer *one = find(p, id);
    uint32_t cut = 0;

    if (one == NULL)
        return 0;
    assert(one->requests > 0);
    one->requests--;
    p->held = p->held - one->held + held;
    one->held = held;
    if (p->held > p->limits.held) {
        one = holder(p);
        cut = one->id;
        drop(p, one);
    }
    return cut;
}

bool link_peers_has(const struct link_peers *p, uint32_t id)
{
    return find(p, id) != NULL;
}

bool link_peers_sender(const struct link_peers *p, uint32_t id, struct address *out)
{
    const struct peer *one = find(p, id);

    if (one == NULL || one->local)
        return false;
    *out = one->from;
    return true;
}

uint32_t link_peers_idle(const struct link_peers *p, uint64_t now_ms)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].requests == 0 && now_ms >= p->list[i].asked_ms + LINK_IDLE_MS)
            return p->list[i].id;
    return 0;
}

size_t link_peers_all(const struct link_peers *p, uint32_t out[], size_t max)
{
    size_t n = p->n < max ? p->n : max;

    for (size_t i = 0; i < n; i++)
        out[i] = p->list[i].id;
    return n;
}

unsigned link_peers_count(const struct link_peers *p)
{
    return (unsigned)p->n;
}

size_t link_peers_held(const struct link_peers *p)
{
    return p->held;
}
