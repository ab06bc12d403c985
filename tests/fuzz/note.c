/* tests/fuzz/note.c: a note is its text, an empty line and its lines, and each line that
 * has a signature of a length we know prints to the same bytes. */
#include "fuzz/fuzz.h"

#include "sign/note.h"

static void check_line(const struct note_signature *s)
{
    struct buf again = { 0 };

    require(s->name.len > 0);
    require(s->sig_len == 0 || s->sig_len == 64 || s->sig_len == 72);
    if (s->sig_len > 0) {
        note_signature_print(s->name, s->key_id, (struct bytes){ s->sig, s->sig_len },
                             &again);
        require(bytes_eq(buf_bytes(&again), s->line));
    }
    buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct note note;
    struct bytes in = { data, len };
    struct buf again = { 0 };

    if (note_parse(in, &note) != STATUS_OK)
        return 0;
    require(note.n >= 1 && note.n <= NOTE_SIGNATURES_MAX);
    require(note.text.len > 0 && note.text.ptr[note.text.len - 1] == '\n');
    buf_add(&again, note.text);
    buf_text(&again, "\n");
    for (size_t i = 0; i < note.n; i++) {
        check_line(&note.sigs[i]);
        buf_add(&again, note.sigs[i].line);
    }
    require(bytes_eq(buf_bytes(&again), in));
    buf_clear(&again);
    return 0;
}
