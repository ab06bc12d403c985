/* broker/mark.h
 *
 * What this broker signed last, and how its last run left the log's file, in a file
 * beside the log that no backup holds: so that one that is started again knows whether
 * anything is missing (docs/replication.md 8.2). It is one line, of one length while the
 * broker runs:
 *
 *     avow/newest/v2 <log> <boot> <run> <size, 20 digits> <base64 root> <files> <check>
 *
 * <log>: the first 16 hex digits of the first entry's leaf hash. <boot>: the machine's,
 * or "-". <run>: 32 hex digits by chance, which the log's file has as its setting "run".
 * <files>: "running", or what a run that ended in order left: of log.db, and behind a
 * comma of log.db-wal, device, inode, birth, size, and times of the last change to
 * content and inode. <check>: 16 hex digits of the line's SHA-256 up to there.
 *
 * Size and root are a promise, whatever else the line says: who has less lacks something.
 * That nothing is missing is known by files that are as they were left, or by a second
 * line of this boot in memory, which no restored disk takes along: where the environment
 * names a RUNTIME_DIRECTORY (systemd does), the line is kept there, too.
 *
 * The file is synced when a run begins and ends. In between it costs a commit two writes.
 */
#ifndef AVOW_BROKER_MARK_H
#define AVOW_BROKER_MARK_H

#include "store/store.h"

#define MARK_FILE "log.newest"

enum mark_says {
    MARK_NEWEST,  /* nothing is missing that was ever signed */
    MARK_UNKNOWN, /* nothing can be told */
    MARK_LACKS    /* more was signed than is here */
};

struct mark;

/* Beside the store's file, whose looks it takes: before anybody opens that to write. */
enum status mark_open(const char *store_path, struct mark **out);
void mark_close(struct mark *m); /* accepts NULL */

enum status mark_look(struct mark *m, struct store *s, enum mark_says *says);
/* The largest size that is known to be signed; 0: none is. */
uint64_t mark_promised(const struct mark *m);
/* *kept: the log has that size, with that root. */
enum status mark_kept(const struct mark *m, struct store *s, bool *kept);

/* More was signed than is here: it stays known. */
void mark_promise(struct mark *m, uint64_t size, const struct hash *root);
/* A run begins, in which things are signed, from `size` on; what was promised beyond is
 * forgotten. Fails where the store cannot be written; then, and where the line cannot
 * (said), the next start finds MARK_UNKNOWN. */
enum status mark_begin(struct mark *m, struct store *s, uint64_t size,
                       const struct hash *root);
/* To be called when it is on disk, before anybody is told. Less than what is promised
 * changes nothing. */
void mark_set(struct mark *m, uint64_t size, const struct hash *root);
/* The run ends in order: the store is closed. */
void mark_end(struct mark *m);

#endif
