/* The record of a command line, asking for what it lacks where somebody is there to ask.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "node/form_run.h"
#include "node/form_value.h"
#include "node/ids.h"

#define ANSWERS_MAX 64

struct asking {
    struct form_run *run;
    struct form_fill *fill;
    const struct form_option *lacking; /* NULL, and `worth`: how much is it? */
    bool worth;
    char *answers[ANSWERS_MAX];
    size_t n;
};

bool form_on_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* --- what is lacking -------------------------------------------------------------- */

static bool note_lack(void *ctx, const struct form_option *lacking)
{
    struct asking *a = ctx;

    a->lacking = lacking;
    return false;
}

/* Pledges and transactions are of money or of goods, or a pledge's amount is not stated:
 * which no table of fields says. */
bool form_lacks_worth(const struct verb *v, const json_t *record)
{
    return form_member(kind_form(v->kind), "money") != NULL &&
           form_member(kind_form(v->kind), "in_kind") != NULL &&
           json_object_get(record, "money") == NULL &&
           json_object_get(record, "in_kind") == NULL &&
           json_object_get(record, "unstated") == NULL;
}

static bool lacks(struct asking *a, const json_t *record)
{
    a->lacking = NULL;
    form_lacking(a->fill, record, note_lack, a);
    a->worth = a->lacking == NULL && form_lacks_worth(a->run->verb, record);
    return a->lacking != NULL || a->worth;
}

static enum status say_lacking(const struct asking *a)
{
    if (a->lacking == NULL)
        say_error("how much is it? --amount, --in-kind%s is missing",
                  a->run->verb->kind == KIND_PLEDGE_MADE ? " or --unstated" : "");
    else
        say_error("--%s %s is missing: %s", a->lacking->name, a->lacking->value,
                  a->lacking->help);
    say_hint("avow %s --help shows what it takes, and an example", a->run->verb->name);
    return STATUS_USAGE;
}

/* --- answers ---------------------------------------------------------------------- */

/* One line from the terminal; NULL: there are no more. */
static const char *ask(struct asking *a, const char *name, const char *help)
{
    char line[8192];

    fprintf(stderr, "%s (%s): ", name, help);
    fflush(stderr);
    if (a->n == ANSWERS_MAX || fgets(line, sizeof(line), stdin) == NULL) {
        fputc('\n', stderr);
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    a->answers[a->n] = strdup(line);
    return a->answers[a->n] != NULL ? a->answers[a->n++] : NULL;
}

static void say_wrong(const char *error, const char *hint)
{
    say_error("%s", error);
    if (hint != NULL && *hint != '\0')
        say_hint("%s", hint);
}

static bool is_listed(struct asking *a, const char *org)
{
    struct store *s = a->fill->store;
    struct buf near = { 0 };

    if (form_org_known(s, bytes_of(org)))
        return true;
    form_nearest(s, STORE_ORGANIZATION, bytes_of(org), &near);
    say_error("no organization here has the id %s", org);
    if (near.len > 0)
        say_hint("did you mean %s?", buf_str(&near));
    else
        say_hint("`avow list organizations` shows those there are");
    buf_clear(&near);
    return false;
}

/* The id of what is called so, where somebody confirms it; else as it was given. */
static const char *meant(struct asking *a, const char *org)
{
    json_t *id;

    if (form_org_known(a->fill->store, bytes_of(org)) || a->n == ANSWERS_MAX)
        return org;
    id = form_propose(a->fill->store, bytes_of(org));
    if (id != NULL && (a->answers[a->n] = strdup(json_string_value(id))) != NULL)
        org = a->answers[a->n++];
    json_decref(id);
    return org;
}

/* Is it well formed, as the record's check will see it? What is wrong is said. */
static bool is_well(struct asking *a, const struct field *f, const char *answer)
{
    const struct record_context ctx = { .log = bytes_of(a->run->session.config.log.name),
                                        .org = bytes_of(a->fill->org) };
    struct form_value v = { 0 };
    struct refusal why;
    struct check c = { .ctx = &ctx, .why = &why };
    json_t *value = NULL;
    enum status st;

    if ((f->check == field_org ||
         (f->check == field_recipient && strcmp(answer, "anonymous") != 0)) &&
        !is_listed(a, answer))
        return false;
    if (form_value_all(&v, f, bytes_of(answer), &value) != STATUS_OK) {
        say_wrong(v.error, v.hint);
        return false;
    }
    st = field_check(&c, f, value);
    if (st == STATUS_REFUSED)
        say_wrong(why.text, NULL);
    json_decref(value);
    return st == STATUS_OK;
}

static bool ask_option(struct asking *a)
{
    struct form_options *options = a->run->options;
    struct form_option *o = &options->items[a->lacking - options->items];
    const char *answer;

    do {
        answer = ask(a, o->name, o->help);
        if (answer == NULL)
            return false;
        if (field_names_org(o->field) && o->field->check != field_fund)
            answer = meant(a, answer);
    } while (!is_well(a, o->field, answer));
    if (o->field->flags & LIST)
        o->list.items[o->list.n++] = answer;
    else
        o->text = answer;
    return true;
}

static bool ask_worth(struct asking *a)
{
    struct form_option *amount = form_option_of(a->run->options, FORM_AMOUNT);
    const struct form_option *currency = form_option_of(a->run->options, FORM_CURRENCY);
    const char *answer;
    struct form_value v;
    json_t *money = NULL;

    for (;;) {
        v = (struct form_value){ .currency = bytes_of(currency->text) };
        if (v.currency.len == 0)
            v.currency = json_member(a->fill->subject, "currency");
        answer = ask(a, "amount", "such as USD 700000");
        if (answer == NULL)
            return false;
        if (form_value_money(&v, bytes_of(answer), &money) == STATUS_OK)
            break;
        say_wrong(v.error, v.hint);
    }
    json_decref(money);
    amount->text = answer;
    return true;
}

/* --- the record ------------------------------------------------------------------- */

static void say_fault(const struct form_fill *f)
{
    say_error("%s%s%s", f->where, f->where[0] != '\0' ? ": " : "", f->error);
    if (f->hint[0] != '\0')
        say_hint("%s", f->hint);
}

/* An option that cannot be read is wrong usage. */
static enum status say_unreadable(const struct form_fill *f)
{
    if (f->n_faults > 0)
        return STATUS_USAGE; /* each was said */
    say_fault(f);
    return f->where[0] == '-' ? STATUS_USAGE : STATUS_REFUSED;
}

static bool propose(void *ctx, const struct field *f, struct bytes name, json_t **instead)
{
    struct asking *a = ctx;

    (void)f;
    *instead = form_propose(a->fill->store, name);
    return true;
}

/* Of an organization that is not made here. */
static void read_operand(struct asking *a)
{
    enum kind k = a->run->verb->kind;

    if (a->fill->operand != NULL && strcmp(form_operand(a->run->verb), "ORG") == 0 &&
        k != KIND_ORGANIZATION_LISTED && k != KIND_ORGANIZATION_REGISTERED)
        a->fill->operand = meant(a, a->fill->operand);
}

static enum status build(struct asking *a, json_t **record)
{
    struct form_fill *f = a->fill;

    for (;;) {
        enum status st = form_build(f, record);

        if (st != STATUS_OK)
            return st == STATUS_REFUSED ? say_unreadable(f) : st;
        if (!lacks(a, *record)) {
            (void)form_each_unknown_org(f, *record, propose, a);
            return form_faults(a->run, f, *record);
        }
        if (a->run->yes || !form_on_terminal())
            return say_lacking(a);
        if (!(a->worth ? ask_worth(a) : ask_option(a))) {
            say_error("nothing was signed");
            return STATUS_REFUSED;
        }
        json_decref(*record);
        *record = NULL;
        form_fill_clear(f);
        if (f->given)
            ids_undo(f->ids);
        f->given = false;
        f->next_id = f->next_tx = 0;
    }
}

enum status form_ask(struct form_run *r, struct form_fill *f, json_t **record)
{
    struct asking a = { .run = r, .fill = f };
    enum status st;

    f->each_fault = say_fault;
    read_operand(&a);
    st = build(&a, record);

    for (size_t i = 0; i < a.n; i++)
        free(a.answers[i]);
    form_options_reset(r->options); /* they pointed to the answers */
    return st;
}
