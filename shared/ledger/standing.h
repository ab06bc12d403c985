/* shared/ledger/standing.h
 *
 * Whether a log goes on, for this program: it may have gone on to rules that the program
 * does not know (log.rules), or have ended in favour of another log (log.succeeded).
 */
#ifndef AVOW_LEDGER_STANDING_H
#define AVOW_LEDGER_STANDING_H

#include "record/json.h"
#include "store/store.h"

enum standing_type {
    STANDING_ON,
    STANDING_RULES,    /* it demands a version that this program lacks */
    STANDING_CODES,    /* ... or code lists */
    STANDING_SUCCEEDED /* it takes no more, and goes on elsewhere */
};

struct standing {
    enum standing_type type;
    uint64_t entry; /* that says so */
    int64_t rules;
    struct buf origin, url; /* of the successor */
};

/* Of the state's row of the log. */
enum status standing_of(const json_t *log, struct standing *out);
/* Of the committed state; STANDING_ON before entry 0. */
enum status standing_load(struct store *s, struct standing *out);
void standing_clear(struct standing *s);
/* Does it take a later program to follow? */
bool standing_needs_upgrade(const struct standing *s);

/* A sentence: "this log went on to rules version 2 at entry 17, and this program knows up
 * to version 1"; nothing for STANDING_ON. */
void standing_print(const struct standing *s, struct buf *out);

#endif
