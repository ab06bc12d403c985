/* Partnerships, commitments and declarations in words; and amendments, of pledges too. */
#include "face/event_internal.h"

#include <string.h>

#include "record/kind.h"
#include "store/store.h"

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

static void tell_proposed(struct telling *t)
{
    if (bytes_eq_text(t->is, "commitment.proposed"))
        say_did(t, "proposed the joint programming commitment");
    else if (bytes_eq_text(t->is, "declaration.proposed"))
        say_did(t, "proposed the declaration");
    else
        say_did(t, "proposed the partnership");
    say_quoted(t, json_object_get(t->record, "title"));
    say_parties(t);
    say_countries(t);
}

/* --- answers ------------------------------------------------------------------------ */

/* What it answers to is an amendment: not the proposal, nor the correction of one. */
static bool is_amendment(struct telling *t)
{
    struct bytes rev = json_member(t->record, "rev");
    const json_t *created = json_object_get(t->subject, "created");
    struct reference r;
    json_t *record;
    bool yes;

    if (created == NULL || reference_parse(rev, &r) != STATUS_OK ||
        RECORD_NUMBER(r.index, r.n) == (uint64_t)json_integer_value(created))
        return false;
    record = told_at(t, rev);
    yes = bytes_eq_text(json_member(record, "why"), "amendment");
    json_decref(record);
    return yes;
}

static void tell_accepted(struct telling *t)
{
    struct bytes capacity =
        names_text(json_object_get(t->record, "capacity"), names_lang(t->names));

    say_did(t, is_amendment(t)                           ? "accepted the amendment to"
               : bytes_eq_text(t->is, "pledge.accepted") ? "confirmed the pledge"
                                                         : "signed");
    say_title(t);
    if (capacity.len > 0)
        buf_printf(t->out, " (" BYTES_FMT ")", BYTES_ARG(capacity));
}

static void tell_declined(struct telling *t)
{
    say_did(t, is_amendment(t)                           ? "declined the amendment to"
               : bytes_eq_text(t->is, "pledge.declined") ? "declined the pledge"
                                                         : "declined");
    say_title(t);
    say_reason(t);
}

/* "proposed to amend “…” (period, parties): why" */
static void tell_amended(struct telling *t)
{
    bool correction = bytes_eq_text(json_member(t->record, "why"), "correction");
    const char *between = " (", *name;
    json_t *value;

    say_did(t, correction ? "corrected" : "amended");
    say_title(t);
    json_object_foreach(json_object_get(t->record, "set"), name, value)
    {
        buf_printf(t->out, "%s%s", between, name);
        between = ", ";
    }
    if (*between == ',')
        buf_text(t->out, ")");
    say_reason(t);
}

/* --- its life ----------------------------------------------------------------------- */

static void tell_acceded(struct telling *t)
{
    struct bytes role =
        names_text(json_object_get(t->record, "role"), names_lang(t->names));

    say_did(t, "joined");
    say_title(t);
    buf_printf(t->out, " as " BYTES_FMT, BYTES_ARG(role));
}

static void tell_lead_changed(struct telling *t)
{
    say_did(t, "handed the lead of");
    say_title(t);
    buf_text(t->out, " to ");
    say_org_of(t, "lead");
}

/* "left", "suspended", "completed": what was done is the kind's own word. */
static void tell_life(struct telling *t)
{
    char did[24];
    struct bytes act = act_of(t->is);

    if (act.len >= sizeof(did))
        return;
    memcpy(did, act.ptr, act.len);
    did[act.len] = '\0';
    say_did(t, strcmp(did, "withdrawn") == 0 ? "withdrew" : did);
    say_title(t);
    say_reason(t);
}

static void tell_progressed(struct telling *t)
{
    static const char *const members[] = { "qualifier", "value", "state" };
    struct bytes text =
        names_text(json_object_get(t->record, "text"), names_lang(t->names));
    const char *between = ": ";

    say_did(t, "reported progress on");
    say_title(t);
    buf_printf(t->out, ", deliverable " BYTES_FMT,
               BYTES_ARG(json_member(t->record, "deliverable")));
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        struct bytes part =
            names_text(json_object_get(t->record, members[i]), names_lang(t->names));

        if (part.len == 0)
            continue;
        buf_printf(t->out, "%s" BYTES_FMT, between, BYTES_ARG(part));
        between = i == 0 ? " " : ", ";
    }
    if (text.len > 0)
        buf_printf(t->out, "%s" BYTES_FMT, strcmp(between, " ") == 0 ? ", " : between,
                   BYTES_ARG(text));
}

bool tell_agreement(struct telling *t)
{
    static const struct telling_row acts[] = {
        { "proposed", tell_proposed },
        { "accepted", tell_accepted },
        { "declined", tell_declined },
        { "amended", tell_amended },
        { "acceded", tell_acceded },
        { "lead_changed", tell_lead_changed },
        { "left", tell_life },
        { "suspended", tell_life },
        { "resumed", tell_life },
        { "ended", tell_life },
        { "withdrawn", tell_life },
        { "completed", tell_life },
        { "progressed", tell_progressed },
    };
    static const char *const kinds[] = { "partnership.", "commitment.", "declaration.",
                                         "pledge." };
    struct bytes act = act_of(t->is);

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if (!bytes_starts(t->is, bytes_of(kinds[k])))
            continue;
        for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
            if (bytes_eq_text(act, acts[i].is)) {
                acts[i].tell(t);
                return true;
            }
        }
    }
    return false;
}
