/* What will be when all was sent: so work that is done offline builds on itself. */
#include <stdlib.h>

#include "base/say.h"
#include "node/outbox.h"

enum status outbox_take(struct outbox *o, const struct hash *until, struct ledger *l)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < o->n; i++) {
        struct outbox_item *item = &o->items[i];
        struct outcome outcome;

        if (until != NULL && hash_eq(&item->statement->id, until))
            break;
        if (outbox_goes(o, item))
            st = ledger_take(l, item->statement, &outcome);
    }
    return st;
}

struct outbox_view {
    struct store *store; /* that the view stands over */
    struct store *base;  /* what the ledger reads: without the view */
    struct ledger *ledger;
    struct store_overlay over;
};

static enum status view_row(void *ctx, unsigned table, struct bytes key, uint64_t *row,
                            struct buf *value)
{
    struct outbox_view *v = ctx;

    return ledger_batch_row(v->ledger, (enum store_table)table, key, row, value);
}

static enum status view_entry(void *ctx, uint64_t index, struct store_entry *e,
                              struct buf *note)
{
    struct outbox_view *v = ctx;

    return ledger_batch_entry(v->ledger, index, e, note);
}

static enum status open_ledger(struct outbox_view *v, const char *path, struct outbox *o)
{
    enum status st = store_open(path, STORE_READ, &v->base);

    if (st == STATUS_OK)
        st = store_snapshot(v->base);
    if (st == STATUS_OK)
        st = ledger_open(v->base, &v->ledger);
    return st == STATUS_OK ? outbox_take(o, NULL, v->ledger) : st;
}

enum status outbox_view_open(struct session *s, struct outbox_view **out)
{
    struct outbox_view *v = NULL;
    struct outbox o;
    enum status st = outbox_open(s->config.dir, OUTBOX_LOOK, &o);

    *out = NULL;
    if (st == STATUS_OK && o.n > 0) {
        v = calloc(1, sizeof(*v));
        st = v != NULL ? open_ledger(v, s->config.replica, &o) : STATUS_NOMEM;
        if (st != STATUS_OK)
            say_error("cannot read %s: %s", s->config.replica, status_text(st));
    }
    outbox_close(&o);
    if (st != STATUS_OK) {
        outbox_view_close(v);
    } else if (v != NULL) {
        v->store = s->store;
        v->over = (struct store_overlay){ view_row, view_entry, v };
        store_overlay(s->store, &v->over);
        *out = v;
    }
    return st;
}

struct ledger *outbox_view_ledger(const struct outbox_view *v)
{
    return v != NULL ? v->ledger : NULL;
}

void outbox_view_close(struct outbox_view *v)
{
    if (v == NULL)
        return;
    if (v->store != NULL)
        store_overlay(v->store, NULL);
    ledger_close(v->ledger);
    store_close(v->base);
    free(v);
}
