/* broker/cosigned.h
 *
 * Cosignature lines that were verified, on their way to the sequencer's store.
 */
#ifndef AVOW_BROKER_COSIGNED_H
#define AVOW_BROKER_COSIGNED_H

#include <stdatomic.h>

#include "face/route.h"

struct cosigned;

enum status cosigned_new(struct cosigned **out);
void cosigned_free(
    struct cosigned *q); /* when it was closed, or never used; accepts NULL */

/* Any thread. Copies the lines. `kept` is called by cosigned_keep. STATUS_BUSY: too many
 * wait, or it is closed; `kept` is not called. */
enum status cosigned_push(struct cosigned *q, uint64_t size,
                          const struct cosignature_line lines[], size_t n,
                          void (*kept)(void *arg, enum status st), void *arg);

/* On the store's thread: all that wait, in one transaction, durably. Each `kept` is told
 * how it ended; the lines kept are counted first. `close`: takes no more. */
enum status cosigned_keep(struct cosigned *q, struct store *s, bool close,
                          atomic_ullong *count);

#endif
