#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/say.h"
#include "keys/keys.h"
#include "sign/passphrase.h"

static int reseal(const char *path, const struct secret_key *k,
                  const struct secret_text *passphrase)
{
    struct buf text = { 0 };
    enum status st = keyfile_seal(k, passphrase, &text);

    if (st == STATUS_OK)
        st = file_replace(path, buf_bytes(&text), 0600);
    keyfile_text_clear(&text);
    return st == STATUS_OK ? 0 : say_not_written(path, st);
}

static int change(const char *path, const struct passphrase_source *from,
                  const struct passphrase_source *to)
{
    struct secret_text passphrase = { NULL, 0 };
    char prompt[KEY_NAME_MAX + 32];
    struct secret_key *k;
    enum status st = keyfile_load(path, from, &k);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    snprintf(prompt, sizeof(prompt), "new passphrase of %s", secret_key_public(k)->name);
    st = passphrase_get(to, PASSPHRASE_CHOOSE, prompt, &passphrase);
    code = st == STATUS_OK ? reseal(path, k, &passphrase) : status_exit_code(st);
    secret_text_free(&passphrase);
    secret_key_free(k);
    return code;
}

int cmd_passwd(struct args *a)
{
    struct passphrase_source from = { 0 };
    /* The environment's passphrase is the one that the file has now. */
    struct passphrase_source to = { .no_environment = true };
    const struct option options[] = {
        PASSPHRASE_OPTIONS(&from),
        { "new-passphrase-file", "FILE", "read the new one from FILE (its first line)",
          .text = &to.file },
        { "new-passphrase-env", "VAR", "take the new one from this environment variable",
          .text = &to.env },
        PASSPHRASE_NONE_OPTION(&to),
        { 0 },
    };
    char *path;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (passphrase_source_check(&from) != STATUS_OK ||
        passphrase_source_check(&to) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    /* The file itself is replaced, not a link to it. */
    path = realpath(a->words[0], NULL);
    if (path == NULL) {
        say_error("%s: %s", a->words[0], strerror(errno));
        return status_exit_code(STATUS_IO);
    }
    code = change(path, &from, &to);
    free(path);
    return code;
}
