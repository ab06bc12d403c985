/* What came of a file of many: a line for each row, and what all of them come to. */
#include <stdlib.h>
#include <string.h>

#include "face/names.h"
#include "node/form_batch.h"
#include "node/output.h"
#include "node/tell.h"
#include "record/money.h"

bool form_row_refused(const struct row *r)
{
    return r->line == NULL && r->known == NULL;
}

/* --- lines ------------------------------------------------------------------------ */

/* What a line tells of its record: NULL, with *json NULL, where there is none. */
static struct bytes id_of(const struct row *r, json_t **json)
{
    *json = NULL;
    if (r->known != NULL)
        return bytes_of(r->known);
    if (r->line == NULL || json_parse(bytes_of(r->line), json) != STATUS_OK)
        return bytes_of(NULL);
    return tell_subject(*json);
}

static void report_json(const struct row *r, struct bytes id, struct buf *out)
{
    json_t *line = json_pack("{s:s, s:b}", "at", r->where, "ok", !form_row_refused(r));

    if (id.len > 0)
        json_object_set_new(line, "id", json_of(id));
    if (r->reference[0] != '\0')
        json_object_set_new(line, "reference", json_string(r->reference));
    if (r->known != NULL)
        json_object_set_new(line, "unchanged", json_true());
    if (r->line == NULL && r->rule != NULL)
        json_object_set_new(line, "rule", json_string(r->rule));
    if (r->column > 0)
        json_object_set_new(line, "column", json_integer(r->column));
    if (r->line == NULL && r->text != NULL)
        json_object_set_new(line, "text", json_string(r->text));
    if (r->hint != NULL)
        json_object_set_new(line, "hint", json_string(r->hint));
    json_print(line, out);
    buf_u8(out, '\n');
    json_decref(line);
}

static void report_text(const struct batch *b, const struct row *r, struct bytes id,
                        struct buf *out)
{
    buf_printf(out, "%s  ", r->where);
    if (!form_row_refused(r)) {
        buf_printf(out, BYTES_FMT "  %s\n", BYTES_ARG(id),
                   r->known != NULL          ? "unchanged"
                   : r->reference[0] != '\0' ? r->reference
                   : b->run->dry             ? "would be accepted"
                                             : "not sent");
        return;
    }
    buf_text(out, "refused");
    if (r->column > 0)
        buf_printf(out, ", column %u (" BYTES_FMT ")", r->column,
                   BYTES_ARG(b->file.names[r->column - 1]));
    if (r->rule != NULL)
        buf_printf(out, ": %s", r->rule);
    buf_printf(out, ": %s%s%s%s\n", r->text != NULL ? r->text : "",
               r->hint != NULL ? " (" : "", r->hint != NULL ? r->hint : "",
               r->hint != NULL ? ")" : "");
}

int form_report(const struct batch *b)
{
    struct buf out = { 0 };

    for (size_t i = 0; i < b->n; i++) {
        json_t *json;
        struct bytes id = id_of(&b->rows[i], &json);

        if (b->run->delivery.json)
            report_json(&b->rows[i], id, &out);
        else
            report_text(b, &b->rows[i], id, &out);
        json_decref(json);
    }
    return output_buf(&out);
}

/* --- sums ------------------------------------------------------------------------- */

/* {"<kind>":{"n":…,"<currency>":"<minor units>"}}, in the order in which they occur. */
static bool count(json_t *sums, const json_t *record)
{
    const char *is = json_string_value(json_object_get(record, "is"));
    json_t *kind = json_object_get(sums, is), *money = json_object_get(record, "money");
    struct buf digits = { 0 };
    struct money m;
    struct refusal why;
    money_sum sum = 0;
    bool done = true;

    if (kind == NULL && json_object_set_new(sums, is, kind = json_object()) != 0)
        return false;
    json_object_set_new(kind, "n",
                        json_integer(json_integer_value(json_object_get(kind, "n")) + 1));
    if (money == NULL)
        money = json_object_get(record, "budget");
    if (money_parse(money, 0, &m, &why) != STATUS_OK)
        return true; /* it says none */
    (void)money_sum_parse(json_member(kind, m.currency), &sum);
    if (!money_sum_add(&sum, m.minor))
        return true;
    money_sum_print(sum, &digits);
    done = !digits.bad &&
           json_object_set_new(kind, m.currency, json_of(buf_bytes(&digits))) == 0;
    buf_clear(&digits);
    return done;
}

/* "in all 2 pledge.made: USD 700,000.00, EUR 50.00" */
static void print_kind(const char *is, json_t *kind, struct buf *out)
{
    const char *currency, *sep = ": ";
    json_t *minor;

    buf_printf(out, "  in all %lld %s",
               (long long)json_integer_value(json_object_get(kind, "n")), is);
    json_object_foreach(kind, currency, minor)
    {
        money_sum sum;

        if (!json_is_string(minor) ||
            money_sum_parse(json_bytes(minor), &sum) != STATUS_OK)
            continue;
        buf_printf(out, "%s%s ", sep, currency);
        money_print_grouped(sum, currency, out);
        sep = ", ";
    }
    buf_u8(out, '\n');
}

void form_report_sums(const struct bytes *lines, size_t n, struct buf *out)
{
    json_t *sums = json_object(), *record = NULL, *kind;
    const char *is;

    for (size_t i = 0; i < n; i++) {
        if (json_parse(lines[i], &record) != STATUS_OK || !count(sums, record))
            out->bad = true;
        json_decref(record);
        record = NULL;
    }
    json_object_foreach(sums, is, kind) print_kind(is, kind, out);
    json_decref(sums);
}
