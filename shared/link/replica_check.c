/* shared/link/replica_check.c: what sources signed, compared (docs/replication.md 2.7,
 * 2.8). */
#include <assert.h>
#include <stdlib.h>

#include "link/replica_internal.h"

static enum status root_at(const struct replica_view *v, uint64_t size, struct hash *out)
{
    struct tree tree;
    enum status st = tile_tree(v->read, v->read_ctx, size, &tree);

    if (st == STATUS_OK)
        *out = tree_root(&tree);
    return st;
}

/* --- a contradiction ---------------------------------------------------------------- */

static enum status add_step(const struct replica_view *v, uint64_t from, uint64_t to,
                            struct fork_side *side)
{
    struct fork_step *step = &side->steps[side->n++];
    enum status st = root_at(v, to, &step->root);

    step->to = to;
    return st == STATUS_OK
               ? proof_consistency(v->read, v->read_ctx, from, to, &step->proof)
               : st;
}

/* From our tree of `size` to what the log signed for it. */
static enum status our_side(const struct replica_view *v, uint64_t size,
                            struct replica_vouch *vouch, struct fork_side *side)
{
    struct checkpoint cp;
    enum status st = v->vouch(v->vouch_ctx, size, vouch);

    if (st == STATUS_OK)
        st = root_at(v, size, &side->root);
    if (st == STATUS_OK && vouch->at > size)
        st = add_step(v, size, vouch->at, side);
    if (st == STATUS_OK)
        st = v->open(v->open_ctx, buf_bytes(&vouch->checkpoint), &cp);
    if (st == STATUS_OK && cp.size > vouch->at)
        side->steps[side->n++] =
            (struct fork_step){ .to = cp.size, .root = cp.root, .proof = vouch->proof };
    side->checkpoint = buf_bytes(&vouch->checkpoint);
    return st;
}

/* STATUS_BAD_SIG: theirs accuses nobody. */
static enum status print_fork(const struct replica_view *v, struct fork *f,
                              struct buf *out)
{
    struct replica_vouch vouch = { 0 };
    struct checkpoint cp;
    enum status st = v->accuse(v->open_ctx, f->theirs.checkpoint, &cp);

    buf_reset(out);
    if (st == STATUS_OK)
        st = our_side(v, f->size, &vouch, &f->ours);
    if (st == STATUS_OK)
        st = fork_print(f, out);
    buf_clear(&vouch.checkpoint);
    return st;
}

/* docs/replication.md 2.8:
 *   Two roots for one size, both signed, convict the log: the replica keeps the evidence,
 *   stops following, and goes on serving what it verified. */
static enum status convict(struct replica *r, size_t source, struct fork *f,
                           struct replica_actions *acts)
{
    struct replica_action *a;
    enum status st = print_fork(&r->view, f, &r->evidence);

    /* docs/replication.md 2.8:
     *   What a retired key signed convicts nobody. */
    if (st == STATUS_BAD_SIG) {
        replica_distrust(r, source, "it shows what no key of the log signs any more",
                         acts);
        return STATUS_OK;
    }
    if (st != STATUS_OK)
        return st;
    r->stopped = true;
    r->storing = false;
    a = replica_act(acts, REPLICA_FORK, source);
    a->size = f->size;
    a->frame = buf_bytes(&r->evidence);
    return STATUS_OK;
}

/* --- checkpoints -------------------------------------------------------------------- */

/* One of no more than we hold: is it of our tree? */
static enum status compare(struct replica *r, size_t source, struct bytes note,
                           const struct checkpoint *cp, struct replica_actions *acts)
{
    struct replica_action *a;
    struct hash root;
    struct fork *f;
    enum status st = root_at(&r->view, cp->size, &root);

    if (st != STATUS_OK)
        return st;
    if (hash_eq(&root, &cp->root)) {
        if (cp->size == r->stored) {
            buf_reset(&r->here);
            buf_add(&r->here, note);
        }
        a = replica_act(acts, REPLICA_HEARD, source);
        a->size = cp->size;
        a->frame = note;
        return r->here.bad ? STATUS_NOMEM : STATUS_OK;
    }
    f = calloc(1, sizeof(*f));
    if (f == NULL)
        return STATUS_NOMEM;
    f->size = cp->size;
    f->theirs.root = cp->root;
    f->theirs.checkpoint = note;
    st = convict(r, source, f, acts);
    free(f);
    return st;
}

/* To be compared when we hold as much; where one waits already, that comes first. */
static enum status keep_pending(struct source *s, struct bytes note, uint64_t size)
{
    if (s->pending_size != 0 && s->pending_size <= size)
        return STATUS_OK;
    s->pending_size = size;
    buf_reset(&s->pending);
    buf_add(&s->pending, note);
    return buf_status(&s->pending);
}

/* docs/replication.md 2.10:
 *   A broker whose log ends before what it, or anybody, showed earlier is told as such,
 *   and asked again. */
static void look_back(struct replica *r, size_t source, uint64_t size,
                      struct replica_actions *acts)
{
    struct source *s = &r->sources[source];

    s->look.state = REPLICA_SOURCE_ANSWERS;
    s->look.text = "";
    if (s->look.type != REPLICA_BROKER || size >= s->floor)
        return;
    s->look.state = REPLICA_SOURCE_SHORTER;
    s->look.text = "its log ends before what it, or another, showed earlier";
    replica_act(acts, REPLICA_SHORTER, source)->size = size;
}

enum status replica_checkpoint(struct replica *r, size_t source, struct bytes note,
                               bool newest, struct replica_actions *acts,
                               struct checkpoint *cp, bool *good)
{
    struct source *s = &r->sources[source];
    enum status st = r->view.open(r->view.open_ctx, note, cp);

    *good = st == STATUS_OK && cp->size > 0;
    if (!*good) {
        replica_distrust(r, source, "it has no checkpoint signed by the log's keys",
                         acts);
        return STATUS_OK;
    }
    if (newest || cp->size > s->look.size)
        s->look.size = cp->size;
    if (cp->size > r->signed_size)
        r->signed_size = cp->size;
    st = cp->size <= r->stored ? compare(r, source, note, cp, acts)
                               : keep_pending(s, note, cp->size);
    if (newest && !r->stopped)
        look_back(r, source, cp->size, acts);
    return st;
}

/* docs/replication.md 5.4:
 *   What was believed by a key that, as the entries say that have come since, does not
 *   sign that size, is forgotten: nobody else is measured by it. */
static void forget_claim(struct replica *r, size_t source)
{
    struct source *s = &r->sources[source];

    s->pending_size = s->look.size = s->hinted = s->proved = 0;
    r->signed_size = r->stored;
    for (size_t i = 0; i < r->n; i++) {
        r->signed_size = larger(r->signed_size, r->sources[i].look.size);
        r->sources[i].floor = 0;
    }
}

static enum status compare_one(struct replica *r, size_t source,
                               struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    struct checkpoint cp;
    enum status st = r->view.open(r->view.open_ctx, buf_bytes(&s->pending), &cp);

    if (st == STATUS_BAD_SIG) {
        forget_claim(r, source);
        return STATUS_OK;
    }
    if (st != STATUS_OK || cp.size > r->stored)
        return st;
    s->pending_size = 0;
    return compare(r, source, buf_bytes(&s->pending), &cp, acts);
}

enum status replica_compare_pending(struct replica *r, struct replica_actions *acts)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && !r->stopped && i < r->n; i++)
        if (r->sources[i].pending_size != 0)
            st = compare_one(r, i, acts);
    return st;
}

/* --- proofs and evidence ------------------------------------------------------------ */

/* It shows another root for a tree that we hold, and that the log signed a tree that
 * grew from it. */
static enum status contradicted(struct replica *r, size_t source, const struct message *m,
                                const struct checkpoint *cp, const struct proof *proof,
                                struct replica_actions *acts)
{
    struct fork *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->size = m->u.prove_answer.size;
    f->theirs.root = m->u.prove_answer.root;
    f->theirs.checkpoint = m->u.prove_answer.checkpoint;
    if (cp->size > f->size) {
        f->theirs.n = 1;
        f->theirs.steps[0] =
            (struct fork_step){ .to = cp->size, .root = cp->root, .proof = *proof };
    }
    st = convict(r, source, f, acts);
    free(f);
    return st;
}

enum status replica_proof(struct replica *r, size_t source, const struct message *m,
                          struct replica_actions *acts)
{
    struct source *s = &r->sources[source];
    struct proof proof = message_hashes(m->u.prove_answer.proof);
    uint64_t size = m->u.prove_answer.size;
    struct checkpoint cp;
    struct hash ours;
    bool good;
    enum status st;

    s->suspect = false;
    st = replica_checkpoint(r, source, m->u.prove_answer.checkpoint, false, acts, &cp,
                            &good);
    if (st != STATUS_OK || !good || r->stopped)
        return st;
    if (size != s->asked_size ||
        (cp.size >= size &&
         proof_consistency_verify(&proof, size, cp.size, &m->u.prove_answer.root,
                                  &cp.root) != STATUS_OK)) {
        replica_distrust(r, source, "its proof does not lead to what it signed", acts);
        return STATUS_OK;
    }
    if (cp.size < size)
        return STATUS_OK; /* it was compared as it is */
    st = root_at(&r->view, size, &ours);
    if (st != STATUS_OK)
        return st;
    if (!hash_eq(&ours, &m->u.prove_answer.root))
        return contradicted(r, source, m, &cp, &proof, acts);
    s->proved = cp.size;
    return STATUS_OK;
}

enum status replica_evidence(struct replica *r, size_t source, struct bytes text,
                             struct replica_actions *acts)
{
    struct replica_action *a;
    uint64_t size = 0;
    enum status st;

    if (text.len == 0)
        return STATUS_OK;
    /* docs/replication.md 2.11:
     *   Evidence is passed on: whoever is shown it checks it, and believes nobody. */
    st = fork_verify(text, r->view.accuse, r->view.open_ctx, &size);
    if (st == STATUS_BAD_SIG)
        return STATUS_OK; /* by a key that we do not know yet, or by nobody */
    if (st != STATUS_OK) {
        replica_distrust(r, source, "its evidence against the log shows nothing", acts);
        return STATUS_OK;
    }
    r->stopped = true;
    r->storing = false;
    a = replica_act(acts, REPLICA_FORK, source);
    a->size = size;
    a->frame = text;
    return STATUS_OK;
}

/* --- shared with whoever performs --------------------------------------------------- */

enum status replica_contradiction(const struct replica_view *v, struct bytes theirs,
                                  const struct checkpoint *cp, struct buf *evidence)
{
    struct fork *f = calloc(1, sizeof(*f));
    enum status st;

    if (f == NULL)
        return STATUS_NOMEM;
    f->size = cp->size;
    f->theirs.root = cp->root;
    f->theirs.checkpoint = theirs;
    st = print_fork(v, f, evidence);
    free(f);
    return st;
}

enum status replica_part_vouched(const struct replica_part *p,
                                 const struct checkpoint *cp, uint64_t size,
                                 const struct hash *root, bool *exact)
{
    *exact = cp->size == size;
    if (*exact)
        return hash_eq(root, &cp->root) ? STATUS_OK : STATUS_BAD_PROOF;
    return proof_consistency_verify(&p->proof, size, cp->size, root, &cp->root);
}

enum status replica_may_cosign(const struct checkpoint *last, const struct checkpoint *cp)
{
    /* docs/replication.md 3.2:
     *   It never cosigns a smaller tree than before, nor another root for the same size.
     */
    if (last->size == 0 || cp->size > last->size)
        return STATUS_OK;
    return cp->size == last->size && hash_eq(&cp->root, &last->root) ? STATUS_EXISTS
                                                                     : STATUS_FORK;
}
