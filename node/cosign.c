#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "io/upgrade.h"
#include "ledger/keyring.h"
#include "node/command.h"
#include "node/config.h"
#include "node/form.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/quorum.h"
#include "node/signer.h"
#include "node/tell.h"

struct options {
    const char *dir, *key, *log, *out;
    struct passphrase_source src;
    bool yes;
};

/* The node's replica, where there is one, knows names and keys. */
struct known {
    struct config config;
    bool configured;
    struct store *store;
    struct keyring *keyring;
};

static enum status known_open(const struct options *o, struct known *k)
{
    enum status st;

    *k = (struct known){ 0 };
    if (o->log != NULL)
        return STATUS_OK;
    st = config_load(o->dir, &k->config);
    if (st != STATUS_OK)
        return STATUS_IO;
    k->configured = true;
    st = store_open(k->config.replica, STORE_READ, &k->store);
    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (st == STATUS_OK)
        st = keyring_new(&k->keyring);
    if (st == STATUS_OK)
        st = keyring_refresh(k->keyring, k->store);
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", k->config.replica, status_text(st));
    upgrade_hint(st, "`avow sync`");
    return st;
}

static void known_close(struct known *k)
{
    keyring_free(k->keyring);
    store_close(k->store);
    if (k->configured)
        config_clear(&k->config);
}

static const char *verdict_text(enum verdict v)
{
    switch (v) {
    case VERDICT_UNCHECKED:
        return "signed, by a key that is not known here";
    case VERDICT_GOOD:
        return "signed, and verifies";
    case VERDICT_BAD:
        return "SIGNED WRONGLY: does not verify";
    }
    return "";
}

/* Whose lines are there, and are they good? */
static enum status tell_signatures(const struct pending *p, struct buf *out)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; i < p->statement->n_sigs; i++) {
        const struct statement_signature *sig = &p->statement->sigs[i];

        if (p->signed_[i])
            buf_printf(out, BYTES_FMT " (key %08x): %s\n", BYTES_ARG(sig->org),
                       sig->key_id, verdict_text(sig->verdict));
        else
            buf_printf(out, BYTES_FMT ": has not signed yet\n", BYTES_ARG(sig->org));
        if (p->signed_[i] && sig->verdict == VERDICT_BAD)
            st = STATUS_BAD_SIG;
    }
    return st;
}

static enum status show(const struct known *k, const struct pending *p, const char *path)
{
    struct buf text = { 0 };
    enum status bad, st = form_preview(k->store, p->statement, FORM_COSIGNER, &text);

    buf_text(&text, "\n");
    bad = tell_signatures(p, &text);
    if (st == STATUS_OK)
        st = buf_status(&text);
    if (st == STATUS_OK)
        output_shown(buf_bytes(&text));
    buf_clear(&text);
    if (st == STATUS_OK && bad != STATUS_OK) {
        say_error("%s: a signature does not verify", path);
        st = bad;
    }
    return st;
}

static enum status agree(const struct options *o, const struct pending *p,
                         const char *path, const struct verifier_key *mine)
{
    enum status st = pending_may_sign(p, mine);

    if (st == STATUS_NOT_FOUND)
        say_error("%s: %s is neither its author nor among those who co-sign it", path,
                  mine->name);
    if (st == STATUS_EXISTS)
        say_error("%s: key %08x of %s has signed it already", path, mine->id, mine->name);
    if (st != STATUS_OK || o->yes)
        return st;
    if (!isatty(STDIN_FILENO)) {
        say_error("nobody is here to agree: nothing was signed");
        say_hint("read the above, then give --yes");
        return STATUS_USAGE;
    }
    if (output_ask("Sign this?"))
        return STATUS_OK;
    say_error("nothing was signed");
    return STATUS_REFUSED;
}

/* In place, unless told otherwise. */
static int deliver(const struct options *o, const char *path, struct buf *note)
{
    enum status st = buf_status(note);

    if (o->out != NULL || strcmp(path, "-") == 0)
        return output_file(o->out, note);
    if (st == STATUS_OK)
        st = file_replace(path, buf_bytes(note), 0644);
    buf_clear(note);
    return st == STATUS_OK ? 0 : output_failed(path, st);
}

static enum status add_signature(const struct options *o, const struct known *k,
                                 struct pending *p, const char *path, struct buf *out)
{
    const struct config *c = k->configured ? &k->config : NULL;
    struct secret_key *key = NULL;
    enum status st;

    pending_verify(p, k->keyring != NULL ? keyring_lookup : NULL, k->keyring);
    st = show(k, p, path);
    if (st == STATUS_OK)
        st = signer_load(c, o->key, KEY_ED25519, &o->src, &key);
    if (st == STATUS_OK)
        st = agree(o, p, path, secret_key_public(key));
    if (st == STATUS_OK)
        pending_sign(p, key, out);
    secret_key_free(key);
    return st;
}

/* Who signs next, as far as is known here. */
static enum status hint_lacking(const struct known *k, const char *path,
                                struct bytes note)
{
    struct pending p;
    struct refusal why;
    struct buf lacking = { 0 };
    bool charter;
    enum status st = pending_open(note, NULL, &p, &why);

    if (st != STATUS_OK)
        return st;
    st = quorum_lacking(k->store, &p, &lacking);
    charter = p.statement->records[0].kind == KIND_LOG_CHARTERED;
    pending_clear(&p);
    if (st == STATUS_OK && lacking.len > 0)
        say_hint("still to sign it: %s", buf_str(&lacking));
    else if (st == STATUS_OK && charter)
        say_hint("all have signed: `avow-broker init --charter %s` makes the log", path);
    else if (st == STATUS_OK)
        say_hint("all have signed: its author sends it with `avow publish %s`", path);
    buf_clear(&lacking);
    return st;
}

static int cosign(const struct options *o, const struct known *k, const char *path)
{
    const char *origin = k->configured ? k->config.log.name : o->log;
    struct pending p;
    struct refusal why;
    struct buf file = { 0 }, note = { 0 };
    enum status st = input_text(path, NOTE_MAX, &file);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    st = pending_open(buf_bytes(&file), origin, &p, &why);
    code = st == STATUS_REFUSED ? tell_refused(path, buf_bytes(&file), &why)
                                : status_exit_code(st);
    buf_clear(&file);
    if (st != STATUS_OK)
        return code;
    st = add_signature(o, k, &p, path, &note);
    pending_clear(&p);
    if (st == STATUS_OK)
        st = hint_lacking(k, o->out != NULL ? o->out : path, buf_bytes(&note));
    code = st == STATUS_OK ? deliver(o, path, &note) : status_exit_code(st);
    buf_clear(&note);
    return code;
}

int cmd_cosign(struct args *a)
{
    struct options o = { 0 };
    struct known k;
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        { "key", "KEYFILE", "sign with this key instead of the node's", .text = &o.key },
        { "log", "ORIGIN", "for this log, without a replica; with --key",
          .text = &o.log },
        { "out", "FILE", "write it to FILE, which must not exist, instead of in place",
          .text = &o.out },
        { "yes", NULL, "do not ask before signing", .flag = &o.yes },
        PASSPHRASE_OPTIONS(&o.src),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (o.log != NULL && o.key == NULL)
        return args_wrong(a, "--log goes with --key");
    if (passphrase_source_check(&o.src) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    st = known_open(&o, &k);
    code = st == STATUS_OK ? cosign(&o, &k, a->words[0]) : status_exit_code(st);
    known_close(&k);
    return code;
}
