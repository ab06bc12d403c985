#include "ledger/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/fault.h"
#include "ledger/ledger_internal.h"

/* --- judging ------------------------------------------------------------------------ */

static void set_origin(struct ledger *l, struct bytes origin)
{
    struct bytes cut = bytes_slice(origin, 0, ORIGIN_MAX);

    if (cut.len > 0)
        memcpy(l->origin, cut.ptr, cut.len);
    l->origin[cut.len] = '\0';
}

static void judge_init(struct ledger *l, const struct statement *s, struct outcome *out)
{
    struct judge *j = &l->judge;

    state_begin(l->state);
    buf_reset(&j->facets);
    j->state = l->state;
    j->st = s;
    j->index = ledger_size(l);
    j->why = &out->why;
    j->told = batch_told;
    j->told_ctx = l;
    j->n_limits = 0;
    j->record = NULL;
    j->subject = NULL;
}

/* STATUS_OK or STATUS_REFUSED: a verdict. Anything else: the world. */
static enum status judge(struct ledger *l, struct statement *s, struct outcome *out)
{
    bool known = false;
    enum status st;

    memset(out, 0, sizeof(*out));
    judge_init(l, s, out);
    st = envelope_judge(&l->judge, bytes_of(l->origin), batch_find, l, &known,
                        &out->index);
    if (st == STATUS_OK && !known) {
        st = rules_judge(&l->judge);
        if (st == STATUS_OK)
            envelope_apply(&l->judge);
    }
    if (state_failed(l->state) != STATUS_OK)
        return state_failed(l->state);
    if (st != STATUS_OK) {
        out->type = OUTCOME_REFUSED;
        return st;
    }
    out->type = known ? OUTCOME_KNOWN : OUTCOME_ACCEPTED;
    if (known)
        (void)refuse(&out->why, RULE_STATEMENT_KNOWN, 0,
                     "expected a new statement, found that of entry %llu",
                     (unsigned long long)out->index);
    else
        out->index = l->judge.index;
    return STATUS_OK;
}

static enum status take_accepted(struct ledger *l, struct statement *s)
{
    enum status st = batch_add(l, s);

    if (st != STATUS_OK)
        return st;
    state_settle(l->state);
    if (l->origin[0] == '\0')
        set_origin(l, s->log);
    return STATUS_OK;
}

enum status ledger_take(struct ledger *l, struct statement *s, struct outcome *out)
{
    enum status st = judge(l, s, out);

    if (st == STATUS_OK && out->type == OUTCOME_ACCEPTED)
        st = take_accepted(l, s);
    state_forget(l->state);
    return st == STATUS_REFUSED ? STATUS_OK : st;
}

enum status ledger_judge(struct ledger *l, struct statement *s, struct outcome *out)
{
    enum status st = judge(l, s, out);

    state_forget(l->state);
    return st == STATUS_REFUSED ? STATUS_OK : st;
}

/* --- committing --------------------------------------------------------------------- */

/* Where the log's keys change, its checkpoint is kept for ever: whoever comes later with
 * the keys from before needs it. */
static enum status write_checkpoint(struct ledger *l, struct bytes note)
{
    struct log_keys keys;
    uint64_t size = ledger_size(l), change;
    enum status st = store_checkpoint_put(l->store, size, note);

    if (st == STATUS_OK)
        st = ledger_log_keys(l, &keys);
    if (st != STATUS_OK)
        return st;
    if (log_keys_change(&keys, size - 1, &change) && change == size)
        st = store_checkpoint_keep(l->store, size);
    log_keys_clear(&keys);
    return st;
}

static enum status write_all(struct ledger *l, struct bytes checkpoint_note)
{
    enum status st = store_begin(l->store);

    if (st != STATUS_OK)
        return st;
    st = batch_write(l);
    if (st == STATUS_OK && checkpoint_note.len > 0)
        st = write_checkpoint(l, checkpoint_note);
    return store_end(l->store, st);
}

enum status ledger_commit(struct ledger *l, struct bytes checkpoint_note)
{
    enum status st = STATUS_OK;

    if (!l->tiles.loaded)
        st = tiles_load(&l->tiles, l->store, l->committed);
    if (st == STATUS_OK)
        st = write_all(l, checkpoint_note);
    if (st != STATUS_OK) {
        ledger_drop(l);
        return st;
    }
    state_flush(l->state);
    l->committed = ledger_size(l);
    l->tree_committed = l->tree;
    l->tiles.loaded = true;
    batch_clear(l);
    return STATUS_OK;
}

void ledger_drop(struct ledger *l)
{
    state_drop(l->state);
    batch_clear(l);
    batch_forget_told(l); /* numbers of dropped records are given again */
    l->tree = l->tree_committed;
    if (l->committed == 0)
        l->origin[0] = '\0';
}

/* --- what it knows ------------------------------------------------------------------ */

uint64_t ledger_size(const struct ledger *l)
{
    return l->committed + l->n;
}

uint64_t ledger_committed(const struct ledger *l)
{
    return l->committed;
}

struct hash ledger_root(const struct ledger *l)
{
    return tree_root(&l->tree);
}

const char *ledger_origin(const struct ledger *l)
{
    return l->origin;
}

bool ledger_key_lookup(void *ledger, struct bytes org, uint32_t key_id,
                       uint8_t pub[PUBLIC_KEY_LEN])
{
    struct ledger *l = ledger;
    struct buf key = { 0 };
    const json_t *row = NULL;

    rows_key_key(org, key_id, &key);
    if (!key.bad)
        row = state_json(state_row(l->state, STORE_KEY, buf_bytes(&key)));
    buf_clear(&key);
    return json_integer_value(json_object_get(row, "type")) == KEY_ED25519 &&
           hex_decode(json_member(row, "pub"), pub, PUBLIC_KEY_LEN) == STATUS_OK;
}

enum status ledger_log_keys(struct ledger *l, struct log_keys *out)
{
    enum status st;

    state_begin(l->state);
    st = log_keys_of(state_json(state_row(l->state, STORE_LOG, BYTES_LIT("log"))), out);
    if (st == STATUS_OK && state_failed(l->state) != STATUS_OK) {
        st = state_failed(l->state);
        log_keys_clear(out);
    }
    return st;
}

/* --- opening ------------------------------------------------------------------------ */

static enum status load(struct ledger *l)
{
    const json_t *log;
    enum status st = store_size(l->store, &l->committed);

    if (st == STATUS_OK)
        st = tile_tree(store_tile_read, l->store, l->committed, &l->tree_committed);
    if (st == STATUS_OK)
        st = tiles_load(&l->tiles, l->store, l->committed);
    if (st == STATUS_OK)
        st = state_new(l->store, &l->state);
    if (st != STATUS_OK)
        return st;
    l->tree = l->tree_committed;
    log = state_json(state_row(l->state, STORE_LOG, BYTES_LIT("log")));
    if (state_failed(l->state) != STATUS_OK)
        return state_failed(l->state);
    if ((l->committed > 0) != (log != NULL))
        return STATUS_ALTERED;
    set_origin(l, json_member(log, "origin"));
    return STATUS_OK;
}

enum status ledger_open(struct store *s, struct ledger **out)
{
    struct ledger *l = fault_here() ? NULL : calloc(1, sizeof(*l));
    enum status st;

    if (l == NULL)
        return STATUS_NOMEM;
    l->store = s;
    st = load(l);
    if (st != STATUS_OK) {
        ledger_close(l);
        return st;
    }
    *out = l;
    return STATUS_OK;
}

enum status ledger_check_root(struct ledger *l)
{
    struct hash root = tree_root(&l->tree_committed);
    struct checkpoint cp;
    struct reader r;
    size_t len = 0;
    uint64_t size = 0;
    enum status st = store_checkpoint_newest(l->store, &size, &l->text);

    if (st != STATUS_OK || size != l->committed)
        return st == STATUS_NOT_FOUND ? STATUS_OK : st;
    r = reader_of(buf_bytes(&l->text));
    for (int i = 0; i < 3; i++)
        len += reader_line(&r).len + 1;
    st = r.bad ? STATUS_ALTERED
               : checkpoint_parse(bytes_slice(buf_bytes(&l->text), 0, len), &cp);
    if (st == STATUS_OK && cp.size == size && hash_eq(&cp.root, &root))
        return STATUS_OK;
    return st == STATUS_NOMEM ? st : STATUS_ALTERED;
}

void ledger_close(struct ledger *l)
{
    if (l == NULL)
        return;
    batch_clear(l);
    batch_forget_told(l);
    free(l->entries);
    state_free(l->state);
    buf_clear(&l->judge.facets);
    buf_clear(&l->text);
    free(l);
}
