#include "node/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "ledger/rows.h"
#include "node/remote.h"
#include "record/json.h"

#define SETTING "cosigned"
#define INTERVAL_MS 1000
#define CALL_TIMEOUT_MS 5000
#define HTTP_OK 200

struct witness {
    struct secret_key *key;
    struct store *store;
    struct link_client *link;
    uint64_t sent_ms; /* when a cosignature left last; 0: none yet */
    uint64_t deadline_ms;
    uint64_t size;    /* accepted by the broker */
    uint16_t refusal; /* its last answer, not to say the same every second */
    bool stopped;     /* the log contradicted itself, or retired our key */
    struct buf body, answer;
};

enum status witness_new(struct secret_key *key, struct store *s, struct link_client *link,
                        struct witness **out)
{
    struct witness *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        secret_key_free(key);
        return STATUS_NOMEM;
    }
    w->key = key;
    w->store = s;
    w->link = link;
    w->deadline_ms = UINT64_MAX;
    *out = w;
    return STATUS_OK;
}

void witness_free(struct witness *w)
{
    if (w == NULL)
        return;
    secret_key_free(w->key);
    buf_clear(&w->body);
    buf_clear(&w->answer);
    free(w);
}

uint64_t witness_deadline_ms(const struct witness *w)
{
    return w->deadline_ms;
}

/* --- what was cosigned last ------------------------------------------------------- */

static enum status read_last(struct store *s, uint64_t *size, struct hash *root)
{
    struct buf text = { 0 };
    struct reader r;
    struct bytes line;
    size_t space;
    enum status st = store_setting_get(s, SETTING, &text);

    *size = 0;
    r = reader_of(buf_bytes(&text));
    line = st == STATUS_OK ? reader_line(&r) : (struct bytes){ 0 };
    if (st == STATUS_OK &&
        (!bytes_find(line, ' ', &space) ||
         decimal_parse(bytes_slice(line, 0, space), size) != STATUS_OK ||
         base64_decode_exact(bytes_slice(line, space + 1, line.len), root->b, HASH_LEN) !=
             STATUS_OK))
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
    struct checkpoint cp;
    struct hash root;
    struct buf line = { 0 };
    uint64_t size = 0;
    enum status st = n != NULL ? note_parse(note, n) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = checkpoint_parse(n->text, &cp);
    if (st == STATUS_OK)
        st = read_last(s, &size, &root);
    /* docs/replication.md 3.2:
     *   It never cosigns a smaller tree than before, nor another root for the same size.
     */
    if (st == STATUS_OK && size > 0 && cp.size <= size)
        st = cp.size == size && hash_eq(&cp.root, &root) ? STATUS_EXISTS : STATUS_FORK;
    if (st == STATUS_OK || st == STATUS_EXISTS) {
        cosignature_sign(key, n->text, timestamp, &line);
        buf_add(body, n->text);
        buf_u8(body, '\n');
        buf_add(body, buf_bytes(&line));
        if (line.bad || body->bad)
            st = STATUS_NOMEM;
    }
    /* The size and root that it is about to cosign are on disk before the cosignature
     * leaves. */
    if (st == STATUS_OK)
        st = write_last(s, &cp, secret_key_public(key), buf_bytes(&line));
    buf_clear(&line);
    free(n);
    return st;
}

/* --- sending ---------------------------------------------------------------------- */

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

static void say_answer(struct witness *w, const struct message *m)
{
    if (m->u.answer.status == w->refusal)
        return;
    w->refusal = m->u.answer.status;
    if (w->refusal == HTTP_OK)
        return;
    say_not_taken(w->refusal, m->u.answer.text);
    if (w->refusal == 403)
        say_hint("is this key in the log as a cosigner (cosigner.added)?");
}

/* An unanswered one is simply not counted: the next will be of a newer checkpoint. */
static void send_body(struct witness *w, uint64_t size, uint64_t now_ms)
{
    struct message m, request = { .type = MESSAGE_COSIGN };
    enum status st;

    request.u.cosign.body = buf_bytes(&w->body);
    st = remote_call(w->link, &request, CALL_TIMEOUT_MS, &w->answer, &m);
    w->sent_ms = now_ms;
    w->deadline_ms = UINT64_MAX;
    if (st == STATUS_OK && m.type == MESSAGE_COSIGN_ANSWER) {
        say_answer(w, &m);
        /* Whatever it said, this checkpoint is settled; but one who is not a cosigner yet
         * may become one. */
        if (m.u.answer.status == HTTP_OK || m.u.answer.status == 409)
            w->size = size;
        else
            w->deadline_ms = now_ms + 10 * INTERVAL_MS;
    } else {
        w->deadline_ms = now_ms + INTERVAL_MS;
    }
}

static enum status say_failed(struct witness *w, enum status st)
{
    if (st == STATUS_FORK) {
        say_error("the log contradicts a checkpoint that this node has cosigned");
        say_hint("it cosigns nothing any more; compare with other nodes");
        w->stopped = true;
        return STATUS_OK;
    }
    say_error("cannot cosign: %s", status_text(st));
    return st;
}

/* Does the log, as far as the replica has it, say that this key cosigns no more? One that
 * it does not know yet may be added. */
static enum status look_retired(struct witness *w)
{
    const struct verifier_key *k = secret_key_public(w->key);
    struct buf key = { 0 };
    json_t *row = NULL;
    const json_t *revoked;
    enum status st;

    rows_key_key(bytes_of(k->name), k->id, &key);
    st = rows_find(w->store, STORE_KEY, buf_bytes(&key), NULL, &row);
    revoked = json_object_get(row, "revoked");
    if (st == STATUS_OK && revoked != NULL) {
        say_unusual("the log retired the key %08x of %s in entry %llu (" BYTES_FMT
                    "): this node cosigns no more",
                    k->id, k->name,
                    (unsigned long long)RECORD_INDEX(
                        (uint64_t)json_integer_value(json_object_get(revoked, "record"))),
                    BYTES_ARG(json_member(revoked, "reason")));
        say_hint("state a new key (cosigner.added), and name its file in node.conf");
        w->stopped = true;
    }
    json_decref(row);
    buf_clear(&key);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status witness_step(struct witness *w, struct bytes note, uint64_t now_ms)
{
    struct checkpoint cp;
    struct reader r = reader_of(note);
    size_t text_len = 0;
    enum status st;

    if (w->stopped || note.len == 0)
        return STATUS_OK;
    for (int i = 0; i < 3; i++)
        text_len += reader_line(&r).len + 1;
    if (r.bad || checkpoint_parse(bytes_slice(note, 0, text_len), &cp) != STATUS_OK ||
        cp.size <= w->size)
        return STATUS_OK;
    /* docs/replication.md 3.1:
     *   At once when it has cosigned nothing for a second, else a second after the last.
     */
    if (w->sent_ms != 0 && now_ms < w->sent_ms + INTERVAL_MS) {
        w->deadline_ms = w->sent_ms + INTERVAL_MS;
        return STATUS_OK;
    }
    if (w->deadline_ms != UINT64_MAX && now_ms < w->deadline_ms)
        return STATUS_OK;
    st = look_retired(w);
    if (st != STATUS_OK || w->stopped)
        return st;
    buf_reset(&w->body);
    st = witness_cosign(w->store, w->key, note, (uint64_t)clock_now_s(), &w->body);
    if (st != STATUS_OK && st != STATUS_EXISTS)
        return say_failed(w, st);
    send_body(w, cp.size, now_ms);
    return STATUS_OK;
}
