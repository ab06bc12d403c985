/* Rules refuse a record for the first thing that is wrong with it. Who typed it wants to
 * know of all of them. */
#include <stdlib.h>

#include "base/say.h"
#include "node/form_run.h"

#define FAULTS_MAX 32 /* more are told in the next run */

struct faults {
    struct form_fill *fill;
    struct record_context ctx;
    const json_t *record;
    struct refusal list[FAULTS_MAX];
    size_t n;
};

static struct check check_of(struct faults *faults, const char *in)
{
    struct check c = { .ctx = &faults->ctx,
                       .record = faults->record,
                       .why = &faults->list[faults->n] };

    if (in != NULL) {
        c.path[0].name = in;
        c.depth = 1;
    }
    return c;
}

/* Each member by itself; of what an amendment sets, too. */
static void check_members(struct faults *faults, const struct form *form, const char *in,
                          json_t *object)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        const struct field *f = form_member(form, name);
        struct check c;

        if (f == NULL || json_is_null(value) || faults->n == FAULTS_MAX)
            continue;
        if (f->check == field_set && json_is_object(value)) {
            check_members(faults, f->form, "set", value);
            continue;
        }
        c = check_of(faults, in);
        if (field_check(&c, f, value) == STATUS_REFUSED)
            faults->n++;
    }
}

static bool note_org(void *ctx, const struct field *f, struct bytes name,
                     json_t **instead)
{
    struct faults *faults = ctx;
    json_t *text;
    struct check c;

    (void)instead;
    if (faults->n == FAULTS_MAX)
        return false;
    c = check_of(faults, NULL);
    text = json_of(name);
    if (f->check(&c, f, text) == STATUS_OK)
        (void)refuse(&faults->list[faults->n++], RULE_ORG_UNKNOWN, 0,
                     "%s: expected a listed or registered organization, found " BYTES_FMT,
                     f->name, BYTES_ARG(name));
    json_decref(text);
    return true;
}

enum status form_faults(struct form_run *r, struct form_fill *f, json_t *record)
{
    struct faults *faults = calloc(1, sizeof(*faults));
    enum status st = STATUS_OK;

    if (faults == NULL)
        return STATUS_NOMEM;
    faults->fill = f;
    faults->record = record;
    faults->ctx = (struct record_context){ .log = bytes_of(r->session.config.log.name),
                                           .org = bytes_of(f->org) };
    check_members(faults, kind_form(f->verb->kind), NULL, record);
    (void)form_each_unknown_org(f, record, note_org, faults);
    for (size_t i = 0; faults->n > 1 && i < faults->n; i++) {
        const struct refusal *why = &faults->list[i];

        say_error("%s: refused: %s: %s", f->verb->name, rule_name(why->rule), why->text);
        form_hint_refusal(f->store, why);
        st = STATUS_REFUSED;
    }
    free(faults);
    return st;
}
