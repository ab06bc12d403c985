/* node/form_known.h
 *
 * What the author has stated already under the refs of a row, so that a table can be
 * published again, also after a part of it was: a pledge or another subject of the same
 * kind that stands (neither withdrawn nor declined), or a transaction of the same kind on
 * the same pledge that is not void. Other records have no money to state twice.
 */
#ifndef AVOW_NODE_FORM_KNOWN_H
#define AVOW_NODE_FORM_KNOWN_H

#include "node/form.h"

struct form_known;

/* Borrows all; reads the store only once a row has refs. `unsent`: records that wait to
 * be sent. STATUS_NOMEM. */
enum status form_known_new(struct store *s, const char *org, const json_t *unsent,
                           struct form_known **out);
void form_known_free(struct form_known *k); /* accepts NULL */

enum form_known_as { FORM_NEW, FORM_UNCHANGED, FORM_CHANGED };

/* `ref` and `id`, appended: under which ref what stands. Terms are the same where they
 * say the same: not by their ids, and 1000 is 1000.00. */
enum status form_known_find(struct form_known *k, const json_t *record,
                            enum form_known_as *as, struct buf *ref, struct buf *id);
/* Later rows of the table find it, too. */
enum status form_known_add(struct form_known *k, const json_t *record);

#endif
