/* broker/told.c: a TELL or RETURN, before the sequencer hears of it.
 *
 * Anybody may tell anything. So a reader looks first, by its own handle, whether it is
 * worth the sequencer's time: what is not signed by the log, or says what is known, is
 * answered here. The sequencer looks again at the rest, by what it has then.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "broker/broker.h"
#include "ledger/log_keys.h"
#include "ledger/rows.h"
#include "link/message.h"
#include "tlog/tile.h"

struct told {
    struct broker *broker;
    struct link_request *rq;
    struct message m; /* borrows of the request */
};

static void answer(struct broker *b, struct link_request *rq, enum message_type type)
{
    struct message m = { .type = type == MESSAGE_TELL ? MESSAGE_TELL_ANSWER
                                                      : MESSAGE_RETURN_ANSWER };
    struct buf out = { 0 };

    m.u.told.waiting = serve_waits(b);
    m.u.told.size = atomic_load(&b->metrics.size);
    message_encode(&m, &out);
    link_request_answer(rq, buf_bytes(&out));
    buf_clear(&out);
}

/* --- looking ------------------------------------------------------------------------ */

/* The row of the cosigner that made the line, found by its name and id. */
static enum status find_cosigner(struct store *s, const struct note_signature *sig,
                                 struct verifier_key *out)
{
    struct buf key = { 0 };
    json_t *row = NULL;
    enum status st;

    rows_key_key(sig->name, sig->key_id, &key);
    st = rows_find(s, STORE_KEY, buf_bytes(&key), NULL, &row);
    buf_clear(&key);
    if (st == STATUS_OK && !rows_cosigns(row))
        st = STATUS_NOT_FOUND;
    if (st == STATUS_OK && verifier_key_parse(json_member(row, "key"), out) != STATUS_OK)
        st = STATUS_ALTERED;
    json_decref(row);
    return st;
}

/* *news: one of the log's cosigners signed it. */
static enum status look_at_lines(struct store *s, struct bytes text, bool *news)
{
    struct note *note = malloc(sizeof(*note));
    enum status st = note != NULL ? note_parse(text, note) : STATUS_NOMEM;

    for (size_t i = 0; st == STATUS_OK && !*news && i < note->n; i++) {
        struct verifier_key key;

        st = find_cosigner(s, &note->sigs[i], &key);
        if (st == STATUS_OK)
            *news = cosignature_verify(&note->sigs[i], note->text, &key, NULL);
        else if (st == STATUS_NOT_FOUND)
            st = STATUS_OK;
    }
    free(note);
    return st;
}

static enum status is_ours(struct store *s, const struct checkpoint *cp, bool *same)
{
    struct tree tree;
    struct hash root;
    enum status st = tile_tree(store_tile_read, s, cp->size, &tree);

    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    *same = hash_eq(&root, &cp->root);
    return STATUS_OK;
}

static enum status look(struct store *s, struct bytes text, bool waiting, bool *news)
{
    struct log_keys keys = { 0 };
    struct checkpoint cp;
    struct buf newest = { 0 };
    uint64_t size = 0;
    bool same = false;
    enum status st = store_checkpoint_newest(s, &size, &newest);

    if (st == STATUS_OK)
        st = log_keys_load(s, &keys);
    if (st == STATUS_OK)
        st = log_keys_open(&keys, size, text, &cp);
    if (st == STATUS_BAD_SIG || st == STATUS_MALFORMED) {
        st = STATUS_OK; /* by nobody, or by a key that is stated in what we lack */
    } else if (st == STATUS_OK && cp.size > size) {
        *news = true;
    } else if (st == STATUS_OK) {
        st = is_ours(s, &cp, &same);
        *news = st == STATUS_OK && !same;
        if (st == STATUS_OK && same && waiting)
            st = look_at_lines(s, text, news);
    }
    log_keys_clear(&keys);
    buf_clear(&newest);
    return st;
}

/* --- handing on --------------------------------------------------------------------- */

static void to_sequencer(struct broker *b, struct link_request *rq,
                         const struct message *m)
{
    if (sequencer_tell(b->sequencer, rq, m) != STATUS_OK)
        link_serve_error(rq, 503, "busy");
}

/* On a reader. */
static void told_job(struct store *s, void *arg)
{
    struct told *t = arg;
    bool news = false;
    enum status st = s != NULL ? store_snapshot(s) : STATUS_CANCELLED;

    if (st == STATUS_OK) {
        st = look(s, t->m.u.tell.checkpoint, recovery_waits(t->broker->recovery), &news);
        store_release(s);
    }
    if (st != STATUS_OK)
        link_serve_error(t->rq, 503, status_text(st));
    else if (news)
        to_sequencer(t->broker, t->rq, &t->m);
    else
        answer(t->broker, t->rq, t->m.type);
    free(t);
}

/* A stranger's words cost what a statement costs that is not accepted. */
static bool has_share(struct broker *b, const struct link_request *rq)
{
    struct address from;
    struct refusal why;
    unsigned retry_after_s;

    return !link_request_sender(rq, &from) ||
           admission_send(b->admission, &from, clock_ms(), &why, &retry_after_s) ==
               STATUS_OK;
}

void serve_told(void *broker, struct link_request *rq, const struct message *m)
{
    struct broker *b = broker;
    struct told *t;

    if (m->type == MESSAGE_RETURN) {
        if (serve_waits(b))
            to_sequencer(b, rq, m);
        else
            answer(b, rq, m->type);
        return;
    }
    t = has_share(b, rq) ? calloc(1, sizeof(*t)) : NULL;
    if (t != NULL) {
        struct reader_job job = { .fn = told_job,
                                  .arg = t,
                                  .asker = link_request_asker(rq) };

        *t = (struct told){ .broker = b, .rq = rq, .m = *m };
        if (readers_push(b->readers, &job) == STATUS_OK)
            return;
        free(t);
    }
    link_serve_error(rq, 503, "busy");
}
