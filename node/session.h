/* node/session.h
 *
 * What most commands need: the node's configuration, its replica to read, and the link.
 * Where no daemon (`avow run`) holds the replica, the command follows the log itself, and
 * holds it no longer than that takes: so publish opens SESSION_LINK, and follows only
 * when it comes to session_catch_up.
 */
#ifndef AVOW_NODE_SESSION_H
#define AVOW_NODE_SESSION_H

#include "base/args.h"
#include "node/follow.h"

struct session {
    struct config config;
    struct follow *follow;    /* NULL: a daemon follows, or it was not asked for */
    struct store *store;      /* to read */
    struct link_client *link; /* to the broker; NULL: not asked for, or none known */
    bool own_link;
    bool daemon;    /* another process holds the replica */
    bool in_daemon; /* this one: it is never brought up here, and nobody waits for long */
};

enum session_need {
    SESSION_READ,  /* the replica, which must be there */
    SESSION_ASK,   /* and a link to the broker, if one is known */
    SESSION_LINK,  /* and a link to the broker */
    SESSION_FOLLOW /* and the right to bring the replica up, where nobody else does */
};

/* On failure the reason is said. */
enum status session_open(const char *dir, enum session_need need, struct session *s);
/* The same with more peers than the configuration names. */
enum status session_open_with(const char *dir, enum session_need need,
                              const struct args_list *peers, struct session *s);
void session_close(struct session *s);

/* Bring the replica up to at least `size` entries (0: all that the broker has; not with a
 * daemon), or wait until the daemon has. Waits at most `patience_ms` without any
 * progress. Said. */
enum status session_catch_up(struct session *s, uint64_t size, int patience_ms);

/* Does another process follow right now? */
bool session_daemon(const struct session *s);

uint64_t session_size(const struct session *s); /* entries that can be read now */

#endif
