/* node/standing.h
 *
 * What a record means now: how the subject it is about stands in the replica, in a line
 * ("agreed: 2 of 2 signed") or as members of a JSON object.
 */
#ifndef AVOW_NODE_STANDING_H
#define AVOW_NODE_STANDING_H

#include "record/statement.h"
#include "store/store.h"

/* Appends a line; nothing for a record that is about no subject. */
void standing_text(struct store *s, const struct record *r, const char *indent,
                   struct buf *out);
/* Adds "status", "signed", "parties" and "waiting" (who has not signed). */
void standing_json(struct store *s, const struct record *r, json_t *to);

#endif
