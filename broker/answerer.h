/* broker/answerer.h
 *
 * The thread that answers what the sequencer has judged and committed: makes receipts,
 * all of a batch from a few tiles, so that the sequencer goes on with the next batch.
 */
#ifndef AVOW_BROKER_ANSWERER_H
#define AVOW_BROKER_ANSWERER_H

#include "broker/intake.h"

struct answerer;

enum status answerer_new(const char *store_path, struct answerer **out);
/* Takes the list (by `next`). What is accepted or known in it is committed. */
void answerer_push(struct answerer *a, struct submission *first);
/* Answers all it was given, then ends. Accepts NULL. */
void answerer_free(struct answerer *a);

#endif
