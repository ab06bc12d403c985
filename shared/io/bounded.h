/* shared/io/bounded.h
 *
 * A call that may never return, of a library whose bugs are not ours to mend.
 */
#ifndef AVOW_IO_BOUNDED_H
#define AVOW_IO_BOUNDED_H

#include <stdbool.h>

/* Runs fn(arg) on a thread of its own and waits for it, at most `patience_ms`. False: it
 * has not returned; it may go on, and what `arg` leads to is its own from now on. Where
 * no thread can be made it runs on this one. */
bool bounded_call(void (*fn)(void *arg), void *arg, int patience_ms);

#endif
