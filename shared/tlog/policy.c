#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "tlog/policy_internal.h"

/* One check of one note against a policy. */
struct tally {
    const struct policy *p;
    uint32_t *votes; /* by node: how many of its members have cosigned */
    bool logged;     /* a log signed it under its own name */
    size_t cosigned;
};

void policy_free(struct policy *p)
{
    if (p == NULL)
        return;
    free(p->logs);
    free(p->witnesses);
    free(p->nodes);
    free(p->foreign);
    free(p->ids);
    free(p);
}

size_t policy_log_count(const struct policy *p)
{
    return p->log_n;
}

const struct verifier_key *policy_log(const struct policy *p, size_t i)
{
    assert(i < p->log_n);
    return &p->logs[i];
}

size_t policy_witness_count(const struct policy *p)
{
    return p->witness_n;
}

const struct verifier_key *policy_witness(const struct policy *p, size_t i)
{
    assert(i < p->witness_n);
    return &p->witnesses[i].key;
}

size_t policy_foreign_count(const struct policy *p)
{
    return p->foreign_n;
}

const char *policy_foreign(const struct policy *p, size_t i, uint8_t *type)
{
    assert(i < p->foreign_n);
    *type = p->foreign[i].type;
    return p->foreign[i].name;
}

/* The first place in ids with at least this id. */
static size_t first_id(const struct policy *p, uint32_t id)
{
    size_t from = 0, to = p->log_n + p->witness_n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (p->ids[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static enum status tally_log(struct tally *t, const struct note *note,
                             const struct note_signature *s, const char *origin,
                             const struct verifier_key *log)
{
    if (!note_signature_verify(s, note->text, log))
        return STATUS_BAD_SIG;
    /* tlog-policy, Defining a log:
     *   This name MUST correspond to the log's origin line. */
    if (strcmp(log->name, origin) == 0)
        t->logged = true;
    return STATUS_OK;
}

static enum status tally_witness(struct tally *t, const struct note *note,
                                 const struct note_signature *s,
                                 const struct policy_witness *w)
{
    if (!cosignature_verify(s, note->text, &w->key, NULL))
        return STATUS_BAD_SIG;
    t->cosigned += t->votes[w->node] == 0;
    t->votes[w->node] = 1;
    return STATUS_OK;
}

/* C2SP signed-note, Signatures: those of unknown keys are ignored, those of known keys
 * must verify, all of them, and count once. */
static enum status tally_line(struct tally *t, const struct note *note,
                              const struct note_signature *s, const char *origin)
{
    const struct policy *p = t->p;
    size_t n = p->log_n + p->witness_n;
    enum status st = STATUS_OK;

    for (size_t i = first_id(p, s->key_id);
         st == STATUS_OK && i < n && p->ids[i].id == s->key_id; i++) {
        uint32_t key = p->ids[i].key;
        bool log = key < p->log_n;
        const struct policy_witness *w = log ? NULL : &p->witnesses[key - p->log_n];

        if (!note_signature_by(s, log ? &p->logs[key] : &w->key))
            continue;
        st = log ? tally_log(t, note, s, origin, &p->logs[key])
                 : tally_witness(t, note, s, w);
    }
    return st;
}

static bool quorum_met(struct tally *t)
{
    const struct policy *p = t->p;

    for (size_t i = 0; i < p->node_n; i++)
        if (p->nodes[i].parent != NODE_NONE && t->votes[i] >= p->nodes[i].need)
            t->votes[p->nodes[i].parent]++;
    return p->quorum == NODE_NONE || t->votes[p->quorum] >= p->nodes[p->quorum].need;
}

static enum status tally_note(struct tally *t, const struct note *note,
                              const char *origin)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < note->n; i++)
        st = tally_line(t, note, &note->sigs[i], origin);
    if (st != STATUS_OK)
        return st;
    if (!t->logged)
        return STATUS_BAD_SIG;
    return quorum_met(t) ? STATUS_OK : STATUS_REFUSED;
}

enum status policy_check(const struct policy *p, struct bytes in, struct checkpoint *out,
                         size_t *cosigned)
{
    struct note note;
    struct checkpoint c;
    struct tally t = { .p = p };
    enum status st = note_parse(in, &note);

    if (st == STATUS_OK)
        st = checkpoint_parse(note.text, &c);
    if (st != STATUS_OK)
        return st;
    /* One more than may be needed: calloc of nothing may be NULL. */
    t.votes = fault_here() ? NULL : calloc(p->node_n + 1, sizeof(t.votes[0]));
    st = t.votes == NULL ? STATUS_NOMEM : tally_note(&t, &note, c.origin);
    if (st == STATUS_OK || st == STATUS_REFUSED) {
        *out = c;
        if (cosigned != NULL)
            *cosigned = t.cosigned;
    }
    free(t.votes);
    return st;
}
