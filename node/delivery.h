/* node/delivery.h
 *
 * Statements on their way: kept until their fate is known, handed to the broker, believed
 * by their receipts, awaited in the replica, and told about. What `avow publish` and the
 * forms (form.h) share.
 */
#ifndef AVOW_NODE_DELIVERY_H
#define AVOW_NODE_DELIVERY_H

#include "node/submit.h"
#include "record/statement.h"
#include "tlog/policy.h"

#define DELIVERY_OPTIONS(d)                                                         \
    { "wait", "SECONDS|cosigned",                                                   \
      "for cosignatures, at most so long (default 2); or until the policy is met, " \
      "within "                                                                     \
      "60 s or cosigned:SECONDS",                                                   \
      .text = &(d)->wait },                                                         \
        { "policy", "FILE",                                                         \
          "which cosignatures are demanded (default: the node's policy, else the "  \
          "log's)",                                                                 \
          .text = &(d)->policy_path },                                              \
    {                                                                               \
        "receipt", "FILE", "save the (last) statement's receipt to FILE",           \
            .text = &(d)->receipt                                                   \
    }

/* Longer than this nobody waits for cosignatures. */
#define DELIVERY_WAIT_MAX_S 3600

/* How a delivery ends. */
enum delivery_fate {
    DELIVERY_OPEN = 0, /* it has not ended: none that is remembered is so */
    DELIVERY_ENTERED,  /* the log has it: `sub` has the receipt */
    DELIVERY_QUEUED,   /* it waits in the outbox; nothing is in `sub` */
    DELIVERY_DRY       /* only asked whether it would be accepted */
};

struct delivered {
    struct statement *statement;
    struct submitted sub;
    enum delivery_fate fate;
};

struct delivery {
    struct session *session; /* with a link */
    bool dry;                /* only asked whether it would be accepted */
    bool json;
    bool standing;    /* tell how each subject stands now */
    const char *wait; /* for cosignatures: seconds, or "cosigned[:seconds]" */
    uint64_t wait_s;
    bool demanded;           /* --wait cosigned: not done until the policy is met */
    const char *policy_path; /* --policy; NULL: the node's, else the log's own */
    struct policy *policy;
    const char *receipt; /* file for the last receipt, or NULL */
    bool several;        /* are made of one file: they are a batch in the outbox */
    char batch[65];      /* id of its first, or "" */
    struct delivered *done;
    size_t n, queued;
    bool away;   /* the broker is: what comes now is kept, without asking again */
    bool denied; /* the broker's proofs contradict the replica: tell none as published */
    size_t cosigned, cosigners; /* of the newest, when it is settled */
};

/* Send one signed note, behind what waits in the outbox; from now until it is answered it
 * waits there itself, claimed. What another process is sending already is waited for, and
 * its receipt taken. With no broker in reach the outbox is where it stays: STATUS_OK, and
 * said, unless it never left and the replica tells that it would be refused.
 * STATUS_REFUSED, said: by the log, or because it waits for what the log refused. `what`
 * names it in messages. All failures are said. */
enum status delivery_send(struct delivery *d, const char *what, struct bytes note);

/* What --wait says; false: not that. */
bool delivery_wait_parse(struct delivery *d);

/* After the last: waits until the replica has all that was delivered, saves the receipt,
 * and prints a line for each record. `st`: how sending ended. No author may be open,
 * since others may wait for it who hold the replica. Gives the exit code. */
int delivery_finish(struct delivery *d, enum status st);

/* All of that but the printing. */
int delivery_settle(struct delivery *d, enum status st);
/* "<index>/<n>/<statement id>", appended. */
void delivery_reference(const struct delivered *e, unsigned n, struct buf *out);

void delivery_clear(struct delivery *d);

#endif
