#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "face/route.h"
#include "node/command.h"
#include "node/output.h"
#include "node/policies.h"
#include "node/prove_about.h"
#include "node/session.h"
#include "record/kind.h"
#include "tlog/proof.h"

/* Of so many sizes a policy is tried. */
#define LOOKED_AT_MAX 1024

/* An entry, by its number or a reference to one of its records. */
static enum status find(struct store *s, struct bytes id, uint64_t *index)
{
    struct reference r;
    uint64_t size;
    enum status st;

    if (decimal_parse(id, index) != STATUS_OK) {
        if (reference_parse(id, &r) != STATUS_OK)
            return STATUS_NOT_FOUND;
        *index = r.index;
    }
    st = store_size(s, &size);
    return st == STATUS_OK && *index >= size ? STATUS_NOT_FOUND : st;
}

/* Where it covers the entry, the newest checkpoint that enough have cosigned, else the
 * newest that anyone has, else the newest there is. */
static enum status choose(struct store *s, uint64_t index, uint64_t *size)
{
    struct buf note = { 0 };
    size_t n = 1;
    enum status st = route_cosigned(s, size, &note);

    if (st == STATUS_NOT_FOUND || (st == STATUS_OK && *size <= index)) {
        st = store_cosigned_sizes(s, size, &n);
        if (st == STATUS_OK && n == 0)
            *size = 0;
    }
    if (st == STATUS_OK && *size <= index) {
        buf_reset(&note);
        st = store_checkpoint_newest(s, size, &note);
        if (st == STATUS_OK && *size <= index)
            st = STATUS_NOT_FOUND;
    }
    buf_clear(&note);
    return st;
}

/* The proof with the entry itself as its extra line. */
static enum status make(struct store *s, uint64_t index, uint64_t size, struct buf *out)
{
    struct buf text = { 0 }, note = { 0 }, extra = { 0 };
    struct store_entry e;
    struct receipt r;
    enum status st = route_receipt(s, index, size, &text);

    if (st == STATUS_OK)
        st = receipt_parse(buf_bytes(&text), &r);
    if (st == STATUS_OK)
        st = store_entry_get(s, index, &e, &note);
    if (st == STATUS_OK) {
        base64_encode(e.note, &extra);
        r.extra = buf_bytes(&extra);
        receipt_print(&r, out);
        out->bad |= extra.bad;
        st = buf_status(out);
    }
    buf_clear(&text);
    buf_clear(&note);
    buf_clear(&extra);
    return st;
}

/* The newest cosigned checkpoint that covers the entry and is as the policy demands. */
static enum status choose_by(struct store *s, const struct policy *p, uint64_t index,
                             uint64_t *size)
{
    size_t n = LOOKED_AT_MAX;
    uint64_t *sizes = calloc(n, sizeof(*sizes));
    struct buf note = { 0 };
    struct checkpoint cp;
    enum status st = sizes != NULL ? store_cosigned_sizes(s, sizes, &n) : STATUS_NOMEM;
    bool found = false;

    for (size_t i = 0; st == STATUS_OK && !found && i < n && sizes[i] > index; i++) {
        buf_reset(&note);
        st = route_checkpoint(s, sizes[i], &note);
        found =
            st == STATUS_OK && policy_check(p, buf_bytes(&note), &cp, NULL) == STATUS_OK;
        *size = sizes[i];
    }
    free(sizes);
    buf_clear(&note);
    return st == STATUS_OK && !found ? STATUS_REFUSED : st;
}

static enum status make_of(struct store *s, const struct policy *p, struct bytes id,
                           const struct collection *c, uint64_t index, uint64_t *last,
                           struct buf *out)
{
    uint64_t size = 0;
    enum status st;

    *last = c->n > 0 ? c->items[c->n - 1].index : index;
    st = p != NULL ? choose_by(s, p, *last, &size) : choose(s, *last, &size);
    if (st == STATUS_NOT_FOUND)
        return STATUS_TIMEOUT; /* but what is to be proven was found */
    if (st != STATUS_OK)
        return st;
    return c->n > 0 ? prove_collection(s, id, c, size, out) : make(s, index, size, out);
}

static int say_why(struct session *s, const char *id, enum status st, uint64_t last)
{
    switch ((int)st) {
    case STATUS_NOT_FOUND:
        say_error("nothing here is called %s", id);
        say_hint("name an entry by its number or reference, or a subject or an "
                 "organization by its id");
        return status_exit_code(st);
    case STATUS_TIMEOUT:
        say_error("no checkpoint here covers entry %llu yet", (unsigned long long)last);
        say_hint("bring the replica up with `avow sync`");
        return status_exit_code(STATUS_NOT_FOUND);
    case STATUS_REFUSED:
        say_error("no checkpoint here that covers entry %llu is cosigned as the policy "
                  "demands",
                  (unsigned long long)last);
        say_hint("bring the replica up with `avow sync`, or wait for the cosigners");
        return status_exit_code(st);
    case STATUS_TOO_LARGE:
        say_error("more was said about %s than one proof holds", id);
        return status_exit_code(st);
    default:
        return output_failed(s->config.replica, st);
    }
}

static int prove(struct session *s, const struct policy *p, const char *id,
                 const char *path)
{
    struct collection c = { 0 };
    struct buf out = { 0 };
    uint64_t index = 0, last = 0;
    enum status st = store_snapshot(s->store);

    if (st == STATUS_OK) {
        st = find(s->store, bytes_of(id), &index);
        if (st == STATUS_NOT_FOUND)
            st = collect_about(s->store, bytes_of(id), &c);
        if (st == STATUS_OK)
            st = make_of(s->store, p, bytes_of(id), &c, index, &last, &out);
        store_release(s->store);
    }
    collection_clear(&c);
    if (st == STATUS_OK)
        return output_file(path, &out);
    buf_clear(&out);
    return say_why(s, id, st, last);
}

int cmd_prove(struct args *a)
{
    const char *dir = NULL, *out = NULL, *policy = NULL;
    struct policy *p = NULL;
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&dir),
        POLICY_OPTION(&policy),
        { "out", "FILE", "write it to FILE, which must not exist", .text = &out },
        { 0 },
    };
    enum status st;
    int code;

    if (!args_parse(a, options, 1, 1))
        return a->exit_code;
    st = session_open(dir, SESSION_READ, &s);
    if (st != STATUS_OK)
        return status_exit_code(st);
    st = policies_read(policy != NULL ? policy : s.config.policy, &p);
    code = st == STATUS_OK ? prove(&s, p, a->words[0], out) : status_exit_code(st);
    policy_free(p);
    session_close(&s);
    return code;
}
