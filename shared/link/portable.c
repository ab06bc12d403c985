#include "link/portable.h"

#include <stdlib.h>
#include <string.h>

#include "link/proof_json.h"

/* --- printing --------------------------------------------------------------------- */

enum status portable_print(const struct portable *p, struct buf *out)
{
    json_t *list = json_array(), *json;

    for (size_t i = 0; i < p->n; i++) {
        const struct portable_entry *e = &p->entries[i];

        json_array_append_new(list, json_pack("{s:I, s:b, s:o, s:o}", "index",
                                              (json_int_t)e->index, "about", e->about,
                                              "inclusion", proof_json(&e->proof), "note",
                                              json_of(e->note)));
    }
    json = json_pack("{s:s, s:o, s:o, s:o}", "proof", PORTABLE_NAME, "about",
                     json_of(p->about), "checkpoint", json_of(p->checkpoint), "entries",
                     list);
    if (json == NULL || json_array_size(list) != p->n) {
        json_decref(json);
        return STATUS_NOMEM;
    }
    json_print_pretty(json, out);
    buf_u8(out, '\n');
    json_decref(json);
    return buf_status(out);
}

/* --- parsing ---------------------------------------------------------------------- */

static enum status read_entry(const json_t *json, struct portable_entry *out)
{
    const json_t *index = json_object_get(json, "index");

    if (json_object_size(json) != 4 || !json_is_integer(index) ||
        json_integer_value(index) < 0 || !json_is_boolean(json_object_get(json, "about")))
        return STATUS_MALFORMED;
    out->index = (uint64_t)json_integer_value(index);
    out->about = json_is_true(json_object_get(json, "about"));
    out->note = json_member(json, "note");
    if (out->note.len == 0 || out->note.len > NOTE_MAX)
        return STATUS_MALFORMED;
    return proof_json_read(json_object_get(json, "inclusion"), &out->proof);
}

/* Entry 0 is first, and each is behind the one before. */
static enum status read_entries(const json_t *list, struct portable *p)
{
    size_t n = json_array_size(list);
    enum status st = STATUS_OK;

    if (n == 0)
        return STATUS_MALFORMED;
    if (n > PORTABLE_ENTRIES_MAX)
        return STATUS_TOO_LARGE;
    p->entries = calloc(n, sizeof(*p->entries));
    if (p->entries == NULL)
        return STATUS_NOMEM;
    for (; st == STATUS_OK && p->n < n; p->n++) {
        struct portable_entry *e = &p->entries[p->n];

        st = read_entry(json_array_get(list, p->n), e);
        if (p->n == 0 ? e->index != 0 : e->index <= e[-1].index)
            st = STATUS_MALFORMED;
    }
    return st;
}

enum status portable_parse(struct bytes text, struct portable *out)
{
    struct portable p = { 0 };
    enum status st;

    if (text.len > PORTABLE_TEXT_MAX)
        return STATUS_TOO_LARGE;
    st = json_parse(text, &p.json);
    if (st != STATUS_OK)
        return st == STATUS_NOMEM ? st : STATUS_MALFORMED;
    p.about = json_member(p.json, "about");
    p.checkpoint = json_member(p.json, "checkpoint");
    if (!bytes_eq_text(json_member(p.json, "proof"), PORTABLE_NAME) ||
        json_object_size(p.json) != 4 || p.about.len == 0 || p.checkpoint.len == 0 ||
        p.checkpoint.len > CHECKPOINT_MAX)
        st = STATUS_MALFORMED;
    if (st == STATUS_OK)
        st = read_entries(json_object_get(p.json, "entries"), &p);
    if (st == STATUS_OK)
        *out = p;
    else
        portable_clear(&p);
    return st;
}

void portable_clear(struct portable *p)
{
    for (size_t i = 0; i < p->n; i++)
        statement_free(p->entries[i].statement);
    free(p->entries);
    json_decref(p->json);
    *p = (struct portable){ 0 };
}

/* --- verifying -------------------------------------------------------------------- */

static bool is_key(const json_t *object, struct bytes org, uint32_t id,
                   struct verifier_key *out)
{
    return verifier_key_parse(json_member(object, "key"), out) == STATUS_OK &&
           out->type == KEY_ED25519 && out->id == id && bytes_eq_text(org, out->name);
}

/* A statement key by that name, stated by the record. */
static bool states(const struct record *r, struct bytes org, uint32_t id,
                   struct verifier_key *out)
{
    const json_t *item;
    size_t i;

    if (r->kind == KIND_KEY_ADDED || r->kind == KIND_KEY_RECOVERED)
        return is_key(r->json, org, id, out);
    if (r->kind != KIND_ORGANIZATION_REGISTERED)
        return false;
    json_array_foreach(json_object_get(r->json, "keys"), i,
                       item) if (is_key(item, org, id, out)) return true;
    return false;
}

static bool revokes(const struct record *r, struct bytes org, uint32_t id)
{
    char hex[9];

    snprintf(hex, sizeof(hex), "%08x", id);
    return r->kind == KIND_KEY_REVOKED && bytes_eq(json_member(r->json, "org"), org) &&
           bytes_eq_text(json_member(r->json, "key_id"), hex);
}

struct known {
    const struct portable *p;
    size_t n; /* entries whose keys count */
};

static size_t find_key(const struct portable *p, size_t n, struct bytes org, uint32_t id,
                       struct verifier_key *out, bool *revoked)
{
    size_t found = SIZE_MAX;

    *revoked = false;
    for (size_t i = 0; i < n; i++) {
        const struct statement *s = p->entries[i].statement;

        for (size_t k = 0; s != NULL && k < s->n; k++) {
            if (found == SIZE_MAX && states(&s->records[k], org, id, out))
                found = i;
            *revoked = *revoked || revokes(&s->records[k], org, id);
        }
    }
    return found;
}

/* A key_lookup_fn. */
static bool lookup(void *ctx, struct bytes org, uint32_t key_id,
                   uint8_t pub[PUBLIC_KEY_LEN])
{
    const struct known *k = ctx;
    struct verifier_key key;
    bool revoked;

    if (find_key(k->p, k->n, org, key_id, &key, &revoked) == SIZE_MAX || revoked)
        return false;
    memcpy(pub, key.pub, PUBLIC_KEY_LEN);
    return true;
}

size_t portable_key(const struct portable *p, struct bytes org, uint32_t key_id)
{
    struct verifier_key key;
    bool revoked;

    return find_key(p, p->n, org, key_id, &key, &revoked);
}

static enum status verify_signatures(struct portable *p, size_t i)
{
    struct statement *s = p->entries[i].statement;
    struct known known = { p, i > 0 ? i : 1 };

    statement_verify(s, lookup, &known);
    for (size_t k = 0; k < s->n_sigs; k++)
        if (s->sigs[k].verdict != VERDICT_GOOD)
            return STATUS_BAD_SIG;
    return STATUS_OK;
}

enum status portable_verify(struct portable *p, const struct checkpoint *cp, size_t *at)
{
    enum status st = STATUS_OK;

    for (*at = 0; *at < p->n; ++*at) {
        struct portable_entry *e = &p->entries[*at];
        struct hash leaf = hash_leaf(e->note);
        struct refusal why;

        st = e->index < cp->size
                 ? proof_inclusion_verify(&e->proof, e->index, cp->size, &leaf, &cp->root)
                 : STATUS_BAD_PROOF;
        if (st == STATUS_OK)
            st = statement_open(e->note, cp->origin, &e->statement, &why);
        if (st == STATUS_OK)
            st = verify_signatures(p, *at);
        if (st != STATUS_OK)
            return st;
    }
    return STATUS_OK;
}
