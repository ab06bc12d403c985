/* node/unsent.h
 *
 * Statements that were signed and whose fate is not known: a file each in the node's
 * folder, there before the statement leaves, so that however the process ends nothing is
 * lost.
 */
#ifndef AVOW_NODE_UNSENT_H
#define AVOW_NODE_UNSENT_H

#include "record/statement.h"

/* STATUS_EXISTS: another statement of that seq waits. Said, as all that fails. */
enum status unsent_keep(const char *dir, struct bytes note, const struct statement *s);

/* It was answered. A file of that name with another statement in it is left alone. */
void unsent_forget(const char *dir, struct bytes note, const struct statement *s);

/* All records of those that wait here, so that their ids are not given again: appended to
 * the array. A file that cannot be read is left out. */
enum status unsent_records(const char *dir, json_t *records);

/* Say where it is kept, and how to send it. */
void unsent_hint(const char *dir, const struct statement *s);

#endif
