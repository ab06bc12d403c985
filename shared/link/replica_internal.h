/* shared/link/replica_internal.h: what the files of replica.c share. */
#ifndef AVOW_LINK_REPLICA_INTERNAL_H
#define AVOW_LINK_REPLICA_INTERNAL_H

#include "link/replica.h"

/* Of a part: large enough to keep every core busy verifying, small against memory. */
#define PART_BYTES (1024 * 1024)
/* Hints are lost silently, so we ask by ourselves that often. */
#define POLL_MS 5000
/* So long a subscription to hints takes to be sure. */
#define SUBSCRIBED_MS 300
/* Without an answer for so long, a source is stalled. */
#define ANSWER_MS 10000
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000
/* Who sends what is not the log is asked ever more rarely. */
#define DISTRUST_MAX_MS 60000
#define COSIGN_MS 1000
#define COSIGN_REFUSED_MS 10000

enum ask { ASK_NOTHING, ASK_STATUS, ASK_ENTRIES, ASK_PROOF, ASK_EVIDENCE, ASK_COSIGN };

struct source {
    struct replica_source look;
    enum ask asked; /* what is unanswered */
    uint64_t ticket;
    uint64_t asked_ms;
    uint64_t asked_size; /* PROVE, COSIGN: of which size */
    uint64_t floor;      /* STATUS, ENTRIES: signed by the log before we asked */
    uint64_t poll_ms;    /* when to ask for its status again */
    uint64_t rest_ms;    /* until then nothing is asked of it */
    uint64_t retry_ms;
    uint64_t hinted;    /* a size that it hinted at, and is not asked about yet */
    uint64_t proved;    /* its checkpoints up to here are of our tree */
    bool tried;         /* it answered, or did not, since we began */
    bool subscribed;    /* to its hints */
    bool suspect;       /* a part of it was thrown away: ask for a proof */
    bool ask_evidence;  /* its turn to be asked for evidence */
    unsigned distrust;  /* how often in a row it sent what is not the log */
    unsigned stalls;    /* how often in a row it gave no entries */
    struct buf pending; /* a checkpoint of more than we hold, to be compared later */
    uint64_t pending_size;
};

struct replica {
    char origin[ORIGIN_MAX + 1];
    struct replica_view view;
    uint32_t part_bytes;
    uint64_t stored;
    uint64_t now_ms;
    uint64_t tickets;
    uint64_t signed_size; /* the largest that the log is known to have signed */
    struct source sources[REPLICA_SOURCES_MAX];
    size_t n;
    size_t last; /* the source that gave entries last */
    bool begun, storing, stopped;
    size_t storing_from; /* the source of the part handed out */
    uint64_t storing_to;
    uint64_t storing_signed; /* the size of its checkpoint */
    struct buf storing_note; /* that, where it is of just what the part reaches */

    bool cosigns, cosigning; /* cosigning: a checkpoint is handed out */
    uint64_t cosigned;
    uint64_t cosign_ms; /* not before */
    struct buf here;    /* the checkpoint of all we hold; empty: none */
    struct buf body;    /* the cosignature to send, of body_size */
    uint64_t body_size;
    uint64_t settled; /* the size whose cosignature the broker has judged */
    uint64_t send_ms; /* not before */

    struct buf frames[REPLICA_SOURCES_MAX]; /* of requests on their way */
    struct buf evidence;
};

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t size_of(const struct source *s)
{
    return larger(s->look.size, s->hinted);
}

/* What it says can be gone by. */
static inline bool is_good(const struct source *s)
{
    return s->look.state == REPLICA_SOURCE_ANSWERS ||
           s->look.state == REPLICA_SOURCE_SHORTER;
}

static inline bool is_fetching(const struct replica *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->sources[i].asked == ASK_ENTRIES)
            return true;
    return r->storing;
}

struct replica_action *replica_act(struct replica_actions *acts,
                                   enum replica_action_type type, size_t source);

/* replica_ask.c: everything that there is to do now. */
enum status replica_go_on(struct replica *r, struct replica_actions *acts);

/* replica_check.c */

/* A checkpoint that `source` showed: of our tree, larger, or a contradiction. *good: it
 * is signed at all. `newest`: it is the newest that the source has. */
enum status replica_checkpoint(struct replica *r, size_t source, struct bytes note,
                               bool newest, struct replica_actions *acts,
                               struct checkpoint *cp, bool *good);
/* The answer to PROVE. */
enum status replica_proof(struct replica *r, size_t source, const struct message *m,
                          struct replica_actions *acts);
/* The answer to EVIDENCE. */
enum status replica_evidence(struct replica *r, size_t source, struct bytes text,
                             struct replica_actions *acts);
/* We hold more: compare what waited for that. */
enum status replica_compare_pending(struct replica *r, struct replica_actions *acts);

/* replica.c: what `source` says is not the log. */
void replica_distrust(struct replica *r, size_t source, const char *text,
                      struct replica_actions *acts);

#endif
