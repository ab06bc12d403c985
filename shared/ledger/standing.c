#include "ledger/standing.h"

#include <inttypes.h>

#include "ledger/rows.h"
#include "record/rules_version.h"

static uint64_t entry_of(const json_t *row, const char *member)
{
    const json_t *number = json_object_get(row, member);

    if (number == NULL)
        number = json_object_get(row, "record");
    return RECORD_INDEX((uint64_t)json_integer_value(number));
}

enum status standing_of(const json_t *log, struct standing *out)
{
    const json_t *succeeded = json_object_get(log, "succeeded");

    *out = (struct standing){ 0 };
    if (log == NULL)
        return STATUS_OK;
    out->rules = json_integer_value(json_object_get(log, "rules"));
    out->entry = entry_of(log, "changed");
    if (!rules_known(out->rules)) {
        out->type = STANDING_RULES;
    } else if (!rules_codes_known(out->rules, json_member(log, "codes"))) {
        out->type = STANDING_CODES;
    } else if (succeeded != NULL) {
        out->type = STANDING_SUCCEEDED;
        out->entry = entry_of(succeeded, "record");
        buf_add(&out->origin, json_member(succeeded, "origin"));
        buf_add(&out->url, json_member(succeeded, "url"));
    }
    return out->origin.bad || out->url.bad ? STATUS_NOMEM : STATUS_OK;
}

enum status standing_load(struct store *s, struct standing *out)
{
    json_t *log = NULL;
    enum status st = rows_find(s, STORE_LOG, BYTES_LIT("log"), NULL, &log);

    *out = (struct standing){ 0 };
    if (st == STATUS_OK)
        st = standing_of(log, out);
    json_decref(log);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

void standing_clear(struct standing *s)
{
    buf_clear(&s->origin);
    buf_clear(&s->url);
}

bool standing_needs_upgrade(const struct standing *s)
{
    return s->type == STANDING_RULES || s->type == STANDING_CODES;
}

void standing_print(const struct standing *s, struct buf *out)
{
    switch (s->type) {
    case STANDING_ON:
        break;
    case STANDING_RULES:
        buf_printf(out,
                   "this log went on to rules version %" PRId64 " at entry %" PRIu64
                   ", and this program knows up to version %" PRId64,
                   s->rules, s->entry, rules_newest());
        break;
    case STANDING_CODES:
        buf_printf(out,
                   "this log went on to code lists at entry %" PRIu64
                   " that this program does not have",
                   s->entry);
        break;
    case STANDING_SUCCEEDED:
        buf_printf(out,
                   "this log ended at entry %" PRIu64 ", and goes on as " BYTES_FMT
                   " at " BYTES_FMT,
                   s->entry, BYTES_ARG(buf_bytes(&s->origin)),
                   BYTES_ARG(buf_bytes(&s->url)));
        break;
    }
}
