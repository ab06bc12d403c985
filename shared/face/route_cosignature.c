/* POST /log/cosignature: a node's cosignature lines for one of our checkpoints. */
#include "face/route_internal.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/rows.h"
#include "sign/note.h"

struct judging {
    struct store *s;
    struct http_response *out;
    uint64_t log_size;
    struct checkpoint cp;
};

static void forbid(struct http_response *out, const char *detail)
{
    route_problem(out, 403, "cosignature.bad", "Not a cosignature of this log", detail,
                  0);
}

/* As tlog-witness: the body says which size would do. */
static void conflict(struct judging *j, uint64_t size)
{
    http_response_clear(j->out);
    j->out->status = 409;
    j->out->type = "text/x.tlog.size";
    j->out->cache_control = "no-store";
    buf_printf(&j->out->body, "%llu\n", (unsigned long long)size);
}

/* The cosigner's key, where the state has it and it was not retired. One counts for trees
 * of which the log says that it cosigns them: so there are no more lines for one size
 * than an organization had cosigners then. */
static enum status find_cosigner(struct judging *j, const struct note_signature *sig,
                                 struct verifier_key *key)
{
    struct buf name = { 0 };
    json_t *row = NULL;
    const json_t *until;
    enum status st;

    rows_key_key(sig->name, sig->key_id, &name);
    st = rows_find(j->s, STORE_KEY, buf_bytes(&name), NULL, &row);
    buf_clear(&name);
    if (st != STATUS_OK)
        return st;
    until = json_object_get(row, "until");
    if ((until != NULL && (uint64_t)json_integer_value(until) <= j->log_size) ||
        (uint64_t)json_integer_value(json_object_get(row, "since")) > j->cp.size)
        st = STATUS_NOT_FOUND;
    else if (verifier_key_parse(json_member(row, "key"), key) != STATUS_OK)
        st = STATUS_ALTERED;
    else if (key->type != KEY_COSIGN)
        st = STATUS_NOT_FOUND;
    json_decref(row);
    return st;
}

static enum status keep_line(const struct note_signature *sig,
                             struct cosignature_line *line)
{
    memset(line, 0, sizeof(*line));
    memcpy(line->name, sig->name.ptr, sig->name.len);
    line->key_id = sig->key_id;
    buf_add(&line->line, sig->line);
    return buf_status(&line->line);
}

/* Those by cosigners that we know; STATUS_REFUSED: answered. Unknown keys are ignored. */
static enum status check_lines(struct judging *j, const struct note *note,
                               struct cosignature_line lines[], size_t room, size_t *n)
{
    for (size_t i = 0; i < note->n && *n < room; i++) {
        const struct note_signature *sig = &note->sigs[i];
        struct verifier_key key;
        enum status st = find_cosigner(j, sig, &key);

        if (st == STATUS_NOT_FOUND)
            continue;
        if (st != STATUS_OK)
            return st;
        if (!cosignature_verify(sig, note->text, &key, NULL)) {
            forbid(j->out, "a cosignature does not verify");
            return STATUS_REFUSED;
        }
        st = keep_line(sig, &lines[*n]);
        ++*n;
        if (st != STATUS_OK)
            return st;
    }
    if (*n > 0)
        return STATUS_OK;
    forbid(j->out, "no line is by a cosigner that the log knows");
    return STATUS_REFUSED;
}

static enum status check_origin(struct judging *j)
{
    json_t *log = NULL;
    enum status st = rows_find(j->s, STORE_LOG, BYTES_LIT("log"), NULL, &log);

    if (st == STATUS_OK && !bytes_eq_text(json_member(log, "origin"), j->cp.origin)) {
        route_not_found(j->out, "this is another log's checkpoint");
        st = STATUS_REFUSED;
    }
    json_decref(log);
    return st;
}

/* The text is just that of ours: what is signed is served beside it. */
static enum status check_text(struct judging *j, struct bytes text)
{
    const struct checkpoint *cp = &j->cp;
    struct tree tree;
    struct hash root;
    struct buf note = { 0 };
    uint64_t newest = 0;
    enum status st = store_checkpoint_newest(j->s, &newest, &note);

    if (st == STATUS_OK && cp->size > newest) {
        conflict(j, newest);
        st = STATUS_REFUSED;
    }
    if (st == STATUS_OK)
        st = tile_tree(store_tile_read, j->s, cp->size, &tree);
    if (st == STATUS_OK) {
        root = tree_root(&tree);
        if (!hash_eq(&root, &cp->root)) {
            route_problem(j->out, 422, "cosignature.root", "Another root",
                          "our tree of that size has another root", 0);
            st = STATUS_REFUSED;
        }
    }
    if (st == STATUS_OK) {
        st = store_checkpoint_get(j->s, cp->size, &note);
        if (st == STATUS_NOT_FOUND) {
            conflict(j, newest);
            st = STATUS_REFUSED;
        }
    }
    if (st == STATUS_OK && (!bytes_starts(buf_bytes(&note), text) ||
                            note.len <= text.len || note.ptr[text.len] != '\n')) {
        route_problem(j->out, 422, "cosignature.root", "Another checkpoint",
                      "our checkpoint of that size has another text", 0);
        st = STATUS_REFUSED;
    }
    buf_clear(&note);
    return st;
}

static enum status judge(struct judging *j, struct bytes body, uint64_t *size,
                         struct cosignature_line lines[], size_t room, size_t *n)
{
    struct note *note = malloc(sizeof(*note));
    enum status st = STATUS_NOMEM;

    if (note == NULL)
        return st;
    st = note_parse(body, note);
    if (st == STATUS_OK)
        st = checkpoint_parse(note->text, &j->cp);
    if (st != STATUS_OK) {
        route_problem(j->out, 400, "cosignature.form", "Not cosignature lines",
                      "expected origin, size and root lines, a blank line, and "
                      "signature lines",
                      0);
        st = STATUS_REFUSED;
    }
    if (st == STATUS_OK)
        st = check_origin(j);
    if (st == STATUS_OK)
        st = check_lines(j, note, lines, room, n);
    if (st == STATUS_OK)
        st = check_text(j, note->text);
    if (st == STATUS_OK)
        *size = j->cp.size;
    free(note);
    return st;
}

enum status route_cosignature(struct store *s, struct bytes body, uint64_t *size,
                              struct cosignature_line lines[], size_t *n,
                              struct http_response *out)
{
    struct judging j = { .s = s, .out = out };
    size_t room = *n;
    enum status st = store_snapshot(s);

    *n = 0;
    if (st != STATUS_OK)
        return st;
    st = store_size(s, &j.log_size);
    if (st == STATUS_OK)
        st = judge(&j, body, size, lines, room, n);
    store_release(s);
    if (st == STATUS_OK) {
        http_response_clear(out);
        route_ok(out, ROUTE_TEXT, "no-store");
        return STATUS_OK;
    }
    for (size_t i = 0; i < *n; i++)
        buf_clear(&lines[i].line);
    *n = 0;
    return st == STATUS_REFUSED ? STATUS_OK : st;
}
