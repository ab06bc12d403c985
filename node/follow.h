/* node/follow.h
 *
 * Keeps a replica up with its log: drives link/sync over nng, and checks every part
 * before it is kept (docs/replication.md 1): signatures on every core, rules in order,
 * root against the signed checkpoint.
 */
#ifndef AVOW_NODE_FOLLOW_H
#define AVOW_NODE_FOLLOW_H

#include "io/link_nng.h"
#include "ledger/ledger.h"
#include "node/config.h"

struct follow;

enum follow_state {
    FOLLOW_ON,      /* more to do, or waiting */
    FOLLOW_CURRENT, /* the server's checkpoint has no more than we do */
    FOLLOW_AWAY,    /* the broker cannot be reached now */
    FOLLOW_STOPPED  /* a part was wrong; said, and the evidence is written */
};

/* The replica is opened for writing: STATUS_BUSY, not said, when another process follows.
 * Everything else that fails is said. Creates the replica where there is none. */
enum status follow_open(const struct config *c, struct follow **out);
void follow_close(struct follow *f); /* accepts NULL */

/* One request, its answer and what follows from it; waits at most `wait_ms` for a hint
 * when there is nothing to ask. Returns other than STATUS_OK for failures of this machine
 * (said). link_client_wake(follow_link(f)) ends the wait for a hint. */
enum status follow_step(struct follow *f, int wait_ms, enum follow_state *state);

uint64_t follow_size(const struct follow *f);        /* durable entries */
uint64_t follow_server_size(const struct follow *f); /* as last heard */
struct store *follow_store(struct follow *f);
struct link_client *follow_link(struct follow *f);

/* Say that the broker's log is shorter than the replica: never so while all is well. */
void follow_say_shorter(const char *broker, uint64_t theirs, uint64_t ours);

/* The checkpoint whose tree is exactly what we hold, if the last step reached one: a
 * signed note, valid until the next step; else empty. */
struct bytes follow_checkpoint(const struct follow *f);

/* The newest checkpoint heard of, with all cosignatures that the broker knew; empty: none
 * yet. Valid until the next step. */
struct bytes follow_cosigned(const struct follow *f);

/* Step until current, showing progress. STATUS_UNREACHABLE when nothing of the log comes
 * for `patience_ms`; STATUS_BAD_PROOF when what comes is not the log, again and again, or
 * is shorter than what we hold; STATUS_REFUSED when stopped. Said. */
enum status follow_until_current(struct follow *f, int patience_ms);

#endif
