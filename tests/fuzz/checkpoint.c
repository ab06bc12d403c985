/* What parses prints to the same bytes, but for extension lines; a checkpoint opens by
 * whoever signed it. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "tlog/checkpoint.h"

static struct verifier_key key_named(struct bytes name, enum key_type type)
{
    static const uint8_t pub[PUBLIC_KEY_LEN] = { 1 };
    struct verifier_key k = { .type = KEY_ED25519 };

    /* Any signature verifies here, so any key will do. */
    if (verifier_key_make(name, type, pub, &k) != STATUS_OK)
        k.name[0] = '\0';
    return k;
}

static void try_note(struct bytes in)
{
    static struct note note;
    struct checkpoint c;
    uint64_t timestamp = UINT64_MAX;

    if (note_parse(in, &note) != STATUS_OK)
        return;
    for (size_t i = 0; i < note.n; i++) {
        struct verifier_key log = key_named(note.sigs[i].name, KEY_ED25519);
        struct verifier_key cosigner = key_named(note.sigs[i].name, KEY_COSIGN);

        log.id = cosigner.id = note.sigs[i].key_id;
        if (checkpoint_open(in, &log, &c) == STATUS_OK)
            require(strcmp(c.origin, log.name) == 0);
        if (cosignature_verify(&note.sigs[i], note.text, &cosigner, &timestamp))
            require(timestamp <= INT64_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = { data, len };
    struct buf again = { 0 };
    struct checkpoint c;

    require(sign_init() == STATUS_OK);
    if (checkpoint_parse(text, &c) == STATUS_OK) {
        checkpoint_print(&c, &again);
        require(bytes_starts(text, buf_bytes(&again)));
    }
    buf_clear(&again);
    try_note(text);
    return 0;
}
