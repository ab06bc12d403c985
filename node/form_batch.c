/* Many at once: each row of a file is made into a record and judged, as if those before
 * it had been published; only then are they packed into few statements, signed and sent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "ledger/ledger.h"
#include "node/form_batch.h"
#include "node/ids.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/tell.h"

/* So many are shown before it is asked; --verbose shows all. */
#define SHOWN_MAX 20

/* --- rows ------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    return text != NULL && *text != '\0' ? strdup(text) : NULL;
}

static enum status add_row(struct batch *b, struct row **out)
{
    struct row *more = b->rows;

    if ((b->n & (b->n - 1)) == 0) /* room doubles at powers of two */
        more = reallocarray(b->rows, b->n > 0 ? b->n * 2 : 1, sizeof(*more));
    if (more == NULL)
        return STATUS_NOMEM;
    b->rows = more;
    *out = &b->rows[b->n++];
    memset(*out, 0, sizeof(**out));
    snprintf((*out)->where, sizeof((*out)->where), "%s", b->file.where);
    return STATUS_OK;
}

static void refuse_row(struct batch *b, struct row *r, const char *rule, const char *text,
                       const char *hint)
{
    r->rule = copy(rule);
    r->text = copy(text);
    r->hint = copy(hint);
    b->refused++;
}

/* Which verb a row is of: that of the command, else as its cell says. */
static const struct verb *verb_of(const struct batch *b)
{
    const char *is = form_file_text(&b->file, "is"), *named;
    const struct verb *v = b->run->verb;

    if (v != NULL)
        return v;
    named = form_file_text(&b->file, "verb");
    for (size_t i = 0; (v = form_verb(i)) != NULL; i++)
        if ((is != NULL && strcmp(kind_name(v->kind), is) == 0) ||
            (named != NULL && strcmp(v->name, named) == 0))
            return v;
    return NULL;
}

static enum status options_of(struct batch *b, const struct verb *v,
                              struct form_options **out)
{
    for (size_t i = 0; i < b->n_options; i++)
        if (b->options[i]->verb == v) {
            *out = b->options[i];
            form_options_reset(*out);
            return STATUS_OK;
        }
    if (b->n_options == sizeof(b->options) / sizeof(b->options[0]))
        return STATUS_TOO_LARGE;
    if (form_options_new(v, out) != STATUS_OK)
        return STATUS_NOMEM;
    b->options[b->n_options++] = *out;
    return STATUS_OK;
}

/* --- judging ---------------------------------------------------------------------- */

/* The column that a refusal is about: it begins with the field's path. */
static unsigned column_of(const struct batch *b, struct form_options *o, const char *text)
{
    size_t len = strcspn(text, ":.[");
    const struct form_option *option =
        form_option_find(o, (struct bytes){ (const uint8_t *)text, len });

    for (size_t i = 0; option != NULL && i < b->file.n; i++)
        if (form_option_find(o, b->file.cells[i].name) == option)
            return b->file.cells[i].column;
    return 0;
}

static enum status judge(struct batch *b, struct bytes line, struct form_verdict *out)
{
    struct form_run *r = b->run;
    struct draft d = signing_draft(&r->signing, &line, 1, b->now);
    struct buf note = { 0 };
    enum status st;

    d.seq = author_next(r->signing.author) + b->judged++;
    signing_preview(&r->signing, &d, &note);
    st = buf_status(&note);
    if (st == STATUS_OK)
        st = form_judge_next(&r->session, b->ledger, buf_bytes(&note), out);
    buf_clear(&note);
    return st;
}

static enum status judge_row(struct batch *b, struct row *row, struct form_options *o,
                             const json_t *record)
{
    struct buf line = { 0 }, hint = { 0 };
    struct form_verdict v;
    enum status st;

    json_print(record, &line);
    st = buf_status(&line);
    if (st == STATUS_OK)
        st = judge(b, buf_bytes(&line), &v);
    if (st == STATUS_OK && v.accepted) {
        row->line = strdup(buf_str(&line));
        st = row->line != NULL ? STATUS_OK : STATUS_NOMEM;
    } else if (st == STATUS_OK) {
        form_hint(b->run->session.store, &v.why, &hint);
        refuse_row(b, row, rule_name(v.why.rule), v.why.text, buf_str(&hint));
        row->column = column_of(b, o, v.why.text);
    }
    buf_clear(&hint);
    buf_clear(&line);
    return st;
}

static enum status judge_known(struct batch *b, struct row *row, struct form_options *o,
                               const json_t *record)
{
    enum form_known_as as = FORM_NEW;
    struct buf ref = { 0 }, id = { 0 };
    char text[400], hint[400];
    enum status st = STATUS_OK;

    if (b->known != NULL)
        st = form_known_find(b->known, record, &as, &ref, &id);
    if (st == STATUS_OK && as == FORM_UNCHANGED) {
        row->known = strdup(buf_str(&id));
        st = row->known != NULL ? STATUS_OK : STATUS_NOMEM;
    } else if (st == STATUS_OK && as == FORM_CHANGED) {
        const char *is = kind_name(o->verb->kind);

        snprintf(text, sizeof(text), "%.150s stands already, with %s, in other terms",
                 buf_str(&ref), buf_str(&id));
        if (json_object_get(record, "tx") != NULL)
            snprintf(hint, sizeof(hint),
                     "`avow record void` takes it back, as `avow show %s` names it; "
                     "--restate states this besides",
                     buf_str(&id));
        else
            snprintf(hint, sizeof(hint),
                     "`avow %.*s amend %s` changes it; --restate states this besides",
                     (int)strcspn(is, "."), is, buf_str(&id));
        refuse_row(b, row, NULL, text, hint);
        row->column = column_of(b, o, "refs");
    } else if (st == STATUS_OK) {
        st = judge_row(b, row, o, record);
        if (st == STATUS_OK && row->line != NULL && b->known != NULL)
            st = form_known_add(b->known, record);
    }
    buf_clear(&ref);
    buf_clear(&id);
    return st;
}

static bool note_lack(void *ctx, const struct form_option *lacking)
{
    const struct form_option **first = ctx;

    *first = lacking;
    return false;
}

static enum status judge_built(struct batch *b, struct row *row, struct form_fill *f,
                               const json_t *record)
{
    const struct form_option *lacking = NULL;
    char text[128];

    form_lacking(f, record, note_lack, &lacking);
    if (lacking == NULL)
        return judge_known(b, row, f->options, record);
    snprintf(text, sizeof(text), "%s is missing", lacking->name);
    refuse_row(b, row, rule_name(RULE_FIELD_MISSING), text, NULL);
    return STATUS_OK;
}

static enum status build_row(struct batch *b, struct row *row, struct form_options *o)
{
    struct form_fill f = { .verb = o->verb,
                           .options = o,
                           .store = b->run->session.store,
                           .org = b->run->signing.who.name,
                           .unsent = b->run->unsent,
                           .decimal_comma = b->file.table && b->file.csv.separator != ',',
                           .ids = b->run->ids,
                           .next_id = b->next_id,
                           .next_tx = b->next_tx };
    json_t *record = NULL;
    enum status st = form_build(&f, &record);

    if (st == STATUS_REFUSED) {
        refuse_row(b, row, NULL, f.error, f.hint);
        row->column = column_of(b, o, f.where[0] == '-' ? f.where + 2 : "");
        st = STATUS_OK;
    } else if (st == STATUS_OK) {
        st = judge_built(b, row, &f, record);
    }
    if (row->line != NULL) { /* else the numbers are free */
        b->next_id = f.next_id;
        b->next_tx = f.next_tx;
    } else if (f.given) {
        ids_undo(f.ids);
    }
    json_decref(record);
    form_fill_clear(&f);
    return st;
}

static enum status take_row(struct batch *b)
{
    const struct verb *v = verb_of(b);
    struct form_options *o = NULL;
    struct row *row;
    enum status st = add_row(b, &row);

    if (st != STATUS_OK)
        return st;
    if (v == NULL) {
        refuse_row(b, row, NULL,
                   "what does it state? \"is\" names a kind, \"verb\" a command such as "
                   "pledge make",
                   NULL);
        return STATUS_OK;
    }
    st = options_of(b, v, &o);
    if (st == STATUS_OK)
        st = form_file_give(&b->file, o, &row->column);
    if (st == STATUS_REFUSED) {
        refuse_row(b, row, NULL, b->file.error, NULL);
        return STATUS_OK;
    }
    row->column = 0;
    return st == STATUS_OK ? build_row(b, row, o) : st;
}

static enum status take_rows(struct batch *b)
{
    enum status st = STATUS_OK;
    struct row *row;

    while (st == STATUS_OK && !b->file.broken) {
        st = form_file_next(&b->file);
        if (st == STATUS_OK)
            st = take_row(b);
        else if (st == STATUS_MALFORMED && (st = add_row(b, &row)) == STATUS_OK)
            refuse_row(b, row, NULL, b->file.error, NULL);
        if (b->n % 64 == 0)
            say_progress("records judged", b->n, 0);
    }
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

/* One snapshot and one ledger for all, so that later rows see earlier ones. */
static enum status judge_all(struct batch *b)
{
    struct form_run *r = b->run;
    struct store *s = r->session.store;
    struct ledger *own = NULL;
    enum status st = outbox_view_open(&r->session, &r->view);

    if (st == STATUS_OK)
        st = store_snapshot(s);
    if (st != STATUS_OK)
        return st;
    b->ledger = outbox_view_ledger(r->view);
    if (b->ledger == NULL)
        st = ledger_open(s, &own);
    if (st == STATUS_OK && !r->restate)
        st = form_known_new(s, r->signing.who.name, r->unsent, &b->known);
    if (own != NULL)
        b->ledger = own;
    if (st == STATUS_OK && r->ids != NULL)
        st = ids_hold(r->ids);
    if (st == STATUS_OK)
        st = take_rows(b);
    form_known_free(b->known);
    b->known = NULL;
    if (r->ids != NULL && ids_let_go(r->ids) != STATUS_OK && st == STATUS_OK)
        st = STATUS_IO;
    b->ledger = NULL;
    ledger_close(own);
    store_release(s);
    form_end_view(r);
    return st;
}

/* --- asking ----------------------------------------------------------------------- */

static enum status show_sums(const struct bytes *lines, size_t n)
{
    struct buf text = { 0 };
    enum status st;

    form_report_sums(lines, n, &text);
    st = buf_status(&text);
    if (st == STATUS_OK)
        output_shown(buf_bytes(&text));
    buf_clear(&text);
    return st;
}

static enum status show(struct batch *b, const struct bytes *lines, size_t n)
{
    struct form_run *r = b->run;
    size_t shown = r->verbose || n < SHOWN_MAX ? n : SHOWN_MAX, at = 0;
    struct buf text = { 0 };
    enum status st = STATUS_OK;

    while (st == STATUS_OK && at < shown) {
        size_t part = signing_fitting(r->signing.n_with, lines + at, shown - at);
        struct draft d = signing_draft(&r->signing, lines + at, part, b->now);
        struct pending p;
        struct refusal why;
        struct buf note = { 0 };

        signing_preview(&r->signing, &d, &note);
        st = pending_open(buf_bytes(&note), NULL, &p, &why);
        if (st == STATUS_OK) {
            st = tell_records(r->session.store, p.statement, "  ", &text);
            pending_clear(&p);
        }
        buf_clear(&note);
        at += part;
    }
    if (st == STATUS_OK)
        output_shown(buf_bytes(&text));
    if (st == STATUS_OK && shown < n)
        fprintf(stderr, "  … and %zu more; --verbose shows all\n", n - shown);
    buf_clear(&text);
    if (st == STATUS_OK)
        st = show_sums(lines, n);
    return st;
}

static enum status agree(struct batch *b, const struct bytes *lines, size_t n)
{
    struct form_run *r = b->run;
    char question[KEY_NAME_MAX + 96];
    enum status st;

    if (r->dry && !r->delivery.json)
        return show_sums(lines, n);
    if (r->yes || r->dry)
        return STATUS_OK;
    st = show(b, lines, n);
    if (st != STATUS_OK)
        return st;
    if (!form_on_terminal()) {
        say_error("nobody is here to agree: nothing was signed");
        say_hint("read the above, then give --yes");
        return STATUS_USAGE;
    }
    snprintf(question, sizeof(question), "Sign and publish these %zu record%s as %s?", n,
             n == 1 ? "" : "s", r->signing.who.name);
    if (output_ask(question))
        return STATUS_OK;
    say_error("nothing was signed");
    b->declined = true;
    return STATUS_REFUSED;
}

/* --- sending ---------------------------------------------------------------------- */

static enum status send_part(struct batch *b, const struct bytes *lines, size_t n,
                             size_t part)
{
    struct form_run *r = b->run;
    struct draft d = signing_draft(&r->signing, lines, n, clock_now_s());
    struct refusal why;
    struct buf note = { 0 };
    char what[512];
    enum status st = signing_sign(&r->signing, &d, false, &note, &why);

    snprintf(what, sizeof(what), "%.400s, statement %zu", b->file.path, part);
    if (st == STATUS_REFUSED)
        tell_refused(what, buf_bytes(&note), &why);
    if (st == STATUS_OK)
        st = delivery_send(&r->delivery, what, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

static enum status send_all(struct batch *b, const struct bytes *lines, size_t n)
{
    enum status st = signing_unlock(&b->run->signing);
    size_t part = 0;

    b->run->delivery.several = signing_fitting(b->run->signing.n_with, lines, n) < n;
    for (size_t at = 0; st == STATUS_OK && at < n;) {
        size_t fits = signing_fitting(b->run->signing.n_with, lines + at, n - at);

        st = send_part(b, lines + at, fits, ++part);
        at += fits;
        if (n > RECORDS_MAX)
            say_progress("records published", at, n);
    }
    return st;
}

/* Rows that were not refused are in the statements in their order. */
static void note_references(struct batch *b)
{
    const struct delivery *d = &b->run->delivery;
    size_t row = 0;

    if (d->denied)
        return;
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->done[i].statement->n; k++, row++) {
            struct buf ref = { 0 };

            while (row < b->n && b->rows[row].line == NULL)
                row++;
            delivery_reference(&d->done[i], (unsigned)k + 1, &ref);
            if (row < b->n)
                snprintf(b->rows[row].reference, sizeof(b->rows[row].reference), "%s",
                         buf_str(&ref));
            buf_clear(&ref);
        }
}

/* --- all of it -------------------------------------------------------------------- */

static enum status publish(struct batch *b)
{
    size_t n = 0;
    struct bytes *lines = calloc(b->n > 0 ? b->n : 1, sizeof(*lines));
    enum status st = lines != NULL ? STATUS_OK : STATUS_NOMEM;

    for (size_t i = 0; st == STATUS_OK && i < b->n; i++)
        if (b->rows[i].line != NULL)
            lines[n++] = bytes_of(b->rows[i].line);
    if (st == STATUS_OK && n > 0)
        st = agree(b, lines, n);
    if (st == STATUS_OK && n > 0 && !b->run->dry)
        st = send_all(b, lines, n);
    free(lines);
    return st;
}

static int finish(struct batch *b, enum status st)
{
    int code, told;

    signing_end(&b->run->signing);
    code = delivery_settle(&b->run->delivery, st);
    note_references(b);
    told = b->declined ? 0 : form_report(b);
    if (b->refused > 0 && !b->run->keep_going && !b->run->dry && b->refused < b->n)
        say_hint("nothing was sent; --keep-going publishes what is not refused");
    if (code == 0)
        code = told;
    return code == 0 && b->refused > 0 ? status_exit_code(STATUS_REFUSED) : code;
}

static void clear(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free(b->rows[i].line);
        free(b->rows[i].known);
        free(b->rows[i].rule);
        free(b->rows[i].text);
        free(b->rows[i].hint);
    }
    free(b->rows);
    for (size_t i = 0; i < b->n_options; i++)
        form_options_free(b->options[i]);
    form_file_close(&b->file);
    free(b);
}

int form_batch(struct form_run *r)
{
    struct batch *b = calloc(1, sizeof(*b));
    enum status st;
    int code;

    if (b == NULL)
        return status_exit_code(STATUS_NOMEM);
    b->run = r;
    b->now = clock_now_s();
    st = form_begin_numbers(r);
    if (st == STATUS_OK)
        st = form_file_open(r->file, &b->file);
    if (st == STATUS_OK)
        st = judge_all(b);
    if (st == STATUS_OK && b->n == 0) {
        say_error("%s: holds no record", b->file.path);
        st = STATUS_REFUSED;
    }
    if (st == STATUS_OK && (b->refused == 0 || r->keep_going))
        st = publish(b);
    code = st == STATUS_OK || b->n > 0 ? finish(b, st) : status_exit_code(st);
    form_end_numbers(r, r->delivery.n > 0);
    clear(b);
    return code;
}
