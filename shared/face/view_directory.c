/* Networks and organizations. */
#include "face/view_internal.h"

#include "ledger/rows.h"

/* Members that a network's page shows. */
#define MEMBERS_MAX 5000

/* The records that made and last changed the row: newest first. */
static void put_history(struct view *v, json_t *out, const json_t *row)
{
    uint64_t created = view_number(row, "created"), changed = view_number(row, "changed");
    json_t *items = json_array(), *pages = json_object();

    if (changed != RECORD_NONE && changed != created)
        view_add(v, items, view_record_told(v, changed));
    view_add(v, items, view_record_told(v, created));
    view_put(v, pages, "items", items);
    view_put(v, pages, "next", json_null());
    view_put(v, out, "history", pages);
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

json_t *view_organization(struct view *v, const json_t *row, bool full)
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
             json_boolean(json_array_size(json_object_get(row, "keys")) > 0));
    view_put(v, out, "created", view_record_stamp(v, view_number(row, "created")));
    if (!full)
        return out;
    if (json_member(row, "network").len > 0)
        view_copy(v, out, "network", row);
    put_keys(v, out, row);
    put_history(v, out, row);
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

json_t *view_network(struct view *v, const json_t *row, bool full)
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
    if (!full)
        return out;
    if (v->st == STATUS_OK)
        put_members(v, out, row);
    put_history(v, out, row);
    return out;
}
