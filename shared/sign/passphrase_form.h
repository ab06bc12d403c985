/* shared/sign/passphrase_form.h
 *
 * One passphrase has several spellings: with an accent as a character of its own or not,
 * with the byte order mark that an editor puts before a file. New keys are locked with
 * one of them; whatever an earlier program locked with opens too.
 */
#ifndef AVOW_SIGN_PASSPHRASE_FORM_H
#define AVOW_SIGN_PASSPHRASE_FORM_H

#include "sign/keyfile.h"

/* The spelling to lock with: NFC, no byte order mark. In place. Where it is not UTF-8 it
 * stays as it is. STATUS_TOO_LARGE: beyond PASSPHRASE_MAX. */
enum status passphrase_form_new(struct secret_text *s);

/* keyfile_open with each spelling: as it is given, then in NFC, then in NFD. */
enum status passphrase_form_open(struct bytes keyfile, const struct secret_text *s,
                                 struct secret_key **out);

/* Is it one that somebody would guess: fewer than eight characters, or hardly different
 * ones? */
bool passphrase_form_weak(const struct secret_text *s);

#endif
