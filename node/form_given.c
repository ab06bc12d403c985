/* What the verbs of governance fill in: organizations, networks, keys. */
#include "node/form_given.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "ledger/rows.h"
#include "node/output.h"
#include "sign/passphrase.h"

enum status form_put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0 ? STATUS_OK : STATUS_NOMEM;
}

enum status form_put_default(json_t *object, const char *name, json_t *value)
{
    if (json_object_get(object, name) == NULL)
        return form_put(object, name, value);
    json_decref(value);
    return STATUS_OK;
}

/* The author itself, where no other is named. */
enum status form_put_own(struct form_fill *f, json_t *record)
{
    return form_put_default(record, "org", json_string(f->org));
}

enum status form_put_operand(struct form_fill *f, json_t *record, const char *field)
{
    return f->operand != NULL ? form_put(record, field, json_string(f->operand))
                              : STATUS_OK;
}

/* --- what the directory says ------------------------------------------------------- */

static json_t *row_of(struct form_fill *f, enum store_table t, const struct buf *key)
{
    json_t *row = NULL;

    if (!key->bad && rows_find(f->store, t, buf_bytes(key), NULL, &row) != STATUS_OK)
        return NULL;
    return row;
}

json_t *form_org_row(struct form_fill *f, const char *org)
{
    struct buf key = { 0 };
    json_t *row;

    rows_org_key(bytes_of(org), &key);
    row = row_of(f, STORE_ORGANIZATION, &key);
    buf_clear(&key);
    return row;
}

json_t *form_network_row(struct form_fill *f, const char *network)
{
    struct buf key = { 0 };
    json_t *row;

    buf_text(&key, network);
    row = row_of(f, STORE_NETWORK, &key);
    buf_clear(&key);
    return row;
}

/* The role of a convener; NULL: it is none. */
const char *form_convener_role(const json_t *network, const char *org)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(network, "conveners"), i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "org")), org) == 0)
            return json_string_value(json_object_get(item, "role"));
    }
    return NULL;
}

/* The one network that the author convenes. */
enum status form_put_network(struct form_fill *f, json_t *record)
{
    json_t *org = form_org_row(f, f->org);
    const json_t *item;
    char one[NETWORK_ID_MAX + 1] = "";
    size_t i, n = 0;

    if (json_object_get(record, "network") != NULL) {
        json_decref(org);
        return STATUS_OK;
    }
    json_array_foreach(json_object_get(org, "networks"), i, item)
    {
        json_t *network = form_network_row(f, json_string_value(item));

        if (form_convener_role(network, f->org) != NULL && n++ == 0)
            snprintf(one, sizeof(one), "%s", json_string_value(item));
        json_decref(network);
    }
    json_decref(org);
    if (n == 1)
        return form_put(record, "network", json_string(one));
    snprintf(f->where, sizeof(f->where), "--network");
    return form_refuse(f, "`avow list networks` shows the networks there are",
                       "%s convenes %s: say which is meant", f->org,
                       n == 0 ? "no network" : "several networks");
}

/* --- keys -------------------------------------------------------------------------- */

/* What `avow-keys prove --json` printed, or a key file, which proves itself here. */
static enum status held_by_file(struct form_fill *f, const char *path, struct bytes text,
                                const char *owner, json_t **out)
{
    static const struct passphrase_source environment_or_terminal;
    struct secret_key *key = NULL;
    struct buf origin = { 0 }, vkey = { 0 }, proof = { 0 };
    uint8_t sig[SIGNATURE_LEN];
    json_t *log = NULL;
    enum status st;

    if (!bytes_starts(text, BYTES_LIT("avow secret key")))
        return json_parse(text, out) == STATUS_OK
                   ? STATUS_OK
                   : form_refuse(f, "`avow-keys prove --json` prints what is wanted here",
                                 "%s holds neither a key nor what proves one", path);
    st = rows_find(f->store, STORE_LOG, BYTES_LIT("log"), NULL, &log);
    if (st == STATUS_OK)
        st = keyfile_load(path, &environment_or_terminal, &key);
    if (st == STATUS_OK) {
        buf_add(&origin, json_member(log, "origin"));
        key_proof_sign(key, buf_bytes(&origin),
                       owner != NULL ? bytes_of(owner) : buf_bytes(&origin), sig);
        verifier_key_print(secret_key_public(key), &vkey);
        base64_encode((struct bytes){ sig, sizeof(sig) }, &proof);
        *out = json_pack("{s:s, s:s}", "key", buf_str(&vkey), "proof", buf_str(&proof));
        st = *out != NULL ? STATUS_OK : STATUS_NOMEM;
    } else {
        st = form_refuse(f, NULL, "%s cannot be opened", path);
    }
    secret_key_free(key);
    json_decref(log);
    buf_clear(&origin);
    buf_clear(&vkey);
    buf_clear(&proof);
    return st;
}

/* key and proof into `to`; `owner` NULL: the log. */
enum status form_put_key(struct form_fill *f, const char *path, const char *owner,
                         json_t *to)
{
    struct buf text = { 0 };
    json_t *held = NULL;
    enum status st;

    snprintf(f->where, sizeof(f->where), "%.60s", path);
    st = input_text(path, KEYFILE_MAX, &text);
    st = st != STATUS_OK ? form_refuse(f, NULL, "it cannot be read")
                         : held_by_file(f, path, buf_bytes(&text), owner, &held);
    keyfile_text_clear(&text);
    if (st == STATUS_OK)
        st = form_put(to, "key", json_incref(json_object_get(held, "key")));
    if (st == STATUS_OK)
        st = form_put(to, "proof", json_incref(json_object_get(held, "proof")));
    json_decref(held);
    if (st == STATUS_OK)
        f->where[0] = '\0';
    return st;
}

/* "key-1a2b3c4d", after its id. */
enum status form_put_label(json_t *record)
{
    struct verifier_key k;
    char label[32];

    if (verifier_key_parse(json_member(record, "key"), &k) != STATUS_OK)
        return STATUS_OK; /* the check says what is wrong with it */
    snprintf(label, sizeof(label), "key-%08x", k.id);
    return form_put_default(record, "label", json_string(label));
}

/* A key by its id, or as it is written somewhere: "<name>+<8 hex>[+<base64>]". */
enum status form_put_key_id(struct form_fill *f, json_t *record)
{
    struct verifier_key k;
    const char *plus = f->operand != NULL ? strrchr(f->operand, '+') : NULL;
    char id[16];

    if (f->operand == NULL)
        return STATUS_OK;
    if (verifier_key_parse(bytes_of(f->operand), &k) == STATUS_OK) {
        snprintf(id, sizeof(id), "%08x", k.id);
        return form_put(record, "key_id", json_string(id));
    }
    return form_put(record, "key_id", json_string(plus != NULL ? plus + 1 : f->operand));
}
