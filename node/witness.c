#include "node/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "ledger/rows.h"
#include "link/replica.h"
#include "record/json.h"

#define SETTING "cosigned"
#define HTTP_OK 200

struct witness {
    struct secret_key *key;
    struct store *store;
    uint16_t refusal; /* the broker's last answer, not to say the same every second */
};

enum status witness_new(struct secret_key *key, struct store *s, struct witness **out)
{
    struct witness *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        secret_key_free(key);
        return STATUS_NOMEM;
    }
    w->key = key;
    w->store = s;
    *out = w;
    return STATUS_OK;
}

void witness_free(struct witness *w)
{
    if (w == NULL)
        return;
    secret_key_free(w->key);
    free(w);
}

/* --- what was cosigned last ------------------------------------------------------- */

static enum status read_last(struct store *s, struct checkpoint *last)
{
    struct buf text = { 0 };
    struct reader r;
    struct bytes line;
    size_t space;
    enum status st = store_setting_get(s, SETTING, &text);

    *last = (struct checkpoint){ .size = 0 };
    r = reader_of(buf_bytes(&text));
    line = st == STATUS_OK ? reader_line(&r) : (struct bytes){ 0 };
    if (st == STATUS_OK &&
        (!bytes_find(line, ' ', &space) ||
         decimal_parse(bytes_slice(line, 0, space), &last->size) != STATUS_OK ||
         base64_decode_exact(bytes_slice(line, space + 1, line.len), last->root.b,
                             HASH_LEN) != STATUS_OK))
        st = STATUS_ALTERED;
    buf_clear(&text);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

/* Ours is kept with the checkpoint, as those of others are. */
static enum status write_last(struct store *s, const struct checkpoint *cp,
                              const struct verifier_key *k, struct bytes line)
{
    struct buf text = { 0 };
    enum status st;

    buf_printf(&text, "%llu ", (unsigned long long)cp->size);
    base64_encode((struct bytes){ cp->root.b, HASH_LEN }, &text);
    buf_u8(&text, '\n');
    st = text.bad ? STATUS_NOMEM : store_begin(s);
    if (st == STATUS_OK) {
        st = store_setting_put(s, SETTING, buf_bytes(&text));
        if (st == STATUS_OK)
            st = store_cosignature_put(s, cp->size, bytes_of(k->name), k->id, line);
        st = store_end(s, st);
    }
    buf_clear(&text);
    return st;
}

enum status witness_cosign(struct store *s, const struct secret_key *key,
                           struct bytes note, uint64_t timestamp, struct buf *body)
{
    struct note *n = malloc(sizeof(*n));
    struct checkpoint cp, last;
    struct buf line = { 0 };
    enum status st = n != NULL ? note_parse(note, n) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = checkpoint_parse(n->text, &cp);
    if (st == STATUS_OK)
        st = read_last(s, &last);
    if (st == STATUS_OK)
        st = replica_may_cosign(&last, &cp);
    if (st == STATUS_OK || st == STATUS_EXISTS) {
        cosignature_sign(key, n->text, timestamp, &line);
        buf_add(body, n->text);
        buf_u8(body, '\n');
        buf_add(body, buf_bytes(&line));
        if (line.bad || body->bad)
            st = STATUS_NOMEM;
    }
    /* docs/replication.md 3.2:
     *   The size and root that it is about to cosign are on disk before the cosignature
     *   leaves. */
    if (st == STATUS_OK)
        st = write_last(s, &cp, secret_key_public(key), buf_bytes(&line));
    buf_clear(&line);
    free(n);
    return st;
}

/* --- what the broker says
 * ---------------------------------------------------------------------- */

/* Of problem JSON only the detail is for people. */
static void say_not_taken(uint16_t status, struct bytes text)
{
    json_t *problem = NULL;
    struct bytes why = text;

    if (json_parse(text, &problem) == STATUS_OK) {
        why = json_member(problem, "detail");
        if (why.len == 0)
            why = json_member(problem, "title");
    }
    say_unusual("the broker does not take our cosignature (%u): " BYTES_FMT, status,
                BYTES_ARG(why));
    json_decref(problem);
}

void witness_replied(struct witness *w, uint16_t status, struct bytes text)
{
    if (status == w->refusal)
        return;
    w->refusal = status;
    if (w->refusal == HTTP_OK)
        return;
    say_not_taken(w->refusal, text);
    if (w->refusal == 403)
        say_hint("is this key in the log as a cosigner (cosigner.added)?");
}

/* --- cosigning -------------------------------------------------------------------- */

static enum status say_failed(enum status st)
{
    if (st == STATUS_FORK) {
        say_error("the log contradicts a checkpoint that this node has cosigned");
        say_hint("it cosigns nothing any more; compare with other nodes");
    } else {
        say_error("cannot cosign: %s", status_text(st));
    }
    return st;
}

/* Does the log, as far as the replica has it, say that this key cosigns no more? One that
 * it does not know yet may be added. */
static enum status look_retired(struct witness *w, bool *retired)
{
    const struct verifier_key *k = secret_key_public(w->key);
    struct buf key = { 0 };
    json_t *row = NULL;
    const json_t *revoked;
    enum status st;

    rows_key_key(bytes_of(k->name), k->id, &key);
    st = rows_find(w->store, STORE_KEY, buf_bytes(&key), NULL, &row);
    revoked = json_object_get(row, "revoked");
    *retired = st == STATUS_OK && revoked != NULL;
    if (*retired) {
        say_unusual("the log retired the key %08x of %s in entry %llu (" BYTES_FMT
                    "): this node cosigns no more",
                    k->id, k->name,
                    (unsigned long long)RECORD_INDEX(
                        (uint64_t)json_integer_value(json_object_get(revoked, "record"))),
                    BYTES_ARG(json_member(revoked, "reason")));
        say_hint("state a new key (cosigner.added), and name its file in node.conf");
    }
    json_decref(row);
    buf_clear(&key);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status witness_last(struct witness *w, uint64_t *size)
{
    struct checkpoint last;
    enum status st = read_last(w->store, &last);

    *size = last.size;
    return st == STATUS_OK ? st : say_failed(st);
}

enum status witness_last_checkpoint(struct witness *w, struct checkpoint *last)
{
    enum status st = read_last(w->store, last);

    return st == STATUS_OK ? st : say_failed(st);
}

static enum status parse_checkpoint(struct bytes note, struct checkpoint *cp)
{
    struct note *n = malloc(sizeof(*n));
    enum status st = n != NULL ? note_parse(note, n) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = checkpoint_parse(n->text, cp);
    free(n);
    return st;
}

enum status witness_step(struct witness *w, struct bytes note, struct checkpoint *cp,
                         struct buf *body)
{
    bool retired = false;
    enum status st = parse_checkpoint(note, cp);

    if (st == STATUS_OK)
        st = look_retired(w, &retired);
    if (st != STATUS_OK)
        return say_failed(st);
    if (retired)
        return STATUS_FORK;
    st = witness_cosign(w->store, w->key, note, (uint64_t)clock_now_s(), body);
    return st == STATUS_OK || st == STATUS_EXISTS ? STATUS_OK : say_failed(st);
}
