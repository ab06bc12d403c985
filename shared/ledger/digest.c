/* The digest of the state. Its text, hashed as it is made:
 *
 *     avow/state/v1 <rules version>\n
 *     and for each table in the order of store.h, <name> <count of rows>\n and its rows
 *     in byte order of their keys: <key> <64 hex, SHA-256 of the value>\n
 */

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/fault.h"
#include "ledger/ledger.h"
#include "record/codes.h"

struct line {
    uint8_t *key;
    size_t key_len;
    struct hash value;
};

struct lines {
    struct line *at;
    size_t n, cap;
};

static int compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    return bytes_cmp((struct bytes){ x->key, x->key_len },
                     (struct bytes){ y->key, y->key_len });
}

static enum status grow(struct lines *lines)
{
    size_t cap = lines->cap == 0 ? 1024 : lines->cap * 2;
    struct line *more;

    if (lines->n < lines->cap)
        return STATUS_OK;
    more = fault_here() ? NULL : realloc(lines->at, cap * sizeof(*more));
    if (more == NULL)
        return STATUS_NOMEM;
    lines->at = more;
    lines->cap = cap;
    return STATUS_OK;
}

static enum status collect(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct lines *lines = ctx;
    struct line line = { .key_len = key.len, .value = hash_sha256(value) };

    (void)row;
    if (grow(lines) != STATUS_OK)
        return STATUS_NOMEM;
    line.key = fault_here() ? NULL : malloc(key.len + 1);
    if (line.key == NULL)
        return STATUS_NOMEM;
    memcpy(line.key, key.ptr, key.len);
    lines->at[lines->n++] = line;
    return STATUS_OK;
}

static void lines_clear(struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        free(lines->at[i].key);
    lines->n = 0;
}

static enum status add_table(struct store *s, enum store_table t, struct lines *lines,
                             struct hasher *h)
{
    struct buf text = { 0 };
    enum status st = store_rows(s, t, 1, false, collect, lines);

    if (lines->n > 0)
        qsort(lines->at, lines->n, sizeof(*lines->at), compare);
    buf_printf(&text, "%s %zu\n", store_table_name(t), lines->n);
    hasher_add(h, buf_bytes(&text));
    if (st == STATUS_OK)
        st = buf_status(&text);
    for (size_t i = 0; st == STATUS_OK && i < lines->n; i++) {
        buf_reset(&text);
        buf_append(&text, lines->at[i].key, lines->at[i].key_len);
        buf_u8(&text, ' ');
        hex_encode((struct bytes){ lines->at[i].value.b, HASH_LEN }, &text);
        buf_u8(&text, '\n');
        hasher_add(h, buf_bytes(&text));
        st = buf_status(&text);
    }
    buf_clear(&text);
    lines_clear(lines);
    return st;
}

enum status ledger_digest(struct store *s, struct hash *out)
{
    struct lines lines = { 0 };
    struct buf head = { 0 };
    struct hasher *h = NULL;
    enum status st = hasher_new(&h);

    if (st != STATUS_OK)
        return st;
    buf_printf(&head, "avow/state/v1 %d\n", RULES_VERSION);
    st = buf_status(&head);
    hasher_add(h, buf_bytes(&head));
    for (enum store_table t = 0; st == STATUS_OK && t < STORE_TABLE_COUNT; t++)
        st = add_table(s, t, &lines, h);
    if (st == STATUS_OK)
        *out = hasher_end(h);
    hasher_free(h);
    buf_clear(&head);
    free(lines.at);
    return st;
}
