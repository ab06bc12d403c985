/* What parses as a portable proof prints to one that parses alike; and whatever its notes
 * are, checking it ends. The checkpoint is believed. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "link/portable.h"

static void require_alike(const struct portable *p)
{
    struct buf text = { 0 };
    struct portable again;

    require(portable_print(p, &text) == STATUS_OK);
    require(portable_parse(buf_bytes(&text), &again) == STATUS_OK);
    require(again.n == p->n && bytes_eq(again.about, p->about));
    require(bytes_eq(again.checkpoint, p->checkpoint));
    for (size_t i = 0; i < p->n; i++) {
        require(again.entries[i].index == p->entries[i].index);
        require(again.entries[i].about == p->entries[i].about);
        require(again.entries[i].proof.n == p->entries[i].proof.n);
        require(bytes_eq(again.entries[i].note, p->entries[i].note));
    }
    portable_clear(&again);
    buf_clear(&text);
}

static void check(struct portable *p)
{
    struct note *note = malloc(sizeof(*note));
    struct checkpoint cp;
    size_t at;

    if (note != NULL && note_parse(p->checkpoint, note) == STATUS_OK &&
        checkpoint_parse(note->text, &cp) == STATUS_OK &&
        portable_verify(p, &cp, &at) == STATUS_OK)
        for (size_t i = 0; i < p->n; i++)
            require(p->entries[i].index < cp.size && p->entries[i].statement != NULL);
    free(note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct portable p;

    require(sign_init() == STATUS_OK);
    if (portable_parse((struct bytes){ data, len }, &p) != STATUS_OK)
        return 0;
    require_alike(&p);
    check(&p);
    portable_clear(&p);
    return 0;
}
