/* shared/face/view_internal.h
 *
 * What the files of the view share: one call's snapshot, names and cache, and JSON values
 * put together with one check at the end.
 */
#ifndef AVOW_FACE_VIEW_INTERNAL_H
#define AVOW_FACE_VIEW_INTERNAL_H

#include "face/entry.h"
#include "face/names.h"
#include "face/view.h"
#include "record/money.h"

/* Rows or entries that a list looks at in one call: what takes longer goes on from a
 * cursor, so that no call keeps a reader for long. */
#define VIEW_SCAN_MAX 5000
/* Pledges that totals add up one by one: they have no cursor, and are slow jobs. */
#define VIEW_TOTALS_MAX 500000

/* `st` is STATUS_OK until the first failure, which stays. */
struct view {
    struct store *s;
    uint64_t size; /* of the log, in this snapshot */
    int64_t on;    /* the day for which is told what is due */
    struct names *names;
    struct entry *entry; /* the last one read; NULL: none */
    enum status st;
};

/* Takes a snapshot; view_close gives it back and returns v->st. */
enum status view_open(struct store *s, struct bytes lang, struct view *v);
enum status view_close(struct view *v);
/* view_close, and *out is `json` where all went well, which is otherwise freed. */
enum status view_finish(struct view *v, json_t *json, json_t **out);

/* Takes `value`; NULL is STATUS_NOMEM. */
void view_put(struct view *v, json_t *object, const char *name, json_t *value);
void view_add(struct view *v, json_t *array, json_t *value);
/* The same, shared from a row, where the row has it. */
void view_copy(struct view *v, json_t *object, const char *name, const json_t *from);
void view_put_bytes(struct view *v, json_t *object, const char *name, struct bytes text);
/* A text of the row in the wanted language, where there is one. */
void view_put_text(struct view *v, json_t *object, const char *name, const json_t *text);
/* "<name>" and "<name>_name": an organization's identifier and name. */
void view_put_org(struct view *v, json_t *object, const char *name, struct bytes org);
/* A row's sum of minor units as a decimal in its currency. */
void view_put_money(struct view *v, json_t *object, const char *name, struct bytes minor,
                    const char *currency);

/* What filters ask of a row of networks, organizations or subjects. A new reference. */
json_t *view_row_facets(enum store_table t, const json_t *row);
void view_put_sum(struct view *v, json_t *object, const char *name, money_sum sum,
                  const char *currency);

/* The entry, read or remembered; NULL: failed. Valid until the next. */
const struct entry *view_entry(struct view *v, uint64_t index);
/* {"index","n","at","org","org_name","reference"} */
json_t *view_record_stamp(struct view *v, uint64_t number);
/* The stamp, "is", "text" and "record", and what was said of it later. */
json_t *view_record_told(struct view *v, uint64_t number);
/* The stamp, and the reason that it gives. */
json_t *view_record_reasoned(struct view *v, uint64_t number);
/* "confirmed", "disputes", "voided", "repudiated", those that there are. */
void view_put_marks(struct view *v, json_t *out, uint64_t number);
/* The author's key of that entry was revoked with effect before it. */
bool view_repudiated(struct view *v, uint64_t index);
/* entry_signers, and "repudiated" of keys. */
json_t *view_signers(struct view *v, const struct entry *e, struct bytes org);
/* {"items","next"} of a chain of records, newest first. */
json_t *view_history(struct view *v, uint64_t from, unsigned limit);
/* A member that is a record's number; RECORD_NONE: absent. */
uint64_t view_number(const json_t *row, const char *name);

/* Cursors: a letter, and a number. Empty: `first`. */
enum status view_cursor_parse(struct bytes text, char letter, uint64_t first,
                              uint64_t *out);
json_t *view_cursor(char letter, uint64_t number);

/* --- subjects: parts of them ------------------------------------------------------- */

/* The terms in force, in the shape of the proposal. A new reference; NULL: failed. */
json_t *view_terms(struct view *v, const json_t *row);
/* `owner`: a row, or what it has as "proposed". With `terms` also how each signed. */
json_t *view_parties(struct view *v, const json_t *owner, const json_t *terms);
json_t *view_signed_count(struct view *v, const json_t *owner);
/* "terms", "proposed", "earlier" and what goes with them. */
void view_put_terms(struct view *v, json_t *out, const json_t *row, const json_t *terms);
/* One of the terms' deliverables of that row, and how far it is. */
json_t *view_deliverable(struct view *v, const json_t *deliverable, const json_t *row);
void view_put_deliverables(struct view *v, json_t *out, const json_t *row,
                           const json_t *terms);
void view_put_funding(struct view *v, json_t *out, const json_t *row,
                      const json_t *terms);
/* "domains": of an organization's row. */
void view_put_domains(struct view *v, json_t *out, const json_t *row);
void view_put_pledge(struct view *v, json_t *out, const json_t *row);
/* Whether a payment is overdue; `out` NULL: only that. */
bool view_put_schedule(struct view *v, json_t *out, const json_t *row,
                       const json_t *terms);
void view_put_transactions(struct view *v, json_t *out, const json_t *row);

/* --- rows -------------------------------------------------------------------------- */

/* One row as a list shows it, and as its own page does; new objects. */
json_t *view_subject_summary(struct view *v, const json_t *row);
json_t *view_subject_full(struct view *v, const json_t *row, unsigned limit,
                          struct bytes after);
/* `page`, of its history; NULL: as a list shows it. */
json_t *view_organization(struct view *v, const json_t *row,
                          const struct view_page *page);
json_t *view_network(struct view *v, const json_t *row, const struct view_page *page);

#endif
