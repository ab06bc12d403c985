/* shared/io/link_http.c: checkpoint, statements and cosignatures over HTTP. */
#include "io/link_http.h"

#include <stdlib.h>
#include <string.h>

#include "link/message.h"
#include "record/json.h"
#include "tlog/proof.h"

/* A problem document, or a verdict. */
#define ANSWER_MAX (64 * 1024)
/* Told instead of the port of hints: there is a way to hear of news. */
#define NEWS_PORT 1

enum status link_http_get(struct http_link *l, const char *path, size_t max,
                          uint64_t until_ms, struct buf *out)
{
    struct http_answer a = { 0 };
    enum status st = http_client_ask(l->http, path, NULL, max, until_ms, &a);

    if (st == STATUS_OK && a.status != 200)
        st = a.status == 404            ? STATUS_NOT_FOUND
             : a.status == LINK_DAMAGED ? STATUS_ALTERED
                                        : STATUS_MALFORMED;
    if (st == STATUS_OK) {
        buf_add(out, buf_bytes(&a.body));
        st = buf_status(out);
    }
    http_answer_clear(&a);
    return st;
}

enum status link_http_end(enum status st, struct buf *out)
{
    if (st == STATUS_OK)
        return buf_status(out);
    buf_reset(out);
    if (st == STATUS_ALTERED) {
        message_error(LINK_DAMAGED, "its store is damaged", out);
        return buf_status(out);
    }
    if (st != STATUS_MALFORMED && st != STATUS_NOT_FOUND && st != STATUS_TOO_LARGE)
        return st;
    message_error(502, "what answers there by HTTP is no log", out);
    return buf_status(out);
}

enum status link_http_size(struct bytes checkpoint, uint64_t *size)
{
    struct note *note = malloc(sizeof(*note));
    struct checkpoint cp;
    enum status st = note != NULL ? note_parse(checkpoint, note) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = checkpoint_parse(note->text, &cp);
    if (st == STATUS_OK)
        *size = cp.size;
    free(note);
    return st;
}

/* docs/replication.md 7.1. 404: the log is empty. */
enum status link_http_status(struct http_link *l, uint64_t until_ms, struct buf *out)
{
    struct message m = { .type = MESSAGE_STATUS_ANSWER };
    struct buf note = { 0 };
    struct reader r;
    enum status st = link_http_get(l, "/log/checkpoint", CHECKPOINT_MAX, until_ms, &note);

    if (st == STATUS_OK) {
        r = reader_of(buf_bytes(&note));
        m.u.status.origin = reader_line(&r);
        m.u.status.checkpoint = buf_bytes(&note);
        st = link_http_size(buf_bytes(&note), &m.u.status.size);
    } else if (st == STATUS_NOT_FOUND) {
        st = STATUS_OK;
    }
    if (st == STATUS_OK) {
        pthread_mutex_lock(&l->base.lock);
        l->seen = m.u.status.size;
        pthread_mutex_unlock(&l->base.lock);
        m.u.status.hints_port = NEWS_PORT;
        message_encode(&m, out);
    }
    buf_clear(&note);
    return link_http_end(st, out);
}

/* --- statements ------------------------------------------------------------------- */

static bool is_type(const struct http_answer *a, const char *type)
{
    size_t len = strlen(type);

    return strncmp(a->type, type, len) == 0 &&
           (a->type[len] == '\0' || a->type[len] == ';');
}

/* 201, 200: the receipt; of a dry run the verdict. */
static enum status read_taken(const struct http_answer *a, bool dry, json_t **json,
                              struct message *m)
{
    struct receipt r;
    enum status st;

    if (dry) {
        st = json_parse(buf_bytes(&a->body), json);
        m->u.submit_answer.outcome = bytes_eq_text(json_member(*json, "outcome"), "known")
                                         ? MESSAGE_KNOWN
                                         : MESSAGE_ACCEPTED;
        m->u.submit_answer.index =
            (uint64_t)json_integer_value(json_object_get(*json, "index"));
        return st;
    }
    st = receipt_parse(buf_bytes(&a->body), &r);
    if (st != STATUS_OK)
        return st;
    m->u.submit_answer.outcome = a->status == 201 ? MESSAGE_ACCEPTED : MESSAGE_KNOWN;
    m->u.submit_answer.index = r.index;
    m->u.submit_answer.receipt = buf_bytes(&a->body);
    return STATUS_OK;
}

/* A problem document names the rule; one that names none is not a judgement. */
static enum status read_refused(const struct http_answer *a, json_t **json,
                                struct message *m)
{
    enum rule rule;
    enum status st = is_type(a, "application/problem+json")
                         ? json_parse(buf_bytes(&a->body), json)
                         : STATUS_MALFORMED;

    if (st != STATUS_OK)
        return st;
    rule = rule_find(json_member(*json, "type"));
    if (rule == RULE_NONE)
        return STATUS_MALFORMED;
    m->u.submit_answer.outcome =
        rule == RULE_ADMISSION_BUSY ? MESSAGE_BUSY : MESSAGE_REFUSED;
    m->u.submit_answer.retry_after_s = (uint16_t)a->retry_after_s;
    m->u.submit_answer.rule_class = (uint8_t)rule_class_of(rule);
    m->u.submit_answer.line =
        (uint16_t)json_integer_value(json_object_get(*json, "line"));
    m->u.submit_answer.rule = json_member(*json, "type");
    m->u.submit_answer.text = json_member(*json, "detail");
    return STATUS_OK;
}

enum status link_http_submit(struct http_link *l, const struct message *rq,
                             uint64_t until_ms, struct buf *out)
{
    struct message m = { .type = MESSAGE_SUBMIT_ANSWER };
    struct http_answer a = { 0 };
    json_t *json = NULL;
    enum status st = http_client_ask(
        l->http, rq->u.submit.dry ? "/api/v1/statements?dry_run=1" : "/api/v1/statements",
        &rq->u.submit.statement, CHECKPOINT_MAX + ANSWER_MAX, until_ms, &a);

    if (st == STATUS_OK)
        st = a.status == 200 || a.status == 201
                 ? read_taken(&a, rq->u.submit.dry, &json, &m)
                 : read_refused(&a, &json, &m);
    if (st == STATUS_MALFORMED && (a.status == 429 || a.status >= 500)) {
        /* Somebody on the way: not judged. */
        m.u.submit_answer.outcome = MESSAGE_BUSY;
        m.u.submit_answer.retry_after_s =
            (uint16_t)(a.retry_after_s > 0 ? a.retry_after_s : 1);
        st = STATUS_OK;
    }
    if (st == STATUS_OK)
        message_encode(&m, out);
    json_decref(json);
    http_answer_clear(&a);
    return link_http_end(st, out);
}

/* --- cosignatures ----------------------------------------------------------------- */

/* Not a gateway's page. */
static bool is_ours(const struct http_answer *a)
{
    return is_type(a, "application/problem+json") || is_type(a, "text/plain") ||
           is_type(a, "text/x.tlog.size");
}

enum status link_http_cosign(struct http_link *l, const struct message *rq,
                             uint64_t until_ms, struct buf *out)
{
    struct message m = { .type = MESSAGE_COSIGN_ANSWER };
    struct http_answer a = { 0 };
    enum status st = http_client_ask(l->http, "/log/cosignature", &rq->u.cosign.body,
                                     ANSWER_MAX, until_ms, &a);

    if (st == STATUS_OK) {
        m.u.answer.status = (uint16_t)a.status;
        m.u.answer.text = is_ours(&a) ? buf_bytes(&a.body)
                                      : BYTES_LIT("what answered on the way is no log");
        message_encode(&m, out);
    }
    http_answer_clear(&a);
    return link_http_end(st, out);
}
