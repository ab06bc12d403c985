#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "keys/keys.h"
#include "sign/passphrase.h"

/* For whom the key is stated: an organization or a log by its own name, a cosigner
 * ("<org>/<label>") by what stands before the label; ids of organizations may have
 * slashes too. Empty: it cannot be told. */
static struct bytes org_of(const struct verifier_key *k)
{
    const char *slash = strrchr(k->name, '/');

    if (k->type == KEY_ED25519)
        return bytes_of(k->name);
    return slash == NULL
               ? (struct bytes){ NULL, 0 }
               : (struct bytes){ (const uint8_t *)k->name, (size_t)(slash - k->name) };
}

static int print_proof(const struct verifier_key *k, const uint8_t sig[SIGNATURE_LEN],
                       bool json)
{
    struct buf key = { 0 }, out = { 0 };

    verifier_key_print(k, &key);
    if (json) {
        buf_text(&out, "{\"key\":");
        json_string(buf_bytes(&key), &out);
        buf_text(&out, ",\"proof\":\"");
        base64_encode((struct bytes){ sig, SIGNATURE_LEN }, &out);
        buf_text(&out, "\"}\n");
    } else {
        buf_printf(&out, "key    %s\nproof  ", buf_str(&key));
        base64_encode((struct bytes){ sig, SIGNATURE_LEN }, &out);
        buf_text(&out, "\n");
    }
    out.bad |= key.bad;
    buf_clear(&key);
    return print_out(&out);
}

static bool check_name(const struct args *a, const char *option, const char *name,
                       size_t max)
{
    if (key_name_valid(bytes_of(name)) && strlen(name) <= max)
        return true;
    args_wrong(a, "--%s: '%s' cannot be one: too long, or it has a space or a plus",
               option, name);
    return false;
}

int cmd_prove(struct args *a)
{
    struct passphrase_source src = { 0 };
    const char *origin = NULL, *org_option = NULL;
    struct secret_key *k;
    uint8_t sig[SIGNATURE_LEN];
    struct bytes org;
    bool json = false;
    const struct option options[] = {
        { "origin", "ORIGIN", "the log that it is for", .text = &origin,
          .required = true },
        { "org", "ORG",
          "the organization it is stated for (a log's own key: the origin); default: "
          "what the key's name says",
          .text = &org_option },
        { "json", NULL, "one line of JSON, as it stands in a record", .flag = &json },
        PASSPHRASE_OPTIONS(&src),
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (!check_name(a, "origin", origin, ORIGIN_MAX) ||
        (org_option != NULL && !check_name(a, "org", org_option, ORIGIN_MAX)))
        return status_exit_code(STATUS_USAGE);
    st = keyfile_load(a->words[0], &src, &k);
    if (st != STATUS_OK)
        return status_exit_code(st);
    org = org_option != NULL ? bytes_of(org_option) : org_of(secret_key_public(k));
    if (org.len > 0) {
        key_proof_sign(k, bytes_of(origin), org, sig);
        code = print_proof(secret_key_public(k), sig, json);
    } else {
        code = args_wrong(a, "the key's name, %s, tells no organization: give --org",
                          secret_key_public(k)->name);
    }
    secret_key_free(k);
    return code;
}
