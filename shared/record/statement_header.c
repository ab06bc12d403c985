#include "record/statement_internal.h"

#include <assert.h>
#include <inttypes.h>

#include "base/clock.h"
#include "base/codec.h"
#include "record/field.h"

#define HEADER_LINE 2

static enum status check_at(struct check *c, const struct field *f, const json_t *value)
{
    int64_t at;

    (void)f;
    if (time_parse(json_bytes(value), &at) == STATUS_OK)
        return STATUS_OK;
    return field_refuse(c, RULE_HEADER_FIELD,
                        "expected a time such as 2026-11-23T10:00:00Z, found \"" BYTES_FMT
                        "\"",
                        BYTES_ARG(field_shown(json_bytes(value))));
}

static enum status check_lang(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    if (json_is_string(value) && lang_valid(json_bytes(value)))
        return STATUS_OK;
    return field_refuse(c, RULE_HEADER_FIELD,
                        "expected a language such as \"en\", found \"" BYTES_FMT "\"",
                        BYTES_ARG(field_shown(json_bytes(value))));
}

static enum status check_log(struct check *c, const struct field *f, const json_t *value)
{
    (void)f;
    if (json_is_string(value) && origin_valid(json_bytes(value)))
        return STATUS_OK;
    return field_refuse(c, RULE_HEADER_FIELD,
                        "expected a log's origin, found \"" BYTES_FMT "\"",
                        BYTES_ARG(field_shown(json_bytes(value))));
}

static const struct field fields[] = {
    FIELD("log", check_log, REQUIRED),    FIELD("org", field_org, REQUIRED),
    FIELD("key", field_key_id, REQUIRED), FIELD("seq", field_integer, REQUIRED),
    FIELD("at", check_at, REQUIRED),      FIELD("lang", check_lang, REQUIRED),
    FIELD("with", field_org, LIST),       FIELD("before", field_index, 0),
};
static const struct form form = { FIELDS_OF(fields) };

/* Whatever is wrong with a field of the header goes by one name, but for what is said of
 * `with`; the sentence tells. */
static enum status check_fields(const json_t *header, struct refusal *why)
{
    struct record_context ctx = { .line = HEADER_LINE };
    struct refusal found;
    struct check c = { .ctx = &ctx, .record = header, .why = &found };
    enum status st = form_check(&c, &form, header);

    if (st != STATUS_REFUSED)
        return st;
    return refuse(why,
                  found.rule == RULE_LIST_TWICE ? RULE_HEADER_WITH : RULE_HEADER_FIELD,
                  HEADER_LINE, "%s", found.text);
}

static uint32_t key_id_of(struct bytes hex)
{
    uint8_t id[4] = { 0 };
    enum status st = hex_decode(hex, id, sizeof(id));

    assert(st == STATUS_OK);
    (void)st;
    return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}

static void read_fields(struct statement *s)
{
    const json_t *before = json_object_get(s->header, "before");
    enum status st = time_parse(json_member(s->header, "at"), &s->at);

    assert(st == STATUS_OK);
    (void)st;
    s->log = json_member(s->header, "log");
    s->org = json_member(s->header, "org");
    s->lang = json_member(s->header, "lang");
    s->key_id = key_id_of(json_member(s->header, "key"));
    s->seq = (uint64_t)json_integer_value(json_object_get(s->header, "seq"));
    s->before = before == NULL ? UINT64_MAX : (uint64_t)json_integer_value(before);
}

static enum status read_with(struct statement *s, struct refusal *why)
{
    const json_t *with = json_object_get(s->header, "with");

    for (size_t i = 0; i < json_array_size(with); i++) {
        struct bytes org = json_bytes(json_array_get(with, i));

        if (bytes_eq(org, s->org))
            return refuse(why, RULE_HEADER_WITH, HEADER_LINE,
                          "with: expected others than the author, found " BYTES_FMT,
                          BYTES_ARG(org));
        if (s->n_with == STATEMENT_SIGNATURES_MAX)
            return refuse(why, RULE_HEADER_WITH, HEADER_LINE, "with: expected at most %d",
                          STATEMENT_SIGNATURES_MAX - 1);
        s->with[s->n_with++] = org;
    }
    return STATUS_OK;
}

/* The author's lines first, then those of each organization in `with`, in that order. */
static enum status match_signatures(const struct statement *s, struct refusal *why)
{
    size_t at = 0;

    if (!bytes_eq(s->sigs[0].org, s->org) || s->sigs[0].key_id != s->key_id)
        return refuse(why, RULE_HEADER_KEY, HEADER_LINE,
                      "expected the first signature by " BYTES_FMT
                      " with key %08x, found " BYTES_FMT " with %08x",
                      BYTES_ARG(s->org), s->key_id,
                      BYTES_ARG(field_shown(s->sigs[0].org)), s->sigs[0].key_id);
    while (at < s->n_sigs && bytes_eq(s->sigs[at].org, s->org))
        at++;
    for (size_t i = 0; i < s->n_with; i++) {
        size_t from = at;

        while (at < s->n_sigs && bytes_eq(s->sigs[at].org, s->with[i]))
            at++;
        if (at == from)
            return refuse(why, RULE_HEADER_WITH, HEADER_LINE,
                          "expected a signature by " BYTES_FMT " in the place that with "
                          "gives it, found none",
                          BYTES_ARG(s->with[i]));
    }
    if (at < s->n_sigs)
        return refuse(why, RULE_HEADER_WITH, HEADER_LINE,
                      "expected no signature but by the author and those in with, in "
                      "order, found one by " BYTES_FMT,
                      BYTES_ARG(field_shown(s->sigs[at].org)));
    return STATUS_OK;
}

enum status header_open(struct statement *s, struct bytes line, const char *origin,
                        struct refusal *why)
{
    enum status st;

    st = json_line_parse(line, HEADER_LINE, &s->header, why);
    if (st != STATUS_OK)
        return st;
    st = check_fields(s->header, why);
    if (st != STATUS_OK)
        return st;
    read_fields(s);
    if (origin != NULL && !bytes_eq_text(s->log, origin))
        return refuse(why, RULE_HEADER_LOG, HEADER_LINE,
                      "expected the log %s, found " BYTES_FMT, origin, BYTES_ARG(s->log));
    st = read_with(s, why);
    if (st != STATUS_OK)
        return st;
    return match_signatures(s, why);
}

static void print_string(const char *name, struct bytes value, struct buf *text)
{
    json_t *string = json_of(value);

    buf_text(text, name);
    json_print(string, text);
    json_decref(string);
}

void header_print(const struct statement_header *h, struct buf *text)
{
    print_string("{\"log\":", h->log, text);
    print_string(",\"org\":", h->org, text);
    buf_printf(text, ",\"key\":\"%08" PRIx32 "\",\"seq\":%" PRIu64 ",\"at\":\"",
               h->key_id, h->seq);
    time_print(h->at, text);
    print_string("\",\"lang\":", h->lang, text);
    for (size_t i = 0; i < h->n_with; i++)
        print_string(i == 0 ? ",\"with\":[" : ",", h->with[i], text);
    if (h->n_with > 0)
        buf_u8(text, ']');
    if (h->before != UINT64_MAX)
        buf_printf(text, ",\"before\":%" PRIu64, h->before);
    buf_u8(text, '}');
}
