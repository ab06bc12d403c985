#include "node/signer.h"

#include "base/say.h"
#include "node/output.h"

static const char *configured(const struct config *c, const char *path,
                              enum key_type type)
{
    if (path != NULL || c == NULL)
        return path;
    return type == KEY_COSIGN ? c->cosigner : c->key;
}

enum status signer_load(const struct config *c, const char *path, enum key_type type,
                        const struct passphrase_source *src, struct secret_key **out)
{
    const char *file = configured(c, path, type);
    enum status st;

    if (file == NULL) {
        say_error("no key to sign with");
        say_hint("name its file with --key, or in node.conf with a line \"key FILE\"");
        return STATUS_USAGE;
    }
    st = keyfile_load(file, src, out);
    if (st != STATUS_OK || secret_key_public(*out)->type == type)
        return st;
    say_error("%s: %s", file,
              type == KEY_COSIGN
                  ? "not a cosigner's key, which alone signs checkpoints"
                  : "a cosigner's key, which signs nothing but checkpoints");
    secret_key_free(*out);
    return STATUS_USAGE;
}

enum status signer_public(const struct config *c, const char *path,
                          struct verifier_key *out)
{
    const char *file = configured(c, path, KEY_ED25519);
    struct keyfile_head head;
    struct buf text = { 0 };
    enum status st;

    if (file == NULL)
        return STATUS_NOT_FOUND;
    st = input_text(file, KEYFILE_MAX, &text);
    if (st == STATUS_OK) {
        st = keyfile_head(buf_bytes(&text), &head);
        if (st == STATUS_OK)
            *out = head.key;
        else
            keyfile_say_malformed(file, buf_bytes(&text));
    }
    keyfile_text_clear(&text);
    return st;
}
