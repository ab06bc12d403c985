/* shared/io/link_client.c: each address by its scheme. */
#include "io/http_curl.h"
#include "io/link_client_internal.h"

enum status link_client_open(const char *url, const char *hints_url,
                             struct link_client **out)
{
    struct link_client *c = NULL;
    enum status st = http_client_is_url(url) ? link_client_open_http(url, &c)
                                             : link_client_open_nng(url, &c);

    if (st == STATUS_OK && hints_url != NULL)
        st = link_client_hints(c, hints_url);
    if (st == STATUS_OK)
        *out = c;
    else
        link_client_close(c);
    return st;
}

void link_client_close(struct link_client *c)
{
    if (c != NULL)
        c->type->close(c);
}

enum status link_client_hints(struct link_client *c, const char *hints_url)
{
    return c->type->hints(c, hints_url);
}

enum status link_client_call(struct link_client *c, struct bytes request, int timeout_ms,
                             struct buf *answer)
{
    return c->type->call(c, request, timeout_ms, answer);
}

enum status link_client_wait(struct link_client *c, uint64_t above, int timeout_ms,
                             uint64_t *size)
{
    return c->type->wait(c, above, timeout_ms, size);
}

void link_client_wake(struct link_client *c)
{
    c->type->wake(c);
}

void link_client_quit(struct link_client *c)
{
    c->type->quit(c);
}

bool link_client_connected(struct link_client *c)
{
    return c->type->connected(c);
}
