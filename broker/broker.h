/* broker/broker.h: a broker that runs: what it is made of. */
#ifndef AVOW_BROKER_BROKER_H
#define AVOW_BROKER_BROKER_H

#include "base/args.h"
#include "broker/config.h"
#include "broker/witnesses.h"
#include "io/feeder.h"
#include "io/link_serve.h"

#define STORE_FILE "log.db"
#define KEY_FILE "log.key"
#define RUN_FILE "run.json"

struct broker {
    struct config config;
    struct metrics metrics;
    struct keys *keys;
    struct recovery *recovery;
    struct sequencer *sequencer;
    struct witnesses *witnesses; /* NULL: none is asked */
    struct admission *admission;
    struct intake *intake;
    struct answerer *answerer;
    struct readers *readers;
    struct face *face;
    struct feeder *feeder;
    struct link_serve link_serve;
    struct link_server *link;
    struct route_context route;
    atomic_bool stopping;
    int folder; /* its lock: one broker a folder; -1: none */
};

/* serve.c: callbacks of the face and the link; ctx is the broker. */
bool serve_http(void *broker, struct exchange *x, enum route_type route);
void serve_submit(void *broker, struct link_request *rq, struct bytes note, bool dry);
void serve_cosign(void *broker, struct link_request *rq, struct bytes body);
bool serve_waits(void *broker);
/* told.c */
void serve_told(void *broker, struct link_request *rq, const struct message *m);

/* "DIR/FILE" into `out`; false: too long, and said. */
bool path_in(const char *dir, const char *file, char out[4096]);

/* The commands. */
int cmd_init(struct args *a);
int cmd_run(struct args *a);
int cmd_check(struct args *a);
int cmd_backup(struct args *a);
int cmd_keys(struct args *a);

#endif
