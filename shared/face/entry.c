#include "face/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "record/json.h"
#include "sign/note.h"
#include "tlog/hash.h"

/* The text ends where the blank line begins: a statement has no other (docs/formats.md
 * 2). */
static enum status split(struct entry *e)
{
    struct bytes note = buf_bytes(&e->note);
    const uint8_t *blank = memmem(note.ptr, note.len, "\n\n", 2);
    struct bytes header;
    struct reader r;

    if (blank == NULL)
        return STATUS_ALTERED;
    e->text = bytes_slice(note, 0, (size_t)(blank - note.ptr) + 1);
    r = reader_of(e->text);
    reader_line(&r);
    header = reader_line(&r);
    while (r.len > 0 && e->n < RECORDS_MAX)
        e->records[e->n++] = reader_line(&r);
    if (r.bad || r.len > 0 || e->n == 0)
        return STATUS_ALTERED;
    return json_parse(header, &e->header) == STATUS_OK ? STATUS_OK : STATUS_ALTERED;
}

enum status entry_read(struct store *s, uint64_t index, struct entry *e)
{
    struct store_entry row;
    enum status st;

    json_decref(e->header);
    e->header = NULL;
    e->n = 0;
    e->index = index;
    st = store_entry_get(s, index, &row, &e->note);
    if (st == STATUS_OK)
        st = split(e);
    return st;
}

void entry_clear(struct entry *e)
{
    json_decref(e->header);
    buf_clear(&e->note);
    memset(e, 0, sizeof(*e));
}

struct bytes entry_author(const struct entry *e)
{
    return json_member(e->header, "org");
}

struct bytes entry_at(const struct entry *e)
{
    return json_member(e->header, "at");
}

void entry_reference(const struct entry *e, unsigned n, struct buf *out)
{
    struct hash id = hash_sha256(e->text);

    buf_printf(out, "%llu/%u/", (unsigned long long)e->index, n);
    hex_encode((struct bytes){ id.b, HASH_LEN }, out);
}

enum status entry_record(const struct entry *e, unsigned n, json_t **out)
{
    if (n == 0 || n > e->n)
        return STATUS_NOT_FOUND;
    return json_parse(e->records[n - 1], out) == STATUS_OK ? STATUS_OK : STATUS_ALTERED;
}

enum status entry_signers(const struct entry *e, struct bytes org, json_t **out)
{
    struct note *note = malloc(sizeof(*note));
    json_t *list = json_array();
    enum status st = note != NULL && list != NULL ? STATUS_OK : STATUS_NOMEM;

    if (st == STATUS_OK && note_parse(buf_bytes(&e->note), note) != STATUS_OK)
        st = STATUS_ALTERED;
    for (size_t i = 0; st == STATUS_OK && i < note->n; i++) {
        const struct note_signature *sig = &note->sigs[i];
        char id[9];

        if (org.len > 0 && !bytes_eq(org, sig->name))
            continue;
        snprintf(id, sizeof(id), "%08x", (unsigned)sig->key_id);
        if (json_array_append_new(
                list, json_pack("{s:o, s:s}", "org", json_of(sig->name), "key", id)) != 0)
            st = STATUS_NOMEM;
    }
    free(note);
    if (st != STATUS_OK) {
        json_decref(list);
        return st;
    }
    *out = list;
    return STATUS_OK;
}
