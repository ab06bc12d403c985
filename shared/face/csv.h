/* shared/face/csv.h
 *
 * The lists of view.h as tables for spreadsheets (RFC 4180): one head line, CRLF, one row
 * an item; of totals one row an item and attestation. Columns are as docs/api.md names
 * them, and only ever added at the end. Lists in a cell are joined with ";". A text that
 * a spreadsheet would take for a formula (base/csv.h) gets an
 * apostrophe before it; numbers are printed as they are. Pure.
 */
#ifndef AVOW_FACE_CSV_H
#define AVOW_FACE_CSV_H

#include <jansson.h>

#include "base/bytes.h"

/* X(constant, name of the list) */
#define CSV_TABLE(X)                  \
    X(NETWORKS, "networks")           \
    X(ORGANIZATIONS, "organizations") \
    X(PARTNERSHIPS, "partnerships")   \
    X(COMMITMENTS, "commitments")     \
    X(DECLARATIONS, "declarations")   \
    X(PLEDGES, "pledges")             \
    X(COUNTRIES, "countries")         \
    X(EVENTS, "events")               \
    X(TOTALS, "totals")               \
    X(DUE, "due")                     \
    X(SEARCH, "search")               \
    X(HISTORY, "history")             \
    X(STOCKTAKE, "stocktake")

#define CSV_ENUM(constant, name) CSV_##constant,
enum csv_list { CSV_TABLE(CSV_ENUM) CSV_COUNT };
#undef CSV_ENUM

/* CSV_COUNT: no such list. */
enum csv_list csv_find(struct bytes name);
/* Append the table of these items. STATUS_NOMEM. */
enum status csv_print(enum csv_list list, const json_t *items, struct buf *out);

#endif
