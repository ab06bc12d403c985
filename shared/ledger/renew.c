#include "ledger/renew.h"

#include <inttypes.h>
#include <stdio.h>

#include "ledger/ledger.h"

/* Entries in a batch: what is held in memory at once. */
#define BATCH 1024

struct renewal {
    struct store *store;
    struct ledger *ledger;
    struct buf note;
    char *error;
};

static enum status refused(struct renewal *r, uint64_t index, const struct refusal *why)
{
    snprintf(r->error, 640, "entry %" PRIu64 ", line %u: %s (%s)", index, why->line,
             why->text, rule_name(why->rule));
    return STATUS_REFUSED;
}

static enum status take(struct renewal *r, uint64_t index)
{
    struct store_entry e;
    struct statement *statement = NULL;
    struct outcome outcome = { 0 };
    enum status st = store_entry_get(r->store, index, &e, &r->note);

    if (st == STATUS_NOT_FOUND)
        return STATUS_ALTERED;
    if (st == STATUS_OK)
        st = statement_open(e.note, NULL, &statement, &outcome.why);
    if (st == STATUS_OK)
        st = ledger_take(r->ledger, statement, &outcome);
    statement_free(statement);
    if (st == STATUS_REFUSED || (st == STATUS_OK && outcome.type != OUTCOME_ACCEPTED))
        return refused(r, index, &outcome.why);
    return st;
}

/* The tiles were there before, and are written over by what the notes say. */
static enum status compare_roots(struct renewal *r, const struct tree *before)
{
    struct hash then = tree_root(before), now = ledger_root(r->ledger);

    if (hash_eq(&then, &now))
        return STATUS_OK;
    snprintf(r->error, 640, "its tree is not that of its entries");
    return STATUS_ALTERED;
}

static enum status take_all(struct renewal *r, store_progress_fn *progress, void *ctx)
{
    uint64_t size = store_renew_size(r->store);
    struct tree before;
    enum status st = tile_tree(store_tile_read, r->store, size, &before);

    for (uint64_t i = 0; st == STATUS_OK && i < size; i++) {
        st = take(r, i);
        if (st == STATUS_OK && ((i + 1) % BATCH == 0 || i + 1 == size)) {
            st = ledger_commit(r->ledger, (struct bytes){ 0 });
            if (progress != NULL)
                progress(ctx, i + 1, size);
        }
    }
    return st == STATUS_OK ? compare_roots(r, &before) : st;
}

enum status ledger_renew(const char *path, store_progress_fn *progress, void *ctx,
                         char error[640])
{
    struct renewal r = { .error = error };
    enum status st = store_open(path, STORE_RENEW, &r.store);

    error[0] = '\0';
    if (st != STATUS_OK)
        return st;
    st = ledger_open(r.store, &r.ledger);
    if (st == STATUS_OK)
        st = take_all(&r, progress, ctx);
    ledger_close(r.ledger);
    st = store_renew_end(r.store, st);
    if (st != STATUS_OK && error[0] == '\0')
        snprintf(error, 640, "%s", store_error(r.store));
    store_close(r.store);
    buf_clear(&r.note);
    return st;
}
