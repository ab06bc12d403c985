/* node/tell.h
 *
 * Statements and refusals in words, for people.
 */
#ifndef AVOW_NODE_TELL_H
#define AVOW_NODE_TELL_H

#include "record/statement.h"
#include "store/store.h"

/* An empty store, in place of a replica where there is none. */
enum status tell_scratch(struct store **out);

/* One line a record: "1  ILO pledged …". `indent` stands before each. `s` gives names,
 * and may be NULL. */
enum status tell_records(struct store *s, const struct statement *st, const char *indent,
                         struct buf *out);

/* What a record is about, in one word: its subject, the record it refers to, a key, an
 * organization, a network; its kind where it is about none of these. Borrowed. */
struct bytes tell_subject(const json_t *record);

/* Said: a draft that is out holds this key, and what that means; and why it signs nothing
 * now. `draft`: its id. */
void tell_holds(const struct verifier_key *k);
void tell_held(const struct verifier_key *k, const char *draft);

/* Said: `what` is refused by a rule, in which record, and what to do. `line` of the note:
 * 0, the whole; 2, the header; from 3 on, records; then, in the statement `note` (may be
 * empty), the signatures. */
void tell_refusal(const char *what, struct bytes note, const char *rule, unsigned line,
                  const char *text);

/* The same of a struct refusal. Gives the exit code, 1. */
int tell_refused(const char *what, struct bytes note, const struct refusal *why);

#endif
