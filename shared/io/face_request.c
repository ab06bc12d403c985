/* shared/io/face_request.c: a request's head, as face/route.h wants it. */
#include <stdlib.h>

#include "io/face_internal.h"

static enum status copy_fields(struct exchange *x, const struct http_head *h)
{
    struct {
        const char *name;
        struct buf *to;
        struct bytes *lent;
    } const fields[] = {
        { "accept", &x->accept, &x->rq.accept },
        { "accept-encoding", &x->accept_encoding, &x->rq.accept_encoding },
        { "accept-language", &x->accept_language, &x->rq.accept_language },
        { "if-none-match", &x->if_none_match, &x->rq.if_none_match },
        { "last-event-id", &x->last_event_id, &x->rq.last_event_id },
    };
    enum status st = STATUS_OK;

    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        http_head_get(h, fields[i].name, fields[i].to);
        if (fields[i].to->bad)
            st = STATUS_NOMEM;
        *fields[i].lent = buf_bytes(fields[i].to);
    }
    return st;
}

/* For whom it counts: where a trusted proxy sent it, for whoever stands behind. */
static struct peer_address peer_of(struct face *f, const struct peer_address *peer,
                                   const struct http_head *h)
{
    struct peer_address behind = *peer;
    struct buf forwarded = { 0 }, x_forwarded_for = { 0 };

    if (f->o.proxies != NULL && peer_proxies_trust(f->o.proxies, peer)) {
        http_head_get(h, "forwarded", &forwarded);
        http_head_get(h, "x-forwarded-for", &x_forwarded_for);
        behind = peer_behind(f->o.proxies, peer, buf_bytes(&forwarded),
                             buf_bytes(&x_forwarded_for));
        buf_clear(&forwarded);
        buf_clear(&x_forwarded_for);
    }
    return behind;
}

enum status exchange_new(struct face *f, const struct peer_address *peer,
                         const struct http_head *h, struct exchange **out)
{
    struct exchange *x = calloc(1, sizeof(*x));
    struct peer_address behind;
    enum status st = STATUS_NOMEM;

    if (x == NULL)
        return st;
    x->face = f;
    behind = peer_of(f, peer, h);
    x->peer = peer_key_of(&behind);
    x->counted = !peer_is_loopback(&behind);
    buf_add(&x->method, h->method);
    http_path_normal(h->path, &x->path);
    buf_add(&x->query, h->query);
    x->rq.method = buf_bytes(&x->method);
    x->rq.path = buf_bytes(&x->path);
    x->rq.query = buf_bytes(&x->query);
    x->head = bytes_eq_text(h->method, "HEAD");
    if (!x->method.bad && !x->path.bad && !x->query.bad)
        st = copy_fields(x, h);
    if (st != STATUS_OK) {
        exchange_free(x);
        return st;
    }
    *out = x;
    return STATUS_OK;
}

void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    if (x->parked)
        atomic_fetch_sub(&x->face->parked, 1);
    atomic_fetch_sub(&x->face->held, x->held);
    http_response_clear(&x->rs);
    buf_clear(&x->method);
    buf_clear(&x->path);
    buf_clear(&x->query);
    buf_clear(&x->accept);
    buf_clear(&x->accept_encoding);
    buf_clear(&x->accept_language);
    buf_clear(&x->if_none_match);
    buf_clear(&x->last_event_id);
    buf_clear(&x->body);
    free(x);
}
