/* Pledges and their money in words; what they share with agreements is told there. */
#include "face/event_internal.h"

static struct bytes side_of(const struct telling *t, const char *role)
{
    return json_member(json_object_get(t->subject, "facets"), role);
}

/* Whose money it is speaks for itself; everybody else reports. */
static void tell_made(struct telling *t)
{
    struct bytes donor = json_member(t->record, "donor");
    struct bytes recipient = json_member(t->record, "recipient");

    if (bytes_eq(donor, recipient)) {
        say_did(t, is_author(t, donor) ? "set aside" : "reported");
        say_worth(t, t->record);
        buf_text(t->out,
                 is_author(t, donor) ? " of its own funds" : " of the own funds of ");
        if (!is_author(t, donor))
            say_org(t, donor);
    } else {
        say_did(t, is_author(t, donor) ? "pledged" : "reported a pledge of");
        say_worth(t, t->record);
        if (!is_author(t, donor)) {
            buf_text(t->out, " by ");
            say_org(t, donor);
        }
        buf_text(t->out, " to ");
        say_org(t, recipient);
    }
    say_countries(t);
}

/* " to UNHCR": a side of the pledge, but for the author itself. */
static void say_side(struct telling *t, const char *word, const char *role)
{
    struct bytes side = side_of(t, role);

    if (side.len == 0 || is_author(t, side))
        return;
    buf_printf(t->out, " %s ", word);
    say_org(t, side);
}

static void say_under(struct telling *t)
{
    buf_text(t->out, " under ");
    say_title(t);
}

/* Whether it is the donor's to do, and the donor who says so. */
static bool is_donor(const struct telling *t)
{
    struct bytes donor = side_of(t, "donor");

    return donor.len == 0 || is_author(t, donor);
}

static void tell_committed(struct telling *t)
{
    say_did(t, is_donor(t) ? "committed (firm agreement)"
                           : "reported a commitment (firm agreement) of");
    say_worth(t, t->record);
    say_side(t, "by", "donor");
    say_side(t, "to", "recipient");
    say_under(t);
}

static void tell_decommitted(struct telling *t)
{
    say_did(t, is_donor(t) ? "took back a commitment (firm agreement) of"
                           : "reported a commitment (firm agreement) taken back, of");
    say_worth(t, t->record);
    say_under(t);
}

static void tell_disbursed(struct telling *t)
{
    say_did(t, "reported having disbursed");
    say_worth(t, t->record);
    say_side(t, "to", "recipient");
    say_under(t);
}

static void tell_received(struct telling *t)
{
    say_did(t, "reported having received");
    say_worth(t, t->record);
    say_side(t, "from", "donor");
    say_under(t);
}

static void tell_refunded(struct telling *t)
{
    say_did(t, "reported having given back");
    say_worth(t, t->record);
    say_side(t, "to", "donor");
    say_under(t);
}

static void tell_spent(struct telling *t)
{
    say_did(t, "reported having spent");
    say_worth(t, t->record);
    say_under(t);
}

bool tell_pledge(struct telling *t)
{
    static const struct telling_row rows[] = {
        { "pledge.made", tell_made },
        { "pledge.committed", tell_committed },
        { "pledge.decommitted", tell_decommitted },
        { "pledge.disbursed", tell_disbursed },
        { "pledge.received", tell_received },
        { "pledge.refunded", tell_refunded },
        { "pledge.spent", tell_spent },
    };

    return TELL_BY(t, rows);
}
