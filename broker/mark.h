/* broker/mark.h
 *
 * What this broker signed last, in a file beside its log that no backup holds: so that
 * one that is started again knows that nothing is missing, and need not ask
 * (docs/replication.md 8.2).
 *
 * The file is bound to the log's file (device, inode, time of birth) and to this boot of
 * the machine. So it need not outlive a power cut, and is not synced: writing it costs a
 * commit nothing. It is one line, of one length as long as the binding holds:
 *
 *     avow/newest/v1 <boot> <device>/<inode>/<born> <size, 20 digits> <base64 root>
 */
#ifndef AVOW_BROKER_MARK_H
#define AVOW_BROKER_MARK_H

#include "store/store.h"

#define MARK_FILE "log.newest"

struct mark;

/* Beside the store's file. */
enum status mark_open(const char *store_path, struct mark **out);
void mark_close(struct mark *m); /* accepts NULL */

/* *fits: it is of this file and this boot, and the log holds at least what was signed
 * last, with the same root. Otherwise nothing can be told by it. */
enum status mark_look(struct mark *m, struct store *s, bool *fits);

/* To be called when it is on disk, before anybody is told. Where it cannot be written
 * there is no file behind it. */
void mark_set(struct mark *m, uint64_t size, const struct hash *root);

#endif
