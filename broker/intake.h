/* broker/intake.h
 *
 * From bytes to statements that the sequencer can take: a submission is copied, opened
 * and verified on the verifiers' threads, in the order of arrival, within limits of
 * number and memory.
 */
#ifndef AVOW_BROKER_INTAKE_H
#define AVOW_BROKER_INTAKE_H

#include "broker/admission.h"
#include "io/pipeline.h"
#include "ledger/keyring.h"
#include "ledger/ledger.h"

/* Submissions from push to answer, and their bytes. */
#define INTAKE_MAX 8192
#define INTAKE_BYTES_MAX (192u * 1024 * 1024)

enum submission_fate {
    SUBMISSION_OPEN,   /* for the sequencer to judge */
    SUBMISSION_JUDGED, /* outcome */
    SUBMISSION_BUSY    /* could not be judged or kept; to be tried again */
};

struct submission {
    struct submission *next; /* in whatever list it stands */
    struct intake *intake;
    struct buf note;
    bool dry;
    bool counted;         /* to its sender, */
    struct address from;  /* who it is */
    bool over;            /* its author has no room: taken only where it is known */
    struct statement *st; /* NULL: refused already */
    enum submission_fate fate;
    struct outcome outcome;
    unsigned retry_after_s;

    /* Who asked. `done` is called once, on any thread, with the receipt where there is
     * one; the submission is freed behind it. */
    void (*done)(struct submission *s, struct bytes receipt);
    void *asker;
};

struct intake;

enum status intake_new(unsigned threads, const char *origin, struct keyring *keyring,
                       struct admission *admission, struct intake **out);
/* Copies the note. `from`: who pays for it, where it is not accepted; NULL: nobody.
 * STATUS_BUSY: full; `done` is not called. */
enum status intake_push(struct intake *in, struct bytes note, bool dry,
                        const struct address *from,
                        void (*done)(struct submission *s, struct bytes receipt),
                        void *asker);
/* What comes out: struct submission, for the sequencer alone. */
struct pipeline *intake_pipeline(struct intake *in);
/* Calls done, frees. */
void submission_end(struct submission *s, struct bytes receipt);
size_t intake_waiting(struct intake *in); /* from push to end */
void intake_free(struct intake *in);      /* after everything ended; accepts NULL */

#endif
