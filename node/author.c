#include "node/author.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/say.h"
#include "ledger/rows.h"
#include "node/pending.h"
#include "node/tell.h"

/* Between calls: what `seq` and `at` say is on disk in `path`, which `lock` guards. */
struct author {
    char *path; /* NULL: no folder */
    int lock;
    uint64_t seq;
    int64_t at;
    char held[65]; /* id of the draft that is out for co-signature; "" none */
};

static enum status parse(struct author *a, struct bytes text)
{
    char copy[256], held[65] = "";
    unsigned long long seq;
    long long at;

    if (text.len >= sizeof(copy))
        return STATUS_MALFORMED;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (sscanf(copy, "seq %llu\nat %lld\nheld %64[0-9a-f]\n", &seq, &at, held) < 2)
        return STATUS_MALFORMED;
    a->seq = seq;
    a->at = at;
    memcpy(a->held, held, sizeof(held));
    return STATUS_OK;
}

static enum status save(struct author *a)
{
    struct buf text = { 0 };
    enum status st;

    if (a->path == NULL)
        return STATUS_OK;
    buf_printf(&text, "seq %llu\nat %lld\n", (unsigned long long)a->seq,
               (long long)a->at);
    if (a->held[0] != '\0')
        buf_printf(&text, "held %s\n", a->held);
    st = text.bad ? STATUS_NOMEM : file_replace(a->path, buf_bytes(&text), 0600);
    if (st != STATUS_OK)
        say_error("cannot write %s: %s", a->path, strerror(errno));
    buf_clear(&text);
    return st;
}

/* The lock has a file of its own, since the sequence file is replaced by rename. */
static enum status lock(struct author *a)
{
    struct buf path = { 0 };
    enum status st = STATUS_OK;

    buf_printf(&path, "%s.lock", a->path);
    a->lock = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (a->lock < 0) {
        say_error("cannot open %s: %s", buf_str(&path), strerror(errno));
        st = STATUS_IO;
    } else if (flock(a->lock, LOCK_EX) != 0) {
        say_error("cannot lock %s: %s", buf_str(&path), strerror(errno));
        st = STATUS_IO;
    }
    buf_clear(&path);
    return st;
}

static enum status load(struct author *a)
{
    struct buf text = { 0 };
    enum status st = file_read(a->path, 4096, &text);

    if (st == STATUS_OK)
        st = parse(a, buf_bytes(&text));
    else if (st == STATUS_NOT_FOUND)
        st = STATUS_OK;
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", a->path, status_text(st));
    buf_clear(&text);
    return st;
}

enum status author_open(const char *dir, const struct verifier_key *who,
                        struct author **out)
{
    struct author *a = calloc(1, sizeof(*a));
    struct buf path = { 0 };
    enum status st = STATUS_OK;

    if (a == NULL)
        return STATUS_NOMEM;
    a->lock = -1;
    if (dir != NULL) {
        buf_printf(&path, "%s/seq-%08x", dir, who->id);
        if (path.bad) {
            st = STATUS_NOMEM;
            goto fail;
        }
        a->path = (char *)path.ptr;
        st = lock(a);
        if (st == STATUS_OK)
            st = load(a);
        if (st != STATUS_OK)
            goto fail;
    }
    *out = a;
    return STATUS_OK;
fail:
    author_close(a);
    return st;
}

void author_close(struct author *a)
{
    if (a == NULL)
        return;
    if (a->lock >= 0)
        close(a->lock);
    free(a->path);
    free(a);
}

static void at_least(struct author *a, uint64_t seq, int64_t at)
{
    if (seq > a->seq)
        a->seq = seq;
    if (at > a->at)
        a->at = at;
}

enum status author_catch_up(struct author *a, struct store *s,
                            const struct verifier_key *who)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    rows_key_key(bytes_of(who->name), who->id, &key);
    st = rows_find(s, STORE_KEY, buf_bytes(&key), NULL, &row);
    if (st == STATUS_OK)
        at_least(a, (uint64_t)json_integer_value(json_object_get(row, "seq")),
                 json_integer_value(json_object_get(row, "at")));
    json_decref(row);
    buf_clear(&key);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static enum status check_format(const char *origin, struct bytes note,
                                struct refusal *why)
{
    struct pending p;
    enum status st = pending_open(note, origin, &p, why);

    if (st == STATUS_OK)
        pending_clear(&p);
    return st;
}

void author_compose(const struct author *a, const struct verifier_key *k,
                    const struct draft *d, struct buf *text)
{
    struct statement_header h = {
        .log = d->origin,
        .org = bytes_of(k->name),
        .lang = bytes_of(d->lang),
        .key_id = k->id,
        .seq = d->seq != 0 ? d->seq : a->seq + 1,
        .at = d->now > a->at ? d->now : a->at,
        .before = d->before,
        .with = d->with,
        .n_with = d->n_with,
    };

    statement_compose(&h, d->records, d->n_records, text);
}

static void compose(const struct author *a, const struct secret_key *key,
                    const struct draft *d, struct buf *note)
{
    struct buf text = { 0 };

    author_compose(a, secret_key_public(key), d, &text);
    buf_add(note, buf_bytes(&text));
    buf_u8(note, '\n');
    note_sign(key, buf_bytes(&text), note);
    note->bad |= text.bad;
    buf_clear(&text);
}

enum status author_sign(struct author *a, const struct secret_key *key,
                        const struct draft *d, struct buf *note, struct refusal *why)
{
    char *origin;
    enum status st;

    if (a->held[0] != '\0') {
        tell_held(secret_key_public(key), a->held);
        return STATUS_EXISTS;
    }
    origin = bytes_to_text(d->origin);
    compose(a, key, d, note);
    st = origin == NULL || note->bad ? STATUS_NOMEM : STATUS_OK;
    if (st == STATUS_OK)
        st = check_format(origin, buf_bytes(note), why);
    free(origin);
    if (st != STATUS_OK)
        return st;
    a->seq = d->seq != 0 ? d->seq : a->seq + 1;
    if (d->now > a->at)
        a->at = d->now;
    return save(a);
}

enum status author_hold(struct author *a, struct bytes draft_id)
{
    if (draft_id.len >= sizeof(a->held))
        return STATUS_MALFORMED;
    memset(a->held, 0, sizeof(a->held));
    if (draft_id.len > 0)
        memcpy(a->held, draft_id.ptr, draft_id.len);
    return save(a);
}

uint64_t author_next(const struct author *a)
{
    return a->seq + 1;
}

enum status author_peek(const char *dir, const struct verifier_key *who, uint64_t *seq,
                        char held[65])
{
    struct author a = { 0 };
    struct buf path = { 0 };
    enum status st;

    buf_printf(&path, "%s/seq-%08x", dir, who->id);
    a.path = (char *)path.ptr;
    st = path.bad ? STATUS_NOMEM : load(&a);
    buf_clear(&path);
    *seq = a.seq;
    memcpy(held, a.held, sizeof(a.held));
    return st;
}

const char *author_held(const struct author *a)
{
    return a->held;
}
