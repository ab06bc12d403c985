/* broker/init.c: avow-broker init: a new log from its charter. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "broker/broker.h"
#include "sign/passphrase.h"

struct init {
    const char *dir, *origin, *charter_file, *key_file;
    char store[4096], key[4096], conf[4096];
    struct buf charter, key_text;
    struct secret_key *secret;
    struct statement *st;
};

static enum status say_refused(const struct init *in, const struct refusal *why)
{
    if (why->line > 0)
        say_error("%s line %u: %s (%s)", in->charter_file, why->line, why->text,
                  rule_name(why->rule));
    else
        say_error("%s: %s (%s)", in->charter_file, why->text, rule_name(why->rule));
    return STATUS_REFUSED;
}

static enum status read_files(struct init *in, const struct passphrase_source *pass)
{
    struct refusal why;
    enum status st = text_read(in->charter_file, NOTE_MAX, &in->charter);

    if (st != STATUS_OK) {
        say_error("cannot read %s: %s", in->charter_file, file_why(st));
        return st;
    }
    st = keyfile_load(in->key_file, pass, &in->secret);
    if (st != STATUS_OK)
        return st;
    st = text_read(in->key_file, KEYFILE_MAX, &in->key_text);
    if (st != STATUS_OK)
        return st;
    st = statement_open(buf_bytes(&in->charter), in->origin, &in->st, &why);
    return st == STATUS_REFUSED ? say_refused(in, &why) : st;
}

/* The charter states the key that will sign its checkpoints. */
static enum status check_key(const struct init *in)
{
    struct buf vkey = { 0 };
    bool stated = false;

    verifier_key_print(secret_key_public(in->secret), &vkey);
    for (size_t i = 0; i < in->st->n; i++)
        if (in->st->records[i].kind == KIND_LOG_CHARTERED)
            stated =
                bytes_eq(json_member(in->st->records[i].json, "key"), buf_bytes(&vkey));
    if (!stated)
        say_error("%s does not hold the log key that the charter states: %s",
                  in->key_file, buf_str(&vkey));
    buf_clear(&vkey);
    return stated ? STATUS_OK : STATUS_REFUSED;
}

static enum status commit_charter(struct init *in, struct ledger *l)
{
    struct checkpoint cp = { .size = 1 };
    const struct secret_key *key = in->secret;
    struct buf note = { 0 };
    struct outcome outcome;
    enum status st = ledger_take(l, in->st, &outcome);

    if (st == STATUS_OK && outcome.type != OUTCOME_ACCEPTED)
        st = say_refused(in, &outcome.why);
    if (st != STATUS_OK)
        return st;
    cp.root = ledger_root(l);
    snprintf(cp.origin, sizeof(cp.origin), "%s", in->origin);
    st = checkpoint_sign(&cp, &key, 1, &note);
    if (st == STATUS_OK)
        st = ledger_commit(l, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

/* In a store that is thrown away: so a charter that the rules refuse leaves no folder. */
static enum status judge_charter(struct init *in)
{
    const char *scratch = getenv("TMPDIR");
    struct store *s = NULL;
    struct ledger *l = NULL;
    struct outcome outcome;
    enum status st;

    st = store_open(scratch != NULL ? scratch : "/tmp", STORE_SCRATCH, &s);
    if (st == STATUS_OK)
        st = ledger_open(s, &l);
    if (st == STATUS_OK)
        st = ledger_judge(l, in->st, &outcome);
    if (st != STATUS_OK)
        say_error("cannot judge %s: %s", in->charter_file, status_text(st));
    else if (outcome.type != OUTCOME_ACCEPTED)
        st = say_refused(in, &outcome.why);
    ledger_close(l);
    store_close(s);
    return st;
}

static enum status make_store(struct init *in)
{
    struct store *s = NULL;
    struct ledger *l = NULL;
    enum status st = store_open(in->store, STORE_CREATE, &s);

    if (st == STATUS_EXISTS)
        say_error("%s is there already: this folder has a log", in->store);
    if (st != STATUS_OK)
        return st;
    st = ledger_open(s, &l);
    if (st == STATUS_OK)
        st = commit_charter(in, l);
    if (st != STATUS_OK && st != STATUS_REFUSED)
        say_error("cannot write %s: %s: %s", in->store, status_text(st), store_error(s));
    ledger_close(l);
    store_close(s);
    if (st != STATUS_OK) {
        char beside[4200];
        const char *const ends[] = { "", "-wal", "-shm" };

        for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
            snprintf(beside, sizeof(beside), "%s%s", in->store, ends[i]);
            unlink(beside);
        }
    }
    return st;
}

static enum status make_config(const struct init *in)
{
    static const char text[] =
        "# Settings of this broker; each line is a default that may be changed.\n"
        "#http = 127.0.0.1:8421\n"
        "#link = tcp://127.0.0.1:7421\n"
        "#hints = tcp://127.0.0.1:7422\n"
        "#public_url = https://avow.example.org\n"
        "#threads = 0\n"
        "#readers = 4\n"
        "#connections_max = 10000\n"
        "#watchers_max = 8000\n"
        "#stuck_s = 60\n"
        "#rate = 1000\n"
        "#burst = 20000\n"
        "#log_level = info\n"
        "#witness = witness.example/w1+KEYID+KEY https://witness.example/submit\n";
    enum status st = file_create(in->conf, bytes_of(text), 0644);

    return st == STATUS_EXISTS ? STATUS_OK : st;
}

/* The key first: a log without its key would be of no use. */
static enum status make_folder(struct init *in)
{
    enum status st;

    if (mkdir(in->dir, 0700) != 0 && errno != EEXIST) {
        say_error("cannot make %s: %s", in->dir, strerror(errno));
        return STATUS_IO;
    }
    if (access(in->store, F_OK) == 0) {
        say_error("%s is there already: this folder has a log", in->store);
        return STATUS_EXISTS;
    }
    st = file_create(in->key, buf_bytes(&in->key_text), 0600);
    if (st == STATUS_EXISTS) {
        /* of an init that was cut off, or of somebody's: not ours to replace */
        struct buf there = { 0 };

        if (text_read(in->key, KEYFILE_MAX, &there) == STATUS_OK &&
            bytes_eq(buf_bytes(&there), buf_bytes(&in->key_text)))
            st = STATUS_OK;
        keyfile_text_clear(&there);
    }
    if (st != STATUS_OK) {
        say_error("cannot write %s: %s", in->key, status_text(st));
        return st;
    }
    st = make_config(in);
    if (st == STATUS_OK)
        st = make_store(in);
    return st;
}

static void print_made(const struct init *in)
{
    struct buf vkey = { 0 };

    verifier_key_print(secret_key_public(in->secret), &vkey);
    printf("%s\n", buf_str(&vkey));
    buf_clear(&vkey);
}

int cmd_init(struct args *a)
{
    struct passphrase_source pass = { 0 };
    struct init in = { 0 };
    enum status st;
    const struct option options[] = {
        { "origin", "ORIGIN", "of the log, as the charter says", .text = &in.origin,
          .required = true },
        { "charter", "FILE", "entry 0, signed", .text = &in.charter_file,
          .required = true },
        { "key", "KEYFILE", "the log key that it states", .text = &in.key_file,
          .required = true },
        PASSPHRASE_OPTIONS(&pass),
        { 0 },
    };

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    in.dir = a->words[0];
    if (passphrase_source_check(&pass) != STATUS_OK ||
        !path_in(in.dir, STORE_FILE, in.store) || !path_in(in.dir, KEY_FILE, in.key) ||
        !path_in(in.dir, CONFIG_FILE, in.conf))
        return 2;
    if (strlen(in.origin) > ORIGIN_MAX)
        return args_wrong(a, "an origin is at most %d bytes", ORIGIN_MAX);
    st = read_files(&in, &pass);
    if (st == STATUS_OK)
        st = check_key(&in);
    if (st == STATUS_OK)
        st = judge_charter(&in);
    if (st == STATUS_OK)
        st = make_folder(&in);
    if (st == STATUS_OK)
        print_made(&in);
    statement_free(in.st);
    secret_key_free(in.secret);
    buf_clear(&in.charter);
    keyfile_text_clear(&in.key_text);
    return status_exit_code(st);
}
