/* Networks and organizations. */
#include "face/view_internal.h"

#include "ledger/rows.h"

/* Members that a network's page shows. */
#define MEMBERS_MAX 5000

/* The record at that number is of this chain: it names the network or organization, or
 * was stated by it. */
static bool is_of(struct view *v, uint64_t number, const char *member, struct bytes id)
{
    const struct entry *e =
        number < RECORD_NUMBER(v->size, 1) ? view_entry(v, RECORD_INDEX(number)) : NULL;
    json_t *record = NULL;
    bool yes;

    if (e == NULL || entry_record(e, RECORD_N(number), &record) != STATUS_OK)
        return false;
    yes = bytes_eq(json_member(record, member), id) ||
          (bytes_eq(entry_author(e), id) &&
           bytes_starts(json_member(record, "is"), BYTES_LIT("cosigner.")));
    json_decref(record);
    return yes;
}

/* Newest first, from a cursor on. */
static void put_history(struct view *v, json_t *out, const json_t *row,
                        const char *member, const struct view_page *page)
{
    struct bytes id = json_member(row, member);
    uint64_t from;

    if (v->st != STATUS_OK)
        return;
    v->st = view_cursor_parse(page->after, 'h', view_number(row, "last"), &from);
    if (v->st == STATUS_OK && page->after.len > 0 && !is_of(v, from, member, id))
        v->st = STATUS_REFUSED;
    if (v->st == STATUS_OK)
        view_put(v, out, "history", view_history(v, from, page->limit));
}

/* --- organizations ---------------------------------------------------------------- */

static json_t *key_view(struct view *v, struct bytes key)
{
    static const char *const members[] = { "key",   "label", "kinds", "url",
                                           "since", "until", "count" };
    json_t *row = NULL, *revoked, *out = json_object(), *told;

    v->st = rows_find(v->s, STORE_KEY, key, NULL, &row);
    if (v->st != STATUS_OK)
        return out;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        view_copy(v, out, members[i], row);
    revoked = json_object_get(row, "revoked");
    if (revoked != NULL) {
        told = view_record_stamp(v, view_number(revoked, "record"));
        view_copy(v, told, "reason", revoked);
        view_copy(v, told, "since", revoked);
        view_put(v, out, "revoked", told);
    }
    json_decref(row);
    return out;
}

static void put_keys(struct view *v, json_t *out, const json_t *row)
{
    const json_t *id;
    json_t *keys = json_array(), *cosigners = json_array();
    struct buf key = { 0 };
    size_t i;

    json_array_foreach(json_object_get(row, "keys"), i, id)
    {
        if (v->st != STATUS_OK)
            break;
        buf_reset(&key);
        buf_printf(&key, BYTES_FMT "+" BYTES_FMT, BYTES_ARG(json_member(row, "org")),
                   BYTES_ARG(json_bytes(id)));
        view_add(v, keys, key_view(v, buf_bytes(&key)));
    }
    json_array_foreach(json_object_get(row, "cosigners"), i, id)
    {
        if (v->st != STATUS_OK)
            break;
        view_add(v, cosigners, key_view(v, json_bytes(id)));
    }
    view_put(v, out, "keys", keys);
    view_put(v, out, "cosigners", cosigners);
    buf_clear(&key);
}

static bool convenes(const json_t *network, struct bytes org, struct bytes *role)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(network, "conveners"), i, one)
    {
        *role = json_member(one, "role");
        if (bytes_eq(json_member(one, "org"), org))
            return json_is_true(json_object_get(one, "active"));
    }
    return false;
}

static json_t *membership_view(struct view *v, struct bytes network, struct bytes org)
{
    json_t *out = json_object(), *member = NULL, *row = NULL;
    struct bytes role;
    struct buf key = { 0 };

    view_put_bytes(v, out, "network", network);
    view_put_bytes(v, out, "name", names_network(v->names, network));
    rows_member_key(network, org, &key);
    if (v->st == STATUS_OK)
        v->st = rows_find(v->s, STORE_MEMBER, buf_bytes(&key), NULL, &member);
    if (v->st == STATUS_OK)
        v->st = rows_find(v->s, STORE_NETWORK, network, NULL, &row);
    if (v->st == STATUS_OK) {
        view_copy(v, out, "role", member);
        view_copy(v, out, "status", member);
        if (convenes(row, org, &role))
            view_put_bytes(v, out, "convenes", role);
    }
    json_decref(member);
    json_decref(row);
    buf_clear(&key);
    return out;
}

static void put_memberships(struct view *v, json_t *out, const json_t *row)
{
    json_t *list = json_array();
    const json_t *network;
    size_t i;

    json_array_foreach(json_object_get(row, "networks"), i, network)
    {
        if (v->st == STATUS_OK)
            view_add(v, list,
                     membership_view(v, json_bytes(network), json_member(row, "org")));
    }
    view_put(v, out, "memberships", list);
}

json_t *view_organization(struct view *v, const json_t *row, const struct view_page *page)
{
    static const char *const members[] = { "org_type", "country", "status",
                                           "aliases",  "website", "networks" };
    struct bytes country = json_member(row, "country");
    json_t *out = json_object();

    view_put_bytes(v, out, "id", json_member(row, "org"));
    view_put(v, out, "kind", json_string("organization"));
    view_put_text(v, out, "name", json_object_get(row, "name"));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        view_copy(v, out, members[i], row);
    if (country.len > 0)
        view_put_bytes(v, out, "country_name", names_country(country));
    view_put_org(v, out, "by", json_member(row, "by"));
    view_put(v, out, "signs",
             json_boolean(bytes_eq_text(json_member(row, "status"), "registered")));
    if (json_member(row, "successor").len > 0)
        view_put_org(v, out, "successor", json_member(row, "successor"));
    view_put(v, out, "created", view_record_stamp(v, view_number(row, "created")));
    if (page == NULL)
        return out;
    if (json_member(row, "network").len > 0)
        view_copy(v, out, "network", row);
    view_copy(v, out, "signing", row);
    put_memberships(v, out, row);
    if (json_object_get(row, "domains") != NULL)
        view_put_domains(v, out, row);
    put_keys(v, out, row);
    put_history(v, out, row, "org", page);
    return out;
}

/* --- networks --------------------------------------------------------------------- */

struct roll {
    struct bytes network;
    json_t *rows;
};

/* STATUS_EXISTS: enough. */
static enum status roll_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct roll *roll = ctx;
    json_t *json;

    (void)row;
    if (key.len <= roll->network.len || key.ptr[roll->network.len] != ' ' ||
        !bytes_starts(key, roll->network))
        return STATUS_OK;
    if (json_array_size(roll->rows) == MEMBERS_MAX)
        return STATUS_EXISTS;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    return json_array_append_new(roll->rows, json) == 0 ? STATUS_OK : STATUS_NOMEM;
}

static void put_members(struct view *v, json_t *out, const json_t *row)
{
    struct roll roll = { json_member(row, "network"), json_array() };
    json_t *list = json_array(), *member;
    size_t i;

    v->st = store_rows(v->s, STORE_MEMBER, 1, false, roll_row, &roll);
    if (v->st == STATUS_EXISTS)
        v->st = STATUS_OK;
    json_array_foreach(roll.rows, i, member)
    {
        json_t *one = json_object();

        view_put_bytes(v, one, "org", json_member(member, "org"));
        view_put_bytes(v, one, "name", names_org(v->names, json_member(member, "org")));
        view_copy(v, one, "role", member);
        view_copy(v, one, "status", member);
        view_add(v, list, one);
    }
    view_put(v, out, "members", list);
    json_decref(roll.rows);
}

static json_t *conveners_view(struct view *v, const json_t *row)
{
    json_t *out = json_array();
    const json_t *convener;
    size_t i;

    json_array_foreach(json_object_get(row, "conveners"), i, convener)
    {
        json_t *one = json_object();

        view_put_bytes(v, one, "org", json_member(convener, "org"));
        view_put_bytes(v, one, "name", names_org(v->names, json_member(convener, "org")));
        view_copy(v, one, "role", convener);
        view_copy(v, one, "active", convener);
        view_add(v, out, one);
    }
    return out;
}

/* STATUS_OK: those that name this one as their parent are added. */
static enum status part_row(void *ctx, uint64_t row, struct bytes key, struct bytes value)
{
    struct roll *roll = ctx;
    json_t *json;
    bool yes;

    (void)row;
    if (json_parse(value, &json) != STATUS_OK)
        return STATUS_ALTERED;
    yes = bytes_eq(json_member(json, "parent"), roll->network);
    json_decref(json);
    if (!yes)
        return STATUS_OK;
    return json_array_append_new(roll->rows, json_of(key)) == 0 ? STATUS_OK
                                                                : STATUS_NOMEM;
}

/* There are as many networks as a directory has: few. */
static void put_parts(struct view *v, json_t *out, const json_t *row)
{
    struct roll roll = { json_member(row, "network"), json_array() };

    if (v->st == STATUS_OK)
        v->st = store_rows(v->s, STORE_NETWORK, 1, false, part_row, &roll);
    view_put(v, out, "parts", roll.rows);
}

json_t *view_network(struct view *v, const json_t *row, const struct view_page *page)
{
    static const char *const members[] = { "founded", "parent", "member_networks",
                                           "composition", "quorum" };
    json_t *out = json_object();

    view_put_bytes(v, out, "id", json_member(row, "network"));
    view_put(v, out, "kind", json_string("network"));
    view_put_text(v, out, "name", json_object_get(row, "name"));
    view_put_text(v, out, "purpose", json_object_get(row, "purpose"));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        view_copy(v, out, members[i], row);
    view_put(v, out, "conveners", conveners_view(v, row));
    view_put(v, out, "created", view_record_stamp(v, view_number(row, "created")));
    if (page == NULL)
        return out;
    put_parts(v, out, row);
    if (v->st == STATUS_OK)
        put_members(v, out, row);
    put_history(v, out, row, "network", page);
    return out;
}
