/* node/form_given.h
 *
 * What the verbs of governance fill in besides what the engine does (node/form.h): the
 * operand, the author itself, the network that it convenes, keys with their proofs.
 */
#ifndef AVOW_NODE_FORM_GIVEN_H
#define AVOW_NODE_FORM_GIVEN_H

#include "node/form.h"

enum status form_put(json_t *object, const char *name, json_t *value); /* takes it */
/* Takes it; nothing where the member is there. */
enum status form_put_default(json_t *object, const char *name, json_t *value);
enum status form_put_operand(struct form_fill *f, json_t *record, const char *field);
/* "org": the author, where no other is named. */
enum status form_put_own(struct form_fill *f, json_t *record);
/* "network": the one that the author convenes, where none is named. */
enum status form_put_network(struct form_fill *f, json_t *record);

/* Rows of the replica; NULL: none. */
json_t *form_org_row(struct form_fill *f, const char *org);
json_t *form_network_row(struct form_fill *f, const char *network);
/* The role of a convener; NULL: it is none. */
const char *form_convener_role(const json_t *network, const char *org);

/* "key" and "proof" from a file: what `avow-keys prove --json` printed, or a key file,
 * opened here. `owner`: for whom it is stated; NULL: the log. */
enum status form_put_key(struct form_fill *f, const char *path, const char *owner,
                         json_t *to);
/* "label": after the key's id, where none is given. */
enum status form_put_label(json_t *record);
/* "key_id" from the operand: an id, or a key as it is written somewhere. */
enum status form_put_key_id(struct form_fill *f, json_t *record);

#endif
