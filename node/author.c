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
#include "node/outbox.h"
#include "node/pending.h"
#include "node/tell.h"

/* What the sequence file says. */
struct numbers {
    uint64_t seq;
    int64_t at;
    char held[65]; /* id of the draft that is out for co-signature; "" none */
};

/* `lock` guards the making of statements; the file is replaced under the outbox's. */
struct author {
    char *dir; /* NULL: no folder */
    uint32_t key_id;
    int lock;
    struct numbers n; /* what is known: of the file, the outbox, the replica */
};

static enum status parse(struct numbers *n, struct bytes text)
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
    n->seq = seq;
    n->at = at;
    memcpy(n->held, held, sizeof(held));
    return STATUS_OK;
}

static enum status path_of(const char *dir, uint32_t key_id, struct buf *path)
{
    buf_printf(path, "%s/seq-%08x", dir, key_id);
    return buf_status(path);
}

static enum status load(const char *dir, uint32_t key_id, struct numbers *n)
{
    struct buf path = { 0 }, text = { 0 };
    enum status st = path_of(dir, key_id, &path);

    *n = (struct numbers){ 0 };
    if (st == STATUS_OK)
        st = file_read(buf_str(&path), 4096, &text);
    if (st == STATUS_OK)
        st = parse(n, buf_bytes(&text));
    else if (st == STATUS_NOT_FOUND)
        st = STATUS_OK;
    if (st != STATUS_OK)
        say_error("cannot read %s: %s", buf_str(&path), status_text(st));
    buf_clear(&path);
    buf_clear(&text);
    return st;
}

static enum status save(const char *dir, uint32_t key_id, const struct numbers *n)
{
    struct buf path = { 0 }, text = { 0 };
    enum status st = path_of(dir, key_id, &path);

    buf_printf(&text, "seq %llu\nat %lld\n", (unsigned long long)n->seq,
               (long long)n->at);
    if (n->held[0] != '\0')
        buf_printf(&text, "held %s\n", n->held);
    if (st == STATUS_OK)
        st = text.bad ? STATUS_NOMEM
                      : file_replace(buf_str(&path), buf_bytes(&text), 0600);
    if (st != STATUS_OK)
        say_error("cannot write %s: %s", buf_str(&path), strerror(errno));
    buf_clear(&path);
    buf_clear(&text);
    return st;
}

/* Under the outbox's lock: at least so high. */
static enum status raise(const char *dir, uint32_t key_id, uint64_t seq, int64_t at,
                         const char *held)
{
    struct numbers n;
    enum status st = load(dir, key_id, &n);

    if (seq > n.seq)
        n.seq = seq;
    if (at > n.at)
        n.at = at;
    if (held != NULL)
        snprintf(n.held, sizeof(n.held), "%s", held);
    return st == STATUS_OK ? save(dir, key_id, &n) : st;
}

enum status author_used(const char *dir, uint32_t key_id, uint64_t seq, int64_t at)
{
    return raise(dir, key_id, seq, at, NULL);
}

/* Of what is signed the number is used up; its time is not, until it is published. */
static enum status record(struct author *a, const char *held)
{
    enum status st;
    int guard;

    if (a->dir == NULL)
        return STATUS_OK;
    guard = outbox_lock_open(a->dir);
    if (guard < 0)
        return STATUS_IO;
    st = raise(a->dir, a->key_id, a->n.seq, 0, held);
    close(guard);
    return st;
}

enum status author_record(struct author *a)
{
    return record(a, NULL);
}

static void at_least(struct numbers *n, uint64_t seq, int64_t at)
{
    if (seq > n->seq)
        n->seq = seq;
    if (at > n->at)
        n->at = at;
}

/* The outbox first: what leaves it meanwhile is in the file by then. */
static enum status look(const char *dir, uint32_t key_id, struct numbers *n)
{
    uint64_t seq;
    int64_t at;
    enum status st = outbox_highest(dir, key_id, &seq, &at);

    if (st == STATUS_OK)
        st = load(dir, key_id, n);
    if (st == STATUS_OK)
        at_least(n, seq, at);
    return st;
}

/* The lock has a file of its own, since the sequence file is replaced by rename. */
static enum status lock(struct author *a)
{
    struct buf path = { 0 };
    enum status st = path_of(a->dir, a->key_id, &path);

    buf_text(&path, ".lock");
    if (st == STATUS_OK)
        a->lock = open(buf_str(&path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (st == STATUS_OK && (a->lock < 0 || flock(a->lock, LOCK_EX) != 0)) {
        say_error("cannot lock %s: %s", buf_str(&path), strerror(errno));
        st = STATUS_IO;
    }
    buf_clear(&path);
    return st;
}

enum status author_open(const char *dir, const struct verifier_key *who,
                        struct author **out)
{
    struct author *a = calloc(1, sizeof(*a));
    enum status st = STATUS_OK;

    if (a == NULL)
        return STATUS_NOMEM;
    a->lock = -1;
    a->key_id = who->id;
    if (dir != NULL) {
        a->dir = strdup(dir);
        st = a->dir != NULL ? lock(a) : STATUS_NOMEM;
        if (st == STATUS_OK)
            st = look(dir, who->id, &a->n);
    }
    if (st != STATUS_OK)
        author_close(a);
    else
        *out = a;
    return st;
}

void author_close(struct author *a)
{
    if (a == NULL)
        return;
    if (a->lock >= 0)
        close(a->lock);
    free(a->dir);
    free(a);
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
        at_least(&a->n, (uint64_t)json_integer_value(json_object_get(row, "seq")),
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
        .seq = d->seq != 0 ? d->seq : a->n.seq + 1,
        .at = d->now > a->n.at ? d->now : a->n.at,
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

    if (a->n.held[0] != '\0') {
        tell_held(secret_key_public(key), a->n.held);
        return STATUS_EXISTS;
    }
    origin = bytes_to_text(d->origin);
    compose(a, key, d, note);
    st = origin == NULL || note->bad ? STATUS_NOMEM : STATUS_OK;
    if (st == STATUS_OK)
        st = check_format(origin, buf_bytes(note), why);
    free(origin);
    if (st == STATUS_OK)
        at_least(&a->n, d->seq != 0 ? d->seq : a->n.seq + 1, d->now);
    return st;
}

enum status author_hold(struct author *a, struct bytes draft_id)
{
    struct numbers *n = &a->n;

    if (draft_id.len >= sizeof(n->held))
        return STATUS_MALFORMED;
    memset(n->held, 0, sizeof(n->held));
    if (draft_id.len > 0)
        memcpy(n->held, draft_id.ptr, draft_id.len);
    return record(a, n->held);
}

uint64_t author_next(const struct author *a)
{
    return a->n.seq + 1;
}

enum status author_peek(const char *dir, const struct verifier_key *who, uint64_t *seq,
                        char held[65])
{
    struct numbers n;
    enum status st = look(dir, who->id, &n);

    *seq = n.seq;
    memcpy(held, n.held, sizeof(n.held));
    return st;
}

const char *author_held(const struct author *a)
{
    return a->n.held;
}
