#include "node/quorum.h"

#include "ledger/rows.h"

static json_t *find(struct store *s, enum store_table t, struct bytes key)
{
    json_t *row = NULL;

    return rows_find(s, t, key, NULL, &row) == STATUS_OK ? row : NULL;
}

static json_t *find_org(struct store *s, struct bytes org)
{
    struct buf key = { 0 };
    json_t *row;

    rows_org_key(org, &key);
    row = find(s, STORE_ORGANIZATION, buf_bytes(&key));
    buf_clear(&key);
    return row;
}

/* --- own keys ---------------------------------------------------------------------- */

/* "pledge" covers "pledge.made". */
static bool covers(const json_t *kinds, struct bytes kind)
{
    const json_t *item;
    size_t i;

    json_array_foreach(kinds, i, item)
    {
        struct bytes name = json_bytes(item);

        if (bytes_starts(kind, name) &&
            (kind.len == name.len || kind.ptr[name.len] == '.'))
            return true;
    }
    return false;
}

static json_int_t demanded(const json_t *org, const struct statement *st)
{
    const json_t *rule;
    json_int_t most = 1;
    size_t i;

    json_array_foreach(json_object_get(org, "signing"), i, rule)
    {
        json_int_t n = json_integer_value(json_object_get(rule, "signatures"));

        for (size_t k = 0; k < st->n && n > most; k++)
            if (covers(json_object_get(rule, "kinds"),
                       bytes_of(kind_name(st->records[k].kind))))
                most = n;
    }
    return most;
}

static size_t lines_by(const struct pending *p, struct bytes org)
{
    size_t n = 0;

    for (size_t i = 0; i < p->statement->n_sigs; i++)
        n += p->signed_[i] && bytes_eq(p->statement->sigs[i].org, org);
    return n;
}

static size_t keys_lacking(struct store *s, const struct pending *p, struct bytes org)
{
    json_t *row = find_org(s, org);
    size_t needed = (size_t)demanded(row, p->statement), there = lines_by(p, org);

    json_decref(row);
    return needed > there ? needed - there : 0;
}

/* --- all --------------------------------------------------------------------------- */

static void comma(struct buf *out)
{
    if (out->len > 0)
        buf_text(out, ", ");
}

static void add_lacking(struct store *s, const struct pending *p, struct bytes org,
                        struct buf *out)
{
    size_t there = lines_by(p, org), n = s != NULL ? keys_lacking(s, p, org) : 0;

    if (there == 0 && n <= 1) {
        comma(out);
        buf_add(out, org);
    } else if (n > 0) {
        comma(out);
        buf_printf(out, "%zu%s key%s of " BYTES_FMT, n, there > 0 ? " more" : "",
                   n == 1 ? "" : "s", BYTES_ARG(org));
    }
}

enum status quorum_lacking(struct store *s, const struct pending *p, struct buf *out)
{
    add_lacking(s, p, p->statement->org, out);
    for (size_t i = 0; i < p->statement->n_with; i++)
        add_lacking(s, p, p->statement->with[i], out);
    return buf_status(out);
}

/* --- candidates --------------------------------------------------------------------- */

static bool signs(const struct statement *st, struct bytes org)
{
    for (size_t i = 0; i < st->n_with; i++)
        if (bytes_eq(st->with[i], org))
            return true;
    return bytes_eq(st->org, org);
}

/* Once: a convener may be a steward, too. */
static bool stands_in(struct bytes list, struct bytes org)
{
    size_t at;

    while (bytes_find(list, ',', &at)) {
        if (bytes_eq(bytes_slice(list, 0, at), org))
            return true;
        list = bytes_slice(list, at + 2, list.len);
    }
    return bytes_eq(list, org);
}

static void add_candidate(const struct statement *st, struct bytes org, struct buf *out)
{
    if (org.len == 0 || signs(st, org) || stands_in(buf_bytes(out), org))
        return;
    comma(out);
    buf_add(out, org);
}

static void add_conveners(struct store *s, const struct statement *st,
                          struct bytes network, struct buf *out)
{
    json_t *row = network.len > 0 ? find(s, STORE_NETWORK, network) : NULL;
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(row, "conveners"), i, item)
    {
        if (json_is_true(json_object_get(item, "active")))
            add_candidate(st, json_member(item, "org"), out);
    }
    json_decref(row);
}

static void add_stewards(struct store *s, const struct statement *st, struct buf *out)
{
    json_t *log = find(s, STORE_LOG, BYTES_LIT("log"));
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(log, "stewards"), i, item)
        add_candidate(st, json_bytes(item), out);
    json_decref(log);
}

/* The keys of the author that have not signed. */
static void add_keys(struct store *s, const struct statement *st, struct buf *out)
{
    json_t *row = find_org(s, st->org);
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(row, "keys"), i, item)
    {
        struct buf name = { 0 };
        json_t *key;
        unsigned id;
        bool there = false;

        if (sscanf(json_string_value(item), "%x", &id) != 1)
            continue;
        for (size_t k = 0; k < st->n_sigs; k++)
            there |= bytes_eq(st->sigs[k].org, st->org) && st->sigs[k].key_id == id;
        rows_key_key(st->org, id, &name);
        key = find(s, STORE_KEY, buf_bytes(&name));
        if (key != NULL && !there && json_object_get(key, "until") == NULL) {
            struct bytes label = json_member(key, "label");

            comma(out);
            buf_printf(out, "%08x", id);
            if (label.len > 0)
                buf_printf(out, " (" BYTES_FMT ")", BYTES_ARG(label));
        }
        json_decref(key);
        buf_clear(&name);
    }
    json_decref(row);
}

/* Which network's conveners a record asks for. */
static struct bytes network_of(struct store *s, const struct record *r, json_t **org)
{
    if (r->kind != KIND_KEY_RECOVERED)
        return json_member(r->json,
                           r->kind == KIND_NETWORK_CHARTERED ? "parent" : "network");
    *org = find_org(s, json_member(r->json, "org"));
    return json_member(*org, "network");
}

enum status quorum_candidates(struct store *s, const struct statement *st,
                              const struct refusal *why, struct buf *out)
{
    const struct record *r;
    json_t *org = NULL;

    if (why->rule == RULE_AUTHOR_SIGNATURES) {
        add_keys(s, st, out);
        return buf_status(out);
    }
    if (why->line < 3 || why->line - 3 >= st->n)
        return STATUS_OK;
    r = &st->records[why->line - 3];
    add_conveners(s, st, network_of(s, r, &org), out);
    if (out->len == 0 || r->kind == KIND_KEY_RECOVERED ||
        r->kind == KIND_CONVENER_ADDED || r->kind == KIND_CONVENER_REMOVED)
        add_stewards(s, st, out);
    json_decref(org);
    return buf_status(out);
}
