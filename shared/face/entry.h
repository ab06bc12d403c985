/* shared/face/entry.h
 *
 * An entry of the log taken apart for showing. The store holds only what was judged, so
 * nothing is checked again here; what does not parse all the same was altered.
 */
#ifndef AVOW_FACE_ENTRY_H
#define AVOW_FACE_ENTRY_H

#include <jansson.h>

#include "base/limits.h"
#include "store/store.h"

struct entry {
    uint64_t index;
    struct buf note;
    struct bytes text;                 /* what the signatures cover */
    json_t *header;                    /* line 2 */
    struct bytes records[RECORDS_MAX]; /* lines, as they stand */
    size_t n;
};

/* `e` is all zero, or held another entry before. STATUS_NOT_FOUND, STATUS_ALTERED. */
enum status entry_read(struct store *s, uint64_t index, struct entry *e);
void entry_clear(struct entry *e);

/* The author, and its time as written; borrowed. */
struct bytes entry_author(const struct entry *e);
struct bytes entry_at(const struct entry *e);
/* "<index>/<n>/<statement id>", appended. */
void entry_reference(const struct entry *e, unsigned n, struct buf *out);
/* Record n, from 1. STATUS_NOT_FOUND: it has fewer. */
enum status entry_record(const struct entry *e, unsigned n, json_t **out);
/* [{"org","key"}] in the order of the signature lines; `org` empty: all, else its own. */
enum status entry_signers(const struct entry *e, struct bytes org, json_t **out);

#endif
