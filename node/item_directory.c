/* Organizations and networks. */
#include <string.h>

#include "node/item_internal.h"

static void joined(struct item *it, const char *title, const json_t *list,
                   const char *member)
{
    struct buf text = { 0 };
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (i > 0)
            buf_text(&text, ", ");
        buf_add(&text, member != NULL ? json_member(one, member) : json_bytes(one));
    }
    item_line(it, title, buf_bytes(&text));
    buf_clear(&text);
}

/* --- organizations ------------------------------------------------------------------ */

static void print_revoked(struct item *it, const json_t *revoked)
{
    const json_t *since = json_object_get(revoked, "since");

    buf_printf(it->out, "\n      revoked ");
    item_stamp(it, revoked);
    buf_printf(it->out, ": " BYTES_FMT, BYTES_ARG(json_member(revoked, "reason")));
    if (since != NULL)
        buf_printf(it->out, "; what it signed since entry %lld is repudiated",
                   (long long)json_integer_value(since));
}

static void print_keys(struct item *it, const char *title, const json_t *list)
{
    const json_t *key, *revoked;
    size_t i;

    if (json_array_size(list) > 0)
        item_head(it, "%s", title);
    json_array_foreach(list, i, key)
    {
        revoked = json_object_get(key, "revoked");
        buf_printf(it->out, "  " BYTES_FMT, BYTES_ARG(json_member(key, "key")));
        if (json_member(key, "label").len > 0)
            buf_printf(it->out, " (" BYTES_FMT ")", BYTES_ARG(json_member(key, "label")));
        buf_printf(it->out, ", since entry %lld",
                   (long long)json_integer_value(json_object_get(key, "since")));
        if (json_object_get(key, "until") != NULL && revoked == NULL)
            buf_printf(it->out, " until entry %lld",
                       (long long)json_integer_value(json_object_get(key, "until")));
        if (json_object_get(key, "count") != NULL)
            buf_printf(it->out, ", signed %lld statements",
                       (long long)json_integer_value(json_object_get(key, "count")));
        if (json_array_size(json_object_get(key, "kinds")) > 0) {
            struct buf kinds = { 0 };

            item_value(it, json_object_get(key, "kinds"), &kinds);
            buf_printf(it->out, ", only for %s", buf_str(&kinds));
            buf_clear(&kinds);
        }
        if (json_member(key, "url").len > 0)
            buf_printf(it->out, ", " BYTES_FMT, BYTES_ARG(json_member(key, "url")));
        if (revoked != NULL)
            print_revoked(it, revoked);
        buf_text(it->out, "\n");
    }
}

static void print_signing(struct item *it)
{
    const json_t *rule;
    struct buf kinds = { 0 };
    size_t i;

    json_array_foreach(json_object_get(it->json, "signing"), i, rule)
    {
        buf_reset(&kinds);
        item_value(it, json_object_get(rule, "kinds"), &kinds);
        buf_printf(it->out, "%-*s %lld different keys must sign %s\n", ITEM_NAME_WIDTH,
                   i == 0 ? "four eyes" : "",
                   (long long)json_integer_value(json_object_get(rule, "signatures")),
                   buf_str(&kinds));
    }
    buf_clear(&kinds);
}

static void print_state(struct item *it)
{
    struct bytes status = json_member(it->json, "status");

    buf_printf(it->out, "%-*s ", ITEM_NAME_WIDTH, "status");
    if (bytes_eq_text(status, "listed"))
        buf_text(it->out, "listed: has not signed here and has not joined");
    else if (bytes_eq_text(status, "closed"))
        buf_text(it->out, "closed: its keys have ended");
    else
        buf_text(it->out, "registered: signs for itself");
    if (json_member(it->json, "successor").len > 0) {
        buf_text(it->out, "; followed by ");
        item_org(it, it->json, "successor");
    }
    buf_printf(it->out, "\n%-*s ", ITEM_NAME_WIDTH,
               bytes_eq_text(status, "listed") ? "listed by" : "stated by");
    item_org(it, it->json, "by");
    buf_text(it->out, "\n");
}

/* "ilo.org, seen by 5, last on 2026-11-23" */
static void print_domains(struct item *it)
{
    const json_t *one, *all = json_object_get(it->json, "domains");
    size_t i;

    if (json_array_size(all) > 0)
        item_head(it, "domains");
    json_array_foreach(all, i, one)
    {
        json_int_t seen = json_integer_value(json_object_get(one, "seen_by"));

        buf_printf(it->out, "  " BYTES_FMT ", ", BYTES_ARG(json_member(one, "domain")));
        if (seen > 0)
            buf_printf(it->out, "seen by %lld, last on " BYTES_FMT, (long long)seen,
                       BYTES_ARG(json_member(one, "last")));
        else
            buf_text(it->out, "claimed, and seen by nobody of late");
        if (json_integer_value(json_object_get(one, "not_found")) > 0)
            buf_printf(it->out, "; not found in %lld sightings",
                       (long long)json_integer_value(json_object_get(one, "not_found")));
        buf_text(it->out, "\n");
    }
}

void item_organization(struct item *it)
{
    const json_t *one;
    size_t i;

    print_state(it);
    joined(it, "also called", json_object_get(it->json, "aliases"), NULL);
    item_line(it, "country", json_member(it->json, "country_name"));
    item_member(it, "website");
    print_signing(it);
    if (json_array_size(json_object_get(it->json, "memberships")) > 0)
        item_head(it, "networks");
    json_array_foreach(json_object_get(it->json, "memberships"), i, one)
    {
        buf_printf(it->out, "  " BYTES_FMT " (" BYTES_FMT "), " BYTES_FMT "%s",
                   BYTES_ARG(json_member(one, "name")),
                   BYTES_ARG(json_member(one, "network")),
                   BYTES_ARG(json_member(one, "role")),
                   bytes_eq_text(json_member(one, "status"), "granted")
                       ? ", has not accepted yet"
                       : "");
        if (json_member(one, "convenes").len > 0)
            buf_printf(it->out, "; convenes it as " BYTES_FMT,
                       BYTES_ARG(json_member(one, "convenes")));
        buf_text(it->out, "\n");
    }
    print_domains(it);
    print_keys(it, "keys", json_object_get(it->json, "keys"));
    print_keys(it, "cosigners of the log", json_object_get(it->json, "cosigners"));
}

/* --- networks ----------------------------------------------------------------------- */

static void print_people(struct item *it, const char *title, const json_t *list,
                         const char *state)
{
    const json_t *one;
    size_t i;

    if (json_array_size(list) > 0)
        item_head(it, "%s", title);
    json_array_foreach(list, i, one)
    {
        const json_t *is = json_object_get(one, state);

        buf_printf(it->out, "  " BYTES_FMT " (" BYTES_FMT "), " BYTES_FMT,
                   BYTES_ARG(json_member(one, "name")),
                   BYTES_ARG(json_member(one, "org")),
                   BYTES_ARG(json_member(one, "role")));
        if (json_is_false(is) || bytes_eq_text(json_bytes(is), "granted"))
            buf_text(it->out, ", has not accepted yet");
        else if (bytes_eq_text(json_bytes(is), "ended"))
            buf_text(it->out, ", has ended");
        buf_text(it->out, "\n");
    }
}

void item_network(struct item *it)
{
    const json_t *quorum = json_object_get(it->json, "quorum");
    const json_t *composition = json_object_get(it->json, "composition");
    struct buf text = { 0 };

    item_member(it, "purpose");
    item_member(it, "founded");
    if (composition != NULL)
        item_value(it, composition, &text);
    item_line(it, "made up of", buf_bytes(&text));
    item_line(it, "part of", json_member(it->json, "parent"));
    joined(it, "has networks", json_object_get(it->json, "member_networks"), NULL);
    joined(it, "parts", json_object_get(it->json, "parts"), NULL);
    buf_printf(it->out, "%-*s of the conveners %lld to admit, %lld to speak for it\n",
               ITEM_NAME_WIDTH, "quorum",
               (long long)json_integer_value(json_object_get(quorum, "admit")),
               (long long)json_integer_value(json_object_get(quorum, "speak")));
    print_people(it, "conveners", json_object_get(it->json, "conveners"), "active");
    print_people(it, "members", json_object_get(it->json, "members"), "status");
    buf_clear(&text);
}
