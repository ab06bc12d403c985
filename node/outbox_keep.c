/* Statements into the outbox, and out of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/say.h"
#include "node/outbox_internal.h"
#include "node/output.h"

/* --- keeping ---------------------------------------------------------------------- */

enum status outbox_write_about(const char *path, const json_t *about)
{
    struct buf name = { 0 }, text = { 0 };
    enum status st = outbox_name(path, ".json", &name);

    json_print(about, &text);
    buf_u8(&text, '\n');
    if (st == STATUS_OK)
        st = buf_status(&text);
    if (st == STATUS_OK && json_object_size(about) == 0)
        st = unlink(buf_str(&name)) == 0 || errno == ENOENT ? STATUS_OK : STATUS_IO;
    else if (st == STATUS_OK)
        st = file_replace(buf_str(&name), buf_bytes(&text), 0644);
    if (st != STATUS_OK)
        output_failed(buf_str(&name), st);
    buf_clear(&name);
    buf_clear(&text);
    return st;
}

/* The statement last: so nobody ever reads one without what is said about it, and what a
 * crash left of another is overwritten. */
static enum status write_files(const char *path, struct bytes note, const char *batch)
{
    json_t *about = batch != NULL ? json_pack("{s:s}", "batch", batch) : json_object();
    struct buf name = { 0 };
    enum status st = outbox_name(path, OUTBOX_ENDING, &name);

    if (st == STATUS_OK && access(buf_str(&name), F_OK) == 0)
        st = STATUS_EXISTS;
    if (st == STATUS_OK)
        st = outbox_write_about(path, about);
    if (st == STATUS_OK) {
        st = file_create(buf_str(&name), note, 0644);
        if (st != STATUS_OK && st != STATUS_EXISTS)
            output_failed(buf_str(&name), st);
    }
    if (st == STATUS_EXISTS) {
        say_error("%s is there already: another statement of that number waits",
                  buf_str(&name));
        say_hint("`avow outbox` lists what waits, and drops it (--drop)");
    }
    json_decref(about);
    buf_clear(&name);
    return st;
}

static enum status append(struct outbox *o, const char *path, struct outbox_item **out)
{
    struct outbox_item *more = reallocarray(o->items, o->n + 1, sizeof(*more));
    enum status st;

    if (more == NULL)
        return STATUS_NOMEM;
    o->items = more;
    st = outbox_read_item(path, &o->items[o->n]);
    if (st == STATUS_OK)
        *out = &o->items[o->n++];
    return st;
}

/* Padded, so that the names are in the order of seq. */
static enum status keep_new(struct outbox *o, struct bytes note,
                            const struct statement *s, const char *batch)
{
    struct outbox_item *i;
    struct buf path = { 0 };
    enum status st;

    buf_printf(&path, "%s/" OUTBOX_PREFIX "%08x-%016llu", o->dir, s->key_id,
               (unsigned long long)s->seq);
    st = buf_status(&path);
    if (st == STATUS_OK)
        st = write_files(buf_str(&path), note, batch);
    if (st == STATUS_OK)
        st = append(o, buf_str(&path), &i);
    if (st == STATUS_OK)
        st = outbox_claim(i);
    if (st == STATUS_OK)
        i->own = i->fresh = true;
    buf_clear(&path);
    return st;
}

/* The same text is there. */
static enum status keep_again(struct outbox_item *i, struct bytes note)
{
    enum status st;

    if (!bytes_eq(i->statement->note, note)) {
        say_error("%s" OUTBOX_ENDING " is there already, with other signatures", i->path);
        say_hint("`avow outbox` lists what waits, and drops it (--drop)");
        return STATUS_EXISTS;
    }
    st = outbox_claim(i);
    if (st != STATUS_OK)
        return st;
    i->own = true;
    if (json_object_get(i->about, "refused") == NULL)
        return STATUS_OK;
    json_object_del(i->about, "refused"); /* asked for once more, it is sent once more */
    return outbox_write_about(i->path, i->about);
}

enum status outbox_keep(struct outbox *o, struct bytes note, const struct statement *s,
                        const char *batch, size_t *at)
{
    enum status st;

    *at = outbox_place(o, &s->id);
    st = *at < o->n ? keep_again(&o->items[*at], note) : keep_new(o, note, s, batch);
    outbox_put_in_order(o);
    *at = outbox_place(o, &s->id);
    return st;
}

enum status outbox_remove(struct outbox_item *i)
{
    static const char *const endings[] = { OUTBOX_ENDING, ".json" };
    struct buf name = { 0 };
    enum status st = STATUS_OK;

    for (size_t e = 0; st == STATUS_OK && e < 2; e++) {
        st = outbox_name(i->path, endings[e], &name);
        if (st == STATUS_OK && unlink(buf_str(&name)) != 0 && errno != ENOENT) {
            say_error("cannot remove %s: %s", buf_str(&name), strerror(errno));
            st = STATUS_IO;
        }
    }
    if (st == STATUS_OK)
        i->state = OUTBOX_GONE;
    buf_clear(&name);
    return st;
}
