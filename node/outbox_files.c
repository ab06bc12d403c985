/* The outbox as it lies on disk: its lock, its list, who has claimed what. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "node/outbox_internal.h"
#include "node/output.h"

#define ABOUT_MAX 65536
/* How often to look whether a claim has ended. */
#define LOOK_MS 20

enum status outbox_name(const char *path, const char *ending, struct buf *out)
{
    buf_reset(out);
    buf_printf(out, "%s%s", path, ending);
    return buf_status(out);
}

/* --- the lock --------------------------------------------------------------------- */

/* The file stays, others may wait for it. */
int outbox_lock_open(const char *dir)
{
    struct buf path = { 0 };
    int fd;

    buf_printf(&path, "%s/outbox.lock", dir);
    fd = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        output_failed(buf_str(&path), STATUS_IO);
    buf_clear(&path);
    return fd;
}

enum status outbox_lock(struct outbox *o)
{
    if (o->lock < 0)
        o->lock = outbox_lock_open(o->dir);
    return o->lock >= 0 ? STATUS_OK : STATUS_IO;
}

void outbox_unlock(struct outbox *o)
{
    if (o->lock >= 0)
        close(o->lock);
    o->lock = -1;
}

/* --- claims ----------------------------------------------------------------------- */

static const struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

enum status outbox_claim(struct outbox_item *i)
{
    struct buf name = { 0 };
    struct flock lock = whole;
    enum status st;

    if (i->claim >= 0)
        return STATUS_OK;
    st = outbox_name(i->path, OUTBOX_ENDING, &name);
    i->claim = open(buf_str(&name), O_RDWR | O_CLOEXEC);
    if (i->claim < 0) {
        st = STATUS_IO;
    } else if (fcntl(i->claim, F_OFD_SETLK, &lock) != 0) {
        st = errno == EAGAIN || errno == EACCES ? STATUS_BUSY : STATUS_IO;
        i->claimed = st == STATUS_BUSY;
        outbox_release(i);
    }
    if (st == STATUS_IO)
        output_failed(buf_str(&name), st);
    if (st == STATUS_OK)
        i->claimed = false;
    buf_clear(&name);
    return st;
}

void outbox_release(struct outbox_item *i)
{
    if (i->claim >= 0)
        close(i->claim);
    i->claim = -1;
    i->own = i->fresh = false;
}

/* Asks, and so takes no lock that would look like a claim to others. */
static bool is_claimed(int fd)
{
    struct flock lock = whole;

    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum status outbox_await(const struct outbox_item *i, int patience_ms)
{
    const struct timespec pause = { 0, LOOK_MS * 1000000L };
    uint64_t end_ms = clock_ms() + (uint64_t)patience_ms;
    struct buf name = { 0 };
    struct stat there;
    enum status st = outbox_name(i->path, OUTBOX_ENDING, &name);
    int fd = st == STATUS_OK ? open(buf_str(&name), O_RDONLY | O_CLOEXEC) : -1;

    while (fd >= 0 && fstat(fd, &there) == 0 && there.st_nlink > 0 && is_claimed(fd)) {
        if (clock_ms() >= end_ms) {
            st = STATUS_BUSY;
            break;
        }
        nanosleep(&pause, NULL);
    }
    if (fd >= 0)
        close(fd);
    buf_clear(&name);
    return st;
}

/* --- reading ---------------------------------------------------------------------- */

static void item_clear(struct outbox_item *i)
{
    outbox_release(i);
    free(i->path);
    statement_free(i->statement);
    json_decref(i->about);
}

static enum status read_about(struct outbox_item *i)
{
    struct buf name = { 0 }, text = { 0 };
    enum status st = outbox_name(i->path, ".json", &name);

    if (st == STATUS_OK && file_read(buf_str(&name), ABOUT_MAX, &text) == STATUS_OK &&
        json_parse(buf_bytes(&text), &i->about) != STATUS_OK)
        say_unusual("%s: cannot be read", buf_str(&name));
    buf_clear(&name);
    buf_clear(&text);
    return st;
}

/* The statement of this file; STATUS_NOT_FOUND: gone, or no statement. */
static enum status read_statement(const char *path, struct statement **out)
{
    struct buf note = { 0 };
    struct refusal why;
    enum status st = file_read(path, NOTE_MAX, &note);

    if (st == STATUS_OK)
        st = statement_open(buf_bytes(&note), NULL, out, &why);
    if (st == STATUS_REFUSED)
        say_unusual("%s: is no statement: %s", path, why.text);
    buf_clear(&note);
    return st == STATUS_REFUSED || st == STATUS_TOO_LARGE ? STATUS_NOT_FOUND : st;
}

enum status outbox_read_item(const char *path, struct outbox_item *i)
{
    struct buf name = { 0 };
    enum status st = outbox_name(path, OUTBOX_ENDING, &name);
    int fd;

    *i = (struct outbox_item){ .claim = -1 };
    if (st == STATUS_OK)
        st = read_statement(buf_str(&name), &i->statement);
    if (st == STATUS_OK) {
        i->path = strdup(path);
        st = i->path != NULL ? read_about(i) : STATUS_NOMEM;
    }
    fd = st == STATUS_OK ? open(buf_str(&name), O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        i->claimed = is_claimed(fd);
        close(fd);
    }
    if (st != STATUS_OK)
        item_clear(i);
    buf_clear(&name);
    return st;
}

static int is_statement(const struct dirent *e)
{
    size_t len = strlen(e->d_name), end = sizeof(OUTBOX_ENDING) - 1;

    return strncmp(e->d_name, OUTBOX_PREFIX, sizeof(OUTBOX_PREFIX) - 1) == 0 &&
           len > end && strcmp(e->d_name + len - end, OUTBOX_ENDING) == 0;
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

void outbox_put_in_order(struct outbox *o)
{
    if (o->n > 0)
        qsort(o->items, o->n, sizeof(*o->items), by_order);
    outbox_tell_states(o);
}

static enum status read_named(struct outbox *o, const char *file)
{
    struct buf path = { 0 };
    enum status st;

    buf_printf(&path, "%s/%s", o->dir, file);
    buf_truncate(&path, path.len - (sizeof(OUTBOX_ENDING) - 1));
    st = path.bad ? STATUS_NOMEM : outbox_read_item(buf_str(&path), &o->items[o->n]);
    o->n += st == STATUS_OK;
    buf_clear(&path);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
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
        if (st == STATUS_OK)
            st = read_named(o, all[i]->d_name);
        free(all[i]);
    }
    free(all);
    if (st != STATUS_OK)
        output_failed(o->dir, st);
    return st;
}

/* What was claimed by the list as it was. */
static void take_claims(struct outbox *o, struct outbox *was)
{
    for (size_t w = 0; w < was->n; w++) {
        struct outbox_item *from = &was->items[w];

        for (size_t i = 0; from->claim >= 0 && i < o->n; i++) {
            struct outbox_item *to = &o->items[i];

            if (strcmp(to->path, from->path) != 0)
                continue;
            to->claim = from->claim;
            to->own = from->own;
            to->fresh = from->fresh;
            to->claimed = false;
            from->claim = -1;
        }
    }
}

static void clear_items(struct outbox *o)
{
    for (size_t i = 0; i < o->n; i++)
        item_clear(&o->items[i]);
    free(o->items);
    o->items = NULL;
    o->n = 0;
}

enum status outbox_reread(struct outbox *o)
{
    struct outbox was = *o;
    enum status st;

    o->items = NULL;
    o->n = 0;
    st = read_all(o);
    take_claims(o, &was);
    clear_items(&was);
    outbox_put_in_order(o);
    return st;
}

enum status outbox_open(const char *dir, enum outbox_need need, struct outbox *out)
{
    struct outbox o = { .dir = strdup(dir), .lock = -1 };
    enum status st = o.dir != NULL ? STATUS_OK : STATUS_NOMEM;

    if (st == STATUS_OK && need == OUTBOX_LOCK)
        st = outbox_lock(&o);
    if (st == STATUS_OK)
        st = read_all(&o);
    outbox_put_in_order(&o);
    if (st != STATUS_OK)
        outbox_close(&o);
    *out = o;
    return st;
}

void outbox_close(struct outbox *o)
{
    clear_items(o);
    free(o->dir);
    outbox_unlock(o);
    *o = (struct outbox){ .lock = -1 };
}

/* --- looking ---------------------------------------------------------------------- */

size_t outbox_place(const struct outbox *o, const struct hash *id)
{
    size_t i = 0;

    while (i < o->n && !hash_eq(&o->items[i].statement->id, id))
        i++;
    return i;
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

enum status outbox_highest(const char *dir, uint32_t key_id, uint64_t *seq, int64_t *at)
{
    struct outbox o;
    enum status st = outbox_open(dir, OUTBOX_LOOK, &o);

    *seq = 0;
    *at = 0;
    for (size_t i = 0; st == STATUS_OK && i < o.n; i++) {
        const struct statement *s = o.items[i].statement;

        if (s->key_id != key_id)
            continue;
        *seq = s->seq > *seq ? s->seq : *seq;
        if (o.items[i].state != OUTBOX_REFUSED && s->at > *at)
            *at = s->at;
    }
    outbox_close(&o);
    return st;
}
