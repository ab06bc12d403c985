/* broker/intake.c */
#include "broker/intake.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct intake {
    struct pipeline *pipeline;
    struct keyring *keyring;
    struct admission *admission;
    char origin[ORIGIN_MAX + 1];
    atomic_size_t n, bytes; /* in hand */
};

static void refused(struct submission *s)
{
    s->fate = SUBMISSION_JUDGED;
    s->outcome.type = OUTCOME_REFUSED;
}

static bool signed_well(const struct statement *st)
{
    return st->n_sigs > 0 && st->sigs[0].verdict == VERDICT_GOOD;
}

/* What is certainly new has to have room; what may be known costs its author nothing. */
static enum status admit(struct intake *in, struct submission *s)
{
    enum status st = admission_check(in->admission, s->st, clock_ms(), &s->outcome.why,
                                     &s->retry_after_s);

    if (st != STATUS_REFUSED || !admission_may_be_known(in->admission, s->st))
        return st;
    s->over = true;
    return STATUS_OK;
}

/* A pipeline_work_fn. */
static void verify(void *ctx, void *job, unsigned thread)
{
    struct intake *in = ctx;
    struct submission *s = job;
    struct refusal *why = &s->outcome.why;
    enum status st =
        statement_open(buf_bytes(&s->note), in->origin, &s->st, &s->outcome.why);

    (void)thread;
    if (st == STATUS_OK)
        st = admission_at(s->st, clock_now_s(), why);
    if (st == STATUS_OK) {
        statement_verify(s->st, keyring_lookup, in->keyring);
        if (!s->dry && signed_well(s->st))
            st = admit(in, s);
    } else if (why->rule == RULE_ADMISSION_AT) {
        s->retry_after_s = 60;
    }
    if (st == STATUS_REFUSED)
        refused(s);
    else if (st != STATUS_OK)
        s->fate = SUBMISSION_BUSY;
}

enum status intake_new(unsigned threads, const char *origin, struct keyring *keyring,
                       struct admission *admission, struct intake **out)
{
    struct intake *in = calloc(1, sizeof(*in));
    enum status st;

    if (in == NULL)
        return STATUS_NOMEM;
    in->keyring = keyring;
    in->admission = admission;
    memcpy(in->origin, origin, strlen(origin) + 1);
    st = pipeline_new(threads, INTAKE_MAX, verify, in, &in->pipeline);
    if (st != STATUS_OK) {
        free(in);
        return st;
    }
    *out = in;
    return STATUS_OK;
}

static void leave(struct intake *in, size_t len)
{
    atomic_fetch_sub(&in->n, 1);
    atomic_fetch_sub(&in->bytes, len);
}

static bool enter(struct intake *in, size_t len)
{
    size_t n = atomic_fetch_add(&in->n, 1);
    size_t bytes = atomic_fetch_add(&in->bytes, len);

    if (n < INTAKE_MAX && bytes < INTAKE_BYTES_MAX)
        return true;
    leave(in, len);
    return false;
}

static void submission_free(struct submission *s)
{
    statement_free(s->st);
    buf_clear(&s->note);
    free(s);
}

enum status intake_push(struct intake *in, struct bytes note, bool dry,
                        const struct address *from,
                        void (*done)(struct submission *s, struct bytes receipt),
                        void *asker)
{
    struct submission *s;

    if (!enter(in, note.len))
        return STATUS_BUSY;
    s = calloc(1, sizeof(*s));
    if (s != NULL) {
        s->intake = in;
        s->dry = dry;
        s->counted = from != NULL;
        if (from != NULL)
            s->from = *from;
        s->done = done;
        s->asker = asker;
        buf_add(&s->note, note);
        if (!s->note.bad && pipeline_push(in->pipeline, s, PIPELINE_NOWAIT) == STATUS_OK)
            return STATUS_OK;
        submission_free(s);
    }
    leave(in, note.len);
    return STATUS_BUSY;
}

struct pipeline *intake_pipeline(struct intake *in)
{
    return in->pipeline;
}

void submission_end(struct submission *s, struct bytes receipt)
{
    struct intake *in = s->intake;
    size_t len = s->note.len;
    bool accepted =
        !s->dry && s->fate == SUBMISSION_JUDGED && s->outcome.type == OUTCOME_ACCEPTED;

    if (s->counted && (accepted || s->fate == SUBMISSION_BUSY))
        admission_sent(in->admission, &s->from);
    s->done(s, receipt);
    submission_free(s);
    leave(in, len);
}

size_t intake_waiting(struct intake *in)
{
    return atomic_load(&in->n);
}

void intake_free(struct intake *in)
{
    if (in == NULL)
        return;
    pipeline_free(in->pipeline);
    free(in);
}
