#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "keys/keys.h"
#include "sign/passphrase.h"

/* What a person does next; a script that makes keys knows. */
static void say_next(const struct verifier_key *k, const char *path, bool locked)
{
    if (!isatty(STDERR_FILENO))
        return;
    fflush(stdout); /* first the key, then what to do with it */
    say_hint("keep a copy of %s%s away from this machine: %s cannot be made again", path,
             locked ? " and its passphrase" : "", locked ? "they" : "it");
    if (k->type == KEY_ED25519)
        say_hint("make a second key, kept elsewhere, to revoke this one if it is lost or "
                 "stolen: `avow-keys new --name %s SECOND.key`",
                 k->name);
    say_hint("to have it registered, send the output of `avow-keys prove --origin LOG "
             "--json %s`",
             path);
}

/* Seal it, write it, print its public half. */
static int deliver(const struct secret_key *k, const struct secret_text *passphrase,
                   const char *path)
{
    struct buf text = { 0 }, out = { 0 };
    enum status st = keyfile_seal(k, passphrase, &text);

    if (st == STATUS_OK)
        st = file_create(path, buf_bytes(&text), 0600);
    keyfile_text_clear(&text);
    if (st != STATUS_OK)
        return say_not_written(path, st);
    verifier_key_print(secret_key_public(k), &out);
    buf_text(&out, "\n");
    say_next(secret_key_public(k), path, passphrase->ptr != NULL);
    return print_out(&out);
}

static bool check_name(const struct args *a, struct bytes name, bool cosign)
{
    size_t slash;

    if (!key_name_valid(name) || name.len > KEY_NAME_MAX)
        args_wrong(a,
                   "--name: from 1 to %d bytes of UTF-8 without a space or a plus are "
                   "wanted",
                   KEY_NAME_MAX);
    else if (bytes_starts(name, BYTES_LIT("avow/")))
        args_wrong(a, "--name: may not begin with avow/");
    else if (cosign && !bytes_find(name, '/', &slash))
        args_wrong(a, "--name: a cosigner's key is named <organization>/<label>");
    else
        return true;
    return false;
}

static int make(const char *name, enum key_type type, const char *path,
                const struct passphrase_source *src)
{
    struct secret_text passphrase = { NULL, 0 };
    struct secret_key *k = NULL;
    char prompt[KEY_NAME_MAX + 32];
    enum status st;
    int code;

    /* Before a passphrase is thought up in vain; what decides is file_create. */
    if (access(path, F_OK) == 0)
        return say_not_written(path, STATUS_EXISTS);
    snprintf(prompt, sizeof(prompt), "new passphrase of %s", name);
    st = passphrase_get(src, PASSPHRASE_CHOOSE, prompt, &passphrase);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = secret_key_generate(bytes_of(name), type, &k);
    if (st == STATUS_OK)
        code = deliver(k, &passphrase, path);
    else
        code = say_not_written(path, st);
    secret_key_free(k);
    secret_text_free(&passphrase);
    return code;
}

int cmd_new(struct args *a)
{
    struct passphrase_source src = { 0 };
    const char *name = NULL, *path = NULL;
    bool cosign = false;
    const struct option options[] = {
        { "name", "NAME",
          "whose key: an organization's identifier, a log's origin, or, with --cosign, "
          "<organization>/<label>",
          .text = &name, .required = true },
        { "cosign", NULL, "make a cosigner's key (type 0x04)", .flag = &cosign },
        { "out", "FILE", "where to write it, in place of the argument", .text = &path },
        PASSPHRASE_OPTIONS(&src),
        PASSPHRASE_NONE_OPTION(&src),
        { 0 },
    };

    if (!args_parse(a, options, 0, 1))
        return a->exit_code;
    if ((path == NULL) == (a->n == 0))
        return args_wrong(a, path == NULL ? "where to write it? FILE is missing"
                                          : "both FILE and --out are given");
    if (!check_name(a, bytes_of(name), cosign))
        return status_exit_code(STATUS_USAGE);
    return make(name, cosign ? KEY_COSIGN : KEY_ED25519, path ? path : a->words[0], &src);
}
