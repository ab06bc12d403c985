/* Organizations, keys, networks and their members, in words. */
#include "face/event_internal.h"

#include <string.h>

/* "pledge, record.disputed": an array of strings. */
static void say_words(struct telling *t, const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
        buf_printf(t->out, "%s" BYTES_FMT, i > 0 ? ", " : "", BYTES_ARG(json_bytes(one)));
}

/* " (name, quorum)": what of these the record says. */
static void say_changes(struct telling *t, const char *const members[], size_t n)
{
    const char *between = " (";

    for (size_t i = 0; i < n; i++) {
        if (json_object_get(t->record, members[i]) == NULL)
            continue;
        buf_printf(t->out, "%s%s", between, members[i]);
        between = ", ";
    }
    if (*between == ',')
        buf_text(t->out, ")");
}

/* --- organizations ------------------------------------------------------------------ */

/* The name that the record gives, else the one it has. */
static void say_named(struct telling *t)
{
    struct bytes name =
        names_text(json_object_get(t->record, "name"), names_lang(t->names));

    if (name.len > 0)
        buf_add(t->out, name);
    else
        say_org_of(t, "org");
}

static void tell_listed(struct telling *t)
{
    say_did(t, "listed");
    say_named(t);
    buf_text(t->out, " in the directory");
}

static void tell_registered(struct telling *t)
{
    say_did(t, "registered");
    say_named(t);
    if (json_member(t->record, "network").len > 0) {
        buf_text(t->out, " through ");
        say_network_of(t, "network");
    }
}

static void tell_updated(struct telling *t)
{
    static const char *const members[] = { "name", "org_type", "country", "aliases",
                                           "website" };

    say_did(t, "updated the directory entry of");
    say_named(t);
    say_changes(t, members, sizeof(members) / sizeof(members[0]));
}

static void tell_closed(struct telling *t)
{
    say_did(t, "closed the directory entry of");
    say_org_of(t, "org");
    if (json_member(t->record, "successor").len > 0) {
        buf_text(t->out, "; ");
        say_org_of(t, "successor");
        buf_text(t->out, " follows it");
    }
}

static void tell_signing(struct telling *t)
{
    const json_t *rule, *rules = json_object_get(t->record, "rules");
    size_t i;

    if (json_array_size(rules) == 0) {
        say_did(t, "lifted");
        buf_text(t->out, "its rule on how many of its keys must sign");
        return;
    }
    say_did(t, "demands");
    json_array_foreach(rules, i, rule)
    {
        buf_printf(t->out, "%s%lld signatures of its own for ", i > 0 ? "; " : "",
                   (long long)json_integer_value(json_object_get(rule, "signatures")));
        say_words(t, json_object_get(rule, "kinds"));
    }
}

/* --- keys --------------------------------------------------------------------------- */

static void tell_key_added(struct telling *t)
{
    const json_t *until = json_object_get(t->record, "until");
    struct bytes label = json_member(t->record, "label");

    say_did(t, "added a signing key");
    buf_printf(t->out, "(" BYTES_FMT ")", BYTES_ARG(label));
    if (json_array_size(json_object_get(t->record, "kinds")) > 0) {
        buf_text(t->out, " for ");
        say_words(t, json_object_get(t->record, "kinds"));
    }
    if (until != NULL)
        buf_printf(t->out, " until entry %lld", (long long)json_integer_value(until));
}

static void tell_key_revoked(struct telling *t)
{
    const json_t *since = json_object_get(t->record, "since");

    say_did(t, "revoked its key");
    buf_printf(t->out, BYTES_FMT " (" BYTES_FMT ")",
               BYTES_ARG(json_member(t->record, "key_id")),
               BYTES_ARG(json_member(t->record, "reason")));
    if (since != NULL)
        buf_printf(t->out, "; what it signed since entry %lld is repudiated",
                   (long long)json_integer_value(since));
}

static void tell_key_recovered(struct telling *t)
{
    say_did(t, "gave");
    say_org_of(t, "org");
    buf_text(t->out, " a new key and revoked all its earlier ones");
}

static void tell_cosigner_added(struct telling *t)
{
    struct bytes key = json_member(t->record, "key");
    size_t plus;

    say_did(t, "added a cosigner of the log");
    if (bytes_find(key, '+', &plus))
        buf_printf(t->out, "(" BYTES_FMT ")", BYTES_ARG(bytes_slice(key, 0, plus)));
}

static void tell_cosigner_retired(struct telling *t)
{
    say_did(t, "retired its cosigner of the log with key");
    buf_add(t->out, json_member(t->record, "key_id"));
}

/* --- networks ----------------------------------------------------------------------- */

static void tell_chartered(struct telling *t)
{
    say_did(t, "chartered the network");
    say_quoted(t, json_object_get(t->record, "name"));
}

static void tell_network_updated(struct telling *t)
{
    static const char *const members[] = { "name",      "purpose",        "founded",
                                           "conveners", "quorum",         "composition",
                                           "parent",    "member_networks" };

    say_did(t, "updated the network");
    say_network_of(t, "network");
    say_changes(t, members, sizeof(members) / sizeof(members[0]));
}

static void tell_granted(struct telling *t)
{
    say_did(t, "granted");
    say_org_of(t, "org");
    buf_text(t->out, bytes_eq_text(json_member(t->record, "role"), "observer")
                         ? " the place of an observer in "
                         : " membership of ");
    say_network_of(t, "network");
    say_reason(t);
}

static void tell_accepted(struct telling *t)
{
    say_did(t, "accepted membership of");
    say_network_of(t, "network");
}

static void tell_ended(struct telling *t)
{
    if (is_author(t, json_member(t->record, "org"))) {
        say_did(t, "left");
        say_network_of(t, "network");
    } else {
        say_did(t, "ended the membership of");
        say_org_of(t, "org");
        buf_text(t->out, " in ");
        say_network_of(t, "network");
    }
    say_reason(t);
}

static void say_convener(struct telling *t, const char *did, const char *as)
{
    say_did(t, did);
    say_org_of(t, "org");
    buf_printf(t->out, " %s " BYTES_FMT " of ", as,
               BYTES_ARG(json_member(t->record, "role")));
    say_network_of(t, "network");
    say_reason(t);
}

static void tell_convener_added(struct telling *t)
{
    say_convener(t, "made", "a");
}

static void tell_convener_removed(struct telling *t)
{
    say_convener(t, "removed", "as");
}

/* --- domains ------------------------------------------------------------------------ */

static void tell_domain(struct telling *t)
{
    bool ends = json_is_true(json_object_get(t->record, "ended"));

    say_did(t, ends ? "no longer claims the domain" : "claims the domain");
    buf_add(t->out, json_member(t->record, "domain"));
}

/* "… did not find the line of ILO at ilo.org (dns, 2026-11-23)" */
static void tell_seen(struct telling *t)
{
    bool found = bytes_eq_text(json_member(t->record, "found"), "yes");

    say_did(t, found ? "found the line of" : "did not find the line of");
    say_org_of(t, "org");
    buf_printf(t->out, " at " BYTES_FMT " (" BYTES_FMT ", " BYTES_FMT ")",
               BYTES_ARG(json_member(t->record, "domain")),
               BYTES_ARG(json_member(t->record, "method")),
               BYTES_ARG(json_member(t->record, "on")));
}

bool tell_directory(struct telling *t)
{
    static const struct telling_row rows[] = {
        { "organization.listed", tell_listed },
        { "organization.registered", tell_registered },
        { "organization.updated", tell_updated },
        { "organization.closed", tell_closed },
        { "organization.signing", tell_signing },
        { "organization.domain", tell_domain },
        { "domain.seen", tell_seen },
        { "key.added", tell_key_added },
        { "key.revoked", tell_key_revoked },
        { "key.recovered", tell_key_recovered },
        { "cosigner.added", tell_cosigner_added },
        { "cosigner.retired", tell_cosigner_retired },
        { "network.chartered", tell_chartered },
        { "network.updated", tell_network_updated },
        { "membership.granted", tell_granted },
        { "membership.accepted", tell_accepted },
        { "membership.ended", tell_ended },
        { "convener.added", tell_convener_added },
        { "convener.removed", tell_convener_removed },
    };

    return TELL_BY(t, rows);
}
