#include "record/kind.h"

#include <assert.h>

#include "record/field.h"

static const struct {
    const char *name;
    const struct form *form;
} kinds[KIND_COUNT] = {
#define KIND_ROW(constant, name) [KIND_##constant] = { name, &form_##constant },
    KIND_TABLE(KIND_ROW)
#undef KIND_ROW
};

const char *kind_name(enum kind k)
{
    assert(k < KIND_COUNT);
    return kinds[k].name;
}

const struct form *kind_form(enum kind k)
{
    assert(k < KIND_COUNT);
    return kinds[k].form;
}

bool kind_find(struct bytes name, enum kind *out)
{
    for (enum kind k = 0; k < KIND_COUNT; k++)
        if (bytes_eq_text(name, kinds[k].name)) {
            *out = k;
            return true;
        }
    return false;
}

enum status kind_check(const json_t *record, const struct record_context *ctx,
                       enum kind *kind, struct refusal *why)
{
    struct check c = { .ctx = ctx, .record = record, .why = why };
    const json_t *is = json_object_get(record, "is");
    enum kind found;
    enum status st;

    if (is == NULL)
        return field_refuse_member(&c, RULE_FIELD_MISSING, "is",
                                   "is required, and is not there");
    if (json_is_null(is))
        return field_refuse_member(&c, RULE_JSON_NULL, "is",
                                   "expected a value, found null");
    if (!json_is_string(is))
        return field_refuse_member(&c, RULE_FIELD_TYPE, "is", "expected a string");
    if (!kind_find(json_bytes(is), &found))
        return field_refuse_member(&c, RULE_KIND_UNKNOWN, "is",
                                   "expected a kind of the vocabulary, found \"" BYTES_FMT
                                   "\"",
                                   BYTES_ARG(field_shown(json_bytes(is))));
    st = form_check(&c, kinds[found].form, record);
    if (st == STATUS_OK)
        *kind = found;
    return st;
}
