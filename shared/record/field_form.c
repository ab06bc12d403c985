/* Objects that several kinds have, and the members common to all records. */
#include "record/field.h"

#include "record/date.h"
#include "record/money.h"

/* Money */

static enum status check_money(struct check *c, const json_t *object)
{
    struct refusal why;
    struct money money;

    if (money_parse(object, c->ctx->line, &money, &why) == STATUS_OK)
        return STATUS_OK;
    return field_refuse(c, why.rule, "%s", why.text);
}

static const struct field money[] = {
    FIELD("amount", field_string, REQUIRED),
    FIELD("currency", field_string, REQUIRED),
};
const struct form form_money = { FIELDS_OF(money), .check = check_money };

static const struct field counts[] = {
    FIELD("amount", field_string, REQUIRED), FIELD("currency", field_string, REQUIRED),
    FIELD("rate", field_quantity, 0),        FIELD("rate_on", field_date, 0),
    FIELD("rate_source", field_title, 0),
};
const struct form form_counts = { FIELDS_OF(counts), .check = check_money };

/* Time */

/* It may end in the year in which it starts: what cannot be is that its last possible day
 * comes before the first possible day of its start. */
static enum status check_period(struct check *c, const json_t *object)
{
    struct bytes start = json_member(object, "start"), end = json_member(object, "end");
    int64_t first, last;

    if (start.len == 0 || end.len == 0 || date_parse(start, &first, NULL) != STATUS_OK ||
        date_parse(end, NULL, &last) != STATUS_OK || first <= last)
        return STATUS_OK;
    return field_refuse(c, RULE_PERIOD_ORDER,
                        "expected an end not before the start, found " BYTES_FMT
                        " to " BYTES_FMT,
                        BYTES_ARG(start), BYTES_ARG(end));
}

static const struct field period[] = {
    FIELD("start", field_date, 0),
    FIELD("end", field_date, 0),
};
const struct form form_period = { FIELDS_OF(period), .check = check_period };

static const struct field budget_line[] = {
    FIELD("id", field_local, REQUIRED),
    FIELD("title", field_title, REQUIRED),
    FIELD("money", field_object, REQUIRED, .form = &form_money),
    FIELD("period", field_object, 0, .form = &form_period),
};
const struct form form_budget_line = { FIELDS_OF(budget_line) };

/* Common to all records */

static enum status check_evidence(struct check *c, const json_t *object)
{
    if (json_object_get(object, "sha256") != NULL ||
        json_object_get(object, "url") != NULL ||
        json_object_get(object, "quote") != NULL)
        return STATUS_OK;
    return field_refuse(
        c, RULE_EVIDENCE_EMPTY,
        "expected at least a sha256, a url or a quote, found none of them");
}

static const struct field evidence[] = {
    FIELD("sha256", field_sha256, 0),
    FIELD("url", field_url, 0),
    FIELD("title", field_title, 0),
    FIELD("locator", field_title, 0),
    FIELD("quote", field_text, 0),
    FIELD("category", field_code, 0, .list = CODE_DOCUMENT),
};
static const struct form form_evidence = { FIELDS_OF(evidence), .check = check_evidence };

static const struct field ref[] = {
    FIELD("scheme", field_label, REQUIRED),
    FIELD("id", field_label, REQUIRED),
};
static const struct form form_ref = { FIELDS_OF(ref) };

static const struct field common[] = {
    FIELD("is", field_string, ONCE), /* kind_check has read it */
    FIELD("evidence", field_object, LIST, .form = &form_evidence),
    FIELD("refs", field_object, LIST, .form = &form_ref),
    FIELD("note", field_text, 0),
};
const struct form form_common = { FIELDS_OF(common) };

static const struct field signed_elsewhere[] = {
    FIELD("on", field_date, REQUIRED),
    FIELD("evidence", field_object, REQUIRED | LIST, .form = &form_evidence),
};
const struct form form_signed_elsewhere = { FIELDS_OF(signed_elsewhere) };
