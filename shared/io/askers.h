/* shared/io/askers.h
 *
 * Links to several servers at once: a thread for each, which asks what it is given, and
 * waits for hints in between. What comes is taken by one thread, the owner.
 */
#ifndef AVOW_IO_ASKERS_H
#define AVOW_IO_ASKERS_H

#include "io/link_client.h"

struct askers;

enum asked_type {
    ASKED_NOTHING, /* the time is over */
    ASKED_ANSWER,  /* frame */
    ASKED_FAILED,  /* no answer */
    ASKED_HINT,    /* size */
    ASKED_WOKEN    /* by askers_wake */
};

struct asked {
    enum asked_type type;
    size_t server;
    uint64_t ticket;
    uint64_t size;
    struct buf frame; /* the taker's, until it is given back to askers_take */
};

/* STATUS_USAGE: the address `*bad` is none. */
enum status askers_open(const char *const urls[], size_t n, struct askers **out,
                        size_t *bad);
/* Accepts NULL. Answers that are awaited are not waited for. */
void askers_close(struct askers *a);

/* Ask (the frame is copied). What is still being asked there is not waited for twice: its
 * answer comes, and then this is asked. */
enum status askers_ask(struct askers *a, size_t server, uint64_t ticket,
                       struct bytes frame);
/* Subscribe to the server's hints on that port of its host. Again: no change. */
enum status askers_hints(struct askers *a, size_t server, uint16_t port);
/* The next thing that came; waits at most `wait_ms`. A hint is told once. */
void askers_take(struct askers *a, int wait_ms, struct asked *out);
/* Let askers_take return now; any thread, not a signal handler. */
void askers_wake(struct askers *a);

/* For what else is to be asked there. */
struct link_client *askers_link(struct askers *a, size_t server);

#endif
