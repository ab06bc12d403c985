/* shared/face/event.h
 *
 * What the feed says of an entry (docs/formats.md 5): one event a record. Made from the
 * store, so live and replayed events are the same bytes; but for names in `text`, which
 * are today's.
 */
#ifndef AVOW_FACE_EVENT_H
#define AVOW_FACE_EVENT_H

#include "face/filter.h"
#include "face/names.h"
#include "store/store.h"

struct event {
    uint64_t index;
    unsigned n;
    char is[40];
    uint64_t subject; /* its row; RECORD_NONE: about none */
    json_t *facets;
    struct buf json; /* {"index":…,"n":…,"at":…,"org":…,"is":…,…,"record":{…}} */
};

/* The events of entries [from, to), one array of *n, to be freed by events_free. `names`
 * (of this store, in no language) may have been used for the entries before these, and
 * must be brought here for all of them; NULL: looked up anew. */
enum status events_make(struct store *s, struct names *names, uint64_t from, uint64_t to,
                        struct event **events, size_t *n);
/* Of [from, to) those that match `f`, until one of the limits is reached, at an entry's
 * end: the first entry is always looked at whole. *reached: the next entry to look at. */
struct events_limit {
    uint64_t scanned; /* records looked at */
    size_t events;
    size_t bytes; /* of their JSON, about */
};
enum status events_scan(struct store *s, const struct filter *f, uint64_t from,
                        uint64_t to, const struct events_limit *limit,
                        struct event **events, size_t *n, uint64_t *reached);
/* The same; but having enough events it goes on to an entry whose index is a multiple of
 * `align`, if that is not too far (eight times the events). */
enum status events_scan_aligned(struct store *s, const struct filter *f, uint64_t from,
                                uint64_t to, const struct events_limit *limit,
                                unsigned align, struct event **events, size_t *n,
                                uint64_t *reached);
void events_free(struct event *events, size_t n);

/* One sentence on a record for people: "ILO pledged USD 700,000 to …". What one side says
 * of another is "reported". */
enum status event_sentence(struct names *names, const char *is, const json_t *record,
                           struct bytes author, struct buf *out);

/* {"size":…,"root":…,"events":[…]} of those that match (`f` NULL: all), appended; root
 * empty: left out. Returns how many matched; nothing is appended where none did. */
size_t events_message(const struct event *events, size_t n, const struct filter *f,
                      uint64_t size, struct bytes root_base64, struct buf *out);

/* The root of the checkpoint of `size` in base64, appended; nothing where the store has
 * no checkpoint of that size. */
enum status events_root(struct store *s, uint64_t size, struct buf *out);

#endif
