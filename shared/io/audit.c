/* shared/io/audit.c: the entries, one by one, verified on every core. */
#include "io/audit_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries in hand; and in a commit of the scratch store. */
#define ROOM 2048
#define BATCH 1024

struct job {
    uint64_t index;
    struct buf note;
    struct store_entry entry; /* of the store that is checked; its note is `note` */
    struct statement *st;
    struct hash leaf;
    struct refusal why;
    enum status result;
};

void audit_found(struct audit *a, const char *why, const char *where_fmt, ...)
{
    struct audit_finding f;
    va_list args;

    if (a->counts->findings++ >= AUDIT_FINDINGS_MAX || a->o->found == NULL)
        return;
    va_start(args, where_fmt);
    vsnprintf(f.where, sizeof(f.where), where_fmt, args);
    va_end(args);
    snprintf(f.why, sizeof(f.why), "%s", why);
    a->o->found(a->o->ctx, &f);
}

void audit_progress(struct audit *a, const char *what, uint64_t done, uint64_t total)
{
    if (a->o->progress != NULL)
        a->o->progress(a->o->ctx, what, done, total);
}

/* A pipeline_work_fn. */
static void verify(void *ctx, void *arg, unsigned thread)
{
    struct audit *a = ctx;
    struct job *job = arg;

    (void)thread;
    job->leaf = hash_leaf(buf_bytes(&job->note));
    job->result = statement_open(buf_bytes(&job->note),
                                 a->counts->origin[0] != '\0' ? a->counts->origin : NULL,
                                 &job->st, &job->why);
    if (job->result == STATUS_OK)
        statement_verify(job->st, keyring_lookup, a->keyring);
}

static void job_free(struct job *job)
{
    statement_free(job->st);
    buf_clear(&job->note);
    free(job);
}

static void entry_refused(struct audit *a, const struct job *job,
                          const struct refusal *why)
{
    char text[700];

    snprintf(text, sizeof(text), "line %u: %s (%s)", why->line, why->text,
             rule_name(why->rule));
    audit_found(a, text, "entry %" PRIu64, job->index);
    a->judging = false;
}

/* What the store says of the entry besides its note. */
static enum status check_links(struct audit *a, const struct job *job)
{
    struct buf note = { 0 };
    struct store_entry ours;
    enum status st = store_entry_get(a->scratch, job->index, &ours, &note);

    if (st == STATUS_OK &&
        (ours.seq != job->entry.seq || ours.depth != job->entry.depth ||
         ours.prev != job->entry.prev || ours.jump != job->entry.jump))
        audit_found(a, "its place in the chain of its key is wrong", "entry %" PRIu64,
                    job->index);
    buf_clear(&note);
    return st;
}

static enum status judge(struct audit *a, struct job *job)
{
    struct outcome outcome;
    enum status st = audit_leaf(a, job->index, &job->leaf);

    a->counts->entries++;
    if (st != STATUS_OK || !a->judging)
        return st;
    if (job->result == STATUS_REFUSED) {
        entry_refused(a, job, &job->why);
        return STATUS_OK;
    }
    if (job->result != STATUS_OK)
        return job->result;
    st = ledger_take(a->ledger, job->st, &outcome);
    if (st != STATUS_OK)
        return st;
    a->counts->signatures += job->st->n_sigs;
    if (outcome.type == OUTCOME_REFUSED)
        entry_refused(a, job, &outcome.why);
    else if (outcome.type == OUTCOME_KNOWN) {
        refuse(&outcome.why, RULE_STATEMENT_KNOWN, 0,
               "the same statement is entry %" PRIu64, outcome.index);
        entry_refused(a, job, &outcome.why);
    }
    return STATUS_OK;
}

/* A note stands where a signed checkpoint would; this store is nobody's log. */
static enum status commit(struct audit *a)
{
    enum status st;

    if (ledger_size(a->ledger) == ledger_committed(a->ledger))
        return STATUS_OK;
    st = ledger_commit(a->ledger, BYTES_LIT("scratch\n"));
    return st == STATUS_OK ? keyring_refresh(a->keyring, a->scratch) : st;
}

static enum status take_some(struct audit *a, int timeout_ms)
{
    void *jobs[BATCH];
    size_t n = pipeline_take(a->pipeline, jobs, BATCH, timeout_ms);
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < n; i++)
        st = judge(a, jobs[i]);
    if (st == STATUS_OK)
        st = commit(a);
    for (size_t i = 0; i < n; i++) {
        struct job *job = jobs[i];

        if (st == STATUS_OK && job->index < ledger_committed(a->ledger))
            st = check_links(a, job);
        job_free(job);
    }
    audit_progress(a, "entries", a->counts->entries, a->counts->size);
    return st;
}

static enum status push(struct audit *a, uint64_t index)
{
    struct job *job = calloc(1, sizeof(*job));
    enum status st;

    if (job == NULL)
        return STATUS_NOMEM;
    job->index = index;
    st = store_entry_get(a->store, index, &job->entry, &job->note);
    if (st == STATUS_NOT_FOUND || st == STATUS_ALTERED) {
        audit_found(a,
                    st == STATUS_NOT_FOUND ? "it is missing"
                                           : "it is not what was appended to the log",
                    "entry %" PRIu64, index);
        a->judging = false;
        buf_reset(&job->note);
        st = STATUS_OK; /* as an empty one: its leaf will not match either */
    }
    while (st == STATUS_OK &&
           (st = pipeline_push(a->pipeline, job, PIPELINE_NOWAIT)) == STATUS_BUSY)
        st = take_some(a, 1000);
    if (st != STATUS_OK)
        job_free(job);
    return st;
}

static void drain(struct audit *a)
{
    void *jobs[BATCH];
    size_t n;

    pipeline_finish(a->pipeline);
    while (!pipeline_empty(a->pipeline))
        for (n = pipeline_take(a->pipeline, jobs, BATCH, 1000); n > 0; n--)
            job_free(jobs[n - 1]);
}

/* The first one alone: it states the origin and the first keys. */
static enum status entries(struct audit *a)
{
    enum status st = a->counts->size > 0 ? push(a, 0) : STATUS_OK;

    while (st == STATUS_OK && a->counts->entries < 1 && a->counts->size > 0)
        st = take_some(a, 1000);
    if (st == STATUS_OK)
        snprintf(a->counts->origin, sizeof(a->counts->origin), "%s",
                 ledger_origin(a->ledger));
    for (uint64_t i = 1; st == STATUS_OK && i < a->counts->size; i++)
        st = push(a, i);
    while (st == STATUS_OK && a->counts->entries < a->counts->size)
        st = take_some(a, 1000);
    return st;
}

/* Beside the store, where there is room for as much again; of one that is mounted
 * read-only, where temporary files go. */
static enum status open_scratch(struct audit *a)
{
    const char *elsewhere = getenv("TMPDIR");
    enum status st = store_open(a->o->scratch_dir, STORE_SCRATCH, &a->scratch);

    if (st == STATUS_IO && access(a->o->scratch_dir, W_OK) != 0)
        st = store_open(elsewhere != NULL ? elsewhere : "/var/tmp", STORE_SCRATCH,
                        &a->scratch);
    return st;
}

static enum status open_all(struct audit *a)
{
    enum status st = store_open(a->o->store_path, STORE_READ, &a->store);

    if (st == STATUS_OK)
        st = open_scratch(a);
    if (st == STATUS_OK)
        st = ledger_open(a->scratch, &a->ledger);
    if (st == STATUS_OK)
        st = keyring_new(&a->keyring);
    if (st == STATUS_OK)
        st = pipeline_new(a->o->threads, ROOM, verify, a, &a->pipeline);
    return st;
}

static enum status check(struct audit *a)
{
    enum status st = store_size(a->store, &a->counts->size);

    if (st == STATUS_OK)
        st = entries(a);
    if (st == STATUS_OK)
        st = audit_tiles_end(a);
    if (st == STATUS_OK)
        st = audit_checkpoints(a);
    if (st == STATUS_OK && a->judging)
        st = audit_state(a);
    if (st == STATUS_OK)
        st = audit_digests(a);
    a->counts->root = tree_root(&a->tree);
    return st;
}

/* The file itself, first: what SQLite cannot read, nothing below can. */
static enum status check_file(struct audit *a)
{
    enum status st = store_check(a->store);

    if (st != STATUS_ALTERED && st != STATUS_MALFORMED)
        return st;
    audit_found(a, store_error(a->store), "file");
    return STATUS_OK;
}

enum status audit_run(const struct audit_options *o, struct audit_counts *counts,
                      char error[300])
{
    struct audit *a = calloc(1, sizeof(*a));
    enum status st;

    *counts = (struct audit_counts){ 0 };
    error[0] = '\0';
    if (a == NULL)
        return STATUS_NOMEM;
    a->o = o;
    a->counts = counts;
    a->judging = true;
    tree_init(&a->tree);
    st = open_all(a);
    if (st == STATUS_OK)
        st = check_file(a);
    if (st == STATUS_OK)
        st = store_snapshot(a->store);
    if (st == STATUS_OK) {
        st = check(a);
        if (st != STATUS_OK)
            snprintf(error, 300, "%s", store_error(a->store));
        store_release(a->store);
    }
    if (a->pipeline != NULL)
        drain(a);
    pipeline_free(a->pipeline);
    keyring_free(a->keyring);
    ledger_close(a->ledger);
    store_close(a->scratch);
    store_close(a->store);
    free(a);
    return st;
}
