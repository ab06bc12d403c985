#include "node/pending.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t nothing[SIGNATURE_LEN];

/* The organizations in `with`, as far as the header can be read; the real check follows.
 */
static enum status read_with(struct bytes text, json_t **header)
{
    struct reader r = reader_of(text);
    struct refusal why;

    reader_line(&r);
    return json_line_parse(reader_line(&r), 2, header, &why);
}

static bool is_by(const struct note_signature *s, struct bytes org)
{
    return bytes_eq(s->name, org);
}

static bool anyone_is(const struct note *n, struct bytes org)
{
    for (size_t i = 0; i < n->n; i++)
        if (is_by(&n->sigs[i], org))
            return true;
    return false;
}

/* Appends the lines that are there by one who may sign; a line of zeroes in place of
 * none. */
static void add_lines(const struct note *n, struct bytes org, struct buf *out)
{
    for (size_t i = 0; i < n->n; i++)
        if (is_by(&n->sigs[i], org))
            buf_add(out, n->sigs[i].line);
    if (!anyone_is(n, org))
        note_signature_print(org, 0, (struct bytes){ nothing, sizeof(nothing) }, out);
}

/* The note as it will be, with placeholders. Lines by others stay: the check tells. */
static void complete(const struct note *n, const json_t *header, struct buf *out)
{
    const json_t *with = json_object_get(header, "with"), *org;
    size_t i;

    buf_add(out, n->text);
    buf_u8(out, '\n');
    for (size_t k = 0; k < n->n; k++) {
        bool placed = false;

        json_array_foreach(with, i, org) placed |= is_by(&n->sigs[k], json_bytes(org));
        if (!placed)
            buf_add(out, n->sigs[k].line);
    }
    json_array_foreach(with, i, org) add_lines(n, json_bytes(org), out);
}

static bool is_nothing(const struct statement_signature *s)
{
    return s->key_id == 0 && memcmp(s->sig, nothing, sizeof(nothing)) == 0;
}

enum status pending_open(struct bytes note, const char *origin, struct pending *out,
                         struct refusal *why)
{
    struct note *n = malloc(sizeof(*n));
    struct buf whole = { 0 };
    json_t *header = NULL;
    enum status st;

    memset(out, 0, sizeof(*out));
    if (n == NULL)
        return STATUS_NOMEM;
    if (note.len <= NOTE_MAX && note_parse(note, n) == STATUS_OK &&
        read_with(n->text, &header) == STATUS_OK)
        complete(n, header, &whole);
    else
        buf_add(&whole, note); /* the check below says what is wrong */
    st = whole.bad ? STATUS_NOMEM
                   : statement_open(buf_bytes(&whole), origin, &out->statement, why);
    for (size_t i = 0; st == STATUS_OK && i < out->statement->n_sigs; i++)
        out->signed_[i] = !is_nothing(&out->statement->sigs[i]);
    json_decref(header);
    buf_clear(&whole);
    free(n);
    return st;
}

void pending_clear(struct pending *p)
{
    statement_free(p->statement);
    memset(p, 0, sizeof(*p));
}

enum status pending_may_sign(const struct pending *p, const struct verifier_key *k)
{
    const struct statement *s = p->statement;
    enum status st = STATUS_NOT_FOUND;

    for (size_t i = 0; i < s->n_sigs; i++) {
        if (!bytes_eq_text(s->sigs[i].org, k->name))
            continue;
        if (p->signed_[i] && s->sigs[i].key_id == k->id)
            return STATUS_EXISTS;
        st = STATUS_OK;
    }
    return st;
}

void pending_sign(const struct pending *p, const struct secret_key *k, struct buf *out)
{
    const struct statement *s = p->statement;
    const char *org = secret_key_public(k)->name;

    buf_add(out, s->text);
    buf_u8(out, '\n');
    for (size_t i = 0; i < s->n_sigs; i++) {
        const struct statement_signature *sig = &s->sigs[i];
        bool last = i + 1 == s->n_sigs || !bytes_eq(s->sigs[i + 1].org, sig->org);

        if (p->signed_[i])
            note_signature_print(sig->org, sig->key_id,
                                 (struct bytes){ sig->sig, SIGNATURE_LEN }, out);
        if (last && bytes_eq_text(sig->org, org))
            note_sign(k, s->text, out);
    }
}

/* A charter states the keys that sign it. */
static bool charter_lookup(const struct statement *s, struct bytes org, uint32_t key_id,
                           uint8_t pub[PUBLIC_KEY_LEN])
{
    for (size_t i = 0; i < s->n; i++) {
        const json_t *keys = json_object_get(s->records[i].json, "keys"), *item;
        size_t k;

        if (s->records[0].kind != KIND_LOG_CHARTERED ||
            s->records[i].kind != KIND_ORGANIZATION_REGISTERED)
            continue;
        json_array_foreach(keys, k, item)
        {
            struct verifier_key key;

            if (verifier_key_parse(json_member(item, "key"), &key) != STATUS_OK ||
                !bytes_eq_text(org, key.name) || key.id != key_id)
                continue;
            memcpy(pub, key.pub, PUBLIC_KEY_LEN);
            return true;
        }
    }
    return false;
}

void pending_verify(struct pending *p, key_lookup_fn *lookup, void *ctx)
{
    struct statement *s = p->statement;

    for (size_t i = 0; i < s->n_sigs; i++) {
        struct statement_signature *sig = &s->sigs[i];
        uint8_t pub[PUBLIC_KEY_LEN];

        if (!p->signed_[i])
            continue;
        if (charter_lookup(s, sig->org, sig->key_id, pub) ||
            (lookup != NULL && lookup(ctx, sig->org, sig->key_id, pub)))
            sig->verdict =
                signature_verify(pub, s->text, sig->sig) ? VERDICT_GOOD : VERDICT_BAD;
    }
}
