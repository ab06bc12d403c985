#include "ledger/log_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "ledger/rows.h"

static enum status take(const json_t *item, struct log_key *out)
{
    const json_t *until = json_object_get(item, "until");

    if (verifier_key_parse(json_member(item, "key"), &out->key) != STATUS_OK)
        return STATUS_ALTERED;
    out->since = (uint64_t)json_integer_value(json_object_get(item, "since"));
    out->until = until != NULL ? (uint64_t)json_integer_value(until) : UINT64_MAX;
    return STATUS_OK;
}

static enum status make_room(struct log_keys *k, size_t n)
{
    *k = (struct log_keys){ 0 };
    if (n == 0)
        return STATUS_OK;
    k->list = fault_here() ? NULL : calloc(n, sizeof(*k->list));
    return k->list != NULL ? STATUS_OK : STATUS_NOMEM;
}

enum status log_keys_of(const json_t *log, struct log_keys *out)
{
    const json_t *keys = json_object_get(log, "keys");
    enum status st = make_room(out, json_array_size(keys));

    for (size_t i = 0; st == STATUS_OK && i < json_array_size(keys); i++)
        st = take(json_array_get(keys, i), &out->list[out->n++]);
    if (st != STATUS_OK)
        log_keys_clear(out);
    return st;
}

enum status log_keys_load(struct store *s, struct log_keys *out)
{
    json_t *log = NULL;
    enum status st = rows_find(s, STORE_LOG, BYTES_LIT("log"), NULL, &log);

    *out = (struct log_keys){ 0 };
    if (st == STATUS_OK)
        st = log_keys_of(log, out);
    json_decref(log);
    return st == STATUS_NOT_FOUND ? STATUS_OK : st;
}

enum status log_keys_pinned(const struct verifier_key *key, struct log_keys *out)
{
    enum status st = make_room(out, 1);

    if (st == STATUS_OK)
        out->list[out->n++] = (struct log_key){ .key = *key, .until = UINT64_MAX };
    return st;
}

void log_keys_clear(struct log_keys *k)
{
    free(k->list);
    *k = (struct log_keys){ 0 };
}

static void nearest(uint64_t at, uint64_t after, uint64_t *size)
{
    if (at > after && at < *size)
        *size = at;
}

bool log_keys_change(const struct log_keys *k, uint64_t after, uint64_t *size)
{
    *size = UINT64_MAX;
    for (size_t i = 0; i < k->n; i++) {
        nearest(k->list[i].since, after, size);
        nearest(k->list[i].until, after, size);
    }
    return *size != UINT64_MAX;
}

static bool is_active(const struct log_key *k, uint64_t size)
{
    return k->since <= size && size < k->until;
}

bool log_keys_signs(const struct log_keys *k, size_t i, uint64_t size)
{
    const struct log_key *key = &k->list[i];

    if (is_active(key, size))
        return true;
    if (key->until != size || key->since >= size)
        return false;
    for (size_t other = 0; other < k->n; other++)
        if (is_active(&k->list[other], size) && k->list[other].since < size)
            return false;
    return true;
}

/* Which of the keys count. */
struct counted {
    const struct log_keys *k;
    uint64_t known; /* those that were stated in so many entries */
    bool active;    /* only those that are not retired */
};

/* C2SP signed-note: a line by a known key must verify; those of others are ignored. A key
 * is known for the sizes at which the log says that it signs, and no other. */
static enum status check_lines(const struct counted *c, uint64_t size,
                               const struct note *note)
{
    enum status st = STATUS_BAD_SIG;

    for (size_t i = 0; i < c->k->n; i++) {
        const struct log_key *key = &c->k->list[i];
        enum status by;

        if (c->k->only != NULL &&
            memcmp(key->key.pub, c->k->only->pub, PUBLIC_KEY_LEN) != 0)
            continue;
        if (key->since > c->known || (c->active && key->until != UINT64_MAX) ||
            !log_keys_signs(c->k, i, size))
            continue;
        by = checkpoint_signed(note, &key->key);
        if (by == STATUS_BAD_SIG)
            return by;
        if (by == STATUS_OK)
            st = STATUS_OK;
    }
    return st;
}

/* *note is the caller's to free, also after a failure. */
static enum status open_note(const struct log_keys *k, struct bytes in,
                             struct note **note, struct checkpoint *out)
{
    enum status st;

    *note = fault_here() ? NULL : malloc(sizeof(**note));
    st = *note != NULL ? note_parse(in, *note) : STATUS_NOMEM;
    if (st == STATUS_OK)
        st = checkpoint_parse((*note)->text, out);
    if (st == STATUS_OK && (k->n == 0 || strcmp(out->origin, k->list[0].key.name) != 0))
        st = STATUS_BAD_SIG;
    return st;
}

static enum status open_counted(const struct counted *counted, struct bytes in,
                                struct checkpoint *out)
{
    struct note *note;
    struct checkpoint c;
    enum status st = open_note(counted->k, in, &note, &c);

    if (st == STATUS_OK)
        st = check_lines(counted, c.size, note);
    if (st == STATUS_OK)
        *out = c;
    free(note);
    return st;
}

enum status log_keys_open(const struct log_keys *k, uint64_t known, struct bytes in,
                          struct checkpoint *out)
{
    return open_counted(&(struct counted){ .k = k, .known = known }, in, out);
}

enum status log_keys_accuse(const struct log_keys *k, struct bytes in,
                            struct checkpoint *out)
{
    return open_counted(&(struct counted){ k, UINT64_MAX, .active = true }, in, out);
}

/* The first line by the key, where all by it are good. */
static void add_line_by(const struct note *note, const struct verifier_key *key,
                        struct buf *out)
{
    if (checkpoint_signed(note, key) != STATUS_OK)
        return;
    for (size_t i = 0; i < note->n; i++)
        if (note_signature_by(&note->sigs[i], key)) {
            buf_add(out, note->sigs[i].line);
            return;
        }
}

enum status log_keys_lines(const struct log_keys *k, struct bytes in, struct buf *out)
{
    struct note *note;
    struct checkpoint c;
    enum status st = open_note(k, in, &note, &c);

    if (st == STATUS_OK) {
        buf_add(out, note->text);
        buf_u8(out, '\n');
        for (size_t i = 0; i < k->n; i++)
            if (log_keys_signs(k, i, c.size))
                add_line_by(note, &k->list[i].key, out);
        st = buf_status(out);
    }
    free(note);
    return st;
}

static enum status load_or_pinned(struct store *s, const struct verifier_key *pinned,
                                  struct log_keys *out)
{
    enum status st = log_keys_load(s, out);

    return st == STATUS_OK && out->n == 0 ? log_keys_pinned(pinned, out) : st;
}

enum status log_keys_believe(struct store *s, const struct verifier_key *pinned,
                             struct bytes note, struct checkpoint *out)
{
    struct log_keys keys;
    enum status st = load_or_pinned(s, pinned, &keys);

    if (st == STATUS_OK)
        st = log_keys_open(&keys, UINT64_MAX, note, out);
    log_keys_clear(&keys);
    return st;
}

enum status log_keys_believe_accusing(struct store *s, const struct verifier_key *pinned,
                                      struct bytes note, struct checkpoint *out)
{
    struct log_keys keys;
    enum status st = load_or_pinned(s, pinned, &keys);

    if (st == STATUS_OK)
        st = log_keys_accuse(&keys, note, out);
    log_keys_clear(&keys);
    return st;
}

enum status log_keys_own_lines(struct store *s, const struct verifier_key *pinned,
                               struct bytes note, struct buf *out)
{
    struct log_keys keys;
    enum status st = load_or_pinned(s, pinned, &keys);

    if (st == STATUS_OK)
        st = log_keys_lines(&keys, note, out);
    log_keys_clear(&keys);
    return st;
}

const struct log_key *log_keys_find(const struct log_keys *k,
                                    const struct verifier_key *key)
{
    for (size_t i = 0; i < k->n; i++)
        if (memcmp(k->list[i].key.pub, key->pub, PUBLIC_KEY_LEN) == 0)
            return &k->list[i];
    return NULL;
}
