#include "base/say.h"
#include "keys/keys.h"
#include "sign/passphrase.h"

static void print_json(const struct keyfile_head *h, struct buf *out)
{
    struct buf key = { 0 };

    verifier_key_print(&h->key, &key);
    buf_text(out, "{\"key\":");
    json_string(buf_bytes(&key), out);
    buf_text(out, ",\"name\":");
    json_string(bytes_of(h->key.name), out);
    buf_printf(out, ",\"type\":%d,\"id\":\"%08x\",\"locked\":%s}\n", (int)h->key.type,
               h->key.id, h->locked ? "true" : "false");
    out->bad |= key.bad;
    buf_clear(&key);
}

static const char *type_text(enum key_type type)
{
    switch (type) {
    case KEY_ED25519:
        return "0x01, signs statements or checkpoints";
    case KEY_COSIGN:
        return "0x04, cosigns checkpoints";
    }
    return "unknown";
}

static void print_table(const struct keyfile_head *h, struct buf *out)
{
    buf_text(out, "key     ");
    verifier_key_print(&h->key, out);
    buf_printf(out, "\nname    %s\ntype    %s\nid      %08x\nlocked  %s\n", h->key.name,
               type_text(h->key.type), h->key.id,
               h->locked ? "yes, by a passphrase" : "no");
}

int cmd_show(struct args *a)
{
    bool json = false, only_key = false;
    const struct option options[] = {
        { "json", NULL, "one line of JSON", .flag = &json },
        { "vkey", NULL, "only the verifier key", .flag = &only_key },
        { 0 },
    };
    struct buf text = { 0 }, out = { 0 };
    struct keyfile_head head;
    enum status st;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    if (json && only_key)
        return args_wrong(a, "either --json or --vkey");
    st = read_text(a->words[0], KEYFILE_MAX, &text);
    if (st == STATUS_OK) {
        st = keyfile_head(buf_bytes(&text), &head);
        if (st != STATUS_OK)
            keyfile_say_malformed(a->words[0], buf_bytes(&text));
    }
    keyfile_text_clear(&text);
    if (st != STATUS_OK)
        return status_exit_code(st);
    if (json) {
        print_json(&head, &out);
    } else if (only_key) {
        verifier_key_print(&head.key, &out);
        buf_text(&out, "\n");
    } else {
        print_table(&head, &out);
    }
    return print_shown(&out);
}
