/* keys/keys.h
 *
 * avow-keys: makes, shows and re-encrypts keys, signs and verifies files. One file per
 * command; here is what they share.
 */
#ifndef AVOW_KEYS_KEYS_H
#define AVOW_KEYS_KEYS_H

#include "base/args.h"
#include "base/bytes.h"
#include "sign/key.h"

int cmd_new(struct args *a);
int cmd_show(struct args *a);
int cmd_prove(struct args *a);
int cmd_passwd(struct args *a);
int cmd_sign(struct args *a);
int cmd_verify(struct args *a);

/* Read a text file (base/text.h) of at most `max` bytes. On failure the reason is said; a
 * missing file is STATUS_IO, as it is no answer. */
enum status read_text(const char *path, size_t max, struct buf *out);

/* Say that writing `path` failed, and why. Gives the exit code. */
int say_not_written(const char *path, enum status st);

/* `out` to stdout and emptied; or what kept it from being printed, said. Gives the exit
 * code. */
int print_out(struct buf *out);
/* The same for people: as base/shown.h has it. */
int print_shown(struct buf *out);

/* Appends a JSON string with its quotes. */
void json_string(struct bytes text, struct buf *out);

#endif
