/* shared/io/link_peers.h
 *
 * Who is connected to a link, and what each has in hand: the limits of a link, in all and
 * for each address. It knows no socket, and its caller locks.
 *
 * A newcomer for whom there is no room takes the place of one that has asked nothing yet,
 * or nothing for a while, which costs that one a new connection, should it want anything:
 * one of the same address, where that has its share, else one of the address with the
 * most. Programs on this machine are limited in all only.
 */
#ifndef AVOW_IO_LINK_PEERS_H
#define AVOW_IO_LINK_PEERS_H

#include "base/peer.h"

/* Whoever has not asked for so long may have to give way: a client connects in order to
 * ask, and a node asks every minute. */
#define LINK_NEW_MS 1000
#define LINK_QUIET_MS 90000
/* ... and after so long is hung up on in any case. */
#define LINK_IDLE_MS 300000
/* Requests in hand of one connection: a client has at most 16, and may send one again. */
#define LINK_PEER_REQUESTS_MAX 32

struct link_limits {
    unsigned peers, per_address; /* connections */
    unsigned requests;           /* in hand, of one address */
    size_t held;                 /* bytes that may be on their way to peers */
};

struct link_peers;

enum link_verdict {
    LINK_TAKE, /* link_peers_end() follows */
    LINK_BUSY, /* the same, but the answer is that it should come again */
    LINK_CUT   /* hang up: more than any client asks at once, or not connected */
};

enum status link_peers_new(const struct link_limits *l, struct link_peers **out);
void link_peers_free(struct link_peers *p); /* accepts NULL */

/* A connection, by its number, which is not 0. False: no room, refuse it. *cut: the one
 * to hang up on in its place; 0: none. */
bool link_peers_add(struct link_peers *p, uint32_t id, const struct peer_address *from,
                    uint64_t now_ms, uint32_t *cut);
void link_peers_remove(struct link_peers *p, uint32_t id); /* one not there: nothing */

/* A request has come from it. */
enum link_verdict link_peers_begin(struct link_peers *p, uint32_t id, uint64_t now_ms);
/* ... and is no longer in hand; `held` bytes of answer may still be on their way, in
 * place of those of the answer before. Gives one to hang up on, as too much is on its
 * way: the one that has asked nothing for longest; 0: none. */
uint32_t link_peers_end(struct link_peers *p, uint32_t id, size_t held);

bool link_peers_has(const struct link_peers *p, uint32_t id);
/* Who it is, where limits by address count for it. */
bool link_peers_sender(const struct link_peers *p, uint32_t id, struct address *out);
/* One that has been idle too long; 0: none. */
uint32_t link_peers_idle(const struct link_peers *p, uint64_t now_ms);
/* All of them, at most `max`. */
size_t link_peers_all(const struct link_peers *p, uint32_t out[], size_t max);
unsigned link_peers_count(const struct link_peers *p);
size_t link_peers_held(const struct link_peers *p);

#endif
