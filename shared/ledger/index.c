#include "ledger/index.h"

/* --- due -----------------------------------------------------------------------------
 */

static bool due_has(const json_t *list, const json_t *pair)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), pair))
            return true;
    return false;
}

/* Those of `list` that the other has not. */
static enum status
due_each(struct store *s, uint64_t row, const json_t *list, const json_t *other,
         enum status (*change)(struct store *, const struct store_due *))
{
    enum status st = STATUS_OK;

    for (size_t i = 0; st == STATUS_OK && i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        struct store_due d = { json_bytes(json_array_get(pair, 0)), row,
                               json_bytes(json_array_get(pair, 1)) };

        if (!due_has(other, pair))
            st = change(s, &d);
    }
    return st;
}

static enum status index_due(struct store *s, uint64_t row, const json_t *before,
                             const json_t *after)
{
    const json_t *was = json_object_get(before, "due"),
                 *is = json_object_get(after, "due");
    enum status st = STATUS_OK;

    if (was == is)
        return STATUS_OK;
    st = due_each(s, row, was, is, store_due_drop);
    return st == STATUS_OK ? due_each(s, row, is, was, store_due_put) : st;
}

/* --- search --------------------------------------------------------------------------
 */

static void add_line(struct buf *out, struct bytes text)
{
    if (out->len > 0)
        buf_u8(out, '\n');
    buf_add(out, text);
}

/* A string, an object by language, or a list of these. */
static void add_text(struct buf *out, const json_t *text)
{
    const char *lang;
    json_t *item;
    size_t i;

    if (json_is_string(text))
        add_line(out, json_bytes(text));
    json_object_foreach((json_t *)text, lang, item) add_text(out, item);
    json_array_foreach(text, i, item) add_text(out, item);
}

static const char *const names[] = { "title", "name", "aliases" };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool same(const json_t *before, const json_t *after, const char *member)
{
    const json_t *was = json_object_get(before, member);
    const json_t *is = json_object_get(after, member);

    return was == is || json_equal(was, is);
}

void index_word(const char *name, struct bytes value, struct buf *out)
{
    buf_text(out, name);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];

        if (c >= 'A' && c <= 'Z')
            buf_u8(out, (uint8_t)(c + ('a' - 'A')));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_u8(out, c);
    }
}

/* Members of a subject's facets, and what they are called in the index. */
static const struct {
    const char *member, *word;
} facets[] = { { "countries", "country" }, { "networks", "network" },
               { "themes", "theme" },      { "orgs", "org" },
               { "donor", "donor" },       { "recipient", "recipient" },
               { "status", "status" } };
enum { FACETS = sizeof(facets) / sizeof(facets[0]) };

static bool same_words(const json_t *before, const json_t *after)
{
    const json_t *was = json_object_get(before, "facets");
    const json_t *is = json_object_get(after, "facets");

    for (size_t i = 0; i < NAMES; i++)
        if (!same(before, after, names[i]))
            return false;
    for (size_t i = 0; was != is && i < FACETS; i++)
        if (!same(was, is, facets[i].member))
            return false;
    return same(before, after, "places");
}

/* Of a string, or of each in a list. */
static void add_words(struct buf *out, const char *name, const json_t *value)
{
    const json_t *item;
    size_t i;

    if (json_is_string(value)) {
        if (out->len > 0)
            buf_u8(out, ' ');
        index_word(name, json_bytes(value), out);
    }
    json_array_foreach(value, i, item) add_words(out, name, item);
}

static void add_facets(struct buf *out, const json_t *row)
{
    const json_t *own = json_object_get(row, "facets");

    add_words(out, "kind", json_object_get(row, "kind"));
    for (size_t i = 0; i < FACETS; i++)
        add_words(out, facets[i].word, json_object_get(own, facets[i].member));
    add_words(out, "country", json_object_get(row, "places"));
}

static enum status index_text(struct store *s, enum store_table t, uint64_t row,
                              const char *id, const json_t *before, const json_t *after)
{
    struct buf text = { 0 }, words = { 0 };
    enum status st;

    if (before != NULL && same_words(before, after))
        return STATUS_OK;
    for (size_t i = 0; i < NAMES; i++)
        add_text(&text, json_object_get(after, names[i]));
    add_facets(&words, after);
    st = text.bad ? buf_status(&text) : buf_status(&words);
    if (st == STATUS_OK) {
        struct store_text put = { json_member(after, id), buf_bytes(&text),
                                  buf_bytes(&words) };

        st = store_text_put(s, t, row, &put, before == NULL);
    }
    buf_clear(&text);
    buf_clear(&words);
    return st;
}

/* -------------------------------------------------------------------------------------
 */

enum status index_row(struct store *s, enum store_table t, uint64_t row,
                      const json_t *before, const json_t *after)
{
    enum status st;

    switch (t) {
    case STORE_ORGANIZATION:
        return index_text(s, t, row, "org", before, after);
    case STORE_NETWORK:
        return index_text(s, t, row, "network", before, after);
    case STORE_SUBJECT:
        st = index_due(s, row, before, after);
        return st == STATUS_OK ? index_text(s, t, row, "id", before, after) : st;
    case STORE_LOG:
    case STORE_KEY:
    case STORE_PUBLIC_KEY:
    case STORE_MEMBER:
    case STORE_TRANSACTION:
    case STORE_MARK:
    case STORE_TOTAL:
    case STORE_TABLE_COUNT:
        break;
    }
    return STATUS_OK;
}
