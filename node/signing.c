#include "node/signing.h"

#include <string.h>

#include "base/say.h"
#include "ledger/rows.h"
#include "node/form.h"
#include "node/pending.h"
#include "node/signer.h"

/* --- who signs -------------------------------------------------------------------- */

static enum status add_with(struct signing *g, struct bytes org)
{
    for (size_t i = 0; i < g->n_with; i++)
        if (bytes_eq(g->with[i], org))
            return STATUS_OK;
    if (g->n_with == STATEMENT_SIGNATURES_MAX - 1) {
        say_error("at most %d organizations co-sign a statement",
                  STATEMENT_SIGNATURES_MAX - 1);
        return STATUS_USAGE;
    }
    g->with[g->n_with++] = org;
    return STATUS_OK;
}

static bool has_keys(struct store *s, struct bytes org)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    bool has;

    rows_org_key(org, &key);
    (void)rows_find(s, STORE_ORGANIZATION, buf_bytes(&key), NULL, &row);
    has = json_array_size(json_object_get(row, "keys")) > 0;
    json_decref(row);
    buf_clear(&key);
    return has;
}

enum status signing_with(struct store *s, const char *org, json_t *named,
                         struct bytes *out)
{
    struct buf near = { 0 };

    *out = bytes_of(org);
    if (!form_org_known(s, *out)) {
        json_t *id = form_propose(s, *out);

        if (id == NULL) {
            say_error("--with: no organization here has the id %s", org);
            form_nearest(s, STORE_ORGANIZATION, *out, &near);
            if (near.len > 0)
                say_hint("did you mean %s?", buf_str(&near));
            buf_clear(&near);
            return STATUS_USAGE;
        }
        *out = json_bytes(id);
        json_array_append_new(named, id);
    }
    if (has_keys(s, *out))
        return STATUS_OK;
    say_error("--with: " BYTES_FMT " has no key, and so cannot co-sign", BYTES_ARG(*out));
    say_hint(
        "a convener registers its key (`avow org register`); or state this without it");
    return STATUS_USAGE;
}

static bool has_co_key(const struct signing *g, struct bytes org)
{
    for (size_t i = 0; i < g->n_co; i++)
        if (bytes_eq_text(org, g->co_who[i].name))
            return true;
    return false;
}

static enum status public_half(const struct config *c, const char *path,
                               struct verifier_key *out)
{
    enum status st = signer_public(c, path, out);

    if (st == STATUS_NOT_FOUND) {
        say_error("no key to sign with");
        say_hint("name its file with --key, or in node.conf with a line \"key FILE\"");
        return STATUS_USAGE;
    }
    if (st == STATUS_OK && out->type != KEY_ED25519) {
        say_error("%s: a cosigner's key, which signs nothing but checkpoints",
                  path != NULL ? path : c->key);
        return STATUS_USAGE;
    }
    return st;
}

/* A second key of the author signs beside it; other organizations stand in `with`. */
static enum status find_co_keys(struct signing *g)
{
    enum status st = STATUS_OK;

    g->named = json_array();
    for (size_t i = 0; st == STATUS_OK && i < g->o->with.n; i++) {
        struct bytes org;

        st = signing_with(g->session->store, g->o->with.items[i], g->named, &org);
        if (st == STATUS_OK)
            st = add_with(g, org);
    }
    for (size_t i = 0; st == STATUS_OK && i < g->o->with_keys.n; i++) {
        struct verifier_key *k = &g->co_who[g->n_co];

        if (g->n_co == STATEMENT_SIGNATURES_MAX - 1) {
            say_error("too many keys to co-sign with");
            return STATUS_USAGE;
        }
        st = public_half(NULL, g->o->with_keys.items[i], k);
        if (st != STATUS_OK)
            break;
        g->n_co++;
        if (strcmp(k->name, g->who.name) != 0)
            st = add_with(g, bytes_of(k->name));
    }
    return st;
}

static enum status check_co_keys(const struct signing *g)
{
    for (size_t i = 0; i < g->n_with; i++) {
        if (has_co_key(g, g->with[i]))
            continue;
        say_error(BYTES_FMT " is to co-sign, and its key is not here",
                  BYTES_ARG(g->with[i]));
        say_hint("make a draft (`avow statement FILE --with " BYTES_FMT
                 "`, or --draft), have it signed with `avow cosign`, then publish it",
                 BYTES_ARG(g->with[i]));
        return STATUS_USAGE;
    }
    return STATUS_OK;
}

enum status signing_begin(struct signing *g, struct session *s,
                          const struct signing_options *o, bool for_draft)
{
    enum status st;

    *g = (struct signing){ .o = o, .session = s };
    st = public_half(&s->config, o->key, &g->who);
    if (st == STATUS_OK)
        st = find_co_keys(g);
    if (st == STATUS_OK && !for_draft)
        st = check_co_keys(g);
    if (st == STATUS_OK)
        st = author_open(s->config.dir, &g->who, &g->author);
    if (st == STATUS_OK)
        st = author_catch_up(g->author, s->store, &g->who);
    return st;
}

enum status signing_unlock(struct signing *g)
{
    enum status st = STATUS_OK;

    if (g->key == NULL)
        st =
            signer_load(&g->session->config, g->o->key, KEY_ED25519, &g->o->src, &g->key);
    for (size_t i = 0; st == STATUS_OK && i < g->n_co; i++)
        if (g->co_keys[i] == NULL)
            st = signer_load(NULL, g->o->with_keys.items[i], KEY_ED25519, &g->o->src,
                             &g->co_keys[i]);
    return st;
}

void signing_end(struct signing *g)
{
    author_close(g->author);
    json_decref(g->named);
    secret_key_free(g->key);
    for (size_t i = 0; i < g->n_co; i++)
        secret_key_free(g->co_keys[i]);
    *g = (struct signing){ 0 };
}

/* --- statements ------------------------------------------------------------------- */

struct draft signing_draft(const struct signing *g, const struct bytes *records, size_t n,
                           int64_t now)
{
    return (struct draft){ .origin = bytes_of(g->session->config.log.name),
                           .lang = g->o->lang,
                           .now = now,
                           .before = g->o->before,
                           .with = g->with,
                           .n_with = g->n_with,
                           .records = records,
                           .n_records = n };
}

void signing_preview(const struct signing *g, const struct draft *d, struct buf *note)
{
    static const uint8_t nothing[SIGNATURE_LEN];
    const struct bytes zeroes = { nothing, sizeof(nothing) };

    author_compose(g->author, &g->who, d, note);
    buf_u8(note, '\n');
    note_signature_print(bytes_of(g->who.name), g->who.id, zeroes, note);
    for (size_t i = 0; i < g->n_co; i++)
        if (strcmp(g->co_who[i].name, g->who.name) == 0)
            note_signature_print(bytes_of(g->who.name), g->co_who[i].id, zeroes, note);
    for (size_t w = 0; w < g->n_with; w++)
        for (size_t i = 0; i < g->n_co; i++)
            if (bytes_eq_text(g->with[w], g->co_who[i].name))
                note_signature_print(g->with[w], g->co_who[i].id, zeroes, note);
}

/* Add the co-signatures whose keys are here. */
static enum status co_sign(struct signing *g, struct buf *note, struct refusal *why)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < g->n_co; i++) {
        struct pending pending;
        struct buf more = { 0 };

        st = pending_open(buf_bytes(note), g->session->config.log.name, &pending, why);
        if (st != STATUS_OK)
            return st;
        pending_sign(&pending, g->co_keys[i], &more);
        pending_clear(&pending);
        buf_clear(note);
        *note = more;
        st = buf_status(note);
    }
    return st;
}

enum status signing_sign(struct signing *g, const struct draft *d, bool trial,
                         struct buf *note, struct refusal *why)
{
    struct author *author = g->author, *unkept = NULL;
    struct draft numbered = *d;
    enum status st = STATUS_OK;

    if (trial) { /* signed as if, and not remembered */
        st = author_open(NULL, &g->who, &unkept);
        numbered.seq = author_next(g->author);
        author = unkept;
    }
    if (st == STATUS_OK)
        st = author_sign(author, g->key, &numbered, note, why);
    if (st == STATUS_OK)
        st = co_sign(g, note, why);
    author_close(unkept);
    return st;
}

size_t signing_fitting(size_t n_with, const struct bytes *lines, size_t n)
{
    /* Version line, header without `with`, and one signature line; then what each
     * co-signer adds to the header and below. */
    size_t used = 420 + ORIGIN_MAX + (1 + n_with) * (2 * ORG_ID_MAX + 110), count = 0;

    while (count < n && count < RECORDS_MAX && used + lines[count].len + 1 <= NOTE_MAX)
        used += lines[count++].len + 1;
    return count > 0 ? count : 1; /* too large: the check says so */
}
