/* node/stocktake.h
 *
 * Where a network stands after a year: for each member what it reported, and what is
 * stale, late, not received, or waits for somebody's signature. Made of the replica.
 */
#ifndef AVOW_NODE_STOCKTAKE_H
#define AVOW_NODE_STOCKTAKE_H

#include "record/json.h"
#include "store/store.h"

struct stocktake_question {
    const char *network;
    unsigned year; /* of the reports, by their statements' time */
    int64_t on;    /* the day for which is told what is due and stale */
};

/* {"size","network","name","year","on",
 *  "members":[{"org","name","role","status","progress","money","other" (records of the
 *    year about what the network has, by kind),"last"? (day of the newest),"silent" (none
 *    about a partnership, commitment, declaration or pledge),"stale","overdue","due",
 *    "unreceived","waiting" (counts, of the lists below)}],
 *  "stale":[{"id","title","item","deliverable_title","stale":"amber"|"red","orgs"}],
 *  "due":[… as of view_due, with "orgs"],
 *  "unreceived":[{"id","title","status","donor","recipient","currency"?,"pledged"?,
 *    "orgs"}] (pledges of which nothing was received),
 *  "waiting":[{"id","title","kind","for":"terms"|"amendment","orgs" (who has not
 *    answered)}]}
 * STATUS_NOT_FOUND: no such network. */
enum status stocktake(struct store *s, const struct stocktake_question *q, json_t **out);

#endif
