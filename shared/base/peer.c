#include "base/peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define V4_PREFIX 12
static const uint8_t v4_mapped[V4_PREFIX] = { [10] = 0xff, [11] = 0xff };

static bool is_v4(const struct peer_address *a)
{
    return memcmp(a->b, v4_mapped, V4_PREFIX) == 0;
}

static void from_v4(const void *four, struct peer_address *out)
{
    memcpy(out->b, v4_mapped, V4_PREFIX);
    memcpy(out->b + V4_PREFIX, four, 4);
}

/* --- text ------------------------------------------------------------------------- */

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.ptr[0] == ' ' || b.ptr[0] == '\t'))
        b = bytes_slice(b, 1, b.len);
    while (b.len > 0 && (b.ptr[b.len - 1] == ' ' || b.ptr[b.len - 1] == '\t'))
        b = bytes_slice(b, 0, b.len - 1);
    return b;
}

static struct bytes unquote(struct bytes b)
{
    if (b.len >= 2 && b.ptr[0] == '"' && b.ptr[b.len - 1] == '"')
        return bytes_slice(b, 1, b.len - 1);
    return b;
}

/* Without brackets and port. */
static struct bytes host_of(struct bytes b)
{
    size_t at, second;

    if (b.len > 0 && b.ptr[0] == '[')
        return bytes_find(b, ']', &at) ? bytes_slice(b, 1, at) : (struct bytes){ 0 };
    if (bytes_find(b, ':', &at) &&
        !bytes_find(bytes_slice(b, at + 1, b.len), ':', &second))
        return bytes_slice(b, 0, at); /* one colon: IPv4 and a port */
    return b;
}

enum status peer_parse(struct bytes text, struct peer_address *out)
{
    struct bytes host = host_of(unquote(trim(text)));
    char name[INET6_ADDRSTRLEN];
    uint8_t four[4];
    size_t nul;

    if (host.len == 0 || host.len >= sizeof(name) || bytes_find(host, '\0', &nul))
        return STATUS_MALFORMED;
    memcpy(name, host.ptr, host.len);
    name[host.len] = '\0';
    if (inet_pton(AF_INET, name, four) == 1)
        from_v4(four, out);
    else if (inet_pton(AF_INET6, name, out->b) != 1)
        return STATUS_MALFORMED;
    return STATUS_OK;
}

void peer_of_sockaddr(const struct sockaddr *sa, struct peer_address *out)
{
    memset(out, 0, sizeof(*out));
    if (sa->sa_family == AF_INET)
        from_v4(&((const struct sockaddr_in *)(const void *)sa)->sin_addr, out);
    else if (sa->sa_family == AF_INET6)
        memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
}

void peer_print(const struct peer_address *a, struct buf *out)
{
    static const struct peer_address unknown;
    char name[INET6_ADDRSTRLEN] = "-";

    if (is_v4(a))
        inet_ntop(AF_INET, a->b + V4_PREFIX, name, sizeof(name));
    else if (memcmp(a, &unknown, sizeof(unknown)) != 0)
        inet_ntop(AF_INET6, a->b, name, sizeof(name));
    buf_text(out, name);
}

/* --- keys ------------------------------------------------------------------------- */

struct address peer_key_of(const struct peer_address *a)
{
    struct address key = { 0 };

    memcpy(key.b, a->b, is_v4(a) ? 16 : 8);
    return key;
}

bool peer_is_loopback(const struct peer_address *a)
{
    static const struct peer_address one = { .b = { [15] = 1 } };

    return is_v4(a) ? a->b[V4_PREFIX] == 127 : memcmp(a, &one, sizeof(one)) == 0;
}

/* --- proxies ---------------------------------------------------------------------- */

enum status peer_proxies_add(struct peer_proxies *p, struct bytes text)
{
    struct bytes address = trim(text), bits = { 0 };
    struct peer_address parsed;
    uint64_t n, most;
    size_t slash;

    if (bytes_find(address, '/', &slash)) {
        bits = bytes_slice(address, slash + 1, address.len);
        address = bytes_slice(address, 0, slash);
    }
    if (peer_parse(address, &parsed) != STATUS_OK)
        return STATUS_MALFORMED;
    n = most = is_v4(&parsed) ? 32 : 128;
    if (bits.len > 0 && (decimal_parse(bits, &n) != STATUS_OK || n > most))
        return STATUS_MALFORMED;
    if (p->n == PEER_PROXIES_MAX)
        return STATUS_TOO_LARGE;
    p->list[p->n].address = parsed;
    p->list[p->n++].bits = (unsigned)(128 - most + n);
    return STATUS_OK;
}

static bool same_prefix(const struct peer_address *a, const struct peer_address *b,
                        unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    assert(bits <= 128);
    return memcmp(a->b, b->b, whole) == 0 &&
           (rest == 0 || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0);
}

bool peer_proxies_trust(const struct peer_proxies *p, const struct peer_address *a)
{
    for (size_t i = 0; i < p->n; i++)
        if (same_prefix(a, &p->list[i].address, p->list[i].bits))
            return true;
    return false;
}

/* The last element of a list parted by commas, which is cut off it. */
static struct bytes take_last(struct bytes *list)
{
    size_t at = list->len;
    struct bytes last;

    while (at > 0 && list->ptr[at - 1] != ',')
        at--;
    last = bytes_slice(*list, at, list->len);
    *list = bytes_slice(*list, 0, at > 0 ? at - 1 : 0);
    return trim(last);
}

/* The value of `for` in an element of Forwarded. */
static struct bytes for_of(struct bytes element)
{
    while (element.len > 0) {
        struct bytes pair = element;
        size_t end = element.len;

        bytes_find(element, ';', &end);
        pair = trim(bytes_slice(element, 0, end));
        element = bytes_slice(element, end + 1, element.len);
        if (pair.len > 4 && (pair.ptr[0] | 0x20) == 'f' && (pair.ptr[1] | 0x20) == 'o' &&
            (pair.ptr[2] | 0x20) == 'r' && pair.ptr[3] == '=')
            return bytes_slice(pair, 4, pair.len);
    }
    return (struct bytes){ 0 };
}

struct peer_address peer_behind(const struct peer_proxies *p,
                                const struct peer_address *peer, struct bytes forwarded,
                                struct bytes x_forwarded_for)
{
    struct bytes list = forwarded.len > 0 ? forwarded : x_forwarded_for;
    struct peer_address at = *peer, next;

    while (list.len > 0 && peer_proxies_trust(p, &at)) {
        struct bytes last = take_last(&list);

        if (forwarded.len > 0)
            last = for_of(last);
        if (peer_parse(last, &next) != STATUS_OK)
            break;
        at = next;
    }
    return at;
}

/* --- counts ----------------------------------------------------------------------- */

/* Open addressing; a place without a count is free. Never more than half full. */
struct count {
    struct address key;
    unsigned n;
};

struct peer_counts {
    struct count *places;
    size_t room; /* a power of two */
    size_t used;
};

#define ROOM_MIN 64

enum status peer_counts_new(struct peer_counts **out)
{
    struct peer_counts *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return STATUS_NOMEM;
    c->room = ROOM_MIN;
    c->places = calloc(c->room, sizeof(*c->places));
    if (c->places == NULL) {
        free(c);
        return STATUS_NOMEM;
    }
    *out = c;
    return STATUS_OK;
}

void peer_counts_free(struct peer_counts *c)
{
    if (c == NULL)
        return;
    free(c->places);
    free(c);
}

static size_t home(const struct peer_counts *c, const struct address *key)
{
    return (size_t)address_hash(key) & (c->room - 1);
}

/* Where the key is, or the free place for it. */
static struct count *place(const struct peer_counts *c, const struct address *key)
{
    size_t i = home(c, key);

    while (c->places[i].n > 0 && !address_eq(&c->places[i].key, key))
        i = (i + 1) & (c->room - 1);
    return &c->places[i];
}

static bool grow(struct peer_counts *c)
{
    struct peer_counts more = { .room = c->room * 2, .used = c->used };

    more.places = calloc(more.room, sizeof(*more.places));
    if (more.places == NULL)
        return false;
    for (size_t i = 0; i < c->room; i++)
        if (c->places[i].n > 0)
            *place(&more, &c->places[i].key) = c->places[i];
    free(c->places);
    *c = more;
    return true;
}

bool peer_counts_take(struct peer_counts *c, const struct address *key, unsigned max)
{
    struct count *at = place(c, key);

    if (at->n >= max)
        return false;
    if (at->n == 0) {
        if (c->used + 1 > c->room / 2 && !grow(c))
            return false;
        at = place(c, key);
        at->key = *key;
        c->used++;
    }
    at->n++;
    return true;
}

/* Those behind a place that became free move up, so that none is lost to a search. */
static void close_gap(struct peer_counts *c, size_t gap)
{
    for (size_t i = (gap + 1) & (c->room - 1); c->places[i].n > 0;
         i = (i + 1) & (c->room - 1)) {
        size_t far = (i - home(c, &c->places[i].key)) & (c->room - 1);

        if (far < ((i - gap) & (c->room - 1)))
            continue; /* its home lies behind the gap */
        c->places[gap] = c->places[i];
        c->places[i].n = 0;
        gap = i;
    }
}

void peer_counts_give(struct peer_counts *c, const struct address *key)
{
    struct count *at = place(c, key);

    assert(at->n > 0);
    if (--at->n > 0)
        return;
    c->used--;
    close_gap(c, (size_t)(at - c->places));
}

unsigned peer_counts_of(const struct peer_counts *c, const struct address *key)
{
    return place(c, key)->n;
}
