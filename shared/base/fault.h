/* shared/base/fault.h
 *
 * Calls that can fail are made to fail, by tests. Each place that can fail asks
 * fault_here() first; a test arms the n-th call of this thread. Without a test it
 * costs one thread-local read.
 */
#ifndef AVOW_BASE_FAULT_H
#define AVOW_BASE_FAULT_H

#include <stdbool.h>

/* True exactly when this call is the one to fail. */
bool fault_here(void);

void fault_arm(int nth); /* 1: the next call to fault_here() */
bool fault_disarm(void); /* did it fire? */

#endif
