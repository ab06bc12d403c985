#include "node/delivery.h"

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
#include "node/standing.h"
#include "node/tell.h"
#include "tlog/proof.h"

/* --- sending ---------------------------------------------------------------------- */

static enum status remember(struct delivery *d, const struct delivered *what)
{
    struct delivered *more = reallocarray(d->done, d->n + 1, sizeof(*more));

    if (more == NULL)
        return STATUS_NOMEM;
    d->done = more;
    d->done[d->n++] = *what;
    d->kept += what->kept;
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
    struct delivered answer;
    enum status st; /* of its answer */
    bool answered;
};

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

static enum status take_answer(void *ctx, const struct outbox_item *i, enum status st,
                               struct submitted *sub)
{
    struct sending *g = ctx;

    if (!hash_eq(&i->statement->id, &g->s->id)) {
        tell_other(i, st, sub);
        return STATUS_OK;
    }
    g->answered = true;
    g->st = st;
    if (st == STATUS_OK) {
        g->answer.sub = *sub;
        sub->receipt = (struct buf){ 0 };
        return STATUS_OK;
    }
    submit_tell(g->what, g->s->note, sub);
    return outbox_remove(i); /* whoever made it is here, and knows */
}

static void short_id(const struct statement *s, char out[9])
{
    for (unsigned i = 0; i < 4; i++)
        snprintf(out + 2 * i, 3, "%02x", s->id.b[i]);
}

/* Waits for one that was refused? */
static enum status check_waits(const struct sending *g, struct outbox *o)
{
    struct buf why = { 0 };
    char id[9], of[9];

    for (size_t k = 0; k < o->n; k++) {
        const struct outbox_item *i = &o->items[k];

        if (!hash_eq(&i->statement->id, &g->s->id) || i->state == OUTBOX_READY)
            continue;
        short_id(g->s, id);
        short_id(o->items[i->state == OUTBOX_WAITS ? i->behind : k].statement, of);
        outbox_why(i, &why);
        say_error("%s: kept in the outbox as %s, and waits: %s was refused, and %s",
                  g->what, id, of, buf_str(&why));
        buf_clear(&why);
        say_hint("`avow outbox` says why; `avow outbox --drop %s` lets the rest go", of);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* Nobody can ask the log, but the replica may know that it would refuse. */
static enum status judge_here(const struct sending *g)
{
    struct form_verdict v;
    enum status st = form_judge(g->d->session, NULL, g->s->note, &v);
    struct outbox o;

    if (st != STATUS_OK || v.accepted || v.why.rule == RULE_STATEMENT_KNOWN)
        return st;
    tell_refused(g->what, g->s->note, &v.why);
    say_hint("so says this replica, at size %llu; nothing is kept",
             (unsigned long long)v.size);
    st = outbox_open(g->d->session->config.dir, OUTBOX_LOCK, &o);
    for (size_t i = 0; st == STATUS_OK && i < o.n; i++)
        if (hash_eq(&o.items[i].statement->id, &g->s->id))
            st = outbox_remove(&o.items[i]);
    outbox_close(&o);
    return st == STATUS_OK ? STATUS_REFUSED : st;
}

static enum status send_all(struct sending *g)
{
    struct outbox o;
    enum status st = outbox_open(g->d->session->config.dir, OUTBOX_LOCK, &o);

    if (st == STATUS_OK)
        st = g->d->away ? STATUS_UNREACHABLE
                        : outbox_send(g->d->session, &o, take_answer, g);
    if (st == STATUS_OK && !g->answered)
        st = check_waits(g, &o);
    outbox_close(&o);
    return st;
}

static enum status keep(struct sending *g)
{
    struct delivery *d = g->d;
    struct buf id = { 0 };
    enum status st;

    statement_id_print(g->s, &id);
    if (d->several && d->batch[0] == '\0')
        snprintf(d->batch, sizeof(d->batch), "%s", buf_str(&id));
    buf_clear(&id);
    st = outbox_keep(d->session->config.dir, g->s->note, g->s,
                     d->several ? d->batch : NULL);
    return st;
}

static enum status send_statement(struct sending *g)
{
    struct delivery *d = g->d;
    enum status st;

    if (d->dry) {
        st = submit(d->session, g->what, g->s->note, true, &g->answer.sub);
        if (st == STATUS_REFUSED)
            submit_tell(g->what, g->s->note, &g->answer.sub);
        else if (is_away(st))
            say_error("cannot ask the broker at %s: %s", d->session->config.broker,
                      status_text(st));
        return st;
    }
    st = keep(g);
    if (st == STATUS_OK)
        st = send_all(g);
    if (g->answered) /* whatever became of those behind it */
        return g->st;
    if (!is_away(st))
        return st;
    if (!d->away)
        say_away(d, st);
    d->away = true;
    g->answer.kept = true;
    return judge_here(g);
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
    st = send_statement(&g);
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
    if (d->done[d->n - 1].kept) {
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
        if (!d->done[i].kept && d->done[i].sub.index > last)
            last = d->done[i].sub.index;
    return last;
}

/* The replica has what was published, and those entries that were known say the same. */
static enum status bring_up(struct delivery *d)
{
    enum status st = session_catch_up(d->session, newest(d) + 1, PATIENCE_MS);

    for (size_t i = 0; st == STATUS_OK && i < d->n; i++) {
        if (d->done[i].kept)
            continue;
        if (!d->done[i].sub.proven)
            st = submit_prove_known(d->session, d->done[i].statement->text,
                                    &d->done[i].sub);
        if (st == STATUS_OK)
            st = submit_check_log(d->session, &d->done[i].sub);
    }
    return st;
}

void delivery_reference(const struct delivered *e, unsigned n, struct buf *out)
{
    if (e->kept) {
        buf_text(out, "kept in the outbox");
        return;
    }
    buf_printf(out, "%llu/%u/", (unsigned long long)e->sub.index, n);
    statement_id_print(e->statement, out);
}

static const char *name_of(const struct record *r)
{
    const char *id = json_string_value(json_object_get(r->json, "id"));

    return id != NULL ? id : kind_name(r->kind);
}

static void print_json(const struct delivery *d, const struct delivered *e,
                       const struct record *r, const char *ref, struct buf *out)
{
    const json_t *id = json_object_get(r->json, "id");
    json_t *line = json_pack(
        "{s:I, s:i, s:s, s:s, s:b, s:I, s:I}", "index", (json_int_t)e->sub.index, "n",
        (int)r->n, "reference", ref, "is", kind_name(r->kind), "known", e->sub.known,
        "cosigned", (json_int_t)d->cosigned, "cosigners", (json_int_t)d->cosigners);

    if (id != NULL)
        json_object_set(line, "id", (json_t *)(uintptr_t)id);
    if (d->standing)
        standing_json(d->session->store, r, line);
    json_print(line, out);
    buf_u8(out, '\n');
    json_decref(line);
}

static void print_kept(const struct delivery *d, const struct delivered *e,
                       const struct record *r, struct buf *out)
{
    struct buf id = { 0 };
    json_t *line;

    if (!d->json) {
        buf_printf(out, "%s  kept in the outbox, will be sent\n", name_of(r));
        return;
    }
    statement_id_print(e->statement, &id);
    line = json_pack("{s:b, s:s, s:i, s:s}", "kept", 1, "statement", buf_str(&id), "n",
                     (int)r->n, "is", kind_name(r->kind));
    if (json_object_get(r->json, "id") != NULL)
        json_object_set(line, "id", json_object_get(r->json, "id"));
    json_print(line, out);
    buf_u8(out, '\n');
    json_decref(line);
    buf_clear(&id);
}

static void print_record(const struct delivery *d, const struct delivered *e,
                         const struct record *r, struct buf *out)
{
    struct buf ref = { 0 };

    if (e->kept) {
        print_kept(d, e, r, out);
        return;
    }
    delivery_reference(e, r->n, &ref);
    if (d->json) {
        print_json(d, e, r, buf_str(&ref), out);
    } else {
        buf_printf(out, "%s  %s  %scosigned %zu of %zu\n", name_of(r), buf_str(&ref),
                   e->sub.known ? "known already, " : "", d->cosigned, d->cosigners);
        if (d->standing)
            standing_text(d->session->store, r, "  ", out);
    }
    out->bad |= ref.bad;
    buf_clear(&ref);
}

static void print_dry(const struct delivery *d, const struct delivered *e,
                      struct buf *out)
{
    if (d->json)
        buf_printf(out, "{\"dry_run\":true,\"records\":%zu,\"known\":%s}\n",
                   e->statement->n, e->sub.known ? "true" : "false");
    else
        buf_printf(out, "%zu record%s would be accepted%s\n", e->statement->n,
                   e->statement->n == 1 ? "" : "s",
                   e->sub.known ? ": known already" : "");
}

static int print_done(struct delivery *d)
{
    struct buf out = { 0 };

    for (size_t i = 0; i < d->n; i++) {
        const struct delivered *e = &d->done[i];

        if (d->dry)
            print_dry(d, e, &out);
        for (size_t k = 0; !d->dry && k < e->statement->n; k++)
            print_record(d, e, &e->statement->records[k], &out);
    }
    return output_buf(&out);
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
        if (!d->done[i].kept)
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
    if (d->kept > 0)
        say_hint(
            "it is safe in the outbox, and goes out by itself: by `avow run`, or the "
            "next command that finds the broker; `avow outbox` lists what waits");
    if (!d->dry && d->kept < d->n)
        up = bring_up(d);
    if (up == STATUS_BAD_PROOF || up == STATUS_REFUSED || up == STATUS_FORK) {
        d->denied = true;
        return status_exit_code(up);
    }
    if (!d->dry && d->demanded && d->kept == 0 && code == 0 && up == STATUS_OK)
        up = await_policy(d);
    saved = save_receipt(d);
    if (!d->dry && d->kept < d->n && !d->away)
        await_cosignatures(d);
    if (code == 0)
        code = status_exit_code(saved);
    return code != 0 ? code : status_exit_code(up);
}

int delivery_finish(struct delivery *d, enum status st)
{
    int code = delivery_settle(d, st);

    if (!d->denied && print_done(d) != 0)
        return status_exit_code(STATUS_IO);
    return code;
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
