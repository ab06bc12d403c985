/* Domains that an organization claims: who found its line there of late. */
#include "face/view_internal.h"

#include "record/date.h"
#include "record/json.h"

#define SIGHTING_DAYS 90 /* older ones say nothing of today */

static bool is_recent(const struct view *v, const json_t *sighting)
{
    int64_t day;

    return date_parse(json_member(sighting, "on"), &day, NULL) == STATUS_OK &&
           day > v->on - SIGHTING_DAYS;
}

static bool is_found(const json_t *sighting)
{
    return bytes_eq_text(json_member(sighting, "found"), "yes");
}

/* One yes of a witness suffices, by whichever method. */
static bool witnessed(const struct view *v, const json_t *seen, size_t before,
                      struct bytes org)
{
    for (size_t i = 0; i < before; i++) {
        const json_t *one = json_array_get(seen, i);

        if (bytes_eq(json_member(one, "org"), org) && is_found(one) && is_recent(v, one))
            return true;
    }
    return false;
}

static json_t *sighting_view(struct view *v, const json_t *sighting)
{
    json_t *out = json_object();

    view_put_org(v, out, "org", json_member(sighting, "org"));
    view_copy(v, out, "method", sighting);
    view_copy(v, out, "on", sighting);
    view_copy(v, out, "found", sighting);
    return out;
}

static json_t *domain_view(struct view *v, const json_t *claim)
{
    const json_t *one, *seen = json_object_get(claim, "seen");
    json_t *out = json_object(), *list = json_array();
    struct bytes last = { 0 };
    size_t i, by = 0, missing = 0;

    json_array_foreach(seen, i, one)
    {
        view_add(v, list, sighting_view(v, one));
        if (!is_recent(v, one))
            continue;
        missing += !is_found(one);
        if (!is_found(one))
            continue;
        by += !witnessed(v, seen, i, json_member(one, "org"));
        if (bytes_cmp(json_member(one, "on"), last) > 0)
            last = json_member(one, "on");
    }
    view_copy(v, out, "domain", claim);
    view_put(v, out, "claimed", view_record_stamp(v, view_number(claim, "record")));
    view_put(v, out, "seen_by", json_integer((json_int_t)by));
    if (last.len > 0)
        view_put_bytes(v, out, "last", last);
    view_put(v, out, "not_found", json_integer((json_int_t)missing));
    view_put(v, out, "sightings", list);
    return out;
}

void view_put_domains(struct view *v, json_t *out, const json_t *row)
{
    json_t *list = json_array();
    const json_t *claim;
    size_t i;

    json_array_foreach(json_object_get(row, "domains"), i, claim)
    {
        if (v->st == STATUS_OK)
            view_add(v, list, domain_view(v, claim));
    }
    view_put(v, out, "domains", list);
}
