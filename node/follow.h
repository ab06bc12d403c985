/* node/follow.h
 *
 * Keeps a replica up with its log: drives link/replica over nng, with the broker and the
 * peers that the configuration names, and checks every part before it is kept
 * (docs/replication.md 1): signatures on every core, rules in order, root against the
 * signed checkpoint.
 */
#ifndef AVOW_NODE_FOLLOW_H
#define AVOW_NODE_FOLLOW_H

#include "io/link_client.h"
#include "ledger/ledger.h"
#include "link/replica.h"
#include "node/config.h"
#include "node/witness.h"

struct follow;

enum follow_state {
    FOLLOW_ON,      /* more to do, or waiting */
    FOLLOW_CURRENT, /* those who answer have signed no more than we hold */
    FOLLOW_AWAY,    /* nobody who has the log answers now */
    FOLLOW_STOPPED  /* the log is wrong; said, and the evidence is written */
};

/* The replica is opened for writing: STATUS_BUSY, not said, when another process follows.
 * Everything else that fails is said. Creates the replica where there is none. */
enum status follow_open(const struct config *c, struct follow **out);
void follow_close(struct follow *f); /* accepts NULL */

/* Cosign with this from now on; before the first step. Borrowed. */
void follow_cosign_with(struct follow *f, struct witness *w);

/* One thing that comes, and what follows from it; waits at most `wait_ms` for it. Returns
 * other than STATUS_OK for failures of this machine (said). */
enum status follow_step(struct follow *f, int wait_ms, enum follow_state *state);
/* Let follow_step return soon; any thread, not a signal handler. */
void follow_wake(struct follow *f);

uint64_t follow_size(const struct follow *f);        /* durable entries */
uint64_t follow_server_size(const struct follow *f); /* as last heard */
struct store *follow_store(struct follow *f);
struct link_client *follow_link(struct follow *f); /* to the broker; NULL: none known */

/* The sources that it follows, the broker first: gives the address. */
size_t follow_sources(const struct follow *f);
const char *follow_source(const struct follow *f, size_t source,
                          struct replica_source *out);
const char *follow_role(const struct follow *f, size_t source); /* "broker", "peer" */

const char *follow_dir(const struct follow *f); /* the node's folder */

/* It follows no more: the log is wrong, or beyond this program. */
bool follow_is_stopped(const struct follow *f);
/* A source sent, under a checkpoint by the log's key, what is not of the log, or says
 * that its store is damaged. */
bool follow_met_damage(const struct follow *f);
/* What convicts the log, once it is stopped by that; else empty. */
struct bytes follow_evidence(const struct follow *f);

/* Say that the broker's log is shorter than the replica: never so while all is well. */
void follow_say_shorter(const char *broker, uint64_t theirs, uint64_t ours);

/* Step until current, showing progress. STATUS_UNREACHABLE when nothing of the log comes
 * for `patience_ms`; STATUS_BAD_PROOF when what comes is not the log, again and again, or
 * is shorter than what we hold; STATUS_REFUSED when stopped. Said. */
enum status follow_until_current(struct follow *f, int patience_ms);

#endif
