#include "ledger/agreement.h"
#include "ledger/due.h"

#include <string.h>

/* --- terms ---------------------------------------------------------------------------
 */

static enum status demand_among(struct judge *j, struct bytes org)
{
    const json_t *item;

    judge_each(i, item, judge_json(j, "parties"))
    {
        if (bytes_eq(json_member(item, "org"), org))
            return STATUS_OK;
    }
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "parties: expected who leads among them, " BYTES_FMT, BYTES_ARG(org));
}

enum status agreement_demand_terms(struct judge *j)
{
    enum status st = demand_among(j, j->st->org);

    if (st == STATUS_OK)
        st = judge_demand_networks(j);
    if (st == STATUS_OK)
        st = judge_demand_orgs(j, judge_json(j, "parties"), "org", "parties");
    return st;
}

static void add_parties(struct judge *j, json_t *owner, const json_t *terms)
{
    const json_t *item;

    judge_each(i, item, json_object_get(terms, "parties"))
    {
        subject_add_party(j, owner, json_member(item, "org"),
                          json_object_get(item, "role"),
                          json_object_get(item, "signed_elsewhere"));
    }
}

json_t *agreement_create(struct judge *j)
{
    json_t *subject = subject_create(j, "proposed");
    const json_t *item;

    state_set(j->state, subject, "lead", json_of(j->st->org));
    add_parties(j, subject, j->record->json);
    judge_each(i, item, judge_json(j, "parties"))
    {
        subject_add_org(j, subject, json_member(item, "org"));
    }
    return subject;
}

/* --- what follows --------------------------------------------------------------------
 */

static const char *derive(const json_t *subject)
{
    const json_t *life = json_object_get(subject, "life");

    if (life != NULL)
        return json_string_value(json_object_get(life, "is"));
    if (subject_count(subject, "declined") > 0)
        return "declined";
    if (json_object_size(json_object_get(subject, "progress")) > 0)
        return "in-progress";
    if (json_object_get(subject, "agreed") != NULL)
        return "agreed";
    if (subject_count(subject, "signed") == 1 && subject_count(subject, "open") == 0)
        return "declared";
    return "proposed";
}

/* At least two parties signed here, and every other signed on paper. Who acceded and left
 * again was never in the terms. */
static bool is_agreed(const json_t *subject)
{
    size_t here = subject_count(subject, "signed");
    size_t done = here + subject_count(subject, "elsewhere");
    const json_t *party;

    judge_each(i, party, json_object_get(subject, "parties"))
    {
        done +=
            judge_is(party, "state", "left") && json_object_get(party, "acceded") != NULL;
    }
    return here >= 2 && done == json_array_size(json_object_get(subject, "parties"));
}

static bool is_family(const json_t *subject, const char *family)
{
    return judge_is(subject, "kind", family);
}

void agreement_settle(struct judge *j, json_t *subject)
{
    static const char *const flags[] = { "disputed" };
    const char *status;

    if (json_object_get(subject, "agreed") == NULL && is_agreed(subject))
        state_set_int(j->state, subject, "agreed", j->number);
    status = derive(subject);
    if (status != NULL)
        subject_set_status(j, subject, status);
    subject_set_flags(j, subject, flags,
                      json_object_get(subject, "disputes") != NULL ? 1 : 0);
    if (is_family(subject, "declaration"))
        declaration_speak(j, subject);
    if (is_family(subject, "commitment"))
        due_settle_commitment(j, subject);
}

/* Who leads now is a party of what waits: it may have taken over since. */
static enum status demand_lead_stays(struct judge *j, const json_t *subject)
{
    const json_t *pending = amendment_pending(subject);
    struct bytes lead = json_member(subject, "lead");
    size_t at = subject_party(pending, lead);

    if (at != SIZE_MAX &&
        json_object_get(subject_party_at(pending, at), "dropped") == NULL)
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "expected who leads among the parties of the amendment, and did not "
                  "find " BYTES_FMT,
                  BYTES_ARG(lead));
}

enum status agreement_advance(struct judge *j, json_t *subject)
{
    if (amendment_complete(subject)) {
        const json_t *terms = json_object_get(amendment_pending(subject), "terms");

        if (demand_lead_stays(j, subject) != STATUS_OK)
            return STATUS_REFUSED;
        if (is_family(subject, "commitment") &&
            commitment_demand_kept(j, terms) != STATUS_OK)
            return STATUS_REFUSED;
        amendment_hold(j, subject);
    }
    agreement_settle(j, subject);
    return STATUS_OK;
}

/* --- demands -------------------------------------------------------------------------
 */

enum status agreement_demand_party(struct judge *j, size_t *party)
{
    const json_t *subject = state_json(j->subject);

    *party = subject_party(subject, j->st->org);
    if (*party != SIZE_MAX &&
        !judge_is(subject_party_at(subject, *party), "state", "left"))
        return STATUS_OK;
    return REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                  "expected a party of " BYTES_FMT " as author, found " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")), BYTES_ARG(j->st->org));
}

enum status agreement_demand_lead(struct judge *j)
{
    struct bytes lead = json_member(state_json(j->subject), "lead");
    size_t party;

    if (bytes_eq(lead, j->st->org))
        return STATUS_OK;
    if (agreement_demand_party(j, &party) != STATUS_OK)
        return STATUS_REFUSED;
    return REFUSE(
        j, RULE_AUTHOR_NOT_ALLOWED,
        "expected who leads " BYTES_FMT ", " BYTES_FMT ", as author, found " BYTES_FMT,
        BYTES_ARG(judge_field(j, "id")), BYTES_ARG(lead), BYTES_ARG(j->st->org));
}

enum status agreement_demand_alive(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    /* One that is suspended may be declined besides. */
    bool declined = subject_count(subject, "declined") > 0;

    if (!declined && !judge_is(subject, "status", "withdrawn"))
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected an agreement that stands, but " BYTES_FMT " is %s",
                  BYTES_ARG(judge_field(j, "id")), declined ? "declined" : "withdrawn");
}

bool agreement_is_over(const json_t *subject)
{
    const json_t *life = json_object_get(subject, "life");

    return life != NULL && !judge_is(life, "is", "suspended");
}

enum status agreement_demand_going(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    if (!agreement_is_over(subject))
        return STATUS_OK;
    return REFUSE(
        j, RULE_LIFE_STATE,
        "expected an agreement that is not over, but " BYTES_FMT " is " BYTES_FMT,
        BYTES_ARG(judge_field(j, "id")), BYTES_ARG(json_member(subject, "status")));
}

/* --- answers -------------------------------------------------------------------------
 */

/* There are terms that may still be accepted or declined. */
static enum status demand_open(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    if (json_object_get(subject, "agreed") == NULL || amendment_pending(subject) != NULL)
        return agreement_demand_going(j);
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected terms that are not agreed yet, but " BYTES_FMT " is agreed",
                  BYTES_ARG(judge_field(j, "id")));
}

static enum status answer(struct judge *j, const char *state)
{
    const json_t *before = state_json(j->subject);
    bool pending = amendment_pending(before) != NULL;
    size_t party;
    json_t *subject;
    enum status st = STATUS_OK;

    if (amendment_answered(before, j->st->org, &party) == NULL)
        st = REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                    "expected a party of " BYTES_FMT " as author, found " BYTES_FMT,
                    BYTES_ARG(judge_field(j, "id")), BYTES_ARG(j->st->org));
    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK)
        st = demand_open(j);
    if (st != STATUS_OK)
        return st;
    subject = subject_edit(j);
    subject_party_states(j, pending ? amendment_edit(j, subject) : subject, party, state);
    return agreement_advance(j, subject);
}

enum status agreement_accepted_judge(struct judge *j)
{
    return answer(j, "signed");
}

enum status agreement_declined_judge(struct judge *j)
{
    return answer(j, "declined");
}

/* --- amended -------------------------------------------------------------------------
 */

/* As the newest terms have them, or as this one restates them; who left stays away, and
 * who acceded stays, unless it does. */
static void new_parties(struct judge *j, json_t *owner, const json_t *subject,
                        const struct amendment *a)
{
    const json_t *pending = amendment_pending(subject), *party, *item;
    const json_t *stated = json_object_get(a->terms, "parties");

    if (json_object_get(a->set, "parties") != NULL) {
        add_parties(j, owner, a->terms);
        return;
    }
    judge_each(i, party, json_object_get(pending != NULL ? pending : subject, "parties"))
    {
        struct bytes org = json_member(party, "org");
        const json_t *elsewhere = NULL;
        json_t *last;

        if (json_object_get(party, "dropped") != NULL)
            continue;
        if (judge_is(party, "state", "left")) {
            state_push(j->state, json_object_get(owner, "parties"),
                       json_incref((json_t *)party)); /* shared */
            continue;
        }
        judge_each(k, item, stated)
        {
            if (bytes_eq(json_member(item, "org"), org))
                elsewhere = json_object_get(item, "signed_elsewhere");
        }
        subject_add_party(j, owner, org, json_object_get(party, "role"), elsewhere);
        last = json_array_get(json_object_get(owner, "parties"),
                              json_array_size(json_object_get(owner, "parties")) - 1);
        if (json_object_get(party, "acceded") != NULL)
            state_share(j->state, last, "acceded", party);
    }
}

static enum status set_references(struct judge *j)
{
    const json_t *subject = state_json(j->subject), *parties = judge_json(j, "parties");
    enum status st = STATUS_OK;

    if (parties != NULL)
        st = demand_among(j, json_member(subject, "lead"));
    if (st == STATUS_OK)
        st = judge_demand_orgs(j, parties, "org", "parties");
    if (st == STATUS_OK && is_family(subject, "partnership"))
        st = partnership_references(j);
    if (st == STATUS_OK && is_family(subject, "commitment"))
        st = commitment_references(j);
    return st;
}

static enum status amend(struct judge *j, const struct amendment *a)
{
    json_t *subject = subject_edit(j);
    struct bytes agent = json_member(a->set, "administrative_agent");

    if (agent.len > 0)
        subject_add_org(j, subject, agent);
    if (a->correction)
        amendment_correct(j, subject, a);
    else if (json_object_get(subject, "agreed") != NULL)
        amendment_propose(j, subject, a, new_parties);
    else
        amendment_replace(j, subject, a, new_parties);
    return agreement_advance(j, subject);
}

enum status agreement_amended_judge(struct judge *j)
{
    const json_t *set = judge_json(j, "set");
    struct amendment a = { 0 };
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK)
        st = judge_as(j, j->record->kind, set, judge_demand_networks);
    if (st == STATUS_OK)
        st = judge_demand_rev(j);
    if (st == STATUS_OK && !amendment_corrects(j))
        st = agreement_demand_going(j);
    if (st == STATUS_OK)
        st = amendment_read(j, &a);
    if (st == STATUS_OK)
        st = judge_as(j, j->record->kind, set, set_references);
    /* A correction holds at once, whatever waits beside it. */
    if (st == STATUS_OK && !a.correction &&
        is_family(state_json(j->subject), "commitment"))
        st = commitment_demand_kept(j, a.terms);
    if (st == STATUS_OK)
        st = amend(j, &a);
    amendment_clear(&a);
    return st;
}
