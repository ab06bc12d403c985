/* node/tell.h
 *
 * Statements and refusals in words, for people.
 */
#ifndef AVOW_NODE_TELL_H
#define AVOW_NODE_TELL_H

#include "record/statement.h"
#include "store/store.h"

/* Who says what, with every record whole, so that nothing is signed unseen; appended.
 * `s` gives names, and may be NULL. */
enum status tell_statement(struct store *s, const struct statement *st, struct buf *out);

/* One line a record: "1  ILO pledged …". `indent` stands before each. */
enum status tell_records(struct store *s, const struct statement *st, const char *indent,
                         struct buf *out);

/* What a record is about, in one word: its subject, the record it refers to, a key, an
 * organization, a network; its kind where it is about none of these. Borrowed. */
struct bytes tell_subject(const json_t *record);

/* Said: `what` is refused by a rule, in which record, and what to do. `line` of the note:
 * 0, the whole; 2, the header; from 3 on, records; then, in the statement `note` (may be
 * empty), the signatures. */
void tell_refusal(const char *what, struct bytes note, const char *rule, unsigned line,
                  const char *text);

/* The same of a struct refusal. Gives the exit code, 1. */
int tell_refused(const char *what, struct bytes note, const struct refusal *why);

#endif
