#include "ledger/rows.h"

#include <assert.h>
#include <string.h>

#include "sign/key.h"

static void add_lower(struct bytes text, struct buf *out)
{
    uint8_t *to = buf_space(out, text.len);

    for (size_t i = 0; to != NULL && i < text.len; i++) {
        uint8_t c = text.ptr[i];

        to[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
    }
}

void rows_org_key(struct bytes org, struct buf *out)
{
    add_lower(org, out);
}

void rows_subject_key(struct bytes id, struct buf *out)
{
    add_lower(id, out);
}

void rows_member_key(struct bytes network, struct bytes org, struct buf *out)
{
    buf_add(out, network);
    buf_u8(out, ' ');
    add_lower(org, out);
}

void rows_key_key(struct bytes name, uint32_t id, struct buf *out)
{
    buf_add(out, name);
    buf_printf(out, "+%08x", id);
}

void rows_transaction_key(struct bytes pledge, struct bytes author, struct bytes tx,
                          struct buf *out)
{
    buf_add(out, pledge);
    buf_u8(out, ' ');
    add_lower(author, out);
    buf_u8(out, ' ');
    buf_add(out, tx);
}

/* --- printing ----------------------------------------------------------------------- */

static bool plain(uint8_t c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static void print_escape(uint8_t c, struct buf *out)
{
    static const char letters[] = "\"\\\b\f\n\r\t", shown[] = "\"\\bfnrt";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    buf_u8(out, '\\');
    if (at != NULL)
        buf_u8(out, (uint8_t)shown[at - letters]);
    else
        buf_printf(out, "u%04X", c);
}

static void print_string(struct bytes s, struct buf *out)
{
    size_t from = 0;

    buf_u8(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (plain(s.ptr[i]))
            continue;
        buf_append(out, s.ptr + from, i - from);
        print_escape(s.ptr[i], out);
        from = i + 1;
    }
    buf_append(out, s.ptr + from, s.len - from);
    buf_u8(out, '"');
}

static void print_integer(json_int_t n, struct buf *out)
{
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    char digits[20], *at = digits + sizeof(digits);

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (n < 0)
        buf_u8(out, '-');
    buf_append(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void print_object(const json_t *object, struct buf *out)
{
    json_t *o = (json_t *)object; /* its iterators take no const, and change nothing */
    bool first = true;

    buf_u8(out, '{');
    for (void *i = json_object_iter(o); i != NULL; i = json_object_iter_next(o, i)) {
        if (!first)
            buf_u8(out, ',');
        first = false;
        print_string(bytes_of(json_object_iter_key(i)), out);
        buf_u8(out, ':');
        rows_print(json_object_iter_value(i), out);
    }
    buf_u8(out, '}');
}

static void print_array(const json_t *array, struct buf *out)
{
    buf_u8(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            buf_u8(out, ',');
        rows_print(json_array_get(array, i), out);
    }
    buf_u8(out, ']');
}

void rows_print(const json_t *value, struct buf *out)
{
    if (value == NULL)
        return;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        print_object(value, out);
        break;
    case JSON_ARRAY:
        print_array(value, out);
        break;
    case JSON_STRING:
        print_string(json_bytes(value), out);
        break;
    case JSON_INTEGER:
        print_integer(json_integer_value(value), out);
        break;
    case JSON_TRUE:
        buf_text(out, "true");
        break;
    case JSON_FALSE:
        buf_text(out, "false");
        break;
    case JSON_REAL: /* no record has one, nor a null outside amendments */
    case JSON_NULL:
        assert(!"not in rows");
    }
}

/* --- reading ------------------------------------------------------------------------ */

enum status rows_parse(struct bytes text, json_t **out)
{
    enum status st = json_parse(text, out);

    return st == STATUS_MALFORMED ? STATUS_ALTERED : st;
}

static enum status find(struct store *s, enum store_table t, struct bytes key,
                        uint64_t *row, json_t **out)
{
    struct buf value = { 0 };
    uint64_t place;
    enum status st = store_row_find(s, t, key, row != NULL ? row : &place, &value);

    if (st == STATUS_OK)
        st = rows_parse(buf_bytes(&value), out);
    buf_clear(&value);
    return st;
}

static enum status find_subject(struct store *s, struct bytes id, uint64_t *row,
                                json_t **out)
{
    struct buf key = { 0 };
    json_t *found = NULL;
    enum status st;

    rows_subject_key(id, &key);
    st = key.bad ? STATUS_NOMEM : find(s, STORE_SUBJECT, buf_bytes(&key), row, &found);
    buf_clear(&key);
    if (st == STATUS_OK && !bytes_eq(json_member(found, "id"), id)) {
        json_decref(found);
        return STATUS_NOT_FOUND;
    }
    if (st == STATUS_OK)
        *out = found;
    return st;
}

enum status rows_find(struct store *s, enum store_table t, struct bytes key,
                      uint64_t *row, json_t **out)
{
    return t == STORE_SUBJECT ? find_subject(s, key, row, out)
                              : find(s, t, key, row, out);
}

/* --- repudiated --------------------------------------------------------------------- */

bool rows_cosigns(const json_t *key)
{
    return json_integer_value(json_object_get(key, "type")) == KEY_COSIGN &&
           json_object_get(key, "until") == NULL;
}

bool rows_repudiates(const json_t *key, uint64_t index)
{
    const json_t *since = json_object_get(json_object_get(key, "revoked"), "since");

    return since != NULL && (uint64_t)json_integer_value(since) <= index;
}

enum status rows_repudiated(struct store *s, uint64_t index, bool *out)
{
    struct store_entry entry;
    struct buf text = { 0 };
    json_t *key = NULL;
    enum status st = store_entry_get(s, index, &entry, &text);

    if (st == STATUS_OK)
        st = store_row_get(s, STORE_KEY, entry.key_row, NULL, &text);
    if (st == STATUS_OK)
        st = rows_parse(buf_bytes(&text), &key);
    if (st == STATUS_OK)
        *out = rows_repudiates(key, index);
    json_decref(key);
    buf_clear(&text);
    return st;
}
