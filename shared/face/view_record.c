/* Single records, the log's status, and events. */
#include "face/view_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/codec.h"
#include "face/event.h"
#include "face/query.h"
#include "ledger/rows.h"
#include "ledger/standing.h"
#include "tlog/checkpoint.h"
#include "tlog/tree.h"

/* --- a record --------------------------------------------------------------------- */

static void put_links(struct view *v, json_t *out, uint64_t index, const json_t *record)
{
    struct tile_name bundle = { TILE_ENTRIES, index / TILE_WIDTH,
                                tile_width(TILE_ENTRIES, index / TILE_WIDTH, v->size) };
    struct bytes id = json_member(record, "id");
    json_t *links = json_object();
    const json_t *subject = id.len > 0 ? names_subject(v->names, id) : NULL;
    struct buf path = { 0 };

    buf_text(&path, "/log/tile/");
    tile_name_print(&bundle, &path);
    view_put(v, links, "proof",
             json_sprintf("/log/proof/%llu", (unsigned long long)index));
    view_put_bytes(v, links, "entries", buf_bytes(&path));
    if (subject != NULL) {
        buf_reset(&path);
        buf_printf(&path, "/api/v1/" BYTES_FMT "s/",
                   BYTES_ARG(json_member(subject, "kind")));
        query_encode_segment(id, &path);
        view_put_bytes(v, links, "item", buf_bytes(&path));
    }
    view_put(v, out, "links", links);
    buf_clear(&path);
}

static void put_statement(struct view *v, json_t *out, const struct entry *e, unsigned n)
{
    struct hash id = hash_sha256(e->text);
    struct buf hex = { 0 };

    hex_encode((struct bytes){ id.b, HASH_LEN }, &hex);
    view_put_bytes(v, out, "statement", buf_bytes(&hex));
    buf_clear(&hex);
    view_copy(v, out, "lang", e->header);
    view_copy(v, out, "seq", e->header);
    view_put(v, out, "records_in_statement", json_integer((json_int_t)e->n));
    view_put_bytes(v, out, "line", e->records[n - 1]);
    view_put(v, out, "signers", view_signers(v, e, (struct bytes){ 0 }));
}

static void put_facets(struct view *v, json_t *out, uint64_t number)
{
    struct store_record r;
    struct buf text = { 0 };
    json_t *facets = NULL;

    v->st = store_record_get(v->s, number, &r, &text);
    if (v->st == STATUS_OK && json_parse(r.facets, &facets) != STATUS_OK)
        v->st = STATUS_ALTERED;
    if (v->st == STATUS_OK) {
        view_copy(v, out, "networks", facets);
        view_copy(v, out, "countries", facets);
    }
    json_decref(facets);
    buf_clear(&text);
}

enum status view_record(struct store *s, uint64_t index, unsigned n, struct bytes lang,
                        json_t **out)
{
    const struct entry *e;
    struct view v;
    json_t *json = NULL;

    if (view_open(s, lang, &v) != STATUS_OK)
        return v.st;
    e = index < v.size ? view_entry(&v, index) : NULL;
    if (v.st == STATUS_OK && (e == NULL || n == 0 || n > e->n))
        v.st = STATUS_NOT_FOUND;
    if (v.st == STATUS_OK)
        json = view_record_told(&v, RECORD_NUMBER(index, n));
    e = view_entry(&v, index); /* what was said of it is in others */
    if (v.st == STATUS_OK)
        put_statement(&v, json, e, n);
    if (v.st == STATUS_OK)
        put_facets(&v, json, RECORD_NUMBER(index, n));
    if (v.st == STATUS_OK) {
        put_links(&v, json, index, json_object_get(json, "record"));
        view_put(&v, json, "size", json_integer((json_int_t)v.size));
    }
    return view_finish(&v, json, out);
}

/* --- the log ---------------------------------------------------------------------- */

/* The newest checkpoint that anybody cosigned, and how many did. */
static void put_cosigned(struct view *v, json_t *out)
{
    uint64_t sizes[1];
    size_t n = 1, count = 0;
    struct buf lines = { 0 };
    json_t *cosigned;

    v->st = store_cosigned_sizes(v->s, sizes, &n);
    if (v->st == STATUS_OK && n > 0)
        v->st = store_cosignatures(v->s, sizes[0], &lines, &count);
    buf_clear(&lines);
    if (v->st != STATUS_OK || n == 0)
        return;
    cosigned = json_object();
    view_put(v, cosigned, "size", json_integer((json_int_t)sizes[0]));
    view_put(v, cosigned, "cosignatures", json_integer((json_int_t)count));
    view_put(v, out, "cosigned", cosigned);
}

/* Cosigners that a status names: it is asked for often, and the policy has the rest. */
#define STATUS_COSIGNERS_MAX 256

struct cosigner_list {
    json_t *list;
    uint64_t scanned;
    bool more;
};

/* STATUS_EXISTS: enough. */
static enum status cosigner_row(void *ctx, uint64_t row, struct bytes key,
                                struct bytes value)
{
    struct cosigner_list *l = ctx;
    json_t *json, *one;

    (void)row;
    l->more =
        json_array_size(l->list) == STATUS_COSIGNERS_MAX || l->scanned++ == VIEW_SCAN_MAX;
    if (l->more)
        return STATUS_EXISTS;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    if (rows_cosigns(json)) {
        one =
            json_pack("{s:o, s:O, s:O}", "name", json_of(key), "org",
                      json_object_get(json, "org"), "key", json_object_get(json, "key"));
        if (one != NULL && json_object_get(json, "url") != NULL)
            json_object_set(one, "url", json_object_get(json, "url"));
        json_array_append_new(l->list, one);
    }
    json_decref(json);
    return STATUS_OK;
}

static void put_cosigners(struct view *v, json_t *out)
{
    struct cosigner_list l = { .list = json_array() };
    enum status st = store_rows(v->s, STORE_KEY, 1, false, cosigner_row, &l);

    if (st != STATUS_EXISTS && v->st == STATUS_OK)
        v->st = st;
    view_put(v, out, "cosigners", l.list);
    if (l.more)
        view_put(v, out, "cosigners_more", json_true());
}

/* Of the tree of `size`, whether or not a checkpoint is of just that: a replica may hold
 * less than the newest one covers, or more. */
static void put_root(struct view *v, json_t *out)
{
    struct tree tree;
    struct hash root;
    struct buf text = { 0 };
    const struct entry *e;

    if (v->size == 0)
        return;
    v->st = tile_tree(store_tile_read, v->s, v->size, &tree);
    if (v->st != STATUS_OK)
        return;
    root = tree_root(&tree);
    base64_encode((struct bytes){ root.b, HASH_LEN }, &text);
    view_put_bytes(v, out, "root", buf_bytes(&text));
    buf_clear(&text);
    e = view_entry(v, v->size - 1);
    if (e != NULL)
        view_put_bytes(v, out, "time", entry_at(e));
}

/* Where the log does not simply go on. */
static void put_standing(struct view *v, json_t *out, const json_t *log)
{
    struct standing s;
    struct buf text = { 0 };
    json_t *one;

    v->st = standing_of(log, &s);
    if (v->st == STATUS_OK && s.type != STANDING_ON) {
        standing_print(&s, &text);
        one =
            json_pack("{s:I, s:s}", "entry", (json_int_t)s.entry, "text", buf_str(&text));
        if (s.type == STANDING_SUCCEEDED) {
            view_put_bytes(v, one, "origin", buf_bytes(&s.origin));
            view_put_bytes(v, one, "url", buf_bytes(&s.url));
        }
        view_put(v, out, standing_needs_upgrade(&s) ? "upgrade" : "succeeded", one);
    }
    buf_clear(&text);
    standing_clear(&s);
}

enum status view_status(struct store *s, const char *version, json_t **out)
{
    static const char *const members[] = { "origin", "rules", "codes", "stewards",
                                           "keys" };
    struct view v;
    json_t *json, *log = NULL;

    if (view_open(s, (struct bytes){ 0 }, &v) != STATUS_OK)
        return v.st;
    json = json_object();
    v.st = rows_find(s, STORE_LOG, BYTES_LIT("log"), NULL, &log);
    if (v.st == STATUS_OK) {
        view_put(&v, json, "size", json_integer((json_int_t)v.size));
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
            view_copy(&v, json, members[i], log);
        view_put_text(&v, json, "title", json_object_get(log, "title"));
        put_standing(&v, json, log);
    }
    if (v.st == STATUS_OK)
        put_root(&v, json);
    if (v.st == STATUS_OK)
        put_cosigned(&v, json);
    put_cosigners(&v, json);
    view_put(&v, json, "version", json_string(version));
    json_decref(log);
    return view_finish(&v, json, out);
}

/* --- events ----------------------------------------------------------------------- */

/* The message of the feed, as a list. `reached` is where its entries end. */
static json_t *events_list(struct view *v, struct bytes message, uint64_t reached)
{
    json_t *list = json_object(), *parsed = NULL;
    char next[32];

    if (message.len > 0)
        v->st = json_parse(message, &parsed);
    snprintf(next, sizeof(next), "%llu", (unsigned long long)reached);
    view_put(v, list, "size", json_integer((json_int_t)v->size));
    view_put(v, list, "items",
             parsed != NULL ? json_incref(json_object_get(parsed, "events"))
                            : json_array());
    view_put(v, list, "next", reached < v->size ? json_string(next) : json_null());
    json_decref(parsed);
    return list;
}

enum status view_events(struct store *s, const struct filter *f, uint64_t since,
                        unsigned limit, json_t **out)
{
    struct events_limit limits = { VIEW_SCAN_MAX, limit, 4 * 1024 * 1024 };
    struct event *events = NULL;
    struct buf text = { 0 };
    struct view v;
    uint64_t reached = since;
    json_t *json = NULL;
    size_t n = 0;

    if (view_open(s, (struct bytes){ 0 }, &v) != STATUS_OK)
        return v.st;
    if (since > v.size)
        v.st = STATUS_REFUSED;
    if (v.st == STATUS_OK)
        v.st = events_scan(s, f, since, v.size, &limits, &events, &n, &reached);
    if (v.st == STATUS_OK) {
        events_message(events, n, NULL, reached, (struct bytes){ 0 }, &text);
        v.st = buf_status(&text);
    }
    if (v.st == STATUS_OK)
        json = events_list(&v, buf_bytes(&text), reached);
    events_free(events, n);
    buf_clear(&text);
    return view_finish(&v, json, out);
}
