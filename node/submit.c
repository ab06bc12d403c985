#include "node/submit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
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

/* Only a proof that fails speaks against who answered: out of memory, a replica that
 * cannot be read or has not got so far say nothing about the broker. */
static bool speaks_against(enum status st)
{
    return st == STATUS_BAD_PROOF || st == STATUS_BAD_SIG || st == STATUS_MALFORMED;
}

static enum status not_checked(const char *what, enum status st)
{
    say_error("%s: its receipt cannot be checked: %s", what, status_text(st));
    return st;
}

enum status submit_check_receipt(struct session *s, const char *what, struct bytes note,
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
    if (speaks_against(st))
        return not_proven(s, what, "its checkpoint is not signed by the log's key");
    if (st != STATUS_OK)
        return not_checked(what, st);
    st = receipt_verify(&r, &leaf);
    out->proven = st == STATUS_OK;
    if (out->proven || out->known)
        return STATUS_OK;
    if (!speaks_against(st))
        return not_checked(what, st);
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

/* Not judged now, but to be asked again: by the rule, since a refusal for good comes with
 * a time to retry, too, where it is HTTP's status that has one. */
static bool is_busy(const struct message *m)
{
    enum rule rule;

    if (m->u.submit_answer.outcome != MESSAGE_REFUSED)
        return m->u.submit_answer.outcome == MESSAGE_BUSY;
    rule = rule_find(m->u.submit_answer.rule);
    return rule == RULE_ADMISSION_RATE || rule == RULE_ADMISSION_WAITING ||
           rule == RULE_ADMISSION_BUSY;
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
    return dry ? STATUS_OK : submit_check_receipt(s, what, note, out);
}

static void pause_s(unsigned seconds)
{
    const struct timespec t = { seconds > 0 ? seconds : 1, 0 };

    nanosleep(&t, NULL);
}

static void say_busy(const char *what, enum status st, const struct message *m)
{
    if (st == STATUS_OK && m->u.submit_answer.outcome == MESSAGE_REFUSED)
        say_info("%s: the broker does not take it yet: " BYTES_FMT ": " BYTES_FMT
                 "; trying again",
                 what, BYTES_ARG(m->u.submit_answer.rule),
                 BYTES_ARG(m->u.submit_answer.text));
    else
        say_info("%s: the broker is busy; trying again", what);
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
            say_busy(what, st, &m);
        told = true;
        pause_s(st == STATUS_OK ? m.u.submit_answer.retry_after_s : 1);
    }
    if (st == STATUS_MALFORMED)
        say_error("%s: the broker at %s gave no sensible answer", what, s->config.broker);
    buf_clear(&answer);
    return st;
}

/* --- an entry with other signature lines ------------------------------------------- */

static bool has_line(const struct note *n, const struct note_signature *line)
{
    for (size_t i = 0; i < n->n; i++)
        if (n->sigs[i].key_id == line->key_id && bytes_eq(n->sigs[i].name, line->name))
            return true;
    return false;
}

/* Whoever sent it first may have left a signature out that was not needed. */
static void tell_lacking(const char *what, const struct note *ours,
                         const struct note *stored)
{
    for (size_t i = 0; i < ours->n; i++)
        if (!has_line(stored, &ours->sigs[i]))
            say_unusual(
                "%s: the log holds this statement without the signature of " BYTES_FMT
                " (key %08x): it was sent without it first",
                what, BYTES_ARG(ours->sigs[i].name), ours->sigs[i].key_id);
    say_hint("it is stated all the same, and the receipt holds the entry as it is in the "
             "log; a log takes a text once, with the signatures that come first");
}

/* Does the entry say the same, whatever its lines? */
static enum status compare(const char *what, struct bytes entry, struct bytes note)
{
    struct note *notes = calloc(2, sizeof(*notes));
    enum status st = notes != NULL ? note_parse(entry, &notes[0]) : STATUS_NOMEM;

    if (st == STATUS_OK)
        st = note_parse(note, &notes[1]);
    if (st == STATUS_OK && !bytes_eq(notes[0].text, notes[1].text))
        st = STATUS_BAD_PROOF;
    if (st == STATUS_OK && !bytes_eq(entry, note))
        tell_lacking(what, &notes[1], &notes[0]);
    free(notes);
    return st;
}

/* The receipt proves the entry, and holds it from now on. */
static enum status prove_entry(struct submitted *sub, struct bytes entry)
{
    struct buf extra = { 0 }, text = { 0 };
    struct hash leaf = hash_leaf(entry);
    struct receipt r;
    enum status st = receipt_parse(buf_bytes(&sub->receipt), &r);

    if (st == STATUS_OK)
        st = receipt_verify(&r, &leaf);
    if (st == STATUS_OK) {
        base64_encode(entry, &extra);
        r.extra = buf_bytes(&extra);
        receipt_print(&r, &text);
        text.bad |= extra.bad;
        st = buf_status(&text);
    }
    buf_clear(&extra);
    if (st != STATUS_OK) {
        buf_clear(&text);
        return st;
    }
    buf_clear(&sub->receipt);
    sub->receipt = text;
    sub->proven = true;
    return STATUS_OK;
}

enum status submit_prove_known(struct session *s, const char *what, struct bytes note,
                               struct submitted *sub)
{
    struct store_entry e;
    struct buf entry = { 0 };
    enum status st = store_entry_get(s->store, sub->index, &e, &entry);

    if (st != STATUS_OK)
        return not_checked(what, st);
    st = compare(what, buf_bytes(&entry), note);
    if (st == STATUS_OK)
        st = prove_entry(sub, buf_bytes(&entry));
    buf_clear(&entry);
    if (speaks_against(st))
        return not_proven(s, what, "entry and statement differ");
    return st == STATUS_OK ? st : not_checked(what, st);
}

enum status submit_prove_kept(struct bytes note, struct submitted *sub)
{
    struct hash leaf = hash_leaf(note);
    struct buf entry = { 0 };
    struct receipt r;
    enum status st = receipt_parse(buf_bytes(&sub->receipt), &r);
    size_t len = st == STATUS_OK ? r.extra.len / 4 * 3 : 0;
    uint8_t *room = len > 0 ? buf_space(&entry, len) : NULL;

    if (st == STATUS_OK && receipt_verify(&r, &leaf) != STATUS_OK)
        st = len == 0 ? STATUS_BAD_PROOF : room == NULL ? STATUS_NOMEM : STATUS_OK;
    sub->known = true;
    sub->index = st == STATUS_OK ? r.index : 0;
    sub->proven = st == STATUS_OK && room == NULL;
    if (st == STATUS_OK && room != NULL) {
        st = base64_decode(r.extra, room, &len);
        buf_truncate(&entry, st == STATUS_OK ? len : 0);
        if (st == STATUS_OK)
            st = compare("the statement", buf_bytes(&entry), note);
        if (st == STATUS_OK)
            st = prove_entry(sub, buf_bytes(&entry));
    }
    buf_clear(&entry);
    return st == STATUS_OK || st == STATUS_NOMEM ? st : STATUS_NOT_FOUND;
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
