/* tests/sim/sim.h
 *
 * A broker and its nodes in virtual time, around the real replication core
 * (link/replica), real trees and proofs, and real messages: a network that loses, delays,
 * doubles and cuts, disks that fail, clocks that jump, and participants that lie.
 * Everything follows from a seed, so that a failure replays exactly.
 *
 * Statements are a word or two, and the log's signature a hash, so that thousands of
 * seeds take seconds.
 */
#ifndef AVOW_TESTS_SIM_H
#define AVOW_TESTS_SIM_H

#include "link/replica.h"

#define PARTIES_MAX 24
#define BROKER 0
#define SIM_ENTRY_MAX 24
#define ORIGIN "sim.example/log"

/* --- log.c: entries, tree and checkpoints in memory -------------------------------- */

struct entry {
    char text[SIM_ENTRY_MAX];
};

struct signed_at {
    uint64_t size;
    struct buf note; /* the log's lines */
    struct buf cosignatures;
};

struct simlog {
    struct entry *entries;
    struct hash *leaves;
    uint64_t size, room;
    struct signed_at *signed_;
    size_t n;
};

void simlog_append(struct simlog *l, const char *text);
void simlog_truncate(struct simlog *l, uint64_t size);
void simlog_copy(const struct simlog *from, struct simlog *to);
void simlog_clear(struct simlog *l);
struct hash simlog_root(const struct simlog *l, uint64_t size);
/* A tile_read_fn; ctx is the log. */
enum status simlog_read(void *ctx, unsigned level, uint64_t n, unsigned width,
                        struct hash out[TILE_WIDTH]);
/* What the log signs for its first entries; by another key where `key` is not "log". */
void simlog_sign(const struct simlog *l, uint64_t size, const char *key, struct buf *out);
/* Keeps the log's lines of a signed checkpoint (once), and gives it. */
struct signed_at *simlog_keep(struct simlog *l, struct bytes note, uint64_t size);
struct signed_at *simlog_newest(const struct simlog *l);
struct signed_at *simlog_at(const struct simlog *l, uint64_t size);
/* Keeps those cosignature lines of the note that verify. */
void simlog_cosignatures(struct signed_at *at, struct bytes note);
void cosignature_line(const struct checkpoint *cp, size_t party, struct buf *out);
/* A checkpoint_open_fn. */
enum status sim_open(void *ctx, struct bytes note, struct checkpoint *out);
struct bytes note_text(struct bytes note);

/* --- the world -------------------------------------------------------------------------
 */

struct disk { /* what a crash leaves */
    struct simlog log;
    uint64_t anchor_at; /* 0: none */
    struct buf anchor;
    struct proof anchor_proof;
    struct checkpoint cosigned;
    struct buf evidence;
    uint64_t found_ms; /* when it was found */
    bool stopped;      /* by an invalid entry */
};

enum party_type { PARTY_BROKER, PARTY_NODE, PARTY_LIAR };

struct party {
    enum party_type type;
    bool up, gone; /* gone: for good */
    unsigned life; /* counts restarts: what was under way before is void */
    struct disk disk;
    struct replica *replica; /* of nodes that are up and not stopped */
    size_t sources[REPLICA_SOURCES_MAX];
    size_t n;
    uint64_t clock_ms;     /* added to the world's */
    uint64_t tick_ms;      /* the tick that is planned; 0: none */
    struct entry *waiting; /* of the broker: submitted, not durable yet */
    size_t n_waiting;
    bool committing;
};

struct acked {
    uint64_t index;
    struct entry entry;
};

struct sim {
    uint64_t seed, random, now_ms, events;
    struct party parties[PARTIES_MAX];
    size_t n;                              /* parties */
    bool linked[PARTIES_MAX][PARTIES_MAX]; /* not cut */
    uint64_t delay_min_ms, delay_max_ms;
    unsigned loss, twice, slow, refuse, disk_fault; /* of 1000 */
    bool honest_broker;                             /* so far */
    bool forked;                                    /* the log signed two histories */
    struct simlog other;                            /* a forking broker's second view */
    bool sees_other[PARTIES_MAX];
    bool invalid; /* the log holds an entry that the rules refuse */
    struct acked *acked;
    size_t n_acked;
    uint64_t submitted;
    struct queue *queue;
    struct buf *trace; /* NULL: not wanted */
    bool loud;
};

/* world.c */
struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *s);
uint64_t sim_random(struct sim *s, uint64_t below);
bool sim_chance(struct sim *s, unsigned of_1000);
/* A failed expectation: tells the seed, and ends the program. */
_Noreturn void sim_fail(struct sim *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void sim_trace(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *sim_name(size_t party);

enum event_type {
    EVENT_REQUEST,  /* frame from `from` to `party`, with ticket */
    EVENT_ANSWER,   /* the same */
    EVENT_REFUSED,  /* `party` learns that its request did not arrive */
    EVENT_HINT,     /* number: size */
    EVENT_TICK,     /* of a node */
    EVENT_KEPT,     /* a node's part is to be durable now */
    EVENT_THROWN,   /* a node's part was found to be wrong */
    EVENT_COSIGNED, /* a node's cosigning state is to be durable now */
    EVENT_COMMIT,   /* the broker's batch is to be durable now */
    EVENT_UP,       /* a party starts again */
    EVENT_SUBMIT,   /* a client has something to say */
    EVENT_ACT       /* number: what the scenario wants (act) */
};

struct event {
    uint64_t at_ms, order;
    enum event_type type;
    size_t party, from;
    unsigned life; /* of the party; void when it has restarted since (not for messages) */
    uint64_t ticket, number;
    struct buf frame;
};

/* Takes ev->frame. */
void sim_plan(struct sim *s, uint64_t in_ms, struct event ev);
/* What a scenario does at EVENT_ACT. */
typedef void sim_act_fn(struct sim *s, const struct event *ev);
void sim_run(struct sim *s, uint64_t until_ms, sim_act_fn *act);

void sim_send(struct sim *s, enum event_type type, size_t from, size_t to,
              uint64_t ticket, struct bytes frame);
void sim_cut(struct sim *s, size_t a, size_t b);
void sim_heal(struct sim *s, size_t a, size_t b);

/* party.c: brokers and nodes */
size_t sim_add(struct sim *s, enum party_type type);
void sim_peers(struct sim *s, size_t node, size_t peer); /* before it starts */
void sim_start(struct sim *s, size_t party);
void sim_crash(struct sim *s, size_t party); /* comes up again only by sim_start */
void sim_submit(struct sim *s, const char *text);
void sim_handle(struct sim *s, struct event *ev);
/* The broker signs another history from here on, for those that it shows it to. */
void sim_fork(struct sim *s);
/* The broker's disk is that of the time when it had `size` entries. */
void sim_restore(struct sim *s, uint64_t size);

/* node.c */
void node_start(struct sim *s, size_t node);
void node_handle(struct sim *s, struct event *ev);
void node_stop(struct sim *s, size_t node); /* its process ends */

/* serve.c: how a request is answered */
void serve_honest(struct sim *s, size_t party, size_t asker, struct bytes request,
                  struct buf *out);
void serve_liar(struct sim *s, size_t party, size_t asker, struct bytes request,
                struct buf *out); /* nothing: it says nothing */

/* check.c */
void check_cosigned(struct sim *s, size_t node, const struct checkpoint *before,
                    const struct checkpoint *cp);
void check_always(struct sim *s);     /* whatever happened */
void check_in_the_end(struct sim *s); /* all healed, and the bound is over */
uint64_t check_bound_ms(const struct sim *s);

/* random.c, stories.c */
void random_run(uint64_t seed, bool loud);
int stories_run(const char *folder, bool write); /* prints TAP lines; how many failed */

#endif
