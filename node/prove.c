#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "face/route.h"
#include "ledger/rows.h"
#include "node/command.h"
#include "node/output.h"
#include "node/session.h"
#include "record/kind.h"
#include "tlog/proof.h"

/* The entry that states the current terms of a subject. */
static enum status find_subject(struct store *s, struct bytes id, uint64_t *index)
{
    json_t *row = NULL;
    enum status st = rows_find(s, STORE_SUBJECT, id, NULL, &row);

    if (st == STATUS_OK)
        *index =
            RECORD_INDEX((uint64_t)json_integer_value(json_object_get(row, "terms")));
    json_decref(row);
    return st;
}

static enum status find(struct store *s, struct bytes id, uint64_t *index)
{
    struct reference r;
    uint64_t size;
    enum status st;

    if (decimal_parse(id, index) == STATUS_OK)
        st = STATUS_OK;
    else if (reference_parse(id, &r) == STATUS_OK) {
        *index = r.index;
        st = STATUS_OK;
    } else {
        st = find_subject(s, id, index);
    }
    if (st == STATUS_OK)
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

static int prove(struct session *s, const char *id, const char *path)
{
    struct buf out = { 0 };
    uint64_t index = 0, size = 0;
    enum status st = find(s->store, bytes_of(id), &index);

    if (st == STATUS_NOT_FOUND) {
        say_error("nothing here is called %s", id);
        say_hint("name an entry by its number or reference, or a subject by its id");
        return status_exit_code(st);
    }
    if (st == STATUS_OK)
        st = choose(s->store, index, &size);
    if (st == STATUS_NOT_FOUND) {
        say_error("no checkpoint here covers entry %llu yet", (unsigned long long)index);
        say_hint("bring the replica up with `avow sync`");
        return status_exit_code(st);
    }
    if (st == STATUS_OK)
        st = make(s->store, index, size, &out);
    if (st != STATUS_OK) {
        buf_clear(&out);
        return output_failed(s->config.replica, st);
    }
    return output_file(path, &out);
}

int cmd_prove(struct args *a)
{
    const char *dir = NULL, *out = NULL;
    struct session s;
    const struct option options[] = {
        DIR_OPTION(&dir),
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
    code = prove(&s, a->words[0], out);
    session_close(&s);
    return code;
}
