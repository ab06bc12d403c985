#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "node/command.h"
#include "node/delivery.h"
#include "node/form_run.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/records.h"
#include "node/signing.h"
#include "node/tell.h"

struct publish {
    const char *dir;
    struct signing_options o;
    struct session session;
    struct signing signing;
    struct delivery delivery;
    bool yes, keep_going, restate;
    const char *file;
};

/* --- records ---------------------------------------------------------------------- */

/* Opened once, when the first records are to be signed. */
static enum status open_key(struct publish *p)
{
    enum status st;

    if (p->signing.author != NULL)
        return STATUS_OK;
    st = signing_begin(&p->signing, &p->session, &p->o, false);
    return st == STATUS_OK ? signing_unlock(&p->signing) : st;
}

static enum status agree(struct publish *p, struct bytes note)
{
    struct pending pending;
    struct refusal why;
    struct buf text = { 0 };
    enum status st;

    if (p->yes || p->delivery.dry || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return STATUS_OK;
    st = pending_open(note, NULL, &pending, &why);
    if (st != STATUS_OK)
        return st;
    st = form_preview(p->session.store, pending.statement, FORM_AUTHOR, &text);
    pending_clear(&pending);
    if (st == STATUS_OK)
        output_shown(buf_bytes(&text));
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
    struct draft d = signing_draft(&p->signing, lines, n, clock_now_s());
    struct refusal why;
    struct buf note = { 0 };
    enum status st = signing_sign(&p->signing, &d, p->delivery.dry, &note, &why);

    if (st == STATUS_REFUSED)
        tell_refused(what, buf_bytes(&note), &why);
    if (st == STATUS_OK)
        st = agree(p, buf_bytes(&note));
    if (st == STATUS_OK)
        st = delivery_send(&p->delivery, what, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

static enum status publish_all_records(struct publish *p, const char *path,
                                       const struct records *r)
{
    size_t at = 0, part = 0;
    bool split = signing_fitting(p->signing.n_with, r->lines, r->n) < r->n;
    enum status st = STATUS_OK;

    p->delivery.several = split;
    p->delivery.batch[0] = '\0';
    if (split)
        say_info(
            "%s: %zu records are more than one statement holds, so several are made; "
            "each is applied whole, but not all of them together",
            path, r->n);
    while (st == STATUS_OK && at < r->n) {
        size_t n = signing_fitting(p->signing.n_with, r->lines + at, r->n - at);
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
    struct author *a = p->signing.author;
    struct verifier_key k = { .id = s->key_id };
    struct buf id = { 0 };
    char held[65];
    uint64_t seq;
    enum status st = author_peek(p->session.config.dir, &k, &seq, held);

    statement_id_print(s, &id);
    if (st == STATUS_OK && !id.bad && strcmp(held, buf_str(&id)) == 0) {
        if (a == NULL || p->signing.who.id != s->key_id)
            st = author_open(p->session.config.dir, &k, &a);
        if (st == STATUS_OK)
            st = author_hold(a, (struct bytes){ 0 });
        if (a != p->signing.author)
            author_close(a);
    }
    buf_clear(&id);
    return st;
}

static enum status publish_file(struct publish *p, const char *path)
{
    const char *what = strcmp(path, "-") == 0 ? "standard input" : path;
    struct delivery *d = &p->delivery;
    struct records r;
    const char *end = strrchr(path, '.');
    enum status st = records_read(path, &r);

    if (st == STATUS_REFUSED && end != NULL && strcmp(end, ".csv") == 0)
        say_hint("a table is published with --file");
    if (st != STATUS_OK)
        return st;
    if (r.statement) {
        st = delivery_send(d, what, buf_bytes(&r.file));
        if (st == STATUS_OK && !d->dry)
            st = let_go(p, d->done[d->n - 1].statement);
    } else {
        st = open_key(p);
        if (st == STATUS_OK)
            st = publish_all_records(p, what, &r);
    }
    records_clear(&r);
    return st;
}

static int publish_files(struct publish *p, char **paths, size_t n)
{
    enum status st = STATUS_OK;
    size_t i;

    for (i = 0; st == STATUS_OK && i < n; i++)
        st = publish_file(p, paths[i]);
    if (i < n)
        say_hint("%zu more file%s not published", n - i, n - i == 1 ? " was" : "s were");
    signing_end(&p->signing);
    return delivery_finish(&p->delivery, st);
}

/* Records and rows of options, each as its kind or verb says. */
static int publish_rows(struct publish *p)
{
    struct form_run r = { .file = p->file,
                          .dry = p->delivery.dry,
                          .yes = p->yes,
                          .keep_going = p->keep_going,
                          .restate = p->restate,
                          .sign = p->o,
                          .session = p->session,
                          .delivery = p->delivery };
    enum status st;
    int code;

    r.delivery.session = &r.session;
    st = signing_begin(&r.signing, &r.session, &r.sign, r.dry);
    code = st == STATUS_OK ? form_batch(&r) : status_exit_code(st);
    signing_end(&r.signing);
    p->session = r.session;
    p->delivery = r.delivery;
    return code;
}

int cmd_publish(struct args *a)
{
    struct publish p = { .o = { .lang = "en", .before = UINT64_MAX }, .delivery = { 0 } };
    struct delivery *d = &p.delivery;
    const struct option options[] = {
        DIR_OPTION(&p.dir),
        SIGNING_OPTIONS(&p.o),
        { "dry-run", NULL, "ask whether it would be accepted, and publish nothing",
          .flag = &d->dry },
        { "file", "FILE",
          "CSV or JSON with a row for each record, named by columns \"is\" or \"verb\" "
          "and options of that verb: reported line by line",
          .text = &p.file },
        { "keep-going", NULL, "of such a file, publish what is not refused",
          .flag = &p.keep_going },
        { "restate", NULL,
          "of such a file, state also what stands already under the same ref",
          .flag = &p.restate },
        { "yes", NULL, "do not ask before publishing", .flag = &p.yes },
        DELIVERY_OPTIONS(d),
        JSON_OPTION(&d->json),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 0, SIZE_MAX))
        return a->exit_code;
    if (p.file == NULL ? a->n == 0 : a->n > 0)
        return args_wrong(a, p.file == NULL ? "which FILE?" : "--file stands alone");
    if (!delivery_wait_parse(d))
        return args_wrong(a, "--wait: seconds, or cosigned[:SECONDS], at most %d",
                          DELIVERY_WAIT_MAX_S);
    if (passphrase_source_check(&p.o.src) != STATUS_OK)
        return status_exit_code(STATUS_USAGE);
    st = session_open(p.dir, SESSION_LINK, &p.session);
    if (st != STATUS_OK)
        return status_exit_code(st);
    d->session = &p.session;
    code = p.file != NULL ? publish_rows(&p) : publish_files(&p, a->words, a->n);
    delivery_clear(d);
    session_close(&p.session);
    return code;
}
