/* shared/base/file.h
 *
 * Whole files, safely: read with a limit; written so that after a crash there is the
 * old file or the new one, never half.
 */
#ifndef AVOW_BASE_FILE_H
#define AVOW_BASE_FILE_H

#include "base/bytes.h"

/* Read all of it, at most `max` bytes (STATUS_TOO_LARGE). "-" reads standard input.
 * STATUS_NOT_FOUND: there is none. STATUS_IO: errno tells. */
enum status file_read(const char *path, size_t max, struct buf *out);

/* Create it, mode 0600 or 0644; STATUS_EXISTS if it is there. Synced, directory too. */
enum status file_create(const char *path, struct bytes content, unsigned mode);

/* Replace it by rename, synced, directory too. */
enum status file_replace(const char *path, struct bytes content, unsigned mode);

#endif
