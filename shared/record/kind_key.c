/* Keys of organizations, and of those who cosign for them. */
#include "record/field.h"

#include "base/codec.h"
#include "sign/key.h"

/* "<org>/<label>" */
static bool cosigner_name_valid(struct bytes name, struct bytes org)
{
    return bytes_starts(name, org) && name.len > org.len && name.ptr[org.len] == '/' &&
           local_id_valid(bytes_slice(name, org.len + 1, name.len));
}

static bool name_fits(const struct verifier_key *key, enum key_use use,
                      struct bytes owner)
{
    struct bytes name = bytes_of(key->name);

    switch (use) {
    case KEY_FOR_ORG:
    case KEY_FOR_LOG:
        return key->type == KEY_ED25519 && bytes_eq(name, owner);
    case KEY_FOR_COSIGNER:
        return key->type == KEY_COSIGN && cosigner_name_valid(name, owner);
    }
    return false;
}

enum status key_check(struct check *c, const json_t *object, enum key_use use,
                      struct bytes owner)
{
    struct bytes text = json_member(object, "key");
    struct bytes proof = json_member(object, "proof");
    uint8_t sig[SIGNATURE_LEN];
    struct verifier_key key;

    if (owner.len == 0) /* that is missing, and told so */
        return STATUS_OK;
    if (verifier_key_parse(text, &key) != STATUS_OK)
        return field_refuse_member(c, RULE_KEY_FORM, "key",
                                   "expected <name>+<8 hex>+<base64>, found \"" BYTES_FMT
                                   "\"",
                                   BYTES_ARG(field_shown(text)));
    if (!name_fits(&key, use, owner))
        return field_refuse_member(
            c, RULE_KEY_FORM, "key",
            "expected a key of type 0x0%d named \"" BYTES_FMT "%s\", found \"" BYTES_FMT
            "\" of type 0x0%d",
            use == KEY_FOR_COSIGNER ? KEY_COSIGN : KEY_ED25519, BYTES_ARG(owner),
            use == KEY_FOR_COSIGNER ? "/<label>" : "",
            BYTES_ARG(field_shown(bytes_of(key.name))), (int)key.type);
    if (base64_decode_exact(proof, sig, sizeof(sig)) != STATUS_OK)
        return field_refuse_member(c, RULE_KEY_PROOF, "proof",
                                   "expected a signature of 64 bytes in base64");
    if (!key_proof_verify(&key, c->ctx->log, owner, sig))
        return field_refuse_member(c, RULE_KEY_PROOF, "proof",
                                   "expected a signature by the key itself over "
                                   "avow/key/v1, this log and its holder");
    return STATUS_OK;
}

static enum status check_added(struct check *c, const json_t *record)
{
    return key_check(c, record, KEY_FOR_ORG, json_member(record, "org"));
}

static const struct field added[] = {
    FIELD("org", field_org, REQUIRED),      FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED), FIELD("label", field_local, REQUIRED),
    FIELD("kinds", field_kinds, LIST),      FIELD("until", field_index, 0),
};
FORM(KEY_ADDED, added, .check = check_added);

static const struct field recovered[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED),
    FIELD("label", field_local, REQUIRED),
};
FORM(KEY_RECOVERED, recovered, .check = check_added);

static const struct field revoked[] = {
    FIELD("org", field_org, REQUIRED),
    FIELD("key_id", field_key_id, REQUIRED),
    FIELD("reason", field_word, REQUIRED,
          WORDS("rotated", "retired", "staff-left", "lost", "compromised")),
    FIELD("since", field_index, 0),
};
FORM(KEY_REVOKED, revoked);

/* It stands in the policy that is served. */
static enum status check_cosigner(struct check *c, const json_t *record)
{
    size_t len = json_member(record, "url").len;

    if (len > COSIGNER_URL_MAX)
        return field_refuse_member(c, RULE_URL_FORM, "url",
                                   "expected at most %d characters, found %zu",
                                   COSIGNER_URL_MAX, len);
    return key_check(c, record, KEY_FOR_COSIGNER, c->ctx->org);
}

static const struct field cosigner_added[] = {
    FIELD("key", field_string, REQUIRED),
    FIELD("proof", field_string, REQUIRED),
    FIELD("url", field_url, 0),
};
FORM(COSIGNER_ADDED, cosigner_added, .check = check_cosigner);

static const struct field cosigner_retired[] = {
    FIELD("key_id", field_key_id, REQUIRED),
};
FORM(COSIGNER_RETIRED, cosigner_retired);
