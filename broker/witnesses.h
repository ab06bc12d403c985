/* broker/witnesses.h
 *
 * Public witnesses (C2SP tlog-witness) that are asked to cosign: a thread for each, with
 * the newest checkpoint only, at most once a second. What they answer is verified, and
 * kept with the checkpoint by the sequencer, which waits for none of them.
 */
#ifndef AVOW_BROKER_WITNESSES_H
#define AVOW_BROKER_WITNESSES_H

#include "broker/config.h"
#include "broker/sequencer.h"

struct witnesses;

/* `size`: of the log now. STATUS_USAGE, and said: an address that is none. Starts their
 * threads; nothing at all where the configuration names none (*out NULL). */
enum status witnesses_new(const struct config *c, const char *store, struct sequencer *s,
                          uint64_t size, struct witnesses **out);
/* The log has grown. Any thread; never blocks. Accepts NULL. */
void witnesses_committed(struct witnesses *w, uint64_t size);
/* They ask no more. Before the sequencer is freed. Accepts NULL. */
void witnesses_quit(struct witnesses *w);
/* When the sequencer was joined. Accepts NULL. */
void witnesses_free(struct witnesses *w);

#endif
