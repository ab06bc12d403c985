#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "io/upgrade.h"
#include "link/breach.h"
#include "link/fork.h"
#include "link/portable.h"
#include "node/command.h"
#include "node/output.h"
#include "node/policies.h"
#include "node/tell.h"
#include "node/verify.h"
#include "tlog/proof.h"

/* A proof with the entry in it, in base64. */
#define PROOF_MAX (2 * NOTE_MAX + CHECKPOINT_MAX + 8192)
#define PROOF_BEGIN "c2sp.org/tlog-proof@"

static bool has_node(const char *dir)
{
    char *path = config_dir(dir);
    struct buf conf = { 0 };
    bool yes;

    buf_printf(&conf, "%s/node.conf", path != NULL ? path : "");
    yes = path != NULL && access(buf_str(&conf), R_OK) == 0;
    buf_clear(&conf);
    free(path);
    return yes;
}

static enum status open_replica(struct trust *t)
{
    enum status st = store_open(t->config.replica, STORE_READ, &t->store);

    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (st == STATUS_OK)
        st = keyring_new(&t->keyring);
    if (st == STATUS_OK)
        st = keyring_refresh(t->keyring, t->store);
    if (st == STATUS_OK)
        st = cosigners_load(t->store, &t->cosigners);
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", t->config.replica, status_text(st));
    upgrade_hint(st, "`avow sync`");
    return st;
}

/* Another log's statements are none of this replica's business. */
static enum status open_replica_of(struct trust *t, bool given)
{
    struct store *s = NULL;
    bool ours;
    enum status st = STATUS_OK;

    ours = memcmp(t->log.pub, t->config.log.pub, PUBLIC_KEY_LEN) == 0;
    if (store_open(t->config.replica, STORE_READ, &s) == STATUS_OK)
        st = log_keys_load(s, &t->keys);
    store_close(s);
    ours = ours || log_keys_find(&t->keys, &t->log) != NULL;
    if (!ours)
        log_keys_clear(&t->keys);
    else if (given) /* that key, for the sizes that it signs, and no other */
        t->keys.only = &t->log;
    return st == STATUS_OK && ours ? open_replica(t) : st;
}

static enum status trust_open(struct args *a, const struct options *o, struct trust *t)
{
    enum status st = STATUS_OK;

    *t = (struct trust){ 0 };
    if (o->log != NULL && verifier_key_parse(bytes_of(o->log), &t->log) != STATUS_OK) {
        args_wrong(a, "--log: '%s' is not a verifier key", o->log);
        return STATUS_USAGE;
    }
    if (o->policy != NULL)
        st = policies_read(o->policy, &t->policy);
    if (st == STATUS_OK && (o->dir != NULL || has_node(NULL))) {
        st = config_load(o->dir, &t->config);
        if (st == STATUS_OK && o->log == NULL)
            t->log = t->config.log;
        if (st == STATUS_OK)
            st = open_replica_of(t, o->log != NULL);
        if (st == STATUS_OK && o->log == NULL && t->policy == NULL)
            st = policies_read(t->config.policy, &t->policy);
    }
    if (st == STATUS_OK && t->policy == NULL && t->log.name[0] == '\0') {
        args_wrong(a, "by which log's key? give --log or --policy, or a node's --dir");
        st = STATUS_USAGE;
    }
    if (st == STATUS_OK && t->keys.n == 0 && t->policy == NULL)
        st = log_keys_pinned(&t->log, &t->keys);
    return st;
}

static void trust_close(struct trust *t)
{
    policy_free(t->policy);
    log_keys_clear(&t->keys);
    cosigners_clear(&t->cosigners);
    keyring_free(t->keyring);
    store_close(t->store);
    config_clear(&t->config);
}

/* --- statements ------------------------------------------------------------------- */

static int no(const char *path, const char *why)
{
    say_error("%s: %s", path, why);
    return status_exit_code(STATUS_BAD_PROOF);
}

/* By keys that the replica knows; how many lines have none is counted. */
static bool signatures_good(struct trust *t, struct statement *s, size_t *unknown)
{
    bool good = true;

    if (t->keyring != NULL)
        statement_verify(s, keyring_lookup, t->keyring);
    *unknown = 0;
    for (size_t i = 0; i < s->n_sigs; i++) {
        good = good && s->sigs[i].verdict != VERDICT_BAD;
        *unknown += s->sigs[i].verdict == VERDICT_UNCHECKED;
    }
    return good;
}

static void tell_author(const struct statement *s, struct buf *out)
{
    buf_text(out, "said by  ");
    buf_add(out, s->org);
    for (size_t i = 0; i < s->n_with; i++)
        buf_printf(out, ", with " BYTES_FMT, BYTES_ARG(s->with[i]));
    buf_text(out, "\nat       ");
    time_print(s->at, out);
    buf_text(out, "\n");
}

static json_t *statement_json(const struct statement *s)
{
    struct buf id = { 0 }, at = { 0 };
    json_t *records = json_array(), *out;

    statement_id_print(s, &id);
    time_print(s->at, &at);
    for (size_t i = 0; i < s->n; i++)
        json_array_append(records, s->records[i].json);
    out = json_pack("{s:b, s:s, s:o, s:s, s:o}", "verified", 1, "statement", buf_str(&id),
                    "org", json_of(s->org), "at", buf_str(&at), "records", records);
    buf_clear(&id);
    buf_clear(&at);
    return out;
}

static int verify_statement(struct trust *t, const struct options *o, const char *path,
                            struct bytes note)
{
    struct statement *s = NULL;
    struct refusal why;
    struct buf out = { 0 };
    size_t unknown = 0;
    enum status st;
    int code;

    if (t->keyring == NULL) {
        say_error("%s: the keys of authors are in the log: a node's --dir is needed",
                  path);
        return status_exit_code(STATUS_USAGE);
    }
    st = statement_open(note, t->log.name, &s, &why);
    if (st == STATUS_REFUSED)
        return tell_refused(path, note, &why);
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (!signatures_good(t, s, &unknown)) {
        code = no(path, "a signature does not verify");
    } else if (unknown > 0) {
        code = no(path, "it is signed by a key that is not in the log");
    } else if (o->json) {
        code = output_json(statement_json(s));
    } else {
        tell_author(s, &out);
        st = tell_records(t->store, s, "  ", &out);
        buf_printf(&out,
                   "signed   %zu signature%s, all good; not proven to be in the log\n",
                   s->n_sigs, s->n_sigs == 1 ? "" : "s");
        code = st == STATUS_OK ? output_buf(&out) : status_exit_code(st);
    }
    buf_clear(&out);
    statement_free(s);
    return code;
}

/* --- proofs ----------------------------------------------------------------------- */

/* Signed by the log's name all the same: a key of another time? */
static void hint_other_key(const struct trust *t, struct bytes text)
{
    struct note *note = malloc(sizeof(*note));

    for (size_t i = 0;
         note != NULL && (i > 0 || note_parse(text, note) == STATUS_OK) && i < note->n;
         i++) {
        if (!bytes_eq_text(note->sigs[i].name, t->log.name))
            continue;
        say_hint("it is signed by a key %08x of %s; a node that is up to date knows "
                 "which keys were the log's (--dir)",
                 note->sigs[i].key_id, t->log.name);
        break;
    }
    free(note);
}

enum status verify_checkpoint(struct trust *t, const char *path, struct bytes note,
                              struct checkpoint *cp, size_t *cosigned)
{
    enum status st;

    *cosigned = 0;
    if (t->policy != NULL) {
        st = policy_check(t->policy, note, cp, cosigned);
        if (st == STATUS_REFUSED) {
            say_error("%s: too few cosigned it: the policy's quorum is not met (%zu did)",
                      path, *cosigned);
            policies_say_lacking(t->policy, note);
        }
    } else {
        st = log_keys_open(&t->keys, UINT64_MAX, note, cp);
        if (st == STATUS_OK && t->cosigners.n > 0)
            st = cosigners_count(&t->cosigners, note, NULL, cosigned);
    }
    if (st == STATUS_BAD_SIG || st == STATUS_MALFORMED) {
        say_error("%s: its checkpoint is not signed by the log's key", path);
        if (t->policy == NULL)
            hint_other_key(t, note);
        st = STATUS_BAD_SIG;
    }
    return st;
}

/* The entry: in the proof itself, or the file given. */
static enum status entry_of(const struct options *o, const char *path,
                            const struct receipt *r, struct buf *entry)
{
    size_t len = r->extra.len / 4 * 3;
    uint8_t *room;
    enum status st;

    if (o->statement != NULL)
        return input_text(o->statement, NOTE_MAX, entry);
    if (r->extra.len == 0) {
        say_error("%s: does not hold the statement that it proves", path);
        say_hint("give it with --statement FILE");
        return STATUS_USAGE;
    }
    room = buf_space(entry, len);
    if (room == NULL)
        return STATUS_NOMEM;
    st = base64_decode(r->extra, room, &len);
    buf_truncate(entry, len);
    return st;
}

void verify_tell_cosigners(struct trust *t, struct bytes note, size_t cosigned,
                           struct buf *out)
{
    size_t of = t->policy != NULL ? policy_witness_count(t->policy) : t->cosigners.n;
    bool *by = t->policy == NULL && of > 0 ? calloc(of, sizeof(*by)) : NULL;
    size_t count;

    if (of == 0)
        buf_text(out, "cosigned no cosigners known\n");
    else
        buf_printf(out, "cosigned %zu of %zu\n", cosigned, of);
    if (t->policy != NULL)
        policies_tell(t->policy, note, out);
    if (by != NULL && cosigners_count(&t->cosigners, note, by, &count) == STATUS_OK)
        for (size_t i = 0; i < of; i++)
            if (by[i])
                buf_printf(out, "  %s\n", t->cosigners.keys[i].name);
    free(by);
}

static void tell_signed(const struct trust *t, const struct statement *s, size_t unknown,
                        struct buf *out)
{
    if (t->keyring == NULL)
        buf_text(out,
                 "signed   the log includes it; signatures of the statement were not "
                 "checked: no replica (use --dir)\n");
    else if (unknown == 0)
        buf_printf(out, "signed   %zu signature%s, all good\n", s->n_sigs,
                   s->n_sigs == 1 ? "" : "s");
    else
        buf_printf(out,
                   "signed   %zu of %zu signatures checked; the other keys are not "
                   "known here, the log vouches for them\n",
                   s->n_sigs - unknown, s->n_sigs);
}

static int print_proven(struct trust *t, const struct options *o, const struct receipt *r,
                        const struct checkpoint *cp, const struct statement *s,
                        size_t cosigned, size_t unknown)
{
    struct buf out = { 0 };
    json_t *json;
    enum status st;

    if (o->json) {
        json = statement_json(s);
        if (json != NULL) {
            json_object_set_new(json, "log", json_string(cp->origin));
            json_object_set_new(json, "index", json_integer((json_int_t)r->index));
            json_object_set_new(json, "size", json_integer((json_int_t)cp->size));
            json_object_set_new(json, "cosigned", json_integer((json_int_t)cosigned));
        }
        return output_json(json);
    }
    tell_author(s, &out);
    st = tell_records(t->store, s, "  ", &out);
    buf_printf(&out, "in       %s, entry %llu, proven for size %llu\n", cp->origin,
               (unsigned long long)r->index, (unsigned long long)cp->size);
    tell_signed(t, s, unknown, &out);
    verify_tell_cosigners(t, r->checkpoint, cosigned, &out);
    if (st != STATUS_OK)
        buf_clear(&out);
    return st == STATUS_OK ? output_buf(&out) : status_exit_code(st);
}

static int verify_entry(struct trust *t, const struct options *o, const char *path,
                        const struct receipt *r, struct bytes entry)
{
    struct hash leaf = hash_leaf(entry);
    struct checkpoint cp;
    struct statement *s = NULL;
    struct refusal why;
    size_t cosigned, unknown;
    enum status st = verify_checkpoint(t, path, r->checkpoint, &cp, &cosigned);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    if (receipt_verify(r, &leaf) != STATUS_OK)
        return no(path, "the proof does not lead from the statement to the checkpoint");
    st = statement_open(entry, cp.origin, &s, &why);
    if (st == STATUS_REFUSED)
        return tell_refused(path, entry, &why);
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (signatures_good(t, s, &unknown))
        code = print_proven(t, o, r, &cp, s, cosigned, unknown);
    else
        code = no(path, "a signature in the entry does not verify");
    statement_free(s);
    return code;
}

static int verify_proof(struct trust *t, const struct options *o, const char *path,
                        struct bytes text)
{
    struct buf entry = { 0 };
    struct receipt r;
    enum status st;
    int code;

    if (receipt_parse(text, &r) != STATUS_OK)
        return no(path, "not a proof: it is malformed");
    st = entry_of(o, path, &r, &entry);
    code = st == STATUS_OK ? verify_entry(t, o, path, &r, buf_bytes(&entry))
                           : status_exit_code(st);
    buf_clear(&entry);
    return code;
}

/* --- evidence of a fork ----------------------------------------------------------------
 */

static enum status accuse_by_log(void *ctx, struct bytes note, struct checkpoint *out)
{
    const struct trust *t = ctx;

    return log_keys_accuse(&t->keys, note, out);
}

static bool is_evidence(struct bytes text)
{
    return bytes_starts(text, BYTES_LIT("{")) &&
           memmem(text.ptr, text.len, FORK_NAME, sizeof(FORK_NAME) - 1) != NULL;
}

/* docs/replication.md 4. */
static int verify_evidence(struct trust *t, const struct options *o, const char *path,
                           struct bytes text)
{
    struct buf out = { 0 };
    uint64_t size = 0;
    enum status st;

    if (t->policy != NULL)
        return no(path, "evidence against a log goes by the log's key: give --log");
    st = fork_verify(text, accuse_by_log, t, &size);
    if (st == STATUS_BAD_SIG)
        return no(path, "the log did not sign both of its checkpoints");
    if (st != STATUS_OK)
        return no(path, "it does not show that the log signed two roots for one size");
    if (o->json)
        return output_json(json_pack("{s:b, s:s, s:I}", "verified", 1, "forked",
                                     t->log.name, "size", (json_int_t)size));
    buf_printf(&out, "verified: the log %s signed two different roots for size %llu\n",
               t->log.name, (unsigned long long)size);
    return output_buf(&out);
}

int cmd_verify(struct args *a)
{
    struct options o = { 0 };
    struct trust t;
    struct buf file = { 0 };
    const struct option options[] = {
        DIR_OPTION(&o.dir),
        { "log", "VKEY", "the log's verifier key; default: the one the node has pinned",
          .text = &o.log },
        { "policy", "FILE", "or a policy: logs, witnesses and a quorum",
          .text = &o.policy },
        { "statement", "FILE", "what a receipt proves", .text = &o.statement },
        JSON_OPTION(&o.json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (o.log != NULL && o.policy != NULL)
        return args_wrong(a, "--log or --policy, not both");
    st = trust_open(a, &o, &t);
    if (st == STATUS_OK)
        st = input_text(a->words[0], PORTABLE_TEXT_MAX, &file);
    if (st != STATUS_OK)
        code = status_exit_code(st);
    else if (bytes_starts(buf_bytes(&file), BYTES_LIT(PROOF_BEGIN)))
        code = verify_proof(&t, &o, a->words[0], buf_bytes(&file));
    else if (breach_is(buf_bytes(&file)))
        code = verify_breach(&t, &o, a->words[0], buf_bytes(&file));
    else if (verify_is_about(buf_bytes(&file)))
        code = verify_about(&t, &o, a->words[0], buf_bytes(&file));
    else if (is_evidence(buf_bytes(&file)))
        code = verify_evidence(&t, &o, a->words[0], buf_bytes(&file));
    else
        code = verify_statement(&t, &o, a->words[0], buf_bytes(&file));
    buf_clear(&file);
    trust_close(&t);
    return code;
}
