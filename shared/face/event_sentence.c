#include "face/event.h"

#include <string.h>

#include "record/json.h"

/* One record being put into words. */
struct telling {
    struct names *names;
    const json_t *record;
    struct bytes author;
    const json_t *subject; /* its row; NULL: none (yet) */
    struct buf *out;
};

static void say_org(struct telling *t, struct bytes org)
{
    buf_add(t->out, names_org(t->names, org));
}

static void say_author(struct telling *t)
{
    say_org(t, t->author);
}

static bool is_author(const struct telling *t, struct bytes org)
{
    return bytes_eq(org, t->author);
}

static void say_quoted(struct telling *t, const json_t *text)
{
    struct bytes words = names_text(text, names_lang(t->names));

    if (words.len > 0)
        buf_printf(t->out, "“" BYTES_FMT "”", BYTES_ARG(words));
}

/* The title of what the record is about. */
static void say_title(struct telling *t)
{
    if (t->subject != NULL)
        say_quoted(t, json_object_get(t->subject, "title"));
    else
        buf_add(t->out, json_member(t->record, "id"));
}

/* "A, B and C"; of more than four the first three "and 5 others". */
static void say_list(struct telling *t, const struct bytes names[], size_t n, size_t all)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_text(t->out, i + 1 == n && n == all ? " and " : ", ");
        buf_add(t->out, names[i]);
    }
    if (all > n)
        buf_printf(t->out, " and %zu others", all - n);
}

static void say_countries(struct telling *t)
{
    const json_t *list = json_object_get(t->record, "countries");
    struct bytes names[4];
    size_t n = json_array_size(list), shown = n > 4 ? 3 : n;

    if (n == 0)
        return;
    for (size_t i = 0; i < shown; i++)
        names[i] = names_country(json_bytes(json_array_get(list, i)));
    buf_text(t->out, " (");
    say_list(t, names, shown, n);
    buf_text(t->out, ")");
}

/* " with A, B and C": the parties but the author. */
static void say_parties(struct telling *t)
{
    const json_t *list = json_object_get(t->record, "parties");
    struct bytes names[4];
    const json_t *party;
    size_t i, n = 0, shown = 0;

    json_array_foreach(list, i, party) n += !is_author(t, json_member(party, "org"));
    if (n == 0)
        return;
    json_array_foreach(list, i, party)
    {
        if (!is_author(t, json_member(party, "org")) && shown < (n > 4 ? 3 : n))
            names[shown++] = names_org(t->names, json_member(party, "org"));
    }
    buf_text(t->out, " with ");
    say_list(t, names, shown, n);
}

/* "USD 700,000", or the goods, or that nothing was said. */
static void say_worth(struct telling *t)
{
    const json_t *kind = json_object_get(t->record, "in_kind");
    struct bytes goods =
        names_text(json_object_get(kind, "description"), names_lang(t->names));

    if (json_object_get(t->record, "money") != NULL)
        names_money(json_object_get(t->record, "money"), t->out);
    else if (goods.len > 0)
        buf_printf(t->out, "in kind (" BYTES_FMT ")", BYTES_ARG(goods));
    else
        buf_text(t->out, "an unstated amount");
}

static void tell_log_chartered(struct telling *t)
{
    say_author(t);
    buf_printf(t->out, " chartered the log " BYTES_FMT,
               BYTES_ARG(json_member(t->record, "origin")));
}

static void tell_network_chartered(struct telling *t)
{
    say_author(t);
    buf_text(t->out, " chartered the network ");
    say_quoted(t, json_object_get(t->record, "name"));
}

static void tell_organization(struct telling *t, const char *did, const char *tail)
{
    struct bytes name =
        names_text(json_object_get(t->record, "name"), names_lang(t->names));
    struct bytes network = json_member(t->record, "network");

    say_author(t);
    buf_printf(t->out, " %s ", did);
    if (name.len > 0)
        buf_add(t->out, name);
    else
        say_org(t, json_member(t->record, "org"));
    buf_text(t->out, tail);
    if (network.len > 0) {
        buf_text(t->out, " through ");
        buf_add(t->out, names_network(t->names, network));
    }
}

static void tell_organization_listed(struct telling *t)
{
    tell_organization(t, "listed", " in the directory");
}

static void tell_organization_registered(struct telling *t)
{
    tell_organization(t, "registered", "");
}

static void tell_organization_updated(struct telling *t)
{
    tell_organization(t, "updated the directory entry of", "");
}

static void tell_key_added(struct telling *t)
{
    struct bytes label = json_member(t->record, "label");

    say_author(t);
    buf_text(t->out, " added a signing key");
    if (label.len > 0)
        buf_printf(t->out, " (" BYTES_FMT ")", BYTES_ARG(label));
}

static void tell_key_revoked(struct telling *t)
{
    say_author(t);
    buf_printf(t->out, " revoked its key " BYTES_FMT " (" BYTES_FMT ")",
               BYTES_ARG(json_member(t->record, "key_id")),
               BYTES_ARG(json_member(t->record, "reason")));
}

static void tell_cosigner_added(struct telling *t)
{
    struct bytes key = json_member(t->record, "key");
    size_t plus;

    say_author(t);
    buf_text(t->out, " added a cosigner of the log");
    if (bytes_find(key, '+', &plus))
        buf_printf(t->out, " (" BYTES_FMT ")", BYTES_ARG(bytes_slice(key, 0, plus)));
}

static void tell_membership_granted(struct telling *t)
{
    say_author(t);
    buf_text(t->out, " granted ");
    say_org(t, json_member(t->record, "org"));
    buf_text(t->out, " membership of ");
    buf_add(t->out, names_network(t->names, json_member(t->record, "network")));
}

static void tell_membership_accepted(struct telling *t)
{
    say_author(t);
    buf_text(t->out, " accepted membership of ");
    buf_add(t->out, names_network(t->names, json_member(t->record, "network")));
}

static void tell_proposed(struct telling *t, const char *what)
{
    say_author(t);
    buf_printf(t->out, " proposed the %s ", what);
    say_quoted(t, json_object_get(t->record, "title"));
    say_parties(t);
    say_countries(t);
}

static void tell_partnership_proposed(struct telling *t)
{
    tell_proposed(t, "partnership");
}

static void tell_commitment_proposed(struct telling *t)
{
    tell_proposed(t, "joint programming commitment");
}

static void tell_accepted(struct telling *t)
{
    say_author(t);
    buf_text(t->out, " signed ");
    say_title(t);
}

static void tell_declined(struct telling *t)
{
    struct bytes reason =
        names_text(json_object_get(t->record, "reason"), names_lang(t->names));

    say_author(t);
    buf_text(t->out, " declined ");
    say_title(t);
    if (reason.len > 0)
        buf_printf(t->out, ": " BYTES_FMT, BYTES_ARG(reason));
}

static void tell_commitment_progressed(struct telling *t)
{
    static const char *const members[] = { "qualifier", "value", "state" };
    struct bytes text =
        names_text(json_object_get(t->record, "text"), names_lang(t->names));
    const char *between = ": ";

    say_author(t);
    buf_text(t->out, " reported progress on ");
    say_title(t);
    buf_printf(t->out, ", deliverable " BYTES_FMT,
               BYTES_ARG(json_member(t->record, "deliverable")));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct bytes part = json_member(t->record, members[i]);

        if (part.len == 0)
            continue;
        buf_printf(t->out, "%s" BYTES_FMT, between, BYTES_ARG(part));
        between = i == 0 ? " " : ", ";
    }
    if (text.len > 0)
        buf_printf(t->out, "%s" BYTES_FMT, strcmp(between, " ") == 0 ? ", " : between,
                   BYTES_ARG(text));
}

/* Whose money it is speaks for itself; everybody else reports. */
static void tell_pledge_made(struct telling *t)
{
    struct bytes donor = json_member(t->record, "donor");

    say_author(t);
    if (is_author(t, donor)) {
        buf_text(t->out, " pledged ");
        say_worth(t);
    } else {
        buf_text(t->out, " reported a pledge of ");
        say_worth(t);
        buf_text(t->out, " by ");
        say_org(t, donor);
    }
    buf_text(t->out, " to ");
    say_org(t, json_member(t->record, "recipient"));
    say_countries(t);
}

static void tell_pledge_accepted(struct telling *t)
{
    say_author(t);
    buf_text(t->out, " confirmed the pledge ");
    say_title(t);
}

static struct bytes donor_of(const struct telling *t)
{
    return json_member(json_object_get(t->subject, "facets"), "donor");
}

/* "… USD 300,000 under “…”"; `mine`: said by the one whose act it is. */
static void tell_transaction(struct telling *t, bool mine, const char *did,
                             const char *reported)
{
    say_author(t);
    buf_printf(t->out, " %s ", mine ? did : reported);
    say_worth(t);
    if (!mine) {
        buf_text(t->out, " by ");
        say_org(t, donor_of(t));
    }
    buf_text(t->out, " under ");
    say_title(t);
}

static void tell_pledge_committed(struct telling *t)
{
    struct bytes donor = donor_of(t);

    tell_transaction(t, donor.len == 0 || is_author(t, donor),
                     "committed (firm agreement)",
                     "reported a commitment (firm agreement) of");
}

static void tell_pledge_disbursed(struct telling *t)
{
    tell_transaction(t, true, "reported having disbursed", "");
}

static void tell_pledge_received(struct telling *t)
{
    tell_transaction(t, true, "reported having received", "");
}

static const struct {
    const char *is;
    void (*tell)(struct telling *t);
} tellings[] = {
    { "log.chartered", tell_log_chartered },
    { "network.chartered", tell_network_chartered },
    { "organization.listed", tell_organization_listed },
    { "organization.registered", tell_organization_registered },
    { "organization.updated", tell_organization_updated },
    { "key.added", tell_key_added },
    { "key.revoked", tell_key_revoked },
    { "cosigner.added", tell_cosigner_added },
    { "membership.granted", tell_membership_granted },
    { "membership.accepted", tell_membership_accepted },
    { "partnership.proposed", tell_partnership_proposed },
    { "partnership.accepted", tell_accepted },
    { "partnership.declined", tell_declined },
    { "commitment.proposed", tell_commitment_proposed },
    { "commitment.accepted", tell_accepted },
    { "commitment.declined", tell_declined },
    { "commitment.progressed", tell_commitment_progressed },
    { "pledge.made", tell_pledge_made },
    { "pledge.accepted", tell_pledge_accepted },
    { "pledge.committed", tell_pledge_committed },
    { "pledge.disbursed", tell_pledge_disbursed },
    { "pledge.received", tell_pledge_received },
};

/* Later rules have more kinds; this says at least who stated what. */
static void tell_other(struct telling *t, const char *is)
{
    say_author(t);
    buf_printf(t->out, " stated %s", is);
    if (json_member(t->record, "id").len > 0) {
        buf_text(t->out, " of ");
        say_title(t);
    }
}

enum status event_sentence(struct names *names, const char *is, const json_t *record,
                           struct bytes author, struct buf *out)
{
    struct telling t = { .names = names, .record = record, .author = author, .out = out };
    struct bytes id = json_member(record, "id");

    if (id.len > 0)
        t.subject = names_subject(names, id);
    for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++) {
        if (strcmp(tellings[i].is, is) == 0) {
            tellings[i].tell(&t);
            return buf_status(out);
        }
    }
    tell_other(&t, is);
    return buf_status(out);
}
