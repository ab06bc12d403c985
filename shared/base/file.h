/* shared/base/file.h
 *
 * Whole files, safely: read with a limit; written so that after a crash there is the
 * old file or the new one, never half.
 */
#ifndef AVOW_BASE_FILE_H
#define AVOW_BASE_FILE_H

#include "base/bytes.h"

/* Open it for reading; "-" is standard input. Never waits for somebody to write: a FIFO
 * in the place of a file is STATUS_IO, a pipe of the shell's (/dev/fd/N) is read as it
 * fills. STATUS_NOT_FOUND: there is none. STATUS_IO: errno tells. */
enum status file_open(const char *path, int *fd);
/* Closes, unless it is standard input. Keeps errno. */
void file_close(int fd);

/* Why opening or reading ended with `st`, in words; to be asked before errno changes. */
const char *file_why(enum status st);

/* Read all of it, at most `max` bytes (STATUS_TOO_LARGE). "-" reads standard input.
 * STATUS_NOT_FOUND: there is none. STATUS_IO: errno tells. */
enum status file_read(const char *path, size_t max, struct buf *out);

/* Create it, mode 0600 or 0644; STATUS_EXISTS if it is there. Synced, directory too. */
enum status file_create(const char *path, struct bytes content, unsigned mode);

/* Replace it by rename, synced, directory too. */
enum status file_replace(const char *path, struct bytes content, unsigned mode);

#endif
