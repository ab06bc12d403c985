/* shared/io/upgrade.h
 *
 * What a program that writes a store does first: a store of an earlier version is brought
 * up to date, and people are told.
 */
#ifndef AVOW_IO_UPGRADE_H
#define AVOW_IO_UPGRADE_H

#include "base/status.h"

/* STATUS_OK where there is nothing to do, also where there is no store, or one that
 * cannot be opened: who opens it next says so. On failure it was said why, and the file
 * is as it was. */
enum status upgrade_store(const char *path);
/* What to say where a program that only reads finds a store that is not of this version
 * (STATUS_OLDER, STATUS_NEWER); `command`: what brings an older one up to date. Says
 * nothing of other statuses. */
void upgrade_hint(enum status st, const char *command);

#endif
