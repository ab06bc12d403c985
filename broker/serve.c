/* broker/serve.c: what the face and the link hand over, and how it is answered. */
#include <stdlib.h>

#include "base/clock.h"
#include "broker/broker.h"
#include "face/query.h"
#include "link/message.h"

/* --- statements ------------------------------------------------------------------- */

static void busy_problem(struct http_response *rs)
{
    route_problem(rs, rule_http_status(RULE_ADMISSION_BUSY),
                  rule_name(RULE_ADMISSION_BUSY), rule_text(RULE_ADMISSION_BUSY),
                  "the statement was not judged; submit it again in a moment", 0);
    rs->retry_after_s = 1;
}

/* docs/replication.md 8.1 */
static bool refused_waiting(struct broker *b, struct refusal *why)
{
    struct buf text = { 0 };

    if (!recovery_waits(b->recovery))
        return false;
    recovery_print(b->recovery, &text);
    (void)refuse(why, RULE_ADMISSION_WAITING, 0, "%s", buf_str(&text));
    buf_clear(&text);
    atomic_fetch_add(&b->metrics.refused[why->rule], 1);
    return true;
}

/* Who sent what is not accepted pays for it. *from: who is to pay; NULL: nobody. */
static bool refused_sender(struct broker *b, const struct address *from,
                           struct refusal *why, unsigned *retry_after_s)
{
    if (from == NULL || admission_send(b->admission, from, clock_ms(), why,
                                       retry_after_s) != STATUS_REFUSED)
        return false;
    atomic_fetch_add(&b->metrics.refused[why->rule], 1);
    return true;
}

static void http_done(struct submission *s, struct bytes receipt)
{
    struct http_response rs = { 0 };

    if (s->fate == SUBMISSION_BUSY) {
        busy_problem(&rs);
    } else {
        route_outcome(&rs, &s->outcome, s->dry, receipt);
        if (s->retry_after_s != 0)
            rs.retry_after_s = s->retry_after_s;
    }
    exchange_answer(s->asker, &rs);
}

static void submit_http(struct broker *b, struct exchange *x)
{
    const struct http_request *rq = exchange_request(x);
    struct http_response rs = { 0 };
    struct outcome outcome = { .type = OUTCOME_REFUSED };
    struct buf dry = { 0 };
    struct address key;
    const struct address *from = exchange_sender(x, &key) ? &key : NULL;
    unsigned retry_after_s = RECOVERY_RETRY_S;
    bool is_dry = query_param(rq->query, "dry_run", 0, &dry) == STATUS_OK &&
                  !bytes_eq_text(buf_bytes(&dry), "0");

    buf_clear(&dry);
    if (rq->body.len == 0) { /* not too large, as a note of no bytes would be told */
        route_problem(&rs, 400, "note.shape", rule_text(RULE_NOTE_SHAPE),
                      "expected a statement, found an empty body", 0);
        exchange_answer(x, &rs);
        return;
    }
    if (refused_waiting(b, &outcome.why) ||
        refused_sender(b, from, &outcome.why, &retry_after_s)) {
        route_outcome(&rs, &outcome, is_dry, (struct bytes){ 0 });
        rs.retry_after_s = retry_after_s;
        exchange_answer(x, &rs);
        return;
    }
    if (intake_push(b->intake, rq->body, is_dry, from, http_done, x) == STATUS_OK)
        return;
    if (from != NULL)
        admission_sent(b->admission, from);
    atomic_fetch_add(&b->metrics.busy, 1);
    busy_problem(&rs);
    exchange_answer(x, &rs);
}

static void answer_message(struct link_request *rq, const struct message *m)
{
    struct buf out = { 0 };

    message_encode(m, &out);
    link_request_answer(rq, buf_bytes(&out));
    buf_clear(&out);
}

static void refusal_message(const struct refusal *why, struct message *m)
{
    m->u.submit_answer.outcome = MESSAGE_REFUSED;
    m->u.submit_answer.rule_class = (uint8_t)rule_class_of(why->rule);
    m->u.submit_answer.line = (uint16_t)why->line;
    m->u.submit_answer.rule = bytes_of(rule_name(why->rule));
    m->u.submit_answer.text = bytes_of(why->text);
}

static void link_done(struct submission *s, struct bytes receipt)
{
    struct message m = { .type = MESSAGE_SUBMIT_ANSWER };
    const struct refusal *why = &s->outcome.why;

    m.u.submit_answer.retry_after_s = (uint16_t)s->retry_after_s;
    if (s->fate == SUBMISSION_BUSY) {
        m.u.submit_answer.outcome = MESSAGE_BUSY;
        m.u.submit_answer.retry_after_s = 1;
    } else if (s->outcome.type == OUTCOME_REFUSED) {
        refusal_message(why, &m);
    } else {
        m.u.submit_answer.outcome =
            s->outcome.type == OUTCOME_ACCEPTED ? MESSAGE_ACCEPTED : MESSAGE_KNOWN;
        m.u.submit_answer.index = s->outcome.index;
        m.u.submit_answer.receipt = receipt;
    }
    answer_message(s->asker, &m);
}

void serve_submit(void *broker, struct link_request *rq, struct bytes note, bool dry)
{
    struct broker *b = broker;
    struct message m = { .type = MESSAGE_SUBMIT_ANSWER };
    struct address key;
    const struct address *from = link_request_sender(rq, &key) ? &key : NULL;
    unsigned retry_after_s = RECOVERY_RETRY_S;
    struct refusal why;

    if (refused_waiting(b, &why) || refused_sender(b, from, &why, &retry_after_s)) {
        refusal_message(&why, &m);
        m.u.submit_answer.retry_after_s = (uint16_t)retry_after_s;
        answer_message(rq, &m);
        return;
    }
    if (intake_push(b->intake, note, dry, from, link_done, rq) == STATUS_OK)
        return;
    if (from != NULL)
        admission_sent(b->admission, from);
    atomic_fetch_add(&b->metrics.busy, 1);
    m.u.submit_answer.outcome = MESSAGE_BUSY;
    m.u.submit_answer.retry_after_s = 1;
    answer_message(rq, &m);
}

/* --- cosignatures ----------------------------------------------------------------- */

/* Asked by one of the two. */
struct cosigning {
    struct broker *broker;
    struct exchange *x;
    struct link_request *rq;
    struct bytes body;
    struct http_response rs;
};

static void cosigning_end(struct cosigning *c)
{
    struct message m = { .type = MESSAGE_COSIGN_ANSWER };

    if (c->x != NULL) {
        exchange_answer(c->x, &c->rs);
    } else {
        m.u.answer.status = (uint16_t)c->rs.status;
        m.u.answer.text = buf_bytes(&c->rs.body);
        answer_message(c->rq, &m);
    }
    http_response_clear(&c->rs);
    free(c);
}

static void cosigning_busy(struct cosigning *c)
{
    http_response_clear(&c->rs);
    route_problem(&c->rs, 503, "busy", "The broker is busy", "try again in a moment", 0);
    c->rs.retry_after_s = 1;
    cosigning_end(c);
}

static void cosigning_kept(void *arg, enum status st)
{
    struct cosigning *c = arg;

    if (st == STATUS_OK)
        cosigning_end(c);
    else
        cosigning_busy(c);
}

/* On a reader: verify. Good lines go to the sequencer, whose store can keep them. */
static void cosigning_job(struct store *store, void *job)
{
    struct cosigning *c = job;
    struct cosignature_line *lines = calloc(NOTE_SIGNATURES_MAX, sizeof(*lines));
    size_t n = NOTE_SIGNATURES_MAX;
    uint64_t size = 0;
    bool waits = false;

    if (store == NULL || lines == NULL) {
        cosigning_busy(c);
        free(lines);
        return;
    }
    if (route_cosignature(store, c->body, &size, lines, &n, &c->rs) != STATUS_OK) {
        cosigning_busy(c);
    } else if (c->rs.status == 200 && n > 0) {
        waits = sequencer_cosignatures(c->broker->sequencer, size, lines, n,
                                       cosigning_kept, c) == STATUS_OK;
        if (!waits)
            cosigning_busy(c);
    } else {
        cosigning_end(c);
    }
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++)
        buf_clear(&lines[i].line);
    free(lines);
}

static void cosign(struct broker *b, struct exchange *x, struct link_request *rq,
                   struct bytes body)
{
    struct cosigning *c = calloc(1, sizeof(*c));

    if (c == NULL && x != NULL) {
        exchange_busy(x);
    } else if (c == NULL) {
        link_serve_error(rq, 503, "busy");
    } else {
        *c = (struct cosigning){ .broker = b, .x = x, .rq = rq, .body = body };
        if (readers_push(b->readers, &(struct reader_job){
                                         .fn = cosigning_job,
                                         .arg = c,
                                         .asker = rq != NULL ? link_request_asker(rq)
                                                             : 0 }) != STATUS_OK)
            cosigning_busy(c);
    }
}

void serve_cosign(void *broker, struct link_request *rq, struct bytes body)
{
    cosign(broker, NULL, rq, body);
}

bool serve_waits(void *broker)
{
    struct broker *b = broker;

    return recovery_asks(b->recovery);
}

/* --- probes ----------------------------------------------------------------------- */

static void print_metrics(struct broker *b, struct buf *out)
{
    struct face_stats face;
    struct link_server_stats link;
    struct metrics_now now;

    face_stats(b->face, &face);
    link_server_stats(b->link, &link);
    now = (struct metrics_now){
        .waiting = intake_waiting(b->intake),
        .reading = readers_depth(b->readers),
        .connections = face.connections,
        .watchers = face.watchers,
        .nodes = link.peers,
        .link_bytes = link.held,
        .link_refused = link.refused,
        .link_cut = link.cut,
        .link_busy = link.busy,
        .requests = face.requests,
        .frames_sent = face.frames_sent,
        .watchers_cut = face.watchers_cut,
        .catchups = face.catchups,
        .answer_bytes = face.answer_bytes,
        .connections_cut = face.connections_cut,
        .connections_refused = face.connections_refused,
        .answers_refused = face.answers_refused,
    };
    metrics_print(&b->metrics, &now, out);
}

/* Why it takes no statements now; NULL: it does. */
static const char *trouble(struct broker *b)
{
    if (atomic_load(&b->stopping))
        return "stopping";
    if (!atomic_load(&b->metrics.ready))
        return "cannot write";
    if (atomic_load(&b->metrics.lacks_key))
        return "a key of the log is not here";
    if (atomic_load(&b->metrics.needs_upgrade))
        return "the log went on to rules that this program does not know";
    return NULL;
}

static void readiness(struct broker *b, struct http_response *rs)
{
    const char *why = trouble(b);

    if (why == NULL && recovery_waits(b->recovery)) {
        rs->status = 503;
        recovery_print(b->recovery, &rs->body);
        buf_u8(&rs->body, '\n');
        return;
    }
    if (why != NULL)
        rs->status = 503;
    else
        why = atomic_load(&b->metrics.succeeded)
                  ? "ready; the log ended, and goes on as another"
                  : "ready";
    buf_printf(&rs->body, "%s\n", why);
}

static void probe(struct broker *b, struct exchange *x)
{
    struct bytes path = exchange_request(x)->path;
    struct http_response rs = { .status = 200,
                                .type = "text/plain; charset=utf-8",
                                .cache_control = "no-store" };

    if (bytes_eq_text(path, "/metrics")) {
        rs.type = "text/plain; version=0.0.4; charset=utf-8";
        print_metrics(b, &rs.body);
    } else if (bytes_eq_text(path, "/healthz")) {
        buf_text(&rs.body, "ok\n");
    } else {
        readiness(b, &rs);
    }
    exchange_answer(x, &rs);
}

bool serve_http(void *broker, struct exchange *x, enum route_type route)
{
    struct broker *b = broker;

    switch (route) {
    case ROUTE_STATEMENT:
        submit_http(b, x);
        return true;
    case ROUTE_COSIGNATURE:
        cosign(b, x, NULL, exchange_request(x)->body);
        return true;
    case ROUTE_METRICS:
        probe(b, x);
        return true;
    case ROUTE_READ:
    case ROUTE_EVENTS:
    case ROUTE_FEED:
    case ROUTE_FEED_SSE:
    case ROUTE_PREFLIGHT:
    case ROUTE_NONE:
        return false;
    }
    return false;
}
