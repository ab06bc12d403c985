/* broker/forked.h
 *
 * Evidence that the log's key has signed another history than the one that is here
 * (docs/replication.md 8.8). It is kept beside the log, so it outlives a restart, and is
 * verified each time: what does not convict the log stops nobody.
 */
#ifndef AVOW_BROKER_FORKED_H
#define AVOW_BROKER_FORKED_H

#include "link/fork.h"
#include "store/store.h"

/* `theirs`, of the checkpoint `cp`, is not of our tree: writes evidence-fork-<size>.json
 * beside the log. STATUS_BAD_SIG: only keys that the log has retired signed it, and so it
 * is nothing. Other failures: it convicts, and could not be kept. */
enum status forked_keep(const char *store_path, struct store *s, struct bytes theirs,
                        const struct checkpoint *cp);

/* Is there evidence that convicts this log, for *size? STATUS_NOT_FOUND: none. */
enum status forked_look(const char *store_path, struct store *s, uint64_t *size);

#endif
