/* shared/io/link_serve.c */
#include "io/link_serve.h"

#include <stdlib.h>

#include "base/say.h"
#include "face/route.h"
#include "ledger/log_keys.h"
#include "link/message.h"
#include "tlog/bundle.h"
#include "tlog/proof.h"

struct read_job {
    struct link_serve *serve;
    struct link_request *rq;
    struct message m;
};

void link_serve_error(struct link_request *rq, uint16_t status, const char *text)
{
    struct buf out = { 0 };

    message_error(status, text, &out);
    link_request_answer(rq, buf_bytes(&out));
    buf_clear(&out);
}

/* The checkpoint's text begins with the origin's line. */
static struct bytes origin_of(struct bytes checkpoint)
{
    struct reader r = reader_of(checkpoint);

    return reader_line(&r);
}

enum status link_answer_status(struct store *s, uint16_t hints_port, bool waiting,
                               struct buf *out)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };
    struct buf note = { 0 };
    enum status st = store_snapshot(s);

    if (st != STATUS_OK)
        return st;
    st = store_checkpoint_newest(s, &m.u.status.size, &note);
    if (st == STATUS_OK) {
        buf_reset(&note);
        st = route_checkpoint(s, m.u.status.size, &note);
    } else if (st == STATUS_NOT_FOUND) {
        st = STATUS_OK; /* an empty log */
    }
    store_release(s);
    if (st == STATUS_OK) {
        m.u.status.hints_port = hints_port;
        m.u.status.waiting = waiting;
        m.u.status.checkpoint = buf_bytes(&note);
        m.u.status.origin = origin_of(buf_bytes(&note));
        message_encode(&m, out);
        st = buf_status(&note);
    }
    buf_clear(&note);
    return st == STATUS_OK ? buf_status(out) : st;
}

/* Entries from `from` on into a bundle: at least one where there is one. */
static enum status add_entries(struct store *s, uint64_t from, uint64_t size,
                               uint32_t max_bytes, struct buf *bundle, uint32_t *count)
{
    size_t room = LINK_PART_MAX;
    struct buf note = { 0 };
    struct store_entry e;
    enum status st = STATUS_OK;

    if (room > max_bytes)
        room = max_bytes;
    *count = 0;
    for (uint64_t i = from; st == STATUS_OK && i < size; i++) {
        st = store_entry_get(s, i, &e, &note);
        if (st != STATUS_OK || (*count > 0 && bundle->len + 2 + e.note.len > room))
            break;
        bundle_add(bundle, e.note);
        ++*count;
    }
    buf_clear(&note);
    return st == STATUS_OK ? buf_status(bundle) : st;
}

/* docs/replication.md 5.2:
 *   A part ends at the latest where the log's keys change, and comes with the checkpoint
 *   of just that size. */
static enum status choose_checkpoint(struct store *s, uint64_t from, uint64_t *size,
                                     struct buf *note)
{
    struct log_keys keys;
    uint64_t change;
    enum status st = log_keys_load(s, &keys);

    if (st != STATUS_OK)
        return st;
    if (log_keys_change(&keys, from, &change) && change < *size)
        *size = change;
    log_keys_clear(&keys);
    buf_reset(note);
    return route_checkpoint(s, *size, note);
}

static enum status make_entries(struct store *s, uint64_t from, uint32_t max_bytes,
                                struct buf *bundle, struct buf *note, struct proof *proof,
                                uint32_t *count)
{
    uint64_t size = 0;
    enum status st = store_checkpoint_newest(s, &size, note);

    *count = 0;
    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* an empty log */
    st = choose_checkpoint(s, from, &size, note);
    if (st == STATUS_OK)
        st = add_entries(s, from, size, max_bytes, bundle, count);
    if (st == STATUS_OK && from + *count <= size)
        st = proof_consistency(store_tile_read, s, from + *count, size, proof);
    return st;
}

enum status link_answer_entries(struct store *s, uint64_t from, uint32_t max_bytes,
                                struct buf *out)
{
    struct message m = { .type = MESSAGE_ENTRIES_ANSWER };
    struct buf bundle = { 0 }, note = { 0 };
    struct proof proof = { .n = 0 };
    enum status st = store_snapshot(s);

    if (st != STATUS_OK)
        return st;
    st = make_entries(s, from, max_bytes, &bundle, &note, &proof,
                      &m.u.entries_answer.count);
    store_release(s);
    if (st == STATUS_OK) {
        m.u.entries_answer.from = from;
        m.u.entries_answer.proof =
            (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
        m.u.entries_answer.checkpoint = buf_bytes(&note);
        m.u.entries_answer.bundle = buf_bytes(&bundle);
        message_encode(&m, out);
        st = buf_status(&note);
    }
    buf_clear(&bundle);
    buf_clear(&note);
    return st == STATUS_OK ? buf_status(out) : st;
}

static enum status make_proof(struct store *s, struct message *m, struct buf *note,
                              struct proof *proof)
{
    uint64_t newest = 0, size = m->u.prove_answer.size;
    struct tree tree;
    enum status st = store_checkpoint_newest(s, &newest, note);

    if (st != STATUS_OK)
        return st == STATUS_NOT_FOUND ? STATUS_OK : st; /* an empty log */
    st = choose_checkpoint(s, size, &newest, note);
    if (st != STATUS_OK || newest < size)
        return st;
    st = tile_tree(store_tile_read, s, size, &tree);
    if (st == STATUS_OK)
        st = proof_consistency(store_tile_read, s, size, newest, proof);
    if (st == STATUS_OK)
        m->u.prove_answer.root = tree_root(&tree);
    return st;
}

enum status link_answer_prove(struct store *s, uint64_t size, struct buf *out)
{
    struct message m = { .type = MESSAGE_PROVE_ANSWER };
    struct buf note = { 0 };
    struct proof proof = { .n = 0 };
    enum status st = store_snapshot(s);

    if (st != STATUS_OK)
        return st;
    m.u.prove_answer.size = size;
    st = make_proof(s, &m, &note, &proof);
    store_release(s);
    if (st == STATUS_OK) {
        m.u.prove_answer.proof =
            (struct bytes){ (const uint8_t *)proof.hashes, proof.n * HASH_LEN };
        m.u.prove_answer.checkpoint = buf_bytes(&note);
        message_encode(&m, out);
        st = buf_status(&note);
    }
    buf_clear(&note);
    return st == STATUS_OK ? buf_status(out) : st;
}

static void answer_evidence(struct link_serve *serve, struct link_request *rq)
{
    struct message m = { .type = MESSAGE_EVIDENCE_ANSWER };
    struct buf text = { 0 }, out = { 0 };

    if (serve->evidence != NULL)
        serve->evidence(serve->ctx, &text);
    m.u.evidence.text = buf_bytes(&text);
    message_encode(&m, &out);
    link_request_answer(rq, buf_bytes(&out));
    buf_clear(&text);
    buf_clear(&out);
}

static bool is_waiting(const struct link_serve *serve)
{
    return serve->waiting != NULL && serve->waiting(serve->ctx);
}

static void read_job(struct store *s, void *arg)
{
    struct read_job *job = arg;
    struct buf out = { 0 };
    enum status st;

    atomic_fetch_sub(&job->serve->reads, 1);
    if (s == NULL || !link_request_alive(job->rq)) { /* for nobody: read nothing */
        link_serve_error(job->rq, 503, "busy");
        free(job);
        return;
    }
    if (job->m.type == MESSAGE_STATUS)
        st = link_answer_status(s, link_request_hints_port(job->rq),
                                is_waiting(job->serve), &out);
    else if (job->m.type == MESSAGE_PROVE)
        st = link_answer_prove(s, job->m.u.prove.size, &out);
    else
        st = link_answer_entries(s, job->m.u.entries.from, job->m.u.entries.max_bytes,
                                 &out);
    if (st == STATUS_OK) {
        link_request_answer(job->rq, buf_bytes(&out));
    } else if (st == STATUS_CANCELLED) {
        link_serve_error(job->rq, 503, "busy");
    } else {
        say_unusual("link: cannot answer: %s: %s", status_text(st), store_error(s));
        link_serve_error(job->rq, st == STATUS_ALTERED ? LINK_DAMAGED : 503,
                         status_text(st));
    }
    buf_clear(&out);
    free(job);
}

static void to_reader(struct link_serve *serve, struct link_request *rq,
                      const struct message *m)
{
    bool room = atomic_fetch_add(&serve->reads, 1) < LINK_READS_MAX;
    struct read_job *job = room ? calloc(1, sizeof(*job)) : NULL;

    if (job != NULL) {
        struct reader_job read = { .fn = read_job,
                                   .arg = job,
                                   .asker = link_request_asker(rq) };

        job->serve = serve;
        job->rq = rq;
        job->m = *m;
        if (readers_push(serve->readers, &read) == STATUS_OK)
            return;
    }
    free(job);
    atomic_fetch_sub(&serve->reads, 1);
    link_serve_error(rq, 503, "busy");
}

void link_serve(void *arg, struct link_request *rq, struct bytes request)
{
    struct link_serve *serve = arg;
    struct message m;
    enum status st = message_decode(request, &m);

    if (st == STATUS_NEWER) {
        link_serve_error(rq, 400, "another version of the link");
        return;
    }
    if (st == STATUS_OK && (m.type == MESSAGE_STATUS || m.type == MESSAGE_ENTRIES ||
                            m.type == MESSAGE_PROVE))
        to_reader(serve, rq, &m);
    else if (st == STATUS_OK && m.type == MESSAGE_EVIDENCE)
        answer_evidence(serve, rq);
    else if (st == STATUS_OK && m.type == MESSAGE_SUBMIT && serve->submit != NULL)
        serve->submit(serve->ctx, rq, m.u.submit.statement, m.u.submit.dry);
    else if (st == STATUS_OK && m.type == MESSAGE_COSIGN && serve->cosign != NULL)
        serve->cosign(serve->ctx, rq, m.u.cosign.body);
    else if (st == STATUS_OK && (m.type == MESSAGE_TELL || m.type == MESSAGE_RETURN) &&
             serve->told != NULL)
        serve->told(serve->ctx, rq, &m);
    else if (st == STATUS_OK && (m.type == MESSAGE_SUBMIT || m.type == MESSAGE_COSIGN ||
                                 m.type == MESSAGE_TELL || m.type == MESSAGE_RETURN))
        link_serve_error(rq, 404, "not taken here");
    else
        link_serve_error(rq, 400, "not a request");
}
