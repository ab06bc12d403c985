/* node/peers.h
 *
 * Who a node hears the log from, as its daemon knows them: DIR/peers.json, written anew
 * when something changes, and read by `avow peers` and `avow status`.
 */
#ifndef AVOW_NODE_PEERS_H
#define AVOW_NODE_PEERS_H

#include <jansson.h>

#include "node/follow.h"

struct peers_file {
    struct buf written; /* what stands there */
    uint64_t written_ms;
};

/* Once a second or so. A failure to write is said, and is no more than that. */
void peers_write(struct peers_file *p, struct follow *f, uint64_t now_ms);
void peers_clear(struct peers_file *p);

/* {"at", "following", "sources": [{"url", "role", "state", "size", "heard", "entries",
 * "trouble"}]}: as the daemon wrote it, or, where none runs (`daemon` false), what each
 * answers now. `store`: to compare with. */
enum status peers_look(const struct config *c, struct store *store, bool daemon,
                       json_t **out);

#endif
