/* What an amendment sets: some of the fields of a proposal, in their forms; null removes
 * an optional one, and stands nowhere else. */
#include "record/field.h"

static enum status set_member(struct check *c, const struct form *proposal,
                              const char *name, const json_t *value)
{
    const struct field *f = form_member(proposal, name);

    if (f == NULL)
        return field_refuse(c, RULE_FIELD_UNKNOWN,
                            "expected a field of the proposal, found \"" BYTES_FMT "\"",
                            BYTES_ARG(field_shown(bytes_of(name))));
    if (f->flags & ONCE)
        return field_refuse_member(c, RULE_FIELD_UNKNOWN, f->name,
                                   "is stated with the proposal, and not amended");
    if (!json_is_null(value))
        return field_check(c, f, value);
    if (f->flags & REQUIRED)
        return field_refuse_member(c, RULE_FIELD_MISSING, f->name,
                                   "is required, and cannot be removed");
    return STATUS_OK;
}

/* Checks of forms (one of money, unstated, in_kind; splits) are of terms that are whole:
 * the ledger judges what results. */
enum status field_set(struct check *c, const struct field *f, const json_t *value)
{
    json_t *o = (json_t *)value; /* jansson's iterators take no const */
    enum status st = STATUS_OK;

    if (!json_is_object(value))
        return field_refuse_type(c, "an object", o);
    if (json_object_size(value) == 0)
        return field_refuse(c, RULE_FIELD_MISSING,
                            "expected at least one field, found none");
    for (void *it = json_object_iter(o); st == STATUS_OK && it != NULL;
         it = json_object_iter_next(o, it))
        st = set_member(c, f->form, json_object_iter_key(it), json_object_iter_value(it));
    return st;
}
