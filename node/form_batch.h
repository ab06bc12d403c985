/* node/form_batch.h
 *
 * A file of many on its way: what form_batch.c and form_report.c share.
 */
#ifndef AVOW_NODE_FORM_BATCH_H
#define AVOW_NODE_FORM_BATCH_H

#include "node/form_file.h"
#include "node/form_known.h"
#include "node/form_run.h"

/* More than there are. */
#define VERBS_MAX 256

struct row {
    char where[48];
    char *line;               /* the record to be stated; NULL: none */
    char *known;              /* what stands already and says the same; NULL: none */
    char *rule, *text, *hint; /* why it is refused */
    unsigned column;
    char reference[128]; /* once it is published */
};

struct batch {
    struct form_run *run;
    struct form_file file;
    struct form_options *options[VERBS_MAX]; /* of each verb that occurs */
    size_t n_options;
    struct ledger *ledger;
    struct form_known *known; /* NULL: what stands is stated anew, too */
    uint64_t judged;          /* numbers its statements */
    int64_t now;
    uint64_t next_id, next_tx;
    struct row *rows;
    size_t n, refused;
    bool declined; /* by whoever was asked */
};

/* Neither to be stated nor known: refused. */
bool form_row_refused(const struct row *r);
/* A line for each row, on stdout. The exit code, of the output alone. */
int form_report(const struct batch *b);
/* What is to be stated, in all: how many of each kind, and how much money; appended. */
void form_report_sums(const struct bytes *lines, size_t n, struct buf *out);

#endif
