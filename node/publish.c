#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "ledger/rows.h"
#include "node/author.h"
#include "node/command.h"
#include "node/cosigners.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/records.h"
#include "node/signer.h"
#include "node/submit.h"
#include "node/tell.h"
#include "node/unsent.h"

/* Longer than this nobody waits for cosignatures. */
#define WAIT_MAX_S 3600

struct options {
    const char *dir, *key, *lang, *receipt;
    uint64_t before, wait_s;
    struct args_list with, with_keys;
    struct passphrase_source src;
    bool dry, yes, json;
};

/* A statement that the log has. */
struct done {
    struct statement *statement;
    struct submitted sub;
};

struct publish {
    struct options o;
    struct session session;
    struct secret_key *key;
    struct author *author;
    struct secret_key *co_keys[STATEMENT_SIGNATURES_MAX];
    size_t n_co;
    struct bytes with[STATEMENT_SIGNATURES_MAX];
    size_t n_with;
    struct done *done;
    size_t n_done;
};

/* --- keys ------------------------------------------------------------------------- */

/* What the log says this key used last. */
static enum status read_last(struct publish *p)
{
    const struct verifier_key *k = secret_key_public(p->key);
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    rows_key_key(bytes_of(k->name), k->id, &key);
    st = rows_find(p->session.store, STORE_KEY, buf_bytes(&key), NULL, &row);
    if (st == STATUS_OK)
        author_at_least(p->author,
                        (uint64_t)json_integer_value(json_object_get(row, "seq")),
                        json_integer_value(json_object_get(row, "at")));
    json_decref(row);
    buf_clear(&key);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

/* The organizations in `with`: those named, and those whose keys are at hand. */
static enum status add_with(struct publish *p, struct bytes org)
{
    for (size_t i = 0; i < p->n_with; i++)
        if (bytes_eq(p->with[i], org))
            return STATUS_OK;
    if (p->n_with == STATEMENT_SIGNATURES_MAX - 1) {
        say_error("at most %d organizations co-sign a statement",
                  STATEMENT_SIGNATURES_MAX - 1);
        return STATUS_USAGE;
    }
    p->with[p->n_with++] = org;
    return STATUS_OK;
}

static bool has_co_key(const struct publish *p, struct bytes org)
{
    for (size_t i = 0; i < p->n_co; i++)
        if (bytes_eq_text(org, secret_key_public(p->co_keys[i])->name))
            return true;
    return false;
}

static enum status load_co_keys(struct publish *p)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < p->o.with.n; i++)
        st = add_with(p, bytes_of(p->o.with.items[i]));
    for (size_t i = 0; st == STATUS_OK && i < p->o.with_keys.n; i++) {
        if (p->n_co == STATEMENT_SIGNATURES_MAX - 1) {
            say_error("too many keys to co-sign with");
            return STATUS_USAGE;
        }
        st = signer_load(NULL, p->o.with_keys.items[i], KEY_ED25519, &p->o.src,
                         &p->co_keys[p->n_co]);
        if (st == STATUS_OK)
            st = add_with(p, bytes_of(secret_key_public(p->co_keys[p->n_co++])->name));
    }
    for (size_t i = 0; st == STATUS_OK && i < p->n_with; i++) {
        if (has_co_key(p, p->with[i]))
            continue;
        say_error(BYTES_FMT " is to co-sign, and its key is not here",
                  BYTES_ARG(p->with[i]));
        say_hint("make a draft with `avow statement FILE --with " BYTES_FMT
                 "`, have it signed with `avow cosign`, then publish it",
                 BYTES_ARG(p->with[i]));
        st = STATUS_USAGE;
    }
    return st;
}

/* Opened once, when the first records are to be signed. */
static enum status open_key(struct publish *p)
{
    enum status st;

    if (p->author != NULL)
        return STATUS_OK;
    st = signer_load(&p->session.config, p->o.key, KEY_ED25519, &p->o.src, &p->key);
    if (st == STATUS_OK)
        st = load_co_keys(p);
    if (st == STATUS_OK)
        st = author_open(p->session.config.dir, secret_key_public(p->key), &p->author);
    if (st == STATUS_OK)
        st = read_last(p);
    return st;
}

/* --- sending ---------------------------------------------------------------------- */

static void say_unanswered(const struct publish *p, enum status st)
{
    if (st == STATUS_TIMEOUT)
        say_error("the broker at %s did not answer in time: it may have it or not",
                  p->session.config.broker);
    else if (st == STATUS_BUSY)
        say_error("the broker at %s is busy", p->session.config.broker);
    else
        say_error("cannot reach the broker at %s", p->session.config.broker);
}

static enum status remember(struct publish *p, struct statement *s, struct submitted *sub)
{
    struct done *more = reallocarray(p->done, p->n_done + 1, sizeof(*more));

    if (more == NULL) {
        statement_free(s);
        buf_clear(&sub->receipt);
        return STATUS_NOMEM;
    }
    p->done = more;
    p->done[p->n_done++] = (struct done){ .statement = s, .sub = *sub };
    return STATUS_OK;
}

/* What was made here is on disk until its fate is known. */
static enum status send_statement(struct publish *p, const char *what, struct bytes note,
                                  const struct statement *s, bool made_here,
                                  struct submitted *sub)
{
    bool unanswered;
    enum status st =
        made_here && !p->o.dry ? unsent_keep(p->session.config.dir, note, s) : STATUS_OK;

    if (st != STATUS_OK)
        return st;
    st = submit(&p->session, what, note, p->o.dry, sub);
    unanswered = st == STATUS_UNREACHABLE || st == STATUS_TIMEOUT || st == STATUS_BUSY;
    if (unanswered)
        say_unanswered(p, st);
    if (p->o.dry)
        return st;
    if (st == STATUS_OK || (st == STATUS_REFUSED && made_here))
        unsent_forget(p->session.config.dir, note, s);
    else if (made_here)
        unsent_hint(p->session.config.dir, s);
    else if (unanswered)
        say_hint("publish the same file again: it is never entered twice");
    return st;
}

static enum status send_note(struct publish *p, const char *what, struct bytes note,
                             bool made_here)
{
    struct statement *s = NULL;
    struct submitted sub = { 0 };
    struct refusal why;
    enum status st = statement_open(note, p->session.config.log.name, &s, &why);

    if (st == STATUS_REFUSED)
        tell_refused(what, note, &why);
    if (st != STATUS_OK)
        return st;
    st = send_statement(p, what, note, s, made_here, &sub);
    if (st == STATUS_OK)
        return remember(p, s, &sub);
    buf_clear(&sub.receipt);
    statement_free(s);
    return st;
}

/* --- records ---------------------------------------------------------------------- */

/* Add the co-signatures whose keys are here. */
static enum status co_sign(struct publish *p, struct buf *note, struct refusal *why)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < p->n_co; i++) {
        struct pending pending;
        struct buf more = { 0 };

        st = pending_open(buf_bytes(note), p->session.config.log.name, &pending, why);
        if (st != STATUS_OK)
            return st;
        pending_sign(&pending, p->co_keys[i], &more);
        pending_clear(&pending);
        buf_clear(note);
        *note = more;
        st = buf_status(note);
    }
    return st;
}

static enum status agree(struct publish *p, struct bytes note)
{
    struct pending pending;
    struct refusal why;
    struct buf text = { 0 };
    enum status st;

    if (p->o.yes || p->o.dry || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return STATUS_OK;
    st = pending_open(note, NULL, &pending, &why);
    if (st != STATUS_OK)
        return st;
    st = tell_statement(p->session.store, pending.statement, &text);
    pending_clear(&pending);
    if (st == STATUS_OK)
        fputs(buf_str(&text), stderr);
    buf_clear(&text);
    if (st == STATUS_OK && !output_ask("Publish this, for everyone and for ever?")) {
        say_error("nothing was published");
        st = STATUS_REFUSED;
    }
    return st;
}

static enum status publish_records(struct publish *p, const char *what,
                                   const struct bytes *lines, size_t n)
{
    struct draft d = { .origin = bytes_of(p->session.config.log.name),
                       .lang = p->o.lang,
                       .now = clock_now_s(),
                       .before = p->o.before,
                       .with = p->with,
                       .n_with = p->n_with,
                       .records = lines,
                       .n_records = n };
    struct author *author = p->author, *trial = NULL;
    struct refusal why;
    struct buf note = { 0 };
    enum status st = STATUS_OK;

    if (p->o.dry) { /* signed as if, and not remembered */
        st = author_open(NULL, secret_key_public(p->key), &trial);
        d.seq = author_next(p->author);
        author = trial;
    }
    if (st == STATUS_OK)
        st = author_sign(author, p->key, &d, &note, &why);
    if (st == STATUS_OK)
        st = co_sign(p, &note, &why);
    if (st == STATUS_REFUSED)
        tell_refused(what, buf_bytes(&note), &why);
    if (st == STATUS_OK)
        st = agree(p, buf_bytes(&note));
    if (st == STATUS_OK)
        st = send_note(p, what, buf_bytes(&note), true);
    author_close(trial);
    buf_clear(&note);
    return st;
}

/* How many of the records fit into one statement. */
static size_t fitting(const struct publish *p, const struct bytes *lines, size_t n)
{
    /* Version line, header without `with`, and one signature line; then what each
     * co-signer adds to the header and below. */
    size_t used = 420 + ORIGIN_MAX + (1 + p->n_with) * (2 * ORG_ID_MAX + 110), count = 0;

    while (count < n && count < RECORDS_MAX && used + lines[count].len + 1 <= NOTE_MAX)
        used += lines[count++].len + 1;
    return count > 0 ? count : 1; /* too large: the check says so */
}

static enum status publish_all_records(struct publish *p, const char *path,
                                       const struct records *r)
{
    size_t at = 0, part = 0;
    bool split = fitting(p, r->lines, r->n) < r->n;
    enum status st = STATUS_OK;

    if (split)
        say_info(
            "%s: %zu records are more than one statement holds, so several are made; "
            "each is applied whole, but not all of them together",
            path, r->n);
    while (st == STATUS_OK && at < r->n) {
        size_t n = fitting(p, r->lines + at, r->n - at);
        char what[4096];

        if (split)
            snprintf(what, sizeof(what), "%s, statement %zu (records from %zu)", path,
                     ++part, at + 1);
        else
            snprintf(what, sizeof(what), "%s", path);
        st = publish_records(p, what, r->lines + at, n);
        at += n;
    }
    return st;
}

/* --- files ------------------------------------------------------------------------ */

/* A draft that was published no longer holds its key. */
static enum status let_go(struct publish *p, const struct statement *s)
{
    struct author *a = p->author;
    struct verifier_key k = { .id = s->key_id };
    struct buf id = { 0 };
    char held[65];
    uint64_t seq;
    enum status st = author_peek(p->session.config.dir, &k, &seq, held);

    statement_id_print(s, &id);
    if (st == STATUS_OK && !id.bad && strcmp(held, buf_str(&id)) == 0) {
        if (a == NULL || secret_key_public(p->key)->id != s->key_id)
            st = author_open(p->session.config.dir, &k, &a);
        if (st == STATUS_OK)
            st = author_hold(a, (struct bytes){ 0 });
        if (a != p->author)
            author_close(a);
    }
    buf_clear(&id);
    return st;
}

static enum status publish_file(struct publish *p, const char *path)
{
    const char *what = strcmp(path, "-") == 0 ? "standard input" : path;
    struct records r;
    enum status st = records_read(path, &r);

    if (st != STATUS_OK)
        return st;
    if (r.statement) {
        st = send_note(p, what, buf_bytes(&r.file), false);
        if (st == STATUS_OK && !p->o.dry)
            st = let_go(p, p->done[p->n_done - 1].statement);
    } else {
        st = open_key(p);
        if (st == STATUS_OK)
            st = publish_all_records(p, what, &r);
    }
    records_clear(&r);
    return st;
}

/* --- afterwards ------------------------------------------------------------------- */

static enum status save_receipts(const struct publish *p)
{
    struct buf copy = { 0 };

    if (p->o.receipt == NULL || p->n_done == 0 || p->o.dry)
        return STATUS_OK;
    buf_add(&copy, buf_bytes(&p->done[p->n_done - 1].sub.receipt));
    return output_file(p->o.receipt, &copy) == 0 ? STATUS_OK : STATUS_IO;
}

/* The replica has what was published, and those entries that were known say the same. */
static enum status bring_up(struct publish *p)
{
    uint64_t last = 0;
    enum status st;

    for (size_t i = 0; i < p->n_done; i++)
        if (p->done[i].sub.index > last)
            last = p->done[i].sub.index;
    st = session_catch_up(&p->session, last + 1, PATIENCE_MS);
    for (size_t i = 0; st == STATUS_OK && i < p->n_done; i++) {
        if (!p->done[i].sub.proven)
            st = submit_prove_known(&p->session, p->done[i].statement->text,
                                    &p->done[i].sub);
        if (st == STATUS_OK)
            st = submit_check_log(&p->session, &p->done[i].sub);
    }
    return st;
}

static void reference(const struct done *d, unsigned n, struct buf *out)
{
    buf_printf(out, "%llu/%u/", (unsigned long long)d->sub.index, n);
    statement_id_print(d->statement, out);
}

static const char *name_of(const struct record *r)
{
    const char *id = json_string_value(json_object_get(r->json, "id"));

    return id != NULL ? id : kind_name(r->kind);
}

static void print_record(const struct publish *p, const struct done *d,
                         const struct record *r, size_t cosigned, size_t cosigners,
                         struct buf *out)
{
    struct buf ref = { 0 };

    reference(d, r->n, &ref);
    if (p->o.json) {
        const json_t *id = json_object_get(r->json, "id");
        json_t *line = json_pack("{s:I, s:i, s:s, s:s, s:b, s:I, s:I}", "index",
                                 (json_int_t)d->sub.index, "n", (int)r->n, "reference",
                                 buf_str(&ref), "is", kind_name(r->kind), "known",
                                 d->sub.known, "cosigned", (json_int_t)cosigned,
                                 "cosigners", (json_int_t)cosigners);

        if (id != NULL)
            json_object_set(line, "id", (json_t *)(uintptr_t)id);
        json_print(line, out);
        buf_u8(out, '\n');
        json_decref(line);
    } else {
        buf_printf(out, "%s  %s  %scosigned %zu of %zu\n", name_of(r), buf_str(&ref),
                   d->sub.known ? "known already, " : "", cosigned, cosigners);
    }
    out->bad |= ref.bad;
    buf_clear(&ref);
}

static void print_dry(const struct publish *p, const struct done *d, struct buf *out)
{
    if (p->o.json)
        buf_printf(out, "{\"dry_run\":true,\"records\":%zu,\"known\":%s}\n",
                   d->statement->n, d->sub.known ? "true" : "false");
    else
        buf_printf(out, "%zu record%s would be accepted%s\n", d->statement->n,
                   d->statement->n == 1 ? "" : "s",
                   d->sub.known ? ": known already" : "");
}

static int print_done(struct publish *p)
{
    struct cosigners c = { 0 };
    struct buf out = { 0 };
    size_t cosigned = 0;
    uint64_t last = 0;
    enum status st = STATUS_OK;

    for (size_t i = 0; i < p->n_done; i++)
        if (p->done[i].sub.index > last)
            last = p->done[i].sub.index;
    if (!p->o.dry)
        st = cosigners_load(p->session.store, &c);
    if (st == STATUS_OK && c.n > 0)
        (void)cosigners_wait(&p->session, &c, last, (int)p->o.wait_s * 1000, &cosigned);
    for (size_t i = 0; i < p->n_done; i++) {
        const struct done *d = &p->done[i];

        if (p->o.dry)
            print_dry(p, d, &out);
        for (size_t k = 0; !p->o.dry && k < d->statement->n; k++)
            print_record(p, d, &d->statement->records[k], cosigned, c.n, &out);
    }
    cosigners_clear(&c);
    return output_buf(&out);
}

static int finish(struct publish *p, enum status st, size_t unsent)
{
    enum status up = STATUS_OK, saved;
    int code = status_exit_code(st);

    if (unsent > 0)
        say_hint("%zu more file%s not published", unsent,
                 unsent == 1 ? " was" : "s were");
    if (p->n_done == 0)
        return code;
    /* All is answered: others may sign with this key. Who waits for it may be the one who
     * holds the replica. */
    author_close(p->author);
    p->author = NULL;
    if (!p->o.dry)
        up = bring_up(p);
    if (up == STATUS_BAD_PROOF || up == STATUS_REFUSED || up == STATUS_FORK)
        return status_exit_code(up);
    saved = save_receipts(p);
    if (print_done(p) != 0)
        return status_exit_code(STATUS_IO);
    if (code == 0)
        code = status_exit_code(saved);
    return code != 0 ? code : status_exit_code(up);
}

static void publish_clear(struct publish *p)
{
    for (size_t i = 0; i < p->n_done; i++) {
        statement_free(p->done[i].statement);
        buf_clear(&p->done[i].sub.receipt);
    }
    free(p->done);
    author_close(p->author);
    secret_key_free(p->key);
    for (size_t i = 0; i < p->n_co; i++)
        secret_key_free(p->co_keys[i]);
    session_close(&p->session);
}

int cmd_publish(struct args *a)
{
    struct publish p = { .o = { .lang = "en", .before = UINT64_MAX, .wait_s = 2 } };
    const struct option options[] = {
        DIR_OPTION(&p.o.dir),
        { "key", "KEYFILE", "sign with this key instead of the node's",
          .text = &p.o.key },
        { "lang", "LANG", "language of the texts (default en)", .text = &p.o.lang },
        { "before", "N", "not valid at or after entry N", .number = &p.o.before },
        { "with", "ORG", "co-signed by this organization", .list = &p.o.with },
        { "with-key", "KEYFILE", "co-sign with this key, whose organization joins --with",
          .list = &p.o.with_keys },
        { "dry-run", NULL, "ask whether it would be accepted, and publish nothing",
          .flag = &p.o.dry },
        { "yes", NULL, "do not ask before publishing", .flag = &p.o.yes },
        { "wait", "SECONDS", "for cosignatures, at most so long (default 2)",
          .number = &p.o.wait_s },
        { "receipt", "FILE", "save the (last) statement's receipt to FILE",
          .text = &p.o.receipt },
        PASSPHRASE_OPTIONS(&p.o.src),
        JSON_OPTION(&p.o.json),
        { 0 },
    };
    enum status st;
    size_t i;
    int code;

    if (!args_parse(a, options, 1, SIZE_MAX))
        return a->exit_code;
    if (p.o.wait_s > WAIT_MAX_S)
        return args_wrong(a, "--wait: at most %d", WAIT_MAX_S);
    if (passphrase_source_check(&p.o.src) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    st = session_open(p.o.dir, SESSION_LINK, &p.session);
    if (st != STATUS_OK)
        return status_exit_code(st);
    for (i = 0; st == STATUS_OK && i < a->n; i++)
        st = publish_file(&p, a->words[i]);
    code = finish(&p, st, a->n - i);
    publish_clear(&p);
    return code;
}
