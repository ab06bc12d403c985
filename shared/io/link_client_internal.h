/* shared/io/link_client_internal.h: what is behind a link's address. */
#ifndef AVOW_IO_LINK_CLIENT_INTERNAL_H
#define AVOW_IO_LINK_CLIENT_INTERNAL_H

#include <pthread.h>
#include <time.h>

#include "io/link_client.h"

/* As the functions of link_client.h; link_client_wait and link_client_wake are the same
 * for all. */
struct link_client_type {
    void (*close)(struct link_client *c);
    enum status (*hints)(struct link_client *c, const char *hints_url);
    enum status (*call)(struct link_client *c, struct bytes request, int timeout_ms,
                        struct buf *answer);
    void (*quit)(struct link_client *c); /* besides setting `quit`; may be NULL */
    bool (*connected)(struct link_client *c);
};

/* The first member of each. */
struct link_client {
    const struct link_client_type *type;
    pthread_mutex_t lock; /* all below */
    pthread_cond_t changed;
    uint64_t hint; /* the newest that was heard */
    bool woken, quit;
};

void link_client_init(struct link_client *c, const struct link_client_type *type);
void link_client_destroy(struct link_client *c);

/* In so many milliseconds, by the clock of `changed`. */
struct timespec link_client_deadline(uint64_t timeout_ms);
/* Under the lock. False: the time is over. */
bool link_client_changed(struct link_client *c, const struct timespec *until);

enum status link_client_open_nng(const char *url, struct link_client **out);
enum status link_client_open_http(const char *url, struct link_client **out);

#endif
