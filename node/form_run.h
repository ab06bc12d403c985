/* node/form_run.h
 *
 * One run of a verb: what form.c and form_batch.c share.
 */
#ifndef AVOW_NODE_FORM_RUN_H
#define AVOW_NODE_FORM_RUN_H

#include "node/delivery.h"
#include "node/form.h"

struct form_run {
    const struct verb *verb;
    struct form_options *options;
    const char *dir, *file, *draft;
    bool dry, yes, verbose, keep_going;
    bool restate; /* rows whose refs stand already, too */
    struct signing_options sign;
    struct session session;
    struct signing signing;
    struct delivery delivery;
    json_t *unsent;           /* records that wait to be sent */
    struct outbox_view *view; /* the store with these; NULL: none wait */
    struct ids *ids;          /* numbers that it was given; NULL: for a trial */
};

/* Is somebody there to ask? */
bool form_on_terminal(void);
/* The record of what was given, asking for what it lacks. Nothing is given any more
 * afterwards. Said. */
enum status form_ask(struct form_run *r, struct form_fill *f, json_t **record);
/* Does it say neither how much it is nor of what? */
bool form_lacks_worth(const struct verb *v, const json_t *record);

/* All that is wrong with a record by itself, and the organizations in it that are not
 * known here, said at once: STATUS_REFUSED. Of one fault the verdict says more. */
enum status form_faults(struct form_run *r, struct form_fill *f, json_t *record);

/* Before records are made: what waits to be sent is read, and numbers are to be had. Ends
 * with form_end_numbers; `used`: the numbers that were given are. */
enum status form_begin_numbers(struct form_run *r);
void form_end_numbers(struct form_run *r, bool used);

/* Before anything is sent: the store is itself again. */
void form_end_view(struct form_run *r);

/* Records, as lines that stand in `text`. */
struct form_lines {
    struct buf text;
    struct bytes *items;
    size_t n;
};
enum status form_lines_add(struct form_lines *l, const json_t *record);
/* Once all are added. */
enum status form_lines_end(struct form_lines *l);
void form_lines_clear(struct form_lines *l);

/* Judge these lines as one statement, show them, ask, sign and send. `what` names them in
 * messages. */
enum status form_state(struct form_run *r, const char *what, const struct bytes *lines,
                       size_t n);

/* The records of a file (--file), each as the verb says. Gives the exit code. */
int form_batch(struct form_run *r);

#endif
