/* shared/link/portable.h
 *
 * A portable proof (docs/formats.md 7): all that was said about something, as far as the
 * log had it, with what convinces one who has nothing but the log's key or a policy: the
 * statements, where they stand in the log, a checkpoint, and the statements by which the
 * keys that signed them came to be, back to entry 0.
 *
 * It does not show that nothing else was said: that is for who holds the whole log.
 */
#ifndef AVOW_LINK_PORTABLE_H
#define AVOW_LINK_PORTABLE_H

#include "record/statement.h"
#include "tlog/proof.h"

#define PORTABLE_NAME "avow/proof/v1"
#define PORTABLE_ENTRIES_MAX 4096
#define PORTABLE_TEXT_MAX ((size_t)96 << 20)

struct portable_entry {
    uint64_t index;
    bool about; /* it speaks of what the proof is about; else it is there for its keys */
    struct proof proof;
    struct bytes note;
    struct statement *statement; /* once verified */
};

struct portable {
    struct bytes about, checkpoint; /* as all bytes here: borrowed from `json` */
    struct portable_entry *entries; /* in order, from entry 0 */
    size_t n;
    json_t *json;
};

/* Prints what has everything but `json` and statements; with a newline at its end. */
enum status portable_print(const struct portable *p, struct buf *out);

/* STATUS_MALFORMED, STATUS_TOO_LARGE. */
enum status portable_parse(struct bytes text, struct portable *out);
void portable_clear(struct portable *p);

/* Every entry is in the tree of `cp`, which the caller believes, and every signature is
 * by a key that an earlier one of these entries states (those of entry 0: itself), and
 * none revokes before. STATUS_BAD_PROOF, STATUS_BAD_SIG, STATUS_REFUSED (not a statement
 * of this log): *at is the place of the entry. */
enum status portable_verify(struct portable *p, const struct checkpoint *cp, size_t *at);

/* The entry that stated this key; SIZE_MAX: none. */
size_t portable_key(const struct portable *p, struct bytes org, uint32_t key_id);

#endif
