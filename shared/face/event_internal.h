/* shared/face/event_internal.h: what the files that put records into words share */
#ifndef AVOW_FACE_EVENT_INTERNAL_H
#define AVOW_FACE_EVENT_INTERNAL_H

#include "face/names.h"
#include "record/json.h"

/* One record being put into words. */
struct telling {
    struct names *names;
    const json_t *record;
    struct bytes is;
    struct bytes author;
    const json_t *subject; /* its row; NULL: none (yet) */
    struct buf *out;
};
typedef void tell_fn(struct telling *t);

void say_org(struct telling *t, struct bytes org);
/* The organization or network in that member. */
void say_org_of(struct telling *t, const char *member);
void say_network_of(struct telling *t, const char *member);
/* "ILO pledged": the author, and what it did. */
void say_did(struct telling *t, const char *did);
void say_quoted(struct telling *t, const json_t *text);
/* The title of what the record is about. */
void say_title(struct telling *t);
/* ": reason", where one is given. */
void say_reason(struct telling *t);
/* " (Kenya, Zambia and 5 others)" */
void say_countries(struct telling *t);
/* "A, B and C"; of more than four the first three "and 5 others". */
void say_list(struct telling *t, const struct bytes names[], size_t n, size_t all);
/* "USD 700,000", or the goods, or that nothing was said: of this record's money. */
void say_worth(struct telling *t, const json_t *record);
bool is_author(const struct telling *t, struct bytes org);
/* "accepted" of "pledge.accepted". */
struct bytes act_of(struct bytes is);
/* The record that a reference leads to. A new reference to it; NULL: it cannot be read.
 */
json_t *told_at(struct telling *t, struct bytes reference);

/* By family. False: not one of its kinds. */
bool tell_log(struct telling *t);
bool tell_directory(struct telling *t);
bool tell_agreement(struct telling *t);
bool tell_pledge(struct telling *t);
bool tell_mark(struct telling *t);

struct telling_row {
    const char *is;
    tell_fn *tell;
};
bool tell_by(struct telling *t, const struct telling_row rows[], size_t n);
#define TELL_BY(t, rows) tell_by((t), (rows), sizeof(rows) / sizeof((rows)[0]))

#endif
