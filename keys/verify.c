#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "base/unicode_icu.h"
#include "keys/claim.h"
#include "keys/keys.h"
#include "sign/note.h"
#include "sign/passphrase.h"

static enum status take_key(const struct args *a, const char *text, const char *keyfile,
                            struct verifier_key *out)
{
    struct keyfile_head head;
    struct buf file = { 0 };
    enum status st;

    if ((text == NULL) == (keyfile == NULL)) {
        args_wrong(a, "by whose key? give --key or --keyfile, one of them");
        return STATUS_USAGE;
    }
    if (text != NULL && verifier_key_parse(bytes_of(text), out) != STATUS_OK) {
        args_wrong(a, "--key: '%s' is not a verifier key", text);
        return STATUS_USAGE;
    }
    if (keyfile != NULL) {
        st = read_text(keyfile, KEYFILE_MAX, &file);
        if (st == STATUS_OK) {
            st = keyfile_head(buf_bytes(&file), &head);
            if (st != STATUS_OK)
                keyfile_say_malformed(keyfile, buf_bytes(&file));
        }
        keyfile_text_clear(&file);
        if (st != STATUS_OK)
            return st;
        *out = head.key;
    }
    if (out->type != KEY_ED25519) {
        args_wrong(a, "%s is a cosigner's key, which signs no files", out->name);
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* Does `k` sign the note? Every line that claims so must verify. */
static enum status check_lines(const struct note *n, const struct verifier_key *k,
                               const char *path)
{
    bool by = false;

    for (size_t i = 0; i < n->n; i++) {
        if (!note_signature_by(&n->sigs[i], k))
            continue;
        by = true;
        if (!note_signature_verify(&n->sigs[i], n->text, k)) {
            say_error("%s: the signature of %s does not verify", path, k->name);
            return STATUS_BAD_SIG;
        }
    }
    if (by)
        return STATUS_OK;
    say_error("%s: not signed by %s (%08x)", path, k->name, k->id);
    return STATUS_BAD_SIG;
}

/* What the signature file says, once it is known to be signed by `k`. */
static enum status read_claim(const char *path, const struct verifier_key *k,
                              struct buf *text, struct claim *out)
{
    enum status st = read_text(path, SIGNATURE_FILE_MAX, text);
    struct note *note;

    if (st != STATUS_OK)
        return st;
    note = malloc(sizeof(*note));
    if (note == NULL)
        st = STATUS_NOMEM;
    else
        st = note_parse(buf_bytes(text), note);
    if (st == STATUS_OK)
        st = check_lines(note, k, path);
    else
        say_error("%s: %s", path,
                  st == STATUS_MALFORMED ? "not a signature" : status_text(st));
    if (st == STATUS_MALFORMED)
        st = STATUS_BAD_SIG; /* an answer: it does not verify */
    if (st == STATUS_OK) {
        st = claim_parse(note->text, out) == STATUS_OK ? STATUS_OK : STATUS_BAD_SIG;
        if (st != STATUS_OK)
            say_error("%s: signed by %s, but not the signature of a file", path, k->name);
    }
    free(note);
    return st;
}

static enum status compare(const char *path, const struct claim *c, bool any_name)
{
    struct hash hash;
    enum status st = claim_hash_file(path, &hash);

    if (st != STATUS_OK)
        return st;
    if (!hash_eq(&hash, &c->hash)) {
        say_error("%s: is not the file that was signed: its bytes differ", path);
        return STATUS_BAD_SIG;
    }
    if (!any_name && !unicode_eq(claim_base_name(path), c->name)) {
        say_error("%s: was signed under another name, " BYTES_FMT, path,
                  BYTES_ARG(c->name));
        say_hint("--any-name does not compare names");
        return STATUS_BAD_SIG;
    }
    return STATUS_OK;
}

static int print_verified(const struct claim *c, const struct verifier_key *k, bool json)
{
    struct buf out = { 0 };

    if (json) {
        buf_text(&out, "{\"verified\":true,\"name\":");
        json_string(c->name, &out);
        buf_text(&out, ",\"sha256\":\"");
        hex_encode((struct bytes){ c->hash.b, HASH_LEN }, &out);
        buf_text(&out, "\",\"by\":");
        json_string(bytes_of(k->name), &out);
        buf_printf(&out, ",\"key\":\"%08x\"}\n", k->id);
    } else {
        buf_add(&out, c->name);
        buf_printf(&out, ": signed by %s with key %08x; SHA-256 ", k->name, k->id);
        hex_encode((struct bytes){ c->hash.b, HASH_LEN }, &out);
        buf_text(&out, "\n");
    }
    return print_shown(&out);
}

static int verify(const char *path, const char *signature, const struct verifier_key *k,
                  bool any_name, bool json)
{
    struct buf text = { 0 };
    struct claim c;
    enum status st = read_claim(signature, k, &text, &c);
    int code;

    if (st == STATUS_OK)
        st = compare(path, &c, any_name);
    code = st == STATUS_OK ? print_verified(&c, k, json) : status_exit_code(st);
    buf_clear(&text);
    return code;
}

int cmd_verify(struct args *a)
{
    const char *key = NULL, *keyfile = NULL, *signature = NULL;
    struct buf beside = { 0 };
    bool any_name = false, json = false;
    struct verifier_key k;
    const struct option options[] = {
        { "key", "VKEY", "the verifier key that must have signed", .text = &key },
        { "keyfile", "FILE", "or the key file that holds it; no passphrase is needed",
          .text = &keyfile },
        { "signature", "FILE", "the signature; default: the file's name with .sig",
          .text = &signature },
        { "any-name", NULL, "also if it was signed under another name",
          .flag = &any_name },
        { "json", NULL, "one line of JSON", .flag = &json },
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    st = take_key(a, key, keyfile, &k);
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (signature == NULL && strcmp(a->words[0], "-") == 0)
        return args_wrong(a, "of standard input? give --signature");
    buf_printf(&beside, "%s.sig", a->words[0]);
    if (beside.bad)
        return say_not_written(a->words[0], STATUS_NOMEM);
    code =
        verify(a->words[0], signature ? signature : buf_str(&beside), &k, any_name, json);
    buf_clear(&beside);
    return code;
}
