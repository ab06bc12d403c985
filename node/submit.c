#include "node/submit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/say.h"
#include "ledger/log_keys.h"
#include "node/command.h"
#include "node/evidence.h"
#include "node/remote.h"
#include "node/tell.h"
#include "record/refusal.h"
#include "sign/note.h"
#include "tlog/proof.h"

#define ANSWER_TIMEOUT_MS 15000
#define CONNECT_TIMEOUT_MS 1500
#define BUSY_PATIENCE_MS 60000

/* A broker that answers nonsense is not to be believed, whatever it says. */
static enum status not_proven(struct session *s, const char *what, const char *why)
{
    say_error("%s: the broker at %s answered with a receipt that proves nothing: %s",
              what, s->config.broker, why);
    say_hint("do not count on it; compare with other nodes before you publish again");
    return STATUS_BAD_PROOF;
}

/* What a checkpoint says, whoever signed it. */
static enum status read_unsigned(struct bytes in, struct checkpoint *cp)
{
    struct note *note = malloc(sizeof(*note));
    enum status st = note != NULL ? note_parse(in, note) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = checkpoint_parse(note->text, cp);
    free(note);
    return st;
}

/* A log that has changed its keys since the replica was brought up signs by one that is
 * not known here yet: its entries say so. */
static enum status believe(struct session *s, struct bytes note, struct checkpoint *cp)
{
    enum status st = log_keys_believe(s->store, &s->config.log, note, cp);

    if (st != STATUS_BAD_SIG || read_unsigned(note, cp) != STATUS_OK ||
        cp->size <= session_size(s))
        return st;
    if (session_catch_up(s, cp->size, PATIENCE_MS) != STATUS_OK)
        return s->in_daemon ? STATUS_BUSY : st;
    return log_keys_believe(s->store, &s->config.log, note, cp);
}

static enum status check_receipt(struct session *s, const char *what, struct bytes note,
                                 struct submitted *out)
{
    struct hash leaf = hash_leaf(note);
    struct receipt r;
    struct checkpoint cp;
    enum status st;

    if (receipt_parse(buf_bytes(&out->receipt), &r) != STATUS_OK)
        return not_proven(s, what, "it is malformed");
    if (r.index != out->index)
        return not_proven(s, what, "it is of another entry");
    st = believe(s, r.checkpoint, &cp);
    if (st == STATUS_BUSY)
        return st; /* known only when the replica has what it needs */
    if (st != STATUS_OK)
        return not_proven(s, what, "its checkpoint is not signed by the log's key");
    st = receipt_verify(&r, &leaf);
    out->proven = st == STATUS_OK;
    if (out->proven || out->known)
        return STATUS_OK;
    return not_proven(s, what, "it does not lead from the statement to the checkpoint");
}

static enum status refused(const struct message *m, struct submitted *out)
{
    snprintf(out->rule, sizeof(out->rule), BYTES_FMT, BYTES_ARG(m->u.submit_answer.rule));
    snprintf(out->text, sizeof(out->text), BYTES_FMT, BYTES_ARG(m->u.submit_answer.text));
    out->line = m->u.submit_answer.line;
    return STATUS_REFUSED;
}

void submit_tell(const char *what, struct bytes note, const struct submitted *sub)
{
    tell_refusal(what, note, sub->rule, sub->line, sub->text);
}

/* Not judged now, but to be asked again. */
static bool is_busy(const struct message *m)
{
    return m->u.submit_answer.outcome == MESSAGE_BUSY ||
           (m->u.submit_answer.outcome == MESSAGE_REFUSED &&
            m->u.submit_answer.rule_class == RULE_ADMISSION &&
            m->u.submit_answer.retry_after_s > 0);
}

static enum status take_answer(struct session *s, const char *what, struct bytes note,
                               bool dry, const struct message *m, struct submitted *out)
{
    if (m->u.submit_answer.outcome == MESSAGE_REFUSED)
        return refused(m, out);
    out->known = m->u.submit_answer.outcome == MESSAGE_KNOWN;
    out->index = m->u.submit_answer.index;
    buf_reset(&out->receipt);
    buf_add(&out->receipt, m->u.submit_answer.receipt);
    if (out->receipt.bad)
        return STATUS_NOMEM;
    return dry ? STATUS_OK : check_receipt(s, what, note, out);
}

static void pause_s(unsigned seconds)
{
    const struct timespec t = { seconds > 0 ? seconds : 1, 0 };

    nanosleep(&t, NULL);
}

enum status submit(struct session *s, const char *what, struct bytes note, bool dry,
                   struct submitted *out)
{
    struct message m, request = { .type = MESSAGE_SUBMIT };
    uint64_t end_ms = clock_ms() + (s->in_daemon ? 0 : BUSY_PATIENCE_MS);
    struct buf answer = { 0 };
    bool told = false;
    enum status st;

    memset(out, 0, sizeof(*out));
    request.u.submit.dry = dry;
    request.u.submit.statement = note;
    for (;;) {
        st = remote_call(s->link, &request,
                         link_client_connected(s->link) ? ANSWER_TIMEOUT_MS
                                                        : CONNECT_TIMEOUT_MS,
                         &answer, &m);
        if (st == STATUS_OK && !is_busy(&m)) {
            st = take_answer(s, what, note, dry, &m, out);
            break;
        }
        if ((st != STATUS_OK && st != STATUS_BUSY) || clock_ms() >= end_ms) {
            st = st == STATUS_OK ? STATUS_BUSY : st;
            break;
        }
        if (!told)
            say_info("%s: the broker is busy; trying again", what);
        told = true;
        pause_s(st == STATUS_OK ? m.u.submit_answer.retry_after_s : 1);
    }
    if (st == STATUS_MALFORMED)
        say_error("%s: the broker at %s gave no sensible answer", what, s->config.broker);
    buf_clear(&answer);
    return st;
}

static enum status same_text(struct bytes entry, struct bytes text)
{
    struct note *n = malloc(sizeof(*n));
    enum status st = n != NULL ? note_parse(entry, n) : STATUS_NOMEM;

    if (st == STATUS_OK && !bytes_eq(n->text, text))
        st = STATUS_BAD_PROOF;
    free(n);
    return st;
}

enum status submit_prove_known(struct session *s, struct bytes text,
                               const struct submitted *sub)
{
    struct store_entry e;
    struct receipt r;
    struct hash leaf;
    struct buf note = { 0 };
    enum status st = store_entry_get(s->store, sub->index, &e, &note);

    if (st == STATUS_OK)
        st = same_text(buf_bytes(&note), text);
    if (st == STATUS_OK)
        st = receipt_parse(buf_bytes(&sub->receipt), &r);
    if (st == STATUS_OK) {
        leaf = hash_leaf(buf_bytes(&note));
        st = receipt_verify(&r, &leaf);
    }
    buf_clear(&note);
    if (st != STATUS_OK)
        not_proven(s, "the statement", "entry and statement differ");
    return st;
}

enum status submit_check_log(struct session *s, const struct submitted *sub)
{
    struct receipt r;
    struct checkpoint cp;
    struct tree tree;
    struct hash root;
    enum status st = receipt_parse(buf_bytes(&sub->receipt), &r);

    if (st == STATUS_OK)
        st = log_keys_believe(s->store, &s->config.log, r.checkpoint, &cp);
    if (st == STATUS_OK && cp.size > session_size(s))
        return STATUS_OK; /* the follower has compared it, or will */
    if (st == STATUS_OK)
        st = tile_tree(store_tile_read, s->store, cp.size, &tree);
    if (st != STATUS_OK)
        return st;
    root = tree_root(&tree);
    if (hash_eq(&root, &cp.root))
        return STATUS_OK;
    say_error("the log that answered is not the one that this replica holds: two roots "
              "for size %llu",
              (unsigned long long)cp.size);
    say_hint("do not count on what it says; the evidence is in %s", s->config.dir);
    st = evidence_fork(s->config.dir, &(struct evidence_log){ s->store, &s->config.log },
                       r.checkpoint, &cp);
    return st == STATUS_OK ? STATUS_FORK : st;
}
