/* node/outbox_internal.h: between the files of the outbox and what their states are. */
#ifndef AVOW_NODE_OUTBOX_INTERNAL_H
#define AVOW_NODE_OUTBOX_INTERNAL_H

#include "node/outbox.h"

#define OUTBOX_PREFIX "outbox-"
#define OUTBOX_ENDING ".statement"

/* `path` and an ending: the name of a file; `out` is reset. */
enum status outbox_name(const char *path, const char *ending, struct buf *out);
/* The item whose files are called `path`. STATUS_NOT_FOUND: gone, or no statement. */
enum status outbox_read_item(const char *path, struct outbox_item *i);
/* After items were added: in their order, with their states. */
void outbox_put_in_order(struct outbox *o);

/* The item's .json, as `about` has it; none where that says nothing. Said. */
enum status outbox_write_about(const char *path, const json_t *about);
/* The states of all, each told by those before it. */
void outbox_tell_states(struct outbox *o);

#endif
