#include "record/statement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fault.h"
#include "record/field.h"
#include "record/statement_internal.h"

#define VERSION_LINE "avow/statement/v1"
#define LINES_MAX (2 + RECORDS_MAX)

static void *allocate(size_t n, size_t size)
{
    return fault_here() ? NULL : calloc(n, size);
}

/* Note */

static enum status copy_signature(struct statement *s, const struct note_signature *from,
                                  struct refusal *why)
{
    struct statement_signature *to = &s->sigs[s->n_sigs];

    if (from->sig_len != SIGNATURE_LEN)
        return refuse(why, RULE_NOTE_SIGNATURES, 0,
                      "expected key id and signature, 68 bytes, found another length");
    for (size_t i = 0; i < s->n_sigs; i++)
        if (s->sigs[i].key_id == from->key_id && bytes_eq(s->sigs[i].org, from->name))
            return refuse(why, RULE_NOTE_SIGNATURES, 0,
                          "expected each key once, found %08x of " BYTES_FMT " twice",
                          from->key_id, BYTES_ARG(from->name));
    to->org = from->name;
    to->key_id = from->key_id;
    memcpy(to->sig, from->sig, SIGNATURE_LEN);
    to->verdict = VERDICT_UNCHECKED;
    s->n_sigs++;
    return STATUS_OK;
}

static unsigned first_line_not_utf8(struct bytes note)
{
    struct reader r = reader_of(note);
    unsigned line = 1;

    while (r.len > 0 && utf8_valid(reader_line(&r)) && !r.bad)
        line++;
    return line;
}

/* A blank line, and a line of signature behind it. */
static bool has_signatures(struct bytes note)
{
    static const char dash[] = "\n\n— ";

    return memmem(note.ptr, note.len, dash, sizeof(dash) - 1) != NULL;
}

static enum status open_note(struct statement *s, struct note *note, struct refusal *why)
{
    enum status st = STATUS_OK;

    if (!utf8_valid(s->note))
        return refuse(why, RULE_NOTE_UTF8, first_line_not_utf8(s->note),
                      "expected UTF-8, found bytes that are not");
    if (note_parse(s->note, note) != STATUS_OK)
        return refuse(why, RULE_NOTE_SHAPE, 0,
                      "expected a text, a blank line, and signature lines "
                      "\"— <org> <base64>\", found %s",
                      has_signatures(s->note) ? "another line among the signatures"
                                              : "no such line behind a blank one");
    if (note->n > STATEMENT_SIGNATURES_MAX)
        return refuse(why, RULE_NOTE_SIGNATURES, 0,
                      "expected at most %d signature lines, found %zu",
                      STATEMENT_SIGNATURES_MAX, note->n);
    s->text = note->text;
    for (size_t i = 0; st == STATUS_OK && i < note->n; i++)
        st = copy_signature(s, &note->sigs[i], why);
    return st;
}

/* Lines */

static bool padded(struct bytes line)
{
    uint8_t first, last;

    if (line.len == 0)
        return true;
    first = line.ptr[0];
    last = line.ptr[line.len - 1];
    return first == ' ' || first == '\t' || last == ' ' || last == '\t';
}

static enum status split_lines(struct bytes text, struct bytes lines[LINES_MAX],
                               size_t *n, struct refusal *why)
{
    struct reader r = reader_of(text);

    for (*n = 0; r.len > 0; (*n)++) {
        struct bytes line = reader_line(&r);

        if (*n == 0 && !bytes_eq_text(line, VERSION_LINE))
            return refuse(why, RULE_HEADER_VERSION, 1,
                          "expected " VERSION_LINE ", found \"" BYTES_FMT "\"",
                          BYTES_ARG(field_shown(line)));
        if (*n == LINES_MAX)
            return refuse(why, RULE_NOTE_RECORDS, LINES_MAX + 1,
                          "expected at most %d records, found more", RECORDS_MAX);
        if (line.len > NOTE_LINE_MAX)
            return refuse(why, RULE_LINE_SIZE, (unsigned)*n + 1,
                          "expected at most %d bytes, found %zu", NOTE_LINE_MAX,
                          line.len);
        if (padded(line))
            return refuse(why, RULE_LINE_PADDED, (unsigned)*n + 1,
                          "expected no blank line, and no space around a line, found %s",
                          line.len == 0 ? "a blank line" : "a space");
        lines[*n] = line;
    }
    if (*n < 3)
        return refuse(why, RULE_NOTE_RECORDS, 0,
                      "expected a version line, a header and 1 to %d records, found %zu "
                      "lines",
                      RECORDS_MAX, *n);
    return STATUS_OK;
}

/* Records */

static enum status open_records(struct statement *s, const struct bytes lines[], size_t n,
                                struct refusal *why)
{
    struct record_context ctx = { .log = s->log, .org = s->org };
    enum status st = STATUS_OK;

    s->records = allocate(n, sizeof(*s->records));
    if (s->records == NULL)
        return STATUS_NOMEM;
    for (size_t i = 0; st == STATUS_OK && i < n; i++) {
        struct record *r = &s->records[i];

        ctx.line = (unsigned)i + 3;
        r->line = lines[i];
        r->n = (unsigned)i + 1;
        s->n = i + 1;
        st = json_line_parse(r->line, ctx.line, &r->json, why);
        if (st == STATUS_OK)
            st = kind_check(r->json, &ctx, &r->kind, why);
    }
    return st;
}

/* Statement */

static enum status copy_note(struct statement *s, struct bytes note)
{
    uint8_t *copy = allocate(note.len + 1, 1);

    if (copy == NULL)
        return STATUS_NOMEM;
    if (note.len > 0)
        memcpy(copy, note.ptr, note.len);
    s->note = (struct bytes){ copy, note.len };
    return STATUS_OK;
}

/* What is needed only while the note is taken apart; large. */
struct parts {
    struct note note;
    struct bytes lines[LINES_MAX];
    size_t n_lines;
};

static enum status open_parts(struct statement *s, struct parts *p, const char *origin,
                              struct refusal *why)
{
    enum status st;

    st = open_note(s, &p->note, why);
    if (st == STATUS_OK)
        st = split_lines(s->text, p->lines, &p->n_lines, why);
    if (st == STATUS_OK)
        st = header_open(s, p->lines[1], origin, why);
    if (st == STATUS_OK)
        st = open_records(s, p->lines + 2, p->n_lines - 2, why);
    return st;
}

enum status statement_open(struct bytes note, const char *origin, struct statement **out,
                           struct refusal *why)
{
    struct statement *s = NULL;
    struct parts *parts = NULL;
    enum status st;

    if (note.len == 0)
        return refuse(why, RULE_NOTE_SIZE, 0, "expected at least 1 byte, found none");
    if (note.len > NOTE_MAX)
        return refuse(why, RULE_NOTE_SIZE, 0, "expected at most %d bytes, found %zu",
                      NOTE_MAX, note.len);
    st = STATUS_NOMEM;
    s = allocate(1, sizeof(*s));
    if (s == NULL)
        goto fail;
    parts = fault_here() ? NULL : malloc(sizeof(*parts));
    if (parts == NULL)
        goto fail;
    st = copy_note(s, note);
    if (st != STATUS_OK)
        goto fail;
    st = open_parts(s, parts, origin, why);
    if (st != STATUS_OK)
        goto fail;

    s->id = hash_sha256(s->text);
    s->leaf = hash_leaf(s->note);
    free(parts);
    *out = s;
    return STATUS_OK;
fail:
    free(parts);
    statement_free(s);
    return st;
}

void statement_free(struct statement *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        json_decref(s->records[i].json);
    free(s->records);
    json_decref(s->header);
    free((void *)s->note.ptr);
    free(s);
}

void statement_verify(struct statement *s, key_lookup_fn *lookup, void *ctx)
{
    for (size_t i = 0; i < s->n_sigs; i++) {
        struct statement_signature *sig = &s->sigs[i];
        uint8_t pub[PUBLIC_KEY_LEN];

        if (lookup(ctx, sig->org, sig->key_id, pub))
            sig->verdict =
                signature_verify(pub, s->text, sig->sig) ? VERDICT_GOOD : VERDICT_BAD;
    }
}

void statement_id_print(const struct statement *s, struct buf *out)
{
    hex_encode((struct bytes){ s->id.b, sizeof(s->id.b) }, out);
}

void statement_compose(const struct statement_header *h, const struct bytes records[],
                       size_t n, struct buf *text)
{
    buf_text(text, VERSION_LINE "\n");
    header_print(h, text);
    for (size_t i = 0; i < n; i++) {
        buf_u8(text, '\n');
        buf_add(text, records[i]);
    }
    buf_u8(text, '\n');
}
