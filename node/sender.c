#include "node/sender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/say.h"
#include "node/outbox.h"

/* How often the folder is looked at, in steps between which a stop is noticed. */
#define LOOK_STEPS 10
#define STEP_MS 50

struct sender {
    struct session session;
    pthread_t thread;
    atomic_bool stop;
};

static void rest(struct sender *s)
{
    const struct timespec step = { 0, STEP_MS * 1000000L };

    for (unsigned i = 0; i < LOOK_STEPS && !atomic_load(&s->stop); i++)
        nanosleep(&step, NULL);
}

static void *work(void *arg)
{
    struct sender *s = arg;
    enum status st = STATUS_OK;

    while (st != STATUS_NOMEM && !atomic_load(&s->stop)) {
        /* What went wrong was said, and stays in the outbox; but a broker whose answers
         * do not hold, or a disk that is full, is not asked again at once. */
        if (link_client_connected(s->session.link))
            st = outbox_send_left(&s->session);
        for (unsigned i = 0; st != STATUS_OK && i < 2 * LOOK_STEPS; i++)
            rest(s);
        rest(s);
    }
    return NULL;
}

enum status sender_start(const struct config *c, struct sender **out)
{
    struct sender *s;
    enum status st;

    *out = NULL;
    if (c->broker == NULL)
        return STATUS_OK;
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return STATUS_NOMEM;
    st = session_open(c->dir, SESSION_LINK, &s->session);
    s->session.in_daemon = true;
    if (st == STATUS_OK && pthread_create(&s->thread, NULL, work, s) != 0) {
        session_close(&s->session);
        st = STATUS_NOMEM;
    }
    if (st == STATUS_OK)
        *out = s;
    else
        free(s);
    return st;
}

void sender_stop(struct sender *s)
{
    if (s == NULL)
        return;
    atomic_store(&s->stop, true);
    link_client_quit(s->session.link);
    pthread_join(s->thread, NULL);
    session_close(&s->session);
    free(s);
}
