/* The files of the outbox, and which of them wait for which. */
#include "node/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "base/shown.h"
#include "node/output.h"

#define PREFIX "outbox-"
#define ENDING ".statement"
#define ABOUT_MAX 65536
#define ID_DIGITS_MIN 8

/* Padded, so that the names are in the order of seq. */
static enum status path_of(const char *dir, const struct statement *s, struct buf *path)
{
    buf_printf(path, "%s/" PREFIX "%08x-%016llu", dir, s->key_id,
               (unsigned long long)s->seq);
    return buf_status(path);
}

static enum status with_ending(const char *path, const char *ending, struct buf *out)
{
    buf_reset(out);
    buf_printf(out, "%s%s", path, ending);
    return buf_status(out);
}

/* --- keeping ---------------------------------------------------------------------- */

static enum status write_about(const char *path, const json_t *about)
{
    struct buf name = { 0 }, text = { 0 };
    enum status st = with_ending(path, ".json", &name);

    json_print(about, &text);
    buf_u8(&text, '\n');
    if (st == STATUS_OK)
        st = buf_status(&text);
    if (st == STATUS_OK)
        st = file_replace(buf_str(&name), buf_bytes(&text), 0644);
    if (st != STATUS_OK)
        output_failed(buf_str(&name), st);
    buf_clear(&name);
    buf_clear(&text);
    return st;
}

static enum status keep_note(const char *path, struct bytes note)
{
    struct buf name = { 0 }, there = { 0 };
    enum status st = with_ending(path, ENDING, &name);

    if (st == STATUS_OK)
        st = file_create(buf_str(&name), note, 0644);
    if (st == STATUS_EXISTS && file_read(buf_str(&name), NOTE_MAX, &there) == STATUS_OK &&
        bytes_eq(buf_bytes(&there), note)) {
        st = STATUS_OK;
    } else if (st == STATUS_EXISTS) {
        say_error("%s is there already: another statement of that number waits",
                  buf_str(&name));
        say_hint("`avow outbox` lists what waits, and drops it (--drop)");
    } else if (st != STATUS_OK) {
        output_failed(buf_str(&name), st);
    }
    buf_clear(&name);
    buf_clear(&there);
    return st;
}

enum status outbox_keep(const char *dir, struct bytes note, const struct statement *s,
                        const char *batch)
{
    struct buf path = { 0 };
    json_t *about = batch != NULL ? json_pack("{s:s}", "batch", batch) : NULL;
    enum status st = path_of(dir, s, &path);

    if (st == STATUS_OK)
        st = keep_note(buf_str(&path), note);
    if (st == STATUS_OK && about != NULL)
        st = write_about(buf_str(&path), about);
    json_decref(about);
    buf_clear(&path);
    return st;
}

enum status outbox_remove(const struct outbox_item *i)
{
    static const char *const endings[] = { ENDING, ".json" };
    struct buf name = { 0 };
    enum status st = STATUS_OK;

    for (size_t e = 0; st == STATUS_OK && e < 2; e++) {
        st = with_ending(i->path, endings[e], &name);
        if (st == STATUS_OK && unlink(buf_str(&name)) != 0 && errno != ENOENT) {
            say_error("cannot remove %s: %s", buf_str(&name), strerror(errno));
            st = STATUS_IO;
        }
    }
    buf_clear(&name);
    return st;
}

/* --- what builds on what ---------------------------------------------------------- */

/* The member by which a record makes something that others can name. */
static struct bytes made_by(const struct record *r)
{
    if (r->kind == KIND_ORGANIZATION_LISTED || r->kind == KIND_ORGANIZATION_REGISTERED)
        return json_member(r->json, "org");
    if (r->kind == KIND_NETWORK_CHARTERED)
        return json_member(r->json, "network");
    return json_member(r->json, "id");
}

/* Somewhere in the value is a string that is `name`, or refers to that statement. */
static bool names(const json_t *value, struct bytes name, const char *statement)
{
    const json_t *item;
    const char *key;
    size_t i;
    bool found = false;

    if (json_is_string(value))
        return (name.len > 0 && bytes_eq(json_bytes(value), name)) ||
               strstr(json_string_value(value), statement) != NULL;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) found =
        found || names(item, name, statement);
    json_array_foreach(value, i, item) found = found || names(item, name, statement);
    return found;
}

static const char *common_name(const struct statement *later,
                               const struct statement *earlier)
{
    struct buf id = { 0 };
    const char *found = NULL;

    statement_id_print(earlier, &id);
    for (size_t e = 0; !id.bad && found == NULL && e < earlier->n; e++) {
        struct bytes name = made_by(&earlier->records[e]);

        for (size_t k = 0; found == NULL && k < later->n; k++)
            if (names(later->records[k].json, name, buf_str(&id)))
                found = name.len > 0 ? (const char *)name.ptr : "what it names";
    }
    buf_clear(&id);
    return found;
}

static bool same_batch(const struct outbox_item *a, const struct outbox_item *b)
{
    struct bytes batch = json_member(a->about, "batch");

    return batch.len > 0 && bytes_eq(batch, json_member(b->about, "batch"));
}

/* Does it wait because of one before it? */
static bool waits_behind(struct outbox_item *i, const struct outbox_item *before)
{
    const struct statement *s = i->statement, *b = before->statement;

    i->named = common_name(s, b);
    if (i->named != NULL)
        i->reason = OUTBOX_NAMES;
    else if (same_batch(i, before))
        i->reason = OUTBOX_FILE;
    else if (before->state == OUTBOX_WAITS && bytes_eq(s->org, b->org) &&
             s->key_id == b->key_id)
        i->reason = OUTBOX_NUMBER;
    else
        return false;
    return true;
}

/* Each looks at those before it: at what was refused, and at what waits for that. */
static void tell_states(struct outbox *o)
{
    for (size_t k = 0; k < o->n; k++) {
        struct outbox_item *i = &o->items[k];

        i->state =
            json_object_get(i->about, "refused") != NULL ? OUTBOX_REFUSED : OUTBOX_READY;
        for (size_t e = 0; e < k && i->state == OUTBOX_READY; e++) {
            const struct outbox_item *before = &o->items[e];

            if (before->state == OUTBOX_READY || !waits_behind(i, before))
                continue;
            i->state = OUTBOX_WAITS;
            i->behind = before->state == OUTBOX_WAITS ? before->behind : e;
        }
    }
}

enum status outbox_refuse(struct outbox *o, size_t item, const struct submitted *sub)
{
    struct outbox_item *i = &o->items[item];
    struct buf at = { 0 };
    json_t *refused;

    time_print(clock_now_s(), &at);
    refused = json_pack("{s:s, s:s, s:i, s:s}", "rule", sub->rule, "text", sub->text,
                        "line", (int)sub->line, "at", buf_str(&at));
    buf_clear(&at);
    if (i->about == NULL)
        i->about = json_object();
    if (json_object_set_new(i->about, "refused", refused) != 0)
        return STATUS_NOMEM;
    tell_states(o);
    return write_about(i->path, i->about);
}

/* --- listing ---------------------------------------------------------------------- */

static int is_statement(const struct dirent *e)
{
    size_t len = strlen(e->d_name), end = sizeof(ENDING) - 1;

    return strncmp(e->d_name, PREFIX, sizeof(PREFIX) - 1) == 0 && len > end &&
           strcmp(e->d_name + len - end, ENDING) == 0;
}

static void item_clear(struct outbox_item *i)
{
    free(i->path);
    statement_free(i->statement);
    json_decref(i->about);
}

static enum status read_about(struct outbox_item *i)
{
    struct buf name = { 0 }, text = { 0 };
    enum status st = with_ending(i->path, ".json", &name);

    if (st == STATUS_OK && file_read(buf_str(&name), ABOUT_MAX, &text) == STATUS_OK &&
        json_parse(buf_bytes(&text), &i->about) != STATUS_OK)
        say_unusual("%s: cannot be read", buf_str(&name));
    buf_clear(&name);
    buf_clear(&text);
    return st;
}

/* STATUS_NOT_FOUND: gone, or no statement. */
static enum status read_item(const char *dir, const char *file, struct outbox_item *i)
{
    struct buf path = { 0 }, note = { 0 };
    struct refusal why;
    enum status st;

    *i = (struct outbox_item){ 0 };
    buf_printf(&path, "%s/%s", dir, file);
    st = path.bad ? STATUS_NOMEM : file_read(buf_str(&path), NOTE_MAX, &note);
    if (st == STATUS_OK) {
        st = statement_open(buf_bytes(&note), NULL, &i->statement, &why);
        if (st == STATUS_REFUSED)
            say_unusual("%s: is no statement: %s", buf_str(&path), why.text);
    }
    if (st == STATUS_REFUSED || st == STATUS_TOO_LARGE)
        st = STATUS_NOT_FOUND;
    if (st == STATUS_OK) {
        buf_truncate(&path, path.len - (sizeof(ENDING) - 1));
        i->path = strdup(buf_str(&path));
        st = i->path != NULL ? read_about(i) : STATUS_NOMEM;
    }
    if (st != STATUS_OK)
        item_clear(i);
    buf_clear(&path);
    buf_clear(&note);
    return st;
}

static int by_order(const void *a, const void *b)
{
    const struct statement *x = ((const struct outbox_item *)a)->statement;
    const struct statement *y = ((const struct outbox_item *)b)->statement;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->key_id != y->key_id)
        return x->key_id < y->key_id ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static enum status read_all(struct outbox *o)
{
    struct dirent **all = NULL;
    int n = scandir(o->dir, &all, is_statement, alphasort);
    enum status st = n >= 0 ? STATUS_OK : STATUS_IO;

    if (n > 0)
        o->items = calloc((size_t)n, sizeof(*o->items));
    if (n > 0 && o->items == NULL)
        st = STATUS_NOMEM;
    for (int i = 0; i < n; i++) {
        if (st == STATUS_OK) {
            st = read_item(o->dir, all[i]->d_name, &o->items[o->n]);
            o->n += st == STATUS_OK;
            st = st == STATUS_NOT_FOUND ? STATUS_OK : st;
        }
        free(all[i]);
    }
    free(all);
    if (o->n > 0)
        qsort(o->items, o->n, sizeof(*o->items), by_order);
    return st;
}

/* The file stays, others may wait for it. */
static enum status take_lock(struct outbox *o, bool wait)
{
    struct buf path = { 0 };
    enum status st = STATUS_OK;

    buf_printf(&path, "%s/outbox.lock", o->dir);
    o->lock = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (o->lock < 0)
        st = STATUS_IO;
    else if (flock(o->lock, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0)
        st = errno == EWOULDBLOCK ? STATUS_BUSY : STATUS_IO;
    if (st == STATUS_IO)
        output_failed(buf_str(&path), st);
    buf_clear(&path);
    return st;
}

enum status outbox_open(const char *dir, enum outbox_need need, struct outbox *out)
{
    struct outbox o = { .dir = strdup(dir), .lock = -1 };
    enum status st = o.dir != NULL ? STATUS_OK : STATUS_NOMEM;

    if (st == STATUS_OK && need != OUTBOX_LOOK)
        st = take_lock(&o, need == OUTBOX_LOCK);
    if (st == STATUS_OK) {
        st = read_all(&o);
        if (st != STATUS_OK)
            output_failed(dir, st);
    }
    if (st != STATUS_OK) {
        outbox_close(&o);
        o = (struct outbox){ .lock = -1 };
    }
    tell_states(&o);
    *out = o;
    return st;
}

void outbox_close(struct outbox *o)
{
    for (size_t i = 0; i < o->n; i++)
        item_clear(&o->items[i]);
    free(o->items);
    free(o->dir);
    if (o->lock >= 0)
        close(o->lock);
    *o = (struct outbox){ .lock = -1 };
}

struct outbox_item *outbox_find(struct outbox *o, struct bytes id)
{
    struct outbox_item *found = NULL;

    for (size_t i = 0; id.len >= ID_DIGITS_MIN && i < o->n; i++) {
        struct buf hex = { 0 };
        bool is;

        statement_id_print(o->items[i].statement, &hex);
        is = bytes_starts(buf_bytes(&hex), id);
        buf_clear(&hex);
        if (is && found != NULL)
            return NULL;
        if (is)
            found = &o->items[i];
    }
    return found;
}

enum status outbox_records(const char *dir, json_t *records)
{
    struct outbox o;
    enum status st = outbox_open(dir, OUTBOX_LOOK, &o);

    for (size_t i = 0; st == STATUS_OK && i < o.n; i++)
        for (size_t k = 0; k < o.items[i].statement->n; k++)
            json_array_append(records, o.items[i].statement->records[k].json);
    outbox_close(&o);
    return st;
}

/* --- telling ---------------------------------------------------------------------- */

static const char *state_name(enum outbox_state s)
{
    switch (s) {
    case OUTBOX_READY:
        return "ready";
    case OUTBOX_REFUSED:
        return "refused";
    case OUTBOX_WAITS:
        break;
    }
    return "waits";
}

void outbox_why(const struct outbox_item *i, struct buf *out)
{
    switch (i->reason) {
    case OUTBOX_NAMES:
        buf_printf(out, "it names %s", i->named);
        break;
    case OUTBOX_FILE:
        buf_text(out, "it is of the same file");
        break;
    case OUTBOX_NUMBER:
        buf_text(out, "it has a higher seq than another that waits for that, and would "
                      "make it stale");
        break;
    }
}

json_t *outbox_json(const struct outbox *o, const struct outbox_item *i)
{
    const struct statement *s = i->statement;
    struct buf id = { 0 }, at = { 0 };
    json_t *out, *records = json_array(), *refused = json_object_get(i->about, "refused");

    statement_id_print(s, &id);
    time_print(s->at, &at);
    for (size_t k = 0; k < s->n; k++)
        json_array_append(records, s->records[k].json);
    out = json_pack("{s:s, s:s, s:o, s:I, s:s, s:o}", "statement", buf_str(&id), "state",
                    state_name(i->state), "org", json_of(s->org), "seq",
                    (json_int_t)s->seq, "at", buf_str(&at), "records", records);
    if (out != NULL && refused != NULL)
        json_object_set(out, "refused", refused);
    if (out != NULL && i->state == OUTBOX_WAITS) {
        buf_reset(&id);
        statement_id_print(o->items[i->behind].statement, &id);
        json_object_set_new(out, "waits_for", json_string(buf_str(&id)));
        buf_reset(&at);
        outbox_why(i, &at);
        json_object_set_new(out, "because", json_of(buf_bytes(&at)));
    }
    buf_clear(&id);
    buf_clear(&at);
    return out;
}

static void short_id(const struct statement *s, struct buf *out)
{
    hex_encode((struct bytes){ s->id.b, ID_DIGITS_MIN / 2 }, out);
}

void outbox_line(const struct outbox *o, const struct outbox_item *i, struct buf *out)
{
    const json_t *refused = json_object_get(i->about, "refused");

    short_id(i->statement, out);
    buf_printf(out, "  seq %llu  ", (unsigned long long)i->statement->seq);
    switch (i->state) {
    case OUTBOX_READY:
        buf_text(out, "is sent when the broker is in reach");
        break;
    case OUTBOX_REFUSED:
        buf_text(out, "refused: ");
        shown_text(json_member(refused, "rule"), out);
        buf_text(out, ": ");
        shown_text(json_member(refused, "text"), out);
        break;
    case OUTBOX_WAITS:
        buf_text(out, "waits until it is decided about ");
        short_id(o->items[i->behind].statement, out);
        buf_text(out, ": ");
        outbox_why(i, out);
        break;
    }
}
