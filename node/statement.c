#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "io/upgrade.h"
#include "node/author.h"
#include "node/command.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/quorum.h"
#include "node/records.h"
#include "node/session.h"
#include "node/signer.h"
#include "node/signing.h"
#include "node/tell.h"

struct options {
    const char *dir, *key, *lang, *log, *out;
    uint64_t before, seq;
    struct args_list with;
    struct passphrase_source src;
    bool drop;
};

/* What the log says this key used last, if there is a replica. */
static enum status read_last(const struct config *c, const struct verifier_key *k,
                             struct author *author)
{
    struct store *store;
    enum status st = store_open(c->replica, STORE_READ, &store);

    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (st != STATUS_OK) {
        say_error("cannot open %s: %s", c->replica, status_text(st));
        upgrade_hint(st, "`avow sync`");
        return st;
    }
    st = author_catch_up(author, store, k);
    store_close(store);
    return st;
}

/* A draft that is out for co-signature holds its key (docs/formats.md 2). */
static enum status hold(const struct config *c, struct author *author,
                        const struct verifier_key *who, struct bytes note,
                        struct refusal *why)
{
    struct store *store = NULL;
    struct pending p;
    struct buf id = { 0 }, lacking = { 0 };
    enum status st = pending_open(note, NULL, &p, why);

    if (st != STATUS_OK)
        return st;
    if (store_open(c->replica, STORE_READ, &store) != STATUS_OK)
        store = NULL; /* `with` is known without it */
    st = quorum_lacking(store, &p, &lacking);
    if (st == STATUS_OK && lacking.len > 0) {
        statement_id_print(p.statement, &id);
        st = id.bad ? STATUS_NOMEM : author_hold(author, buf_bytes(&id));
        if (st == STATUS_OK)
            say_hint("still to sign it (`avow cosign`): %s", buf_str(&lacking));
        if (st == STATUS_OK)
            tell_holds(who);
    }
    store_close(store);
    buf_clear(&id);
    buf_clear(&lacking);
    pending_clear(&p);
    return st;
}

/* By the replica, where there is one. */
static enum status read_with(const struct options *o, const struct config *c,
                             json_t *named, struct draft *d,
                             struct bytes with[STATEMENT_SIGNATURES_MAX])
{
    struct store *store = NULL;
    enum status st = STATUS_OK;

    if (c == NULL || store_open(c->replica, STORE_READ, &store) != STATUS_OK)
        store = NULL;
    for (size_t i = 0;
         st == STATUS_OK && i < o->with.n && d->n_with < STATEMENT_SIGNATURES_MAX; i++) {
        with[d->n_with] = bytes_of(o->with.items[i]);
        if (store != NULL)
            st = signing_with(store, o->with.items[i], named, &with[d->n_with]);
        d->n_with++;
    }
    store_close(store);
    return st;
}

static enum status make(const struct options *o, const struct config *c,
                        const struct records *r, struct secret_key *key, struct buf *note,
                        struct refusal *why)
{
    struct bytes with[STATEMENT_SIGNATURES_MAX];
    struct draft d = { .origin = bytes_of(c != NULL ? c->log.name : o->log),
                       .lang = o->lang,
                       .seq = o->seq,
                       .now = clock_now_s(),
                       .before = o->before,
                       .with = with,
                       .records = r->lines,
                       .n_records = r->n };
    struct author *author = NULL;
    json_t *named = json_array(); /* owns what names in --with stand for */
    enum status st;

    st = read_with(o, c, named, &d, with);
    if (st == STATUS_OK)
        st = author_open(c != NULL ? c->dir : NULL, secret_key_public(key), &author);
    if (st == STATUS_OK && c != NULL)
        st = read_last(c, secret_key_public(key), author);
    if (st == STATUS_OK)
        st = author_sign(author, key, &d, note, why);
    if (st == STATUS_OK)
        st = author_record(author);
    if (st == STATUS_OK && c != NULL)
        st = hold(c, author, secret_key_public(key), buf_bytes(note), why);
    author_close(author);
    json_decref(named);
    return st;
}

static int print_statement(const struct options *o, const struct config *c,
                           const char *path)
{
    struct secret_key *key = NULL;
    struct records r = { 0 };
    struct refusal why = { 0 };
    struct buf note = { 0 };
    enum status st = records_read(path, &r);
    int code;

    if (st == STATUS_OK && r.statement) {
        say_error("%s: is a signed statement already", path);
        say_hint("co-sign it with `avow cosign`, or send it with `avow publish`");
        st = STATUS_USAGE;
    }
    if (st == STATUS_OK)
        st = signer_load(c, o->key, KEY_ED25519, &o->src, &key);
    if (st == STATUS_OK)
        st = make(o, c, &r, key, &note, &why);
    if (st == STATUS_REFUSED && why.rule != RULE_NONE)
        code = tell_refused(path, buf_bytes(&note), &why);
    else
        code = st == STATUS_OK ? output_file(o->out, &note) : status_exit_code(st);
    buf_clear(&note);
    secret_key_free(key);
    records_clear(&r);
    return code;
}

static int drop(const struct options *o, const struct config *c)
{
    struct verifier_key k;
    struct author *author = NULL;
    enum status st = signer_public(c, o->key, &k);

    if (st == STATUS_NOT_FOUND) {
        say_error("no key is configured here: give --key");
        return status_exit_code(STATUS_USAGE);
    }
    if (st == STATUS_OK)
        st = author_open(c->dir, &k, &author);
    if (st == STATUS_OK && author_held(author)[0] == '\0') {
        say_error("no draft holds the key %08x of %s", k.id, k.name);
        st = STATUS_NOT_FOUND;
    }
    if (st == STATUS_OK) {
        printf("dropped %s\n", author_held(author));
        st = author_hold(author, (struct bytes){ 0 });
    }
    author_close(author);
    return status_exit_code(st);
}

/* Without a replica everything that it would tell is given. */
static int without_replica(struct args *a, const struct options *o)
{
    if (o->drop)
        return args_wrong(a, "--drop is for a node's own drafts, not with --log");
    if (o->key == NULL || o->seq == 0)
        return args_wrong(a, "--log goes with --key and --seq");
    return print_statement(o, NULL, a->words[0]);
}

int cmd_statement(struct args *a)
{
    struct options o = { .lang = "en", .before = UINT64_MAX };
    struct config c;
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        { "key", "KEYFILE", "sign with this key instead of the node's", .text = &o.key },
        { "lang", "LANG", "language of the texts (default en)", .text = &o.lang },
        { "before", "N", "not valid at or after entry N", .number = &o.before },
        { "with", "ORG", "to be co-signed by this organization", .list = &o.with },
        { "out", "FILE", "write it to FILE, which must not exist", .text = &o.out },
        { "log", "ORIGIN", "for this log, without a replica; with --key and --seq",
          .text = &o.log },
        { "seq", "N", "its number, above every earlier one of the key",
          .number = &o.seq },
        { "drop", NULL, "drop the draft that holds the key; no FILE", .flag = &o.drop },
        PASSPHRASE_OPTIONS(&o.src),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, 1))
        return a->exit_code;
    if (a->n != (o.drop ? 0 : 1))
        return args_wrong(a, o.drop ? "--drop takes no FILE" : "which FILE?");
    if (o.with.n >= STATEMENT_SIGNATURES_MAX)
        return args_wrong(a, "--with: at most %d organizations",
                          STATEMENT_SIGNATURES_MAX - 1);
    if (passphrase_source_check(&o.src) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    if (o.log != NULL)
        return without_replica(a, &o);
    st = config_load(o.dir, &c);
    if (st != STATUS_OK)
        return status_exit_code(STATUS_IO);
    code = o.drop ? drop(&o, &c) : print_statement(&o, &c, a->words[0]);
    config_clear(&c);
    return code;
}
