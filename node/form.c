/* The way of a verb: options, record, verdict, preview, question, signature, delivery. */
#include "node/form.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "node/command.h"
#include "node/form_run.h"
#include "node/ids.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/pending.h"
#include "node/quorum.h"
#include "node/tell.h"

/* --- lines ------------------------------------------------------------------------ */

enum status form_lines_add(struct form_lines *l, const json_t *record)
{
    json_print(record, &l->text);
    buf_u8(&l->text, '\n');
    l->n++;
    return buf_status(&l->text);
}

enum status form_lines_end(struct form_lines *l)
{
    struct reader r = reader_of(buf_bytes(&l->text));

    l->items = calloc(l->n > 0 ? l->n : 1, sizeof(*l->items));
    if (l->items == NULL || l->text.bad)
        return STATUS_NOMEM;
    for (size_t i = 0; i < l->n; i++)
        l->items[i] = reader_line(&r);
    return STATUS_OK;
}

void form_lines_clear(struct form_lines *l)
{
    buf_clear(&l->text);
    free(l->items);
    *l = (struct form_lines){ 0 };
}

/* --- the verdict ------------------------------------------------------------------ */

/* Who could still sign, and how. */
static void hint_others(struct form_run *r, struct bytes note, const struct refusal *why)
{
    bool own = why->rule == RULE_AUTHOR_SIGNATURES;
    struct buf who = { 0 };
    struct pending p;
    struct refusal bad;

    if (pending_open(note, NULL, &p, &bad) != STATUS_OK)
        return;
    (void)quorum_candidates(r->session.store, p.statement, why, &who);
    pending_clear(&p);
    if (own)
        say_hint("another of your keys must sign it too%s%s: --with-key KEYFILE where it "
                 "is at hand, else --draft FILE, then `avow cosign --key KEYFILE`",
                 who.len > 0 ? ": " : "", buf_str(&who));
    else
        say_hint("others must sign it too%s%s: --with ORG for each, --draft FILE, then "
                 "they sign it with `avow cosign`",
                 who.len > 0 ? ", of " : "", buf_str(&who));
    buf_clear(&who);
}

static enum status say_refused(struct form_run *r, const char *what, struct bytes note,
                               size_t n, const struct form_verdict *v)
{
    const struct refusal *why = &v->why;

    if (form_hints(why) || v->needs_others)
        say_error("%s: refused: %s: %s", what, rule_name(why->rule), why->text);
    else
        tell_refusal(what, (struct bytes){ 0 }, rule_name(why->rule),
                     n > 1 ? why->line : 0, why->text);
    form_hint_refusal(r->session.store, why);
    if (v->needs_others)
        hint_others(r, note, why);
    return STATUS_REFUSED;
}

/* A draft may lack another key of its author; whose organization is not in `with` can
 * never sign it. */
static enum status judge(struct form_run *r, const char *what, struct bytes note,
                         size_t n)
{
    struct form_verdict v;
    enum status st = form_judge(&r->session, outbox_view_ledger(r->view), note, &v);

    if (st != STATUS_OK || v.accepted ||
        (v.why.rule == RULE_AUTHOR_SIGNATURES && r->draft != NULL))
        return st;
    return say_refused(r, what, note, n, &v);
}

/* --- the question ----------------------------------------------------------------- */

static enum status show(struct form_run *r, struct bytes note)
{
    struct buf text = { 0 };
    struct pending p;
    struct refusal why;
    enum status st;

    if (r->yes && !r->verbose)
        return STATUS_OK;
    st = pending_open(note, NULL, &p, &why);
    if (st != STATUS_OK)
        return st;
    st = form_preview(r->session.store, p.statement, FORM_AUTHOR, &text);
    pending_clear(&p);
    if (st == STATUS_OK && r->verbose) {
        size_t end = 0;

        buf_text(&text, "\nThe exact text:\n\n");
        for (size_t i = 1; i < note.len && end == 0; i++)
            if (note.ptr[i] == '\n' && note.ptr[i - 1] == '\n')
                end = i;
        buf_add(&text, bytes_slice(note, 0, end));
    }
    buf_u8(&text, '\n');
    if (st == STATUS_OK)
        st = buf_status(&text);
    if (st == STATUS_OK)
        output_shown(buf_bytes(&text));
    buf_clear(&text);
    return st;
}

static enum status agree(struct form_run *r)
{
    char question[KEY_NAME_MAX + 64];

    if (r->yes)
        return STATUS_OK;
    if (!form_on_terminal()) {
        say_error("nobody is here to agree: nothing was signed");
        say_hint("read the above, then give --yes");
        return STATUS_USAGE;
    }
    snprintf(question, sizeof(question), "%s as %s?",
             r->draft != NULL ? "Sign" : "Sign and publish", r->signing.who.name);
    if (output_ask(question))
        return STATUS_OK;
    say_error("nothing was signed");
    return STATUS_REFUSED;
}

/* --- signing and sending ---------------------------------------------------------- */

/* A draft that is out holds its key (docs/formats.md 2). */
static enum status write_draft(struct form_run *r, struct buf *note)
{
    struct author *author = r->signing.author;
    struct pending p;
    struct refusal why;
    struct buf id = { 0 }, lacking = { 0 };
    enum status st = pending_open(buf_bytes(note), NULL, &p, &why);

    if (st != STATUS_OK)
        return st;
    statement_id_print(p.statement, &id);
    st = quorum_lacking(r->session.store, &p, &lacking);
    pending_clear(&p);
    if (st == STATUS_OK)
        st = id.bad ? STATUS_NOMEM : author_hold(author, buf_bytes(&id));
    if (st == STATUS_OK && output_file(r->draft, note) != 0) {
        (void)author_hold(author, (struct bytes){ 0 });
        st = STATUS_IO;
    }
    if (st == STATUS_OK)
        say_hint("still to sign it (`avow cosign %s`): %s; then `avow publish %s`",
                 r->draft, lacking.len > 0 ? buf_str(&lacking) : "nobody", r->draft);
    if (st == STATUS_OK)
        tell_holds(&r->signing.who);
    buf_clear(&id);
    buf_clear(&lacking);
    return st;
}

static enum status print_dry(struct form_run *r, const struct bytes *lines, size_t n)
{
    struct buf out = { 0 };

    if (!r->delivery.json) {
        printf("%zu record%s would be accepted\n", n, n == 1 ? "" : "s");
        return STATUS_OK;
    }
    buf_printf(&out, "{\"dry_run\":true,\"records\":[");
    for (size_t i = 0; i < n; i++) {
        buf_text(&out, i > 0 ? "," : "");
        buf_add(&out, lines[i]);
    }
    buf_text(&out, "]}\n");
    return output_buf(&out) == 0 ? STATUS_OK : STATUS_IO;
}

static enum status sign_and_send(struct form_run *r, const char *what,
                                 const struct draft *d)
{
    struct refusal why;
    struct buf note = { 0 };
    enum status st = signing_unlock(&r->signing);

    form_end_view(r);
    if (st == STATUS_OK)
        st = signing_sign(&r->signing, d, false, &note, &why);
    if (st == STATUS_REFUSED)
        tell_refused(what, buf_bytes(&note), &why);
    if (st == STATUS_OK)
        st = r->draft != NULL ? write_draft(r, &note)
                              : delivery_send(&r->delivery, what, buf_bytes(&note));
    buf_clear(&note);
    return st;
}

static enum status check_held(struct form_run *r)
{
    const char *held = author_held(r->signing.author);

    if (*held == '\0' || r->dry)
        return STATUS_OK;
    tell_held(&r->signing.who, held);
    return STATUS_EXISTS;
}

enum status form_state(struct form_run *r, const char *what, const struct bytes *lines,
                       size_t n)
{
    struct draft d = signing_draft(&r->signing, lines, n, clock_now_s());
    struct buf note = { 0 };
    enum status st = check_held(r);

    if (st != STATUS_OK)
        return st;
    signing_preview(&r->signing, &d, &note);
    st = buf_status(&note);
    if (st == STATUS_OK)
        st = judge(r, what, buf_bytes(&note), n);
    if (st == STATUS_OK)
        st = show(r, buf_bytes(&note));
    buf_clear(&note);
    if (st == STATUS_OK && r->dry)
        return print_dry(r, lines, n);
    if (st == STATUS_OK)
        st = agree(r);
    return st == STATUS_OK ? sign_and_send(r, what, &d) : st;
}

/* --- one record ------------------------------------------------------------------- */

static enum status add_line(const json_t *record, struct form_lines *lines)
{
    enum status st = form_lines_add(lines, record);

    return st == STATUS_OK ? form_lines_end(lines) : st;
}

enum status form_begin_numbers(struct form_run *r)
{
    r->unsent = json_array();
    if (r->unsent == NULL)
        return STATUS_NOMEM;
    (void)outbox_records(r->session.config.dir, r->unsent);
    return r->dry ? STATUS_OK : ids_new(r->session.config.dir, &r->ids);
}

void form_end_numbers(struct form_run *r, bool used)
{
    ids_end(r->ids, used);
    r->ids = NULL;
    json_decref(r->unsent);
    r->unsent = NULL;
}

void form_end_view(struct form_run *r)
{
    outbox_view_close(r->view);
    r->view = NULL;
}

static enum status state_one(struct form_run *r, const char *operand)
{
    struct form_fill f = { .verb = r->verb,
                           .options = r->options,
                           .store = r->session.store,
                           .org = r->signing.who.name,
                           .unsent = r->unsent,
                           .ids = r->ids,
                           .operand = operand };
    struct form_lines lines = { 0 };
    json_t *record = NULL;
    enum status st = form_ask(r, &f, &record);

    if (st == STATUS_OK)
        st = add_line(record, &lines);
    if (st == STATUS_OK)
        st = form_state(r, r->verb->name, lines.items, lines.n);
    json_decref(record);
    form_lines_clear(&lines);
    form_fill_clear(&f);
    return st;
}

/* --- the command ------------------------------------------------------------------ */

static size_t own_options(struct form_options *o, struct option *table)
{
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++) {
        struct form_option *item = &o->items[i];
        struct option *to = &table[n];
        bool list = item->role == FORM_FIELD ? (item->field->flags & LIST) != 0
                                             : item->role >= FORM_EVIDENCE_URL;

        if (item->role == FORM_OPERAND)
            continue;
        *to = (struct option){ .name = item->name,
                               .value = item->value,
                               .help = item->shown != NULL ? item->shown : item->help };
        if (item->value == NULL)
            to->flag = &item->flag;
        else if (list)
            to->list = &item->list;
        else
            to->text = &item->text;
        n++;
    }
    return n;
}

/* The example, over as many lines as it needs. */
static void add_example(const char *example, struct buf *out)
{
    size_t column = 2;
    char quote = '\0';

    buf_text(out, "for example:\n\n  ");
    for (const char *c = example; *c != '\0'; c++) {
        size_t word = strcspn(c + 1, " ");

        if (quote == '\0' && (*c == '"' || *c == '\''))
            quote = *c;
        else if (quote == *c)
            quote = '\0';
        if (*c == ' ' && quote == '\0' && column + word > 74) {
            buf_text(out, " \\\n      ");
            column = 6;
            continue;
        }
        buf_u8(out, (uint8_t)*c);
        column++;
    }
}

static int run(struct form_run *r, struct args *a)
{
    bool reads_only = r->draft != NULL || r->dry;
    enum status st =
        session_open(r->dir, reads_only ? SESSION_READ : SESSION_LINK, &r->session);
    int code;

    if (st != STATUS_OK)
        return status_exit_code(st);
    r->delivery.session = &r->session;
    r->delivery.standing = true;
    st = signing_begin(&r->signing, &r->session, &r->sign, reads_only);
    if (st != STATUS_OK) {
        code = status_exit_code(st);
    } else if (r->file != NULL) {
        code = form_batch(r);
    } else {
        st = form_begin_numbers(r);
        if (st == STATUS_OK)
            st = outbox_view_open(&r->session, &r->view);
        if (st == STATUS_OK)
            st = state_one(r, a->n > 0 ? a->words[0] : NULL);
        form_end_view(r);
        form_end_numbers(r, st == STATUS_OK);
        if (st == STATUS_NOMEM)
            say_error("%s", status_text(st));
        signing_end(&r->signing);
        code = delivery_finish(&r->delivery, st);
    }
    signing_end(&r->signing);
    delivery_clear(&r->delivery);
    session_close(&r->session);
    return code;
}

static int check(struct form_run *r, const struct args *a)
{
    bool operand = *a->command->args != '\0';

    if (!delivery_wait_parse(&r->delivery))
        return args_wrong(a, "--wait: seconds, or cosigned[:SECONDS], at most %d",
                          DELIVERY_WAIT_MAX_S);
    if (r->file == NULL && operand && a->n == 0)
        return args_wrong(a, "%s is missing", a->command->args);
    if (a->n > 0 && (r->file != NULL || !operand))
        return args_wrong(a, "one argument too many: '%s'", a->words[0]);
    if (r->draft != NULL && (r->file != NULL || r->dry))
        return args_wrong(a, "--draft goes neither with --file nor with --dry-run");
    return passphrase_source_check(&r->sign.src) == STATUS_OK
               ? 0
               : status_exit_code(STATUS_USAGE);
}

static int parse_and_run(struct form_run *r, struct args *a)
{
    struct option table[ARGS_OPTIONS_MAX];
    const struct option general[] = {
        DIR_OPTION(&r->dir),
        SIGNING_OPTIONS(&r->sign),
        { "file", "FILE", "many of them: CSV, JSON, or JSON lines; see the manual",
          .text = &r->file },
        { "keep-going", NULL, "of a file, publish what is not refused",
          .flag = &r->keep_going },
        { "restate", NULL, "of a file, state also what stands already under the same ref",
          .flag = &r->restate },
        { "draft", "FILE",
          "sign it and write it to FILE, to be co-signed and published later",
          .text = &r->draft },
        { "dry-run", NULL, "show it, say whether it would be accepted, sign nothing",
          .flag = &r->dry },
        { "verbose", NULL, "show the exact text, too", .flag = &r->verbose },
        { "yes", NULL, "do not ask before signing", .flag = &r->yes },
        DELIVERY_OPTIONS(&r->delivery),
        JSON_OPTION(&r->delivery.json),
        { 0 },
    };
    size_t n = own_options(r->options, table);
    int code;

    memcpy(table + n, general, sizeof(general));
    if (!args_parse(a, table, 0, 1))
        return a->exit_code;
    code = check(r, a);
    return code == 0 ? run(r, a) : code;
}

int cmd_form(struct args *a)
{
    struct form_run r = { .verb = form_verb((size_t)a->command->variant),
                          .sign = { .lang = "en", .before = UINT64_MAX },
                          .delivery = { 0 } };
    struct command command = *a->command;
    struct buf example = { 0 };
    int code = status_exit_code(STATUS_NOMEM);

    add_example(r.verb->example, &example);
    command.detail = buf_str(&example);
    a->command = &command;
    if (form_options_new(r.verb, &r.options) == STATUS_OK)
        code = parse_and_run(&r, a);
    form_options_free(r.options);
    buf_clear(&example);
    return code;
}
