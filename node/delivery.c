#include "node/delivery.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/say.h"
#include "node/command.h"
#include "node/cosigners.h"
#include "node/form.h"
#include "node/outbox.h"
#include "node/output.h"
#include "node/policies.h"
#include "node/tell.h"
#include "tlog/proof.h"

/* Longer than this no process takes to send one statement that it has claimed, unless
 * it is stopped or the broker keeps it waiting: then ours waits in the outbox. */
#define CLAIM_PATIENCE_MS 20000

/* --- sending ---------------------------------------------------------------------- */

static enum status remember(struct delivery *d, const struct delivered *what)
{
    struct delivered *more = reallocarray(d->done, d->n + 1, sizeof(*more));

    assert(what->fate != DELIVERY_OPEN);
    assert((what->fate == DELIVERY_ENTERED) == (what->sub.receipt.len > 0));
    if (more == NULL)
        return STATUS_NOMEM;
    d->done = more;
    d->done[d->n++] = *what;
    d->queued += what->fate == DELIVERY_QUEUED;
    return STATUS_OK;
}

static bool is_away(enum status st)
{
    return st == STATUS_UNREACHABLE || st == STATUS_TIMEOUT || st == STATUS_BUSY;
}

static void say_away(const struct delivery *d, enum status st)
{
    const char *broker = d->session->config.broker;

    if (st == STATUS_TIMEOUT)
        say_info("the broker at %s did not answer in time: it may have it or not",
                 broker);
    else if (st == STATUS_BUSY)
        say_info("the broker at %s is busy", broker);
    else
        say_info("the broker at %s cannot be reached", broker);
}

/* One statement on its way behind others. */
struct sending {
    struct delivery *d;
    struct statement *s;
    const char *what;
    struct outbox outbox;
    struct delivered answer;
    enum status st; /* of its answer */
    bool answered;  /* by the log, to us or to who sent it for us */
    bool another;   /* another process keeps it waiting */
    bool perhaps;   /* it left, now or before: the log may have it */
};

static struct outbox_item *own_item(struct sending *g)
{
    size_t at = outbox_place(&g->outbox, &g->s->id);

    return at < g->outbox.n ? &g->outbox.items[at] : NULL;
}

static void tell_other(const struct outbox_item *i, enum status st,
                       const struct submitted *sub)
{
    unsigned long long seq = i->statement->seq;

    if (st == STATUS_OK) {
        say_info("sent from the outbox, too: seq %llu, entry %llu", seq,
                 (unsigned long long)sub->index);
        return;
    }
    say_error("refused from the outbox: seq %llu: %s: %s", seq, sub->rule, sub->text);
    say_hint("`avow outbox` shows it, and what waits for it");
}

static void entered(struct sending *g, struct submitted *sub)
{
    g->answered = true;
    g->st = STATUS_OK;
    g->answer.fate = DELIVERY_ENTERED;
    g->answer.sub = *sub;
    sub->receipt = (struct buf){ 0 };
}

/* One that was not there before is gone by now: whoever made it is here, and knows. */
static enum status take_answer(void *ctx, const struct outbox_item *i, enum status st,
                               struct submitted *sub)
{
    struct sending *g = ctx;

    if (!hash_eq(&i->statement->id, &g->s->id)) {
        tell_other(i, st, sub);
        return STATUS_OK;
    }
    if (st == STATUS_OK) {
        entered(g, sub);
        return STATUS_OK;
    }
    g->answered = true;
    g->st = st;
    submit_tell(g->what, g->s->note, sub);
    if (i->state == OUTBOX_REFUSED)
        say_hint("it was refused before, and stays in the outbox until it is dropped: "
                 "`avow outbox`");
    return STATUS_OK;
}

static void short_id(const struct statement *s, char out[9])
{
    for (unsigned i = 0; i < 4; i++)
        snprintf(out + 2 * i, 3, "%02x", s->id.b[i]);
}

/* It waits for one that was refused. */
static enum status say_waits(const struct sending *g, const struct outbox_item *i)
{
    const struct outbox_item *root = &g->outbox.items[i->behind];
    struct buf why = { 0 };
    char id[9], of[9];

    assert(i->state == OUTBOX_WAITS);
    short_id(g->s, id);
    short_id(root->statement, of);
    outbox_why(i, &why);
    say_error("%s: kept in the outbox as %s, and waits: %s was refused, and %s", g->what,
              id, of, buf_str(&why));
    buf_clear(&why);
    say_hint("`avow outbox` says why; `avow outbox --drop %s` lets the rest go", of);
    return STATUS_REFUSED;
}

/* Until whoever has claimed it is done with it, with the list as it is then. */
static enum status await(struct sending *g, const struct outbox_item *i)
{
    enum status st;

    outbox_unlock(&g->outbox);
    st = outbox_await(i, CLAIM_PATIENCE_MS);
    if (st == STATUS_BUSY) {
        g->another = true;
        say_info("%s: another process is still sending %s", g->what,
                 hash_eq(&i->statement->id, &g->s->id) ? "it" : "what comes before it");
        return st;
    }
    if (st == STATUS_OK)
        st = outbox_lock(&g->outbox);
    return st == STATUS_OK ? outbox_reread(&g->outbox) : st;
}

/* Ours was not among what was ready. */
static enum status wait_turn(struct sending *g)
{
    enum status st = outbox_lock(&g->outbox);
    struct outbox_item *i;

    if (st == STATUS_OK)
        st = outbox_reread(&g->outbox);
    if (st != STATUS_OK)
        return st;
    i = own_item(g);
    assert(i != NULL && i->own); /* nobody removes what is claimed */
    if (i->state != OUTBOX_WAITS)
        return STATUS_OK;
    if (g->outbox.items[i->behind].state != OUTBOX_SENDING)
        return say_waits(g, i);
    return await(g, &g->outbox.items[i->behind]);
}

/* The lock is held, and is let go. */
static enum status send_all(struct sending *g)
{
    enum status st = STATUS_OK;
    size_t sent;

    while (st == STATUS_OK && !g->answered) {
        st = outbox_send(g->d->session, &g->outbox, take_answer, g, &sent);
        if (st == STATUS_OK && !g->answered)
            st = wait_turn(g);
    }
    outbox_unlock(&g->outbox);
    return st;
}

/* Another process has sent it: what it has kept is ours, too. */
static enum status take_receipt(struct sending *g)
{
    struct submitted sub;
    enum status st = outbox_receipt(g->d->session, g->s, &sub);

    if (st == STATUS_OK)
        entered(g, &sub);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

static const char *batch_of(struct delivery *d, const struct statement *s)
{
    struct buf id = { 0 };

    if (!d->several)
        return NULL;
    statement_id_print(s, &id);
    if (d->batch[0] == '\0')
        snprintf(d->batch, sizeof(d->batch), "%s", buf_str(&id));
    buf_clear(&id);
    return d->batch;
}

/* Kept and claimed by us, or answered to somebody else meanwhile. */
static enum status keep(struct sending *g)
{
    const char *batch = batch_of(g->d, g->s);
    size_t at = 0;
    enum status st = outbox_open(g->d->session->config.dir, OUTBOX_LOCK, &g->outbox);

    while (st == STATUS_OK && !g->answered) {
        st = outbox_keep(&g->outbox, g->s->note, g->s, batch, &at);
        if (st != STATUS_BUSY)
            break;
        st = await(g, &g->outbox.items[at]);
        if (st == STATUS_OK && own_item(g) == NULL)
            st = take_receipt(g);
    }
    if (st == STATUS_OK && !g->answered)
        g->perhaps = !g->outbox.items[at].fresh;
    return st;
}

/* Nobody can ask the log, but the replica may know that it would refuse. */
static enum status judge_here(struct sending *g)
{
    struct form_verdict v;
    enum status st = form_judge(g->d->session, NULL, g->s->note, &v);

    if (st != STATUS_OK || v.accepted || v.why.rule == RULE_STATEMENT_KNOWN)
        return st;
    tell_refused(g->what, g->s->note, &v.why);
    say_hint("so says this replica, at size %llu; nothing is kept",
             (unsigned long long)v.size);
    st = outbox_lock(&g->outbox);
    if (st == STATUS_OK)
        st = outbox_remove(own_item(g));
    outbox_unlock(&g->outbox);
    return st == STATUS_OK ? STATUS_REFUSED : st;
}

/* It stays where it is: what left, and may be in the log, whatever the replica says. */
static enum status queue(struct sending *g, enum status st)
{
    struct delivery *d = g->d;

    if (!g->another) {
        if (!d->away)
            say_away(d, st);
        d->away = true;
    }
    g->answer.fate = DELIVERY_QUEUED;
    return g->another || g->perhaps || st == STATUS_TIMEOUT ? STATUS_OK : judge_here(g);
}

static enum status send_statement(struct sending *g)
{
    enum status st = keep(g);

    if (st == STATUS_OK && !g->answered) {
        st = g->d->away ? STATUS_UNREACHABLE : send_all(g);
        outbox_unlock(&g->outbox);
    }
    if (g->answered) /* whatever became of those behind it */
        st = g->st;
    else if (is_away(st))
        st = queue(g, st);
    outbox_close(&g->outbox);
    return st;
}

static enum status ask_dry(struct sending *g)
{
    struct delivery *d = g->d;
    enum status st = submit(d->session, g->what, g->s->note, true, &g->answer.sub);

    if (st == STATUS_REFUSED)
        submit_tell(g->what, g->s->note, &g->answer.sub);
    else if (is_away(st))
        say_error("cannot ask the broker at %s: %s", d->session->config.broker,
                  status_text(st));
    g->answer.fate = DELIVERY_DRY;
    buf_clear(&g->answer.sub.receipt);
    return st;
}

enum status delivery_send(struct delivery *d, const char *what, struct bytes note)
{
    struct sending g = { .d = d, .what = what };
    struct refusal why;
    enum status st = statement_open(note, d->session->config.log.name, &g.s, &why);

    if (st == STATUS_REFUSED)
        tell_refused(what, note, &why);
    if (st != STATUS_OK)
        return st;
    st = d->dry ? ask_dry(&g) : send_statement(&g);
    g.answer.statement = g.s;
    if (st == STATUS_OK)
        st = remember(d, &g.answer);
    if (st != STATUS_OK) {
        buf_clear(&g.answer.sub.receipt);
        statement_free(g.s);
    }
    return st;
}

/* --- afterwards ------------------------------------------------------------------- */

static enum status save_receipt(const struct delivery *d)
{
    struct buf copy = { 0 };

    if (d->receipt == NULL || d->n == 0 || d->dry)
        return STATUS_OK;
    if (d->done[d->n - 1].fate == DELIVERY_QUEUED) {
        say_hint("no receipt yet: it will be in %s/receipts", d->session->config.dir);
        return STATUS_OK;
    }
    buf_add(&copy, buf_bytes(&d->done[d->n - 1].sub.receipt));
    return output_file(d->receipt, &copy) == 0 ? STATUS_OK : STATUS_IO;
}

static uint64_t newest(const struct delivery *d)
{
    uint64_t last = 0;

    for (size_t i = 0; i < d->n; i++)
        if (d->done[i].fate == DELIVERY_ENTERED && d->done[i].sub.index > last)
            last = d->done[i].sub.index;
    return last;
}

/* The replica has what was published, and those entries that were known say the same. */
static enum status bring_up(struct delivery *d)
{
    enum status st = session_catch_up(d->session, newest(d) + 1, PATIENCE_MS);

    for (size_t i = 0; st == STATUS_OK && i < d->n; i++) {
        if (d->done[i].fate != DELIVERY_ENTERED)
            continue;
        if (!d->done[i].sub.proven)
            st = submit_prove_known(d->session, "the statement",
                                    d->done[i].statement->note, &d->done[i].sub);
        if (st == STATUS_OK)
            st = submit_check_log(d->session, &d->done[i].sub);
    }
    return st;
}

bool delivery_wait_parse(struct delivery *d)
{
    struct bytes text = bytes_of(d->wait);

    d->wait_s = 2;
    if (d->wait == NULL)
        return true;
    d->demanded = bytes_starts(text, BYTES_LIT("cosigned"));
    if (d->demanded) {
        d->wait_s = 60;
        text = bytes_slice(text, strlen("cosigned"), text.len);
        if (text.len == 0)
            return true;
        if (text.ptr[0] != ':')
            return false;
        text = bytes_slice(text, 1, text.len);
    }
    return decimal_parse(text, &d->wait_s) == STATUS_OK &&
           d->wait_s <= DELIVERY_WAIT_MAX_S;
}

/* The receipt that a cosigned checkpoint gives. */
static enum status prove_newest(struct delivery *d, uint64_t size,
                                struct bytes checkpoint)
{
    struct delivered *last = NULL;
    struct receipt r = { .checkpoint = checkpoint };
    enum status st = session_catch_up(d->session, size, PATIENCE_MS);

    for (size_t i = 0; i < d->n; i++)
        if (d->done[i].fate == DELIVERY_ENTERED)
            last = &d->done[i];
    if (st != STATUS_OK || last == NULL)
        return st;
    r.index = last->sub.index;
    st = proof_inclusion(store_tile_read, d->session->store, r.index, size, &r.proof);
    if (st != STATUS_OK)
        return st;
    buf_reset(&last->sub.receipt);
    receipt_print(&r, &last->sub.receipt);
    return buf_status(&last->sub.receipt);
}

static enum status await_policy(struct delivery *d)
{
    struct checkpoint cp;
    struct buf note = { 0 };
    enum status st = policies_read(
        d->policy_path != NULL ? d->policy_path : d->session->config.policy, &d->policy);

    if (st == STATUS_OK && d->policy == NULL)
        st = policies_of_log(d->session->store, &d->policy);
    if (st == STATUS_OK)
        st = cosigners_demand(d->session, d->policy, newest(d), d->wait_s * 1000, &note,
                              &cp);
    if (st == STATUS_OK)
        st = prove_newest(d, cp.size, buf_bytes(&note));
    if (st == STATUS_REFUSED) {
        say_error("it is published, but not cosigned as the policy demands within %llu s",
                  (unsigned long long)d->wait_s);
        policies_say_lacking(d->policy, buf_bytes(&note));
    }
    buf_clear(&note);
    return st;
}

static void await_cosignatures(struct delivery *d)
{
    struct cosigners c = { 0 };

    if (cosigners_load(d->session->store, &c) == STATUS_OK && c.n > 0)
        (void)cosigners_wait(d->session, &c, newest(d),
                             d->demanded ? 0 : (int)d->wait_s * 1000, &d->cosigned);
    d->cosigners = c.n;
    cosigners_clear(&c);
}

int delivery_settle(struct delivery *d, enum status st)
{
    enum status up = STATUS_OK, saved;
    int code = status_exit_code(st);

    if (d->n == 0)
        return code;
    if (d->queued > 0)
        say_hint(
            "it is safe in the outbox, and goes out by itself: by `avow run`, or the "
            "next command that finds the broker; `avow outbox` lists what waits");
    if (!d->dry && d->queued < d->n)
        up = bring_up(d);
    if (up == STATUS_BAD_PROOF || up == STATUS_REFUSED || up == STATUS_FORK) {
        d->denied = true;
        return status_exit_code(up);
    }
    if (!d->dry && d->demanded && d->queued == 0 && code == 0 && up == STATUS_OK)
        up = await_policy(d);
    saved = save_receipt(d);
    if (!d->dry && d->queued < d->n && !d->away)
        await_cosignatures(d);
    if (code == 0)
        code = status_exit_code(saved);
    return code != 0 ? code : status_exit_code(up);
}

void delivery_clear(struct delivery *d)
{
    for (size_t i = 0; i < d->n; i++) {
        statement_free(d->done[i].statement);
        buf_clear(&d->done[i].sub.receipt);
    }
    free(d->done);
    policy_free(d->policy);
    d->policy = NULL;
    d->done = NULL;
    d->n = 0;
}
