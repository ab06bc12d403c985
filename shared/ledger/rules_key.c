/* key.added, key.revoked, cosigner.added, cosigner.retired, and what stating a key means.
 */

#include "base/codec.h"
#include "ledger/judge.h"

static uint64_t integer(const json_t *row, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(row, name));
}

bool key_active(const json_t *key, uint64_t index)
{
    const json_t *until = json_object_get(key, "until");

    return index >= integer(key, "since") &&
           (until == NULL || index < (uint64_t)json_integer_value(until));
}

static json_t *hex_of(const uint8_t pub[PUBLIC_KEY_LEN])
{
    struct buf hex = { 0 };
    json_t *text;

    hex_encode((struct bytes){ pub, PUBLIC_KEY_LEN }, &hex);
    text = hex.bad ? NULL : json_of(buf_bytes(&hex));
    buf_clear(&hex);
    return text;
}

enum status key_state(struct judge *j, const struct verifier_key *k)
{
    struct row *key = judge_key_row(j, bytes_of(k->name), k->id), *pub;
    json_t *hex = hex_of(k->pub), *value = json_object();

    pub = judge_row(j, STORE_PUBLIC_KEY, json_bytes(hex));
    json_decref(hex);
    if (state_json(pub) != NULL || state_json(key) != NULL) {
        json_decref(value);
        return REFUSE(
            j, RULE_KEY_STATED, "expected a key never stated before, found %s+%08x (%s)",
            k->name, k->id,
            state_json(pub) != NULL ? "its public key was stated" : "its id is taken");
    }
    if (key != NULL)
        state_set(j->state, value, "key", json_of(key->key));
    state_put(j->state, pub, value);
    return STATUS_OK;
}

static json_t *key_json(struct judge *j, const struct verifier_key *k, struct bytes org,
                        const json_t *item, uint64_t since)
{
    struct state *s = j->state;
    json_t *row = json_object();

    state_set(s, row, "org", json_of(org));
    state_share(s, row, "key", item);
    state_set(s, row, "pub", hex_of(k->pub));
    state_set_int(s, row, "type", k->type);
    state_share(s, row, "label", item);
    state_share(s, row, "kinds", item);
    state_share(s, row, "url", item);
    state_set_int(s, row, "since", since);
    state_share(s, row, "until", item);
    state_set_int(s, row, "created", j->number);
    if (k->type == KEY_ED25519) {
        state_set_int(s, row, "seq", 0);
        state_set_int(s, row, "at", 0);
        state_set_int(s, row, "count", 0);
    }
    return row;
}

void key_create(struct judge *j, const struct verifier_key *k, struct bytes org,
                const json_t *item, uint64_t since)
{
    struct row *row = judge_key_row(j, bytes_of(k->name), k->id);
    json_t *owner = state_edit(j->state, judge_org_row(j, org));
    struct buf id = { 0 };

    state_put(j->state, row, key_json(j, k, org, item, since));
    if (k->type == KEY_COSIGN)
        buf_printf(&id, "%s+", k->name);
    buf_printf(&id, "%08x", k->id);
    state_push(j->state,
               state_own(j->state, owner, k->type == KEY_COSIGN ? "cosigners" : "keys"),
               json_of(buf_bytes(&id)));
    buf_clear(&id);
}

static enum status add_key(struct judge *j)
{
    struct verifier_key key;
    enum status st = STATUS_OK;

    if (verifier_key_parse(judge_field(j, "key"), &key) != STATUS_OK)
        return REFUSE(j, RULE_KEY_FORM, "key: expected a verifier key");
    st = key_state(j, &key);
    if (st == STATUS_OK)
        key_create(j, &key, j->st->org, j->record->json, j->index + 1);
    return st;
}

enum status key_added_judge(struct judge *j)
{
    enum status st = judge_demand_itself(j);

    return st == STATUS_OK ? add_key(j) : st;
}

/* Its name begins with its organization's, the author's: record/ has seen to that. */
enum status cosigner_added_judge(struct judge *j)
{
    return add_key(j);
}

/* --- revoking ---------------------------------------------------------------------- */

static struct row *revoked_row(struct judge *j)
{
    uint8_t id[4] = { 0 };

    (void)hex_decode(judge_field(j, "key_id"), id, sizeof(id));
    return judge_key_row(j, judge_field(j, "org"),
                         (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 |
                             (uint32_t)id[2] << 8 | id[3]);
}

enum status key_revoked_subject(struct judge *j)
{
    const json_t *key = state_json(revoked_row(j));

    /* An organization may be called as another's cosigner is. */
    if (key != NULL && bytes_eq(json_member(key, "org"), judge_field(j, "org")))
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "key_id: expected a key of " BYTES_FMT ", found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "org")), BYTES_ARG(judge_field(j, "key_id")));
}

struct row *key_row_at(struct judge *j, const json_t *org, const char *list, size_t i)
{
    struct bytes item = json_bytes(json_array_get(json_object_get(org, list), i));
    struct buf key = { 0 };
    struct row *r = NULL;

    if (*list == 'k') /* keys are known by their id, cosigners by their whole name */
        buf_printf(&key, BYTES_FMT "+", BYTES_ARG(json_member(org, "org")));
    buf_add(&key, item);
    if (key.bad)
        state_fail(j->state, STATUS_NOMEM);
    else
        r = judge_row(j, STORE_KEY, buf_bytes(&key));
    buf_clear(&key);
    return r;
}

/* How many keys of the organization sign the next entry, `but` left out. */
static size_t keys_left(struct judge *j, struct bytes org, const struct row *but)
{
    const json_t *row = judge_org(j, org);
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(json_object_get(row, "keys")); i++) {
        struct row *r = key_row_at(j, row, "keys", i);

        n += r != but && state_json(r) != NULL && key_active(state_json(r), j->index + 1);
    }
    return n;
}

void key_revoke(struct judge *j, struct row *r, const char *reason, const json_t *from)
{
    struct state *s = j->state;
    json_t *row = state_edit(s, r), *revoked = json_object();
    const json_t *until = json_object_get(row, "until");
    uint64_t next = j->index + 1;

    state_set(s, revoked, "reason", json_string(reason));
    state_set_int(s, revoked, "record", j->number);
    state_share(s, revoked, "since", from);
    if (until == NULL || (uint64_t)json_integer_value(until) > next)
        state_set_int(s, row, "until", next);
    state_set(s, row, "revoked", revoked);
}

enum status key_revoked_judge(struct judge *j)
{
    struct row *r = revoked_row(j);
    enum status st = judge_demand_itself(j);

    if (st != STATUS_OK)
        return st;
    if (json_object_get(state_json(r), "revoked") != NULL)
        return REFUSE(j, RULE_LIFE_STATE,
                      "key_id: expected a key that is not revoked, found " BYTES_FMT,
                      BYTES_ARG(judge_field(j, "key_id")));
    if (keys_left(j, j->st->org, r) == 0)
        return REFUSE(j, RULE_KEY_LAST,
                      "expected that another key stays active, " BYTES_FMT
                      " is the last one",
                      BYTES_ARG(judge_field(j, "key_id")));
    key_revoke(j, r, json_string_value(judge_json(j, "reason")), j->record->json);
    return STATUS_OK;
}

/* --- cosigners ---------------------------------------------------------------------- */

/* The author's cosigner of that id, an active one before others. */
static struct row *cosigner_row(struct judge *j)
{
    const json_t *org = judge_org(j, j->st->org);
    struct bytes id = judge_field(j, "key_id");
    struct row *found = NULL;

    for (size_t i = 0; i < json_array_size(json_object_get(org, "cosigners")); i++) {
        struct row *r = key_row_at(j, org, "cosigners", i);

        if (r == NULL || r->key.len < id.len ||
            !bytes_eq(bytes_slice(r->key, r->key.len - id.len, r->key.len), id))
            continue;
        if (found == NULL || !key_active(state_json(found), j->index + 1))
            found = r;
    }
    return found;
}

enum status cosigner_retired_subject(struct judge *j)
{
    if (cosigner_row(j) != NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_SUBJECT_UNKNOWN,
                  "key_id: expected a cosigner of " BYTES_FMT ", found " BYTES_FMT,
                  BYTES_ARG(j->st->org), BYTES_ARG(judge_field(j, "key_id")));
}

enum status cosigner_retired_judge(struct judge *j)
{
    struct row *r = cosigner_row(j);

    if (json_object_get(state_json(r), "revoked") != NULL)
        return REFUSE(j, RULE_LIFE_STATE,
                      "key_id: expected a cosigner that is not retired, found " BYTES_FMT,
                      BYTES_ARG(judge_field(j, "key_id")));
    key_revoke(j, r, "retired", NULL);
    return STATUS_OK;
}

/* docs/vocabulary.md, "The log and its directory":
 *   at most 4 active at the next entry, this statement's changes included */
enum status cosigner_count_judge(struct judge *j)
{
    const json_t *org = judge_org(j, j->st->org);
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(json_object_get(org, "cosigners")); i++) {
        const json_t *key = state_json(key_row_at(j, org, "cosigners", i));

        n += key != NULL && key_active(key, j->index + 1);
    }
    if (n <= ORG_COSIGNERS_MAX)
        return STATUS_OK;
    return REFUSE(j, RULE_COSIGNER_COUNT,
                  "expected at most %d active cosigners of " BYTES_FMT ", found %zu",
                  ORG_COSIGNERS_MAX, BYTES_ARG(j->st->org), n);
}
