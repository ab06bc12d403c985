#include "node/cosigners.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ledger/log_keys.h"
#include "node/remote.h"

#define ASK_MS 100 /* how often to ask for more cosignatures */
#define ASK_TIMEOUT_MS 3000

enum status cosigners_count(const struct cosigners *c, struct bytes note, bool by[],
                            size_t *count)
{
    struct note *n = malloc(sizeof(*n));
    enum status st = n != NULL ? note_parse(note, n) : STATUS_NOMEM;

    *count = 0;
    for (size_t i = 0; st == STATUS_OK && i < c->n; i++) {
        bool yes = cosignature_find(n, &c->keys[i], NULL, NULL) == STATUS_OK;

        *count += yes;
        if (by != NULL)
            by[i] = yes;
    }
    free(n);
    return st;
}

/* The broker's newest checkpoint: does it cover the entry, and cosigned by how many? */
static enum status look(struct session *s, const struct cosigners *c, uint64_t index,
                        struct buf *answer, size_t *count)
{
    struct checkpoint cp;
    struct message m;
    enum status st = remote_status(s->link, ASK_TIMEOUT_MS, answer, &m);

    *count = 0;
    if (st == STATUS_OK)
        st = log_keys_believe(s->store, &s->config.log, m.u.status.checkpoint, &cp);
    if (st != STATUS_OK || cp.size <= index)
        return st;
    return cosigners_count(c, m.u.status.checkpoint, NULL, count);
}

enum status cosigners_wait(struct session *s, const struct cosigners *c, uint64_t index,
                           int patience_ms, size_t *count)
{
    const struct timespec pause = { 0, ASK_MS * 1000000L };
    uint64_t end_ms = clock_ms() + (uint64_t)patience_ms;
    struct buf answer = { 0 };
    enum status st = STATUS_OK;
    size_t now;

    for (*count = 0; *count < c->n;) {
        st = look(s, c, index, &answer, &now);
        if (st == STATUS_OK && now > *count)
            *count = now;
        if (*count == c->n || clock_ms() >= end_ms)
            break;
        nanosleep(&pause, NULL);
    }
    buf_clear(&answer);
    return st;
}

static enum status look_by(struct session *s, const struct policy *p, uint64_t index,
                           struct buf *note, struct checkpoint *cp)
{
    struct message m;
    struct buf answer = { 0 };
    enum status st = remote_status(s->link, ASK_TIMEOUT_MS, &answer, &m);

    if (st == STATUS_OK)
        st = log_keys_believe(s->store, &s->config.log, m.u.status.checkpoint, cp);
    if (st == STATUS_OK && cp->size > index) {
        buf_reset(note);
        buf_add(note, m.u.status.checkpoint);
        st = note->bad ? STATUS_NOMEM : policy_check(p, buf_bytes(note), cp, NULL);
    } else if (st == STATUS_OK) {
        st = STATUS_REFUSED;
    }
    buf_clear(&answer);
    return st;
}

enum status cosigners_demand(struct session *s, const struct policy *p, uint64_t index,
                             uint64_t patience_ms, struct buf *note,
                             struct checkpoint *cp)
{
    const struct timespec pause = { 0, ASK_MS * 1000000L };
    uint64_t end_ms = clock_ms() + patience_ms;
    enum status st;

    while ((st = look_by(s, p, index, note, cp)) != STATUS_OK && clock_ms() < end_ms)
        nanosleep(&pause, NULL);
    return st == STATUS_OK || st == STATUS_NOMEM ? st : STATUS_REFUSED;
}

static enum status keep_lines(struct store *s, const struct cosigners *c,
                              const struct note *n, uint64_t size)
{
    enum status st = store_begin(s);
    size_t line;

    if (st != STATUS_OK)
        return st;
    for (size_t i = 0; st == STATUS_OK && i < c->n; i++)
        if (cosignature_find(n, &c->keys[i], &line, NULL) == STATUS_OK)
            st = store_cosignature_put(s, size, bytes_of(c->keys[i].name), c->keys[i].id,
                                       n->sigs[line].line);
    return store_end(s, st);
}

/* Is this the very checkpoint that we hold for its size, extension lines and all? */
static bool is_held(struct store *s, const struct checkpoint *cp, struct bytes text)
{
    struct buf held = { 0 };
    bool yes = store_checkpoint_get(s, cp->size, &held) == STATUS_OK &&
               bytes_starts(buf_bytes(&held), text) && held.len > text.len &&
               held.ptr[text.len] == '\n';

    buf_clear(&held);
    return yes;
}

enum status cosigners_keep(struct store *s, const struct verifier_key *log,
                           struct bytes note)
{
    struct cosigners c = { 0 };
    struct note *n = malloc(sizeof(*n));
    struct checkpoint cp;
    enum status st = n != NULL ? note_parse(note, n) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = log_keys_believe(s, log, note, &cp);
    if (st == STATUS_OK && is_held(s, &cp, n->text)) {
        st = cosigners_load(s, &c);
        if (st == STATUS_OK && c.n > 0)
            st = keep_lines(s, &c, n, cp.size);
    }
    cosigners_clear(&c);
    free(n);
    return st;
}
