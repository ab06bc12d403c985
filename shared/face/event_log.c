/* The log, and what is said of records, in words. */
#include "face/event_internal.h"

#include "record/kind.h"

/* --- the log ------------------------------------------------------------------------ */

static void tell_chartered(struct telling *t)
{
    say_did(t, "chartered the log");
    buf_add(t->out, json_member(t->record, "origin"));
}

static void tell_rules(struct telling *t)
{
    say_did(t, "put in force");
    buf_printf(t->out, "rules version %lld of the log",
               (long long)json_integer_value(json_object_get(t->record, "rules")));
}

/* "name+1a2b3c4d" of a verifier key. */
static struct bytes key_name(struct bytes key)
{
    size_t end = key.len;

    while (end > 0 && key.ptr[end - 1] != '+')
        end--;
    return end > 0 ? bytes_slice(key, 0, end - 1) : key;
}

static void tell_key_added(struct telling *t)
{
    struct bytes name = key_name(json_member(t->record, "key"));

    say_did(t, "added a key of the log:");
    buf_add(t->out, name);
}

static void tell_key_retired(struct telling *t)
{
    say_did(t, "retired the log's key");
    buf_add(t->out, json_member(t->record, "key_id"));
}

static void tell_succeeded(struct telling *t)
{
    say_did(t, "ended this log, which goes on as");
    buf_printf(t->out, BYTES_FMT " at " BYTES_FMT,
               BYTES_ARG(json_member(t->record, "origin")),
               BYTES_ARG(json_member(t->record, "url")));
}

static void tell_steward_added(struct telling *t)
{
    say_did(t, "made");
    say_org_of(t, "org");
    buf_text(t->out, " a steward of the log");
}

static void tell_steward_removed(struct telling *t)
{
    if (is_author(t, json_member(t->record, "org"))) {
        say_did(t, "stepped down as a steward of the log");
        return;
    }
    say_did(t, "removed");
    say_org_of(t, "org");
    buf_text(t->out, " as a steward of the log");
}

bool tell_log(struct telling *t)
{
    static const struct telling_row rows[] = {
        { "log.chartered", tell_chartered },
        { "log.rules", tell_rules },
        { "log.key_added", tell_key_added },
        { "log.key_retired", tell_key_retired },
        { "log.succeeded", tell_succeeded },
        { "steward.added", tell_steward_added },
        { "steward.removed", tell_steward_removed },
    };

    return TELL_BY(t, rows);
}

/* --- of records --------------------------------------------------------------------- */

static const struct {
    const char *is, *words;
} nouns[] = {
    { "pledge.made", "the pledge" },
    { "pledge.amended", "the amendment" },
    { "pledge.committed", "the commitment (firm agreement)" },
    { "pledge.decommitted", "the decommitment" },
    { "pledge.disbursed", "the disbursement" },
    { "pledge.received", "the receipt" },
    { "pledge.refunded", "the refund" },
    { "pledge.spent", "the expenditure" },
    { "partnership.proposed", "the proposal" },
    { "partnership.amended", "the amendment" },
    { "commitment.proposed", "the proposal" },
    { "commitment.amended", "the amendment" },
    { "commitment.progressed", "the report" },
    { "declaration.proposed", "the proposal" },
    { "declaration.amended", "the amendment" },
};

static const char *noun_of(const json_t *record)
{
    for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
        if (bytes_eq_text(json_member(record, "is"), nouns[i].is))
            return nouns[i].words;
    return NULL;
}

/* " (the disbursement of USD 300,000 under “…”)" */
static void say_what(struct telling *t, const json_t *record)
{
    const char *noun = noun_of(record);
    const json_t *row = names_subject(t->names, json_member(record, "id"));
    struct bytes is = json_member(record, "is");

    buf_text(t->out, " (");
    if (noun != NULL)
        buf_text(t->out, noun);
    else
        buf_add(t->out, is);
    if (json_object_get(record, "tx") != NULL) {
        buf_text(t->out, " of ");
        say_worth(t, record);
    } else if (json_member(record, "deliverable").len > 0) {
        buf_printf(t->out, " on deliverable " BYTES_FMT,
                   BYTES_ARG(json_member(record, "deliverable")));
    }
    if (row != NULL) {
        buf_text(t->out, json_object_get(record, "tx") != NULL ? " under " : " of ");
        say_quoted(t, json_object_get(row, "title"));
    }
    buf_text(t->out, ")");
}

/* "record 12/1 (the disbursement of USD 300,000 under “…”)" */
static void say_record(struct telling *t)
{
    struct bytes ref = json_member(t->record, "ref");
    json_t *record = told_at(t, ref);
    struct reference r;

    buf_text(t->out, "record ");
    if (reference_parse(ref, &r) == STATUS_OK)
        buf_printf(t->out, "%llu/%u", (unsigned long long)r.index, r.n);
    if (record != NULL)
        say_what(t, record);
    json_decref(record);
    say_reason(t);
}

static void say_behalf(struct telling *t, const char *did)
{
    struct bytes behalf = json_member(t->record, "on_behalf");

    say_org(t, t->author);
    if (behalf.len > 0) {
        buf_text(t->out, ", on behalf of ");
        say_org(t, behalf);
        buf_text(t->out, ",");
    }
    buf_printf(t->out, " %s ", did);
    say_record(t);
}

static void tell_confirmed(struct telling *t)
{
    say_did(t, "confirmed");
    say_record(t);
}

static void tell_disputed(struct telling *t)
{
    say_behalf(t, "disputed");
}

static void tell_settled(struct telling *t)
{
    say_behalf(t, "settled its dispute of");
}

static void tell_voided(struct telling *t)
{
    say_did(t, "voided its");
    say_record(t);
}

bool tell_mark(struct telling *t)
{
    static const struct telling_row rows[] = {
        { "record.confirmed", tell_confirmed },
        { "record.disputed", tell_disputed },
        { "record.settled", tell_settled },
        { "record.voided", tell_voided },
    };

    return TELL_BY(t, rows);
}
