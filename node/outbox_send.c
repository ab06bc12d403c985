/* What waits goes out, and leaves only with a receipt. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/say.h"
#include "ledger/log_keys.h"
#include "node/author.h"
#include "node/command.h"
#include "node/outbox_internal.h"
#include "node/output.h"
#include "tlog/proof.h"

/* So many are claimed at once: the list is read anew after as many. */
#define CLAIMS_MAX 64

/* --- receipts --------------------------------------------------------------------- */

/* receipts/<key id>-<seq>.tlog-proof */
static enum status receipt_path(const char *dir, const struct statement *s,
                                struct buf *path)
{
    buf_printf(path, "%s/receipts/%08x-%016llu.tlog-proof", dir, s->key_id,
               (unsigned long long)s->seq);
    return buf_status(path);
}

static enum status keep_receipt(const struct outbox *o, const struct statement *s,
                                const struct submitted *sub)
{
    struct buf path = { 0 };
    enum status st;

    buf_printf(&path, "%s/receipts", o->dir);
    st = buf_status(&path);
    if (st == STATUS_OK && mkdir(buf_str(&path), 0755) != 0 && errno != EEXIST)
        st = STATUS_IO;
    if (st == STATUS_OK) {
        buf_reset(&path);
        st = receipt_path(o->dir, s, &path);
    }
    if (st == STATUS_OK)
        st = file_replace(buf_str(&path), buf_bytes(&sub->receipt), 0644);
    if (st != STATUS_OK)
        output_failed(buf_str(&path), st);
    buf_clear(&path);
    return st;
}

enum status outbox_receipt(struct session *s, const struct statement *statement,
                           struct submitted *sub)
{
    struct buf path = { 0 };
    struct checkpoint cp;
    struct receipt r;
    enum status st = receipt_path(s->config.dir, statement, &path);

    memset(sub, 0, sizeof(*sub));
    if (st == STATUS_OK)
        st = file_read(buf_str(&path), NOTE_MAX * 2 + CHECKPOINT_MAX, &sub->receipt);
    if (st == STATUS_OK)
        st = submit_prove_kept(statement->note, sub);
    if (st == STATUS_OK)
        st = receipt_parse(buf_bytes(&sub->receipt), &r);
    if (st == STATUS_OK)
        st = log_keys_believe(s->store, &s->config.log, r.checkpoint, &cp);
    buf_clear(&path);
    if (st != STATUS_OK)
        buf_clear(&sub->receipt);
    return st == STATUS_OK || st == STATUS_NOMEM ? st : STATUS_NOT_FOUND;
}

/* --- one of them ------------------------------------------------------------------ */

/* What was known with other co-signatures is proven by the entry itself. */
static enum status prove(struct session *s, const struct statement *statement,
                         struct submitted *sub)
{
    enum status st = STATUS_OK;

    if (!sub->proven) {
        st = session_catch_up(s, sub->index + 1, PATIENCE_MS);
        if (st == STATUS_OK)
            st = submit_prove_known(s, "the statement", statement->note, sub);
    }
    return st == STATUS_OK ? submit_check_log(s, sub) : st;
}

static enum status send_one(struct session *s, const struct outbox *o,
                            const struct outbox_item *i, struct submitted *sub)
{
    enum status st =
        submit(s, "a statement in the outbox", i->statement->note, false, sub);

    if (st == STATUS_OK)
        st = prove(s, i->statement, sub);
    return st == STATUS_OK ? keep_receipt(o, i->statement, sub) : st;
}

/* It was sent, and the log has answered. */
static enum status settle(struct outbox *o, size_t at, enum status fate,
                          const struct submitted *sub)
{
    struct outbox_item *i = &o->items[at];
    const struct statement *s = i->statement;
    enum status st = outbox_lock(o);

    if (st == STATUS_OK && fate == STATUS_OK)
        st = author_used(o->dir, s->key_id, s->seq, s->at);
    if (st == STATUS_OK)
        st = fate == STATUS_OK || i->fresh ? outbox_remove(i) : outbox_refuse(o, at, sub);
    if (st == STATUS_OK && i->state == OUTBOX_GONE)
        outbox_release(i);
    outbox_tell_states(o);
    outbox_unlock(o);
    return st;
}

/* --- a round ---------------------------------------------------------------------- */

/* The first that are ready, in order, so that none goes before one that it builds on;
 * gives the place behind the last. */
static size_t claim_ready(struct outbox *o)
{
    size_t claims = 0, i;

    for (i = 0; i < o->n && claims < CLAIMS_MAX; i++) {
        if (o->items[i].state != OUTBOX_READY)
            continue;
        if (outbox_claim(&o->items[i]) != STATUS_OK)
            break; /* it is looked at anew in the next round */
        claims++;
    }
    return i;
}

enum status outbox_send(struct session *s, struct outbox *o, outbox_told_fn *told,
                        void *ctx, size_t *sent)
{
    size_t end = claim_ready(o);
    enum status st = STATUS_OK;

    *sent = 0;
    outbox_unlock(o);
    for (size_t i = 0; st == STATUS_OK && i < end; i++) {
        struct submitted sub = { 0 };
        enum status fate;

        if (o->items[i].state != OUTBOX_READY)
            continue;
        fate = send_one(s, o, &o->items[i], &sub);
        st = fate == STATUS_REFUSED ? STATUS_OK : fate;
        if (st == STATUS_OK)
            st = settle(o, i, fate, &sub);
        if (st == STATUS_OK) {
            *sent += 1;
            st = told(ctx, &o->items[i], fate, &sub);
        }
        buf_clear(&sub.receipt);
    }
    for (size_t i = 0; i < end; i++)
        if (!o->items[i].own)
            outbox_release(&o->items[i]);
    return st;
}

/* --- what was left ---------------------------------------------------------------- */

static enum status tell_sent(void *ctx, const struct outbox_item *i, enum status st,
                             struct submitted *sub)
{
    uint64_t *size = ctx; /* what the log has at least */
    struct buf id = { 0 };

    statement_id_print(i->statement, &id);
    if (st == STATUS_OK) {
        if (sub->index >= *size)
            *size = sub->index + 1;
        say_info("sent from the outbox: seq %llu, entry %llu/1/%s",
                 (unsigned long long)i->statement->seq, (unsigned long long)sub->index,
                 buf_str(&id));
    } else {
        say_error("refused from the outbox: seq %llu: %s: %s",
                  (unsigned long long)i->statement->seq, sub->rule, sub->text);
        say_hint("`avow outbox` shows it and what waits for it; then `avow outbox --drop "
                 "%.8s`",
                 buf_str(&id));
    }
    buf_clear(&id);
    return STATUS_OK;
}

static bool any_ready(const struct outbox *o)
{
    for (size_t i = 0; i < o->n; i++)
        if (o->items[i].state == OUTBOX_READY)
            return true;
    return false;
}

static enum status send_rounds(struct session *s, struct outbox *o, uint64_t *size)
{
    enum status st = STATUS_OK;
    size_t sent = 1;

    while (st == STATUS_OK && sent > 0) {
        st = outbox_lock(o);
        if (st == STATUS_OK)
            st = outbox_reread(o);
        if (st == STATUS_OK)
            st = outbox_send(s, o, tell_sent, size, &sent);
    }
    outbox_unlock(o);
    return st;
}

enum status outbox_send_left(struct session *s)
{
    struct outbox o;
    uint64_t size = 0;
    enum status st = outbox_open(s->config.dir, OUTBOX_LOOK, &o);

    if (st == STATUS_OK && any_ready(&o) && s->link != NULL)
        st = send_rounds(s, &o, &size);
    outbox_close(&o);
    if (size > 0 && !s->in_daemon && session_catch_up(s, size, PATIENCE_MS) != STATUS_OK)
        return STATUS_IO;
    if (st == STATUS_BUSY || st == STATUS_UNREACHABLE || st == STATUS_TIMEOUT)
        return STATUS_OK;
    return st;
}
