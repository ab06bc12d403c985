/* shared/sign/passphrase.h
 *
 * Where a passphrase comes from, and a key file opened with it; for the three programs.
 * Of the library only this file talks to a terminal, because a passphrase should pass
 * through no ordinary memory on its way into guarded memory.
 */
#ifndef AVOW_SIGN_PASSPHRASE_H
#define AVOW_SIGN_PASSPHRASE_H

#include "base/args.h"
#include "sign/keyfile.h"

/* All zero: the environment's AVOW_PASSPHRASE_FILE (a path) or AVOW_PASSPHRASE (the
 * passphrase), else the terminal asks. What is set here goes before the environment;
 * at most one may be set (passphrase_source_check). */
struct passphrase_source {
    const char *file;    /* its first line, without the line end */
    const char *env;     /* name of an environment variable that holds it */
    bool none;           /* an unlocked key (`kdf none`), asked for by name */
    bool no_terminal;    /* never ask, as in a daemon */
    bool no_environment; /* only from what is set here, or the terminal */
};

/* For tables of options. */
#define PASSPHRASE_OPTIONS(src)                                                    \
    { "passphrase-file", "FILE", "read the passphrase from FILE (its first line)", \
      .text = &(src)->file },                                                      \
    {                                                                              \
        "passphrase-env", "VAR", "take it from this environment variable",         \
            .text = &(src)->env                                                    \
    }
#define PASSPHRASE_NONE_OPTION(src)                                                 \
    {                                                                               \
        "no-passphrase", NULL,                                                      \
            "leave the secret key unencrypted in the file (for daemons and tests)", \
            .flag = &(src)->none                                                    \
    }

enum passphrase_use {
    PASSPHRASE_OPEN,  /* asked once */
    PASSPHRASE_CHOOSE /* asked twice, must match, may not be empty; in NFC. A weak one is
                         said (passphrase_form.h) */
};

/* STATUS_USAGE, and said: more than one is set. */
enum status passphrase_source_check(const struct passphrase_source *src);

/* `out` is to be freed by secret_text_free; its ptr is NULL for `none`. `prompt` is shown
 * on the terminal: "passphrase of XM-DAC-41302". STATUS_USAGE: none can be had: no
 * terminal, no such variable, or a choice that is empty or not repeated.
 * On failure the reason is said (say_error, say_hint). */
enum status passphrase_get(const struct passphrase_source *src, enum passphrase_use use,
                           const char *prompt, struct secret_text *out);

/* Say that the text in `path` is no secret key file, and what to do. Whoever reads that
 * may hold the only copy of a key in use, so it invites nobody to make another in its
 * place. */
void keyfile_say_malformed(const char *path, struct bytes text);

/* Read the key file and open it, asking only if it is locked. On failure the reason is
 * said (say_error, say_hint), so the caller just returns status_exit_code(). STATUS_IO:
 * also when there is no such file, and when it is unlocked and others may use it. */
enum status keyfile_load(const char *path, const struct passphrase_source *src,
                         struct secret_key **out);

#endif
