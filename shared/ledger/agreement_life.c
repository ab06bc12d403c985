/* Agreements on their way: acceded to, left, led by another, suspended, over. */

#include "ledger/agreement.h"

/* --- who belongs to it ---------------------------------------------------------------
 */

static enum status demand_open(struct judge *j)
{
    const json_t *subject = state_json(j->subject);
    size_t party = subject_party(subject, j->st->org);

    if (!json_is_true(json_object_get(judge_terms(j, subject), "open")))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected terms that are open to others, but those of " BYTES_FMT
                      " are not",
                      BYTES_ARG(judge_field(j, "id")));
    if (party != SIZE_MAX && !judge_is(subject_party_at(subject, party), "state", "left"))
        return REFUSE(j, RULE_LIFE_STATE,
                      "expected who is no party yet, but " BYTES_FMT
                      " is one of " BYTES_FMT,
                      BYTES_ARG(j->st->org), BYTES_ARG(judge_field(j, "id")));
    if (agreement_demand_alive(j) != STATUS_OK)
        return STATUS_REFUSED;
    return agreement_demand_going(j);
}

/* As a party of this state: a new one, or one that had left. */
static void join(struct judge *j, json_t *owner, const char *state)
{
    struct state *s = j->state;
    size_t at = subject_party(owner, j->st->org);
    json_t *list = state_own(s, owner, "parties"), *party;

    if (at == SIZE_MAX) {
        party = json_object();
        state_set(s, party, "org", json_of(j->st->org));
        state_push(s, list, party);
        at = json_array_size(list) - 1;
    }
    party = state_own_at(s, list, at);
    state_share(s, party, "role", j->record->json);
    state_set(s, party, "state", json_string(state));
    state_set_int(s, party, "record", j->number);
    state_set(s, party, "acceded", json_true());
    subject_count_signatures(j, owner);
}

/* It accepts the terms in force; those that wait need its acceptance too. */
enum status agreement_acceded_judge(struct judge *j)
{
    json_t *subject;
    enum status st = demand_open(j);

    if (st != STATUS_OK)
        return st;
    subject = subject_edit(j);
    join(j, subject, "signed");
    if (amendment_pending(subject) != NULL)
        join(j, amendment_edit(j, subject), "open");
    subject_add_org(j, subject, j->st->org);
    return agreement_advance(j, subject);
}

static enum status demand_leaver(struct judge *j)
{
    const json_t *subject = state_json(j->subject);
    size_t party;

    if (agreement_demand_party(j, &party) != STATUS_OK)
        return STATUS_REFUSED;
    if (bytes_eq(json_member(subject, "lead"), j->st->org))
        return REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                      "expected a party that does not lead; " BYTES_FMT
                      " hands the lead over first",
                      BYTES_ARG(j->st->org));
    if (json_object_get(subject, "agreed") == NULL &&
        !judge_is(subject_party_at(subject, party), "state", "signed"))
        return REFUSE(j, RULE_LIFE_STATE,
                      "expected a party that has signed, " BYTES_FMT
                      " may decline instead",
                      BYTES_ARG(j->st->org));
    return agreement_demand_going(j);
}

enum status agreement_left_judge(struct judge *j)
{
    enum status st = demand_leaver(j);
    json_t *subject;
    size_t party;

    if (st != STATUS_OK)
        return st;
    subject = subject_edit(j);
    subject_party_states(j, subject, subject_party(subject, j->st->org), "left");
    party = subject_party(amendment_pending(subject), j->st->org);
    if (party != SIZE_MAX)
        subject_party_states(j, amendment_edit(j, subject), party, "left");
    return agreement_advance(j, subject);
}

/* --- who leads -----------------------------------------------------------------------
 */

enum status agreement_lead_changed_judge(struct judge *j)
{
    const json_t *subject = state_json(j->subject);
    struct bytes lead = judge_field(j, "lead");
    size_t party = subject_party(subject, lead);
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK && bytes_eq(lead, j->st->org))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "lead: expected another than who leads now, found " BYTES_FMT,
                    BYTES_ARG(lead));
    if (st == STATUS_OK && !judge_signs(j, lead))
        st = REFUSE(j, RULE_AUTHOR_NOT_ALLOWED,
                    "lead: expected the signature of " BYTES_FMT ", who is to lead",
                    BYTES_ARG(lead));
    if (st == STATUS_OK && (party == SIZE_MAX ||
                            judge_is(subject_party_at(subject, party), "state", "left")))
        st = REFUSE(j, RULE_AUTHOR_NOT_A_PARTY,
                    "lead: expected a party of " BYTES_FMT ", found " BYTES_FMT,
                    BYTES_ARG(judge_field(j, "id")), BYTES_ARG(lead));
    if (st == STATUS_OK)
        st = agreement_demand_going(j);
    if (st != STATUS_OK)
        return st;
    state_set(j->state, subject_edit(j), "lead", json_of(lead));
    return STATUS_OK;
}

/* --- how it goes on, and ends --------------------------------------------------------
 */

/* "ended" of "commitment.ended". */
static struct bytes word_of(enum kind k)
{
    struct bytes name = bytes_of(kind_name(k));
    size_t dot = 0;

    (void)bytes_find(name, '.', &dot);
    return bytes_slice(name, dot + 1, name.len);
}

static enum status lives(struct judge *j)
{
    struct state *s = j->state;
    json_t *subject = subject_edit(j), *life = json_object();

    state_set(s, life, "is", json_of(word_of(j->record->kind)));
    state_set_int(s, life, "record", j->number);
    state_set(s, subject, "life", life);
    agreement_settle(j, subject);
    return STATUS_OK;
}

/* Something was agreed or declared, or is in progress. */
static enum status demand_begun(struct judge *j)
{
    const json_t *subject = state_json(j->subject);

    if (agreement_demand_going(j) != STATUS_OK)
        return STATUS_REFUSED;
    if (!judge_is(subject, "status", "proposed") &&
        !judge_is(subject, "status", "declined"))
        return STATUS_OK;
    return REFUSE(j, RULE_LIFE_STATE,
                  "expected an agreement that has begun, but " BYTES_FMT " is " BYTES_FMT,
                  BYTES_ARG(judge_field(j, "id")),
                  BYTES_ARG(json_member(subject, "status")));
}

static bool is_suspended(struct judge *j)
{
    return judge_is(json_object_get(state_json(j->subject), "life"), "is", "suspended");
}

enum status agreement_suspended_judge(struct judge *j)
{
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK)
        st = demand_begun(j);
    if (st == STATUS_OK && is_suspended(j))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected an agreement that is not suspended, but " BYTES_FMT " is",
                    BYTES_ARG(judge_field(j, "id")));
    return st == STATUS_OK ? lives(j) : st;
}

enum status agreement_resumed_judge(struct judge *j)
{
    json_t *subject;
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK && !is_suspended(j))
        st = REFUSE(j, RULE_LIFE_STATE,
                    "expected an agreement that is suspended, but " BYTES_FMT
                    " is " BYTES_FMT,
                    BYTES_ARG(judge_field(j, "id")),
                    BYTES_ARG(json_member(state_json(j->subject), "status")));
    if (st != STATUS_OK)
        return st;
    subject = subject_edit(j);
    (void)json_object_del(subject, "life");
    agreement_settle(j, subject);
    return STATUS_OK;
}

/* Ended or completed. */
enum status agreement_over_judge(struct judge *j)
{
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK)
        st = demand_begun(j);
    return st == STATUS_OK ? lives(j) : st;
}

enum status agreement_withdrawn_judge(struct judge *j)
{
    enum status st = agreement_demand_lead(j);

    if (st == STATUS_OK)
        st = agreement_demand_going(j);
    return st == STATUS_OK ? lives(j) : st;
}
