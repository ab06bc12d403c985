#include "node/witness_serve.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/say.h"
#include "face/route.h"
#include "io/face.h"
#include "ledger/log_keys.h"
#include "node/evidence.h"
#include "node/follow_internal.h"
#include "tlog/proof.h"

/* Requests that wait; beyond, 503. */
#define WAITING_MAX 64
/* For entries that are still on their way. */
#define HELD_WAIT_MS 3000
#define CONNECTIONS_MAX 256
#define STUCK_S 20
#define ANSWERS_MAX 16000000

struct witness_serve {
    struct face *face;
    struct route_context route;
    struct follow *follow;
    struct store *store; /* the follower's */
    const struct config *config;
    struct witness *witness;
    struct buf monitor; /* the path of GET checkpoint */
    bool forked;

    pthread_mutex_t lock; /* of what follows */
    struct request {
        struct exchange *x;
        uint64_t until_ms;
    } waiting[WAITING_MAX];
    size_t n;
};

/* --- what comes in, on the face's thread ---------------------------------------------
 */

static enum route_type find(const struct http_request *rq, struct http_response *out)
{
    static const struct bytes end = { (const uint8_t *)"/checkpoint", 11 };
    bool post = bytes_eq_text(rq->method, "POST");
    bool tail =
        rq->path.len > end.len &&
        bytes_eq(bytes_slice(rq->path, rq->path.len - end.len, rq->path.len), end);

    if ((post && bytes_eq_text(rq->path, "/add-checkpoint")) || (!post && tail))
        return ROUTE_COSIGNATURE;
    route_problem(out, 404, "not-found", "Not found", "there is nothing at this path", 0);
    return ROUTE_NONE;
}

static void wait_in(struct witness_serve *s, struct request a)
{
    bool room;

    pthread_mutex_lock(&s->lock);
    room = s->n < WAITING_MAX;
    if (room)
        s->waiting[s->n++] = a;
    pthread_mutex_unlock(&s->lock);
    if (!room)
        exchange_busy(a.x);
}

static bool take_in(void *ctx, struct exchange *x, enum route_type route)
{
    struct witness_serve *s = ctx;

    if (route != ROUTE_COSIGNATURE)
        return false;
    wait_in(s, (struct request){ x, clock_ms() + HELD_WAIT_MS });
    follow_wake(s->follow);
    return true;
}

/* --- add-checkpoint ------------------------------------------------------------------
 */

struct adding {
    uint64_t old;
    struct proof proof;
    struct bytes note;
    struct checkpoint cp;
};

static enum status parse(struct bytes body, struct adding *a)
{
    struct reader r = reader_of(body);
    struct bytes line = reader_line(&r);

    a->proof.n = 0;
    if (r.bad || !bytes_starts(line, BYTES_LIT("old ")) ||
        decimal_parse(bytes_slice(line, 4, line.len), &a->old) != STATUS_OK)
        return STATUS_MALFORMED;
    for (line = reader_line(&r); !r.bad && line.len > 0; line = reader_line(&r))
        if (a->proof.n == PROOF_HASHES_MAX ||
            base64_decode_exact(line, a->proof.hashes[a->proof.n++].b, HASH_LEN) !=
                STATUS_OK)
            return STATUS_MALFORMED;
    a->note = reader_rest(&r);
    return r.bad ? STATUS_MALFORMED : STATUS_OK;
}

static void refuse_it(struct http_response *out, unsigned status, const char *why)
{
    route_problem(out, status, "witness", "Not cosigned", why, 0);
}

/* Its origin, and who signed it. False: answered. */
static bool is_of_the_log(struct witness_serve *s, struct adding *a,
                          struct http_response *out)
{
    struct reader r = reader_of(a->note);
    struct bytes origin = reader_line(&r);
    enum status st;

    if (!r.bad && !bytes_eq_text(origin, s->config->log.name)) {
        refuse_it(out, 404, "this is not the log that is followed here");
        return false;
    }
    st = log_keys_believe(s->store, &s->config->log, a->note, &a->cp);
    if (st == STATUS_MALFORMED)
        refuse_it(out, 400, "the checkpoint is malformed");
    else if (st == STATUS_BAD_SIG)
        refuse_it(out, 403, "no key of the log signed it");
    else if (st != STATUS_OK)
        refuse_it(out, 503, "the replica cannot be read");
    return st == STATUS_OK;
}

/* As the specification says, against what was cosigned last. False: answered. */
static bool grows(struct witness_serve *s, const struct adding *a,
                  struct http_response *out)
{
    struct checkpoint last;

    if (a->old > a->cp.size) {
        refuse_it(out, 400, "the old size is above the checkpoint's");
        return false;
    }
    if (witness_last_checkpoint(s->witness, &last) != STATUS_OK) {
        refuse_it(out, 503, "the replica cannot be read");
        return false;
    }
    if (a->old != last.size) {
        out->status = 409;
        out->type = "text/x.tlog.size";
        out->cache_control = "no-store";
        buf_printf(&out->body, "%llu\n", (unsigned long long)last.size);
        return false;
    }
    if (a->old == 0 ? a->proof.n > 0
                    : proof_consistency_verify(&a->proof, a->old, a->cp.size, &last.root,
                                               &a->cp.root) != STATUS_OK) {
        refuse_it(out, 422, "the proof does not lead from the tree cosigned last");
        return false;
    }
    return true;
}

/* Not yet: the replica has no checkpoint of that size or a larger one. */
static bool is_ahead(struct witness_serve *s, const struct adding *a)
{
    struct buf note = { 0 };
    uint64_t newest = 0;
    enum status st = store_checkpoint_newest(s->store, &newest, &note);

    buf_clear(&note);
    return (st == STATUS_OK || st == STATUS_NOT_FOUND) && a->cp.size > newest;
}

/* docs/replication.md 3.6: of what the replica holds. False: answered. */
static bool is_ours(struct witness_serve *s, const struct adding *a,
                    struct http_response *out)
{
    struct evidence_log log = { .store = s->store, .pinned = &s->config->log };
    struct tree tree;
    struct hash root;

    if (tile_tree(store_tile_read, s->store, a->cp.size, &tree) != STATUS_OK) {
        refuse_it(out, 503, "the replica cannot be read");
        return false;
    }
    root = tree_root(&tree);
    if (hash_eq(&root, &a->cp.root))
        return true;
    refuse_it(out, 422, "the log signed another tree of that size");
    if (a->cp.size == 0)
        return false;
    s->forked = evidence_fork(s->config->dir, &log, a->note, &a->cp) == STATUS_OK;
    if (s->forked)
        say_error("the log signed two different roots for size %llu",
                  (unsigned long long)a->cp.size);
    return false;
}

static enum status keep_checkpoint(struct witness_serve *s, const struct adding *a)
{
    struct buf have = { 0 }, own = { 0 };
    enum status st = store_checkpoint_get(s->store, a->cp.size, &have);

    if (st == STATUS_NOT_FOUND) {
        st = log_keys_own_lines(s->store, &s->config->log, a->note, &own);
        if (st == STATUS_OK)
            st = store_checkpoint_put(s->store, a->cp.size, buf_bytes(&own));
    }
    buf_clear(&have);
    buf_clear(&own);
    return st;
}

static void cosign_it(struct witness_serve *s, const struct adding *a,
                      struct http_response *out)
{
    struct buf cosigned = { 0 };
    struct checkpoint cp;
    const uint8_t *at = NULL;
    enum status st = keep_checkpoint(s, a);

    if (st == STATUS_OK)
        st = witness_step(s->witness, a->note, &cp, &cosigned);
    if (st == STATUS_OK)
        at = memmem(cosigned.ptr, cosigned.len, "\n\n", 2);
    if (at == NULL) {
        refuse_it(out, st == STATUS_FORK ? 403 : 503, "this node does not cosign now");
    } else {
        out->status = 200;
        out->type = "text/plain; charset=utf-8";
        out->cache_control = "no-store";
        buf_append(&out->body, at + 2, (size_t)(cosigned.ptr + cosigned.len - at - 2));
    }
    buf_clear(&cosigned);
}

/* False: not answered; the entries may come yet. */
static bool add_checkpoint(struct witness_serve *s, struct bytes body, bool late,
                           struct http_response *out)
{
    struct adding a;

    if (s->forked) {
        refuse_it(out, 403, "the log is convicted of two histories");
    } else if (parse(body, &a) != STATUS_OK) {
        refuse_it(out, 400, "expected old, proof lines, an empty line, a checkpoint");
    } else if (is_of_the_log(s, &a, out)) {
        bool ahead = is_ahead(s, &a);

        if ((!ahead && !is_ours(s, &a, out)) || !grows(s, &a, out))
            return true;
        if (ahead && !late)
            return false;
        if (ahead)
            refuse_it(out, 503, "the entries are not here yet");
        else
            cosign_it(s, &a, out);
    }
    return true;
}

/* The newest that was cosigned, with its cosignatures. */
static void give_checkpoint(struct witness_serve *s, struct bytes path,
                            struct http_response *out)
{
    struct checkpoint last;

    if (!bytes_eq(path, buf_bytes(&s->monitor)) ||
        witness_last_checkpoint(s->witness, &last) != STATUS_OK || last.size == 0 ||
        route_checkpoint(s->store, last.size, &out->body) != STATUS_OK) {
        refuse_it(out, 404, "of this log nothing was cosigned here");
        return;
    }
    out->status = 200;
    out->type = "text/plain; charset=utf-8";
    out->cache_control = "no-store";
}

/* --- the owner's thread --------------------------------------------------------------
 */

static size_t take_waiting(struct witness_serve *s, struct request out[WAITING_MAX])
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    n = s->n;
    memcpy(out, s->waiting, n * sizeof(*out));
    s->n = 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void answer(struct witness_serve *s, struct request a)
{
    const struct http_request *rq = exchange_request(a.x);
    struct http_response out = { 0 };

    if (!bytes_eq_text(rq->method, "POST")) {
        give_checkpoint(s, rq->path, &out);
    } else if (!add_checkpoint(s, rq->body, clock_ms() >= a.until_ms, &out)) {
        wait_in(s, a);
        return;
    }
    exchange_answer(a.x, &out);
}

enum status witness_serve_step(struct witness_serve *s)
{
    struct request waiting[WAITING_MAX];
    size_t n;

    if (s == NULL)
        return STATUS_OK;
    n = take_waiting(s, waiting);
    for (size_t i = 0; i < n; i++)
        answer(s, waiting[i]);
    return s->forked ? STATUS_FORK : STATUS_OK;
}

static enum status listen_at(struct witness_serve *s, const char *at)
{
    const char *colon = strrchr(at, ':');
    char address[64];
    uint64_t port;
    struct face_options o = { .address = address,
                              .origin = s->config->log.name,
                              .route = &s->route,
                              .connections_max = CONNECTIONS_MAX,
                              .watchers_max = 0,
                              .answers_max = ANSWERS_MAX,
                              .stuck_s = STUCK_S,
                              .find = find,
                              .serve = take_in,
                              .ctx = s };

    if (colon == NULL || colon == at || (size_t)(colon - at) >= sizeof(address) ||
        decimal_parse(bytes_of(colon + 1), &port) != STATUS_OK || port > UINT16_MAX) {
        say_error("--witness-listen: '%s' is not ADDRESS:PORT", at);
        return STATUS_USAGE;
    }
    memcpy(address, at, (size_t)(colon - at));
    address[colon - at] = '\0';
    o.port = (uint16_t)port;
    return face_open(&o, &s->face);
}

enum status witness_serve_open(const char *address, struct follow *f,
                               const struct config *c, struct witness *w,
                               struct witness_serve **out)
{
    struct witness_serve *s;
    struct hash digest = hash_sha256(bytes_of(c->log.name));
    enum status st;

    if (w == NULL) {
        say_error("--witness-listen: this node has no key to cosign with");
        say_hint("name its file in %s/node.conf: cosigner FILE", c->dir);
        return STATUS_USAGE;
    }
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return STATUS_NOMEM;
    *s = (struct witness_serve){
        .follow = f, .store = follow_store(f), .config = c, .witness = w
    };
    s->route = (struct route_context){
        .version = AVOW_VERSION, .public_url = "", .program = "avow", .now_s = clock_now_s
    };
    pthread_mutex_init(&s->lock, NULL);
    buf_u8(&s->monitor, '/');
    hex_encode((struct bytes){ digest.b, HASH_LEN }, &s->monitor);
    buf_text(&s->monitor, "/checkpoint");
    st = buf_status(&s->monitor);
    if (st == STATUS_OK)
        st = listen_at(s, address);
    if (st != STATUS_OK) {
        witness_serve_close(s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

void witness_serve_close(struct witness_serve *s)
{
    struct request waiting[WAITING_MAX];
    size_t n;

    if (s == NULL)
        return;
    if (s->face != NULL)
        face_quiet(s->face);
    n = take_waiting(s, waiting);
    for (size_t i = 0; i < n; i++)
        exchange_busy(waiting[i].x);
    face_close(s->face);
    pthread_mutex_destroy(&s->lock);
    buf_clear(&s->monitor);
    free(s);
}

uint16_t witness_serve_port(const struct witness_serve *s)
{
    return face_port(s->face);
}
