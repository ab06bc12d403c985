/* tests/sim/log.c: a log in memory, with real hashes and cheap signatures. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "sim.h"

static void *grown(void *list, size_t n, size_t size)
{
    void *more = reallocarray(list, n, size);

    if (more == NULL)
        abort();
    return more;
}

void simlog_append(struct simlog *l, const char *text)
{
    if (l->size == l->room) {
        l->room = l->room > 0 ? l->room * 2 : 64;
        l->entries = grown(l->entries, l->room, sizeof(*l->entries));
        l->leaves = grown(l->leaves, l->room, sizeof(*l->leaves));
    }
    assert(strlen(text) < SIM_ENTRY_MAX);
    strcpy(l->entries[l->size].text, text);
    l->leaves[l->size++] = hash_leaf(bytes_of(text));
}

void simlog_truncate(struct simlog *l, uint64_t size)
{
    l->size = size < l->size ? size : l->size;
    while (l->n > 0 && l->signed_[l->n - 1].size > l->size) {
        l->n--;
        buf_clear(&l->signed_[l->n].note);
        buf_clear(&l->signed_[l->n].cosignatures);
    }
}

void simlog_copy(const struct simlog *from, struct simlog *to)
{
    for (uint64_t i = 0; i < from->size; i++)
        simlog_append(to, from->entries[i].text);
    for (size_t i = 0; i < from->n; i++)
        simlog_keep(to, buf_bytes(&from->signed_[i].note), from->signed_[i].size);
}

void simlog_clear(struct simlog *l)
{
    simlog_truncate(l, 0);
    free(l->entries);
    free(l->leaves);
    free(l->signed_);
    *l = (struct simlog){ 0 };
}

enum status simlog_read(void *ctx, unsigned level, uint64_t n, unsigned width,
                        struct hash out[TILE_WIDTH])
{
    struct simlog *l = ctx;
    struct hash below[TILE_WIDTH];

    if (width > tile_width(level, n, l->size))
        return STATUS_NOT_FOUND;
    if (level == 0) {
        memcpy(out, l->leaves + n * TILE_WIDTH, width * sizeof(*out));
        return STATUS_OK;
    }
    for (unsigned i = 0; i < width; i++) {
        simlog_read(l, level - 1, n * TILE_WIDTH + i, TILE_WIDTH, below);
        out[i] = tile_root(below);
    }
    return STATUS_OK;
}

struct hash simlog_root(const struct simlog *l, uint64_t size)
{
    struct tree tree;

    if (tile_tree(simlog_read, (void *)(uintptr_t)l, size, &tree) != STATUS_OK)
        abort();
    return tree_root(&tree);
}

/* --- signatures --------------------------------------------------------------------- */

static void signature(const char *key, struct bytes text, struct buf *out)
{
    struct buf all = { 0 };
    struct hash h;

    buf_printf(&all, "%s signs " BYTES_FMT, key, BYTES_ARG(text));
    h = hash_sha256(buf_bytes(&all));
    base64_encode((struct bytes){ h.b, 12 }, out);
    buf_clear(&all);
}

void simlog_sign(const struct simlog *l, uint64_t size, const char *key, struct buf *out)
{
    struct checkpoint cp = { .origin = ORIGIN, .size = size };
    struct buf text = { 0 };

    cp.root = simlog_root(l, size);
    checkpoint_print(&cp, &text);
    buf_add(out, buf_bytes(&text));
    buf_printf(out, "\n%s ", key);
    signature(key, buf_bytes(&text), out);
    buf_u8(out, '\n');
    buf_clear(&text);
}

struct bytes note_text(struct bytes note)
{
    for (size_t i = 0; i + 1 < note.len; i++)
        if (note.ptr[i] == '\n' && note.ptr[i + 1] == '\n')
            return bytes_slice(note, 0, i + 1);
    return (struct bytes){ 0 };
}

/* Does the note have this line below its text? */
static bool has_line(struct bytes note, struct bytes line)
{
    struct reader r = reader_of(bytes_slice(note, note_text(note).len, note.len));

    while (r.len > 0 && !r.bad)
        if (bytes_eq(reader_line(&r), bytes_slice(line, 0, line.len - 1)))
            return true;
    return false;
}

/* As a signed note must be: UTF-8 without control characters. */
static bool is_note(struct bytes note)
{
    for (size_t i = 0; i < note.len; i++)
        if ((note.ptr[i] < ' ' && note.ptr[i] != '\n') || note.ptr[i] == 127)
            return false;
    return utf8_valid(note);
}

enum status sim_open(void *ctx, struct bytes note, struct checkpoint *out)
{
    struct bytes text = note_text(note);
    struct buf line = { 0 };
    enum status st = is_note(note) ? checkpoint_parse(text, out) : STATUS_MALFORMED;

    (void)ctx;
    if (st == STATUS_OK) {
        buf_text(&line, "log ");
        signature("log", text, &line);
        buf_u8(&line, '\n');
        st = has_line(note, buf_bytes(&line)) ? STATUS_OK : STATUS_BAD_SIG;
    }
    buf_clear(&line);
    return st;
}

void cosignature_line(const struct checkpoint *cp, size_t party, struct buf *out)
{
    struct buf text = { 0 };
    char name[16];

    snprintf(name, sizeof(name), "cosigner%zu", party);
    checkpoint_print(cp, &text);
    buf_printf(out, "%s ", name);
    signature(name, buf_bytes(&text), out);
    buf_u8(out, '\n');
    buf_clear(&text);
}

/* --- checkpoints -------------------------------------------------------------------- */

struct signed_at *simlog_at(const struct simlog *l, uint64_t size)
{
    for (size_t i = l->n; i-- > 0;)
        if (l->signed_[i].size == size)
            return &l->signed_[i];
    return NULL;
}

struct signed_at *simlog_newest(const struct simlog *l)
{
    return l->n > 0 ? &l->signed_[l->n - 1] : NULL;
}

struct signed_at *simlog_keep(struct simlog *l, struct bytes note, uint64_t size)
{
    struct signed_at *at = simlog_at(l, size);
    struct reader r;
    size_t i;

    if (at != NULL)
        return at;
    l->signed_ = grown(l->signed_, l->n + 1, sizeof(*l->signed_));
    for (i = l->n++; i > 0 && l->signed_[i - 1].size > size; i--)
        l->signed_[i] = l->signed_[i - 1];
    at = &l->signed_[i];
    *at = (struct signed_at){ .size = size };
    buf_add(&at->note, note_text(note));
    buf_u8(&at->note, '\n');
    r = reader_of(bytes_slice(note, note_text(note).len + 1, note.len));
    while (r.len > 0 && !r.bad) {
        struct bytes line = reader_line(&r);

        if (bytes_starts(line, BYTES_LIT("log ")))
            buf_printf(&at->note, BYTES_FMT "\n", BYTES_ARG(line));
    }
    return at;
}

void simlog_cosignatures(struct signed_at *at, struct bytes note)
{
    struct buf line = { 0 }, all = { 0 };
    struct checkpoint cp;

    if (!bytes_eq(note_text(note), note_text(buf_bytes(&at->note))) ||
        checkpoint_parse(note_text(note), &cp) != STATUS_OK)
        return;
    for (size_t i = 0; i < PARTIES_MAX; i++) {
        buf_reset(&line);
        buf_reset(&all);
        cosignature_line(&cp, i, &line);
        buf_printf(&all, "\n\n%s", buf_str(&at->cosignatures));
        if (has_line(note, buf_bytes(&line)) &&
            !has_line(buf_bytes(&all), buf_bytes(&line)))
            buf_add(&at->cosignatures, buf_bytes(&line));
    }
    buf_clear(&line);
    buf_clear(&all);
}
