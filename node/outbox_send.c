/* What waits goes out, and leaves only with a receipt. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/say.h"
#include "node/command.h"
#include "node/outbox.h"
#include "node/output.h"

/* --- one of them ------------------------------------------------------------------ */

/* receipts/<key id>-<seq>.receipt */
static enum status keep_receipt(const struct outbox *o, const struct outbox_item *i,
                                const struct submitted *sub)
{
    const struct statement *s = i->statement;
    struct buf path = { 0 };
    enum status st = STATUS_OK;

    buf_printf(&path, "%s/receipts", o->dir);
    if (path.bad)
        st = STATUS_NOMEM;
    else if (mkdir(buf_str(&path), 0755) != 0 && errno != EEXIST)
        st = STATUS_IO;
    buf_printf(&path, "/%08x-%016llu.receipt", s->key_id, (unsigned long long)s->seq);
    if (st == STATUS_OK)
        st = path.bad ? STATUS_NOMEM
                      : file_replace(buf_str(&path), buf_bytes(&sub->receipt), 0644);
    if (st != STATUS_OK)
        output_failed(buf_str(&path), st);
    buf_clear(&path);
    return st;
}

/* What was known with other co-signatures is proven by the entry itself. */
static enum status prove(struct session *s, const struct outbox_item *i,
                         struct submitted *sub)
{
    enum status st = STATUS_OK;

    if (!sub->proven) {
        st = session_catch_up(s, sub->index + 1, PATIENCE_MS);
        if (st == STATUS_OK)
            st = submit_prove_known(s, i->statement->text, sub);
        sub->proven = st == STATUS_OK;
    }
    return st == STATUS_OK ? submit_check_log(s, sub) : st;
}

static enum status send_one(struct session *s, struct outbox *o, size_t at,
                            struct submitted *sub)
{
    const struct outbox_item *i = &o->items[at];
    enum status st =
        submit(s, "a statement in the outbox", i->statement->note, false, sub);

    if (st == STATUS_REFUSED) {
        st = outbox_refuse(o, at, sub);
        return st == STATUS_OK ? STATUS_REFUSED : st;
    }
    if (st == STATUS_OK)
        st = prove(s, i, sub);
    if (st == STATUS_OK)
        st = keep_receipt(o, i, sub);
    return st == STATUS_OK ? outbox_remove(i) : st;
}

enum status outbox_send(struct session *s, struct outbox *o, outbox_told_fn *told,
                        void *ctx)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < o->n; i++) {
        struct submitted sub = { 0 };

        if (o->items[i].state != OUTBOX_READY)
            continue;
        st = send_one(s, o, i, &sub);
        if (st == STATUS_OK || st == STATUS_REFUSED)
            st = told(ctx, &o->items[i], st, &sub);
        buf_clear(&sub.receipt);
    }
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

enum status outbox_send_left(struct session *s)
{
    struct outbox o;
    uint64_t size = 0;
    enum status st = outbox_open(s->config.dir, OUTBOX_LOOK, &o);
    bool ready = st == STATUS_OK && any_ready(&o);

    outbox_close(&o);
    if (!ready || s->link == NULL)
        return st;
    st = outbox_open(s->config.dir, OUTBOX_TRY, &o);
    if (st == STATUS_OK)
        st = outbox_send(s, &o, tell_sent, &size);
    outbox_close(&o);
    if (size > 0 && !s->in_daemon && session_catch_up(s, size, PATIENCE_MS) != STATUS_OK)
        return STATUS_IO;
    if (st == STATUS_BUSY || st == STATUS_UNREACHABLE || st == STATUS_TIMEOUT)
        return STATUS_OK;
    return st;
}
