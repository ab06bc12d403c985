#include <string.h>

#include "base/file.h"
#include "base/say.h"
#include "keys/claim.h"
#include "keys/keys.h"
#include "sign/note.h"
#include "sign/passphrase.h"

static int deliver(const char *path, struct buf *note)
{
    enum status st = buf_status(note);

    if (st != STATUS_OK || path == NULL || strcmp(path, "-") == 0)
        return print_out(note);
    st = file_create(path, buf_bytes(note), 0644);
    buf_clear(note);
    return st == STATUS_OK ? 0 : say_not_written(path, st);
}

static int sign_claim(const struct secret_key *k, const struct claim *c, const char *out)
{
    struct buf text = { 0 }, note = { 0 };

    claim_print(c, &text);
    if (!text.bad) {
        buf_add(&note, buf_bytes(&text));
        buf_text(&note, "\n");
        note_sign(k, buf_bytes(&text), &note);
    }
    note.bad |= text.bad;
    buf_clear(&text);
    return deliver(out, &note);
}

int cmd_sign(struct args *a)
{
    struct passphrase_source src = { 0 };
    const char *keyfile = NULL, *out = NULL, *name = NULL;
    struct secret_key *k;
    struct claim c;
    const struct option options[] = {
        { "key", "KEYFILE", "sign with this secret key", .text = &keyfile,
          .required = true },
        { "out", "FILE", "write the signature to FILE, which must not exist",
          .text = &out },
        { "name", "NAME", "what the file is called; default: its own name",
          .text = &name },
        PASSPHRASE_OPTIONS(&src),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    c.name = name != NULL ? bytes_of(name) : claim_base_name(a->words[0]);
    if (name == NULL && strcmp(a->words[0], "-") == 0)
        return args_wrong(a, "standard input has no name: give --name");
    if (!claim_name_valid(c.name))
        return args_wrong(a, "'" BYTES_FMT "' cannot be signed as a name: give --name",
                          BYTES_ARG(c.name));
    st = claim_hash_file(a->words[0], &c.hash);
    if (st == STATUS_OK)
        st = keyfile_load(keyfile, &src, &k);
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (secret_key_public(k)->type == KEY_ED25519)
        code = sign_claim(k, &c, out);
    else
        code =
            args_wrong(a, "%s: a cosigner's key signs nothing but checkpoints", keyfile);
    secret_key_free(k);
    return code;
}
