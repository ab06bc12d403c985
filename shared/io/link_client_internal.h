/* shared/io/link_client_internal.h: what is behind a link's address. */
#ifndef AVOW_IO_LINK_CLIENT_INTERNAL_H
#define AVOW_IO_LINK_CLIENT_INTERNAL_H

#include "io/link_client.h"

/* As the functions of link_client.h. */
struct link_client_type {
    void (*close)(struct link_client *c);
    enum status (*hints)(struct link_client *c, const char *hints_url);
    enum status (*call)(struct link_client *c, struct bytes request, int timeout_ms,
                        struct buf *answer);
    enum status (*wait)(struct link_client *c, uint64_t above, int timeout_ms,
                        uint64_t *size);
    void (*wake)(struct link_client *c);
    void (*quit)(struct link_client *c);
    bool (*connected)(struct link_client *c);
};

/* The first member of each. */
struct link_client {
    const struct link_client_type *type;
};

enum status link_client_open_nng(const char *url, struct link_client **out);
enum status link_client_open_http(const char *url, struct link_client **out);

#endif
