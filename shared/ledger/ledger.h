/* shared/ledger/ledger.h
 *
 * The log as it grows, and the rules: judges statements in order, applies what it accepts
 * to an overlay of the state, and commits whole batches. The same calls serve the broker,
 * nodes, audit and tests. Knows no socket, no clock, no thread; a ledger belongs to the
 * thread that opened its store.
 *
 * Between calls:
 * 1. The store holds entries [0, committed), and the state that follows from them.
 * 2. The overlay holds what entries [committed, size) change, and nothing else.
 * 3. The tree's size is `size`.
 */
#ifndef AVOW_LEDGER_LEDGER_H
#define AVOW_LEDGER_LEDGER_H

#include "ledger/log_keys.h"
#include "record/statement.h"
#include "store/store.h"
#include "tlog/tree.h"

struct ledger;

/* Over a store opened STORE_CREATE, STORE_WRITE or STORE_SCRATCH; the store outlives it.
 * The origin comes from entry 0, which states it. */
enum status ledger_open(struct store *s, struct ledger **out);
/* Is its tree what its newest checkpoint, if that is of the size that there is, says? Who
 * builds on it asks first. STATUS_ALTERED: no. */
enum status ledger_check_root(struct ledger *l);
void ledger_close(struct ledger *l); /* accepts NULL; what was not committed is dropped */

enum outcome_type {
    OUTCOME_ACCEPTED, /* it is entry `index`, once committed */
    OUTCOME_KNOWN,    /* the same text is entry `index` already (maybe uncommitted); `why`
                         is statement.known, for who finds it a second time in a log */
    OUTCOME_REFUSED   /* nothing changed; `why` */
};

struct outcome {
    enum outcome_type type;
    uint64_t index;
    struct refusal why;
};

/* Judge a statement by everything before it, and if accepted append it to the batch. Uses
 * the signatures' verdicts, and verifies those left VERDICT_UNCHECKED. The statement may
 * be freed afterwards. Returns other than STATUS_OK only for the world's failures; the
 * batch must then be dropped. */
enum status ledger_take(struct ledger *l, struct statement *st, struct outcome *out);
/* The same verdict, changing nothing. */
enum status ledger_judge(struct ledger *l, struct statement *st, struct outcome *out);

uint64_t ledger_size(const struct ledger *l);      /* with the batch */
uint64_t ledger_committed(const struct ledger *l); /* without */
struct hash ledger_root(const struct ledger *l);   /* with the batch */
/* Origin of the log; "" before entry 0. */
const char *ledger_origin(const struct ledger *l);

/* Write the batch and the signed checkpoint of its size in one transaction, durably. The
 * note may be empty, where a follower has only a larger tree's: then none is written. On
 * failure nothing is written and the batch is dropped. */
enum status ledger_commit(struct ledger *l, struct bytes checkpoint_note);
void ledger_drop(struct ledger *l);

/* What the batch makes of a row, and an entry of the batch, as the store would have them
 * after the commit. STATUS_NOT_FOUND: the batch has no part in it. */
enum status ledger_batch_row(struct ledger *l, enum store_table t, struct bytes key,
                             uint64_t *row, struct buf *value);
enum status ledger_batch_entry(struct ledger *l, uint64_t index, struct store_entry *e,
                               struct buf *note);

/* Key lookup in the state as committed and in the batch; a key_lookup_fn, ctx the ledger.
 */
bool ledger_key_lookup(void *ledger, struct bytes org, uint32_t key_id,
                       uint8_t pub[PUBLIC_KEY_LEN]);

/* The log's keys, as the state with the batch says; none before entry 0. */
enum status ledger_log_keys(struct ledger *l, struct log_keys *out);

/* SHA-256 over the rules version and all rows, table by table in key order: equal logs
 * give equal digests (digest.c has the text that is hashed). Of what is committed. */
enum status ledger_digest(struct store *s, struct hash *out);

#endif
